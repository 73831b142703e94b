"""Strict reading of item rows."""

import json
from datetime import date

import pytest
from bank_builders import GAPS, KEYS, OPTIONS, TABLE, item, row

from itembank.errors import ContentError
from itembank.exchange import jsonl
from itembank.items import INTERACTIONS, version_of
from itembank.reading import parse_item


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_a_valid_row_is_read_and_written_back_the_same(interaction):
    law = {"act": "RODO art. 33", "as_of": "2026-11-22", "valid_to": "2027-01-01"}
    authored = row(interaction, exhibit=TABLE, law=law, enemies=["CRM.1.1.1-02"], version=3)

    assert parse_item(authored, "test").as_json() == authored


def test_a_version_is_named_by_item_and_number():
    assert item(version=2).version_id == "CRM.1.1.1-01@2"
    assert version_of("CRM.1.1.1-01@2") == ("CRM.1.1.1-01", 2)


@pytest.mark.parametrize("wrong", ["", "CRM", "@1", "CRM@", "CRM@0", "CRM@01", "CRM@-1", "a b@1"])
def test_what_is_no_version_id_is_refused(wrong):
    with pytest.raises(ValueError, match="not an item version id"):
        version_of(wrong)


def test_the_digest_depends_on_the_content_and_not_on_the_version():
    assert item(version=1).digest == item(version=2).digest
    assert item().digest != item(stem="Inny trzon.").digest


def test_digests_of_complete_items_are_those_of_stored_banks():
    """Taken before drafts could have gaps: a bank that is stored opens as it did."""
    assert item().digest == "06d30919e1374df9cd66dab2cb3fadb6d6bcc67b36f2dd1a7289407d7adc1921"
    assert (
        item("match", exhibit=TABLE, version=2).digest
        == "54e443b671d56971e690c5693c26957538e3b2aa126a0202c6647df33a7e0fa0"
    )


def test_a_draft_with_gaps_is_an_item_and_its_digest_is_another():
    draft = item(**GAPS)

    assert draft.gaps == ("outcome", "criteria", "rationale", "expected_difficulty", "seconds")
    assert (draft.outcome, draft.criteria, draft.rationale) == ("", (), "")
    assert item().gaps == ()
    assert draft.digest != item().digest
    assert parse_item(json.loads(json.dumps(draft.as_json())), "test") == draft


def test_the_key_of_several_options_is_kept_in_the_order_of_the_options():
    assert item("multiple", key=["D", "A"]).key == ("A", "D")


WRONG = [
    ("single", {"key": "E"}, "key", "not one of the options"),
    ("single", {"key": ["B"]}, "key", "not one of the options"),
    ("single", {"options": OPTIONS["single"][:1]}, "options", "2 to 20"),
    ("single", {"options": [OPTIONS["single"][0]] * 2}, "options", "occurs twice"),
    ("single", {"options": [{"id": "A", "text": "x"}, {"id": "B", "text": " x"}]}, "options", "same text"),
    ("single", {"options": [{"id": "A", "text": "x"}, {"id": "B", "text": ""}]}, "options", "is empty"),
    ("single", {"options": [{"id": "A", "text": "x"}, {"id": "B C", "text": "y"}]}, "options", "not an option id"),
    ("single", {"options": [{"id": "A", "text": "x", "key": True}] * 2}, "options", "exactly id and text"),
    ("multiple", {"key": []}, "key", "at least one"),
    ("multiple", {"key": ["A", "A"]}, "key", "different"),
    ("multiple", {"key": ["A", "Z"]}, "key", "not one of the options"),
    ("order", {"key": ["A", "B", "C"]}, "key", "every option"),
    ("match", {"key": {"L1": "R1", "L2": "R2"}}, "key", "every left id"),
    ("match", {"key": {"L1": "R1", "L2": "R1", "L3": "R2"}}, "key", "at most once"),
    ("match", {"key": {"L1": "R1", "L2": "R2", "L3": "R9"}}, "key", "not on the right"),
    ("match", {"options": OPTIONS["single"]}, "options", "left and right"),
    (
        "match",
        {"options": {"left": OPTIONS["match"]["left"], "right": OPTIONS["match"]["right"][:2]}},
        "options",
        "shorter",
    ),
    ("numeric", {"options": []}, "options", "has none"),
    ("numeric", {"key": {"value": 3, "tolerance": "0", "unit": ""}}, "key", "decimal string"),
    ("numeric", {"key": {"value": "1,5", "tolerance": "0", "unit": ""}}, "key", "decimal string"),
    ("numeric", {"key": {"value": "NaN", "tolerance": "0", "unit": ""}}, "key", "decimal string"),
    ("numeric", {"key": {"value": "1", "tolerance": "-1", "unit": ""}}, "key", "negative"),
    ("numeric", {"key": {"value": "1", "tolerance": "0"}}, "key", "exactly value"),
    ("single", {"stem": " "}, "stem", "is empty"),
    ("single", {"stem": None}, "stem", "a text is expected"),
    ("single", {"stem": "a\x00b"}, "stem", "control character"),
    ("single", {"stem": "<b>Wskaż</b>"}, "stem", "markup <b>"),
    ("single", {"stem": "x" * 4001}, "stem", "longer than 4000"),
    ("single", {"criteria": []}, "criteria", "at least one"),
    ("single", {"criteria": ["CRM.1.2.1"]}, "criteria", "not a criterion of CRM.1.1"),
    ("single", {"criteria": ["CRM.1.1.1", "CRM.1.1.1"]}, "criteria", "twice"),
    ("single", {"criteria": "CRM.1.1.1"}, "criteria", "a list of ids"),
    ("single", {"outcome": "KZ.1"}, "outcome", "not an outcome of CRM"),
    ("single", {"outcome": None}, "criteria", "an outcome that is not named"),
    ("single", {"standard": None}, "outcome", "a standard that is not named"),
    ("single", {"rationale": ""}, "rationale", "is empty"),
    ("single", {"expected_difficulty": ""}, "expected_difficulty", "none of easy"),
    ("single", {"language": "Polish"}, "language", "shape"),
    ("single", {"id": "CRM 1"}, "id", "shape"),
    ("single", {"expected_difficulty": "very hard"}, "expected_difficulty", "none of easy, medium, hard"),
    ("single", {"enemies": ["CRM.1.1.1-01"]}, "enemies", "its own enemy"),
    ("single", {"seconds": 0}, "seconds", "whole number"),
    ("single", {"seconds": True}, "seconds", "whole number"),
    ("single", {"seconds": 60.0}, "seconds", "whole number"),
    ("single", {"version": 0}, "version", "whole number"),
    ("single", {"law": {"act": "RODO"}}, "law", "exactly act"),
    ("single", {"law": {"act": "RODO", "as_of": "22.11.2026", "valid_to": None}}, "law", "a date like"),
    ("single", {"law": {"act": "RODO", "as_of": "2026-02-30", "valid_to": None}}, "law", "not a date"),
    ("single", {"law": {"act": "RODO", "as_of": "2026-02-03", "valid_to": "2026-02-02"}}, "law", "before as_of"),
    ("single", {"hint": "B"}, "'hint'", "not a field"),
]


