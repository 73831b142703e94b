"""The shared folder's response matrices, calibrated once each, for the tests that walk its reference files."""

import csv
import functools
import time

import numpy as np
from check_builders import SHARED, matrix_of

from engine import Parameters
from engine.calibrate import Prior, Priors, calibrate

FOLDER = SHARED / "reference"


def rows_of(path):
    """Rows of a CSV as dictionaries, comment lines skipped."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


def said(path):
    """The comment line of a file of estimates; empty where there is none."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    return first if first.startswith("#") else ""


def number(cell):
    return float(cell) if cell not in ("", "NA") else np.nan


def numbers(rows, *names):
    """The columns `names`, (rows, names)."""
    return np.array([[number(row[name]) for name in names] for row in rows])


@functools.cache
def responses(path, items=None):
    """The matrix of a response file; `items` are the columns taken, a lowest category above 0 is shifted."""
    rows = rows_of(path)
    wanted = items or tuple(rows[0])
    cells = np.array([[number(row[item]) for item in wanted] for row in rows])
    presented = np.isfinite(cells)
    scores = np.where(presented, cells, np.nan)
    lowest = np.nanmin(scores, axis=0) if np.nanmax(scores) > 1 else 0
    return matrix_of(np.where(presented, scores - lowest, 0), presented)


@functools.cache
def fitted(path, model, items=None, prior_c=None):
    """Our calibration of a response file, with standard errors."""
    priors = Priors() if prior_c is None else Priors(c=Prior.parse(prior_c, "c"))
    return calibrate(responses(path, items), model, time.process_time, priors=priors, standard_errors=True)


def intercepts(parameters):
    """-a b of items scored 0 and 1."""
    return -parameters.a * parameters.b


def dichotomous(rows):
    """Parameters of a reference table of items scored 0 and 1."""
    a, d, c = numbers(rows, "a1", "d", "g").T
    return Parameters.of(a=a, b=-d / a, c=c, model="3PL" if c.any() else "2PL")


def table(name):
    return rows_of(FOLDER / f"{name}.csv")


def data(name):
    return responses(FOLDER / f"{'SAT12_scored' if name == 'SAT12' else f'{name}_responses'}.csv")


def calibrated(name, model, prior_c=None):
    return fitted(FOLDER / f"{'SAT12_scored' if name == 'SAT12' else f'{name}_responses'}.csv", model, None, prior_c)


def two_pl(name):
    return dichotomous(table(f"{name}_2PL_items"))


def matrix(rows):
    """A file whose cells are all numbers, NaN for NA."""
    return numbers(rows, *rows[0])
