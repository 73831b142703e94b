"""How an item is laid out and shown."""

import json
from collections import Counter
from dataclasses import asdict

import pytest
from bank_builders import TABLE, item
from hypothesis import given
from hypothesis import strategies as st

from engine.draws import SeededDraw
from itembank.interactions import Arrangement, arrange, face
from itembank.items import INTERACTIONS

secrets = st.binary(min_size=1, max_size=32)


@given(secret=secrets, interaction=st.sampled_from(INTERACTIONS))
def test_every_authored_id_is_shown_once_and_a_retry_shows_the_same(secret, interaction):
    one = item(interaction)

    shown = arrange(one, SeededDraw(secret=secret))

    assert sorted(shown.choices) == sorted(option.id for option in one.options)
    assert sorted(shown.targets) == sorted(target.id for target in one.targets)
    assert arrange(one, SeededDraw(secret=secret)) == shown


@given(secret=secrets, size=st.integers(2, 6))
def test_rows_to_order_never_start_in_the_right_order(secret, size):
    ids = [chr(ord("A") + n) for n in range(size)]
    one = item("order", options=[{"id": name, "text": f"Krok {name}"} for name in ids], key=list(reversed(ids)))

    assert arrange(one, SeededDraw(secret=secret)).choices != one.key


def test_every_place_is_about_equally_likely():
    shown = [arrange(item(), SeededDraw(secret=str(n).encode())).choices for n in range(4000)]

    for place in range(4):
        counts = Counter(choices[place] for choices in shown)
        assert all(abs(counts[name] - 1000) < 5 * 27.4 for name in "ABCD")  # 27.4: binomial standard deviation


def test_two_items_of_a_sitting_are_shuffled_independently():
    draw = SeededDraw(secret=b"s")

    orders = {arrange(item(id=f"CRM.1.1.1-{n:02}"), draw).choices for n in range(1, 60)}

    assert len(orders) > 15


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_a_face_holds_shown_ids_and_neither_key_nor_authored_ids(interaction):
    one = item(interaction, exhibit=TABLE, rationale="TAJNE", law={"act": "X", "as_of": "2026-01-01", "valid_to": None})
    shown = face(one, arrange(one, SeededDraw(secret=b"s")))

    said = json.dumps(asdict(shown), ensure_ascii=False)

    assert [name for name, _ in shown.choices] == [str(n + 1) for n in range(len(one.options))]
    assert [name for name, _ in shown.targets] == list("abcd")[: len(one.targets)]
    assert shown.unit == ("zł" if interaction == "numeric" else "")
    for secret in ("TAJNE", "CRM", "medium", "1250.5", "0.5", '"L1"', '"R1"', '"A"', '"B"'):
        assert secret not in said


def test_texts_follow_their_ids():
    one = item("match")

    shown = face(one, Arrangement(choices=("L2", "L1", "L3"), targets=("R4", "R3", "R2", "R1")))

    assert shown.choices[0] == ("1", "Lewa 2")
    assert shown.targets[3] == ("d", "Prawa 1")


def test_an_arrangement_of_another_item_is_an_error():
    with pytest.raises(ValueError, match="does not belong"):
        face(item(), Arrangement(choices=("A", "B"), targets=()))
