"""Every role against every route: stated as data, checked by really asking."""

import pytest
from hall import Hall

from web.roles import KNOWN, OPEN, PERMISSIONS, Role, stated

ROLES = ("nobody", "candidate", *(role.value for role in Role))
CONSOLE = {"operator", "chief_operator", "supervisor", "auditor"}
OPERATING = {"operator", "chief_operator"}
STAFF = {role.value for role in Role}
EVERYBODY = set(ROLES)
OFFICE = {"administrator"}
BANK = {"auditor", "author", "reviewer", "psychometrician"}
COMMITTEE = {"committee_member", "committee_chair"}
CHAIR = {"committee_chair"}
RESULTS = {"administrator", "auditor", "supervisor", "committee_member", "committee_chair", "appeals_panel"}

WHO = {
    "public": EVERYBODY,
    "candidate": {"candidate"},
    "staff": STAFF,
    "console.see": CONSOLE,
    "console.see_all": {"supervisor", "auditor"},
    "console.operate": OPERATING,
    "console.terminate": {"chief_operator"},
    "sitting.reopen": {"supervisor"},
    "sitting.void": {"supervisor"},
    "log.verify": {"auditor"},
    "exam_sessions.see": {"administrator", "auditor"},
    "accounts.manage": OFFICE,
    "exam_sessions.manage": OFFICE,
    "bank.see": BANK,
    "bank.write": {"author"},
    "bank.review": {"reviewer"},
    "calibration.run": {"psychometrician"},
    "responses.export": {"psychometrician", "auditor"},
    "results.see": RESULTS,
    "results.except": OFFICE,
    "practice.write": {"committee_member", "committee_chair"},
    "results.sign": {"committee_chair"},
    "allocation.sign": {"committee_chair"},
    "appeals.decide": {"appeals_panel"},
}
ROUTES = {
    "GET /": STAFF,
    "GET /accounts": OFFICE,
    "POST /accounts": OFFICE,
    "GET /api/account": STAFF,
    "POST /api/candidate/answer": {"candidate"},
    "POST /api/candidate/browser-check": {"candidate"},
    "POST /api/candidate/end": {"candidate"},
    "POST /api/candidate/hand": {"candidate"},
    "POST /api/candidate/hand/withdraw": {"candidate"},
    "POST /api/candidate/heartbeat": {"candidate"},
    "POST /api/candidate/identity": {"candidate"},
    "POST /api/candidate/lease": {"candidate"},
    "POST /api/candidate/left": EVERYBODY,
    "POST /api/candidate/message": {"candidate"},
    "GET /api/candidate/result": {"candidate"},
    "POST /api/candidate/seat": EVERYBODY,
    "POST /api/candidate/signal": {"candidate"},
    "POST /api/candidate/start": {"candidate"},
    "GET /api/candidate/view": {"candidate"},
    "POST /api/console/<exam_session>/commands": OPERATING,
    "GET /api/console/<exam_session>/feed": CONSOLE,
    "POST /api/console/<exam_session>/reopen": {"supervisor"},
    "GET /api/console/<exam_session>/sittings/<sitting>/timeline": CONSOLE,
    "GET /api/console/<exam_session>/snapshot": CONSOLE,
    "GET /api/csrf": EVERYBODY,
    "POST /api/login": EVERYBODY,
    "POST /api/logout": STAFF,
    "GET /api/openapi.json": EVERYBODY,
    "POST /appearance": EVERYBODY,
    "GET /bank": BANK,
    "GET /bank/<code>": BANK,
    "GET /bank/<code>/criteria/<criterion>": BANK,
    "GET /bank/<code>/incomplete": BANK,
    "GET /bank/items/<version_id>": BANK,
    "GET /console": CONSOLE,
    "GET /console/<exam_session>": CONSOLE,
    "GET /exam": EVERYBODY,
    "GET /exam-sessions": OFFICE | {"auditor"},
    "GET /exam-sessions/<exam_session>": OFFICE | {"auditor"},
    "POST /exam-sessions/<exam_session>/candidates": OFFICE,
    "GET /exam-sessions/<exam_session>/candidates/<sitting>": OFFICE,
    "POST /exam-sessions/<exam_session>/candidates/<sitting>/cancel": OFFICE,
    "POST /exam-sessions/<exam_session>/candidates/<sitting>/erase": OFFICE,
    "POST /exam-sessions/<exam_session>/candidates/list": OFFICE,
    "POST /exam-sessions/<exam_session>/close": OFFICE,
    "POST /exam-sessions/<exam_session>/open": OFFICE,
    "POST /exam-sessions/<exam_session>/operators": OFFICE,
    "GET /exam-sessions/<exam_session>/responses.csv": {"psychometrician", "auditor"},
    "POST /exam-sessions/<exam_session>/seat-codes": OFFICE,
    "GET /exam-sessions/new": OFFICE,
    "POST /exam-sessions/new": OFFICE,
    "GET /exam/result": EVERYBODY,
    "GET /healthz": EVERYBODY,
    "GET /log": {"auditor"},
    "GET /log/<exam_session>": {"auditor"},
    "POST /log/<exam_session>": {"auditor"},
    "GET /login": EVERYBODY,
    "POST /login": EVERYBODY,
    "POST /logout": STAFF,
    "GET /metrics": EVERYBODY,
    "GET /password": STAFF,
    "POST /password": STAFF,
    "GET /readyz": EVERYBODY,
    "GET /responses": {"psychometrician", "auditor"},
    "GET /results": RESULTS,
    "GET /results/<sitting>": RESULTS,
    "POST /results/<sitting>/confirmation": CHAIR,
    "POST /results/<sitting>/exception": OFFICE,
    "POST /results/<sitting>/practice": COMMITTEE,
    "POST /results/<sitting>/practice/file": COMMITTEE,
    "GET /results/<sitting>/protocol.pdf": RESULTS,
    "POST /results/<sitting>/void": {"supervisor"},
    "GET /standards": STAFF,
    "GET /standards/<code>/allocation": STAFF,
    "POST /standards/<code>/allocation": CHAIR,
    "GET /static/<path:filename>": EVERYBODY,
}
"""Every route there is, and who gets in: a new one, or one opened wider, fails until it is written here."""


