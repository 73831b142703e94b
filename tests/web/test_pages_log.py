"""The auditor's page of the log, and what else an auditor may look at."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from flask import g
from hall import Hall
from test_pages import page, send

import web
from web import administration, limits
from web.pages import log
from web.roles import KNOWN, OPEN, WAITING, Role, stated
from web.ticking import write_checkpoint


@pytest.fixture
def auditor(hall):
    hall.staff("auditor", Role.AUDITOR)
    return hall.desk("auditor").client


@pytest.fixture
def sat(hall, desk):
    """Two candidates: one has ended, one is at the first item; what there is is signed."""
    ended, running = (hall.candidate(seat=seat).started(desk) for seat in ("7", "8"))
    ended.wish("end")
    write_checkpoint(hall.wiring, hall.exam_session, hall.clock())
    return ended, running


def spoiled(hall, *statements):
    """What somebody with the database file could do to it."""
    with closing(sqlite3.connect(hall.settings.database_url.removeprefix("sqlite:///"))) as connection:
        for statement, *given in statements:
            connection.execute(statement, given)
        connection.commit()


def cells(text, first):
    """The words of the table's row that begins with `first`."""
    for row in re.findall(r"<tr>(.*?)</tr>", text, re.S):
        words = [" ".join(re.sub("<.*?>", " ", one).split()) for one in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row)]
        if words and words[0] == first:
            return words
    raise AssertionError(f"no row begins with {first}")


def verified(client, hall, **more):
    here = f"/log/{hall.exam_session}"
    return send(client, here, here, **more).text


def test_the_list_counts_events_and_what_is_under_a_checkpoint(hall, auditor, sat):
    here = "CRM, theory"
    _, _, _, sittings, events, covered, _, state = cells(page(auditor, "/log"), here)
    stored = sum(hall.state(one).version for one in sat)
    assert (sittings, events, covered, state) == ("2", str(stored), str(stored), "Nothing is missing")
    sat[1].answer()
    *_, later, _, state = cells(page(auditor, "/log"), here)
    assert (later, state) == (covered, "2 events not yet signed")


def test_a_whole_log_is_said_to_be_whole_only_after_it_was_verified(hall, auditor, sat):
    before = page(auditor, f"/log/{hall.exam_session}")
    assert cells(before, "7")[-1] == "not verified"
    assert "The log is whole." not in before
    after = verified(auditor, hall)
    assert "The log is whole." in after
    assert [cells(after, seat)[-1] for seat in ("7", "8")] == ["Whole", "Whole"]


def test_a_changed_event_is_named_with_its_line(hall, auditor, sat):
    (place,) = [row.seq for row in hall.wiring.log.rows(sat[0].sitting) if row.type == "SittingStarted"]
    spoiled(hall, ("update events set body = body || ' ' where sitting = ? and seq = ?", sat[0].sitting, place))
    text = verified(auditor, hall)
    assert "It does not hold for 1 sitting." in text
    assert cells(text, "7")[-1] == f"Broken Line {place}: its content does not give its digest."
    assert cells(text, "7")[3] == str(place - 1)  # the rest is under no checkpoint that holds
    assert cells(text, "8")[-1] == "Whole"


def test_a_whole_log_says_how_many_events_rest_on_the_database_alone(hall, auditor, sat):
    assert "not under a checkpoint yet" not in verified(auditor, hall)
    sat[1].answer()
    assert "The last 2 events are not under a checkpoint yet." in verified(auditor, hall)


def test_the_start_page_offers_an_auditor_to_look_and_an_operator_to_act(hall, desk, auditor):
    for client, words, others in (
        (
            auditor,
            ("Look into an exam session", "Look at exam sessions", "Verify the log"),
            "Supervise an exam session",
        ),
        (desk.client, ("Supervise an exam session",), "Look into an exam session"),
    ):
        text = page(client, "/")
        assert [word for word in words if word not in text] == []
        assert others not in text


@pytest.mark.parametrize("everything", [False, True])
def test_a_deleted_sitting_is_seen_by_counting_even_if_only_the_file_knows_of_it(hall, auditor, sat, everything):
    events = hall.state(sat[0]).version
    tables = ["events", "seat_codes", "presence"]
    spoiled(hall, *((f"delete from {table} where sitting = ?", sat[0].sitting) for table in tables))
    name, seat = "CRM, theory", "7"
    if everything:
        rest = [*tables, "sittings", "assignments", "checkpoints", "exam_sessions"]
        spoiled(hall, *((f"delete from {table}",) for table in rest))
        name, seat = hall.exam_session, "–"
    said = f"Broken {events} events are in a checkpoint, 0 are stored."
    if not everything:
        assert cells(page(auditor, "/log"), name)[-1] == said
    else:
        assert "Broken" in cells(page(auditor, "/log"), name)[-1]
        assert cells(page(auditor, "/log"), name)[2] == "not in the database"
    text = verified(auditor, hall)
    assert "The log is broken." in text
    assert said in " ".join(re.sub("<.*?>", " ", text).split())
    assert cells(text, seat)[2] == "0"


