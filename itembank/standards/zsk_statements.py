"""What the sections of a ZSK page state: metadata, methods of verification, and the rule as far as it is stated.

A statement that is there but cannot be read as a date, a number or a rule is kept as a quote and warned about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from itembank.standards.tree import Verification
from itembank.standards.zsk_sections import Section, Sections

REGISTRY = "Zintegrowany System Kwalifikacji (ZSK) / ZRK"
COUNTRY = "PL"

_HEADER = re.compile(r"kwalifikacja\b.*\bna poziomie ([1-8]) polskiej ramy kwalifikacji\b(.*)", re.IGNORECASE)
_EUROPEAN = re.compile(r"europejskich ram kwalifikacji|erk\b|eqf\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-ZĄĆĘŁŃÓŚŹŻ])")
_MONTHS = {"mies": 1, "rok": 12, "lat": 12}
_DURATION = r"([0-9]{1,3})\s+(mies|rok|lat)\w*"
_PARTS = {"teoretyczn": "theory", "praktyczn": "practice", "ustn": "oral"}

Warn = Callable[[str], None]

TEXTS = (
    "status qualification_kind category document short_description interest_groups typical_use demand"
    " similar_qualifications legal_basis_quote consultation_summary synthetic_description applicant authority"
)
"""Sections taken word for word."""

SILENCES: tuple[tuple[str, str], ...] = (
    ("cut score", r"próg zaliczenia|próg zdawalności|% (?:możliwych )?punktów|poprawnych odpowiedzi"),
    ("number of items", r"[0-9]+ (?:zadań|pytań)|liczb\w+ (?:zadań|pytań)"),
    ("theory time", r"[0-9]+ minut|czas trwania (?:testu|części)"),
    ("which criteria belong to which part", r"w części (?:teoretycznej|praktycznej) weryfikowane są"),
    ("order of parts", r"część (?:teoretyczna|praktyczna) poprzedza|pierwszą część|warunkiem przystąpienia do części"),
    ("validity of a passed part", r"ważność zaliczonej części|zaliczenie części .{0,40}ważne"),
    ("resit rule", r"egzamin poprawkowy|poprawkow|ponownie przystąpić do (?:części|testu)"),
    ("appeal deadline", r"odwoła\w+ .{0,80}w (?:terminie|ciągu) [0-9]+ dni"),
    ("signature", r"podpis"),
    ("level per set", r"poziom .{0,30}zestawu|poziom PRK zestawu"),
    ("level per outcome", r"poziom .{0,30}efektu uczenia"),
    ("committee chair", r"przewodnicząc"),
    ("inspection of results", r"wgląd"),
)
"""Points an institution must settle when the pattern occurs nowhere in the text on validation."""


def metadata(sections: Sections, warnings: list[str]) -> dict[str, Any]:
    """Everything the page says about the qualification outside the tree; absent statements have no key."""
    facts: dict[str, Any] = {}
    facts |= _head(sections, warnings)
    facts |= {"registry": REGISTRY, "country": COUNTRY}
    facts |= {name: value for name in TEXTS.split() if (value := sections.value(name)) is not None}
    facts["codes"] = [{"code": one.value, "label": one.label} for one in sections.all("code") if one.value]
    facts["classification"] = _classification(sections)
    for name in ("included", "operating_from"):
        if section := next(iter(sections.all(name)), None):
            facts[name] = _day(section, warnings)
    if review := _review(sections, warnings):
        facts["review"] = review
    if (basis := sections.value("legal_basis_quote")) and (dated := re.search(r"z dnia ([0-9-]{10})", basis)):
        facts["announcement_date"] = dated[1]
    facts |= _institutions(sections, warnings)
    if section := next(iter(sections.all("workload")), None):
        facts |= {"workload_hours": _whole(section, warnings), "workload_quote": section.label}
    facts |= _validity(sections, warnings)
    if (quote := sections.value("prerequisite")) is not None:
        facts["prerequisite"] = {"rule": _prerequisite(quote, sections, warnings), "quote": quote}
    said = " ".join(sections.value(name) or "" for name in ("validation", "validity"))
    facts["not_stated"] = [point for point, sign in SILENCES if not re.search(sign, said, re.IGNORECASE)]
    return facts


def _head(sections: Sections, warnings: list[str]) -> dict[str, Any]:
    lines = list(sections.head)
    facts: dict[str, Any] = {}
    for line in lines:
        if found := _HEADER.fullmatch(line.text):
            also = [{"framework": "europejskie ramy kwalifikacji (ERK/EQF)", "value": int(found[1])}]
            level = {"framework": "PRK", "value": int(found[1]), "also": also if _EUROPEAN.search(found[2]) else []}
            facts = {"header": line.text, "level": level}
            lines.remove(line)
            break
    else:
        warnings.append("the line with kind and level of the qualification was not found")
    if not lines:
        warnings.append("the title of the qualification was not found")
        return facts
    warnings.extend(f"line {line.number}: not understood: {line.text[:80]}" for line in lines[1:])
    return facts | {"title": lines[0].text}


def _classification(sections: Sections) -> dict[str, str]:
    found = {"dziedzina": sections.value("field_of_education")}
    for section in sections.all("pkd"):
        year = re.search(r"[0-9]{4}", section.label)
        found[f"PKD{year[0] if year else ''}"] = section.value
    found["ISCED"] = sections.value("isced")
    return {name: value for name, value in found.items() if value}


def _review(sections: Sections, warnings: list[str]) -> dict[str, Any]:
    review: dict[str, Any] = {}
    if quote := sections.value("review"):
        years = re.search(r"([0-9]{1,2}) lat", quote)
        if years is None:
            warnings.append(f"the review term could not be read: {quote[:80]}")
        review = {"max_years": int(years[1]) if years else None, "quote": quote}
    if section := next(iter(sections.all("next_review")), None):
        review["next"] = _day(section, warnings)
    return review


def _institutions(sections: Sections, warnings: list[str]) -> dict[str, list[str]]:
    """Both columns of the table of institutions, which the page's text holds as cells between bars."""
    found = sections.all("institutions")
    if not found:
        return {}
    cells = [" ".join(cell.split()) for cell in "\n".join(line.text for line in found[0].lines).split("|")]
    rows = [cells[start : start + 3] for start in range(0, len(cells) - 2, 3)]
    numbered = [row for row in rows if row[0].isdecimal()]
    if not numbered:
        warnings.append(f"line {found[0].number}: the table of institutions could not be read")
    return {
        "certifying_institutions": [row[1] for row in numbered if row[1]],
        "validating_institutions": [row[2] for row in numbered if row[2]],
    }


