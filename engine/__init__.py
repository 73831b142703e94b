"""Measurement: item response models, the adaptive test, scoring, calibration, checks, simulation.

What the command line does to files, these names do to arrays. Persons are rows, items are columns; "not presented" is a
mask; D = 1. girth's second opinion is imported by itself: engine.calibration_backends, engine.calibration_comparison.
"""

from engine.blueprint import Witness, check_plan
from engine.calibrate import (
    Calibration,
    Cancelled,
    FixedItemsError,
    Group,
    OutcomesError,
    Prior,
    Priors,
    Settings,
    Start,
    calibrate,
    marginal_log_likelihood,
    read_outcomes,
)
from engine.cat import Present, Stop, Why, areas_done, decisions, next_step
from engine.choices import ChosenOptions, distractors, read_choices
from engine.classical import ClassicalTable, OptionCurves, classical, option_curves
from engine.compiled import CompiledTest, compile
from engine.decision_quality import DecisionQuality, lee, rudner, rudner_together
from engine.dif import DifTable, focal_group, strata_of
from engine.draws import SeededDraw
from engine.drift import Screening, drift, screen_anchors
from engine.eligibility import sympson_hetter
from engine.fit_report import fit_report, matched_table
from engine.forms import Forms, loft, parallel_forms
from engine.item_curves import ThetaDistribution, posterior
from engine.item_fit import ChiSquares, MeanSquares, grouped_chi_square, mean_squares, pv_q1, s_x2
from engine.linking import Link, LinkingError, common_items, delta_errors, draw_errors, jackknife_errors, link, rescaled
from engine.local_dependence import LocalDependence, ld_x2, q3, q3_adjusted
from engine.logistic_dif import logistic
from engine.mantel_haenszel import mantel_haenszel
from engine.misspecification import STUDIES, Case, study
from engine.model_fit import ModelFit, m2
from engine.models import category_probabilities, expected_score, information, probability
from engine.outcome_scores import OutcomeScores, plausible_outcomes, score_outcomes
from engine.parameters import ParameterError, Parameters
from engine.parametric_bootstrap import BootstrappedFit, bootstrapped_pv_q1
from engine.parametric_dif import Areas, likelihood_ratio, raju_areas, split_by_group
from engine.person_fit import lz, lz_star
from engine.plan import Plan
from engine.planreading import PlanError
from engine.pool import ItemPool, PoolError, PoolItem
from engine.poolfile import ParameterTable, parameters_text, read_parameters, read_pool
from engine.posthoc import Replayed, replay
from engine.preknowledge import Preknowledge, preknowledge
from engine.rapid_guessing import RapidGuessing, normative_thresholds, rapid_guessing
from engine.response_times import TimeModel, expected_seconds, fit_times, residuals, speeds, time_fit
from engine.responses import Response, ResponseMatrix, ResponsesError, read_responses
from engine.similarity import KIndex, Similarity, k_index, option_chances, similarity
from engine.simulate import Population, Sittings, simulate
from engine.simulation_report import CertifyingRule, Report, report
from engine.standard_setting import (
    Booklet,
    Cut,
    StandardSettingError,
    angoff,
    bookmark,
    contrasting_groups,
    ordered_booklet,
    rater_reliability,
)
from engine.stopping import OutcomeDecision
from engine.theta import Prior as AbilityPrior
from engine.theta import Scores, plausible_values, score

__all__ = [
    "AbilityPrior",
    "Areas",
    "Booklet",
    "BootstrappedFit",
    "Calibration",
    "Cancelled",
    "Case",
    "CertifyingRule",
    "ChiSquares",
    "ChosenOptions",
    "ClassicalTable",
    "CompiledTest",
    "Cut",
    "DecisionQuality",
    "DifTable",
    "FixedItemsError",
    "Forms",
    "Group",
    "ItemPool",
    "KIndex",
    "Link",
    "LinkingError",
    "LocalDependence",
    "MeanSquares",
    "ModelFit",
    "OptionCurves",
    "OutcomeDecision",
    "OutcomeScores",
    "OutcomesError",
    "ParameterError",
    "ParameterTable",
    "Parameters",
    "Plan",
    "PlanError",
    "PoolError",
    "PoolItem",
    "Population",
    "Preknowledge",
    "Present",
    "Prior",
    "Priors",
    "RapidGuessing",
    "Replayed",
    "Report",
    "Response",
    "ResponseMatrix",
    "ResponsesError",
    "STUDIES",
    "Scores",
    "Screening",
    "SeededDraw",
    "Settings",
    "Similarity",
    "Sittings",
    "StandardSettingError",
    "Start",
    "Stop",
    "ThetaDistribution",
    "TimeModel",
    "Why",
    "Witness",
    "angoff",
    "areas_done",
    "bookmark",
    "bootstrapped_pv_q1",
    "calibrate",
    "category_probabilities",
    "check_plan",
    "classical",
    "common_items",
    "compile",
    "contrasting_groups",
    "decisions",
    "delta_errors",
    "distractors",
    "draw_errors",
    "drift",
    "expected_score",
    "expected_seconds",
    "fit_report",
    "fit_times",
    "focal_group",
    "grouped_chi_square",
    "information",
    "jackknife_errors",
    "k_index",
    "ld_x2",
    "lee",
    "likelihood_ratio",
    "link",
    "loft",
    "logistic",
    "lz",
    "lz_star",
    "m2",
    "mantel_haenszel",
    "marginal_log_likelihood",
    "matched_table",
    "mean_squares",
    "next_step",
    "normative_thresholds",
    "option_chances",
    "option_curves",
    "ordered_booklet",
    "parallel_forms",
    "parameters_text",
    "plausible_outcomes",
    "plausible_values",
    "posterior",
    "preknowledge",
    "probability",
    "pv_q1",
    "q3",
    "q3_adjusted",
    "raju_areas",
    "rapid_guessing",
    "rater_reliability",
    "read_choices",
    "read_outcomes",
    "read_parameters",
    "read_pool",
    "read_responses",
    "replay",
    "report",
    "rescaled",
    "residuals",
    "rudner",
    "rudner_together",
    "s_x2",
    "score",
    "score_outcomes",
    "screen_anchors",
    "similarity",
    "simulate",
    "speeds",
    "split_by_group",
    "strata_of",
    "study",
    "sympson_hetter",
    "time_fit",
]
