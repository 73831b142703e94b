"""Items out as QTI 3.0: the same bytes every time, the structure of the specification, and back to equal items."""

import io
import re
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from bank_builders import TABLE, item, row
from hypothesis import given, settings
from hypothesis import strategies as st
from qti_builders import read

from itembank import content
from itembank.errors import ContentError
from itembank.exchange import jsonl, qti_export
from itembank.exchange.qti_manifests import guid
from itembank.items import DIFFICULTIES, GAPS, INTERACTIONS
from itembank.reading import NOTHING

ASI = "{http://www.imsglobal.org/xsd/imsqtiasi_v3p0}"
CP = "{http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1}"
LAW = {"act": "RODO; art. 33,\nust. 1 «a»", "as_of": "2026-11-22", "valid_to": "2027-01-01"}
WHOLE = [
    item(
        kind,
        id=f"CRM.1.1.1-{n:02}",
        exhibit=TABLE if n % 2 else None,
        law=LAW if n % 3 else None,
        enemies=["X.1", "X.2"],
    )
    for n, kind in enumerate(INTERACTIONS)
]
DIGIT = item(id="1.1-a")


def files(data):
    """The files of a package, by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def round_trip(items):
    """What comes back of these items, without a complaint."""
    reading = read(qti_export.write(items), NOTHING)
    assert reading.rejected == ()
    assert [text for text in reading.warnings if "lack" not in text] == []
    return list(reading.items)


def test_every_interaction_comes_back_equal():
    assert round_trip(WHOLE) == WHOLE


def test_the_shipped_items_come_back_equal():
    items = [one for path in content.item_files("pl-crm") for one in jsonl.read(path.read_bytes(), path.name).items]

    assert items
    assert sorted(round_trip(items), key=lambda one: one.id) == sorted(items, key=lambda one: one.id)


texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\u2028\u2029\ufeff<>\ufffe\uffff")
    | st.sampled_from(" \n\u00a0&\"'0½²"),
    max_size=30,
).filter(str.strip)
ids = st.text(st.sampled_from("AZaz09_-"), min_size=1, max_size=6)
decimals = st.from_regex(r"-?[0-9]{1,5}(\.[0-9]{1,10})?", fullmatch=True)
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)


@st.composite
def sides(draw, least=2):
    chosen = draw(st.lists(ids, min_size=least, max_size=6, unique=True))
    return [{"id": one, "text": f"{draw(texts)} {n}"} for n, one in enumerate(chosen)]


@st.composite
def items(draw):
    """Any item the reader takes: every interaction, odd ids, odd blanks, gaps."""
    kind = draw(st.sampled_from(INTERACTIONS))
    options = draw(sides())
    chosen = [one["id"] for one in options]
    if kind == "numeric":
        unit = draw(st.just("") | texts)
        options, key = None, {"value": draw(decimals), "tolerance": draw(decimals).lstrip("-"), "unit": unit}
    elif kind == "match":
        right = draw(sides(len(options)))
        ends = draw(st.permutations([one["id"] for one in right]))
        options, key = {"left": options, "right": right}, dict(zip(chosen, ends, strict=False))
    elif kind == "order":
        key = draw(st.permutations(chosen))
    elif kind == "multiple":
        key = draw(st.lists(st.sampled_from(chosen), min_size=1, unique=True))
    else:
        key = draw(st.sampled_from(chosen))
    identity, law = draw(names), draw(st.none() | texts)
    whole = row(
        kind,
        id=identity,
        version=draw(st.integers(1, 99)),
        language=draw(st.sampled_from(["pl", "en", "cs", "kk"])),
        criteria=draw(st.lists(st.sampled_from(["CRM.1.1.1", "CRM.1.1.2", "CRM.1.1.x-y"]), min_size=1, unique=True)),
        stem=draw(texts),
        exhibit=draw(st.none() | st.just(TABLE.replace("<td>1</td>", "<td> a\n &amp;\u00a0b </td>"))),
        options=options,
        key=key,
        rationale=draw(texts),
        expected_difficulty=draw(st.sampled_from(DIFFICULTIES)),
        seconds=draw(st.integers(1, 3_600)),
        enemies=draw(st.lists(names.filter(lambda one: one != identity), max_size=3, unique=True)),
        law=law and {"act": law, "as_of": "2026-11-22", "valid_to": draw(st.none() | st.just("2027-01-01"))},
    )
    without = draw(st.sets(st.sampled_from(GAPS)))
    if "standard" in without:
        without |= {"outcome", "criteria"}
    if "outcome" in without:
        without |= {"criteria"}
    return item(**whole | dict.fromkeys(without))


@settings(max_examples=150)
@given(items())
def test_importing_the_export_gives_the_same_item(authored):
    assert round_trip([authored]) == [authored]


@given(st.lists(items(), max_size=6, unique_by=lambda one: one.version_id), st.randoms(use_true_random=False))
def test_the_same_items_give_the_same_bytes_in_whatever_order_they_come(authored, random):
    shuffled = list(authored)
    random.shuffle(shuffled)

    assert qti_export.write(authored) == qti_export.write(shuffled)


def test_a_gap_is_absent_and_comes_back_as_a_gap():
    draft = item(**dict.fromkeys(GAPS))
    written = files(qti_export.write([draft]))

    assert b"rubric" not in written["items/CRM.1.1.1-01-v1.xml"]
    assert b"curriculumStandards" not in written["imsmanifest.xml"]
    assert b"educational" not in written["imsmanifest.xml"]
    assert round_trip([draft]) == [draft]


def test_two_versions_of_an_item_are_two_files():
    both = [WHOLE[0], replace(WHOLE[0], version=2, stem="Nowa treść?")]

    assert round_trip(both) == both


@pytest.mark.parametrize("character", ["\ufffe", "\ud800"])
def test_a_character_xml_cannot_hold_is_refused_with_the_item(character):
    with pytest.raises(ContentError) as caught:
        qti_export.write([replace(WHOLE[0], stem=f"a{character}b")])

    assert caught.value.where == WHOLE[0].version_id


def test_the_zip_file_has_no_clock_and_its_names_in_order():
    with zipfile.ZipFile(io.BytesIO(qti_export.write(WHOLE[::-1]))) as archive:
        entries = archive.infolist()

    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert entries[0].filename == "imsmanifest.xml"


def test_the_manifest_holds_what_the_profile_allows_in_its_order():
    root = ElementTree.fromstring(files(qti_export.write(WHOLE))["imsmanifest.xml"])

    assert [child.tag for child in root] == [f"{CP}metadata", f"{CP}organizations", f"{CP}resources"]
    assert [child.text for child in root[0]] == ["QTI Package", "3.0.0"]
    identifiers = [resource.get("identifier") for resource in root[2]]
    assert len(set(identifiers)) == len(WHOLE)
    for resource in root[2]:
        assert re.fullmatch(r"[A-Za-z_][\w.-]*", resource.get("identifier"))  # xs:ID
        assert resource.get("type") == "imsqti_item_xmlv3p0"
        assert [child.tag for child in resource] == [f"{CP}metadata", f"{CP}file"]
        assert [child.tag.rpartition("}")[2] for child in resource[0]] == [
            "qtiMetadata", "curriculumStandardsMetadataSet", "lom",
        ]  # fmt: skip
        assert resource.get("href") == resource[1].get("href")
    said = files(qti_export.write(WHOLE))["imsmanifest.xml"].decode()
    assert f"<csm:GUID>{guid('CRM', 'CRM.1.1.1')}</csm:GUID>" in said
    assert "<lom:duration>PT60S</lom:duration>" in said
    for name in ("choice", "order", "match", "textEntry"):
        assert f"<qti:interactionType>{name}Interaction</qti:interactionType>" in said


def test_a_guid_is_the_same_in_every_export():
    assert guid("CRM", "CRM.1.1.1") == "a7efa802-dce0-5224-a24b-9f3e75c93773"


ORDER_OF_ITEM = ["qti-response-declaration", "qti-outcome-declaration", "qti-item-body", "qti-response-processing"]
"""Of AssessmentItemDType in the schema of QTI 3.0, the parts an item here has."""
SHAPES = {
    "single": ("qti-choice-interaction", {"max-choices": "1"}, "single", "identifier"),
    "multiple": ("qti-choice-interaction", {"max-choices": "0"}, "multiple", "identifier"),
    "order": ("qti-order-interaction", {}, "ordered", "identifier"),
    "match": ("qti-match-interaction", {"max-associations": "3"}, "multiple", "directedPair"),
    "numeric": ("qti-text-entry-interaction", {}, "single", "float"),
}


@pytest.mark.parametrize("authored", [*WHOLE, DIGIT], ids=[*INTERACTIONS, "digit"])
def test_an_item_has_the_structure_of_the_specification(authored):
    root = ElementTree.fromstring(files(qti_export.write([authored]))[f"items/{authored.id}-v1.xml"])
    name, attributes, cardinality, base = SHAPES[authored.interaction]
    (interaction,) = root.iter(f"{ASI}{name}")
    declared = root[0]

    assert root.tag == f"{ASI}qti-assessment-item"
    assert {"identifier", "title", "adaptive", "time-dependent"} <= set(root.attrib)
    assert re.fullmatch(r"[A-Za-z_][\w.-]*", root.get("identifier"))  # xs:NCName
    assert [child.tag for child in root] == [ASI + one for one in ORDER_OF_ITEM]
    assert (declared.get("cardinality"), declared.get("base-type")) == (cardinality, base)
    assert attributes.items() <= interaction.attrib.items()
    assert interaction.get("response-identifier") == declared.get("identifier") == "RESPONSE"
    assert interaction.get("shuffle", "true") == "true"
    for choice in interaction.iter():
        if choice.tag.endswith(("-choice",)):
            assert re.fullmatch(r"[A-Za-z_][\w.-]*", choice.get("identifier"))
    body = root.find(f"{ASI}qti-item-body")
    assert {child.tag for child in body} <= {
        f"{ASI}{one}" for one in ("p", "pre", "table", "qti-rubric-block", name)
    }  # blocks only
    (rubric,) = root.iter(f"{ASI}qti-rubric-block")
    assert (rubric.get("view"), rubric.get("use"), [one.tag for one in rubric]) == (
        "author", "scoring", [f"{ASI}qti-content-body"],
    )  # fmt: skip
    assert not (body.text or "").strip()


def test_ids_that_are_no_qti_identifiers_are_made_so_and_come_back():
    options = {
        "left": [{"id": "1", "text": "a"}, {"id": "-", "text": "b"}],
        "right": [{"id": "1", "text": "c"}, {"id": "x", "text": "d"}],
    }
    authored = item("match", options=options, key={"1": "x", "-": "1"})
    said = files(qti_export.write([authored]))["items/CRM.1.1.1-01-v1.xml"].decode()

    assert "<qti-value>O_1 T_x</qti-value>" in said
    assert round_trip([authored]) == [authored]


def test_a_number_is_scored_by_its_tolerance_and_its_unit_stands_after_it():
    authored = item("numeric", stem="Ile?\nw złotych", key={"value": "12.50", "tolerance": "0.50", "unit": "zł"})
    said = files(qti_export.write([authored]))["items/CRM.1.1.1-01-v1.xml"].decode()

    assert 'tolerance-mode="absolute" tolerance="0.50 0.50"' in said
    assert "/> zł</p>" in said
    assert round_trip([authored]) == [authored]
