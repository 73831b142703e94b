"""How commands end: 0 fine, 1 the check failed, 2 bad input with a one-line reason on standard error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click

from engine import ParameterError, PlanError, PoolError, ResponsesError
from engine.posterior import LikelihoodRangeError
from itembank.errors import ContentError
from results.evidence import EvidenceError
from results.practice import PracticeError
from results.rules import RuleError

CHECK_FAILED, BAD_INPUT = 1, 2


def stop(reason: str, code: int = BAD_INPUT) -> NoReturn:
    """End with this reason."""
    click.echo(f"kriteria: {reason}", err=True)
    raise SystemExit(code)


@contextmanager
def plain_errors(file: str = "") -> Iterator[None]:
    """Turn what can be wrong with input into one line and exit code 2; a defect of ours keeps its traceback.

    `file` is named before reasons that cannot know it themselves.
    """
    place = f"{file}: " if file else ""
    try:
        yield
    except (PoolError, ParameterError, ResponsesError, LikelihoodRangeError, ContentError) as error:
        stop(str(error))
    except (PlanError, EvidenceError, PracticeError, RuleError) as error:
        stop(f"{place}{error}")
    except json.JSONDecodeError as error:
        stop(f"{place}not JSON: line {error.lineno}: {error.msg}")
    except UnicodeDecodeError as error:
        stop(f"{place}not UTF-8: byte {error.start}")
    except OSError as error:
        if error.filename is None:
            raise
        stop(f"{error.filename}: {error.strerror}")


def document(value: Any) -> None:
    """Print exactly one JSON document.

    What does not exist is null in `value` already: a number that is not finite is a defect of ours, a ValueError.
    """
    click.echo(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))
