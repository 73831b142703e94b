"""Packages of QTI: what the manifest knows, what is missing or forgotten, and what is refused in one sentence."""

import pytest
from bank_builders import SHARED
from qti_builders import GIVEN, MULTIPLE, item, manifest, package, read, response, zipped

from itembank.errors import ContentError
from itembank.exchange import packages, qti
from itembank.exchange.qti_manifests import guid
from itembank.reading import Given

PACKAGE = SHARED / "data/qti/qti-test-package"


def test_two_items_of_one_identifier_are_one_and_a_rejection():
    reading = read(package({"a.xml": item(), "b.xml": item(MULTIPLE, response(["A"], "multiple"))}))

    assert len(reading.items) == 1
    assert "occurs twice" in reading.rejected[0].reason


def test_a_broken_item_is_rejected_with_file_and_line_and_the_others_are_kept():
    broken = item(identifier="I2").replace(b"</qti-simple-choice>", b"", 1)
    reading = read(package({"items/a.xml": item(), "items/b.xml": broken}))

    assert [found.id for found in reading.items] == ["I1"]
    assert reading.rejected[0].where == "p.zip, items/b.xml, line 2"


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (
            b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><assessmentItem>&e;</assessmentItem>',
            "DOCTYPE",
        ),
        (
            b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><assessmentItem>&b;</assessmentItem>',
            "DOCTYPE",
        ),
        (b"<assessmentItem>" + b"<p>" * 200, "nested more than"),
        (b"<assessmentItem", "is not XML"),
    ],
    ids=["external entity", "laughs", "deep", "cut"],
)
def test_a_hostile_item_is_rejected_in_one_sentence_and_the_others_are_kept(data, named):
    reading = read(package({"a.xml": item(), "b.xml": data}))

    assert len(reading.items) == 1
    assert named in reading.rejected[0].reason


def test_files_the_manifest_names_and_the_package_lacks_are_named():
    files = {"imsmanifest.xml": manifest(["a.xml", "gone.xml"]), "a.xml": item()}
    reading = read(zipped(files))

    assert [(row.where, row.reason) for row in reading.rejected] == [
        ("p.zip, imsmanifest.xml, line 1", "gone.xml of resource 'r1' is missing")
    ]


def test_items_the_manifest_forgot_are_read_and_said():
    files = {"imsmanifest.xml": manifest(["a.xml"]), "a.xml": item(), "b.xml": item(identifier="I2"), "c.xml": b"<x/>"}
    reading = read(zipped(files))

    assert [found.id for found in reading.items] == ["I1", "I2"]
    assert any("does not name as items, read all the same: b.xml" in text for text in reading.warnings)


@pytest.mark.parametrize(
    "href", ["../a.xml", "/etc/passwd", "http://example.org/a.xml", "file:///etc/passwd", "..%2Fa.xml"]
)
def test_an_address_that_leads_out_of_the_package_is_rejected(href):
    files = {"imsmanifest.xml": manifest(["b.xml", href]), "b.xml": item()}
    reading = read(zipped(files))

    assert len(reading.items) == 1
    assert "outside the package" in reading.rejected[0].reason


def test_whoever_waits_hears_how_many_files_are_done():
    heard = []
    files = {f"{n}.xml": item(identifier=f"I{n}") for n in range(3)}
    qti.read(packages.of_bytes(package(files), "p.zip"), GIVEN, lambda done, of: heard.append((done, of)))

    assert heard == [(1, 3), (2, 3), (3, 3)]


def test_an_escaped_address_finds_its_file():
    files = {"imsmanifest.xml": manifest(["my%20item.xml"]), "my item.xml": item()}

    assert len(read(zipped(files)).items) == 1


def test_a_package_in_a_folder_of_its_own_is_read_with_a_warning():
    files = {"q/imsmanifest.xml": manifest(["a.xml"]), "q/a.xml": item()}
    reading = read(zipped(files))

    assert len(reading.items) == 1
    assert "at the root" in reading.warnings[-1]


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b'<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"/>', "QTI 1.2"),
        (zipped({"a.xml": b"<x/>"}), "holds no imsmanifest.xml"),
        (zipped({"imsmanifest.xml": b"<x/>"}), "is not a manifest"),
        (package({}), "holds no items"),
        (package({"a.xml": b"<x/>"}), None),
        (zipped({"imsmanifest.xml": manifest([], extra='<resource type="imsqti_xmlv1p2" href="a.xml"/>')}), "QTI 1.2"),
        (manifest(["a.xml"]), "but a manifest"),
        (b"PK\x03\x04 and then nothing", "not a readable zip file"),
    ],
    ids=["1.2", "no manifest", "another manifest", "empty", "no item", "1.2 package", "manifest alone", "no zip"],
)
def test_a_file_that_is_no_package_of_items_is_refused_in_one_sentence(data, named):
    if named is None:
        assert "is not an item (x)" in read(data).rejected[0].reason
        return
    with pytest.raises(ContentError) as caught:
        read(data)

    assert named in str(caught.value)
    assert "\n" not in str(caught.value)


