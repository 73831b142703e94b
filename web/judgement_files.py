"""Judgements for standard setting from CSV files: ratings, bookmarks, judged persons; errors name file and line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.parameters import FloatArray
from engine.responses import csv_rows
from engine.standard_setting import StandardSettingError


def ratings(path: Path) -> tuple[tuple[str, ...], tuple[str, ...], FloatArray, NDArray[np.bool_]]:
    """Items, raters, ratings (R, J) and what was rated: a column per item, optional column rater; blank = not rated."""
    rows = list(_rows(path))
    if not rows:
        raise StandardSettingError(f"{path}: the file holds no judgement")
    items = tuple(name for name in rows[0][1] if name != "rater")
    table, raters = np.zeros((len(rows), len(items))), []
    rated = np.zeros(table.shape, dtype=np.bool_)
    for r, (number, row) in enumerate(rows):
        raters.append(row.get("rater") or str(r + 1))
        for j, item in enumerate(items):
            if row[item]:
                table[r, j], rated[r, j] = _number(path, number, item, row[item]), True
    return items, tuple(raters), table, rated


def bookmarks(path: Path) -> tuple[tuple[str, ...], tuple[int, ...], tuple[str, ...] | None]:
    """Raters, bookmarks and tables (None without that column): columns bookmark, optional rater and table."""
    rows = list(_rows(path, "bookmark"))
    raters, places = [], []
    for r, (number, row) in enumerate(rows):
        if not row["bookmark"].isdigit():
            raise StandardSettingError(f"{path}, line {number}, bookmark: {row['bookmark']!r} is not a whole number")
        raters.append(row.get("rater") or str(r + 1))
        places.append(int(row["bookmark"]))
    tables = tuple(row["table"] for _, row in rows) if rows and "table" in rows[0][1] else None
    return tuple(raters), tuple(places), tables


def judged_persons(path: Path) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Theta and judgement of each person: columns theta and qualified (1 or 0)."""
    theta, qualified = [], []
    for number, row in _rows(path, "theta", "qualified"):
        if row["qualified"] not in ("0", "1"):
            raise StandardSettingError(f"{path}, line {number}, qualified: {row['qualified']!r} is not 0 or 1")
        theta.append(_number(path, number, "theta", row["theta"]))
        qualified.append(row["qualified"] == "1")
    return np.array(theta), np.array(qualified, dtype=np.bool_)


def _rows(path: Path, *needed: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """(line number, cells by column); every row as long as the header."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv_rows(file)
        first = next(lines, None)
        header = [] if first is None else [name.strip() for name in first[1]]
        for name in needed:
            if name not in header:
                raise StandardSettingError(f"{path}: the column {name} is missing")
        if len(set(header)) != len(header):
            raise StandardSettingError(f"{path}: a column is named twice")
        for number, cells in lines:
            if len(cells) != len(header):
                raise StandardSettingError(f"{path}, line {number}: {len(cells)} cells under {len(header)} columns")
            yield number, {name: cell.strip() for name, cell in zip(header, cells, strict=True)}


def _number(path: Path, line: int, column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise StandardSettingError(f"{path}, line {line}, {column}: {text!r} is not a number") from None
    if not np.isfinite(value):
        raise StandardSettingError(f"{path}, line {line}, {column}: {text!r} is not finite")
    return value
