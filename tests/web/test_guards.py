"""Origin, custom header, CSRF token, size, form, rate limits and headers: what a stranger's request runs into."""

import re

import pytest
from hall import ORIGIN, PASSWORD, REAL_HASHER, Hall

from proctor import errors as proctor_errors
from web import auth
from web.errors import SENTENCES
from web.messages import AnswerRequest, ConsoleCommand, Heartbeat


@pytest.fixture
def limited(tmp_path):
    opened = Hall(tmp_path, limited=True)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """A candidate at the first item, of whom only refused requests come."""
    opened = Hall(tmp_path_factory.mktemp("quiet"))
    yield opened.candidate().started(opened.desk())
    opened.close()


def test_a_changing_request_from_another_site_is_refused(hall, desk):
    candidate = hall.candidate().seated(desk)
    for origin in ("https://evil.example", "null", ""):
        reply = candidate.client.post(
            "/api/candidate/start", json={"command_id": "x"}, headers={**candidate.headers(), "Origin": origin}
        )
        assert reply.json["error"] == "wrong_origin"
    assert hall.state(candidate).lifecycle == "authorised"


def test_a_request_without_our_own_header_is_refused(hall, desk):
    candidate = hall.candidate().seated(desk)
    reply = candidate.client.post("/api/candidate/start", json={"command_id": "x"}, headers={"Origin": ORIGIN})
    assert reply.status_code == 400
    assert "X-Kriteria-Tab" in reply.json["message"]


def test_a_staff_command_needs_the_csrf_token(hall, desk):
    candidate = hall.candidate()
    wish = {"command_id": "x", "action": "authorise", "sittings": [candidate.sitting]}
    reply = desk.client.post(f"{desk.root}/commands", json=wish)
    assert reply.status_code == 400
    assert reply.json["error"] == "csrf"
    assert desk.client.post("/api/login", json={"login": "chief", "password": PASSWORD}).json["error"] == "csrf"


def test_a_forged_device_cookie_opens_nothing(hall, desk):
    candidate = hall.candidate().seated(desk)
    candidate.client.set_cookie("kriteria_device", "WyJzaXR0aW5nIiwiZGV2aWNlIl0.forged", domain="localhost")
    assert candidate.get("view").json["error"] == "no_device"


def test_the_device_cookie_is_out_of_reach_of_scripts_and_other_sites(hall, desk):
    candidate = hall.candidate()
    desk.check_in(candidate)
    cookie = candidate.enter().headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/" in cookie


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('{"command_id": 7}', "command_id: string type"),
        ('{"command_id": "a", "more": 1}', "more: extra forbidden"),
        ("{}", "command_id: missing"),
        ("[1", "body: json invalid"),
        ('{"command_id": "a b"}', "command_id: string pattern mismatch"),
    ],
)
def test_a_bad_body_is_refused_with_its_place_and_changes_nothing(hall, desk, text, where):
    candidate = hall.candidate().seated(desk)
    reply = candidate.client.post(
        "/api/candidate/start", data=text, content_type="application/json", headers=candidate.headers()
    )
    assert (reply.status_code, reply.json["error"]) == (400, "bad_request")
    assert where in reply.json["message"]
    assert hall.state(candidate).lifecycle == "authorised"


@pytest.mark.parametrize("field", ["beat", "state_version", "last_ack_seq", "outbox_depth"])
@pytest.mark.parametrize("number", [-1, 2**31, 2**63])
def test_a_number_no_program_counts_to_is_refused(quiet, field, number):
    """With ``beat`` 2**63 one page would have made the presence of all unwritable."""
    reply = quiet.beat(**{field: number})
    assert (reply.status_code, reply.json["error"]) == (400, "bad_request")
    assert field in reply.json["message"]


def integers(schema, name=""):
    """Name and schema of every integer in a JSON schema."""
    if isinstance(schema, dict):
        if schema.get("type") == "integer":
            yield name, schema
        for key, part in schema.items():
            yield from integers(part, name if key in {"anyOf", "items"} else key)
    elif isinstance(schema, list):
        for part in schema:
            yield from integers(part, name)


def test_every_number_of_every_request_is_bounded(hall):
    views = hall.app.view_functions.values()
    asked = {view.takes for view in views if getattr(view, "takes", None) is not None}
    assert {Heartbeat, AnswerRequest, ConsoleCommand} <= asked
    found = [(model.__name__, *one) for model in asked for one in integers(model.model_json_schema())]
    assert len(found) > 10
    loose = [
        (model, name) for model, name, kind in found if not 0 <= kind.get("minimum", -1) <= kind["maximum"] <= 10**15
    ]
    assert loose == []


def test_a_number_in_an_address_has_at_most_nine_digits(hall, desk):
    for number, status in (("0", 200), ("9" * 9, 200), ("9" * 10, 400), ("-1", 400), ("1.5", 400)):
        assert desk.client.get(f"{desk.root}/feed?after={number}").status_code == status


def test_a_body_that_is_not_json_or_too_large_is_refused(hall, desk):
    candidate = hall.candidate().seated(desk)
    headers = candidate.headers()
    assert candidate.client.post("/api/candidate/start", data="x", headers=headers).json["error"] == "not_json"
    large = '{"command_id": "' + "a" * 20_000 + '"}'
    reply = candidate.client.post("/api/candidate/start", data=large, content_type="application/json", headers=headers)
    assert (reply.status_code, reply.json["error"]) == (413, "too_large")