def _validity(sections: Sections, warnings: list[str]) -> dict[str, Any]:
    text = sections.value("validity")
    if text is None:
        return {}
    first, _, rest = _split_once(text)
    months = _months(first)
    if months is None and not re.search("bezterminow", first, re.IGNORECASE):
        warnings.append(f"the validity of the certificate could not be read: {first[:80]}")
    facts: dict[str, Any] = {"certificate_validity": {"months": months, "quote": first}}
    if rest:
        facts["renewal"] = {
            "evidence_min_months": _months(rest),
            "within": "certificate validity" if re.search(r"w okresie ważności", rest) else None,
            "otherwise": "new validation" if re.search(r"ponowne\w* przystąpieni\w+ do walidacji", rest) else None,
            "quote": rest,
        }
    return facts


def _split_once(text: str) -> tuple[str, str, str]:
    parts = _SENTENCE.split(text, maxsplit=1)
    return (parts[0], " ", parts[1]) if len(parts) == 2 else (text, "", "")


def _months(text: str) -> int | None:
    found = re.search(_DURATION, text)
    return int(found[1]) * _MONTHS[found[2]] if found else None


def _prerequisite(quote: str, sections: Sections, warnings: list[str]) -> dict[str, Any] | None:
    if re.match("brak|nie określa", quote, re.IGNORECASE):
        return None
    if found := re.match(r"(kwalifikacja \w+) z poziomem ([1-8]) polskiej ramy", quote, re.IGNORECASE):
        return {"kind": found[1].lower(), "framework": "PRK", "min_level": int(found[2])}
    number = sections.all("prerequisite")[0].number
    warnings.append(f"line {number}: the prerequisite could not be read as a rule: {quote[:80]}")
    return {"kind": "unread"}


