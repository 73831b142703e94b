"""Seat codes and checkpoints as they lie in the database."""

import pytest
import sqlalchemy as sa
from room import SESSION
from test_sitting_log import sql, sqlite_store  # noqa: F401 - fixtures

from proctor import checkpoints, tables
from proctor.errors import Refused
from proctor.sqlcheckpoints import SqlCheckpoints
from proctor.sqlseats import TRIES, SqlSeats

KEY = b"server key"
HOUR = 3_600_000


class Entropy:
    """Numbers that go up, so that codes are known: 0000000001, 0000000002, ..."""

    def __init__(self, *numbers):
        self.numbers = list(numbers)

    def __call__(self, size):
        return self.numbers.pop(0).to_bytes(size)


@pytest.fixture
def seats(sql):  # noqa: F811 - the fixture
    for sitting in ("s1", "s2"):
        sql.book(sitting)
    return SqlSeats(sql.writer, KEY)


def refused(seats, code, now=1):
    with pytest.raises(Refused) as refusal:
        seats.look_up(code, now)
    return refusal.value.code


def test_a_code_names_its_sitting_and_epoch_as_often_as_it_is_asked(seats):
    code = seats.issue("s1", 1, now=0, lasts_ms=HOUR, entropy=Entropy(1234567890))
    assert code == "1234567890"

    found = seats.look_up("1234 567-890", now=1)
    assert (found.sitting, found.epoch) == ("s1", 1)
    assert seats.look_up(code, now=2) == found


def test_only_digests_are_stored(seats, sql):  # noqa: F811 - the fixture
    seats.issue("s1", 1, now=0, lasts_ms=HOUR, entropy=Entropy(1234567890))
    with sql.engine.connect() as connection:
        (row,) = connection.execute(sa.select(tables.seat_codes)).all()

    assert "1234" not in "".join(str(value) for value in (row.locator[:0], row.sitting, row.epoch))
    assert len(row.locator) == len(row.digest) == 64
    other_key = SqlSeats(sql.writer, b"another key")
    assert refused(other_key, "1234567890") == "unknown_seat_code"


def test_a_code_expires(seats):
    code = seats.issue("s1", 1, now=0, lasts_ms=HOUR, entropy=Entropy(5))

    assert seats.look_up(code, now=HOUR).sitting == "s1"
    assert refused(seats, code, now=HOUR + 1) == "seat_code_expired"


def test_five_wrong_proofs_use_a_code_up(seats):
    code = seats.issue("s1", 1, now=0, lasts_ms=HOUR, entropy=Entropy(1234567890))
    for number in range(TRIES):
        assert refused(seats, f"123400000{number}") == "unknown_seat_code"

    assert refused(seats, code) == "seat_code_spent"


def test_fewer_wrong_proofs_do_not(seats):
    code = seats.issue("s1", 1, now=0, lasts_ms=HOUR, entropy=Entropy(1234567890))
    for number in range(TRIES - 1):
        refused(seats, f"123400000{number}")

    assert seats.look_up(code, now=1).sitting == "s1"


@pytest.mark.parametrize("code", ["", "123456789", "12345678901", "12345678x0", "١٢٣٤٥٦٧٨٩٠", "9999999999"])
def test_what_is_no_code_is_unknown(seats, code):
    assert refused(seats, code) == "unknown_seat_code"


def test_a_new_code_replaces_the_sittings_earlier_one(seats):
    first = seats.issue("s1", 1, now=0, lasts_ms=HOUR, entropy=Entropy(1))
    second = seats.issue("s1", 2, now=0, lasts_ms=HOUR, entropy=Entropy(20_000_000))

    assert refused(seats, first) == "unknown_seat_code"
    assert seats.look_up(second, now=1).epoch == 2


def test_two_live_codes_never_share_their_locator(seats):
    seats.issue("s1", 1, now=0, lasts_ms=HOUR, entropy=Entropy(1234000001))

    assert seats.issue("s2", 1, now=0, lasts_ms=HOUR, entropy=Entropy(1234000002, 7)) == "0000000007"


def test_expired_codes_make_room(seats):
    seats.issue("s1", 1, now=0, lasts_ms=HOUR, entropy=Entropy(1234000001))

    later = seats.issue("s2", 1, now=HOUR + 1, lasts_ms=HOUR, entropy=Entropy(1234000002))
    assert later == "1234000002"


def test_when_every_locator_is_taken_it_is_said(seats):
    seats.issue("s1", 1, now=0, lasts_ms=HOUR, entropy=Entropy(1))

    with pytest.raises(RuntimeError, match="every seat code is taken"):
        seats.issue("s2", 1, now=0, lasts_ms=HOUR, entropy=Entropy(*[2] * 500))


def test_checkpoints_are_kept_once_and_in_order(seats, sql):  # noqa: F811 - the fixture
    store = SqlCheckpoints(sql.writer, sql.engine)
    late = checkpoints.make(bytes(32), SESSION, 2, {"s1": (3, "x")})
    early = checkpoints.make(bytes(32), SESSION, 1, {"s1": (1, "y")})
    for one in (late, early, late):
        store.keep(one)

    assert store.of_session(SESSION) == (early, late)
    assert store.last(SESSION) == late
    assert store.last("another") is None
    assert store.of_session("another") == ()


def test_of_two_checkpoints_of_one_instant_the_one_over_more_events_is_the_last(seats, sql):  # noqa: F811
    store = SqlCheckpoints(sql.writer, sql.engine)
    few, many = (checkpoints.make(bytes(32), SESSION, 7, {"s1": (count, "x")}) for count in (3, 4))
    for one in (many, few):
        store.keep(one)

    assert store.last(SESSION) == many
