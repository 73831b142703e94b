"""The writers: durable before the reply, one failing unit hurts nobody, a broken commit is told to all."""

import sqlite3
import threading

import gevent
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from web.sqlwriter import DirectWriter, GroupWriter, open_engine


@pytest.fixture
def url(tmp_path):
    path = tmp_path / "log.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table t (x integer primary key)")
    connection.close()
    return f"sqlite:///{path}"


@pytest.fixture(params=[DirectWriter, GroupWriter])
def writer(request, url):
    opened = request.param(open_engine(url, writing=True))
    yield opened
    opened.close()


def put(x):
    def unit(connection):
        connection.execute(text("insert into t values (:x)"), {"x": x})
        return x

    return unit


def fails(writer, unit, kind):
    with pytest.raises(kind):
        writer.write(unit)


def stored(url):
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    try:
        return [x for (x,) in connection.execute("select x from t order by x")]
    finally:
        connection.close()


def test_a_unit_is_on_disk_for_another_process_when_write_returns(writer, url):
    assert writer.write(put(7)) == 7
    assert stored(url) == [7]


def test_one_failing_unit_is_rolled_back_alone(writer, url):
    writer.write(put(1))
    with pytest.raises(IntegrityError):
        writer.write(lambda connection: (put(2)(connection), put(1)(connection)))
    writer.write(put(3))
    assert stored(url) == [1, 3]


def test_a_refusal_inside_a_unit_reaches_its_caller_only(writer, url):
    def refuse(connection):
        put(9)(connection)
        raise KeyError("no")

    with pytest.raises(KeyError):
        writer.write(refuse)
    assert stored(url) == []


def test_many_units_share_one_commit_and_each_gets_its_own_result(url):
    writer = GroupWriter(open_engine(url, writing=True))
    commits = []
    original = writer._commit
    writer._commit = lambda units: (commits.append(len(units)), original(units))[1]
    jobs = [gevent.spawn(writer.write, put(x)) for x in range(100)]
    bad = gevent.spawn(fails, writer, put(5), IntegrityError)
    gevent.joinall([*jobs, bad], raise_error=True)
    assert [job.value for job in jobs] == list(range(100))
    assert stored(url) == list(range(100))
    assert sum(commits) == 101
    assert max(commits) > 10
    writer.close()


def test_a_commit_that_fails_is_told_to_everybody_and_the_next_group_works(url):
    writer = GroupWriter(open_engine(url, writing=True))
    writer.write(put(0))
    healthy = writer._commit

    def broken(units):
        raise OSError("disk full")

    writer._commit = broken
    jobs = [gevent.spawn(fails, writer, put(x), OSError) for x in (1, 2)]
    gevent.joinall(jobs, raise_error=True)
    writer._commit = healthy
    writer.write(put(3))
    assert stored(url) == [0, 3]
    writer.close()


def test_the_commit_runs_in_a_native_thread_of_its_own(url):
    writer = GroupWriter(open_engine(url, writing=True))
    here = threading.get_ident()
    assert writer.write(lambda connection: threading.get_ident()) != here
    writer.close()


def test_closing_commits_what_waits(url):
    writer = GroupWriter(open_engine(url, writing=True))
    jobs = [gevent.spawn(writer.write, put(x)) for x in range(5)]
    gevent.sleep(0)
    writer.close()
    gevent.joinall(jobs, raise_error=True)
    assert stored(url) == [0, 1, 2, 3, 4]
