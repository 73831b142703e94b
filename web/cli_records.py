"""`kriteria verify-log`: whether the log of an installation still holds."""

from __future__ import annotations

import click

from proctor import checkpoints, verify
from proctor.ids import SittingId
from proctor.verify import Report
from web import settings as environment
from web.cli_exits import CHECK_FAILED, document, plain_errors, stop
from web.cli_progress import each
from web.wiring import Wiring, wire


@click.command("verify-log")
@click.option("--sitting", help="Only this sitting; by default all of them.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def verify_log(sitting: str | None, as_json: bool) -> None:
    """Check the hash chains against themselves and against the signed checkpoints; exit 1 at the first break."""
    with plain_errors():
        wiring = wire(environment.load())
        reports = [report_on(wiring, one) for one in each(_sittings(wiring, sitting), "Sittings", as_json)]
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
