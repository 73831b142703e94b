"""The benchmark's peers: an answer, a crash and a run without end are all told as what they are."""

import sys

import numpy as np
import pytest

from bench.peers import environment


@pytest.fixture
def peers(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "HERE", tmp_path)
    monkeypatch.setattr(environment, "PYTHON", environment.Path(sys.executable))

    def ask(text, **more):
        (tmp_path / "peer.py").write_text("import json, os, sys\nimport numpy as np\n" + text)
        return environment.ask("peer", "word", ..., scores=np.arange(3), **more)

    return ask


def test_a_peer_gets_the_arrays_and_one_thread_and_its_document_comes_back(peers):
    reply = peers(
        "total = int(np.load(sys.argv[2])['scores'].sum())\n"
        "print(json.dumps({'word': sys.argv[1], 'total': total, 'threads': os.environ['OPENBLAS_NUM_THREADS']}))"
    )

    assert reply.found == {"word": "word", "total": 3, "threads": "1"}


def test_a_crash_is_named(peers):
    reply = peers("raise ValueError('setting an array element')")

    assert (reply.found, reply.reason) == (None, "crashes (ValueError)")


def test_what_takes_too_long_is_stopped_and_said(peers):
    reply = peers("while True: pass", limit=2)

    assert (reply.found, reply.reason) == (None, "not finished within 2 s")


def test_a_fit_that_ends_itself_is_told_by_the_limit_of_a_fit(peers):
    reply = peers("import signal\nsignal.setitimer(signal.ITIMER_PROF, 0.2)\nwhile True: pass", limit=30)

    assert (reply.found, reply.reason) == (None, f"not finished within {environment.LIMIT} s")


def test_without_the_environment_nothing_is_asked(peers, monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "PYTHON", tmp_path / "nowhere")

    assert peers("print(1)").reason == "not installed"
