"""What `engine` exports: every operation of the command line on arrays, each with its docstring."""

import inspect
import typing

import pytest

import engine

OPERATIONS = {
    "calibrate": ("calibrate", "read_outcomes", "marginal_log_likelihood"),
    "score": ("score", "plausible_values"),
    "simulate": ("simulate", "replay", "report", "study"),
    "fit": ("fit_report", "classical", "s_x2", "pv_q1", "mean_squares", "m2", "q3", "ld_x2", "lz", "lz_star"),
    "dif": ("mantel_haenszel", "logistic", "likelihood_ratio", "raju_areas"),
    "link": ("link", "jackknife_errors", "drift", "screen_anchors", "common_items", "rescaled"),
    "standard-set": ("angoff", "bookmark", "ordered_booklet", "contrasting_groups"),
    "answers and times": ("similarity", "k_index", "preknowledge", "rapid_guessing", "fit_times", "time_fit"),
    "decisions": ("rudner", "lee", "decisions", "next_step"),
    "forms": ("parallel_forms", "loft", "check_plan", "sympson_hetter"),
}
"""Command or subject -> the functions that do its work."""


def test_the_exported_names_are_sorted_and_exist():
    assert list(engine.__all__) == sorted(engine.__all__)
    assert all(hasattr(engine, name) for name in engine.__all__)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_can_be_called_by_name(operation):
    for name in OPERATIONS[operation]:
        assert name in engine.__all__
        assert inspect.isfunction(getattr(engine, name)), f"engine.{name} is not the function"


@pytest.mark.parametrize("name", engine.__all__)
def test_every_exported_name_says_what_it_is(name):
    value = getattr(engine, name)
    if inspect.isclass(value) or callable(value):
        assert (inspect.getdoc(value) or "").strip(), f"engine.{name} has no docstring"
        assert not (inspect.getdoc(value) or "").startswith(f"{name}("), f"engine.{name} has a made-up docstring"
    else:
        assert isinstance(value, tuple), f"engine.{name} is neither an operation nor a list of words"


@pytest.mark.parametrize("name", [name for name in engine.__all__ if inspect.isfunction(getattr(engine, name))])
def test_every_exported_function_is_typed(name):
    hints = typing.get_type_hints(getattr(engine, name), vars(inspect.getmodule(getattr(engine, name))))
    parameters = inspect.signature(getattr(engine, name)).parameters

    assert {"return", *parameters} <= set(hints)
