"""Do two persons agree more than chance allows: omega, the generalised binomial test and the K index.

Rules:
- All compare the options two persons chose on the items both met. Fewer than `LEAST_COMMON` common items is not
  estimable: NaN, whatever the agreement looks like.
- omega (Wollack 1997): matches with the source's options, standardised by the copier's chances of choosing them.
- GBT (van der Linden & Sotaridona 2006): the exact chance of at least this many matches when both answer on their own.
- K (Holland 1996): identical wrong answers against the binomial share of those who had as many wrong as the copier;
  it needs everybody on the same items.
- Chances of options come from a nominal model at each person's theta, or from `option_chances`.
- Many pairs are many tests: adjusted p control the false discovery rate over all estimable pairs of a statistic. A
  small p is a reason to look at the seating and the log, never a finding by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.parameters import FloatArray
from engine.preknowledge import adjusted
from engine.responses import ResponsesError
from engine.tails import binom, norm

LEAST_COMMON = 20
BLOCK = 4096  # pairs held in memory at once
SMOOTHING = 0.5  # added to the count of every wrong option, so that none is impossible

Choices = NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Similarity:
    """Per pair (P,): common items, matches, and per statistic its p and adjusted p; NaN where not estimable.

    omega and K have a direction: column 0 takes the first of the pair as copier, column 1 the second; (P, 2).
    """

    pairs: NDArray[np.intp]
    common: NDArray[np.intp]
    matches: NDArray[np.intp]
    omega: FloatArray
    omega_p: FloatArray
    omega_adjusted: FloatArray
    gbt_p: FloatArray
    gbt_adjusted: FloatArray


def option_chances(right: FloatArray, choices: Choices, key: NDArray[np.int8], options: int) -> FloatArray:
    """P(option | person), (N, J, M): the chance of being right (N, J) for the key (J,), the rest for the wrong options.

    Wrong options share by how often they were chosen (plus 1/2 each): a substitute for a nominal model that ignores
    that the able choose other wrong options than the weak. Choices (N, J) are 0 .. M - 1, -1 for not presented.
    """
    _check(choices, options)
    if options < 2 or right.shape != choices.shape or key.shape != (choices.shape[1],):
        raise ResponsesError("chances, choices and key do not fit together")
    counts = np.stack([(choices == m).sum(axis=0) for m in range(options)], axis=1) + SMOOTHING
    wrong = np.arange(options) != key[:, None]
    counts = np.where(wrong, counts, 0.0)
    share = counts / counts.sum(axis=1, keepdims=True)
    return np.where(wrong, (1 - right)[..., None] * share, right[..., None])


def similarity(
    choices: Choices,
    chances: FloatArray,
    pairs: NDArray[np.intp] | None = None,
    least_common: int = LEAST_COMMON,
) -> Similarity:
    """omega and GBT of pairs (P, 2) of persons, by default of all; choices (N, J), chances (N, J, M).

    Raises ResponsesError for an option outside the chances or arrays that do not fit.
    """
    _check(choices, chances.shape[2])
    if chances.shape[:2] != choices.shape:
        raise ResponsesError(f"chances {chances.shape} do not fit choices {choices.shape}")
    if pairs is None:
        pairs = np.column_stack(np.triu_indices(len(choices), 1))
    blocks = [_block(choices, chances, pairs[start : start + BLOCK]) for start in range(0, len(pairs), BLOCK)]
    empty = (np.empty(0), np.empty(0), np.empty((0, 2)), np.empty(0))
    common, matches, omega, chance = (
        np.concatenate(parts) for parts in (zip(*blocks, strict=True) if blocks else ((each,) for each in empty))
    )
    few = common < least_common
    omega[few], chance[few] = np.nan, np.nan
    omega_p = np.asarray(norm.sf(omega))
    return Similarity(
        pairs=pairs,
        common=common.astype(np.intp),
        matches=matches.astype(np.intp),
        omega=omega,
        omega_p=omega_p,
        omega_adjusted=adjusted(omega_p),
        gbt_p=chance,
        gbt_adjusted=adjusted(chance),
    )


def _block(
    choices: Choices, chances: FloatArray, pairs: NDArray[np.intp]
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Common items, matches, omega both ways (P, 2) and the GBT's p of some pairs."""
    one, other = choices[pairs[:, 0]], choices[pairs[:, 1]]
    both = (one >= 0) & (other >= 0)
    matches = (both & (one == other)).sum(axis=1).astype(np.float64)
    omega = np.column_stack(
        [_omega(chances[pairs[:, copier]], source, both, matches) for copier, source in ((0, other), (1, one))]
    )
    agree = np.einsum("pjm,pjm->pj", chances[pairs[:, 0]], chances[pairs[:, 1]]) * both
    return both.sum(axis=1).astype(np.float64), matches, omega, _at_least(agree, matches.astype(np.intp))


