"""`kriteria export` and `verify-log`: what leaves an installation, and whether its log still holds."""

from __future__ import annotations

import csv
from pathlib import Path

import click

from proctor import checkpoints, responses, verify
from proctor.ids import ExamSessionId, SittingId
from proctor.log import Recorded
from proctor.verify import Report
from web import settings as environment
from web.cli_exits import CHECK_FAILED, document, plain_errors, stop
from web.wiring import Wiring, wire

COLUMNS = (
    "person", "item", "outcome", "criterion", "score", "omitted", "response", "position",
    "visible_ms", "presented_at", "answered_at",
)  # fmt: skip
OUT = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.group()
def export() -> None:
    """Data for analysis elsewhere."""


@export.command("responses")
@click.argument("out", type=OUT)
@click.option("--session", "exam_session", required=True, help="Id of the exam session.")
@click.option("--format", "form", type=click.Choice(("long", "wide")), required=True)
def export_responses(out: Path, exam_session: str, form: str) -> None:
    """Write the scored answers of an exam session: long rows, or the matrix `kriteria calibrate` reads."""
    with plain_errors():
        wiring = wire(environment.load())
        if wiring.sessions.get(ExamSessionId(exam_session)) is None:
            stop(f"exam session {exam_session} does not exist")
        logs = [wiring.log.read(one) for one in wiring.log.sittings(ExamSessionId(exam_session))]
        begun = [log for log in logs if any(row.type == "AnswerRecorded" for row in log)]
        write = _write_long if form == "long" else _write_wide
        count = write(out, begun)
        wiring.close()
    click.echo(f"{count} {'answers' if form == 'long' else 'persons'} written to {out}", err=True)


def _write_long(out: Path, logs: list[tuple[Recorded, ...]]) -> int:
    rows = responses.rows(logs)
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows:
            told = (row.person, row.item, row.outcome, row.criterion, row.score, int(row.omitted))
            writer.writerow(
                (*told, "|".join(row.response), row.position, row.visible_ms, row.presented_at, row.answered_at)
            )
    return len(rows)


def _write_wide(out: Path, logs: list[tuple[Recorded, ...]]) -> int:
    matrix = responses.matrix(logs)
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("person", *matrix.items))
        for person, scores, shown in zip(matrix.persons, matrix.scores, matrix.presented, strict=True):
            cells = (int(score) if seen else "" for score, seen in zip(scores, shown, strict=True))
            writer.writerow((person, *cells))
    return len(matrix.persons)


@click.command("verify-log")
@click.option("--sitting", help="Only this sitting; by default all of them.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def verify_log(sitting: str | None, as_json: bool) -> None:
    """Check the hash chains against themselves and against the signed checkpoints; exit 1 at the first break."""
    with plain_errors():
        wiring = wire(environment.load())
        reports = [report_on(wiring, one) for one in _sittings(wiring, sitting)]
        wiring.close()
    broken = [report for report in reports if report.broken_seq is not None]
    if as_json:
        document([_as_json(report) for report in reports])
    else:
        for report in reports:
            click.echo(_line(report))
    if broken:
        raise SystemExit(CHECK_FAILED)


def report_on(wiring: Wiring, sitting: SittingId) -> Report:
    """The verification of one sitting, by the checkpoints in the database and in the file outside it."""
    entry = wiring.sessions.sitting(sitting)
    if entry is None:
        stop(f"sitting {sitting} does not exist")
    signed = list(wiring.checkpoints.of_session(entry.exam_session))
    outside = wiring.settings.checkpoint_file
    if outside.exists():
        signed += [one for one in checkpoints.read_from(outside) if one.exam_session == entry.exam_session]
    return verify.report(sitting, wiring.log.rows(sitting), signed, checkpoints.public_key(wiring.log_seed))


def _sittings(wiring: Wiring, sitting: str | None) -> list[SittingId]:
    if sitting is not None:
        return [SittingId(sitting)]
    return [entry.id for session in wiring.sessions.all() for entry in wiring.sessions.sittings(session.id)]


def _line(report: Report) -> str:
    if report.broken_seq is not None:
        return f"{report.sitting}: broken at seq {report.broken_seq}: {report.reason}"
    tail = f", the last {report.uncovered} rest on the database alone" if report.uncovered else ""
    return f"{report.sitting}: {report.events} events hold, {report.covered} covered by a signed checkpoint{tail}"


def _as_json(report: Report) -> dict[str, int | str | None]:
    return {
        "sitting": report.sitting,
        "events": report.events,
        "covered": report.covered,
        "uncovered": report.uncovered,
        "broken_seq": report.broken_seq,
        "reason": report.reason,
    }
