"""Lotteries of many sittings at once: the ones each sitting draws for itself, whenever they are asked for."""

import numpy as np
from engine_builders import a_draw, a_pool, a_test
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.lotteries import Lotteries

POOL = a_pool(outcomes=2, criteria=2, each=11)
TEST = a_test(POOL, most=6, selection={"max_exposure": 0.3})
DRAWS = [a_draw(str(n)) for n in range(6)]
SINGLE = np.array([[TEST.exposure.open_to(draw).eligible(j) for j in range(len(POOL))] for draw in DRAWS])


@settings(max_examples=30, deadline=None)
@given(
    asked=st.lists(
        st.tuples(
            st.lists(st.integers(0, len(DRAWS) - 1), min_size=1, max_size=4, unique=True),
            st.lists(st.integers(-1, len(TEST.exposure.blocks) - 1), max_size=5),
        ),
        max_size=6,
    )
)
def test_blocks_close_what_each_sittings_own_lottery_closes_and_only_once(asked):
    lotteries, seen = Lotteries(TEST.exposure, len(POOL), DRAWS), set()
    for who, blocks in asked:
        fresh = {(i, b) for i in who for b in blocks if b >= 0} - seen
        seen |= fresh
        closed = lotteries.closed_by(np.array(who), np.tile(np.array(blocks, dtype=np.int64), (len(who), 1)))
        wanted = {(i, j) for i, b in fresh for j in TEST.exposure.blocks[b] if not SINGLE[i, j]}

        assert len(closed[0]) == len(wanted)
        assert set(zip(*(column.tolist() for column in closed), strict=True)) == wanted


def test_all_drawn_at_once_are_the_same():
    assert (Lotteries(TEST.exposure, len(POOL), DRAWS).open() == SINGLE).all()
    assert not SINGLE.all(axis=0).any()
