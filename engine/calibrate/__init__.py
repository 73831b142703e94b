"""Calibration: item parameters from response matrices by marginal maximum likelihood and Bayes modal estimation."""

from engine.calibrate.estimate import Settings, calibrate
from engine.calibrate.evaluation import marginal_log_likelihood
from engine.calibrate.expectation import Cancelled
from engine.calibrate.priors import Prior, Priors
from engine.calibrate.result import Calibration, Group

__all__ = ["Calibration", "Cancelled", "Group", "Prior", "Priors", "Settings", "calibrate", "marginal_log_likelihood"]
