"""Pages the server makes: whole, quiet, safe, in the reader's language and colours, and without a script."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Response
from hall import PASSWORD, Hall, in_words

from web.errors import TITLES
from web.pages import frame
from web.roles import Role

HTML = {"Accept": "text/html"}
ICONS = Path(__file__).resolve().parents[2] / "web" / "frontend" / "shared" / "icons.ts"
VOID = {"meta", "link", "input", "br", "hr", "path", "circle", "rect", "line", "polyline", "img"}


class Outline(HTMLParser):
    """What is checked of a page: balance of its elements, ids, labels, headings, scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.labelled, self.fields, self.headings, self.inline = [], [], set(), [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [given["id"]] if "id" in given else []
        self.labelled |= {given["for"]} if "for" in given else set()
        if tag in {"input", "select", "textarea"} and given.get("type") not in {"hidden", "checkbox"}:
            self.fields.append(given)
        if tag == "script" or "style" in given or any(name.startswith("on") for name in given):
            self.inline.append((tag, given))
        if tag in {"h1", "h2", "h3"}:
            self.headings.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


def page(client, path, status=200):
    reply = client.get(path, headers=HTML)
    assert reply.status_code == status, reply.text[:300]
    return reply.text


def csrf(text):
    return re.search(r'name="csrf_token" value="([^"]+)"', text)[1]


def send(client, path, page_of, follow=True, **fields):
    """Send a form as a browser would: with the token of the page it stands on."""
    token = csrf(client.get(page_of, headers=HTML).text)
    return client.post(path, data={"csrf_token": token, **fields}, headers=HTML, follow_redirects=follow)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """A hall that only refused requests are sent to, and a browser of its office."""
    opened = Hall(tmp_path_factory.mktemp("quiet"))
    opened.staff("office", Role.ADMINISTRATOR)
    yield opened, opened.desk("office").client
    opened.close()


@pytest.fixture
def everything(hall):
    """A browser of an account with every role, and the address of everything one can look at."""
    hall.staff("all", *Role)
    desk = hall.desk()
    candidate = hall.candidate().started(desk)
    while candidate.view["phase"] == "item":
        hall.clock.pass_(4)
        candidate.answer()
    return hall.desk("all").client, candidate


def addresses(hall, candidate):
    return (
        "/",
        "/password",
        "/accounts",
        "/console",
        "/exam-sessions",
        "/exam-sessions/new",
        f"/exam-sessions/{hall.exam_session}",
        "/standards",
        "/standards/CRM/allocation",
        "/bank",
        "/bank/CRM",
        "/bank/CRM/incomplete",
        "/bank/CRM/criteria/CRM.1.1.1",
        "/bank/items/CRM.1.1.1-01@1",
        "/results",
        f"/results/{candidate.sitting}",
        "/responses",
        "/log",
        f"/log/{hall.exam_session}",
    )


def test_every_page_is_whole_labelled_and_without_inline_script_or_style(hall, everything):
    client, candidate = everything
    for path in addresses(hall, candidate):
        seen = Outline(page(client, path))
        assert len(seen.ids) == len(set(seen.ids)), path
        assert seen.headings.count("h1") == 1, path
        assert seen.headings[0] == "h1", path
        assert seen.inline == [], path
        unnamed = [one for one in seen.fields if one.get("id") not in seen.labelled and "aria-label" not in one]
        assert unnamed == [], path


def test_every_page_is_in_the_readers_language_and_colours(hall, everything):
    client, candidate = everything
    send(client, "/appearance", "/", language="pl", theme="contrast", back="/bank")
    for path in addresses(hall, candidate):
        assert '<html lang="pl" data-theme="contrast"' in page(client, path)


def test_every_page_prints_words_and_numbers_only(hall, everything):
    """Every page of every test is looked at on its way out (hall.in_words); here that this is so."""
    client, candidate = everything
    for path in addresses(hall, candidate):
        assert " at 0x" not in page(client, path), path
    text = page(client, "/bank")
    assert re.search(r"k-right\">145<", text)
    with pytest.raises(AssertionError, match="built-in"):
        in_words(Response("<td>&lt;built-in method items of dict object at 0x7f&gt;</td>", mimetype="text/html"))


def test_the_choice_of_colours_comes_back_to_the_page_it_was_made_on(hall):
    client = hall.app.test_client()
    reply = send(client, "/appearance", "/login", follow=False, language="en", theme="dark", back="/login")
    assert reply.headers["Location"] == "/login"
    assert 'data-theme="dark"' in page(client, "/login")


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org", "/\\example.org", "example.org"])
def test_no_address_of_another_site_is_followed(hall, elsewhere):
    assert frame.local(elsewhere) == "/"
    client = hall.app.test_client()
    reply = send(client, "/appearance", "/login", follow=False, language="en", theme="dark", back=elsewhere)
    assert reply.headers["Location"] == "/"


def test_a_colour_nobody_offers_is_not_remembered(hall):
    client = hall.app.test_client()
    send(client, "/appearance", "/login", language="xx", theme="pink", back="/login")
    assert 'data-theme="light"' in page(client, "/login")


def test_signing_in_leads_where_one_wanted_to_go(hall):
    hall.staff("office", Role.ADMINISTRATOR)
    client = hall.app.test_client()
    asked = client.get("/accounts", headers=HTML)
    assert asked.headers["Location"] == "/login?next=%2Faccounts"
    reply = send(client, "/login", "/login", follow=False, login="office", password=PASSWORD, next="/accounts")
    assert reply.headers["Location"] == "/accounts"
    assert "office at work" in page(client, "/accounts")


def test_a_wrong_password_says_so_and_keeps_the_login(hall):
    client = hall.app.test_client()
    reply = send(client, "/login", "/login", login="chief", password="wrong " + PASSWORD)
    assert reply.status_code == 401
    assert 'value="chief"' in reply.text
    assert 'aria-invalid="true"' in reply.text
    assert PASSWORD not in reply.text


def test_signing_out_closes_every_page(hall):
    client = hall.desk().client
    assert send(client, "/logout", "/").status_code == 200
    assert client.get("/", headers=HTML).status_code == 302


def test_a_new_password_is_good_and_the_old_one_is_not(hall):
    hall.staff("office", Role.ADMINISTRATOR)
    here, elsewhere = hall.desk("office").client, hall.desk("office").client
    reply = send(here, "/password", "/password", present=PASSWORD, password="another horse battery")
    assert reply.status_code == 200
    assert here.get("/accounts", headers=HTML).status_code == 200
    assert elsewhere.get("/accounts", headers=HTML).status_code == 302
    assert hall.wiring.accounts.by_login("office") is not None
    assert send(hall.app.test_client(), "/login", "/login", login="office", password=PASSWORD).status_code == 401


@pytest.mark.parametrize(
    ("present", "wanted", "field"), [("wrong one", "another horse battery", "present"), (PASSWORD, "short", "password")]
)
def test_a_password_change_that_cannot_be_taken_names_its_field(hall, present, wanted, field):
    client = hall.desk().client
    reply = send(client, "/password", "/password", present=present, password=wanted)
    assert reply.status_code == 422
    assert f'id="{field}-error"' in reply.text


def test_the_start_page_offers_exactly_what_a_role_may_do(hall):
    hall.staff("reader", Role.AUTHOR)
    text = page(hall.desk("reader").client, "/")
    assert 'href="/bank"' in text
    assert 'href="/accounts"' not in text
    assert 'href="/exam-sessions"' not in text


def test_an_account_is_created_with_its_roles(hall):
    hall.staff("office", Role.ADMINISTRATOR)
    client = hall.desk("office").client
    given = {"login": "k.nowak", "name": "K. Nowak", "password": "first horse battery", "language": "pl"}
    reply = send(client, "/accounts", "/accounts", role=["operator", "auditor"], **given)
    assert "k.nowak" in reply.text
    made = hall.wiring.accounts.by_login("k.nowak")[0]
    assert made.roles == {Role.OPERATOR, Role.AUDITOR}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"login": "a b"}, "login"),
        ({"login": "chief"}, "login"),
        ({"name": " "}, "name"),
        ({"password": "short"}, "password"),
        ({"language": "xx"}, "language"),
        ({"role": []}, "roles"),
        ({"role": ["emperor"]}, "roles"),
    ],
)
def test_an_account_that_cannot_be_created_names_its_field_and_changes_nothing(quiet, changed, field):
    hall, client = quiet
    before = hall.wiring.accounts.all()
    given = {"login": "new.one", "name": "New", "password": "first horse battery", "language": "pl", "role": ["author"]}
    reply = send(client, "/accounts", "/accounts", **{**given, **changed})
    assert reply.status_code == 422
    assert f'id="{field}-error"' in reply.text
    assert hall.wiring.accounts.all() == before


