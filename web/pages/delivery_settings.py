"""The delivery settings on the form of a new exam session: whatever is left empty stays as the standard proposes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from proctor import delivery
from proctor.delivery import RANGES, Delivery, DeliveryError
from web.errors import Problem
from web.language import t
from web.pages.forms import Form

SECOND_MS, MINUTE_MS = 1_000, 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting as people write it: `unit` is what 1 stands for, `label` its words in the reader's language."""

    name: str
    unit: int
    label: Callable[[], str]

    @property
    def least(self) -> int:
        """The least that may be written."""
        return -(-RANGES[self.name][0] // self.unit)

    @property
    def greatest(self) -> int:
        """The greatest that may be written."""
        return RANGES[self.name][1] // self.unit


SETTINGS = (
    Setting(
        name="operator_grant_limit_ms",
        unit=MINUTE_MS,
        label=lambda: t("Time an operator may add, planned or incident (minutes)"),
    ),
    Setting(
        name="credit_limit_ms",
        unit=MINUTE_MS,
        label=lambda: t("Longest silence given back without a decision (minutes)"),
    ),
    Setting(name="free_drops", unit=1, label=lambda: t("Losses of connection without a decision")),
    Setting(name="authorisation_ms", unit=MINUTE_MS, label=lambda: t("An authorisation lapses after (minutes)")),
    Setting(name="heartbeat_ms", unit=SECOND_MS, label=lambda: t("A sign of life every (seconds)")),
    Setting(name="unstable_after_ms", unit=SECOND_MS, label=lambda: t("Unstable after (seconds)")),
    Setting(name="offline_after_ms", unit=SECOND_MS, label=lambda: t("Without connection after (seconds)")),
    Setting(name="incident_after_ms", unit=SECOND_MS, label=lambda: t("A loss is an incident after (seconds)")),
    Setting(name="outage_sittings", unit=1, label=lambda: t("From so many losses on, an outage of the room")),
    Setting(name="outage_window_ms", unit=SECOND_MS, label=lambda: t("These losses begin within (seconds)")),
)  # fmt: skip


def chosen(form: Form, proposed: Mapping[str, Any]) -> Delivery:
    """The proposed settings with what was written; what cannot be is an error of its field.

    Problem: ``plan_impossible`` when what the standard proposes cannot be.
    """
    written = {}
    for setting in SETTINGS:
        typed = form.values.get(setting.name, "").strip()
        if not typed:
            continue
        if not (typed.isascii() and typed.isdecimal() and setting.least <= int(typed) <= setting.greatest):
            form.errors[setting.name] = t(
                "Write a whole number from {low} to {high}.", low=setting.least, high=setting.greatest
            )
            continue
        written[setting.name] = int(typed) * setting.unit
    try:
        return delivery.read({**proposed, **written})
    except DeliveryError as error:
        found = next((one for one in SETTINGS if one.name == error.setting), None)
        if found is None or error.least is None:  # what the standard proposes cannot be
            raise Problem("plan_impossible", place=str(error)) from None
        least = -(-error.least // found.unit)
        form.errors[found.name] = t("With the other settings at least {n} is needed here.", n=least)
        return Delivery()


def shown(settings: Delivery) -> list[tuple[str, int]]:
    """Labels and frozen values, in the units of the form."""
    values = asdict(settings)
    return [(setting.label(), values[setting.name] // setting.unit) for setting in SETTINGS]
