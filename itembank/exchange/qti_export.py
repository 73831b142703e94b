"""A QTI 3.0 content package of items: the manifest with what is known about each, and one document per item.

Rules:
- the same items give the same bytes: names in order, no clock, and files stored as they are, since packed bytes depend
  on the packer;
- a manifest holds what the QTI 3.0 profile of IMS Content Packaging allows and nothing else: qtiMetadata, curriculum
  standards, LOM, in this order;
- a criterion has its own id as label and a name-based UUID as GUID (qti_manifests.guid).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence

from lxml import etree

from itembank.errors import ContentError
from itembank.exchange.qti_manifests import DIFFICULTIES, NAME, guid
from itembank.exchange.qti_writing import INTERACTIONS, XSI, document
from itembank.items import Item

CP = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
CSM = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscsmd_v1p1"
QMD = "http://www.imsglobal.org/xsd/imsqti_metadata_v3p0"
LOM = "http://ltsc.ieee.org/xsd/LOM"
_PLACES = "https://purl.imsglobal.org/spec/"
SCHEMAS = " ".join(
    (
        f"{CP} {_PLACES}qti/v3p0/schema/xsd/imsqtiv3p0_imscpv1p2_v1p0.xsd",
        f"{CSM} {_PLACES}qti/v3p0/schema/xsd/imsqtiv3p0_csmv1p1_v1p0.xsd",
        f"{QMD} {_PLACES}qti/v3p0/schema/xsd/imsqti_metadatav3p0_v1p0.xsd",
        f"{LOM} {_PLACES}md/v1p3/schema/xsd/imsmd_loose_v1p3p2.xsd",
    )
)
_WORDS = {ours: theirs for theirs, ours in DIFFICULTIES.items()}
_NO_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest date a zip file can name."""


def write(items: Iterable[Item]) -> bytes:
    """The zip file of these items; reading it gives equal items. ContentError for texts XML cannot hold."""
    known = {_file(item): item for item in sorted(items, key=lambda one: (one.id, one.version))}
    files = {NAME: _manifest(known), **{name: document(item) for name, item in known.items()}}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, files[name])
    return out.getvalue()


def _file(item: Item) -> str:
    return f"items/{item.id}-v{item.version}.xml"


def _manifest(known: dict[str, Item]) -> bytes:
    root = etree.Element(f"{{{CP}}}manifest", nsmap={None: CP, "csm": CSM, "qti": QMD, "lom": LOM, "xsi": XSI})
    root.set("identifier", "kriteria-items")
    root.set(f"{{{XSI}}}schemaLocation", SCHEMAS)
    metadata = _below(root, CP, "metadata")
    _below(metadata, CP, "schema", "QTI Package")
    _below(metadata, CP, "schemaversion", "3.0.0")
    _below(root, CP, "organizations")
    resources = _below(root, CP, "resources")
    for name, item in known.items():
        resource = _below(resources, CP, "resource")
        resource.set("identifier", f"item-{item.id}-v{item.version}")
        resource.set("type", "imsqti_item_xmlv3p0")
        resource.set("href", name)
        about = _below(resource, CP, "metadata")
        _qti(about, item)
        if item.criteria:
            _standards(about, item)
        _lom(about, item)
        _below(resource, CP, "file").set("href", name)
    try:
        found: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    except ValueError as error:
        raise ContentError(NAME, "holds a character that XML cannot hold") from error
    return found


def _qti(parent: etree._Element, item: Item) -> None:
    about = _below(parent, QMD, "qtiMetadata")
    first, *others = INTERACTIONS[item.interaction].split("-")
    interaction = first + "".join(one.title() for one in others) + "Interaction"
    values = {
        "timeDependent": "false",
        "composite": "false",
        "interactionType": interaction,
        "feedbackType": "none",
        "solutionAvailable": "true",
        "scoringMode": "responseprocessing",
        "toolName": "Kriteria",
    }
    for name, value in values.items():
        _below(about, QMD, name, value)


def _standards(parent: etree._Element, item: Item) -> None:
    metadata = _below(_below(parent, CSM, "curriculumStandardsMetadataSet"), CSM, "curriculumStandardsMetadata")
    metadata.set("providerId", item.standard)
    guids = _below(metadata, CSM, "setOfGUIDs")
    for criterion in item.criteria:
        one = _below(guids, CSM, "labelledGUID")
        _below(one, CSM, "label", criterion)
        _below(one, CSM, "GUID", guid(item.standard, criterion))


def _lom(parent: etree._Element, item: Item) -> None:
    lom = _below(parent, LOM, "lom")
    general = _below(lom, LOM, "general")
    _path(general, ("identifier", "entry"), item.id)
    if item.language:
        _below(general, LOM, "language", item.language)
    _path(lom, ("lifeCycle", "version", "string"), str(item.version))
    if item.expected_difficulty is None and item.seconds is None:
        return
    educational = _below(lom, LOM, "educational")
    if item.expected_difficulty is not None:
        difficulty = _below(educational, LOM, "difficulty")
        _below(difficulty, LOM, "source", "LOMv1.0")
        _below(difficulty, LOM, "value", _WORDS[item.expected_difficulty])
    if item.seconds is not None:
        _path(educational, ("typicalLearningTime", "duration"), f"PT{item.seconds}S")


def _path(parent: etree._Element, names: Sequence[str], text: str) -> None:
    for name in names:
        parent = _below(parent, LOM, name)
    parent.text = text


def _below(parent: etree._Element, space: str, local: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{space}}}{local}")
    element.text = text
    return element
