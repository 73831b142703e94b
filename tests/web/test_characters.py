"""No control character gets as far as a database: refused in addresses, forms, files and JSON, on both databases."""

from io import BytesIO
from secrets import token_hex
from types import SimpleNamespace

import pytest
from hall import PASSWORD, Desk, FakeClock, settings_for
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, make_url, text

from web import administration, parsing, schema
from web.app import create_app
from web.errors import Problem
from web.limits import limiter
from web.messages import ConsoleCommand
from web.roles import Role
from web.serving import page_blueprints
from web.wiring import wire

SAID = "The request cannot be read: it holds a control character."


def on_postgresql(server):
    url, name = make_url(server), f"c{token_hex(6)}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"create database {name}"))
    engine.dispose()
    return url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def office(request, tmp_path_factory):
    """A signed-in browser of an account with every role over an empty database."""
    folder = tmp_path_factory.mktemp("characters")
    settings = settings_for(folder / "c.db")
    if request.param == "postgresql":
        url = on_postgresql(request.getfixturevalue("postgres_url"))
        settings = settings.model_copy(update={"database_url": url})
    schema.upgrade(settings.database_url)
    wiring = wire(settings, now=FakeClock())
    limiter.enabled = True
    app = create_app(settings, wiring, pages=page_blueprints())
    limiter.enabled = False
    administration.create_account(wiring, login="all", name="All", password=PASSWORD, roles=tuple(Role))
    yield Desk(SimpleNamespace(exam_session="none", app=app), app.test_client()).sign_in("all")
    wiring.close()


@pytest.mark.parametrize(
    "path",
    [
        "/api/console/%00/snapshot",
        "/api/console/a%00b/feed",
        "/api/console/none/sittings/%00/timeline",
        "/exam-sessions/%00",
        "/exam-sessions/%00/responses.csv",
        "/results/%00",
        "/results/%00/protocol.pdf",
        "/bank/%00",
        "/bank/items/%00",
        "/bank/CRM/criteria/%1f",
        "/standards/%7f/allocation",
        "/static/%00",
        "/%0d%0aSet-Cookie:a",
        "/exam-sessions/%C2%85",
    ],
)
def test_an_address_with_a_control_character_is_not_there(office, path):
    reply = office.client.get(path)
    assert reply.status_code == 404
    assert "There is nothing at this address." in reply.text


@pytest.mark.parametrize("query", ["form=%00", "after=1%0a", "%00=1", "next=/%7f"])
def test_a_query_with_a_control_character_is_refused(office, query):
    for path in ("/login", "/results", "/api/csrf", "/exam-sessions/none/responses.csv"):
        reply = office.client.get(f"{path}?{query}")
        assert reply.status_code == 400
        assert "it holds a control character." in reply.text


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/login", {"login": "all\0", "password": PASSWORD}),
        ("/login", {"login": "all", "password": "\0"}),
        ("/accounts", {"login": "abc", "name": "A", "password": "p\0" * 12, "role": "operator", "language": "pl"}),
        ("/exam-sessions/none/operators", {"operator": "\0/operator"}),
        ("/exam-sessions/none/candidates", {"name": "A\x1bB", "reference": "1", "seat": "1"}),
        ("/exam-sessions/none/candidates/list", {"list": "A,1,1\nB\0,2,2"}),
        ("/results/none/practice", {"criterion:CRM.1.1.1\0": "met", "method": "simulation", "assessor": "A"}),
        ("/results/none/practice", {"criterion:CRM.1.1.1": "met", "method": "simulation", "assessor": "A\x85"}),
        ("/standards/CRM/allocation", {"basis": "a\0", "sign": "1"}),
    ],
)
def test_a_form_with_a_control_character_is_refused(office, path, fields):
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        reply = office.client.post(path, data={**fields, "csrf_token": office.csrf}, content_type=kind)
        assert reply.status_code == 400
        assert SAID in reply.text


@pytest.mark.parametrize("login", ["all\0", "all\b", "\f", "all\x7f", "\x85"])
def test_json_with_a_control_character_is_refused(office, login):
    headers = {"X-CSRFToken": office.csrf}
    reply = office.client.post("/api/login", json={"login": login, "password": "x"}, headers=headers)
    assert (reply.status_code, reply.json["error"], reply.json["message"]) == (400, "bad_request", SAID)


def test_a_name_with_letters_of_any_script_and_a_text_of_several_lines_are_taken(office):
    headers = {"X-CSRFToken": office.csrf}
    reply = office.client.post("/api/login", json={"login": "Łukasz Ąćę\\u0000 李", "password": "x"}, headers=headers)
    assert reply.json["error"] == "wrong_login"
    fields = {"list": "Łucja Ąćę\t1\t1\r\nB\t2\t2", "csrf_token": office.csrf}
    reply = office.client.post("/exam-sessions/none/candidates/list", data=fields)
    assert reply.status_code == 404


def test_a_file_of_decisions_with_a_control_character_is_refused(hall, desk):
    candidate = hall.candidate().started(desk)
    candidate.wish("end")
    hall.staff("chair", Role.COMMITTEE_CHAIR)
    chair = hall.desk("chair")
    line = b"criterion,decision,method,assessor,date\nCRM.2.1.1,met,simulation,A\x00B,2026-11-22\n"
    data = {"csrf_token": chair.csrf, "file": (BytesIO(line), "f.csv")}
    reply = chair.client.post(f"/results/{candidate.sitting}/practice/file", data=data)
    assert reply.status_code == 422
    assert SAID in reply.text


def test_a_note_with_a_control_character_is_refused_and_nothing_is_written(hall, desk):
    candidate = hall.candidate().started(desk)
    before = hall.state(candidate).version
    wish = {"command_id": "n", "action": "pause", "sittings": [candidate.sitting], "reason": "other", "note": "a\0b"}
    assert desk.post("/commands", wish).json["message"] == SAID
    assert hall.state(candidate).version == before


@given(note=st.text(st.characters(max_codepoint=0xA5, exclude_categories=()), max_size=8))
def test_exactly_the_texts_without_control_characters_are_taken(note):
    held = any((ord(one) < 32 and one not in "\t\n\r") or 127 <= ord(one) < 160 for one in note)
    wish = ConsoleCommand(command_id="a", action="pause", sittings=("s",), note=note)
    if held:
        with pytest.raises(Problem, match="bad_request"):
            parsing.from_json(ConsoleCommand, wish.model_dump_json())
    else:
        assert parsing.from_json(ConsoleCommand, wish.model_dump_json()) == wish
