"""The standards and items that come with the package, by folder name under itembank/content."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "content"


def folders() -> tuple[str, ...]:
    """The standards that come with the package."""
    return tuple(sorted(one.name for one in FOLDER.iterdir() if (one / "institution.json").exists()))


def standard_file(name: str) -> Path:
    """The text of a standard as published."""
    return FOLDER / name / "standard.txt"


def institution_file(name: str) -> Path:
    """The proposal of institution data."""
    return FOLDER / name / "institution.json"


def item_files(name: str) -> tuple[Path, ...]:
    """The item files, one per outcome."""
    return tuple(sorted((FOLDER / name / "items").glob("*.jsonl")))
