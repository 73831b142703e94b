"""The labelled sections of a ZSK page: which line is a label, and which lines are its value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from itembank.standards.source_text import Line

OUTCOMES = "outcomes"

LABELS: Mapping[str, str] = {
    "status": "status",
    "rodzaj": "qualification_kind",
    "kategoria": "category",
    "data włączenia do zsk": "included",
    "dokument potwierdzający nadanie kwalifikacji": "document",
    "krótka charakterystyka kwalifikacji": "short_description",
    "grupy osób, które mogą być zainteresowane uzyskaniem kwalifikacji": "interest_groups",
    "wymagane kwalifikacje poprzedzające": "prerequisite",
    "typowe możliwości wykorzystania kwalifikacji": "typical_use",
    "okres ważności dokumentu potwierdzającego nadanie kwalifikacji i warunki przedłużenia jego ważności": "validity",
    "okres ważności dokumentu potwierdzającego nadanie kwalifikacji": "validity",
    "zapotrzebowanie na kwalifikację": "demand",
    "odniesienie do kwalifikacji o zbliżonym charakterze oraz wskazanie kwalifikacji ujętych w zrk zawierających"
    " wspólne zestawy efektów uczenia się": "similar_qualifications",
    "wymagania dotyczące walidacji i podmiotów przeprowadzających walidację": "validation",
    "podstawa prawna włączenia kwalifikacji do zsk": "legal_basis_quote",
    "data rozpoczęcia funkcjonowania kwalifikacji w zsk": "operating_from",
    "orientacyjny nakład pracy potrzebny do uzyskania kwalifikacji (w godzinach)": "workload",
    "termin dokonywania przeglądu kwalifikacji": "review",
    "termin następnego przeglądu kwalifikacji": "next_review",
    "kod dziedziny kształcenia": "field_of_education",
    "kod isced": "isced",
    "streszczenie opinii uzyskanych podczas konsultacji projektu kwalifikacji": "consultation_summary",
    "syntetyczna charakterystyka efektów uczenia się": "synthetic_description",
    "zestawy efektów uczenia się": OUTCOMES,
    "instytucje certyfikujące i podmioty powiązane z kwalifikacją": "institutions",
    "wnioskodawca": "applicant",
    "minister właściwy dla kwalifikacji": "authority",
}
"""Labels, folded and in small letters, and the section each one opens."""

VARYING: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"kod kwalifikacji\b[^:]{0,40}"), "code"),
    (re.compile(r"kod pkd\b[^:]{0,40}"), "pkd"),
)
"""Labels with a year or a period in them; such a section may occur more than once."""

HEADINGS = frozenset({"informacje o kwalifikacji", "informacje dodatkowe", "efekty uczenia się", "opis"})
"""Headings over other headings: page furniture without a value of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section: its label as printed, the label's line, and the lines of its value."""

    label: str
    number: int
    lines: tuple[Line, ...]

    @property
    def value(self) -> str:
        """The value as one folded text."""
        return " ".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """The page: the lines above the first label, the sections by name, and warnings about repeated labels."""

    head: tuple[Line, ...]
    named: Mapping[str, tuple[Section, ...]]
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, lines: Sequence[Line]) -> Sections:
        """Cut a page at its labels."""
        head: list[Line] = []
        named: dict[str, list[tuple[str, int, list[Line]]]] = {}
        warnings = []
        value = head
        inside = ""
        for line in lines:
            found = label_of(line.text, LABELS)
            if found is None or (inside == OUTCOMES and found[0] in _NOT_WITHIN_OUTCOMES):
                if line.text.rstrip(":").lower() not in HEADINGS:
                    value.append(line)
                continue
            inside, label, rest = found
            if inside in named and not any(inside == name for _, name in VARYING):
                warnings.append(f"line {line.number}: the section {label[:80]} occurs twice")
            value = [Line(number=line.number, text=rest)] if rest else []
            named.setdefault(inside, []).append((label, line.number, value))
        sections = {
            name: tuple(Section(label=label, number=number, lines=tuple(kept)) for label, number, kept in found_all)
            for name, found_all in named.items()
        }
        return cls(head=tuple(head), named=sections, warnings=tuple(warnings))

    def all(self, name: str) -> tuple[Section, ...]:
        """Every section of this name, in order."""
        return self.named.get(name, ())

    def lines(self, name: str) -> tuple[Line, ...]:
        """The value lines of all sections of this name."""
        return tuple(line for section in self.all(name) for line in section.lines)

    def value(self, name: str) -> str | None:
        """The folded value of the first section of this name; None when it is absent or empty."""
        found = self.all(name)
        return found[0].value or None if found else None


_NOT_WITHIN_OUTCOMES = frozenset({"status", "qualification_kind", "category"})
"""Short words that may well be said in a criterion's own line."""


def label_of(text: str, labels: Mapping[str, str]) -> tuple[str, str, str] | None:
    """(section, label as printed, value on the same line) when the line is a label or begins with one and a colon."""
    whole = text.rstrip(":").rstrip()
    if name := _named(whole, labels):
        return name, whole, ""
    before, colon, after = text.partition(":")
    if colon and (name := _named(before.strip(), labels)):
        return name, before.strip(), after.strip()
    return None


def _named(label: str, labels: Mapping[str, str]) -> str | None:
    small = label.lower()
    if small in labels:
        return labels[small]
    return next((name for pattern, name in VARYING if pattern.fullmatch(small)), None)
