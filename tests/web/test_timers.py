"""What happens by itself: presence, the sweep and its own lateness, restart, checkpoints, and who leads."""

import pytest
from hall import Hall
from hypothesis import given
from hypothesis import strategies as st

from proctor import checkpoints, verify
from proctor.ids import SittingId
from proctor.link import Presence
from web.lateness import Lateness
from web.presence import Board
from web.sqlleader import Leader
from web.sqlwriter import open_engine
from web.ticking import ENDING_MS, Ticker
from web.wiring import wire

S = SittingId("s")


def heard(epoch, at, beat=1):
    return Presence(last_seen_ms=at, epoch=epoch, beat=beat)


def test_a_beat_of_an_older_lease_never_overwrites_a_newer_one():
    board = Board()
    board.beat(S, heard(2, 100))
    board.beat(S, heard(1, 900))
    assert board.get(S) == heard(2, 100)


def test_what_changed_is_taken_once():
    board = Board()
    board.beat(S, heard(1, 100))
    assert board.take_changed() == [(S, heard(1, 100))]
    assert board.take_changed() == []


def test_presence_that_could_not_be_written_is_written_the_next_time(hall, desk):
    one, other = hall.candidate().started(desk), hall.candidate("Anna Nowak", "8").started(desk)
    hall.pass_(2)
    kept = hall.wiring.presence.keep
    hall.clock.pass_(2)
    one.beat(outbox_depth=3)
    other.beat(outbox_depth=4)

    def failing(batch):
        raise OSError("the disk is full")

    hall.wiring.presence.keep = failing
    hall.ticker.step()
    hall.wiring.presence.keep = kept
    hall.pass_(2)
    stored = hall.wiring.presence.of_session(hall.exam_session)
    assert [stored[who.sitting].outbox_depth for who in (one, other)] == [3, 4]
    assert hall.wiring.board.take_changed() == []


def test_what_is_put_back_is_taken_again_as_it_is_known_by_then():
    board = Board()
    board.beat(S, heard(1, 100))
    board.put_back(sitting for sitting, _ in board.take_changed())
    board.beat(S, heard(1, 200, beat=2))
    assert board.take_changed() == [(S, heard(1, 200, beat=2))]
    assert board.take_changed() == []


@given(st.permutations([heard(1, 5), heard(1, 9), heard(2, 3), heard(2, 7)]))
def test_taking_over_from_other_workers_gives_the_newest_in_any_order(found):
    board = Board()
    for one in found:
        board.merge([(S, one)])
    assert board.get(S) == heard(2, 7)


def test_any_request_of_the_holder_is_a_sign_of_life(hall, desk):
    candidate = hall.candidate().started(desk)
    for _ in range(6):
        hall.pass_(5)
        candidate.get("view")
    assert desk.row(candidate)["drops"] == 0
    assert desk.row(candidate)["link"] == "online"


def test_a_server_that_was_late_itself_accuses_nobody(hall, desk):
    candidate = hall.candidate().started(desk)
    candidate.beat()
    hall.pass_(2)
    hall.clock.pass_(30)  # the server stood still: no sweep, no heartbeat was taken
    hall.ticker.step()
    assert hall.state(candidate).loss is None
    candidate.beat()
    assert desk.row(candidate)["drops"] == 0


def test_after_a_restart_silence_counts_from_what_was_stored(tmp_path):
    hall = Hall(tmp_path)
    desk = hall.desk()
    candidate = hall.candidate().started(desk)
    hall.pass_(3)
    candidate.beat()
    hall.pass_(1)
    seen = hall.clock() - 1_000
    hall.clock.pass_(60)
    again = wire(hall.settings, now=hall.clock)
    Ticker(again, Leader(again.engine)).begin()
    state = again.desk.state(candidate.sitting)
    assert state.loss.effective_ms == seen
    assert again.board.get(candidate.sitting).last_seen_ms == seen
    again.close()
    hall.close()


def test_a_restart_that_stops_a_whole_room_is_one_incident(tmp_path):
    hall = Hall(tmp_path)
    desk = hall.desk()
    room = [hall.candidate(seat=str(seat)).started(desk) for seat in range(1, 6)]
    for one in room:
        one.beat()
    hall.pass_(1)
    hall.clock.pass_(120)
    again = wire(hall.settings, now=hall.clock)
    Ticker(again, Leader(again.engine)).begin()
    drafted = {one.incident for each in room for one in again.desk.state(each.sitting).incidents}
    assert len(drafted) == 1
    assert drafted.pop().startswith("outage-")
    again.close()
    hall.close()


