"""Item parameters before anybody has answered: a documented prior from what the author said, marked provisional.

Model 3PL with D = 1: P(theta) = c + (1 - c) / (1 + exp(-a (theta - b))).
- b from the author's expected difficulty. Judged and observed difficulty agree only moderately (Impara and Plake 1998,
  on teachers' estimates), so the steps are small: easy and hard lie 0.8 logits either side of medium.
- a = 1 for every item: nothing is known about discrimination, and a cautious value keeps the posterior wide.
- c is the chance that a blind but valid response is right: 1/n for one of n options; less for the other interactions
  (1 of 2^n - 1 non-empty sets, 1 of n! orders, 1 of n!/(n - m)! ways to pair m rows with n targets); 0 for a number.
  Real guessing tends to lie below 1/n (Lord 1980, Applications of Item Response Theory, on multiple choice), so this
  errs against the candidate's luck, not against the candidate's knowledge being noticed.
These numbers serve a first test and a simulation; a certifying decision on them needs an exception signed by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import factorial, perm

from itembank.errors import Refused
from itembank.items import Difficulty, Item

MODEL = "3PL"
DISCRIMINATION = 1.0
DIFFICULTY: Mapping[Difficulty, float] = {"easy": -0.8, "medium": 0.0, "hard": 0.8}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemParameters:
    """Parameters of one item version; `provisional` until a calibration replaces them."""

    model: str
    a: float
    b: float
    c: float
    d: float
    provisional: bool


def parameters(item: Item) -> ItemParameters:
    """The prior of one item. Refused: incomplete (nobody has judged its difficulty, and none is assumed)."""
    if item.expected_difficulty is None:
        raise Refused("incomplete", item.version_id)
    return ItemParameters(
        model=MODEL,
        a=DISCRIMINATION,
        b=DIFFICULTY[item.expected_difficulty],
        c=blind_chance(item),
        d=1.0,
        provisional=True,
    )


def parameters_of(items: Iterable[Item]) -> dict[str, ItemParameters]:
    """The priors of many items, by item version id. Refused: incomplete."""
    return {item.version_id: parameters(item) for item in items}


def blind_chance(item: Item) -> float:
    """The probability that a valid response given blindly is right."""
    n = len(item.options)
    ways = {
        "single": n,
        "multiple": 2**n - 1,
        "order": factorial(n),
        "match": perm(len(item.targets), n),
    }
    return 0.0 if item.interaction == "numeric" else 1 / ways[item.interaction]