def test_the_sixth_wrong_seat_code_of_a_tab_is_not_even_looked_at(limited):
    candidate = limited.candidate()
    for _ in range(5):
        assert candidate.enter("0000000000").json["error"] == "unknown_seat_code"
    reply = candidate.enter("0000000000")
    assert (reply.status_code, reply.json["error"]) == (429, "too_many_requests")
    assert reply.json["retry_after_ms"] > 0


def test_answers_faster_than_a_person_are_put_off_and_lost_by_nobody(limited):
    candidate = limited.candidate().started(limited.desk())
    item = candidate.view["item"]
    replies = [candidate.answer(item, answer_id="same") for _ in range(8)]
    codes = [reply.status_code for reply in replies]
    assert codes[:5] == [200] * 5
    assert 429 in codes
    assert len(limited.state(candidate).responses) == 1


def test_every_request_that_may_write_an_event_is_put_off_when_there_are_too_many(limited):
    flood, calm = limited.candidate(), limited.candidate("Anna Nowak", "8")
    desk = limited.desk()
    flood.seated(desk)
    calm.seated(desk)
    rules = [rule for rule in limited.app.url_map.iter_rules() if rule.rule.startswith("/api/candidate/")]
    paths = [rule.rule for rule in rules if "POST" in rule.methods and not rule.rule.endswith(("/seat", "/left"))]
    assert len(paths) >= 11
    for path in paths:
        codes = (flood.client.post(path, json={}, headers=flood.headers()).status_code for _ in range(300))
        assert 429 in codes, path
        assert calm.client.post(path, json={}, headers=calm.headers()).status_code == 400, path


def test_a_flood_of_good_leases_and_browser_checks_writes_few_events(limited):
    candidate = limited.candidate().seated(limited.desk())
    before = limited.state(candidate).version
    for again in (candidate.check, candidate.reopen):
        assert {again().status_code for _ in range(100)} == {200, 429}
    assert limited.state(candidate).version <= before + 120, "30 a minute of each, and the minute may turn once"


def test_the_sixth_login_try_of_a_minute_is_put_off(limited):
    client = limited.app.test_client()
    headers = {"X-CSRFToken": client.get("/api/csrf").json["csrf"]}
    wrong = {"login": "chief", "password": "not the password"}
    codes = [client.post("/api/login", json=wrong, headers=headers).status_code for _ in range(6)]
    assert codes == [401] * 5 + [429]


def test_signing_in_gives_a_new_token_and_signing_out_ends_it_on_the_server(hall):
    desk = hall.desk()
    first = desk.client.get_cookie("kriteria_staff").value
    desk.sign_in("chief")
    assert desk.client.get_cookie("kriteria_staff").value != first
    stolen = desk.client.get_cookie("kriteria_staff").value
    assert desk.client.post("/api/logout", headers={"X-CSRFToken": desk.csrf}).status_code == 204
    desk.client.set_cookie("kriteria_staff", stolen)
    assert desk.client.get("/api/account").json["error"] == "login_required"


def test_every_answer_carries_the_headers_and_is_kept_by_nobody(hall):
    for path in ("/exam", "/healthz", "/api/candidate/view", "/api/nothing"):
        headers = hall.app.test_client().get(path).headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_nonce_is_new_every_time_and_on_the_pages_own_scripts(hall):
    client = hall.app.test_client()
    seen = set()
    for _ in range(2):
        reply = client.get("/exam")
        nonce = re.search(r"'nonce-([^']+)'", reply.headers["Content-Security-Policy"])[1]
        assert reply.text.count(f'nonce="{nonce}"') == 2
        assert "<script>" not in reply.text
        seen.add(nonce)
    assert len(seen) == 2


def test_every_refusal_of_the_rules_has_its_sentence():
    rules = "".join(path.read_text(encoding="utf-8") for path in _sources())
    codes = set(re.findall(r"""Refused\("([a-z_]+)"\)""", rules))
    codes |= set(re.findall(r"""refuse\(.*?"([a-z_]+)" if""", rules))
    codes |= set(re.findall(r"""else "([a-z_]+)"\)""", rules)) & {"not_awaiting", "wrong_phase", "not_running"}
    assert codes - set(SENTENCES) == set()
    assert len(codes) > 15


def _sources():
    folder = __import__("pathlib").Path(proctor_errors.__file__).parent
    return [path for path in folder.glob("*.py") if path.name != "roster.py"]


def test_an_unexpected_fault_is_one_sentence_and_no_detail(hall, desk):
    candidate = hall.candidate().seated(desk)
    hall.wiring.desk.handle = lambda *_: 1 / 0
    reply = candidate.post("start", {"command_id": "x"})
    assert (reply.status_code, reply.json["error"]) == (500, "internal")
    assert "division" not in reply.text


def test_passwords_are_hashed_with_argon2id_as_costly_as_its_authors_advise():
    """Tests hash cheaply; the product's own hasher takes 64 MiB and three passes."""
    stored = REAL_HASHER.hash("correct horse battery")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert auth.NOBODY.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
