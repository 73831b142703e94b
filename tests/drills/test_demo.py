"""`kriteria demo`: comes up by itself, has candidates sitting, stops on Ctrl-C, resumes."""

import json
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from web.demo_centre import ROBOT
from web.rehearsal import Operator, Unexpected

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 90

pytestmark = pytest.mark.drill


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


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

    def wait_for_rows(self, wanted):
        assert self.ready.wait(PATIENCE_S), "".join(self.lines)
        operator = Operator(f"http://localhost:{self.port}", ROBOT, self.centre()["passwords"][ROBOT])
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


def test_the_demo_has_eight_candidates_sitting_and_resumes_where_it_stopped(tmp_path):
    def all_running(rows):
        return sum(row["item_number"] >= 1 for row in rows) == 8

    first = Demo(tmp_path)
    try:
        rows = first.wait_for_rows(all_running)
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
