"""Which calibrations have an answer: options that contradict each other, scales nothing ties together.

Rules (second-order model: Sheng & Wikle 2008; groups: Bock & Zimowski 1997):
- Lambda needs three outcomes (two correlations do not part three loadings) of two items each (one item's slope and its
  outcome's lambda cannot be told apart).
- Every group has its own mean and SD in every outcome. They are told from items: each group must meet items of the
  outcome that tie it, directly or through other groups, to the first group, or to fixed items where the outcome has
  such. Without that tie the scales of two groups are two scales.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.calibrate.priors import Priors
from engine.parameters import ParameterError
from engine.poolfile import ParameterTable
from engine.responses import ResponseMatrix, ResponsesError


class FixedItemsError(ParameterError):
    """The fixed items do not fit the responses."""


class OutcomesError(ParameterError):
    """The Q matrix does not fit the responses or the model."""


FREE_VARIANCE = ("Rasch", "1PL", "PCM")


def refuse(
    matrix: ResponseMatrix,
    model: str,
    priors: Priors,
    fixed: ParameterTable | None,
    outcomes: Mapping[str, str] | None,
) -> None:
    """Raise ParameterError (or a kind of it) for options that contradict each other, ResponsesError for the data."""
    if not matrix.persons:
        raise ResponsesError("there is nobody to calibrate on")
    if fixed is not None:
        both = [item for item in matrix.items if item in set(fixed.items)]
        if not both:
            raise FixedItemsError("none of the fixed items is among the responses")
        if len(both) == len(matrix.items):
            raise FixedItemsError("every item is fixed; there is nothing to estimate")
    if priors.c is not None and model not in ("3PL", "4PL"):
        raise ParameterError(f"the {model} has no c to put a prior on")
    if priors.a is not None and model in (*FREE_VARIANCE, "nominal"):
        raise ParameterError(f"the {model} has no a per item to put a prior on")
    if priors.b is not None and model == "nominal":
        raise ParameterError("the nominal model has no b to put a prior on")
    if outcomes is not None:
        _refuse_outcomes(matrix, model, outcomes)
    names = tuple(dict.fromkeys(outcomes[item] for item in matrix.items)) if outcomes is not None else ("",)
    for name in names:
        mine = np.array([outcomes is None or outcomes[item] == name for item in matrix.items])
        known = np.array([fixed is not None and item in set(fixed.items) for item in matrix.items])
        _refuse_loose_groups(matrix, mine, known & mine, name)


def _refuse_outcomes(matrix: ResponseMatrix, model: str, outcomes: Mapping[str, str]) -> None:
    if model == "1PL":
        raise OutcomesError(
            "with a Q matrix the 1PL would need a slope per outcome; the Rasch model frees an SD per one"
        )
    for item in matrix.items:
        if item not in outcomes:
            raise OutcomesError(f"the Q matrix gives item {item} no outcome")
    given = [outcomes[item] for item in matrix.items]
    if len(set(given)) < 3:
        raise OutcomesError("lambda cannot be told apart with fewer than three outcomes")
    for name in dict.fromkeys(given):
        if given.count(name) < 2:
            raise OutcomesError(f"outcome {name} has one item: its lambda cannot be told from the item's slope")


def _refuse_loose_groups(
    matrix: ResponseMatrix, mine: NDArray[np.bool_], known: NDArray[np.bool_], outcome: str
) -> None:
    """Every group must be tied to the first one, or to the fixed items of an outcome that has such."""
    groups = tuple(dict.fromkeys(matrix.group)) if matrix.group is not None else ("",)
    where = f" of outcome {outcome}" if outcome else ""
    met = _met(matrix, groups, mine)
    for name, row in zip(groups, met, strict=True):
        if matrix.group is not None and not row.any():
            raise ResponsesError(f"group {name} met no item{where}; nothing can be said about it")
    first: NDArray[np.bool_] = np.arange(len(groups)) == 0
    tied: NDArray[np.bool_] = np.any(met & known, axis=1) if known.any() else first
    for _ in groups:
        tied = tied | np.any(met & np.any(met[tied], axis=0), axis=1)
    for name, there in zip(groups, tied.tolist(), strict=True):
        if not there:
            to = "the fixed ones" if known.any() else f"those of group {groups[0]}"
            who = f"group {name}" if matrix.group is not None else "the persons"
            raise ResponsesError(f"no items{where} tie {who} to {to}; the two scales cannot be compared")


def _met(matrix: ResponseMatrix, groups: Sequence[str], mine: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which items of an outcome somebody of each group met, (groups, J); weight 0 does not count."""
    present = matrix.presented if matrix.weight is None else matrix.presented & (matrix.weight > 0)[:, None]
    if matrix.group is None:
        return np.asarray(present.any(axis=0) & mine)[None]
    of = np.array(matrix.group, dtype=object)
    return np.stack([present[of == name].any(axis=0) & mine for name in groups])
