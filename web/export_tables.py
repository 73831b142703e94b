"""Tables that leave an installation: typed columns as CSV, SPSS and Parquet.

Rules: None is an empty cell; CSV holds instants as milliseconds, the other two as UTC time; names SPSS would refuse are
changed and stand in the label. SPSS and Parquet need the packages of the extra "export".
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

Kind = Literal["text", "whole", "number", "instant"]
NAME_LENGTH = 64  # SPSS


class ExtraMissing(RuntimeError):
    """A package of the extra is not installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its name, what it holds, a longer label, and words for whole numbers."""

    name: str
    values: Sequence[object]
    kind: Kind = "text"
    label: str = ""
    words: Mapping[int, str] = field(default_factory=dict)


Table = Sequence[Column]


def check(form: str) -> None:
    """Raises ExtraMissing when `sav` or `parquet` is asked for and its packages are not installed."""
    for name in {"sav": ("pyreadstat", "polars"), "parquet": ("polars",)}.get(form, ()):
        _extra(name)


def csv_text(table: Table) -> str:
    """The table as CSV with a header."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow([column.name for column in table])
    for row in zip(*(column.values for column in table), strict=True):
        lines.writerow(["" if value is None else value for value in row])
    return out.getvalue()


def write_parquet(table: Table, path: Path) -> None:
    """The table as Parquet. Raises ExtraMissing without polars."""
    _frame(table, [column.name for column in table]).write_parquet(path)


def write_sav(table: Table, path: Path) -> None:
    """The table as an SPSS file with labels. Raises ExtraMissing without pyreadstat or polars."""
    names = spss_names([column.name for column in table])
    labels = [
        column.label or (column.name if name != column.name else None)
        for name, column in zip(names, table, strict=True)
    ]
    words = {name: dict(column.words) for name, column in zip(names, table, strict=True) if column.words}
    measures = {name: _measure(column) for name, column in zip(names, table, strict=True)}
    _extra("pyreadstat").write_sav(
        _frame(table, names),
        str(path),
        column_labels=labels,
        variable_value_labels=words,
        variable_measure=measures,
    )


def spss_names(names: Sequence[str]) -> list[str]:
    """Each name as SPSS takes it: letters, digits, `.` and `_`, a letter first, 64 at most, none twice (case aside)."""
    found: list[str] = []
    taken: set[str] = set()
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9_.]", "_", name).rstrip("._") or "v"
        plain = (plain if plain[0].isalpha() else f"v_{plain}")[:NAME_LENGTH]
        number, one = 1, plain
        while one.lower() in taken:
            number += 1
            one = f"{plain[: NAME_LENGTH - len(str(number)) - 1]}_{number}"
        taken.add(one.lower())
        found.append(one)
    return found


def _measure(column: Column) -> str:
    return "nominal" if column.kind == "text" or column.words else "scale"


def _frame(table: Table, names: Sequence[str]) -> Any:
    polars = _extra("polars")
    kinds = {
        "text": polars.String,
        "whole": polars.Int64,
        "number": polars.Float64,
        "instant": polars.Datetime("ms"),
    }
    columns = {
        name: [_utc(value) for value in column.values] if column.kind == "instant" else list(column.values)
        for name, column in zip(names, table, strict=True)
    }
    return polars.DataFrame(columns, schema={n: kinds[c.kind] for n, c in zip(names, table, strict=True)})


def _utc(milliseconds: Any) -> datetime | None:
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).replace(tzinfo=None)


def _extra(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        reason = f"this format needs the package {name}, which is not installed (pip install 'kriteria[export]')"
        raise ExtraMissing(reason) from error
