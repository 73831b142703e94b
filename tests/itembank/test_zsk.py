"""Reading the published text of the CRM qualification, and what is not one."""

import json

import pytest
from bank_builders import SHARED, crm
from hypothesis import given
from hypothesis import strategies as st

from itembank import content
from itembank.errors import ContentError
from itembank.standards import zsk
from itembank.standards.tree import tree_from_json
from results.rules import parse

INSTITUTION_KEYS = {"theory_testable", "theory_testable_reason", "default_parts"}
GLOSSES = {"title_en"}
PAGE = """Kwalifikacja cząstkowa na poziomie 3 Polskiej Ramy Kwalifikacji
Obsługa ekspresu
Kod kwalifikacji (od 2020 roku)
99999
Wymagania dotyczące walidacji i podmiotów przeprowadzających walidację
Stosuje się następujące metody: - test teoretyczny - wywiad. Weryfikacja składa się z dwóch części: teoretycznej oraz \
praktycznej.
Zestawy efektów uczenia się
1. Parzenie
Poszczególne efekty uczenia się oraz kryteria weryfikacji ich osiągnięcia
1. Parzy kawę
Kryteria weryfikacji:
- mieli ziarno,
- omawia
temperatury.
"""


@pytest.fixture(scope="module")
def expected():
    path = SHARED / "standards" / "pl-crm.json"
    if not path.exists():
        pytest.skip("../shared/standards is not beside this repository")
    return json.loads(path.read_text(encoding="utf-8"))


def leaves(tree):
    for one in tree:
        for outcome in one["outcomes"]:
            yield from outcome["criteria"]


def test_the_shipped_text_is_the_published_one():
    path = SHARED / "standards" / "pl-crm.txt"
    if not path.exists():
        pytest.skip("../shared/standards is not beside this repository")

    assert content.standard_file("pl-crm").read_bytes() == path.read_bytes()


def test_every_set_and_outcome_is_found_in_order(expected):
    def heads(tree):
        return [
            {key: node[key] for key in node if key not in {"outcomes", "criteria"}}
            for one in tree
            for node in (one, *one["outcomes"])
        ]

    assert heads(crm().as_json()["tree"]) == heads(expected["tree"])


def test_every_criterion_has_its_id_text_and_raw_text(expected):
    names = ("id", "text", "raw", "kind", "binding", "test_status_in_standard")

    found = [{name: leaf[name] for name in names} for leaf in leaves(crm().as_json()["tree"])]

    assert found == [{name: leaf[name] for name in names} for leaf in leaves(expected["tree"])]
    assert len(found) == 39


def test_the_methods_leave_out_what_serves_renewal_only(expected):
    for found, wanted in zip(leaves(crm().as_json()["tree"]), leaves(expected["tree"]), strict=True):
        for name in ("methods", "scope", "quote"):
            assert found["verification"][name] == wanted["verification"][name]
    assert [one for one in crm().verification.renewal_methods if one.startswith("analiza dowodów")] != []


@pytest.mark.parametrize("left_out", [GLOSSES | {"not_stated"}])
def test_the_metadata_are_those_of_the_text(expected, left_out):
    wanted = {name: value for name, value in expected["metadata"].items() if name not in left_out}

    found = crm().as_json()["metadata"]

    assert {name: found.get(name) for name in wanted} == wanted


def test_what_the_text_is_silent_about_is_listed(expected):
    wanted = [point.split(" (")[0] for point in expected["metadata"]["not_stated"]]

    assert crm().metadata["not_stated"] == wanted


def test_the_stated_nodes_of_the_rule_are_found_and_no_score_is_made_up(expected):
    def stated(rule):
        return [(node["part"], node["basis"]) for node in rule["rule"]["all_of"] if node["basis"] == "stated"]

    found = crm().as_json()

    assert stated(found["decision_rule"]) == stated(expected["decision_rule"])
    assert found["decision_rule"]["rule"]["all_of"][1] == expected["decision_rule"]["rule"]["all_of"][1]
    assert found["passing_rule"] == expected["passing_rule"]
    assert "cut" not in json.dumps(found["decision_rule"])


def test_the_rule_is_one_that_can_be_evaluated():
    assert parse(crm().decision_rule["rule"]) is not None


def test_counts_and_no_warnings(expected):
    found = crm().as_json()

    assert found["warnings"] == []
    assert found["counts"] == {name: expected["counts"][name] for name in ("sets", "outcomes", "criteria")}


def test_institution_data_are_not_read_from_the_text():
    text = json.dumps(crm().as_json())

    assert [name for name in INSTITUTION_KEYS if name in text] == []


def test_without_a_name_the_ids_stand_under_the_newest_registry_code():
    tree = zsk.read(content.standard_file("pl-crm").read_bytes())

    assert tree.code == "13881"
    assert next(tree.criteria()).id == "13881.1.1.1"


