"""Progress of a command on standard error: standard output belongs to its result."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import click

T = TypeVar("T")


def each(items: Sequence[T], label: str, hidden: bool = False) -> Iterator[T]:
    """The items one after the other, with a bar that moves."""
    shown: Any = click.progressbar(items, label=label, file=sys.stderr, hidden=hidden)
    with shown as bar:
        yield from bar


@contextmanager
def counted(label: str, hidden: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A bar and what moves it: (done, of how many)."""
    shown: Any = click.progressbar(length=1, label=label, file=sys.stderr, hidden=hidden)
    with shown as bar:

        def told(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        yield told
