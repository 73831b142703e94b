"""The manifest of a QTI package: which files are items, and what it knows of them that an item does not say itself.

Rules:
- criteria come from curriculum standards metadata (1EdTech CSM 1.1) where a label, a GUID or the end of a CASE address
  is an id of the standard; anything else is a gap, never a guess;
- expected time and difficulty come from LOM (IEEE 1484.12.1) where its own words say them;
- an address leads into the package or is refused.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element

from itembank.errors import ContentError
from itembank.exchange.qti_dialects import OLD, line, local
from itembank.exchange.xml_source import parse
from itembank.items import ITEM_ID

NAME = "imsmanifest.xml"
CRITERIA = uuid5(NAMESPACE_URL, "urn:kriteria:criterion")
DIFFICULTIES = {"easy": "easy", "medium": "medium", "difficult": "hard"}
"""Words of LOM 5.8 that say the same as ours; its "very easy" and "very difficult" do not."""

_ITEM = re.compile(r"imsqti_(apip)?item_xmlv(2p[0-2](p[0-9])?|3p0)")
_OLD = re.compile(r"imsqti_(item_)?xmlv1p[0-9]+(/imscc.*)?")
_DURATION = re.compile(r"PT(?:([0-9]{1,2})H)?(?:([0-9]{1,3})M)?(?:([0-9]{1,4})S)?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BASE = "{http://www.w3.org/XML/1998/namespace}base"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One item of a package: its file, the line of the manifest that names it, and what the manifest says about it."""

    identifier: str
    file: str
    line: int
    known: Mapping[str, Any]
    labels: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The items of a package in order, every file it names, and resources that cannot be read with their reason.

    `language`: that of the whole package, where the manifest names one.
    """

    resources: tuple[Resource, ...]
    files: frozenset[str]
    language: str | None
    faults: tuple[ContentError, ...]


def read(data: bytes, where: str, folder: str) -> Manifest:
    """The manifest in this folder of the package; ContentError when it is none, or one of QTI 1.x alone."""
    root = parse(data, where)
    if local(root.tag) != "manifest":
        raise ContentError(f"{where}, line {line(root)}", f"is not a manifest ({local(root.tag)[:40]})")
    resources, files, faults, old = [], set(), [], 0
    for element, base in _resources(root, folder):
        kind, place = element.get("type", ""), f"{where}, line {line(element)}"
        old += _OLD.fullmatch(kind) is not None
        try:
            named = [_path(one.get("href", ""), base, place) for one in element if local(one.tag) == "file"]
            href = element.get("href")
            files.update(named)
            if href is not None:
                files.add(_path(href, base, place))
            if _OLD.fullmatch(kind):
                raise ContentError(place, f"resource {_name(element)} {OLD}")
            if _ITEM.fullmatch(kind):
                if href is None:
                    raise ContentError(place, f"resource {_name(element)} names no file")
                resources.append(_resource(element, _path(href, base, place)))
        except ContentError as error:
            faults.append(error)
    if old and not resources:
        raise ContentError(where, f"the package {OLD}")
    about = _lom([one for child in root if local(child.tag) == "metadata" for one in child.iter()])
    return Manifest(
        resources=tuple(resources), files=frozenset(files), language=about.get("language"), faults=tuple(faults)
    )


def guid(standard: str, criterion: str) -> str:
    """The GUID of a criterion in our packages: a name-based UUID, the same in every export."""
    return str(uuid5(CRITERIA, f"{standard}/{criterion}"))


def criteria(resource: Resource, standard: str, outcome: str | None) -> tuple[str, tuple[str, ...]] | None:
    """The outcome and the criteria the manifest names, in order; None where they are not of one outcome."""
    found = [one for one in (_criterion(each, standard) for each in resource.labels) if one is not None]
    outcomes = {one.rpartition(".")[0] for one in found}
    parent = outcome or (outcomes.pop() if len(outcomes) == 1 else None)
    if not found or parent is None or not all(one.startswith(f"{parent}.") for one in found):
        return None
    return parent, tuple(dict.fromkeys(found))


def _criterion(names: tuple[str, ...], standard: str) -> str | None:
    """A criterion of the standard by any of its names: below an outcome, so at least two steps below the code."""
    for name in names:
        if ITEM_ID.fullmatch(name) and name.startswith(f"{standard}.") and "." in name[len(standard) + 1 :]:
            return name
    return None


def _resources(root: Element, folder: str) -> Iterator[tuple[Element, str]]:
    outer = posixpath.join(folder, root.get(_BASE, ""))
    for group in root:
        if local(group.tag) == "resources":
            base = posixpath.join(outer, group.get(_BASE, ""))
            for element in group:
                if local(element.tag) == "resource":
                    yield element, posixpath.join(base, element.get(_BASE, ""))


def _path(href: str, base: str, place: str) -> str:
    """The name in the package an address leads to; ContentError when it leads out of it."""
    plain = unquote(href.strip())
    path = posixpath.normpath(posixpath.join(base, plain))
    if not plain or _SCHEME.match(plain) or "\\" in plain or path.startswith(("..", "/")):
        raise ContentError(place, f"names a file outside the package: {href[:60]!r}")
    return path


def _name(element: Element) -> str:
    return repr(element.get("identifier", "")[:60])


def _resource(element: Element, file: str) -> Resource:
    metadata = [one for child in element if local(child.tag) == "metadata" for one in child.iter()]
    return Resource(
        identifier=element.get("identifier", ""),
        file=file,
        line=line(element),
        known=_lom(metadata),
        labels=tuple(_labels(one) for one in metadata if local(one.tag) == "labelledGUID"),
    )


def _labels(element: Element) -> tuple[str, ...]:
    found = {local(one.tag): (one.text or "").strip() for one in element}
    address = found.get("caseItemURI", "").rstrip("/").rpartition("/")[2]
    return tuple(one for one in (found.get("label"), found.get("GUID"), address) if one)


def _lom(metadata: list[Element]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for element in metadata:
        name = local(element.tag)
        if name not in ("typicalLearningTime", "difficulty", "general"):
            continue
        inner = {local(one.tag): (one.text or "").strip() for one in element}
        if name == "typicalLearningTime":
            seconds = _seconds(inner.get("duration", "") or inner.get("datetime", ""))
            known |= {"seconds": seconds} if seconds else {}
        elif name == "difficulty" and inner.get("value", "").lower() in DIFFICULTIES:
            known["expected_difficulty"] = DIFFICULTIES[inner["value"].lower()]
        elif name == "general" and re.match(r"[a-z]{2,3}(-|$)", inner.get("language", "")):
            known["language"] = inner["language"].partition("-")[0]
    return known


def _seconds(text: str) -> int | None:
    """A duration of ISO 8601 in hours, minutes and seconds; None for anything else, and for nought."""
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds or None
