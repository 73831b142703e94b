"""Reading a Q matrix of the public contract: item, outcome; every item measures one outcome."""

from __future__ import annotations

from pathlib import Path

from engine.responses import ResponsesError, csv_rows

COLUMNS = ("item", "outcome")


def read_outcomes(path: str | Path) -> dict[str, str]:
    """item -> outcome, in the order of the file. Raises ResponsesError naming file and line."""
    found: dict[str, str] = {}
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        lines = csv_rows(file)
        first = next(lines, None)
        if first is None:
            raise ResponsesError(f"{path}: the file holds no header")
        names = [name.strip() for name in first[1]]
        if sorted(names) != sorted(COLUMNS):
            raise ResponsesError(
                f"{path}, line {first[0]}: the columns are {', '.join(names)}; needed are item, outcome"
            )
        for number, cells in lines:
            if len(cells) != len(names) or not all(cell.strip() for cell in cells):
                raise ResponsesError(f"{path}, line {number}: an item and its outcome are needed")
            row = dict(zip(names, (cell.strip() for cell in cells), strict=True))
            if row["item"] in found:
                raise ResponsesError(f"{path}, line {number}: item {row['item']} stands twice")
            found[row["item"]] = row["outcome"]
    return found
