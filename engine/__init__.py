"""Measurement: item response models, the adaptive test, scoring, simulation."""

from engine.blueprint import Witness, check_plan
from engine.cat import Present, Stop, Why, areas_done, decisions, next_step
from engine.compiled import CompiledTest, compile
from engine.draws import SeededDraw
from engine.eligibility import sympson_hetter
from engine.forms import Forms, loft, parallel_forms
from engine.misspecification import study
from engine.parameters import ParameterError, Parameters
from engine.plan import Plan
from engine.planreading import PlanError
from engine.pool import ItemPool, PoolError, PoolItem
from engine.poolfile import ParameterTable, read_parameters, read_pool
from engine.posthoc import replay
from engine.responses import Response, ResponseMatrix, ResponsesError, read_responses
from engine.simulate import Population, Sittings, simulate
from engine.simulation_report import Report, report
from engine.stopping import OutcomeDecision
from engine.theta import Scores, score

__all__ = [
    "CompiledTest",
    "Forms",
    "ItemPool",
    "OutcomeDecision",
    "ParameterError",
    "ParameterTable",
    "Parameters",
    "Plan",
    "PlanError",
    "PoolError",
    "PoolItem",
    "Population",
    "Present",
    "Report",
    "Response",
    "ResponseMatrix",
    "ResponsesError",
    "Scores",
    "SeededDraw",
    "Sittings",
    "Stop",
    "Why",
    "Witness",
    "areas_done",
    "check_plan",
    "compile",
    "decisions",
    "loft",
    "next_step",
    "parallel_forms",
    "read_parameters",
    "read_pool",
    "read_responses",
    "replay",
    "report",
    "score",
    "simulate",
    "study",
    "sympson_hetter",
]
