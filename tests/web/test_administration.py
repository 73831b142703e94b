"""The exam office: what is refused, what is frozen, what is left after an erasure."""

from dataclasses import replace

import pytest
from hall import NINE, PASSWORD, TITLE, short_plan

from itembank.errors import Refused as BankRefused
from itembank.lifecycle import State
from web import administration
from web.errors import Problem
from web.roles import Role


def another(hall, **more):
    given = {"standard": "CRM", "title": TITLE, "language": "pl", "room": "2", "starts_at": NINE, "plan": short_plan()}
    return administration.create_exam_session(hall.wiring, **{**given, **more})


def test_an_exam_session_without_an_operator_does_not_open(hall):
    planned = another(hall)
    with pytest.raises(Problem, match="no_operator"):
        administration.open_exam_session(hall.wiring, planned)
    assert hall.wiring.sessions.get(planned).status == "planned"


def test_only_who_has_the_role_is_assigned(hall):
    author = hall.staff("author", Role.AUTHOR)
    with pytest.raises(Problem, match="not_allowed"):
        administration.assign(hall.wiring, another(hall), author.id, "operator")


def test_a_plan_that_cannot_be_met_is_refused_with_the_names_that_conflict(hall):
    with pytest.raises(Problem) as refused:
        another(hall, plan=short_plan(least=500, most=900))
    assert refused.value.code == "plan_impossible"
    assert "min_items 500" in refused.value.place


def test_a_draft_with_gaps_is_neither_released_nor_in_the_way_of_an_exam(hall):
    bank = hall.wiring.bank
    whole = next(one.item for one in bank.items("CRM") if one.item.interaction == "single")
    draft = replace(whole, id="Q1", outcome="", criteria=(), rationale="", expected_difficulty=None, seconds=None)
    bank.add_items([draft], "author", 1)

    with pytest.raises(BankRefused, match="incomplete Q1@1"):
        administration.release_items(hall.wiring, "CRM", reviewer="reviewer", releaser="releaser")
    planned = hall.wiring.sessions.get(another(hall))
    drawn = hall.wiring.pools.get(planned.pool_ref).items
    assert whole.version_id in drawn
    assert "Q1@1" not in drawn

    bank.add_items([replace(whole, id="Q1")], "author", 2)
    assert administration.release_items(hall.wiring, "CRM", reviewer="reviewer", releaser="releaser") == 1
    assert [one.state for one in bank.items("CRM") if one.item.id == "Q1"] == [State.DRAFT, State.RELEASED]


def test_no_items_in_the_language_no_exam(hall):
    with pytest.raises(BankRefused, match="empty_pool"):
        another(hall, language="kk")


def test_what_the_bank_changes_later_does_not_reach_an_exam_session(hall):
    content = hall.wiring.exams.of(hall.exam_session)
    some = sorted(content.items)[0]
    hall.wiring.bank.move([some], State.RETIRED, "somebody", NINE)
    hall.wiring.exams._built.clear()
    again = hall.wiring.exams.of(hall.exam_session)
    assert again.exam.plan.pool.digest == content.exam.plan.pool.digest
    assert again.items[some] == content.items[some]


def test_a_seat_is_given_once(hall):
    hall.candidate(seat="7")
    with pytest.raises(Problem, match="seat_taken"):
        hall.candidate(name="Another", seat="7")


def test_a_login_is_given_once_and_a_short_password_never(hall):
    with pytest.raises(Problem, match="login_taken"):
        hall.staff("Chief", Role.AUTHOR)
    with pytest.raises(Problem, match="weak_password"):
        administration.create_account(hall.wiring, login="x", name="x", password="short", roles=[Role.AUTHOR])


def test_closing_ends_what_never_began_and_signs_the_heads(hall, desk):
    absent, done = hall.candidate(seat="1"), hall.candidate(seat="2").started(desk)
    with pytest.raises(Problem, match="still_running"):
        administration.close_exam_session(hall.wiring, hall.exam_session)
    done.wish("end")
    administration.close_exam_session(hall.wiring, hall.exam_session)
    assert hall.state(absent).lifecycle == "cancelled"
    assert hall.wiring.sessions.get(hall.exam_session).status == "closed"
    assert hall.wiring.checkpoints.of_session(hall.exam_session)[-1].heads[done.sitting][1] == hall.wiring.desk.head(
        done.sitting
    )
    late = desk.post("/commands", {"command_id": "x", "action": "authorise", "sittings": ["a"]})
    assert late.json["error"] == "not_open"


def test_erasing_a_person_leaves_the_chain_whole(hall, desk):
    from proctor.verify import first_break

    candidate = hall.candidate().started(desk)
    desk.do("pause", candidate, reason="other", note="felt unwell")
    assert administration.erase_person(hall.wiring, hall.state(candidate).candidate)
    assert first_break(hall.wiring.log.rows(candidate.sitting)) is None
    assert desk.do("pause", candidate, reason="other", note="again")[0]["code"] == "person_erased"


def test_the_slip_can_be_printed_again_until_the_code_was_used(hall, desk):
    candidate = hall.candidate()
    again = administration.fresh_seat_code(hall.wiring, candidate.sitting)
    desk.check_in(candidate)
    assert candidate.enter().json["error"] == "unknown_seat_code"
    assert candidate.enter(again).status_code == 200
    assert administration.fresh_seat_code(hall.wiring, candidate.sitting) is None


def test_a_password_is_kept_as_an_argon2_hash(hall):
    _, stored = hall.wiring.accounts.by_login("chief")
    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored
