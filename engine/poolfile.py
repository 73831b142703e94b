"""Reading POOL.csv and PARAMS.csv of the public contract, writing PARAMS.csv; every error names file and line.

Rules: `b` is the difficulty of an item scored 0 or 1 (`b1` is read as `b` there); b1 .. bk are the steps of GRM, PCM
and GPCM, a1 .. ak and c1 .. ck slopes and intercepts of nominal items; trailing cells stay blank for shorter items.
D = 1, theta ~ N(0, 1) in the reference group: a written file says so in its first line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.parameters import DICHOTOMOUS, NOMINAL, ParameterError, Parameters, model_name
from engine.pool import ItemPool, PoolError, PoolItem, parameters_of
from engine.responses import csv_rows

PARAMETER_COLUMNS = ("item", "model", "a", "b", "c", "d")
POOL_COLUMNS = (
    *PARAMETER_COLUMNS, "outcome", "criterion", "enemies", "set", "seconds", "provisional", "pretest", "level", "words",
)  # fmt: skip
_NUMBERED = re.compile(r"[abc][1-9][0-9]?")
_WHEN_BLANK = {"a": 1.0, "b": None, "c": 0.0, "d": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParameterTable:
    """Item ids with their parameters, as PARAMS.csv holds them."""

    items: tuple[str, ...]
    parameters: Parameters


def read_parameters(path: str | Path, signed: bool = False) -> ParameterTable:
    """Read PARAMS.csv: item, model, a, b or b1 .. bk, c, d (blank a, c, d: 1, 0, 1); nominal: a1 .. ak, c1 .. ck.

    `signed` takes slopes below 0, which a calibration writes and a check examines. Raises PoolError naming file and
    line.
    """
    items: dict[str, PoolItem] = {}
    for number, row in _rows(path, PARAMETER_COLUMNS, required=("item",)):
        item = _read(path, number, row, outcome="-", signed=signed)
        if item.item in items:
            raise PoolError(f"{path}, line {number}: item {item.item} stands twice")
        items[item.item] = item
    if not items:
        raise PoolError(f"{path}: the file holds no item")
    return ParameterTable(items=tuple(items), parameters=parameters_of(list(items.values()), signed))


def parameters_text(items: Sequence[str], parameters: Parameters, mean: float = 0.0, deviation: float = 1.0) -> str:
    """PARAMS.csv of these items, numbers in their shortest exact form; what `read_parameters` reads.

    theta of the reference group is N(mean, deviation^2), which the first line says.
    """
    more = parameters.polytomous
    width = 0 if more is None else more.steps.shape[1]
    nominal = width + 1 if NOMINAL in parameters.model else 0
    numbered = [f"b{k + 1}" for k in range(width)]
    ends = [f"{letter}{k + 1}" for letter in "ac" for k in range(nominal)]
    out = io.StringIO()
    spread = "1" if deviation == 1 else f"{deviation:.6f}^2"
    out.write(f"# D = 1; theta ~ N({mean:g}, {spread}) in the reference group\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((*PARAMETER_COLUMNS, *numbered, *ends))
    for j, item in enumerate(items):
        plain = parameters.model[j] in DICHOTOMOUS
        free = parameters.model[j] == NOMINAL
        steps = [] if plain or more is None else list(parameters.steps_of(j))
        lists = [] if more is None or not free else [*more.slopes[j, :nominal], *more.intercepts[j, :nominal]]
        cells: list[object] = [item, parameters.model[j], "" if free else float(parameters.a[j])]
        cells += [float(parameters.b[j]) if plain else "", float(parameters.c[j]), float(parameters.d[j])]
        cells += [*steps, *[""] * (width - len(steps))]
        cells += ["" if value != value else float(value) for value in lists or [float("nan")] * 2 * nominal]
        writer.writerow(cells)
    return out.getvalue()


def read_pool(path: str | Path) -> ItemPool:
    """Read POOL.csv: PARAMS.csv plus outcome, criterion, enemies (`x|y`), set, seconds, level, words, flags (0, 1).

    The flags are provisional and pretest; level is the cognitive level, words a whole number.
    Raises PoolError naming file and line.
    """
    rows = _rows(path, POOL_COLUMNS, required=("item", "outcome"))
    items = [_read(path, number, row, outcome=row["outcome"]) for number, row in rows]
    try:
        return ItemPool.build(items)
    except PoolError as error:
        raise PoolError(f"{path}: {error}") from error


def _rows(
    path: str | Path, allowed: tuple[str, ...], required: tuple[str, ...]
) -> Iterator[tuple[int, dict[str, str]]]:
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        lines = csv_rows(file)
        first = next(lines, None)
        if first is None:
            raise PoolError(f"{path}: the file holds no header")
        names = [name.strip() for name in first[1]]
        _check_header(path, first[0], names, allowed, required)
        for number, cells in lines:
            if len(cells) != len(names):
                raise PoolError(f"{path}, line {number}: {len(cells)} cells under {len(names)} columns")
            yield number, dict(zip(names, (cell.strip() for cell in cells), strict=True))


def _check_header(
    path: str | Path, number: int, names: list[str], allowed: tuple[str, ...], required: tuple[str, ...]
) -> None:
    for name in names:
        if name not in allowed and not _NUMBERED.fullmatch(name):
            raise PoolError(f"{path}, line {number}: column {name!r} is not one of {', '.join(allowed)}")
        if names.count(name) > 1:
            raise PoolError(f"{path}, line {number}: column {name!r} stands twice")
    if not {"b", "b1", "a1"} & set(names):
        raise PoolError(f"{path}, line {number}: column 'b' is missing")
    for name in required:
        if name not in names:
            raise PoolError(f"{path}, line {number}: column {name!r} is missing")


def _read(path: str | Path, number: int, row: Mapping[str, str], outcome: str, signed: bool = False) -> PoolItem:
    where = f"{path}, line {number}"
    if not row["item"] or not outcome:
        raise PoolError(f"{where}: the {'outcome' if row['item'] else 'item id'} is blank")
    model = row.get("model") or "4PL"
    try:
        numbers = _numbers(where, row, model_name(model))
        item = PoolItem(
            item=row["item"],
            outcome=outcome,
            criteria=_several(row.get("criterion", "")),
            model=model,
            a=numbers["a"],
            b=numbers["b"],
            c=numbers["c"],
            d=numbers["d"],
            steps=_list(where, row, "b") if model_name(model) not in (*DICHOTOMOUS, NOMINAL) else (),
            slopes=_list(where, row, "a"),
            intercepts=_list(where, row, "c"),
            enemies=_several(row.get("enemies", "")),
            set=row.get("set") or None,
            seconds=_number(where, "seconds", row["seconds"]) if row.get("seconds") else None,
            provisional=_flag(where, "provisional", row.get("provisional", "")),
            pretest=_flag(where, "pretest", row.get("pretest", "")),
            level=row.get("level") or None,
            words=_whole(where, "words", row["words"]) if row.get("words") else None,
        )
        parameters_of([item], signed)
    except ParameterError as error:
        raise PoolError(f"{where}: {str(error).removeprefix('item 1: ')}") from error
    return item


def _numbers(where: str, row: Mapping[str, str], model: str) -> dict[str, float]:
    """a, b, c, d of one row. A dichotomous item may write its b under b1; other items have no b."""
    cells = {name: row.get(name, "") for name in "abcd"}
    if model in DICHOTOMOUS:
        steps = _list(where, row, "b")
        if len(steps) > 1 or (steps and cells["b"]):
            raise PoolError(f"{where}: the {model} has one b, not several")
        cells["b"] = cells["b"] or row.get("b1", "")
    elif cells["b"]:
        raise PoolError(f"{where}: the {model} has no b; its steps stand under b1, b2, ...")
    else:
        cells["b"] = "0"
    return {name: _number(where, name, cell, _WHEN_BLANK[name]) for name, cell in cells.items()}


def _list(where: str, row: Mapping[str, str], letter: str) -> tuple[float, ...]:
    """The cells b1, b2, ... (or a, c) of one row up to the first blank; none may follow a blank one."""
    cells: list[str] = []
    while (name := f"{letter}{len(cells) + 1}") in row:
        cells.append(row[name])
    filled = [cell for cell in cells if cell]
    known = {f"{letter}{k + 1}" for k in range(len(cells))}
    gap = filled != cells[: len(filled)] or any(
        row[n] for n in row if n[0] == letter and _NUMBERED.fullmatch(n) and n not in known
    )
    if gap:
        raise PoolError(f"{where}: {letter}1, {letter}2, ... must be filled without gaps")
    return tuple(_number(where, f"{letter}{k}", cell) for k, cell in enumerate(filled, start=1))


def _several(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in cell.split("|") if part.strip()))


def _number(where: str, name: str, cell: str, blank: float | None = None) -> float:
    if not cell and blank is not None:
        return blank
    try:
        return float(cell)
    except ValueError:
        raise PoolError(f"{where}: {name} is {cell!r}, not a number (decimal point, not comma)") from None


def _whole(where: str, name: str, cell: str) -> int:
    if not (cell.isascii() and cell.isdigit()):
        raise PoolError(f"{where}: {name} is {cell!r}, not a whole number of at least 0")
    return int(cell)


def _flag(where: str, name: str, cell: str) -> bool:
    if cell not in ("", "0", "1"):
        raise PoolError(f"{where}: {name} is {cell!r}, not 0 or 1")
    return cell == "1"