def test_a_stored_tree_is_read_back_equal():
    assert tree_from_json(json.loads(json.dumps(crm().as_json()))) == crm()


def test_another_page_is_read_too_and_a_leaf_over_two_lines_is_joined():
    tree = zsk.read(PAGE)

    assert [(leaf.id, leaf.text) for leaf in tree.criteria()] == [
        ("99999.1.1.1", "mieli ziarno"),
        ("99999.1.1.2", "omawia temperatury"),
    ]
    assert tree.metadata["level"] == {"framework": "PRK", "value": 3, "also": []}
    assert tree.verification.methods == ("test teoretyczny", "wywiad")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n", "\r\n"),
        ("- ", "•\u00a0"),
        ("1. Parzenie", "Zestaw 1. Parzenie"),
        ("Kryteria weryfikacji:", "KRYTERIA WERYFIKACJI"),
        ("Kod kwalifikacji (od 2020 roku)\n99999", "Kod kwalifikacji (od 2020 roku): 99999"),
        ("1. Parzy kawę\n", "1. Parzy\nkawę\n"),
        ("1. Parzenie\n", "1. Parzenie\n<Zwiń zestaw>\n\n"),
    ],
    ids=["windows", "bullets", "worded set", "capitals", "value behind the label", "title over lines", "furniture"],
)
def test_another_way_to_write_the_same_page_gives_the_same_outcomes(old, new):
    assert PAGE.count(old)

    tree = zsk.read(PAGE.replace(old, new))

    assert [outcome.title for outcome in tree.outcomes()] == ["Parzy kawę"]
    assert [leaf.text for leaf in tree.criteria()] == ["mieli ziarno", "omawia temperatury"]
    assert tree.code == "99999"


def test_a_number_out_of_turn_and_a_stray_line_are_warned_about_with_their_lines():
    tree = zsk.read(PAGE.replace("1. Parzy", "4. Parzy").replace("temperatury.\n", "temperatury.\nLosowe zdanie\n"))

    assert any(one.startswith("line 10: outcome number 4") for one in tree.warnings)
    assert any(one.startswith("line 15: not understood: Losowe zdanie") for one in tree.warnings)


def test_an_outcome_without_criteria_is_warned_about():
    tree = zsk.read(PAGE + "2. Sprząta\n")

    assert any("outcome 2 has no criteria" in one for one in tree.warnings)


def test_a_date_that_is_none_is_warned_about_and_not_guessed():
    tree = zsk.read("Data włączenia do ZSK:\nwkrótce\n" + PAGE)

    assert tree.metadata["included"] is None
    assert any("a date was expected: wkrótce" in one for one in tree.warnings)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b" \n\t\n", "is empty"),
        (b"\xff\xfe\x00K", "line 1: is not UTF-8"),
        (b"Status:\n\x00\x01", "line 2: holds a control character"),
        (b"x" * 100_001, "line 1: longer than 100000 characters"),
        (b"\n" * 5_000_001, "larger than"),
        ("Zestawy efektów uczenia się\n".encode(), "no learning outcomes"),
        (b"Lorem ipsum.\n" * 50, "no learning outcomes"),
    ],
    ids=["empty", "blank", "utf-16", "zero byte", "huge line", "huge file", "no outcomes", "other text"],
)
def test_what_is_no_standard_is_refused_with_its_place(data, reason):
    with pytest.raises(ContentError) as caught:
        zsk.read(data, "X", "page.txt")

    assert str(caught.value).startswith("page.txt")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_page_without_a_code_needs_a_name():
    with pytest.raises(ContentError, match="give a name"):
        zsk.read(PAGE.replace("99999\n", ""))


@pytest.mark.parametrize("name", ["", "a b", "../x", "x" * 40, "CRM.1"])
def test_a_name_that_cannot_stand_in_an_id_is_refused(name):
    if not name:
        assert zsk.read(PAGE, name).code == "99999"
        return
    with pytest.raises(ContentError, match="cannot stand before"):
        zsk.read(PAGE, name)


@given(cut=st.integers(0, 130), take=st.integers(1, 40))
def test_a_page_with_lines_torn_out_is_read_or_refused_but_never_breaks(cut, take):
    lines = content.standard_file("pl-crm").read_text(encoding="utf-8").split("\n")
    torn = "\n".join(lines[:cut] + lines[cut + take :])

    tree = read_or_refused(torn)

    found = [leaf.id for leaf in tree.criteria()] if tree else []
    assert len(found) <= 39
    assert len(set(found)) == len(found)


def read_or_refused(text):
    """The tree, or None where the text holds no outcomes any more; any other failure is a failure."""
    try:
        return zsk.read(text, "CRM")
    except ContentError as error:
        if "no learning outcomes" in error.reason:
            return None
        raise