def standards(*names, label="label"):
    inner = "".join(
        f"<c:labelledGUID><c:label>{one if label == 'label' else 'text'}</c:label>"
        f"<c:caseItemURI>https://h/CFItems/{one if label == 'uri' else 'x'}</c:caseItemURI>"
        f"<c:GUID>{one if label == 'guid' else guid('CRM', one)}</c:GUID></c:labelledGUID>"
        for one in names
    )
    return (
        '<metadata><c:curriculumStandardsMetadataSet xmlns:c="http://www.imsglobal.org/xsd/qti/qtiv3p0/imscsmd_v1p1">'
        f"<c:curriculumStandardsMetadata><c:setOfGUIDs>{inner}</c:setOfGUIDs></c:curriculumStandardsMetadata>"
        "</c:curriculumStandardsMetadataSet></metadata>"
    )


@pytest.mark.parametrize("label", ["label", "guid", "uri"])
def test_tags_that_are_criteria_of_the_standard_are_kept(label):
    metadata = {"a.xml": standards("CRM.1.1.1", "CRM.1.1.2", label=label)}
    found = read(package({"a.xml": item()}, metadata=metadata)).items[0]

    assert (found.outcome, found.criteria) == ("CRM.1.1", ("CRM.1.1.1", "CRM.1.1.2"))


@pytest.mark.parametrize("names", [("CRM.1.1.1", "CRM.1.2.1"), ("K.1.1",), ("CRM.1",)])
def test_other_tags_are_a_gap_with_a_warning(names):
    reading = read(package({"a.xml": item()}, metadata={"a.xml": standards(*names)}))

    assert reading.items[0].criteria == ()
    assert any("tags that are not criteria" in text for text in reading.warnings)


def test_time_and_difficulty_come_from_the_metadata_where_their_words_say_them():
    lom = (
        '<metadata><lom xmlns="http://ltsc.ieee.org/xsd/LOM"><educational><difficulty><source>LOMv1.0</source>'
        "<value>{}</value></difficulty><typicalLearningTime><duration>{}</duration></typicalLearningTime>"
        "</educational></lom></metadata>"
    )

    def said(difficulty, duration):
        found = read(package({"a.xml": item()}, metadata={"a.xml": lom.format(difficulty, duration)})).items[0]
        return found.expected_difficulty, found.seconds

    assert said("difficult", "PT1M30S") == ("hard", 90)
    assert said("very easy", "P1D") == (None, None)


def test_the_language_of_the_whole_package_comes_before_the_one_that_is_given():
    lom = '<lom xmlns="http://ltsc.ieee.org/xsd/LOM"><general><language>cs-CZ</language></general></lom>'
    whole = manifest(["a.xml"]).replace(b"</schemaversion>", b"</schemaversion>" + lom.encode())
    files = {"imsmanifest.xml": whole, "a.xml": item(lang="")}

    assert read(zipped(files)).items[0].language == "cs"


def test_an_item_under_another_type_of_resource_is_read_and_said():
    extra = '<resource identifier="x" type="webcontent" href="b.xml"><file href="b.xml"/></resource>'
    files = {"imsmanifest.xml": manifest(["a.xml"], extra=extra), "a.xml": item(), "b.xml": item(identifier="I2")}
    reading = read(zipped(files))

    assert len(reading.items) == 2
    assert any("does not name as items" in text for text in reading.warnings)


def test_without_a_language_anywhere_the_item_has_a_gap():
    data = package({"a.xml": item(lang="")})

    assert "language" in read(data, Given(standard="CRM")).items[0].gaps
    assert read(data, Given(standard="CRM", language="cs")).items[0].language == "cs"


VENDOR = {
    "choice.xml": "choiceInteraction",
    "choice_multiple.xml": ("multiple", ("H", "O")),
    "extended_text.xml": "extendedTextInteraction",
    "gap_match.xml": ("match", ("L1:W", "L2:Su")),
    "graphic_associate.xml": "graphicAssociateInteraction",
    "graphic_gap_match.xml": "graphicGapMatchInteraction",
    "hotspot.xml": "hotspotInteraction",
    "info_end.xml": "no interaction",
    "info_start.xml": "no interaction",
    "inline_choice.xml": ("single", ("Y",)),
    "match-tabular.xml": "matchInteraction",
    "match.xml": "matchInteraction",
    "math.xml": "choiceInteraction",
    "order.xml": ("order", ("DriverC", "DriverA", "DriverB")),
    "position_object.xml": "positionObjectInteraction",
    "select_point.xml": "selectPointInteraction",
    "slider.xml": "sliderInteraction",
    "text_entry.xml": "textEntryInteraction",
}
"""File -> (interaction, key) when it is imported, else what its rejection names."""


@pytest.mark.skipif(not PACKAGE.exists(), reason="the test package is not here")
def test_every_item_of_the_test_package_is_imported_with_its_key_or_rejected_by_name():
    reading = qti.read(packages.opened(PACKAGE), Given(standard="CRM", language="en"))
    imported = {found.id.removeprefix("ITM-") + ".xml": (found.interaction, found.key) for found in reading.items}
    rejected = {row.where.rpartition("items/")[2].partition(",")[0]: row.reason for row in reading.rejected}

    assert imported == {name: key for name, key in VENDOR.items() if isinstance(key, tuple)}
    assert set(rejected) == {name for name, word in VENDOR.items() if isinstance(word, str)}
    for name, said in rejected.items():
        assert VENDOR[name] in said
