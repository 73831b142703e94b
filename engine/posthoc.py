"""Post-hoc simulation: the plan on real answers, each person's test drawn from the items that person has answered.

Rules:
- The truth is what all of a person's answers on the outcome say: own mastery at least .5 is met. So "accuracy" is
  agreement with the decision on all answers, and never more than their own accuracy.
- An item without an answer is closed to that person; where this leaves no complete form, minimums are served as far as
  they go and what they miss ends undetermined.
- A person without any answer on an outcome has no truth there and is left out, and the number is said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.compiled import CompiledTest
from engine.lockstep import walk
from engine.posterior import Standing
from engine.responses import ResponseMatrix, ResponsesError
from engine.simulate import BATCH, Sittings, joined, secrets_of, summed_up

SETTLED = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Replayed:
    """The sittings of the persons kept, and how many were left out."""

    sittings: Sittings
    left_out: int


def replay(
    test: CompiledTest,
    matrix: ResponseMatrix,
    n: int | None,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> Replayed:
    """Let the matrix's persons (n of them drawn with replacement; None: each once) sit the test on their own answers.

    Raises ResponsesError for an item the pool does not hold, a score it does not have, or when nobody is left.
    """
    scores, presented = _on_pool(test, matrix)
    standing = _full_test(test, scores, presented)
    of_item = np.asarray(test.outcome_of)
    whole = np.array([presented[:, of_item == k].any(axis=1) for k in range(len(test.outcomes))]).all(axis=0)
    persons = np.flatnonzero(whole)
    if not len(persons):
        raise ResponsesError("no person of the matrix has an answer on every outcome of the plan")
    if n is not None:
        persons = np.random.Generator(np.random.Philox(seed)).choice(persons, size=n)
    batches = []
    for number, start in enumerate(range(0, len(persons), BATCH)):
        who = persons[start : start + BATCH]
        walked = walk(test, secrets_of(seed, number, len(who)), scores[who], presented[who])
        batches.append(summed_up(walked, standing.theta[who], standing.mastery[who] >= SETTLED))
        if progress is not None:
            progress(start + len(who), len(persons))
    return Replayed(sittings=joined(batches), left_out=int((~whole).sum()))


def _on_pool(test: CompiledTest, matrix: ResponseMatrix) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """Scores and marks of presentation in the pool's order, (N, J)."""
    place = {item: j for j, item in enumerate(test.pool.items)}
    scores = np.zeros((len(matrix.persons), len(place)), dtype=np.int8)
    presented = np.zeros(scores.shape, dtype=np.bool_)
    for column, item in enumerate(matrix.items):
        if item not in place:
            raise ResponsesError(f"item {item} of the responses is not in the pool")
        j = place[item]
        highest = int(matrix.scores[:, column].max(initial=0))
        if highest >= test.categories[j]:
            raise ResponsesError(
                f"item {item} has a score of {highest}; its parameters know 0 to {test.categories[j] - 1}"
            )
        scores[:, j], presented[:, j] = matrix.scores[:, column], matrix.presented[:, column]
    return scores, presented


def _full_test(test: CompiledTest, scores: NDArray[np.int8], presented: NDArray[np.bool_]) -> Standing:
    """Where all answers of each person leave each outcome, (N, K)."""
    total = np.zeros((len(scores), len(test.outcomes), test.rows.shape[1]), dtype=np.int64)
    for j, k in enumerate(test.outcome_of):
        if k >= 0:
            seen = presented[:, j]
            total[seen, k] += test.rows[test.levels * j + scores[seen, j].astype(np.int64)]
    return test.model.own(total)
