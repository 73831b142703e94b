"""How results are put into words: one phrase per code, and numbers, instants and spans as a language writes them.

Rules:
- the words come from outside (`say`), so the same phrases serve pages and documents in every language;
- an instant is written in the zone of the institution, a probability with two digits, a span to the second;
- a code nobody has words for is written as it stands, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Protocol

from results.rules import Basis, Value


class Say(Protocol):
    """An English sentence in the language of the reader, its {placeholders} filled."""

    def __call__(self, msgid: str, /, **values: str | int) -> str:
        """The sentence."""
        ...


def mark(msgid: str) -> str:
    """The sentence itself: marks it for collection where it is only put into words later."""
    return msgid


def english(msgid: str, /, **values: str | int) -> str:
    """A `Say` for programs and logs: the English sentence with its {placeholders} filled."""
    for name, value in values.items():
        msgid = msgid.replace("{" + name + "}", str(value))
    return msgid


DAYS: Mapping[str, str] = {"pl": "%d.%m.%Y", "cs": "%d.%m.%Y", "ru": "%d.%m.%Y", "kk": "%d.%m.%Y"}
ISO_DAY = "%Y-%m-%d"
COMMA = frozenset({"pl", "cs", "ru", "kk"})
NONE = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """Language, words and time zone of a page or document."""

    language: str
    say: Say
    zone: tzinfo = UTC

    def number(self, value: float, digits: int = 2) -> str:
        """A number with so many digits after the mark of the language; a true minus sign."""
        text = f"{value:.{digits}f}"
        if float(text) == 0:
            text = text.lstrip("-")
        text = text.replace("-", "−")
        return text.replace(".", ",") if self.language in COMMA else text

    def day(self, when: date) -> str:
        """A calendar day."""
        return when.strftime(DAYS.get(self.language, ISO_DAY))

    def instant(self, ms: int | None) -> str:
        """Day and time to the second of an instant in ms since the epoch; a dash for None."""
        if ms is None:
            return NONE
        local = datetime.fromtimestamp(ms / 1000, self.zone)
        return f"{self.day(local)}, {local:%H:%M:%S}"

    def minute(self, ms: int) -> str:
        """Day and time to the minute of an instant: for what is scheduled."""
        return self.instant(ms)[: -len(":00")]

    def moment(self, ms: int | None) -> str:
        """Time of day to the second; a dash for None."""
        return NONE if ms is None else f"{datetime.fromtimestamp(ms / 1000, self.zone):%H:%M:%S}"

    def on(self, ms: int) -> str:
        """The day of an instant."""
        return self.day(datetime.fromtimestamp(ms / 1000, self.zone))

    def span(self, ms: int) -> str:
        """A duration in hours, minutes and seconds; parts above the largest that is needed are left out."""
        seconds = round(ms / 1000)
        hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
        parts = [f"{hours} h"] if hours else []
        parts += [f"{minutes} min"] if minutes or hours else []
        return " ".join([*parts, f"{rest} s"])


def outcome_word(say: Say, value: Value | None) -> str:
    """The decision on an outcome; None: the theory part does not verify it."""
    if value is None:
        return say("Practical part")
    return {
        Value.MET: lambda: say("Met"),
        Value.NOT_MET: lambda: say("Not met"),
        Value.UNDETERMINED: lambda: say("Undetermined"),
    }[value]()


def criterion_word(say: Say, value: Value | None) -> str:
    """The committee's decision on a criterion; None: none yet."""
    if value is None:
        return say("no entry yet")
    return say("fulfilled") if value is Value.MET else say("not fulfilled")


def result_word(say: Say, value: Value) -> str:
    """The result of a part or of the whole qualification."""
    return {
        Value.MET: lambda: say("positive result"),
        Value.NOT_MET: lambda: say("negative result"),
        Value.UNDETERMINED: lambda: say("not decided yet"),
    }[value]()


def basis_word(say: Say, basis: str | None) -> str:
    """Where a rule comes from."""
    words: Mapping[str | None, Callable[[], str]] = {
        Basis.STATED: lambda: say("Stated in the standard"),
        Basis.DERIVED: lambda: say("Derived from the standard"),
        Basis.INSTITUTION_DEFAULT: lambda: say("Decision of the institution"),
        None: lambda: say("Basis not named"),
    }
    return words[basis]()


