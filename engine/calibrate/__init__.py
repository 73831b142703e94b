"""Calibration: item parameters from response matrices by marginal maximum likelihood and Bayes modal estimation."""

from engine.calibrate.estimate import Settings, calibrate
from engine.calibrate.evaluation import marginal_log_likelihood
from engine.calibrate.expectation import Cancelled
from engine.calibrate.identification import FixedItemsError, OutcomesError
from engine.calibrate.priors import Prior, Priors
from engine.calibrate.qmatrix import read_outcomes
from engine.calibrate.result import Calibration, Group
from engine.calibrate.starts import Start

__all__ = [
    "Calibration",
    "Cancelled",
    "FixedItemsError",
    "Group",
    "OutcomesError",
    "Prior",
    "Priors",
    "Settings",
    "Start",
    "calibrate",
    "marginal_log_likelihood",
    "read_outcomes",
]
