"""QTI items and packages for tests, written in the names of 2.x, put into 2.1, 2.2 or 3.0: name only what matters."""

import io
import re
import zipfile

from itembank.exchange import packages, qti
from itembank.reading import Given

GIVEN = Given(standard="CRM", language="pl")
NAMESPACES = {
    "2.1": "http://www.imsglobal.org/xsd/imsqti_v2p1",
    "2.2": "http://www.imsglobal.org/xsd/imsqti_v2p2",
    "3.0": "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
}
TEMPLATES = {
    "2.1": "http://www.imsglobal.org/question/qti_v2p1/rptemplates/{}",
    "2.2": "http://www.imsglobal.org/question/qti_v2p2/rptemplates/{}",
    "3.0": "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/{}.xml",
}
MANIFESTS = {
    "2.1": ("http://www.imsglobal.org/xsd/imscp_v1p1", "imsqti_item_xmlv2p1"),
    "2.2": ("http://www.imsglobal.org/xsd/imscp_v1p1", "imsqti_item_xmlv2p2"),
    "3.0": ("http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1", "imsqti_item_xmlv3p0"),
}
HTML = frozenset(
    {
        "p",
        "div",
        "span",
        "em",
        "strong",
        "b",
        "i",
        "br",
        "ul",
        "ol",
        "li",
        "pre",
        "sub",
        "sup",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "col",
        "img",
        "object",
        "audio",
        "blockquote",
        "a",
        "h1",
        "h2",
        "math",
        "mi",
        "q",
    }
)
CHOICES = "".join(f'<simpleChoice identifier="{one}">Miasto {one}</simpleChoice>' for one in "ABCD")
ASKS = 'responseIdentifier="RESPONSE" shuffle="true"'
SINGLE = f'<choiceInteraction {ASKS} maxChoices="1"><prompt>Która?</prompt>{CHOICES}</choiceInteraction>'
MULTIPLE = SINGLE.replace('maxChoices="1"', 'maxChoices="0"')
ORDER = f"<orderInteraction {ASKS}><prompt>Kolejność?</prompt>{CHOICES}</orderInteraction>"
SIDES = [
    "<simpleMatchSet>"
    + "".join(
        f'<simpleAssociableChoice identifier="{side}{n}" matchMax="1">{side} {n}</simpleAssociableChoice>'
        for n in range(1, count + 1)
    )
    + "</simpleMatchSet>"
    for side, count in (("L", 3), ("R", 4))
]
MATCH = f'<matchInteraction {ASKS} maxAssociations="3"><prompt>Połącz.</prompt>{"".join(SIDES)}</matchInteraction>'
NUMBER = '<p>Ile? <textEntryInteraction responseIdentifier="RESPONSE" expectedLength="5"/></p>'
INLINE = (
    '<p>Stolicą jest <inlineChoiceInteraction responseIdentifier="RESPONSE" shuffle="true">'
    '<inlineChoice identifier="A">Kraków</inlineChoice><inlineChoice identifier="B">Warszawa</inlineChoice>'
    '<inlineChoice identifier="C">Gniezno</inlineChoice></inlineChoiceInteraction>.</p>'
)
GAPS = (
    '<gapMatchInteraction responseIdentifier="RESPONSE" shuffle="true"><prompt>Uzupełnij.</prompt>'
    '<gapText identifier="T1" matchMax="1">zima</gapText><gapText identifier="T2" matchMax="1">wiosna</gapText>'
    '<gapText identifier="T3" matchMax="1">lato</gapText>'
    '<p>Po <gap identifier="G1"/> jest <gap identifier="G2"/>.</p></gapMatchInteraction>'
)


def response(values, cardinality="single", base="identifier", mapping=""):
    """A response declaration; `values`: the right ones, () for none."""
    right = "".join(f"<value>{one}</value>" for one in values)
    correct = f"<correctResponse>{right}</correctResponse>" if values else ""
    return (
        f'<responseDeclaration identifier="RESPONSE" cardinality="{cardinality}" baseType="{base}">'
        f"{correct}{mapping}</responseDeclaration>"
    )


def mapping(entries, **attributes):
    """A mapping of a response declaration."""
    inner = "".join(f'<mapEntry mapKey="{key}" mappedValue="{value}"/>' for key, value in entries.items())
    bounds = " ".join(f"{name}='{value}'" for name, value in attributes.items())
    return f"<mapping {bounds}>{inner}</mapping>"


def processing(*rules):
    """Rules of its own."""
    return f"<responseProcessing>{''.join(rules)}</responseProcessing>"


