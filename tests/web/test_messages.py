"""The operator's messages over the interface: pushed, kept, read, told, erased, and in nobody's log line."""

import json
import re
from functools import partial
from pathlib import Path

import pytest

import web
from proctor import messaging
from results.phrasing import english, message_word
from web import administration, messages, records
from web.language import within
from web.roles import Role

WORDS = "Proszę nie zamykać okna <b>teraz</b> & czekać."


@pytest.fixture
def started(hall, desk):
    return hall.candidate().started(desk)


def socket_of(hall, candidate):
    return hall.socketio.test_client(
        hall.app,
        namespace="/candidate",
        auth={"tab": candidate.tab, "epoch": candidate.epoch},
        flask_test_client=candidate.client,
    )


def told(desk, candidate):
    entries = desk.get(f"/sittings/{candidate.sitting}/timeline")["entries"]
    return [(one["kind"], one["facts"], one["note"]) for one in entries if one["kind"].startswith("Message")]


def test_a_free_message_is_pushed_at_once_and_its_receipts_come_back(hall, desk, started):
    socket, left = socket_of(hall, started), started.get("view").json["clock"]["remaining_ms"]
    assert desk.do("message", started, template="free", text=WORDS)[0]["outcome"] == "done"
    pushed = [one["args"][0] for one in socket.get_received("/candidate") if one["name"] == "view"][-1]
    assert pushed["phase"] == "item"
    message = {"message": "message-1", "template": "free", "text": WORDS, "sent_at": hall.clock.ms, "shown": False}
    assert pushed["messages"] == [message]
    assert desk.row(started)["message"] == {
        "template": "free", "sent_at": hall.clock.ms, "shown_at": None, "read_at": None,
    }  # fmt: skip

    hall.clock.pass_(1)
    assert started.wish("message", message="message-1", receipt="shown").json["messages"][0]["shown"] is True
    hall.clock.pass_(4)
    assert started.wish("message", message="message-1", receipt="read").json["messages"] == []
    row = desk.row(started)
    assert (row["unread"], row["message"]["shown_at"], row["message"]["read_at"]) == (
        0, hall.clock.ms - 4_000, hall.clock.ms,
    )  # fmt: skip
    assert started.view["clock"]["remaining_ms"] == left - 5_000
    assert told(desk, started) == [
        ("MessageSent", {"message": "message-1", "template": "free"}, WORDS),
        ("MessageShown", {"message": "message-1"}, None),
        ("MessageRead", {"message": "message-1"}, None),
    ]


def test_a_message_waits_over_a_reload_for_whoever_was_not_there(hall, desk, started):
    hall.pass_(20)
    assert desk.row(started)["holds"] == ["disconnected"]
    desk.do("message", started, template="connection_checked")
    started.reopen()
    assert [(one["template"], one["text"]) for one in started.view["messages"]] == [("connection_checked", None)]
    assert started.wish("message", message="message-1", receipt="read").status_code == 200
    again = started.wish("message", message="message-1", receipt="read")
    assert (again.status_code, again.json["messages"]) == (200, [])


def test_a_template_goes_to_all_who_can_be_told_and_says_who_cannot(hall, desk, started):
    absent, waiting, done = (hall.candidate(seat=seat) for seat in ("8", "9", "10"))
    desk.check_in(waiting)
    done.started(desk)
    done.wish("end")
    results = desk.do("message", started, absent, waiting, done, template="keep_silence")
    assert [one["code"] for one in results] == [None, "see_operator", None, "closed"]
    for candidate, result in zip((started, absent, waiting, done), results, strict=True):
        assert desk.row(candidate)["can"]["message"] == result["code"]
    waiting.enter()
    assert [one["template"] for one in waiting.view["messages"]] == ["keep_silence"]


def test_somebody_without_the_lease_is_shown_no_message(hall, desk, started):
    desk.do("message", started, template="free", text=WORDS)
    old = started.headers()
    started.reopen()
    reply = started.client.get("/api/candidate/view", headers=old)
    assert "okna" not in reply.text
    wish = {"command_id": "r1", "message": "message-1", "receipt": "read"}
    assert started.client.post("/api/candidate/message", json=wish, headers=old).json["error"] == "old_lease"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "field_missing"),
        ({"template": "free"}, "text_missing"),
        ({"template": "free", "text": " \n "}, "text_missing"),
        ({"template": "keep_silence", "text": "and more"}, "wrong_message"),
    ],
)
def test_a_message_without_words_is_refused_and_leaves_nothing_behind(hall, desk, started, fields, code):
    before = hall.wiring.persons.texts(hall.state(started).candidate)
    assert desk.do("message", started, **fields)[0]["code"] == code
    assert hall.wiring.persons.texts(hall.state(started).candidate) == before


