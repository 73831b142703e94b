"""What gets into the log from outside is a code or a number, never a text somebody typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from web.messages import ConsoleCommand, Station
from web.messages.vocabulary import Browser
from web.pages.candidates import ListError, read_list
from web.pages.forms import is_station
from web.roles import Role


def takes(kind, text):
    try:
        TypeAdapter(kind).validate_python(text)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    "name", ["Firefox 140 / Windows", "Chrome 142 / ?", "SEB 3 / macOS", "? / ?", "?", "Other 1", "Chromium 156"]
)
def test_the_browsers_name_is_family_version_and_system(name):
    assert takes(Browser, name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Ola Nowak 9001",
        "Firefox",
        "Firefox 140.0.1",
        "Firefox 14000",
        "Firefox 140 / Ola",
        "Firefox 140\n",
        "x" * 41,
    ],
)
def test_nothing_else_is_a_browsers_name(name):
    assert not takes(Browser, name)


@pytest.mark.parametrize("name", ["7", "PC-7", "S01", "Sala Ł.2/4", "a_b", "Z" * 20])
def test_a_station_has_a_short_name(name):
    assert takes(Station, name)
    assert is_station(name)


@pytest.mark.parametrize("name", ["", " ", " 7", "-", "Z" * 21, "a\nb", "7\n", "PC#7", "a@b", "(7)", "7\0", "7\u202e"])
def test_nothing_else_is_a_station(name):
    assert not takes(Station, name)
    assert not is_station(name)


@given(text=st.text(max_size=24))
def test_a_station_is_always_short_and_can_be_shown(text):
    if takes(Station, text):
        assert 1 <= len(text) <= 20
        assert text.isprintable()
        assert not set(text) & set("<>&\"'@,;:#()")


@given(reason=st.text(max_size=60))
def test_a_reason_is_a_code_of_small_letters(reason):
    try:
        ConsoleCommand(command_id="a", action="pause", sittings=("s",), reason=reason)
    except ValidationError:
        return
    assert set(reason) <= set("abcdefghijklmnopqrstuvwxyz_")
    assert len(reason) <= 40


def test_a_text_in_their_place_is_refused_by_name_and_nothing_is_written(hall, desk):
    candidate = hall.candidate()
    desk.check_in(candidate)
    candidate.enter()
    before = hall.state(candidate).version
    refused = candidate.wish("browser-check", checks=[], browser="Ola Nowak, PESEL 90010112345")
    assert (refused.status_code, refused.json["error"]) == (400, "bad_request")
    assert "browser" in refused.json["message"]
    other = hall.candidate("Anna Nowak", "8")
    wish = {"command_id": "w", "action": "check_in", "sittings": [other.sitting], "station": "Ola Nowak; PESEL"}
    refused = desk.post("/commands", {**wish, "document": {"kind": "id_card", "last": "12"}})
    assert (refused.status_code, refused.json["error"]) == (400, "bad_request")
    assert "station" in refused.json["message"]
    assert hall.state(candidate).version == before
    assert hall.state(other).lifecycle == "registered"


def test_the_form_of_the_exam_office_states_what_a_seat_is(hall):
    hall.staff("office", Role.ADMINISTRATOR)
    office = hall.desk("office")
    here = f"/exam-sessions/{hall.exam_session}"
    text = office.client.get(here).text
    assert 'pattern="[\\p{L}0-9][\\p{L}0-9 _.\\/\\-]*"' in text
    fields = {"name": "A", "reference": "1", "seat": "PC #7", "csrf_token": office.csrf}
    reply = office.client.post(f"{here}/candidates", data=fields)
    assert reply.status_code == 422
    assert "Only letters, digits, spaces and - _ . / can stand here." in reply.text
    assert hall.wiring.sessions.sittings(hall.exam_session) == ()


def test_a_seat_that_is_no_code_is_named_by_its_line():
    with pytest.raises(ListError, match="Line 2: a seat has only letters"):
        read_list("A,1,1\nB,2,seat #2\n", ())