def message_word(say: Say, template: str, text: str) -> str:
    """What the operator told the candidate; the player says the same in the candidate's language."""
    if template == "free":
        return text or say("The text of this message is no longer kept.")
    return _word(
        template,
        {
            "operator_comes": lambda: say("Please wait at your station. The operator is coming to you."),
            "connection_checked": lambda: say(
                "Your connection is being looked at. While the item is covered, your time stands still."
            ),
            "pause_soon": lambda: say(
                "The test will be paused in a moment. Your time will stand still and nothing will be lost."
            ),
            "break_soon": lambda: say("Five minutes until the break."),
            "keep_silence": lambda: say("Please keep silence in the room."),
            "stay_at_station": lambda: say(
                "When you have finished, please stay at your station until the operator comes."
            ),
        },
    )


def mode_word(say: Say, evidence: str | None) -> str:
    """What answers count for an outcome (the evidence mode of the plan)."""
    return _word(
        evidence,
        {
            "own": lambda: say("answers on this outcome only"),
            "guarded": lambda: say("answers on this outcome, others to a limited degree"),
            "joint": lambda: say("answers on all outcomes together"),
        },
    )


def method_word(say: Say, method: str) -> str:
    """A method of the practical part."""
    return _word(method, {"simulation": lambda: say("simulation"), "interview": lambda: say("interview")})


def end_word(say: Say, reason: str | None) -> str:
    """Why the sitting ended."""
    return _word(
        reason,
        {
            "stop_rule": lambda: say("every outcome was decided"),
            "maximum_length": lambda: say("the largest number of items was reached"),
            "pool_exhausted": lambda: say("there were no further suitable items"),
            "candidate": lambda: say("the candidate ended the test"),
            "time": lambda: say("the time was used up"),
            "terminated": lambda: say("ended early by the chief operator"),
            "cancelled": lambda: say("the booking was taken back"),
            "no_show": lambda: say("the candidate did not come"),
        },
    )


def interruption_word(say: Say, reason: str) -> str:
    """Why the clock stood: a hold, and behind a colon the reason it was placed for."""
    hold, _, why = reason.partition(":")
    said = _hold_word(say, hold)
    return f"{said}: {_word(why, _reasons(say))}" if why else said


def _hold_word(say: Say, reason: str) -> str:
    return _word(
        reason,
        {
            "disconnected": lambda: say("connection lost (technical)"),
            "paused": lambda: say("paused by the operator"),
            "locked": lambda: say("locked"),
            "break": lambda: say("break"),
            "transfer": lambda: say("move to another station"),
            "technical": lambda: say("technical stop"),
            "review": lambda: say("waiting for the operator's decision"),
            "reopened": lambda: say("reopened"),
            **_reasons(say),
        },
    )


def incident_word(say: Say, category: str) -> str:
    """What an incident was."""
    return _word(
        category,
        {
            "connection": lambda: say("connection lost (technical)"),
            "outage": lambda: say("connection lost in the whole room (technical)"),
            "termination": lambda: say("test ended early"),
            **_reasons(say),
        },
    )


def action_word(say: Say, action: str) -> str:
    """What was done about an incident."""
    return _word(
        action,
        {
            "": lambda: NONE,
            "connection_restored": lambda: say("connection restored, same item, no answer lost"),
            "time_given": lambda: say("time was given"),
            "station_changed": lambda: say("another station was given"),
            "restarted": lambda: say("computer or browser was restarted"),
            "candidate_informed": lambda: say("the candidate was told"),
            "reported": lambda: say("it was passed on"),
            "nothing_needed": lambda: say("nothing had to be done"),
            **_reasons(say),
        },
    )


def capacity_word(say: Say, capacity: str) -> str:
    """In which capacity somebody acted on a sitting."""
    return _word(
        capacity,
        {
            "operator": lambda: say("exam-system operator"),
            "chief_operator": lambda: say("chief operator"),
            "chief": lambda: say("chief operator"),
            "supervisor": lambda: say("supervisor"),
            "staff": lambda: say("member of staff"),
        },
    )


def _reasons(say: Say) -> Mapping[str, Callable[[], str]]:
    return {
        "technical_fault": lambda: say("technical fault"),
        "health": lambda: say("health"),
        "candidate_request": lambda: say("wish of the candidate"),
        "disturbance": lambda: say("disturbance in the room"),
        "accommodation": lambda: say("accommodation"),
        "identity": lambda: say("doubt about identity"),
        "rules_violation": lambda: say("breach of the rules"),
        "other": lambda: say("another reason"),
        "long_silence": lambda: say("long silence"),
        "many_drops": lambda: say("many losses of connection"),
    }


def _word(code: str | None, words: Mapping[str, Callable[[], str]]) -> str:
    if code is None:
        return NONE
    found = words.get(code)
    return found() if found is not None else code