def test_a_checkpoint_the_server_did_not_sign_is_named(hall, auditor, sat):
    file = hall.settings.checkpoint_file
    file.write_text(file.read_text().replace('"signature":"', '"signature":"00')[:-5] + '"}\n')
    assert "not signed by this server" in verified(auditor, hall)


def test_a_line_of_the_file_that_is_no_checkpoint_is_named_and_nothing_is_called_whole(hall, auditor, sat):
    with hall.settings.checkpoint_file.open("a") as file:
        file.write("half a line")
    here = f"/log/{hall.exam_session}"
    for text in (page(auditor, "/log"), page(auditor, here), send(auditor, here, "/log").text):
        assert "checkpoints.jsonl, line 2: not a checkpoint" in text
        assert "whole" not in text
        assert "Nothing is missing" not in text


def test_only_so_many_sittings_are_walked_in_one_request(hall, auditor, sat, monkeypatch):
    monkeypatch.setattr(log, "AT_ONCE", 1)
    first = verified(auditor, hall)
    assert "Verified: sittings 1 to 1 of 2." in first
    assert [cells(first, seat)[-1] for seat in ("7", "8")] == ["Whole", "not verified"]
    second = verified(auditor, hall, start="1")
    assert [cells(second, seat)[-1] for seat in ("7", "8")] == ["not verified", "Whole"]
    assert "Verify the next sittings" not in second


@pytest.mark.parametrize("start", ["-1", "x", "9" * 7, "²"])
def test_a_place_that_is_none_is_refused(hall, auditor, start):
    here = f"/log/{hall.exam_session}"
    assert send(auditor, here, here, start=start).status_code == 400


def test_an_exam_session_nobody_names_has_no_log(hall, auditor):
    page(auditor, "/log/none", 404)


def test_verifications_are_counted_per_account(tmp_path):
    opened = Hall(tmp_path, limited=True)
    opened.staff("auditor", Role.AUDITOR)
    client, here = opened.desk("auditor").client, f"/log/{opened.exam_session}"
    allowed = int(limits.VERIFICATIONS.split("/")[0])
    opened.app.config["PROPAGATE_EXCEPTIONS"] = False
    found = [send(client, here, here).status_code for _ in range(allowed + 1)]
    opened.close()
    assert found == [200] * allowed + [429]


def test_every_reason_of_the_verifier_has_words_in_polish(hall):
    source = (Path(web.__file__).parents[1] / "proctor" / "verify.py").read_text(encoding="utf-8")
    reasons = re.findall(r'return (?:seq|version), f?"([^"{:]+)', source)
    assert len(reasons) >= 7
    with hall.app.test_request_context():
        g.language = "pl"
        assert [reason for reason in reasons if "następować" in log._why(reason)] == []
        assert "następować" in log._why("SittingStarted while awaiting")


# ---- reading, and nothing else
def test_an_auditor_reads_exam_sessions_results_and_answers_and_finds_no_form_there(hall, auditor, sat):
    here = f"/exam-sessions/{hall.exam_session}"
    for path in ("/exam-sessions", here, "/results", f"/results/{sat[0].sitting}", "/responses", "/console"):
        main = page(auditor, path).split("<main")[1]
        assert "<form" not in main, path
        assert "/exam-sessions/new" not in main
    assert f"/log/{hall.exam_session}" in page(auditor, here)
    assert auditor.get(f"{here}/responses.csv").status_code == 200
    page(auditor, "/exam-sessions/new", 403)


def test_the_exam_office_keeps_its_forms_and_has_no_log(hall, sat):
    hall.staff("office", Role.ADMINISTRATOR)
    office = hall.desk("office").client
    text = page(office, f"/exam-sessions/{hall.exam_session}")
    assert "Register the list" in text
    assert "/log/" not in text
    page(office, "/log", 403)


def test_every_permission_is_asked_for_or_waits_for_its_part(hall):
    """Permissions are asked for by a route, by `has` and `require` in code or by `allowed` in a template."""
    folder = Path(web.__file__).parent
    asked = {stated(hall.app, rule.endpoint) for rule in hall.app.url_map.iter_rules()}
    for path in (*folder.rglob("*.py"), *folder.rglob("*.html")):
        asked |= set(re.findall(r'(?:has|require|allowed)\("([a-z_.]+)"\)', path.read_text(encoding="utf-8")))
    assert KNOWN - OPEN - asked == WAITING


def test_a_closed_exam_session_is_wholly_signed(hall, auditor, sat):
    sat[1].wish("end")
    administration.close_exam_session(hall.wiring, hall.exam_session)
    assert cells(page(auditor, "/log"), "CRM, theory")[-1] == "Nothing is missing"
