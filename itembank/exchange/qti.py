"""Items from QTI 2.1, 2.2 and 3.0: a zip package, a folder with a manifest, or one item file.

Rules:
- a package that could do harm is refused whole (packages.py); an item that cannot be kept is rejected, the others stay;
- every item file is read: one the manifest forgot is read too and said so, one it names but does not hold is rejected;
- what an item loses on the way in (partial credit, emphasis, a fixed order) is a warning that names its file.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from itembank.errors import ContentError
from itembank.exchange import qti_items, qti_manifests
from itembank.exchange.packages import Package
from itembank.exchange.qti_manifests import NAME, Manifest, Resource
from itembank.reading import NOTHING, Given, Reading, collect

MAX_NAMED = 20
"""Files named in one warning; the others are counted."""
_ITEM = re.compile(rb"<([A-Za-z_][\w.-]*:)?(qti-assessment-item|assessmentItem)[\s>/]")
_HEAD = 20_000
"""Bytes in which the root of a document is looked for."""


def read(package: Package, given: Given = NOTHING, told: Callable[[int, int], None] = lambda done, of: None) -> Reading:
    """Every item of a package; ContentError when the package as a whole cannot be read.

    `told`: hears how many of how many files are done.
    """
    lost: dict[str, list[str]] = defaultdict(list)
    warnings: list[str] = []
    if package.names == ("",):
        rows = iter([(package.place, _alone(package, lost))])
    else:
        where, manifest = _manifest(package, warnings)
        given = replace(given, language=manifest.language or given.language)
        rows = _heard(_rows(package, where, manifest, given, lost, warnings), len(manifest.resources), told)
    reading = collect(rows, given)
    if not reading.items and not reading.rejected:
        raise ContentError(package.place, "holds no items")
    kept = [f"not kept: {what} ({_listed(files)})" for what, files in sorted(lost.items())]
    return replace(reading, warnings=(*reading.warnings, *warnings, *kept))


def _heard(
    rows: Iterator[tuple[str, Any]], expected: int, told: Callable[[int, int], None]
) -> Iterator[tuple[str, Any]]:
    """The same rows, one at a time so that none waits for the others, each told of."""
    for number, row in enumerate(rows, 1):
        told(number, max(number, expected))
        yield row


def _alone(package: Package, lost: dict[str, list[str]]) -> Any:
    root = qti_items.root_name(package.read(""), package.place)
    if root != "assessmentItem":
        # a manifest or a test alone names items that are elsewhere
        raise ContentError(package.place, f"is not an item but a {root}: give the package or its folder")
    return _row(package, "", None, NOTHING, lost)


def _manifest(package: Package, warnings: list[str]) -> tuple[str, Manifest]:
    """The manifest and its place."""
    name = _manifest_name(package)
    where, folder = package.where(name), name[: -len(NAME)]
    if folder:
        warnings.append(f"{where}: the manifest should be at the root of the package")
    return where, qti_manifests.read(package.read(name), where, folder)


def _rows(
    package: Package, where: str, manifest: Manifest, given: Given, lost: dict[str, list[str]], warnings: list[str]
) -> Iterator[tuple[str, Any]]:
    yield from ((fault.where, fault) for fault in manifest.faults)
    present, seen = set(package.names), set()
    for resource in manifest.resources:
        if resource.file not in present:
            place = f"{where}, line {resource.line}"
            yield place, ContentError(place, f"{resource.file} of resource {resource.identifier!r:.60} is missing")
        elif resource.file in seen:
            warnings.append(f"{where}, line {resource.line}: {resource.file} is named by two resources")
        else:
            seen.add(resource.file)
            yield package.where(resource.file), _row(package, resource.file, resource, given, lost)
    if missing := sorted(manifest.files - present - {one.file for one in manifest.resources}):
        warnings.append(f"{where}: files that are missing: {_listed(missing)}")
    forgotten = []
    for name in package.names:
        unnamed = name not in seen and name.lower().endswith(".xml") and not name.endswith(NAME)
        if unnamed and _ITEM.search(package.read(name)[:_HEAD]):
            forgotten.append(name)
            yield package.where(name), _row(package, name, None, given, lost)
    if forgotten:
        warnings.append(f"{where}: items the manifest does not name as items, read all the same: {_listed(forgotten)}")


def _manifest_name(package: Package) -> str:
    """The manifest at the root, or in the one folder a package was wrapped into."""
    if NAME in package.names:
        return NAME
    wrapped = [name for name in package.names if name.count("/") == 1 and name.endswith(f"/{NAME}")]
    if len(wrapped) != 1:
        raise ContentError(package.place, f"holds no {NAME}, so it is not a QTI package")
    return wrapped[0]


def _row(
    package: Package, name: str, resource: Resource | None, given: Given, lost: dict[str, list[str]]
) -> dict[str, Any] | ContentError:
    """The row of one item file, completed by what the manifest knows; or why there is none."""
    try:
        parsed = qti_items.read(package.read(name), package.where(name))
    except ContentError as error:
        return error
    for what in parsed.lost:
        lost[what].append(name or package.place)
    if resource is None:
        return parsed.row
    row = parsed.row | {name: value for name, value in resource.known.items() if parsed.row[name] is None}
    standard = row["standard"] or given.standard
    if resource.labels and standard:
        found = qti_manifests.criteria(resource, standard, row["outcome"])
        if found is None:
            lost["tags that are not criteria of one outcome of the standard"].append(name)
        else:
            row["outcome"], row["criteria"] = found[0], list(found[1])
    return row


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more
