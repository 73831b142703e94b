"""Reads the text of a qualification's page in the Polish register (ZSK/ZRK) as a StandardTree.

Rules:
- the page is a row of labelled sections; a label stands alone on its line, or before a colon and its value;
- a numbered line is a set or an outcome by what follows it, not by what it says;
- every line ends up in the tree, in the metadata, as known page furniture, or in a warning with its number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from itembank.errors import ContentError
from itembank.standards.source_text import Line, lines_of
from itembank.standards.tree import Criterion, Outcome, OutcomeSet, StandardTree
from itembank.standards.zsk_sections import LABELS, OUTCOMES, Sections, label_of
from itembank.standards.zsk_statements import decision_rule, metadata, passing_rule, verification

LANGUAGE = "pl"

_NUMBERED = re.compile(r"(?:Zestaw\s+)?([0-9]{1,3})[.)]\s*(\S.*)", re.IGNORECASE)
_BULLET = re.compile(r"[-–—•*·▪‣∙]\s*(\S.*)")
_EXPANDER = re.compile(r"<[^<>]{1,40}>")
_OUTCOMES_FOLLOW = re.compile(r"poszczególne efekty uczenia się\b.*", re.IGNORECASE)
_CRITERIA_FOLLOW = re.compile(r"kryteria weryfikacji(?: ich osiągnięcia)?\s*:?", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


def read(text: bytes | str, name: str | None = None, place: str = "text") -> StandardTree:
    """The standard in a page's text, its ids under `name` (by default the registry's newest code).

    ContentError names `place` and line when the text is no text, holds no outcomes or no code.
    """
    lines = lines_of(text.encode() if isinstance(text, str) else text, place)
    sections = Sections.of(lines)
    warnings = list(sections.warnings)
    facts = metadata(sections, warnings)
    code = name or (facts["codes"][-1]["code"] if facts.get("codes") else None)
    if code is None:
        raise ContentError(place, "no registry code was found, give a name for the ids")
    if not _NAME.fullmatch(code):
        raise ContentError(place, f"{code[:40]!r} cannot stand before the ids of a standard")
    sets = _Builder(code).read(sections.lines(OUTCOMES), warnings)
    if not any(outcome.criteria for one in sets for outcome in one.outcomes):
        raise ContentError(f"{place}, line {lines[-1].number}", "no learning outcomes with criteria were found")
    stated = verification(sections, warnings)
    return StandardTree(
        code=code,
        language=LANGUAGE,
        metadata=facts,
        verification=stated,
        passing_rule=passing_rule(sections),
        decision_rule=decision_rule(stated),
        sets=sets,
        warnings=tuple(warnings),
    )


@dataclass(slots=True)
class _OpenOutcome:
    number: int
    no: str
    title: str
    criteria: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _OpenSet:
    number: int
    no: str
    title: str
    heading: str
    outcomes: list[_OpenOutcome] = field(default_factory=list)


class _Builder:
    """Takes the lines of the outcomes section one by one; what fits nowhere becomes a warning."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.sets: list[_OpenSet] = []
        self.in_criteria = False

    def read(self, lines: Sequence[Line], warnings: list[str]) -> tuple[OutcomeSet, ...]:
        """The sets of the section."""
        kept = [line for line in lines if not _EXPANDER.fullmatch(line.text)]
        for position, line in enumerate(kept):
            self._take(line, kept[position + 1 :], warnings)
        self._check(warnings)
        return tuple(self._closed(n, one) for n, one in enumerate(self.sets, 1))

    def _take(self, line: Line, following: Sequence[Line], warnings: list[str]) -> None:
        if _OUTCOMES_FOLLOW.fullmatch(line.text):
            self.in_criteria = False
        elif _CRITERIA_FOLLOW.fullmatch(line.text):
            self.in_criteria = True
        elif numbered := _NUMBERED.fullmatch(line.text):
            self._open(line, numbered[1], numbered[2], _what_follows(following), warnings)
        elif (bullet := _BULLET.fullmatch(line.text)) and self._outcome is not None:
            self._outcome.criteria.append(bullet[1])
        elif not self._continued(line):
            warnings.append(f"line {line.number}: not understood: {line.text[:80]}")

    @property
    def _outcome(self) -> _OpenOutcome | None:
        return self.sets[-1].outcomes[-1] if self.sets and self.sets[-1].outcomes else None

    def _open(self, line: Line, no: str, title: str, follows: str, warnings: list[str]) -> None:
        if follows == "outcomes" or not self.sets:
            if follows != "outcomes":
                warnings.append(f"line {line.number}: taken as a set although no outcomes are announced: {title[:80]}")
            self.sets.append(_OpenSet(line.number, no, title, line.text))
        else:
            if follows != "criteria":
                warnings.append(f"line {line.number}: taken as an outcome although no criteria follow: {title[:80]}")
            self.sets[-1].outcomes.append(_OpenOutcome(line.number, no, title))
        self.in_criteria = False

    def _continued(self, line: Line) -> bool:
        """Whether the line goes on with the leaf or title before it; if so it is joined to it."""
        outcome = self._outcome
        if self.in_criteria and outcome is not None and outcome.criteria:
            if outcome.criteria[-1].endswith((",", ";", ".")):
                return False
            outcome.criteria[-1] += " " + line.text
            return True
        if not self.in_criteria and outcome is not None and not outcome.criteria:
            outcome.title += " " + line.text
            return True
        return False

    def _check(self, warnings: list[str]) -> None:
        _check_numbers([(one.number, one.no) for one in self.sets], "set", warnings)
        for one in self.sets:
            _check_numbers([(outcome.number, outcome.no) for outcome in one.outcomes], "outcome", warnings)
            if not one.outcomes:
                warnings.append(f"line {one.number}: set {one.no} has no outcomes")
            for outcome in one.outcomes:
                if not outcome.criteria:
                    warnings.append(f"line {outcome.number}: outcome {outcome.no} has no criteria")

    def _closed(self, position: int, one: _OpenSet) -> OutcomeSet:
        path = f"{self.code}.{position}"
        outcomes = tuple(_closed_outcome(f"{path}.{n}", outcome) for n, outcome in enumerate(one.outcomes, 1))
        return OutcomeSet(id=path, no=one.no, title=one.title, heading_raw=one.heading, outcomes=outcomes)


def _closed_outcome(path: str, outcome: _OpenOutcome) -> Outcome:
    return Outcome(
        id=path,
        no=outcome.no,
        title=outcome.title,
        criteria=tuple(
            Criterion(id=f"{path}.{n}", text=without_final_mark(raw), raw=raw, binding=True)
            for n, raw in enumerate(outcome.criteria, 1)
        ),
    )


def without_final_mark(raw: str) -> str:
    """The leaf without one final comma, semicolon or full stop."""
    return raw[:-1].rstrip() if raw.endswith((",", ";", ".")) else raw


def _what_follows(lines: Sequence[Line]) -> str:
    """What the next furniture line announces: "outcomes", "criteria", or "" when neither comes before other lines."""
    for line in lines:
        if _OUTCOMES_FOLLOW.fullmatch(line.text):
            return "outcomes"
        if _CRITERIA_FOLLOW.fullmatch(line.text):
            return "criteria"
        if _NUMBERED.fullmatch(line.text) or _BULLET.fullmatch(line.text) or label_of(line.text, LABELS):
            return ""
    return ""


def _check_numbers(printed: Sequence[tuple[int, str]], kind: str, warnings: list[str]) -> None:
    for position, (number, no) in enumerate(printed, 1):
        if no != str(position):
            warnings.append(f"line {number}: {kind} number {no} stands at place {position}; ids count places")