@pytest.mark.parametrize("text", ["x" * 501, "a\x00b", "a\x1b[2J"])
def test_a_text_that_is_too_long_or_not_plain_cannot_be_read(desk, started, text):
    wish = {"command_id": "m", "action": "message", "sittings": [started.sitting], "template": "free", "text": text}
    reply = desk.post("/commands", wish)
    assert (reply.status_code, reply.json["error"]) == (400, "bad_request")


def test_a_text_of_five_hundred_characters_arrives_whole(desk, started):
    text = ("ż" * 99 + "\n") * 5
    assert desk.do("message", started, template="free", text=text)[0]["outcome"] == "done"
    assert started.get("view").json["messages"][0]["text"] == text.strip()


def test_repeating_the_wish_sends_one_message(desk, started):
    wish = {"command_id": "once", "action": "message", "sittings": [started.sitting], "template": "free", "text": "A"}
    for _ in range(3):
        assert desk.post("/commands", wish).json["results"][0]["outcome"] == "done"
    assert desk.row(started)["unread"] == 1


def test_operators_send_messages_and_nobody_else(hall, desk, started):
    for role in (Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMINISTRATOR):
        account = hall.staff(f"{role.value}-m", role)
        hall.wiring.sessions.assign(hall.exam_session, account.id, "operator")
        colleague = hall.desk(f"{role.value}-m")
        wish = {"command_id": role.value, "action": "message", "sittings": [started.sitting], "template": "break_soon"}
        assert colleague.post("/commands", wish).status_code == (200 if role is Role.OPERATOR else 403)
    assert desk.row(started)["unread"] == 1


def test_erasing_a_person_erases_the_words(hall, desk, started):
    desk.do("message", started, template="free", text=WORDS)
    administration.erase_person(hall.wiring, hall.state(started).candidate)
    (message,) = started.get("view").json["messages"]
    assert (message["template"], message["text"]) == ("free", None)
    assert told(desk, started)[0][2] is None
    assert desk.do("message", started, template="free", text="More.")[0]["code"] == "person_erased"
    assert desk.do("message", started, template="keep_silence")[0]["outcome"] == "done"


def test_the_words_stand_neither_in_the_log_nor_in_the_journal(hall, desk, started, capsys):
    desk.do("message", started, template="free", text="a wholly unmistakable sentence")
    started.wish("message", message="message-1", receipt="read")
    stored = json.dumps([str(row.event) for row in hall.wiring.log.read(started.sitting)])
    written = "".join(capsys.readouterr())
    assert started.sitting in written
    for place in (stored, written):
        assert "unmistakable" not in place


def test_the_protocol_has_the_words_the_sender_and_the_times(hall, desk, started):
    desk.do("message", started, template="free", text=WORDS)
    hall.clock.pass_(3)
    started.wish("message", message="message-1", receipt="read")
    (line,) = records.sheet(hall.wiring, started.sitting).course.messages
    assert (line.sender, line.text, line.read_ms - line.sent_ms) == ("chief at work", WORDS, 3_000)


def test_what_can_be_said_is_the_same_list_and_the_same_words_everywhere():
    assert messages.Template.__args__ == messaging.TEMPLATES
    page = (Path(web.__file__).parent / "frontend" / "shared" / "templates.ts").read_text(encoding="utf-8")
    written = dict(re.findall(r'^  (\w+): \(\) => t\("(.+)"\),$', page, flags=re.M))
    assert written == {
        one: message_word(english, one, "") for one in messaging.TEMPLATES if one != messaging.FREE
    }  # fmt: skip


@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_template_is_said_in_the_candidates_language(language):
    said = [message_word(partial(within, language), one, "") for one in messaging.TEMPLATES]
    assert len(set(said)) == len(said)
    assert all(
        language == "en" or one != message_word(english, name, "")
        for name, one in zip(messaging.TEMPLATES, said, strict=True)
    )
