"""A small exam room for tests: a real engine pool and plan, a clock that is turned by hand, a desk over a log."""

from functools import cache
from hashlib import sha256

import engine
from proctor import commands as c
from proctor.delivery import Delivery
from proctor.desk import Desk
from proctor.exam import Exam
from proctor.ids import CANDIDATE, SERVER, CandidateId, CommandId, Commitment, ExamSessionId, SittingId, staff
from proctor.log import MemoryLog

SESSION = ExamSessionId("exam-1")
SITTING = SittingId("sitting-1")
OPERATOR = staff("op-1")
SUPERVISOR = staff("sup-1")
NOTE = Commitment("note-commitment")
ALLOWED_MS = 30 * 60_000
START_OF_DAY = 1_700_000_000_000
DEVICE, TAB = Commitment("device-a"), Commitment("tab-a")
CHOICES = ("A", "B", "C")


@cache
def compiled(outcomes=2, least=2, most=4, items=6):
    """A pool of a few items per outcome, two criteria each, and a plan on it."""
    rows = [
        engine.PoolItem(
            item=f"O{k}-{n:02d}@1",
            outcome=f"X.{k}",
            criteria=(f"X.{k}.{n % 2}",),
            model="2PL",
            a=1.2,
            b=n / items - 0.5,
        )
        for k in range(outcomes)
        for n in range(items)
    ]
    plan = {
        "outcomes": {f"X.{k}": {"cut": 0.0, "min_items": least, "max_items": most} for k in range(outcomes)},
        "selection": {"criterion": "information_at_cut", "randomesque": 2, "max_exposure": 1},
        "stopping": {"rule": "posterior", "alpha": 0.05},
        "at_limit": "forced",
    }
    return engine.compile(engine.ItemPool.build(rows), engine.Plan.parse(plan))


def arrange(item, draw):
    """The authored ids turned by a draw."""
    turn = int(draw.uniform(f"turn {item}") * 3)
    return CHOICES[turn:] + CHOICES[:turn], ()


def mark(item, choices, targets, response):
    """Shown ids are places from 1; the key is always "A"."""
    if response is None:
        return (), True, 0
    if len(response) != 1 or response[0] not in ("1", "2", "3"):
        raise ValueError(f"{response} does not fit a single choice")
    authored = choices[int(response[0]) - 1]
    return (authored,), False, int(authored == "A")


def exam(delivery=None, **plan):
    return Exam(plan=compiled(**plan), delivery=delivery or Delivery(), arrange=arrange, mark=mark)


def secret_of(sitting):
    return sha256(b"secret of " + sitting.encode()).digest()


class Clock:
    """Server time in milliseconds, turned by hand."""

    def __init__(self, now=START_OF_DAY):
        self.now = now

    def __call__(self):
        return self.now

    def wait(self, ms):
        self.now += ms


