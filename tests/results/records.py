"""One candidate's result and course, made by hand for the tests of records and protocols."""

from datetime import date

from results.course import Course, IncidentLine, Interruption, MessageLine, Supervisor
from results.practice import PracticeEntry
from results.record import TestedOutcome, build
from results.rules import Value, parse
from results.scheme import Unit

RULE = parse(
    {
        "all_of": [
            {
                "part": "theory",
                "basis": "stated",
                "rule": {
                    "for_each": {
                        "level": "outcome",
                        "where": {"part": "theory"},
                        "basis": "derived",
                        "rule": {
                            "cut": {
                                "measure": "p_mastery",
                                "value": 0.8,
                                "not_met_at": 0.2,
                                "min_items": 3,
                                "every_criterion_sampled": True,
                                "basis": "institution_default",
                            }
                        },
                    }
                },
            },
            {
                "part": "practice",
                "basis": "stated",
                "rule": {
                    "for_each": {
                        "level": "outcome",
                        "where": {"part": "practice"},
                        "rule": {
                            "for_each": {
                                "level": "criterion",
                                "where": {"part": "practice", "binding": True},
                                "rule": {"met": "self"},
                            }
                        },
                    }
                },
            },
        ]
    }
)
LABELS = {"final_met": "pozytywny", "final_not_met": "negatywny"}


def leaf(name, *parts):
    return Unit(id=name, level="criterion", title=f"wyjaśnia zasady kryterium {name}", parts=parts)


def outcome(name, title, *leaves):
    return Unit(id=name, level="outcome", title=title, children=leaves)


TREE = Unit(
    id="CRM",
    level="qualification",
    title="Zarządzanie relacjami z klientem",
    children=(
        Unit(
            id="CRM.1",
            level="set",
            title="Gromadzenie danych",
            children=(
                outcome("CRM.1.1", "Pozyskuje dane klientów", leaf("CRM.1.1.1", "theory"), leaf("CRM.1.1.2", "theory")),
                outcome(
                    "CRM.1.2", "Wprowadza dane klientów", leaf("CRM.1.2.1", "theory"), leaf("CRM.1.2.2", "practice")
                ),
                outcome("CRM.1.3", "Zabezpiecza dane klientów", leaf("CRM.1.3.1", "theory")),
            ),
        ),
        Unit(
            id="CRM.2",
            level="set",
            title="Obsługa klienta",
            children=(
                outcome("CRM.2.1", "Projektuje lejki sprzedaży", leaf("CRM.2.1.1", "practice")),
                outcome("CRM.2.2", "Sporządza raporty", leaf("CRM.2.2.1", "theory")),
            ),
        ),
    ),
)
ENTRY = PracticeEntry(
    criterion="CRM.1.2.2", decision=Value.MET, method="simulation", assessor="Asesor 01", on=date(2026, 11, 20)
)
LAST_ENTRY = PracticeEntry(
    criterion="CRM.2.1.1", decision=Value.MET, method="interview", assessor="Asesor 02", on=date(2026, 11, 21)
)


def tested(name, decision, closed, mastery, items, **criteria):
    return TestedOutcome(
        outcome=name,
        decision=decision,
        closed=closed,
        evidence="guarded",
        mastery_micro=round(mastery * 1_000_000),
        items=items,
        criteria={key.replace("_", "."): n for key, n in criteria.items()},
    )


MET_1 = tested("CRM.1.1", Value.MET, "early", 0.97, 6, CRM_1_1_1=3, CRM_1_1_2=3)
MET_2 = tested("CRM.1.2", Value.MET, "early", 0.91, 4, CRM_1_2_1=4)
FAILED_3 = tested("CRM.1.3", Value.NOT_MET, "early", 0.06, 10, CRM_1_3_1=10)
OPEN_5 = tested("CRM.2.2", Value.UNDETERMINED, "limit", 0.58, 12, CRM_2_2_1=12)
MET_3 = tested("CRM.1.3", Value.MET, "limit", 0.83, 10, CRM_1_3_1=10)
MET_5 = tested("CRM.2.2", Value.MET, "early", 0.95, 5, CRM_2_2_1=5)


def record_of(*rows, practice=(ENTRY,), provisional=True, at_limit="undetermined"):
    return build(TREE, RULE, LABELS, rows, practice, provisional=provisional, at_limit=at_limit)


MIXED = record_of(MET_1, MET_2, FAILED_3, OPEN_5)
PASSED = record_of(MET_1, MET_2, MET_3, MET_5, practice=(ENTRY, LAST_ENTRY))

STARTED = 1_795_334_400_000
COURSE = Course(
    sitting="sit-07",
    exam_session="CRM, 22.11.2026",
    room="sala 2",
    seat="07",
    station="PC-07",
    candidate="Kandydat 07",
    reference="CRM/2026/07",
    checked_in_ms=STARTED - 900_000,
    authorised_ms=STARTED - 120_000,
    started_ms=STARTED,
    ended_ms=STARTED + 2_934_000,
    end_reason="stop_rule",
    allowed_ms=75 * 60_000,
    planned_ms=0,
    incident_ms=120_000,
    charged_ms=2_832_000,
    answered=32,
    omitted=1,
    quarantined=2,
    interruptions=(
        Interruption(reason="disconnected", began_ms=STARTED + 600_000, ended_ms=STARTED + 702_000, charged_ms=0),
        Interruption(reason="paused:health", began_ms=STARTED + 900_000, ended_ms=None, charged_ms=4_000),
    ),
    incidents=(
        IncidentLine(
            id="incident-1",
            category="connection",
            began_ms=STARTED + 600_000,
            ended_ms=STARTED + 702_000,
            action="connection_restored",
            note="Przełącznik w sali 2 uruchomiono ponownie.",
        ),
    ),
    messages=(
        MessageLine(
            sender="Operator 01",
            template="connection_checked",
            text="",
            sent_ms=STARTED + 620_000,
            shown_ms=STARTED + 702_000,
            read_ms=STARTED + 711_000,
        ),
        MessageLine(
            sender="Operator 01",
            template="free",
            text="Proszę nie zamykać okna.",
            sent_ms=STARTED + 930_000,
            shown_ms=None,
            read_ms=None,
        ),
    ),
    supervisors=(
        Supervisor(name="Operator 01", capacity="operator", first_ms=STARTED - 900_000, last_ms=STARTED + 960_000),
    ),
    chain_head="9f2c41d708be6a53" * 4,
    events=214,
    checkpoint="ab12cd34" * 16,
)
