"""Items as QTI 3.0: one qti-assessment-item each, scored 1 for the key and 0 for anything else.

Rules:
- what is shown is in the body (stem, table, interaction, unit), why the key is right in a rubric block for authors;
- a line a browser would fold differently is a `pre`, so that reading gives the same words to the letter;
- option ids that are no QTI identifiers get a prefix; it is written down in the namespace OWN, as is what QTI has no
  place for: version, standard, outcome, law, enemies.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml import etree

from itembank.errors import ContentError
from itembank.exchange.qti_dialects import OWN
from itembank.exchange.qti_items import MAX_UNIT
from itembank.exchange.qti_texts import RATIONALE, folded
from itembank.items import Item, Option

ASI = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML = "http://www.w3.org/XML/1998/namespace"
SCHEMA = f"{ASI} https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqti_asiv3p0_v1p0.xsd"
MATCH_CORRECT = "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"
INTERACTIONS = {
    "single": "choice",
    "multiple": "choice",
    "order": "order",
    "match": "match",
    "numeric": "text-entry",
}
"""What comes before "-interaction" in QTI 3.0, by our interaction."""
_VARIABLES = {
    "single": ("single", "identifier"),
    "multiple": ("multiple", "identifier"),
    "order": ("ordered", "identifier"),
    "match": ("multiple", "directedPair"),
    "numeric": ("single", "float"),
}
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def document(item: Item) -> bytes:
    """The item as an XML document; ContentError when its texts hold what XML cannot."""
    try:
        found: bytes = etree.tostring(_item(item), xml_declaration=True, encoding="UTF-8")
    except (ValueError, etree.XMLSyntaxError) as error:
        raise ContentError(item.version_id, "holds a character that XML cannot hold") from error
    return found + b"\n"


def _item(item: Item) -> etree._Element:
    options, targets = _prefixes(item)
    root = etree.Element(_name("qti-assessment-item"), nsmap={None: ASI, "xsi": XSI, "kriteria": OWN})
    root.set(f"{{{XSI}}}schemaLocation", SCHEMA)
    attributes = {
        "identifier": _identifier(item),
        "title": item.id,
        "adaptive": "false",
        "time-dependent": "false",
        "tool-name": "Kriteria",
    }
    for name, value in attributes.items():
        root.set(name, value)
    if item.language:
        root.set(f"{{{XML}}}lang", item.language)
    for name, value in _own(item, options, targets).items():
        root.set(f"{{{OWN}}}{name}", value)
    _spread(root, [_response(item, options, targets), _outcome(), _body(item, options, targets), _processing(item)])
    return root


def _own(item: Item, options: str, targets: str) -> dict[str, str]:
    unit = "" if item.quantity is None or _unit_fits(item.quantity.unit) else item.quantity.unit
    law = {} if item.law is None else {"law": item.law.act, "lawAsOf": item.law.as_of.isoformat()}
    if item.law is not None and item.law.valid_to is not None:
        law["lawValidTo"] = item.law.valid_to.isoformat()
    known = {
        "id": item.id if item.id != _identifier(item) else "",
        "version": str(item.version),
        "standard": item.standard,
        "outcome": item.outcome,
        "enemies": " ".join(item.enemies),
        "options": options,
        "targets": targets,
        "unit": unit,
        **law,
    }
    return {name: value for name, value in known.items() if value}


def _identifier(item: Item) -> str:
    """The item id as an identifier, which does not begin with a digit."""
    return f"I_{item.id}" if item.id[0].isdigit() else item.id


def _prefixes(item: Item) -> tuple[str, str]:
    """What comes before option ids and target ids, so that they are identifiers and no two are the same."""
    options, targets = [one.id for one in item.options], [one.id for one in item.targets]
    fit = all(_IDENTIFIER.fullmatch(one) for one in (*options, *targets)) and not set(options) & set(targets)
    return ("", "") if fit else ("O_", "T_" if targets else "")


def _response(item: Item, options: str, targets: str) -> etree._Element:
    cardinality, base = _VARIABLES[item.interaction]
    element = _element("qti-response-declaration", identifier="RESPONSE", cardinality=cardinality, base_type=base)
    values = [item.quantity.value] if item.quantity is not None else [options + one for one in item.key]
    if item.interaction == "match":
        pairs = (pair.split(":") for pair in item.key)
        values = [f"{options}{left} {targets}{right}" for left, right in pairs]
    correct = _element("qti-correct-response")
    _spread(correct, [_element("qti-value", value) for value in values], 2)
    return _spread(element, [correct], 1)


def _outcome() -> etree._Element:
    element = _element(
        "qti-outcome-declaration", identifier="SCORE", cardinality="single", base_type="float", normal_maximum="1"
    )
    default = _spread(_element("qti-default-value"), [_element("qti-value", "0")], 2)
    return _spread(element, [default], 1)


def _body(item: Item, options: str, targets: str) -> etree._Element:
    parts = _lines(item.stem)
    if item.exhibit is not None:
        parts.append(_table(item.exhibit))
    parts.append(_interaction(item, options, targets))
    if item.rationale:
        rubric = _element("qti-rubric-block", use="scoring", view="author", **{"class": RATIONALE})
        content = _spread(_element("qti-content-body"), _lines(item.rationale), 3)
        parts.append(_spread(rubric, [content], 2))
    return _spread(_element("qti-item-body"), parts, 1)


def _interaction(item: Item, options: str, targets: str) -> etree._Element:
    name = f"qti-{INTERACTIONS[item.interaction]}-interaction"
    if item.quantity is not None:
        entry = _element(name, response_identifier="RESPONSE", expected_length="15")
        entry.tail = f" {item.quantity.unit}" if item.quantity.unit and _unit_fits(item.quantity.unit) else None
        line = _element("p")
        line.append(entry)
        return line
    element = _element(name, response_identifier="RESPONSE", shuffle="true")
    if item.interaction == "match":
        element.set("max-associations", str(len(item.options)))
        sets = [
            _spread(_element("qti-simple-match-set"), _choices("qti-simple-associable-choice", side, prefix), 3)
            for side, prefix in ((item.options, options), (item.targets, targets))
        ]
        return _spread(element, sets, 2)
    if item.interaction != "order":
        element.set("max-choices", "1" if item.interaction == "single" else "0")
    return _spread(element, _choices("qti-simple-choice", item.options, options), 2)


def _choices(name: str, options: Sequence[Option], prefix: str) -> list[etree._Element]:
    found = []
    for option in options:
        element = _element(name, identifier=prefix + option.id)
        if name == "qti-simple-associable-choice":
            element.set("match-max", "1")
        if option.text == folded(option.text):
            element.text = option.text
        else:
            element.extend(_lines(option.text))
        found.append(element)
    return found


def _processing(item: Item) -> etree._Element:
    if item.quantity is None:
        return _element("qti-response-processing", template=MATCH_CORRECT)
    # no template compares with a tolerance: |response - value| <= tolerance, and a missing response is not equal
    width = item.quantity.tolerance
    equal = _element("qti-equal", tolerance_mode="absolute", tolerance=f"{width} {width}")
    equal.extend([_element("qti-variable", identifier="RESPONSE"), _element("qti-correct", identifier="RESPONSE")])
    right, wrong = _element("qti-response-if"), _element("qti-response-else")
    _spread(right, [equal, _scored("1")], 3)
    _spread(wrong, [_scored("0")], 3)
    condition = _spread(_element("qti-response-condition"), [right, wrong], 2)
    return _spread(_element("qti-response-processing"), [condition], 1)


def _scored(points: str) -> etree._Element:
    element = _element("qti-set-outcome-value", identifier="SCORE")
    element.append(_element("qti-base-value", points, base_type="float"))
    return element


def _unit_fits(unit: str) -> bool:
    """Whether a unit can stand after the number in the body and be read back from there."""
    return unit == folded(unit) and len(unit) < MAX_UNIT


def _lines(text: str) -> list[etree._Element]:
    return [_element("p" if line and line == folded(line) else "pre", line) for line in text.split("\n")]


def _table(exhibit: str) -> etree._Element:
    """An exhibit as elements: it is well formed but for its one entity, no-break space."""
    table = etree.fromstring(exhibit.replace("&nbsp;", "\u00a0"))
    for element in table.iter():
        element.tag = _name(element.tag)
    return table


def _element(local: str, text: str | None = None, **attributes: str) -> etree._Element:
    element = etree.Element(_name(local))
    element.text = text
    for name, value in attributes.items():
        element.set(name.replace("_", "-"), value)
    return element


def _name(local: str) -> str:
    return f"{{{ASI}}}{local}"


def _spread(parent: etree._Element, children: Sequence[etree._Element], depth: int = 0) -> etree._Element:
    """Put children into a parent, one a line; only where white space between them says nothing."""
    parent.text = "\n" + "  " * (depth + 1)
    for child in children:
        child.tail = parent.text
        parent.append(child)
    parent[-1].tail = "\n" + "  " * depth
    return parent
