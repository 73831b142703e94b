"""Collects the visible words from Python, Jinja, Svelte and TypeScript into one .po per language, and compiles them.

``python -m web.words collect | compile | check``: `check` exits 1 and names what a complete language still lacks.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from web.language import COMPLETE, FOLDER, LANGUAGES

ROOT = Path(__file__).resolve().parents[1]
SINGLE, COUNTED = {"t", "_", "mark", "say"}, {"tn"}
SCRIPT = re.compile(
    r"""(?<![\w.])(?P<call>tn|t|_|mark)\(\s*(?P<one>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"""(?:\s*,\s*(?P<many>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))?"""
)
DATED = re.compile(r'"(POT-Creation-Date|PO-Revision-Date|Generated-By)')
Found = tuple[str | tuple[str, str], str, int]


def in_python(path: Path, where: str) -> Iterator[Found]:
    """Sentences given literally to t, _, mark or tn in a Python file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and node.args):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if name in SINGLE and texts and texts[0]:
            yield texts[0], where, node.lineno
        elif name == "within" and len(texts) == 2:
            yield texts[1], where, node.lineno
        elif name in COUNTED and len(texts) >= 2:
            yield (texts[0], texts[1]), where, node.lineno


def in_script(path: Path, where: str) -> Iterator[Found]:
    """Sentences given literally to t, _ or tn in a template, a Svelte or a TypeScript file."""
    text = path.read_text(encoding="utf-8")
    for found in SCRIPT.finditer(text):
        one, many = (_unquote(found[part]) for part in ("one", "many"))
        line = text.count("\n", 0, found.start()) + 1
        if found["call"] in COUNTED:
            if many:
                yield (one, many), where, line
        elif one:
            yield one, where, line


def _unquote(literal: str | None) -> str:
    if literal is None:
        return ""
    return str(ast.literal_eval(literal))


def found() -> Iterator[Found]:
    """Every visible sentence of the product with the place it stands."""
    for path in sorted([*(ROOT / "web").rglob("*"), *(ROOT / "results").rglob("*.py")]):
        where = path.relative_to(ROOT).as_posix()
        if "node_modules" in where or "/static/" in where or path.name.endswith(".test.ts"):
            continue
        if path.suffix == ".py":
            yield from in_python(path, where)
        elif path.suffix in {".html", ".svelte", ".ts"}:
            yield from in_script(path, where)


def path_of(code: str) -> Path:
    """The .po of a language."""
    return FOLDER / code / "LC_MESSAGES" / "messages.po"


def read(code: str) -> Catalog:
    """The catalogue as it stands, empty when there is none yet."""
    if not path_of(code).exists():
        return Catalog(locale=code, project="Kriteria", fuzzy=False)
    with path_of(code).open("rb") as file:
        return read_po(file, locale=code)


def collect(code: str) -> Catalog:
    """The catalogue with exactly the sentences found now; translations that stand are kept."""
    before, after = read(code), Catalog(locale=code, project="Kriteria", fuzzy=False)
    for msgid, where, line in found():
        old = before.get(msgid)
        same_kind = old is not None and isinstance(old.string, str) == isinstance(msgid, str)
        string = old.string if old is not None and same_kind else None
        if code == "en" and not (any(string) if isinstance(string, tuple) else string):
            string = msgid
        after.add(msgid, string=string, locations=[(where, line)])
    return after


def save(code: str, catalog: Catalog) -> None:
    """Write the .po: sorted, with places but without line numbers or dates, so that only words make a difference."""
    for message in catalog:
        if message.id:
            message.locations = sorted({(where, 0) for where, _ in message.locations})
    path_of(code).parent.mkdir(parents=True, exist_ok=True)
    with path_of(code).open("wb") as file:
        write_po(file, catalog, sort_output=True, omit_header=False, include_lineno=False, ignore_obsolete=True)
    text = path_of(code).read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if not DATED.match(line)]
    path_of(code).write_text("\n".join(kept) + "\n", encoding="utf-8")


def missing(catalog: Catalog) -> list[str]:
    """Sentences without a translation."""
    return [_name(message) for message in catalog if message.id and not _translated(message)]


def _translated(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


def _name(message: Message) -> str:
    return message.id if isinstance(message.id, str) else "|".join(message.id)


def main(arguments: list[str]) -> int:
    """Collect, compile or check; exit code for the shell."""
    task = arguments[0] if arguments else "check"
    present = [code for code in LANGUAGES if path_of(code).exists()]
    if task == "collect":
        for code in sorted({*present, *COMPLETE}):
            save(code, collect(code))
    elif task == "compile":
        for code in present:
            with path_of(code).with_suffix(".mo").open("wb") as file:
                write_mo(file, read(code))
    else:
        lacking = [f"{code}: {name}" for code in COMPLETE for name in missing(collect(code))]
        print("\n".join(lacking), file=sys.stderr)
        return 1 if lacking else 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
