"""The life of an item version, and what an import adds."""

import pytest
from bank_builders import GAPS, item

from itembank.errors import Refused
from itembank.lifecycle import MOVES, BankItem, State, additions, moved, used


def record(state=State.DRAFT, **changed):
    return BankItem(item=item(**changed), state=state, added_by="author", added_at=1)


def test_every_state_has_its_moves():
    assert set(MOVES) == set(State)


@pytest.mark.parametrize("before", State)
@pytest.mark.parametrize("to", State)
def test_only_the_moves_of_the_table_are_possible_and_nobody_moves_to_used(before, to):
    if to in MOVES[before] and to is not State.USED:
        assert moved(record(before), to, "reviewer").state is to
    else:
        with pytest.raises(Refused, match="wrong_state"):
            moved(record(before), to, "reviewer")


@pytest.mark.parametrize(("before", "to"), [(State.DRAFT, State.REVIEWED), (State.REVIEWED, State.RELEASED)])
def test_who_added_an_item_neither_reviews_nor_releases_it(before, to):
    with pytest.raises(Refused, match="same_person"):
        moved(record(before), to, "author")


@pytest.mark.parametrize("gap", ["criteria", "rationale", "expected_difficulty", "seconds"])
def test_a_draft_with_a_gap_is_not_reviewed_and_may_be_retired(gap):
    with pytest.raises(Refused, match="incomplete"):
        moved(record(**{gap: None}), State.REVIEWED, "reviewer")

    assert moved(record(**{gap: None}), State.RETIRED, "reviewer").state is State.RETIRED


def test_an_item_needs_a_standard_and_keeps_it():
    with pytest.raises(Refused, match="standard_missing"):
        additions([], [item(**GAPS, standard=None)])
    with pytest.raises(Refused, match="id_taken"):
        additions([item()], [item(**GAPS, standard="KZ")])


def test_names_of_reviewer_and_releaser_are_kept():
    released = moved(moved(record(), State.REVIEWED, "r"), State.RELEASED, "p")

    assert (released.added_by, released.reviewed_by, released.released_by) == ("author", "r", "p")


def test_sending_back_to_draft_takes_the_review_away():
    assert moved(moved(record(), State.REVIEWED, "r"), State.DRAFT, "r").reviewed_by is None


def test_a_pool_uses_released_versions_only():
    assert used(record(State.RELEASED)).state is State.USED
    assert used(record(State.USED)).state is State.USED
    for state in (State.DRAFT, State.REVIEWED, State.RETIRED):
        with pytest.raises(Refused, match="not_released"):
            used(record(state))


def test_equal_content_is_not_added_again():
    planned = additions([item(version=4)], [item()])

    assert planned.new == ()
    assert planned.present == ("CRM.1.1.1-01@4",)


def test_changed_content_becomes_the_next_version():
    planned = additions([item(), item(version=2, stem="Drugi?")], [item(stem="Trzeci?")])

    assert [one.version_id for one in planned.new] == ["CRM.1.1.1-01@3"]
    assert planned.revised == ("CRM.1.1.1-01@3",)


def test_a_later_version_keeps_its_own_number():
    planned = additions([item()], [item(version=7, stem="Siódmy?")])

    assert [one.version_id for one in planned.new] == ["CRM.1.1.1-01@7"]
    assert planned.revised == ()


def test_two_contents_of_one_id_in_one_import_are_two_versions():
    planned = additions([], [item(), item(stem="Inny?"), item()])

    assert [one.version for one in planned.new] == [1, 2]
    assert planned.present == ("CRM.1.1.1-01@1",)