def _omega(chances: FloatArray, source: Choices, both: NDArray[np.bool_], matches: FloatArray) -> FloatArray:
    chosen = np.maximum(source, 0).astype(np.intp)
    p = np.take_along_axis(chances, chosen[..., None], axis=2)[..., 0] * both
    spread = np.sqrt((p * (1 - p)).sum(axis=1))
    found = np.full(len(spread), np.nan)
    np.divide(matches - p.sum(axis=1), spread, out=found, where=spread > 0)
    return found


def _at_least(chances: FloatArray, count: NDArray[np.intp]) -> FloatArray:
    """P(at least `count` successes) of independent trials (P, J) with different chances: the generalised binomial."""
    total = np.zeros((len(chances), chances.shape[1] + 1))
    total[:, 0] = 1.0
    for item in range(chances.shape[1]):
        p = chances[:, item, None]
        total[:, 1 : item + 2] = total[:, 1 : item + 2] * (1 - p) + total[:, : item + 1] * p
        total[:, :1] *= 1 - p
    tail = np.cumsum(total[:, ::-1], axis=1)[:, ::-1]  # summed from the small end, so that small p keep their digits
    return np.asarray(np.minimum(tail[np.arange(len(count)), count], 1.0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KIndex:
    """p of every copier (row) with every source (column), (N, N), NaN on the diagonal and where not estimable."""

    identical_wrong: NDArray[np.intp]
    p: FloatArray
    adjusted: FloatArray


def k_index(choices: Choices, key: NDArray[np.int8], least_common: int = LEAST_COMMON) -> KIndex:
    """K: P(binomial(w_source, share) >= identical wrong answers), the share from persons with the copier's wrongs.

    share = mean over those persons (without the copier and the source) of their identical wrong answers / w_source.
    Not estimable: nobody else with as many wrong, a source without wrong answers, fewer than 20 items. Raises
    ResponsesError when not everybody met every item.
    """
    if np.any(choices < 0):
        raise ResponsesError("the K index compares groups of equal wrong answers: everybody must have met every item")
    persons, items = choices.shape
    options = int(choices.max(initial=0)) + 1
    wrong = choices != key
    chosen = ((choices[..., None] == np.arange(options)) & wrong[..., None]).reshape(persons, -1).astype(np.float64)
    identical = chosen @ chosen.T
    count = wrong.sum(axis=1)
    same = (count[:, None] == count).astype(np.float64)
    # of copier c and source s: everybody with c's number of wrong answers except c and s themselves
    size = same.sum(axis=1)[:, None] - 1 - same
    total = same @ identical - identical - same * np.diag(identical)
    size, total = np.where(np.eye(persons, dtype=bool), 0.0, size), np.where(np.eye(persons, dtype=bool), 0.0, total)
    usable = (size > 0) & (count > 0) & (items >= least_common)
    share = np.divide(total, size * count, out=np.full_like(total, np.nan), where=usable)
    p = np.where(usable, binom.sf(identical - 1, count[None, :], share), np.nan)
    return KIndex(identical_wrong=identical.astype(np.intp), p=p, adjusted=adjusted(p))


def _check(choices: Choices, options: int) -> None:
    if choices.ndim != 2 or choices.min(initial=-1) < -1 or choices.max(initial=-1) >= options:
        raise ResponsesError(f"choices are numbers from 0 to {options - 1}, or -1 for not presented")
