"""`kriteria verify-log`: whether the log of an installation still holds."""

from __future__ import annotations

import click

from proctor.ids import ExamSessionId, SittingId
from proctor.verify import Claims, Report
from web import settings as environment
from web import verification
from web.cli_exits import CHECK_FAILED, document, stop
from web.cli_progress import each
from web.cli_refusals import plain_refusals
from web.wiring import Wiring, wire


@click.command("verify-log")
@click.option("--sitting", help="Only this sitting; by default all that the database or a checkpoint names.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def verify_log(sitting: str | None, as_json: bool) -> None:
    """Check the hash chains against themselves and against the signed checkpoints; exit 1 at the first break."""
    with plain_refusals():
        wiring = wire(environment.load())
        against = verification.claims(wiring)
        walked = [*_walked(wiring, sitting, against).items()]
        reports = [verification.report(wiring, *one, against) for one in each(walked, "Sittings", as_json)]
        wiring.close()
    broken = [report for report in reports if report.broken_seq is not None]
    if as_json:
        document([_as_json(report) for report in reports])
    else:
        for report in reports:
            click.echo(_line(report))
    if broken:
        raise SystemExit(CHECK_FAILED)


def _walked(wiring: Wiring, sitting: str | None, against: Claims) -> dict[SittingId, ExamSessionId]:
    found = verification.named(wiring, against)
    if sitting is None:
        return found
    one = SittingId(sitting)
    if one not in found:
        stop(f"sitting {sitting} is neither in the database nor in a checkpoint")
    return {one: found[one]}


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
