"""One call for either backend, with one kind of document as the answer.

Imported by itself: girth takes seconds to load.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from engine.calibrate.estimate import calibrate as native
from engine.parameters import ParameterError
from engine.responses import ResponseMatrix
from engine.second_opinion import calibrate_with_girth

Backend = Literal["native", "girth"]


def calibrate(
    matrix: ResponseMatrix, model: str, clock: Callable[[], float], *, backend: Backend = "native", **options: Any
) -> dict[str, object]:
    """The document of `kriteria calibrate --json`; `options` are those of `engine.calibrate.calibrate`.

    Raises what the backend raises, and ParameterError for options girth does not know or a third backend.
    """
    if backend == "native":
        return native(matrix, model, clock, **options).as_json()
    if backend != "girth":
        raise ParameterError(f"backend {backend!r} is not native or girth")
    given = [name for name, value in options.items() if value]
    if given:
        raise ParameterError(f"girth knows no {', '.join(given)}; leave it out or use the native backend")
    return calibrate_with_girth(matrix, model.lower(), clock)  # type: ignore[arg-type]  # it refuses other models itself