def _day(section: Section, warnings: list[str]) -> str | None:
    try:
        return date.fromisoformat(section.value).isoformat()
    except ValueError:
        warnings.append(f"line {section.number}: a date was expected: {section.value[:80]}")
        return None


def _whole(section: Section, warnings: list[str]) -> int | None:
    if re.fullmatch("[0-9]{1,5}", section.value):
        return int(section.value)
    warnings.append(f"line {section.number}: a whole number was expected: {section.value[:80]}")
    return None


def verification(sections: Sections, warnings: list[str]) -> Verification:
    """The methods and parts the text on validation names; empty, with a warning, when it names none."""
    text = sections.value("validation") or ""
    listed = re.search(r"następujące metody:\s*(.+?)\.(?:\s|$)", text)
    methods = [one.strip(" ,;") for one in re.split(r"(?:^|\s)[-–•]\s", listed[1]) if one.strip()] if listed else []
    if not methods:
        warnings.append("the methods of verification were not found")
    renewal = [one for one in methods if re.search(r"wyłącznie .{0,30}przedłuż", one)]
    sentences = _SENTENCE.split(text)
    stated = [one for one in sentences if re.search(r"^Weryfikacja składa się z .*części|^W części ", one)]
    parts = _parts(stated[0]) if stated else ()
    tested = "theory" in parts and any("test" in one.lower() for one in methods)
    return Verification(
        methods=tuple(one for one in methods if one not in renewal),
        renewal_methods=tuple(renewal),
        parts=parts,
        scope="whole_qualification_two_parts" if len(parts) == 2 else "whole_qualification",
        quote=" ".join(stated) or (listed[0].strip() if listed else ""),
        test_status="theory_test_permitted_allocation_open" if tested else "no_theory_part",
    )


def _parts(sentence: str) -> tuple[str, ...]:
    found = [(place, part) for stem, part in _PARTS.items() if (place := sentence.find(stem)) >= 0]
    return tuple(part for _, part in sorted(found))


def passing_rule(sections: Sections) -> dict[str, Any]:
    """What the text says about passing: never a score; that all outcomes count is derived from its words."""
    text = sections.value("validation") or ""
    said = re.search(
        r"umożliwiając\w+ przeprowadzenie walidacji wszystkich efektów uczenia się[^,.]*?kwalifikacji", text
    )
    derived = {"derived": "all outcomes", "derived_from": said[0]} if said else {}
    return {"stated": False, **derived, "cut_score": None}


def decision_rule(stated: Verification) -> dict[str, Any]:
    """The rule as far as the text goes: its parts are stated; how a part is decided is left to the institution."""
    each = {"for_each": {"level": "criterion", "where": {"binding": True}, "rule": {"met": "self"}}}
    if not stated.parts:
        return {"basis": "derived", "rule": {"for_each": {"level": "outcome", "rule": each}}}
    return {"basis": "derived", "rule": {"all_of": [_part_rule(part) for part in stated.parts]}}


def _part_rule(part: str) -> dict[str, Any]:
    leaf: Mapping[str, Any] = {"met": "self"}
    if part != "theory":
        leaf = {"for_each": {"level": "criterion", "where": {"part": part, "binding": True}, "rule": leaf}}
    rule = {"for_each": {"level": "outcome", "where": {"part": part}, "rule": leaf}}
    return {"part": part, "basis": "stated", "rule": rule}
