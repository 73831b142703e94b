"""Nothing a candidate must not know leaves the server before the close: every payload of a whole sitting is read."""

import json
import re

from hall import Hall, short_plan

OUTCOME_ID = re.compile(r"CRM\.\d+(\.\d+)+")
NUMBERS = re.compile(
    r'"(theta|mastery|difficulty|score|key|rationale|criterion|outcome_id|standard_error|value|correct)\w*"'
)


def test_no_payload_of_a_whole_sitting_gives_anything_away(tmp_path):
    hall = Hall(tmp_path, short_plan(("CRM.1.1", "CRM.1.2", "CRM.1.3"), least=3, most=5))
    desk, candidate = hall.desk(), hall.candidate()
    content = hall.wiring.exams.of(hall.exam_session)
    candidate.enter()
    candidate.seated(desk)
    socket = hall.socketio.test_client(
        hall.app,
        namespace="/candidate",
        auth={"tab": candidate.tab, "epoch": candidate.epoch},
        flask_test_client=candidate.client,
    )
    candidate.wish("start")
    shown, answers = [], 0
    while candidate.view["phase"] == "item":
        state = hall.state(candidate)
        shown.append(state.presented.item)
        candidate.beats += 1
        reply = socket.emit("beat", candidate.heartbeat(state_version=0), namespace="/candidate", callback=True)
        candidate.payloads.append(json.dumps(reply))
        desk.do("pause", candidate, reason="health")
        desk.do("resume", candidate, reason="health")
        candidate.payloads += [json.dumps(one) for one in socket.get_received("/candidate")]
        desk.do("message", candidate, template="free", text="Nothing of the test is said here.")
        candidate.payloads += [json.dumps(one) for one in socket.get_received("/candidate")]
        candidate.wish("hand", category="item")
        candidate.get("view")
        candidate.answer(answer_id=f"a-{answers}")
        candidate.answer({"attempt": "wrong", "interaction": "numeric"})
        last_before_close = len(candidate.payloads) - 2
        answers += 1
        undue = {item for item in content.items if item not in {*shown, _now(hall, candidate)}}
        _read(candidate.payloads[: last_before_close if _closed(hall, candidate) else None], content, undue)
    assert answers >= 9
    assert "finished" in candidate.payloads[-1]
    assert candidate.get("result").status_code == 200
    assert not any(word in candidate.payloads[-1] for word in ("mastery", "theta", "@1"))
    hall.close()


def _closed(hall, candidate):
    return hall.state(candidate).closed


def _now(hall, candidate):
    presented = hall.state(candidate).presented
    return presented.item if presented else None


def _read(payloads, content, undue):
    text = "\n".join(payloads)
    assert not OUTCOME_ID.search(text), OUTCOME_ID.search(text)
    assert not NUMBERS.search(text), NUMBERS.search(text)
    for version_id, item in content.items.items():
        assert version_id not in text
        assert item.id not in text
        assert json.dumps(item.rationale)[1:-1] not in text
        assert item.rationale not in text
        if version_id in undue:
            stem = json.dumps(item.stem, ensure_ascii=False)[1:-1]
            assert stem not in text
            assert json.dumps(item.stem)[1:-1] not in text


def test_authored_option_ids_are_not_the_shown_ones(hall, desk):
    candidate = hall.candidate().started(desk)
    item = candidate.view["item"]
    assert [choice["id"] for choice in item["choices"]] == [str(n + 1) for n in range(len(item["choices"]))]
    assert [side["id"] for side in item["targets"]] == list("abcdefgh"[: len(item["targets"])])


def test_a_covered_item_is_not_sent_at_all(hall, desk):
    candidate = hall.candidate().started(desk)
    stem = candidate.view["item"]["stem"]
    desk.do("pause", candidate, reason="health")
    reply = candidate.get("view")
    assert reply.json["phase"] == "covered"
    assert reply.json["item"] is None
    assert stem not in json.loads(reply.text).get("title")
    assert json.dumps(stem)[1:-1] not in reply.text


def test_the_operator_gets_no_theta_no_score_and_no_item(hall, desk):
    candidate = hall.candidate().started(desk)
    candidate.answer()
    root = f"/sittings/{candidate.sitting}/timeline"
    texts = [json.dumps(desk.get(path)) for path in ("/snapshot", "/feed?after=0", root)]
    for text in texts:
        assert not OUTCOME_ID.search(text)
        assert not re.search(
            r'"(theta|mastery|score|value|standard_error|response|item)\w*":', text.replace("item_", "n_")
        )


def texts(item):
    """Every text of an item on the screen that somebody could recognise."""
    found = [
        item["stem"],
        item["exhibit"],
        item["unit"],
        *(one["text"] for one in (*item["choices"], *item["targets"])),
    ]
    return {text for text in found if text and len(text) > 8}


def test_no_name_no_answer_and_no_seat_code_is_written_to_the_journal(tmp_path, capsys):
    """A whole sitting with every kind of answer: right in form, wrong in form, left out, quarantined."""
    hall = Hall(tmp_path, short_plan(("CRM.1.1",), least=10, most=10))
    desk = hall.desk()
    candidate = hall.candidate(name="Zenon Unikat").started(desk)
    desk.do("pause", candidate, reason="other", note="felt very unwell")
    desk.do("resume", candidate, reason="other")
    candidate.get("view")
    numeric, shown = candidate.view["item"]["interaction"] == "numeric", texts(candidate.view["item"])
    assert candidate.answer(response=["31337.25"], answer_id="unfit").status_code in {200, 422}
    assert candidate.answer(response=["not 31337.25 at all"], answer_id="odd").status_code == 400
    while candidate.view["phase"] == "item":
        item = candidate.view["item"]
        shown |= texts(item)
        hall.clock.pass_(4)
        is_number = item["interaction"] == "numeric"
        numeric += is_number
        reply = candidate.answer(item, response=["98765.25"] if is_number else "some")
        assert reply.json["outcome"] == "recorded"
        assert candidate.answer(item, response=["24680.75"]).json["outcome"] == "quarantined"
    assert numeric
    assert len(shown) > 20
    written = "".join(capsys.readouterr())
    assert candidate.sitting in written
    assert written.count("/api/candidate/answer") >= 20
    named = ("Zenon", "Unikat", candidate.code, candidate.code.replace(" ", ""), "unwell", "123A")
    for secret in (*named, "98765", "24680", "31337", *shown, *(json.dumps(text)[1:-1] for text in shown)):
        assert secret not in written
    hall.close()
