"""What calibration needs of each family of models: log P of every category and its derivatives in the item parameters.

Rules:
- Items are held in slope-intercept form on an unbounded scale, one row of `values` (J, P) per item; `free` (J, P) says
  which of them the model estimates. Dichotomous: a, d, logit c, logit u; graded and partial credit: a, d1 .. dS;
  nominal: a1 .. aS, d1 .. dS relative to category 0.
- The formulas are those of `engine.categories`; only their chain rule to the item parameters stands here.
- Shapes: (Q, J, K) over Q nodes, J items, K categories; beyond an item's categories log P is -inf, derivatives are 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from engine.categories import between_asymptotes, divided_logs, graded_logs, logistic_logs, step_widths
from engine.parameters import FloatArray

Counts = NDArray[np.intp]
Mask = NDArray[np.bool_]

START_GUESSING, START_SLIP = 0.15, 0.95  # asymptotes to begin with
FLATTENING = 1.2  # logits of shares are flatter than intercepts: theta ~ N(0, 1) smears them


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """log P (Q, J, K) and its derivatives in the parameters (Q, J, K, P)."""

    log_p: FloatArray
    slopes: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dichotomous:
    """Rasch and 1PL (d free), 2PL (a, d), 3PL (and logit c), 4PL (and logit u)."""

    model: str
    items: int
    slope_places = 1

    @property
    def free(self) -> Mask:
        """Which of a, d, logit c, logit u are estimated."""
        flags = {
            "Rasch": (False, True, False, False),
            "1PL": (False, True, False, False),
            "2PL": (True, True, False, False),
            "3PL": (True, True, True, False),
            "4PL": (True, True, True, True),
        }[self.model]
        return np.tile(np.array(flags), (self.items, 1))

    def start(self, shares: FloatArray) -> FloatArray:
        """Where to begin; shares (J, 2) of the wrong and right answers."""
        values = np.zeros((self.items, 4))
        lower = START_GUESSING if self.free[0, 2] else 0.0
        upper = START_SLIP if self.free[0, 3] else 1.0
        share = np.clip((shares[:, 1] - lower) / (upper - lower), 0.05 if lower else 0.0, 0.95 if upper < 1 else 1.0)
        values[:, 0] = 1.0
        values[:, 1] = FLATTENING * logit(share)
        values[:, 2] = logit(START_GUESSING) if lower else -np.inf
        values[:, 3] = logit(START_SLIP) if upper < 1 else np.inf
        return values

    def moved(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """d values when theta is shifted, and when it is stretched, by a unit."""
        shift, stretch = np.zeros_like(values), np.zeros_like(values)
        shift[:, 1], stretch[:, 0] = values[:, 0], values[:, 0]
        return shift, stretch

    def table(self, values: FloatArray, nodes: FloatArray) -> Table:
        """Categories wrong and right."""
        log_s, log_r = logistic_logs(nodes[:, None] * values[:, 0] + values[:, 1])
        c, u = expit(values[:, 2]), expit(values[:, 3])
        slopes = np.zeros((*log_s.shape, 2, 4))
        if not self.free[0, 2]:
            log_p, log_q = log_s, log_r
            slopes[..., 0, 1], slopes[..., 1, 1] = -np.exp(log_s), np.exp(log_r)
        else:
            with np.errstate(all="ignore"):  # u <= c, or c so near 1 that Q is 0: no numbers, refused by the ascent
                log_p, log_q = between_asymptotes(c, u, log_s, log_r)
                rise = np.log(u - c) + log_s + log_r
                slopes[..., 0, 1], slopes[..., 1, 1] = -np.exp(rise - log_q), np.exp(rise - log_p)
                for place, share, log_part in ((2, c * (1 - c), log_r), (3, u * (1 - u), log_s)):
                    slopes[..., 0, place] = -share * np.exp(log_part - log_q)
                    slopes[..., 1, place] = share * np.exp(log_part - log_p)
        slopes[..., 0] = nodes[:, None, None] * slopes[..., 1]
        return Table(log_p=np.stack((log_q, log_p), axis=-1), slopes=slopes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Graded:
    """Graded response: a and K - 1 falling intercepts."""

    categories: Counts
    slope_places = 1

    @property
    def free(self) -> Mask:
        """a and the intercepts of the steps an item has."""
        width = int(self.categories.max())
        return np.arange(width) < self.categories[:, None]

    def start(self, shares: FloatArray) -> FloatArray:
        """Slope 1, intercepts from the shares at or above each category."""
        above = shares[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
        values = np.full(self.free.shape, 0.0)
        values[:, 0] = 1.0
        there = self.free[:, 1:]
        values[:, 1:][there] = FLATTENING * logit(above[there])
        return values

    def moved(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """d values when theta is shifted, and when it is stretched, by a unit."""
        shift, stretch = np.zeros_like(values), np.zeros_like(values)
        shift[:, 1:], stretch[:, 0] = values[:, :1], values[:, 0]
        return shift, stretch

    def table(self, values: FloatArray, nodes: FloatArray) -> Table:
        """All categories."""
        there = self.free[:, 1:]
        x = np.where(there, nodes[:, None, None] * values[:, :1] + values[:, 1:], -np.inf)
        log_s, log_r = -np.logaddexp(0.0, -x), -np.logaddexp(0.0, x)
        own = self.free  # category k exists where parameter k does
        log_p = np.where(own, graded_logs(log_s, log_r, step_widths(-np.diff(values[:, 1:]), there)), -np.inf)
        spread = log_s + log_r
        items, width = own.shape
        slopes = np.zeros((len(nodes), items, width, width))
        for k in range(1, width):  # step k parts category k - 1 from category k
            has = there[:, k - 1]
            slopes[..., k, k] = np.where(has, np.exp(spread[..., k - 1] - np.where(has, log_p[..., k], 0.0)), 0.0)
            slopes[..., k - 1, k] = np.where(
                has, -np.exp(spread[..., k - 1] - np.where(has, log_p[..., k - 1], 0.0)), 0.0
            )
        slopes[..., 0] = nodes[:, None, None] * slopes[..., 1:].sum(axis=-1)
        return Table(log_p=log_p, slopes=slopes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PartialCredit:
    """GPCM: log P_k = k a theta + d_k + constant, d_0 = 0; PCM with a = 1."""

    model: str
    categories: Counts
    slope_places = 1

    @property
    def free(self) -> Mask:
        """a (GPCM) and the intercepts an item has."""
        width = int(self.categories.max())
        free = np.arange(width) < self.categories[:, None]
        free[:, 0] = self.model == "GPCM"
        return free

    def start(self, shares: FloatArray) -> FloatArray:
        """Slope 1 (GPCM of K categories: 2 / K), intercepts from the shares."""
        values = np.zeros((len(self.categories), shares.shape[1]))
        values[:, 0] = 2.0 / self.categories if self.model == "GPCM" else 1.0
        there = self.free[:, 1:]
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(shares[:, 1:]) - np.log(shares[:, :1])
        values[:, 1:][there] = logs[there]
        return values

    def moved(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """d values when theta is shifted, and when it is stretched, by a unit."""
        shift, stretch = np.zeros_like(values), np.zeros_like(values)
        shift[:, 1:], stretch[:, 0] = values[:, :1] * np.arange(1, values.shape[1]), values[:, 0]
        return shift, stretch

    def table(self, values: FloatArray, nodes: FloatArray) -> Table:
        """All categories."""
        items, width = values.shape
        own = np.arange(width) < self.categories[:, None]
        steps = np.arange(width, dtype=np.float64)
        intercepts = np.concatenate((np.zeros((items, 1)), values[:, 1:]), axis=1)
        z = np.where(own, nodes[:, None, None] * values[:, :1] * steps + intercepts, -np.inf)
        log_p = divided_logs(z)
        p = np.exp(log_p)
        slopes = np.zeros((*p.shape, width))
        slopes[..., 0] = nodes[:, None, None] * np.where(own, steps - (p * steps).sum(axis=-1, keepdims=True), 0.0)
        slopes[..., 1:] = np.where(own[..., None], np.eye(width)[:, 1:] - p[..., None, 1:], 0.0)
        return Table(log_p=log_p, slopes=slopes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nominal:
    """Nominal response: a slope and an intercept for every category but the first, which has 0 and 0."""

    categories: Counts

    @property
    def slope_places(self) -> int:
        """How many of the values are slopes."""
        return int(self.categories.max()) - 1

    @property
    def free(self) -> Mask:
        """Slopes, then intercepts, of the categories an item has."""
        there = np.arange(1, int(self.categories.max())) < self.categories[:, None]
        return np.concatenate((there, there), axis=1)

    def start(self, shares: FloatArray) -> FloatArray:
        """Slopes rising with the category (which fixes the direction of theta), intercepts from the shares."""
        half = shares.shape[1] - 1
        values = np.zeros((len(self.categories), 2 * half))
        there = self.free[:, :half]
        rising = np.arange(1, half + 1) * (2.0 / self.categories)[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(shares[:, 1:]) - np.log(shares[:, :1])
        values[:, :half][there], values[:, half:][there] = rising[there], logs[there]
        return values

    def moved(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """d values when theta is shifted, and when it is stretched, by a unit."""
        shift, stretch = np.zeros_like(values), np.zeros_like(values)
        half = values.shape[1] // 2
        shift[:, half:], stretch[:, :half] = values[:, :half], values[:, :half]
        return shift, stretch

    def table(self, values: FloatArray, nodes: FloatArray) -> Table:
        """All categories."""
        half = values.shape[1] // 2
        own = np.arange(half + 1) < self.categories[:, None]
        zero = np.zeros((len(values), 1))
        slope = np.concatenate((zero, values[:, :half]), axis=1)
        intercept = np.concatenate((zero, values[:, half:]), axis=1)
        log_p = divided_logs(np.where(own, nodes[:, None, None] * slope + intercept, -np.inf))
        p = np.exp(log_p)
        of_intercepts = np.where(own[..., None], np.eye(half + 1)[:, 1:] - p[..., None, 1:], 0.0)
        slopes = np.concatenate((nodes[:, None, None, None] * of_intercepts, of_intercepts), axis=-1)
        return Table(log_p=log_p, slopes=slopes)


Family = Dichotomous | Graded | PartialCredit | Nominal


def family_of(model: str, categories: Counts) -> Family:
    """The family that estimates this model for items with so many categories."""
    if model == "GRM":
        return Graded(categories=categories)
    if model in ("PCM", "GPCM"):
        return PartialCredit(model=model, categories=categories)
    if model == "nominal":
        return Nominal(categories=categories)
    return Dichotomous(model=model, items=len(categories))
