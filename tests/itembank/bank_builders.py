"""Items, standards and banks for tests: name only what matters, the rest is valid."""

from pathlib import Path

from itembank import allocations, content, institution
from itembank.reading import parse_item
from itembank.standards import zsk

SHARED = Path(__file__).resolve().parents[3] / "shared"

TABLE = (
    '<table><caption>Stan</caption><thead><tr><th scope="col">A</th></tr></thead>'
    "<tbody><tr><td>1</td></tr></tbody></table>"
)
OPTIONS = {
    "single": [{"id": name, "text": f"Odpowiedź {name}"} for name in "ABCD"],
    "multiple": [{"id": name, "text": f"Odpowiedź {name}"} for name in "ABCDE"],
    "order": [{"id": name, "text": f"Krok {name}"} for name in "ABCD"],
    "match": {
        "left": [{"id": f"L{n}", "text": f"Lewa {n}"} for n in range(1, 4)],
        "right": [{"id": f"R{n}", "text": f"Prawa {n}"} for n in range(1, 5)],
    },
    "numeric": None,
}
KEYS = {
    "single": "B",
    "multiple": ["A", "D"],
    "order": ["C", "A", "D", "B"],
    "match": {"L1": "R3", "L2": "R1", "L3": "R4"},
    "numeric": {"value": "1250.5", "tolerance": "0.5", "unit": "zł"},
}


def row(interaction="single", **changed):
    """A valid row of the JSONL format."""
    return {
        "id": "CRM.1.1.1-01",
        "standard": "CRM",
        "outcome": "CRM.1.1",
        "criteria": ["CRM.1.1.1"],
        "language": "pl",
        "interaction": interaction,
        "stem": "Wskaż właściwą odpowiedź.",
        "exhibit": None,
        "options": OPTIONS[interaction],
        "key": KEYS[interaction],
        "rationale": "Tak wynika z opisu.",
        "expected_difficulty": "medium",
        "law": None,
        "enemies": [],
        "seconds": 60,
    } | changed


GAPS = dict.fromkeys(("outcome", "criteria", "rationale", "expected_difficulty", "seconds"))
"""What a foreign file does not know."""


def item(interaction="single", **changed):
    """A valid item."""
    return parse_item(row(interaction, **changed), "test")


def crm():
    """The CRM standard as shipped."""
    return zsk.read(content.standard_file("pl-crm").read_bytes(), "CRM")


def proposal():
    """The CRM institution data as shipped."""
    return institution.read(content.institution_file("pl-crm").read_text(encoding="utf-8"), crm(), "institution.json")


def signed(version=1, parts=None):
    """An allocation signed as proposed, or as given."""
    return allocations.sign(
        crm(), parts or proposal().default_parts, version=version, basis="protokół komisji", by="account-7", at=5
    )
