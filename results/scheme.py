"""What is decided upon: the units of a standard as a tree, with the parts each criterion is verified in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

KEY_OF_CHILDREN = ("outcomes", "criteria", "competences", "tasks", "functions", "children")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One node of a standard: a set, an outcome, a criterion ...; `parts` are empty above the leaves."""

    id: str
    level: str
    title: str
    binding: bool = True
    obligatory: bool = True
    kind: str | None = None
    parts: tuple[str, ...] = ()
    children: tuple[Unit, ...] = ()

    def walk(self) -> Iterator[Unit]:
        """This unit and all below it, in the order of the standard."""
        yield self
        for child in self.children:
            yield from child.walk()

    def leaves(self) -> tuple[Unit, ...]:
        """The criteria (or other leaves) below, this unit itself if it is one."""
        return tuple(unit for unit in self.walk() if not unit.children)

    def in_part(self, part: str) -> bool:
        """Whether any leaf at or below this unit is verified in `part`."""
        return any(part in leaf.parts for leaf in self.leaves())


def read(tree: list[Mapping[str, Any]], allocation: Mapping[str, tuple[str, ...]], code: str, title: str) -> Unit:
    """The units of a standard's JSON tree, its criteria allocated to parts by the institution's signed decision."""
    children = tuple(_unit(node, allocation) for node in tree)
    return Unit(id=code, level="qualification", title=title, children=children)


def _unit(node: Mapping[str, Any], allocation: Mapping[str, tuple[str, ...]]) -> Unit:
    below = next((node[key] for key in KEY_OF_CHILDREN if key in node), ())
    name = str(node["id"])
    return Unit(
        id=name,
        level=str(node["kind"]),
        title=str(node.get("title") or node.get("text")),
        binding=bool(node.get("binding", True)),
        obligatory=bool(node.get("obligatory", True)),
        kind=node.get("leaf_kind"),
        parts=() if below else tuple(allocation.get(name, ())),
        children=tuple(_unit(child, allocation) for child in below),
    )