@pytest.mark.parametrize(("interaction", "changed", "field", "reason"), WRONG, ids=[f"{w[2]}: {w[3]}" for w in WRONG])
def test_a_wrong_field_is_named_with_its_place_and_reason(interaction, changed, field, reason):
    with pytest.raises(ContentError) as caught:
        parse_item(row(interaction, **changed), "items.jsonl, line 7")

    assert caught.value.where == f"items.jsonl, line 7, field {field}"
    assert reason in caught.value.reason


@pytest.mark.parametrize("field", sorted(row()))
def test_no_field_may_be_left_out(field):
    authored = row()
    del authored[field]

    with pytest.raises(ContentError, match=f"field {field}: is missing"):
        parse_item(authored, "test")


def test_an_unknown_interaction_is_refused():
    with pytest.raises(ContentError, match="none of single, multiple"):
        parse_item(row() | {"interaction": "essay"}, "test")


@pytest.mark.parametrize("stem", ["Wartość < 10 i > 5?", "a<b", "Szanse: 5 < x <= 9"])
def test_a_comparison_is_not_markup(stem):
    assert item(stem=stem).stem == stem


def test_law_lapses_the_day_after_its_last_day():
    dated = item(law={"act": "RODO", "as_of": "2026-01-01", "valid_to": "2026-11-22"})

    assert not dated.lapsed_on(date(2026, 11, 22))
    assert dated.lapsed_on(date(2026, 11, 23))
    assert not item(law={"act": "RODO", "as_of": "2026-01-01", "valid_to": None}).lapsed_on(date(2099, 1, 1))
    assert not item().lapsed_on(date(2099, 1, 1))


def test_a_file_keeps_good_lines_and_names_bad_ones():
    lines = [json.dumps(row()), "", "{", json.dumps(row(id="CRM.1.1.1-02", seconds=-1)), json.dumps(row()), "[1]"]
    twice = '{"id": 1, "id": 2}'
    infinite = '{"id": Infinity}'

    reading = jsonl.read("\n".join([*lines, twice, infinite]).encode(), "f.jsonl")

    assert [one.id for one in reading.items] == ["CRM.1.1.1-01"]
    assert [(one.where, one.reason[:24]) for one in reading.rejected] == [
        ("f.jsonl, line 3, column 2", "is not JSON: Expecting p"),
        ("f.jsonl, line 4, field seconds", "a whole number from 1 to"),
        ("f.jsonl, line 5, field id", "CRM.1.1.1-01@1 occurs tw"),
        ("f.jsonl, line 6", "an object is expected"),
        ("f.jsonl, line 7", "a field occurs twice"),
        ("f.jsonl, line 8", "Infinity is not JSON"),
    ]
    assert reading.as_json()["imported"] == 1


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xff\xfe"])
def test_a_file_that_is_no_text_or_empty_is_refused(data):
    with pytest.raises(ContentError, match=r"^f.jsonl"):
        jsonl.read(data, "f.jsonl")


def test_deep_nesting_and_huge_lines_are_rejected_not_crashed_on():
    reading = jsonl.read(b"[" * 90_000 + b"\n" + b'"' + b"x" * 200_001, "f.jsonl")

    assert [one.where for one in reading.rejected] == ["f.jsonl, line 1", "f.jsonl, line 2"]


def test_the_public_shape_names_id_interaction_and_greatest_score():
    reading = jsonl.read(json.dumps(row("match", key=KEYS["match"])).encode(), "f")

    assert reading.as_json()["items"][0] | {"digest": ""} == {
        "id": "CRM.1.1.1-01",
        "version": 1,
        "interaction": "match",
        "max_score": 1,
        "outcome": "CRM.1.1",
        "criteria": ["CRM.1.1.1"],
        "language": "pl",
        "gaps": [],
        "digest": "",
    }
