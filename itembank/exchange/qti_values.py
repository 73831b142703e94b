"""The values of QTI variables and the declarations that hold them.

Rules:
- a value is a tuple of atoms, () is NULL, as an empty container is in QTI;
- numbers are exact fractions; a pair knows no order, a directed pair does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from xml.etree.ElementTree import Element

from itembank.errors import ContentError
from itembank.exchange.qti_dialects import line, shown

Atom = str | bool | Fraction | tuple[str, str]
Value = tuple[Atom, ...]
NULL: Value = ()

NUMBERS = ("integer", "float")
CARDINALITIES = ("single", "multiple", "ordered")
_PARTS = {
    "responseDeclaration": ("correctResponse", "mapping", "areaMapping", "defaultValue"),
    "outcomeDeclaration": ("defaultValue", "matchTable", "interpolationTable"),
}
_FLOAT = re.compile(r"[+-]?([0-9]{1,15}(\.[0-9]{0,15})?|\.[0-9]{1,15})([eE][+-]?[0-9]{1,2})?")
_INTEGER = re.compile(r"[+-]?[0-9]{1,15}")
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class MapEntries:
    """What each response is worth: the sum over distinct atoms, held between `low` and `high` where they are given."""

    entries: Mapping[Atom, Fraction]
    default: Fraction
    low: Fraction | None
    high: Fraction | None

    def of(self, atom: Atom) -> Fraction:
        """What one atom is worth."""
        return self.entries.get(atom, self.default)

    def held(self, total: Fraction) -> Fraction:
        """A sum held between the bounds."""
        total = total if self.low is None else max(total, self.low)
        return total if self.high is None else min(total, self.high)

    def score(self, response: Value) -> Fraction:
        """The worth of a response; NULL is worth 0."""
        return self.held(sum((self.of(atom) for atom in set(response)), Fraction())) if response else Fraction()


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A response or outcome variable; `initial`: its default value; `texts`: the right values as written."""

    identifier: str
    cardinality: str
    base: str
    correct: Value
    texts: tuple[str, ...]
    initial: Value
    mapping: MapEntries | None


def declared(element: Element, where: str) -> Declared:
    """A declaration read; ContentError when it says something that is not understood."""
    cardinality, base = element.get("cardinality", ""), element.get("baseType", "")
    if cardinality not in CARDINALITIES:
        raise fault(element, where, f"cardinality {cardinality[:20]!r} is not read")
    check_children(element, where, once=_PARTS[element.tag])
    texts = _texts(element.find("correctResponse"), where)
    mapping = element.find("mapping")
    return Declared(
        identifier=element.get("identifier", ""),
        cardinality=cardinality,
        base=base,
        correct=_values(element, base, texts, where),
        texts=texts,
        initial=_values(element, base, _texts(element.find("defaultValue"), where), where),
        mapping=None if mapping is None else _map_entries(mapping, base, where),
    )


def atom(base: str, text: str, element: Element, where: str) -> Atom:
    """One value of a base type; ContentError when the text is none."""
    if base in ("identifier", "string", "uri"):
        return " ".join(text.split())
    if base in NUMBERS:
        return number(text, element, where, whole=base == "integer")
    if base == "boolean" and text.strip() in _TRUTHS:
        return _TRUTHS[text.strip()]
    if base in ("pair", "directedPair") and len(ends := text.split()) == 2:
        first, second = ends if base == "directedPair" else sorted(ends)
        return first, second
    raise fault(element, where, f"{text.strip()[:40]!r} is no value of type {base[:20] or '(none)'}")


def number(text: str, element: Element, where: str, *, whole: bool = False) -> Fraction:
    """A number, exactly; ContentError when the text is none."""
    stripped = text.strip()
    if not (_INTEGER if whole else _FLOAT).fullmatch(stripped):
        raise fault(element, where, f"{stripped[:40]!r} is not a {'whole ' if whole else ''}number")
    return Fraction(stripped)


def fault(element: Element, where: str, reason: str) -> ContentError:
    """An error placed at the line of an element."""
    return ContentError(f"{where}, line {line(element)}", " ".join(reason.split()))


def check_children(element: Element, where: str, once: Sequence[str] = (), often: Sequence[str] = ()) -> None:
    """ContentError when an element holds another child than these, or one of `once` twice: nothing is passed over."""
    seen = set()
    for child in element:
        if child.tag in seen or child.tag not in (*once, *often):
            raise fault(child, where, f"{shown(element.tag)} holds {shown(child.tag)} where it does not belong")
        if child.tag in once:
            seen.add(child.tag)


def _texts(parent: Element | None, where: str) -> tuple[str, ...]:
    if parent is None:
        return ()
    check_children(parent, where, often=("value",))
    for value in parent:
        check_children(value, where)
    return tuple((value.text or "").strip() for value in parent)


def unordered(value: Iterable[Atom]) -> Value:
    """The value of a multiple container: the same however its atoms are listed."""
    return tuple(sorted(value, key=repr))


def _values(element: Element, base: str, texts: tuple[str, ...], where: str) -> Value:
    found = tuple(atom(base, text, element, where) for text in texts)
    return unordered(found) if element.get("cardinality") == "multiple" else found


def _map_entries(element: Element, base: str, where: str) -> MapEntries:
    def bound(name: str) -> Fraction | None:
        return number(element.get(name, ""), element, where) if element.get(name) else None

    check_children(element, where, often=("mapEntry",))
    entries: dict[Atom, Fraction] = {}
    for entry in element.iterfind("mapEntry"):
        check_children(entry, where)
        key = atom(base, entry.get("mapKey", ""), entry, where)
        if key in entries:
            raise fault(entry, where, "a value is mapped twice")
        entries[key] = number(entry.get("mappedValue", ""), entry, where)
    default = bound("defaultValue")
    return MapEntries(entries=entries, default=default or Fraction(), low=bound("lowerBound"), high=bound("upperBound"))
