"""docs/protocol.md and /api/openapi.json say what the server does."""

import re
from pathlib import Path

from hall import Hall

from web import messages
from web.errors import SENTENCES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")


def test_the_page_lists_every_code_with_its_status_and_sentence():
    rows = re.findall(r"^\| `([a-z_]+)` \| (\d+) \| (.+) \|$", PAGE, flags=re.M)
    assert rows == [(code, str(one.status), one.text) for code, one in SENTENCES.items()]


def test_the_page_names_every_action_and_every_phase():
    for name in (*messages.Action.__args__, *messages.Phase.__args__):
        assert f"`{name}`" in PAGE


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