def scored_if(test, points=1, otherwise=0):
    """SCORE is `points` if the test is true."""
    value = '<setOutcomeValue identifier="SCORE"><baseValue baseType="float">{}</baseValue></setOutcomeValue>'
    return (
        f"<responseCondition><responseIf>{test}{value.format(points)}</responseIf>"
        f"<responseElse>{value.format(otherwise)}</responseElse></responseCondition>"
    )


def item(
    body=SINGLE,
    declared=None,
    rules="match_correct",
    version="3.0",
    identifier="I1",
    lang="pl",
    before="",
    after="",
    attributes="",
):
    """One item document as bytes; `rules`: the name of a template, or rules."""
    declared = response(["B"]) if declared is None else declared
    if not rules.startswith("<") and rules:
        rules = f'<responseProcessing template="{TEMPLATES[version].format(rules)}"/>'
    score = '<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>'
    language = f'xml:lang="{lang}"' if lang else ""
    text = (
        f'<assessmentItem identifier="{identifier}" title="t" adaptive="false" timeDependent="false" '
        f"{language} {attributes}>"
        f"{declared}{score}{before}<itemBody>{body}</itemBody>{rules}{after}</assessmentItem>"
    )
    text = kebab(text) if version == "3.0" else text
    root = re.sub(r"^<([\w-]+)", rf'<\1 xmlns="{NAMESPACES[version]}"', text)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}'.encode()


def kebab(text):
    """A document in the names of 2.x in those of 3.0."""

    def hyphenated(name):
        return re.sub(r"[A-Z]", lambda found: f"-{found.group(0).lower()}", name)

    def tag(found):
        slash, name = found.groups()
        return found.group(0) if name in HTML or ":" in name else f"<{slash}qti-{hyphenated(name)}"

    text = re.sub(r"<(/?)([A-Za-z][\w:]*)", tag, text)
    return re.sub(r" ([a-z]+[A-Z]\w*)=", lambda found: f" {hyphenated(found.group(1))}=", text)


def prefixed(data, prefix):
    """The same document with a prefix on every element instead of a default namespace."""
    text = re.sub(r"<(/?)([A-Za-z])", rf"<\1{prefix}:\2", data.decode())
    return text.replace(' xmlns="', f' xmlns:{prefix}="', 1).encode()


def manifest(names, version="3.0", metadata=None, extra=""):
    """A manifest that names these item files."""
    space, kind = MANIFESTS[version]
    resources = "".join(
        f'<resource identifier="r{n}" type="{kind}" href="{name}">'
        f'{(metadata or {}).get(name, "")}<file href="{name}"/></resource>'
        for n, name in enumerate(names)
    )
    return (
        f'<manifest xmlns="{space}" identifier="M"><metadata><schema>QTI Package</schema>'
        f"<schemaversion>{version}</schemaversion></metadata><organizations/>"
        f"<resources>{resources}{extra}</resources></manifest>"
    ).encode()


def zipped(files):
    """A zip file of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def package(items, version="3.0", **changed):
    """A zip package of these item documents, by name."""
    return zipped({"imsmanifest.xml": manifest(list(items), version, **changed), **items})


def read(data, given=GIVEN, place="p.zip"):
    """What an import of these bytes gives."""
    return qti.read(packages.of_bytes(data, place), given)


def one(data, given=GIVEN):
    """The only item of an item document, read without complaint."""
    reading = read(data, given, "i.xml")
    assert len(reading.items) == 1, reading.rejected
    return reading.items[0]


def kept(data):
    """The item and what the warnings say is not kept of it."""
    reading = read(data, place="i.xml")
    assert len(reading.items) == 1, reading.rejected
    lost = [text.partition(": ")[2].rpartition(" (")[0] for text in reading.warnings if text.startswith("not kept: ")]
    return reading.items[0], lost


def reason(data):
    """Why the only item of a package with this document is rejected."""
    reading = read(package({"i.xml": data}))
    assert reading.items == ()
    return reading.rejected[0].reason


VARIABLE = '<variable identifier="RESPONSE"/>'
CORRECT = '<correct identifier="RESPONSE"/>'
MATCHED = f"<match>{VARIABLE}{CORRECT}</match>"
MAPPED = processing('<setOutcomeValue identifier="SCORE"><mapResponse identifier="RESPONSE"/></setOutcomeValue>')


def base(value, kind="identifier"):
    return f'<baseValue baseType="{kind}">{value}</baseValue>'


def several(values):
    return f"<multiple>{''.join(base(value) for value in values)}</multiple>"
