"""docs/protocol.md and /api/openapi.json say what the server does."""

import json
import re
from pathlib import Path

from hall import Hall

from web import auth, messages
from web.errors import SENTENCES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")


def test_the_page_lists_every_code_with_its_status_and_sentence():
    rows = re.findall(r"^\| `([a-z_]+)` \| (\d+) \| (.+) \|$", PAGE, flags=re.M)
    assert rows == [(code, str(one.status), one.text) for code, one in SENTENCES.items()]


def test_the_page_names_every_action_and_every_phase():
    for name in (*messages.Action.__args__, *messages.Phase.__args__):
        assert f"`{name}`" in PAGE


def examples():
    """(name of the message, JSON text) of every example on the page; a block may hold several, one after the other."""
    for name, block in re.findall(r"^```json (\w+)\n(.*?)^```$", PAGE, flags=re.M | re.S):
        at, decoder = 0, json.JSONDecoder()
        while block[at:].strip():
            at += len(block[at:]) - len(block[at:].lstrip())
            _, end = decoder.raw_decode(block, at)
            yield name, block[at:end]
            at = end


def test_every_example_on_the_page_is_a_message_the_server_knows():
    shown = list(examples())
    for name, text in shown:
        (auth.AccountReply if name == "AccountReply" else getattr(messages, name)).model_validate_json(text)
    assert {name for name, _ in shown} >= {
        "AccountReply", "LeaseReply", "AnswerRequest", "Heartbeat", "HeartbeatReply", "Snapshot", "Tick", "FeedReply",
        "Timeline", "ConsoleCommand", "CommandReply",
    }  # fmt: skip
    commands = [json.loads(text)["action"] for name, text in shown if name == "ConsoleCommand"]
    assert commands == list(dict.fromkeys(commands))
    assert set(commands) == set(messages.Action.__args__)


def test_openapi_describes_every_route_of_the_interface(tmp_path):
    hall = Hall(tmp_path)
    described = hall.app.test_client().get("/api/openapi.json").json
    assert described["openapi"] == "3.1.0"
    rules = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in hall.app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert rules <= {(path, method) for path, methods in described["paths"].items() for method in methods}
    answer = described["paths"]["/api/candidate/answer"]["post"]
    assert answer["x-permission"] == "candidate"
    assert answer["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/AnswerRequest")
    assert set(described["components"]["schemas"]) >= {"AnswerReply", "CandidateView", "ErrorReply", "Snapshot"}
    hall.close()
