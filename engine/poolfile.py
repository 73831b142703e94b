"""Reading POOL.csv and PARAMS.csv of the public contract; every error names file and line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.parameters import ParameterError, Parameters
from engine.pool import ItemPool, PoolError, PoolItem
from engine.responses import csv_rows

PARAMETER_COLUMNS = ("item", "model", "a", "b", "c", "d")
POOL_COLUMNS = (*PARAMETER_COLUMNS, "outcome", "criterion", "enemies", "set", "seconds", "provisional")
_WHEN_BLANK = {"a": 1.0, "c": 0.0, "d": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParameterTable:
    """Item ids with their parameters, as PARAMS.csv holds them."""

    items: tuple[str, ...]
    parameters: Parameters


def read_parameters(path: str | Path) -> ParameterTable:
    """Read PARAMS.csv: item, model, a, b, c, d (blank a, c, d: 1, 0, 1). Raises PoolError naming file and line."""
    items: dict[str, PoolItem] = {}
    for number, row in _rows(path, PARAMETER_COLUMNS, required=("item", "b")):
        item = _read(path, number, row, outcome="-")
        if item.item in items:
            raise PoolError(f"{path}, line {number}: item {item.item} stands twice")
        items[item.item] = item
    if not items:
        raise PoolError(f"{path}: the file holds no item")
    rows = items.values()
    columns = {name: [getattr(item, name) for item in rows] for name in "abcd"}
    return ParameterTable(items=tuple(items), parameters=Parameters.of(**columns, model=[item.model for item in rows]))


def read_pool(path: str | Path) -> ItemPool:
    """Read POOL.csv: PARAMS.csv plus outcome, criterion (`x|y`), enemies (`x|y`), set, seconds, provisional (0 or 1).

    Raises PoolError naming file and line.
    """
    rows = _rows(path, POOL_COLUMNS, required=("item", "b", "outcome"))
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
        if name not in allowed:
            raise PoolError(f"{path}, line {number}: column {name!r} is not one of {', '.join(allowed)}")
        if names.count(name) > 1:
            raise PoolError(f"{path}, line {number}: column {name!r} stands twice")
    for name in required:
        if name not in names:
            raise PoolError(f"{path}, line {number}: column {name!r} is missing")


def _read(path: str | Path, number: int, row: Mapping[str, str], outcome: str) -> PoolItem:
    where = f"{path}, line {number}"
    values = {name: _number(where, name, row.get(name, ""), _WHEN_BLANK.get(name)) for name in "abcd"}
    model = row.get("model") or "4PL"
    try:
        Parameters.of(**values, model=model)
    except ParameterError as error:
        raise PoolError(f"{where}: {str(error).removeprefix('item 1: ')}") from error
    if not row["item"] or not outcome:
        raise PoolError(f"{where}: the {'outcome' if row['item'] else 'item id'} is blank")
    return PoolItem(
        item=row["item"],
        outcome=outcome,
        criteria=_several(row.get("criterion", "")),
        model=model,
        **values,
        enemies=_several(row.get("enemies", "")),
        set=row.get("set") or None,
        seconds=_number(where, "seconds", row["seconds"], None) if row.get("seconds") else None,
        provisional=_flag(where, row.get("provisional", "")),
    )


def _several(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in cell.split("|") if part.strip()))


def _number(where: str, name: str, cell: str, blank: float | None) -> float:
    if not cell and blank is not None:
        return blank
    try:
        return float(cell)
    except ValueError:
        raise PoolError(f"{where}: {name} is {cell!r}, not a number (decimal point, not comma)") from None


def _flag(where: str, cell: str) -> bool:
    if cell not in ("", "0", "1"):
        raise PoolError(f"{where}: provisional is {cell!r}, not 0 or 1")
    return cell == "1"