def test_a_page_that_is_not_there_is_a_kind_page_with_a_way_back(hall):
    text = page(hall.app.test_client(), "/nothing/here", 404)
    assert TITLES[404] in text
    assert 'href="/"' in text


def test_a_page_of_another_role_says_so_in_words(hall):
    hall.staff("reader", Role.AUTHOR)
    assert TITLES[403] in page(hall.desk("reader").client, "/accounts", 403)


def test_a_form_without_its_token_is_refused_with_a_way_back(hall):
    reply = hall.app.test_client().post("/login", data={"login": "chief"}, headers=HTML)
    assert reply.status_code == 400
    assert 'href="/login"' in reply.text


def test_a_program_still_gets_json(hall):
    assert hall.app.test_client().get("/api/account").json["error"] == "login_required"


def test_markup_in_a_name_stays_text(hall):
    hall.staff("office", Role.ADMINISTRATOR)
    hall.candidate(name="<b>Jan</b>", seat="<i>1</i>")
    text = page(hall.desk("office").client, f"/exam-sessions/{hall.exam_session}")
    assert "<b>Jan</b>" not in text
    assert "&lt;b&gt;Jan&lt;/b&gt;" in text


def test_icons_have_the_same_shapes_as_in_the_browser_programs():
    written = dict(re.findall(r"^  (\w+): '(.*)',$", ICONS.read_text(encoding="utf-8"), re.MULTILINE))
    template = (ICONS.parents[2] / "templates" / "icons.html").read_text(encoding="utf-8")
    drawn = dict(re.findall(r"^  '(\w+)': '(.*)',$", template, re.MULTILINE))
    assert written
    assert drawn == written
