"""`kriteria bank`: items in and out of the bank."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import click

from itembank.checks import Finding, check_writing
from itembank.errors import ContentError, Refused
from itembank.exchange import aiken, gift, jsonl, moodle, packages, qti, qti_export, table
from itembank.exchange.recognition import recognised
from itembank.items import Item
from itembank.lifecycle import Additions, State
from itembank.reading import Given, Reading, Rejected
from itembank.repository import Bank
from web.cli_progress import counted
from web.clock import Clock
from web.settings import SettingsError

T = TypeVar("T")

FILE = click.Path(path_type=Path)
"""Whether it can be read shows when it is read: one line then, instead of a page on usage."""
FORMATS: dict[str, ModuleType] = {"moodle": moodle, "gift": gift, "aiken": aiken, "csv": table, "jsonl": jsonl}
"""Formats that are one text; "qti" is a package, a folder or a file."""
MANY = 500
"""Files of a package above which reading takes a good part of a second, so that a bar shows it."""
NAMED = 5
"""Items a remark names; of the others it says how many."""
EXPORTS: dict[str, Callable[[Iterable[Item]], bytes]] = {
    "qti3": qti_export.write,
    "csv": lambda items: table.write(items).encode(),
    "jsonl": lambda items: jsonl.write(items).encode(),
}


@click.group()
def bank() -> None:
    """The item bank."""


@bank.command("import")
@click.argument("file", type=FILE)
@click.option("--format", "form", type=click.Choice(["auto", "qti", *FORMATS]), default="auto", show_default=True)
@click.option("--standard", "code", help="Standard of items that name none; items of another one are rejected.")
@click.option("--language", help="Language of items that name none, such as pl.")
@click.option("--account", default="command-line", show_default=True, help="Account the items are added by.")
@click.option("--json", "as_json", is_flag=True, help="Print what was read as one JSON document.")
@click.option("--dry-run", is_flag=True, help="Read only, keep nothing.")
@click.pass_context
def import_items(
    context: click.Context,
    file: Path,
    form: str,
    code: str | None,
    language: str | None,
    account: str,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Read items from a file and keep them as drafts; rows that cannot be read are listed with their reason.

    What a file does not know (criteria, reasons, difficulty, time) stays open and is filled in before a review.
    """

    def keep(kept: Bank, now: int) -> Additions:
        if any(not item.standard for item in reading.items):
            raise ContentError(str(file), "its items name no standard: say whose they are with --standard CODE")
        return kept.add_items(reading.items, account, now)

    try:
        reading = read_items(file, form, Given(standard=code, language=language), quiet=as_json)
        if as_json:
            click.echo(json.dumps(reading.as_json(), ensure_ascii=False, indent=1))
        else:
            _show(reading)
        if not reading.items:
            raise ContentError(str(file), "no item could be read")
        if not dry_run:
            _tell(stored_in_bank(keep, optional=as_json))
    except (ContentError, OSError, Refused) as error:
        click.echo(f"kriteria: {error}", err=True)
        context.exit(2)


@bank.command("export")
@click.argument("out", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--standard", "code", required=True, help="Code of the standard, such as CRM.")
@click.option("--format", "form", type=click.Choice(list(EXPORTS)), required=True)
@click.option("--all-versions", is_flag=True, help="Every version; otherwise the newest of each item, none retired.")
@click.pass_context
def export_items(context: click.Context, out: Path, code: str, form: str, all_versions: bool) -> None:
    """Write the items of a standard to a file; importing that file gives equal items."""
    try:
        items = _exported(open_bank(), code, all_versions)
        _write_whole(out, EXPORTS[form](items))
    except (ContentError, OSError, Refused, SettingsError) as error:
        click.echo(f"kriteria: {error}", err=True)
        context.exit(2)
    click.echo(f"{len(items)} items written to {out}", err=True)


def read_items(file: Path, form: str, given: Given, *, quiet: bool = True) -> Reading:
    """What a file holds: items, rejected rows, and as warnings what a reviewer of the file should know."""
    reading = _read(file, form, given, quiet)
    if given.standard is not None:
        others = [item for item in reading.items if item.standard != given.standard]
        refused = tuple(Rejected(where=item.version_id, reason=f"belongs to {item.standard}") for item in others)
        kept = tuple(item for item in reading.items if item.standard == given.standard)
        reading = replace(reading, items=kept, rejected=(*reading.rejected, *refused))
    return replace(reading, warnings=(*reading.warnings, *_remarks(check_writing(reading.items))))


def _remarks(findings: Iterable[Finding]) -> Iterator[str]:
    """One line for each thing found, however many items it was found in."""
    subjects: dict[str, list[str]] = {}
    for finding in findings:
        subjects.setdefault(finding.detail, []).append(finding.subject)
    for detail, names in subjects.items():
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        yield f"{', '.join(names[:NAMED])}{more}: {detail}"


def stored_in_bank(keep: Callable[[Bank, int], T], *, optional: bool) -> T | None:
    """Run `keep` on the bank at this instant; without settings that is said, and is an error unless `optional`."""
    try:
        opened = open_bank()
    except SettingsError as error:
        reason = str(error).splitlines()[0]
        if not optional:
            raise ContentError("settings", f"{reason} (nothing was kept; --dry-run only reads)") from error
        click.echo(f"kriteria: nothing was kept: {reason}", err=True)
        return None
    return keep(opened, Clock()())


def open_bank() -> Bank:
    """The bank of this installation; SettingsError when its environment is not complete."""
    from web.wiring import open_bank as opened

    return opened()


def _read(file: Path, form: str, given: Given, quiet: bool) -> Reading:
    if file.is_dir() and form in ("auto", "qti"):
        return _read_package(packages.opened(file), given, quiet)
    with file.open("rb") as opened:
        data = opened.read(packages.MAX_PACKED + 1)  # what is longer, every format refuses
    form = recognised(file.name, data) if form == "auto" else form
    if form == "qti":
        return _read_package(packages.of_bytes(data, str(file)), given, quiet)
    if form not in FORMATS:
        raise ContentError(str(file), f"its format is not recognised, name it with --format qti|{'|'.join(FORMATS)}")
    reading: Reading = FORMATS[form].read(data, str(file), given)
    return reading


def _read_package(package: packages.Package, given: Given, quiet: bool) -> Reading:
    with counted("Items", hidden=quiet or len(package.names) < MANY) as told:
        return qti.read(package, given, told)


def _write_whole(out: Path, data: bytes) -> None:
    """Write a file so that its name never stands for half of it."""
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_bytes(data)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _exported(opened: Bank, code: str, all_versions: bool) -> list[Item]:
    opened.standard(code)
    records = opened.items(code)
    if all_versions:
        return [record.item for record in records]
    newest = {record.item.id: record for record in records if record.state is not State.RETIRED}
    return [record.item for record in newest.values()]


def _tell(added: Additions | None) -> None:
    """What the bank did with the items: a next version of an item that was there is something to look at."""
    if added is not None:
        click.echo(f"drafts kept: {len(added.new)}, there already: {len(added.present)}", err=True)
        for version_id in added.revised:
            click.echo(f"next version: {version_id}", err=True)


def _show(reading: Reading) -> None:
    click.echo(f"{len(reading.items)} items read")
    for row in reading.rejected:
        click.echo(f"rejected: {row.where}: {row.reason}", err=True)
    for warning in reading.warnings:
        click.echo(f"warning: {warning}", err=True)
