"""`kriteria verify-log`: what was changed, cut off or deleted is named, whoever did it in the database."""

import json
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner
from hall import Hall

from proctor.chain import link
from web import administration
from web.cli import main
from web.ticking import write_checkpoint


@pytest.fixture
def run(installation):
    return lambda *more: CliRunner().invoke(main, ["verify-log", *more])


@pytest.fixture
def installation(tmp_path, monkeypatch):
    """An exam session with two finished tests, and one of the two candidates."""
    hall = Hall(tmp_path)
    desk = hall.desk()
    for seat in ("1", "2"):
        candidate = hall.candidate(seat=seat).started(desk)
        while candidate.view["phase"] == "item":
            candidate.answer()
    for name, value in {
        "DATABASE_URL": hall.settings.database_url,
        "SECRET_KEY": "s" * 40,
        "LOG_KEY": "0f" * 32,
        "PERSON_KEY": "a1" * 32,
        "CHECKPOINT_FILE": str(hall.settings.checkpoint_file),
    }.items():
        monkeypatch.setenv(f"KRITERIA_{name}", value)
    yield hall, candidate
    hall.close()


@pytest.fixture
def closed(installation):
    """The same with the exam session closed: its heads are signed, in the table and in the file."""
    hall, candidate = installation
    administration.close_exam_session(hall.wiring, hall.exam_session)
    return hall, candidate


def spoiled(hall, *statements):
    """What somebody with the database file could do to it."""
    with closing(sqlite3.connect(hall.settings.database_url.removeprefix("sqlite:///"))) as connection:
        for statement, *given in statements:
            connection.execute(statement, given)
        connection.commit()


def test_a_whole_log_holds_and_the_tail_no_checkpoint_covers_is_named(run, installation):
    hall, candidate = installation
    done = run("--sitting", candidate.sitting)
    assert done.exit_code == 0
    assert "rest on the database alone" in done.stdout
    write_checkpoint(hall.wiring, hall.exam_session, hall.clock())
    covered = json.loads(run("--json").stdout)
    assert [row["uncovered"] for row in covered] == [0, 0]


def turned(body):
    """The answer with the other score."""
    before, after = (b'"score":0', b'"score":1') if b'"score":0' in body else (b'"score":1', b'"score":0')
    return body.replace(before, after)


@pytest.mark.parametrize("recomputed", [False, True])
def test_a_changed_event_is_found_and_its_seq_named(run, installation, recomputed):
    hall, candidate = installation
    write_checkpoint(hall.wiring, hall.exam_session, hall.clock())
    path = hall.settings.database_url.removeprefix("sqlite:///")
    connection = sqlite3.connect(path)
    rows = connection.execute(
        "select seq, type, body, head from events where sitting = ? order by seq", (candidate.sitting,)
    ).fetchall()
    seq = next(seq for seq, kind, _, _ in rows if kind == "AnswerRecorded")
    head = ""
    for number, _, body, stored in rows:
        if number == seq:
            new = turned(body)
            connection.execute(
                "update events set body = ? where sitting = ? and seq = ?", (new, candidate.sitting, seq)
            )
            body = new
        head = link(head, number, body)
        if recomputed and number >= seq and head != stored:
            connection.execute(
                "update events set head = ? where sitting = ? and seq = ?", (head, candidate.sitting, number)
            )
    connection.commit()
    connection.close()
    done = run("--sitting", candidate.sitting)
    assert done.exit_code == 1
    found = len(rows) if recomputed else seq
    assert f"broken at seq {found}" in done.stdout


def gone(candidate, *tables):
    return [(f"delete from {table} where sitting = ?", candidate.sitting) for table in tables]


@pytest.mark.parametrize("row_too", [False, True])
def test_a_whole_deleted_sitting_is_named(run, closed, row_too):
    hall, candidate = closed
    events = len(hall.wiring.log.rows(candidate.sitting))
    spoiled(hall, *gone(candidate, "events", "seat_codes", "presence"))
    if row_too:
        spoiled(hall, ("delete from sittings where id = ?", candidate.sitting))
    said = f"{candidate.sitting}: broken at seq 1: {events} events are in a checkpoint, 0 are stored"

    everything = run()
    assert (everything.exit_code, everything.stdout.count("broken")) == (1, 1)
    assert said in everything.stdout
    alone = run("--sitting", candidate.sitting)
    assert (alone.exit_code, alone.stdout.strip()) == (1, said)
    broken = [row for row in json.loads(run("--json").stdout) if row["broken_seq"] is not None]
    assert broken == [
        {
            "sitting": candidate.sitting,
            "events": 0,
            "covered": 0,
            "uncovered": 0,
            "broken_seq": 1,
            "reason": f"{events} events are in a checkpoint, 0 are stored",
        }
    ]


@pytest.mark.parametrize("table_too", [False, True])
def test_a_whole_deleted_exam_session_is_named_by_the_table_or_by_the_file_outside(run, closed, table_too):
    hall, _ = closed
    tables = ["events", "seat_codes", "presence", "sittings", "assignments", "stations"]
    tables += ["checkpoints", "exam_sessions"] if table_too else []
    if not table_too:
        hall.settings.checkpoint_file.unlink()
    spoiled(hall, *[(f"delete from {table}",) for table in tables])

    done = run()
    assert done.exit_code == 1
    assert done.stdout.count("0 are stored") == 2


def test_a_log_cut_off_below_a_checkpoint_is_named(run, closed):
    hall, candidate = closed
    events = len(hall.wiring.log.rows(candidate.sitting))
    spoiled(hall, ("delete from events where sitting = ? and seq > ?", candidate.sitting, events - 2))

    done = run("--sitting", candidate.sitting)
    assert done.exit_code == 1
    assert f"broken at seq {events - 1}: {events} events are in a checkpoint, {events - 2} are stored" in done.stdout


def test_events_without_a_registered_sitting_are_walked_too(run, closed):
    hall, candidate = closed
    spoiled(
        hall,
        *gone(candidate, "seat_codes", "presence"),
        ("delete from checkpoints",),
        ("delete from sittings where id = ?", candidate.sitting),
    )
    hall.settings.checkpoint_file.unlink()

    assert f"{candidate.sitting}: " in run().stdout


def test_a_sitting_nobody_names_is_bad_input(run, installation):
    done = run("--sitting", "nobody")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "neither in the database nor in a checkpoint" in done.stderr
