"""What the options of all commands share: numbers that are finite, and the refusal of an option that does not apply."""

from __future__ import annotations

import math
from typing import Any

import click
from click.core import ParameterSource

from web.cli_exits import stop


class Finite(click.types.FloatParamType):
    """A number; nan and inf are none."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number of this text."""
        found: float = super().convert(value, param, ctx)
        if not math.isfinite(found):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return found


class FiniteRange(click.FloatRange):
    """A number in a range; nan and inf are none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number of this text."""
        FINITE.convert(value, param, ctx)
        found: float = super().convert(value, param, ctx)
        return found


FINITE = Finite()
ABOVE_NOUGHT = FiniteRange(min=0, min_open=True)
SHARE = FiniteRange(0, 1, min_open=True, max_open=True)


def refuse_given(reason: str, *names: str) -> None:
    """Stop with `reason` when one of the parameters of this name stands on the command line; defaults do not count."""
    context = click.get_current_context()
    for parameter in context.command.params:
        if parameter.name in names and context.get_parameter_source(parameter.name) is not ParameterSource.DEFAULT:
            shown = parameter.opts[0] if isinstance(parameter, click.Option) else parameter.human_readable_name
            stop(f"{shown} does not apply: {reason}")
