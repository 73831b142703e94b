"""`kriteria export`: answers, results and protocols of an exam session, for analysis and for the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from proctor.ids import ExamSessionId
from results import protocol_pdf, qti_report
from results.phrasing import Manner
from web import records, response_files, result_files
from web import settings as environment
from web.cli_exits import stop
from web.cli_progress import each
from web.cli_refusals import plain_refusals
from web.export_tables import ExtraMissing, Table, check, csv_text, write_parquet, write_sav
from web.language import COMPLETE, within
from web.result_files import Ended
from web.wiring import Wiring, wire

OUT = click.Path(path_type=Path)
session_option = click.option("--session", "exam_session", required=True, help="Id of the exam session.")
layout_option = click.option(
    "--layout", type=click.Choice(("long", "wide")), help="Of sav (by default wide) and parquet (by default long)."
)


@click.group()
def export() -> None:
    """Data for analysis elsewhere, and documents for the file."""


@export.command("responses")
@click.argument("out", type=OUT)
@session_option
@click.option("--format", "form", type=click.Choice(("long", "wide", "sav", "parquet")), required=True)
@layout_option
def export_responses(out: Path, exam_session: str, form: str, layout: str | None) -> None:
    """Write the scored answers of an exam session: long rows, or the matrix `kriteria calibrate` reads."""
    with _opened(exam_session, form) as wiring:
        sittings = wiring.log.sittings(ExamSessionId(exam_session))
        logs = [wiring.log.read(one) for one in each(sittings, "Sittings")]
        begun = [log for log in logs if any(row.type == "AnswerRecorded" for row in log)]
        if _layout(form, layout) == "long":
            _write(response_files.answers(begun), form, out, "answers")
        else:
            _write(response_files.scores(begun), form, out, "persons")


@export.command("results")
@click.argument("out", type=OUT)
@session_option
@click.option("--format", "form", type=click.Choice(("long", "wide", "sav", "parquet", "qti")), required=True)
@layout_option
def export_results(out: Path, exam_session: str, form: str, layout: str | None) -> None:
    """Write the results of the sittings that have ended: a table, or a folder with one QTI results report each."""
    with _opened(exam_session, form) as wiring:
        rows = _ended(wiring, exam_session)
        if form == "qti":
            if layout is not None:
                stop("--layout does not apply: --format qti is a folder of reports")
            _folder(out, rows, ".xml", lambda row: qti_report.report(row.facts, row.sheet.record))
        elif _layout(form, layout) == "long":
            _write(result_files.by_outcome(rows), form, out, "outcomes")
        else:
            _write(result_files.by_sitting(rows), form, out, "sittings")


@export.command("protocol")
@click.argument("out", type=OUT)
@session_option
@click.option("--format", "form", type=click.Choice(("pdf",)), default="pdf", show_default=True)
@click.option("--language", type=click.Choice(COMPLETE), default="pl", show_default=True)
def export_protocol(out: Path, exam_session: str, form: str, language: str) -> None:
    """Write the protocol of each sitting that has ended into a folder."""
    with _opened(exam_session, form) as wiring:
        manner = Manner(language=language, say=partial(within, language), zone=ZoneInfo(wiring.settings.time_zone))
        rows = _ended(wiring, exam_session)
        _folder(out, rows, f".{form}", lambda row: protocol_pdf.render(records.protocol(wiring, row.sheet), manner))


@contextmanager
def _opened(exam_session: str, form: str) -> Iterator[Wiring]:
    """The installation, which holds this exam session and can write this form."""
    with plain_refusals():
        try:
            check(form)
        except ExtraMissing as error:
            stop(str(error))
        wiring = wire(environment.load())
        try:
            if wiring.sessions.get(ExamSessionId(exam_session)) is None:
                stop(f"exam session {exam_session} does not exist")
            yield wiring
        finally:
            wiring.close()


def _ended(wiring: Wiring, exam_session: str) -> tuple[Ended, ...]:
    sittings = wiring.log.sittings(ExamSessionId(exam_session))
    rows, unfinished = result_files.ended(wiring, each(sittings, "Sittings"))
    if unfinished:
        click.echo(f"left out, not ended: {unfinished}", err=True)
    return rows


def _layout(form: str, layout: str | None) -> str:
    if form in ("long", "wide"):
        if layout not in (None, form):
            stop(f"--format {form} is CSV of that layout; --layout {layout} contradicts it")
        return form
    return layout or ("wide" if form == "sav" else "long")


def _write(table: Table, form: str, out: Path, what: str) -> None:
    if form == "sav":
        write_sav(table, out)
    elif form == "parquet":
        write_parquet(table, out)
    else:
        out.write_text(csv_text(table), encoding="utf-8")
    click.echo(f"{len(table[0].values)} {what} written to {out}", err=True)


def _folder(out: Path, rows: tuple[Ended, ...], ending: str, make: Callable[[Ended], bytes]) -> None:
    """One file per sitting, named after it."""
    out.mkdir(parents=True, exist_ok=True)
    for row in each(rows, "Documents"):
        (out / f"{row.facts.sitting}{ending}").write_bytes(make(row))
    click.echo(f"{len(rows)} sittings written to {out}", err=True)
