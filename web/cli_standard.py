"""`kriteria standard`: read the text of a qualification standard, show what it holds, keep it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from itembank.errors import ContentError, Refused
from itembank.standards import zsk
from itembank.standards.tree import StandardTree
from web.cli_bank import FILE, stored_in_bank


@click.group()
def standard() -> None:
    """Qualification standards."""


@standard.command("import")
@click.argument("file", type=FILE)
@click.option("--name", help="Name before the ids, such as CRM. Default: the registry's code.")
@click.option("--json", "as_json", is_flag=True, help="Print the standard as one JSON document.")
@click.option("--dry-run", is_flag=True, help="Read only, keep nothing.")
@click.pass_context
def import_standard(context: click.Context, file: Path, name: str | None, as_json: bool, dry_run: bool) -> None:
    """Read a standard from the text of its page in the Polish register (ZSK)."""
    try:
        tree = zsk.read(file.read_bytes(), name, str(file))
        if as_json:
            click.echo(json.dumps(tree.as_json(), ensure_ascii=False, indent=1))
        else:
            _show(tree)
        if not dry_run:
            stored_in_bank(lambda bank, now: bank.add_standard(tree, now), optional=as_json)
    except (ContentError, OSError, Refused) as error:
        click.echo(f"kriteria: {error}", err=True)
        context.exit(2)


def _show(tree: StandardTree) -> None:
    click.echo(f"{tree.code}: {tree.title}")
    for one in tree.sets:
        click.echo(f"  {one.id} {one.title}")
        for outcome in one.outcomes:
            click.echo(f"    {outcome.id} {outcome.title} ({len(outcome.criteria)} criteria)")
    for warning in tree.warnings:
        click.echo(f"warning: {warning}", err=True)