@pytest.fixture(scope="module")
def hall(tmp_path_factory):
    opened = Hall(tmp_path_factory.mktemp("roles"))
    opened.app.config["PROPAGATE_EXCEPTIONS"] = False
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def browsers(hall):
    """A browser per role: nobody, a candidate with a lease, one account per role."""
    made = {"nobody": (hall.app.test_client(), {})}
    candidate = hall.candidate()
    candidate.seated(hall.desk())
    made["candidate"] = (candidate.client, candidate.headers())
    for role in Role:
        hall.staff(role.value + "-1", role)
        desk = hall.desk(role.value + "-1")
        made[role.value] = (desk.client, {"X-CSRFToken": desk.csrf})
    return made


def table(app):
    """(method, rule) -> permission of every route there is."""
    found = {}
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            found[f"{method} {rule.rule}"] = stated(app, rule.endpoint)
    return found


def test_every_route_states_a_permission_that_exists(hall):
    missing = {route: needed for route, needed in table(hall.app).items() if needed not in KNOWN}
    assert missing == {}


def strange(app):
    """Routes that let in others than the table says, or that only one of the two knows."""
    found = {route: WHO.get(needed) for route, needed in table(app).items()}
    return {route for route in found.keys() | ROUTES.keys() if found.get(route) != ROUTES.get(route)}


def test_every_route_and_who_gets_in_is_written_here(hall):
    assert strange(hall.app) == set()


def test_a_page_opened_wider_and_a_route_not_written_here_are_noticed(hall, monkeypatch):
    monkeypatch.setattr(hall.app.view_functions["results.results"], "permission", "staff")
    monkeypatch.delitem(ROUTES, "GET /bank")
    monkeypatch.setitem(ROUTES, "GET /nowhere", STAFF)
    assert strange(hall.app) == {"GET /results", "GET /bank", "GET /nowhere"}


def test_the_permissions_of_the_roles_are_the_ones_written_here():
    assert {needed: set() for needed in KNOWN - OPEN} | {
        needed: {role.value for role in Role if needed in PERMISSIONS[role]} for needed in KNOWN - OPEN
    } == {needed: who for needed, who in WHO.items() if needed not in OPEN}


def refused(reply):
    """Whether the guard turned the request away (and not the view itself)."""
    if reply.status_code == 302:
        return reply.location.startswith("/login")
    if reply.status_code in (401, 403) and reply.is_json:
        return reply.json["error"] in {"login_required", "no_device", "not_allowed", "wrong_origin"}
    return reply.status_code in (401, 403)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_in_exactly_where_it_may(hall, browsers, role):
    client, headers = browsers[role]
    wrong = []
    for route, needed in table(hall.app).items():
        method, rule = route.split(" ", 1)
        if needed == "staff" and "logout" in rule:
            continue  # it would end the login that the next request needs
        path = rule.replace("<path:filename>", "none").replace("<exam_session>", hall.exam_session)
        path = path.replace("<sitting>", "none")
        while "<" in path:
            path = path[: path.index("<")] + "none" + path[path.index(">") + 1 :]
        reply = client.open(path, method=method, headers=headers)
        if needed != "public" and refused(reply) == (role in ROUTES.get(route, set())):
            wrong.append((route, reply.status_code))
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_public_routes_ask_nobody_to_sign_in(hall, browsers, role):
    client, headers = browsers[role]
    for route, needed in table(hall.app).items():
        method, rule = route.split(" ", 1)
        if needed == "public" and method == "GET":
            reply = client.get(rule.replace("<path:filename>", "none"), headers=headers)
            assert reply.location is None or not reply.location.startswith("/login?"), route
            assert not (reply.is_json and reply.json.get("error") in {"login_required", "not_allowed"}), route


def test_an_operator_of_another_exam_session_finds_nothing(hall, browsers):
    client, headers = browsers["operator"]
    assert client.get(f"/api/console/{hall.exam_session}/snapshot", headers=headers).status_code == 404


def test_a_chief_by_role_is_no_chief_where_not_assigned_as_such(hall, browsers):
    desk = hall.desk()
    account = hall.wiring.accounts.by_login("chief_operator-1")[0]
    hall.wiring.sessions.assign(hall.exam_session, account.id, "operator")
    client, headers = browsers["chief_operator"]
    snapshot = client.get(f"/api/console/{hall.exam_session}/snapshot", headers=headers).json
    assert snapshot["exam_session"]["chief"] is False
    assert desk.get("/snapshot")["exam_session"]["chief"] is True