class Room:
    """One exam session with a desk, and short words for what people do in it."""

    def __init__(self, log=None, clock=None, delivery=None, worker="w", **plan):
        self.clock = clock or Clock()
        self.log = log if log is not None else MemoryLog()
        self.exam = exam(delivery, **plan)
        self.announced = []
        self.worker = worker
        self.sent = 0
        self.desk = self.another_desk()

    def another_desk(self, log=None):
        return Desk(
            log=log if log is not None else self.log,
            exams=lambda session: self.exam,
            secrets=secret_of,
            now=self.clock,
            announce=lambda state, rows: self.announced.append(rows),
        )

    # ---- sending
    def send(self, make, sitting=SITTING, /, command_id=None, actor=CANDIDATE, desk=None, **fields):
        self.sent += 1
        command = make(command_id=CommandId(command_id or f"{self.worker}{self.sent}"), actor=actor, **fields)
        return (desk or self.desk).handle(sitting, command)

    def state(self, sitting=SITTING):
        return self.desk.state(sitting)

    def tenure(self, sitting=SITTING, device=None, tab=None, epoch=None):
        lease = self.state(sitting).lease
        return c.Tenure(
            device=device or (lease.device if lease else DEVICE),
            tab=tab or (lease.tab if lease else TAB),
            epoch=epoch if epoch is not None else (lease.epoch if lease else 0),
        )

    # ---- the road of a candidate
    def registered(self, sitting=SITTING, allowed_ms=ALLOWED_MS):
        handled = self.send(
            c.Register, sitting, actor=OPERATOR, sitting=sitting, exam_session=SESSION,
            candidate=CandidateId(f"person of {sitting}"), seat=f"seat of {sitting}",
            plan_digest=self.exam.plan.plan.digest, pool_digest=self.exam.plan.pool.digest,
            secret_commitment=sha256(secret_of(sitting)).hexdigest(), allowed_ms=allowed_ms,
        )  # fmt: skip
        assert handled.refused is None
        return self

    def checked_in(self, sitting=SITTING, **registration):
        self.registered(sitting, **registration)
        assert self.check_in(sitting).refused is None
        return self

    def leased(self, sitting=SITTING, **registration):
        self.checked_in(sitting, **registration)
        self.seat_code(sitting=sitting)
        assert self.open_lease(sitting, code_epoch=self.state(sitting).epoch).refused is None
        return self

    def awaiting(self, sitting=SITTING, **registration):
        self.leased(sitting, **registration)
        assert self.browser(sitting).refused is None
        assert self.identity(sitting).refused is None
        return self

    def authorised(self, sitting=SITTING, **registration):
        self.awaiting(sitting, **registration)
        assert self.authorise(sitting).refused is None
        return self

    def running(self, sitting=SITTING, **registration):
        self.authorised(sitting, **registration)
        assert self.start(sitting).refused is None
        return self

    # ---- single acts
    def check_in(self, sitting=SITTING):
        document = Commitment("document")
        return self.send(c.CheckIn, sitting, actor=OPERATOR, document_kind="id_card", document=document, station="S1")

    def seat_code(self, reason="first", sitting=SITTING):
        return self.send(c.IssueSeatCode, sitting, actor=OPERATOR, reason=reason)

    def open_lease(self, sitting=SITTING, device=DEVICE, tab=TAB, code_epoch=None, previous_seen_ms=None):
        return self.send(
            c.OpenLease, sitting, device=device, tab=tab, code_epoch=code_epoch, previous_seen_ms=previous_seen_ms
        )

    def browser(self, sitting=SITTING, failed=()):
        return self.send(c.ReportBrowser, sitting, tenure=self.tenure(sitting), failed=failed, browser="Chromium 140")

    def identity(self, sitting=SITTING):
        return self.send(c.ConfirmIdentity, sitting, tenure=self.tenure(sitting))

    def authorise(self, sitting=SITTING):
        return self.send(c.Authorise, sitting, actor=OPERATOR)

    def start(self, sitting=SITTING):
        return self.send(c.Start, sitting, tenure=self.tenure(sitting))

    def answer(
        self, sitting=SITTING, response=("1",), answer_id=None, attempt=None, tenure=None, visible_ms=0, desk=None
    ):
        state = self.state(sitting)
        self.sent += 1
        answer_id = answer_id or f"answer-{self.worker}{self.sent}"
        presented = state.presented.attempt if state.presented else "nothing"
        return self.send(
            c.SubmitAnswer, sitting, tenure=tenure or self.tenure(sitting), attempt=attempt or presented,
            answer_id=answer_id, client_seq=self.sent, response=response, visible_ms=visible_ms, desk=desk,
        )  # fmt: skip

    def silence(self, sitting=SITTING, last_seen_ms=0, epoch=None):
        lease = self.state(sitting).lease
        epoch = epoch if epoch is not None else (lease.epoch if lease else 0)
        return self.send(c.NoteSilence, sitting, actor=SERVER, epoch=epoch, last_seen_ms=last_seen_ms)

    def lose(self, sitting=SITTING, ms=10_000):
        """The candidate falls silent for `ms` and the sweep notes it."""
        self.clock.wait(ms)
        return self.silence(sitting, last_seen_ms=self.clock.now - ms)

    def reconnect(self, sitting=SITTING, uncovered_ms=0):
        return self.send(c.Reconnect, sitting, tenure=self.tenure(sitting), uncovered_ms=uncovered_ms)

    def place(self, hold="paused", sitting=SITTING, reason="other", note=None):
        return self.send(c.PlaceHold, sitting, actor=OPERATOR, hold=hold, reason=reason, note=note)

    def lift(self, hold="paused", sitting=SITTING, reason="other", note=None, charge_ms=0):
        return self.send(c.LiftHold, sitting, actor=OPERATOR, hold=hold, reason=reason, note=note, charge_ms=charge_ms)

    def grant(self, granted_ms, sitting=SITTING, kind="incident", reason="technical", beyond_limit=False):
        return self.send(
            c.GrantTime, sitting, actor=OPERATOR, granted_ms=granted_ms, kind=kind, reason=reason, note=None,
            beyond_limit=beyond_limit,
        )  # fmt: skip

    def terminate(self, sitting=SITTING, reason="misconduct", note=NOTE):
        return self.send(c.Terminate, sitting, actor=OPERATOR, reason=reason, note=note)

    def reopen(self, sitting=SITTING, actor=SUPERVISOR, reason="technical_fault", note=NOTE):
        return self.send(c.Reopen, sitting, actor=actor, reason=reason, note=note)

    def report_incident(self, sitting=SITTING, category="health", note=NOTE):
        return self.send(c.ReportIncident, sitting, actor=OPERATOR, category=category, note=note)

    def close_incident(self, sitting=SITTING, incident="incident-1", action="reported"):
        return self.send(c.CloseIncident, sitting, actor=OPERATOR, incident=incident, action=action, note=None)

    def message(self, sitting=SITTING, template="operator_comes", text=None):
        return self.send(c.SendMessage, sitting, actor=OPERATOR, template=template, text=text)

    def shown(self, message="message-1", sitting=SITTING, tenure=None):
        return self.send(c.ReportMessageShown, sitting, tenure=tenure or self.tenure(sitting), message=message)

    def read(self, message="message-1", sitting=SITTING, tenure=None):
        return self.send(c.AcknowledgeMessage, sitting, tenure=tenure or self.tenure(sitting), message=message)

    def end(self, sitting=SITTING):
        return self.send(c.EndExam, sitting, tenure=self.tenure(sitting))

    def end_time(self, sitting=SITTING):
        return self.send(c.EndTime, sitting, actor=SERVER)

    def kinds(self, handled=None, sitting=SITTING):
        rows = handled.recorded if handled is not None else self.log.read(sitting)
        return [row.type for row in rows]
