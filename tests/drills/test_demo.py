"""`kriteria demo`: comes up by itself, has candidates sitting, takes strangers' clients, stops on Ctrl-C, resumes."""

import json
import signal
import subprocess
import sys
import threading

import pytest
from centre import ROOT, free_port

from proctor.candidate_view import receipt_code
from web import demo_centre
from web.demo_centre import ROBOT
from web.rehearsal import Operator, Unexpected
from web.settings import Settings
from web.wiring import wire

PATIENCE_S = 90
EXAMPLES = ROOT / "docs" / "examples"

pytestmark = pytest.mark.drill


class Demo:
    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        command = [sys.executable, "-m", "web.cli", "demo", "--port", str(self.port), "--folder", str(folder)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.lines, self.ready = [], threading.Event()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            if "Ctrl-C stops" in line:
                self.ready.set()
        self.ready.set()

    def centre(self):
        return json.loads((self.folder / "centre.json").read_text())

    @property
    def origin(self):
        return f"http://localhost:{self.port}"

    def wait_for_rows(self, wanted):
        assert self.ready.wait(PATIENCE_S), "".join(self.lines)
        self.operator = operator = Operator(self.origin, ROBOT, self.centre()["passwords"][ROBOT])
        operator.sign_in()
        pause = threading.Event()
        for _ in range(PATIENCE_S * 2):
            rows = operator.rows(self.centre()["exam_session"])
            if wanted(rows):
                return rows
            pause.wait(0.5)
        raise Unexpected(f"not reached: {[(row['seat'], row['lifecycle'], row['item_number']) for row in rows]}")

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE_S)
        self.reader.join(PATIENCE_S)
        self.process.stdout.close()
        return code


def test_a_second_demo_beside_a_running_one_is_refused_and_a_taken_port_too(tmp_path):
    running = Demo(tmp_path / "centre")
    try:
        assert running.ready.wait(PATIENCE_S), "".join(running.lines)
        for folder, port, reason in (
            (tmp_path / "centre", free_port(), "a demo is running there"),
            (tmp_path / "other", running.port, f"port {running.port} is in use"),
        ):
            command = [sys.executable, "-m", "web.cli", "demo", "--port", str(port), "--folder", str(folder)]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
            assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
            assert reason in done.stderr
    finally:
        code = running.interrupt()

    assert code == 0, "".join(running.lines)


def test_the_demo_has_eight_candidates_who_sit_and_read_messages_and_resumes_where_it_stopped(tmp_path):
    def all_running(rows):
        return sum(row["item_number"] >= 1 for row in rows) == 8

    first = Demo(tmp_path)
    try:
        rows = first.wait_for_rows(all_running)
        sitting = next(row["sitting"] for row in rows if row["item_number"] >= 1)
        assert first.operator.order(first.centre()["exam_session"], "message", sitting, template="keep_silence")
        first.wait_for_rows(lambda rows: any((row["message"] or {}).get("read_at") for row in rows))
    finally:
        code = first.interrupt()
    second = Demo(tmp_path)
    try:
        again = second.wait_for_rows(lambda rows: sum(row["lifecycle"] == "running" for row in rows) == 8)
    finally:
        second.interrupt()

    assert code == 0, "".join(first.lines)
    assert (tmp_path / "centre.json").stat().st_mode & 0o777 == 0o600
    assert {row["sitting"] for row in rows} == {row["sitting"] for row in again}
    assert sum("code" in line and "seat" in line for line in first.lines) >= 4


def example(name, *words, password=None):
    """One of the documented clients, started as its first lines say."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, str(EXAMPLES / name), *words], stdin=pipe if password else None, stdout=pipe, stderr=pipe,
        text=True,
    )  # fmt: skip


def said(client, seconds, send=None):
    """Everything a client printed, once it has ended well."""
    try:
        out, err = client.communicate(send, timeout=seconds)
    except subprocess.TimeoutExpired:
        client.kill()
        out, err = client.communicate()
    assert client.returncode == 0, out + err
    return out


def test_a_strangers_candidate_and_operator_finish_a_sitting_against_the_demo(tmp_path):
    demo = Demo(tmp_path)
    try:
        demo.wait_for_rows(lambda rows: len(rows) > 8)
        centre = demo.centre()
        seat = next(one for one in centre["seats"] if not one["simulated"])
        operator = example(
            "operator_client.py", demo.origin, centre["exam_session"], "operator", seat["seat"], "12A4", password=True
        )
        operator.stdin.write(centre["passwords"]["operator"] + "\n")
        operator.stdin.flush()
        assert operator.stdout.readline() == "Check in: done\n"
        candidate = example("candidate_client.py", demo.origin, seat["code"])
        assert said(operator, PATIENCE_S).splitlines() == ["Authorise: done", "Message: done"]
        printed = said(candidate, 3 * PATIENCE_S)
    finally:
        demo.interrupt()

    settings = demo_centre.environment(demo_centre.load(tmp_path / "centre.json"), tmp_path, demo.port)
    wiring = wire(Settings(**{key.removeprefix("KRITERIA_").lower(): value for key, value in settings.items()}))
    state = wiring.desk.state(seat["sitting"])
    assert state.lifecycle == "submitted"
    assert printed == f"Operator: You may begin.\nReceipt {receipt_code(wiring.closing_head(state))}\n"
    assert [one.read_at is not None for one in state.messages] == [True]
    wiring.close()