def test_a_failing_timer_is_noted_and_the_others_go_on(hall, desk, capsys):
    candidate = hall.candidate().started(desk)
    candidate.beat()
    hall.ticker.sweep = lambda late: 1 / 0
    hall.pass_(1)
    assert "timer failed" in "".join(capsys.readouterr())
    assert hall.wiring.presence.of_session(hall.exam_session)[candidate.sitting].beat == 1


def test_checkpoints_are_signed_every_five_minutes_while_something_happens(hall, desk):
    candidate = hall.candidate().started(desk)
    hall.ticker.begin()
    for _ in range(4):
        for _ in range(60):
            hall.pass_(5, step=5)
            candidate.beat()
    kept = list(checkpoints.read_from(hall.settings.checkpoint_file))
    assert 1 <= len(kept) <= 2  # nothing but heartbeats after the first
    assert kept == list(hall.wiring.checkpoints.of_session(hall.exam_session))
    public = checkpoints.public_key(hall.wiring.log_seed)
    report = verify.report(candidate.sitting, hall.wiring.log.rows(candidate.sitting), kept, public)
    assert report.broken_seq is None
    assert report.covered > 0


def test_the_end_of_a_test_is_under_a_checkpoint_within_seconds(hall, desk):
    candidate, other = (hall.candidate(seat=seat).started(desk) for seat in ("7", "8"))
    hall.ticker.begin()
    for one in (candidate, other):
        one.wish("end")
        hall.pass_(2)
    hall.pass_(ENDING_MS // 1000)
    kept = list(checkpoints.read_from(hall.settings.checkpoint_file))
    heads = {sitting: hall.wiring.desk.head(sitting) for sitting in (candidate.sitting, other.sitting)}

    assert len(kept) == 2  # the second end waits for those that come with it
    assert {sitting: head for sitting, (_, head) in kept[-1].heads.items()} == heads
    hall.pass_(60)
    assert len(list(checkpoints.read_from(hall.settings.checkpoint_file))) == 2


def test_one_worker_leads_and_another_takes_over(postgres_url):
    engines = [open_engine(postgres_url, writing=False) for _ in range(2)]
    first, second = map(Leader, engines)
    assert first.leads()
    assert not second.leads()
    assert first.leads()
    first.close()
    assert second.leads()
    second.close()
    for engine in engines:
        engine.dispose()


def test_the_only_worker_on_sqlite_leads(hall):
    assert Leader(hall.wiring.engine).leads()


@pytest.mark.parametrize("way", ["http", "socket"])
def test_a_heartbeat_carries_the_view_only_when_it_is_behind(hall, desk, way):
    candidate = hall.candidate().started(desk)
    socket = hall.socketio.test_client(
        hall.app,
        namespace="/candidate",
        auth={"tab": candidate.tab, "epoch": candidate.epoch},
        flask_test_client=candidate.client,
    )

    def beat(**more):
        body = candidate.heartbeat(**more)
        if way == "http":
            return candidate.post("heartbeat", body).json
        return socket.emit("beat", body, namespace="/candidate", callback=True)

    level = beat()
    assert level["view"] is None
    assert level["running"] is True
    assert beat(state_version=0)["view"]["item"] == candidate.view["item"]
    assert beat(beat=0)["error"] == "bad_request"


def test_a_stall_is_remembered_for_ten_seconds_and_no_longer():
    clock = [0]
    late = Lateness(lambda: clock[0])
    late.swept()
    clock[0] = 30_500
    assert late.swept() == 30_000
    clock[0] += 500
    assert late.swept() == 30_000
    for _ in range(10):
        clock[0] += 1_000
        late.swept()
    assert late.ms() == 0


def test_who_stays_silent_after_the_stall_is_found_all_the_same(hall, desk):
    candidate = hall.candidate().started(desk)
    candidate.beat()
    hall.clock.pass_(30)
    hall.pass_(25)
    assert hall.state(candidate).loss is not None


def test_the_ordinary_jitter_of_a_busy_machine_is_nobodys_excuse():
    clock = [0]
    late = Lateness(lambda: clock[0])
    late.swept()
    for _ in range(40):
        clock[0] += 900
        assert late.swept() == 0


def test_a_silence_is_noted_within_nine_seconds(hall, desk):
    candidate = hall.candidate().started(desk)
    candidate.beat()
    hall.pass_(9, step=0.3)
    assert hall.state(candidate).loss is not None
