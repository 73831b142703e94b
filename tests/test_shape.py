"""The shape of the source tree: small files named after words of the domain, imports only where they belong."""

import ast
import re
import subprocess
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from web import VERSION

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("engine", "itembank", "proctor", "results", "web")
FILES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py") if "node_modules" not in path.parts)
SCRIPTS = sorted(
    path
    for suffix in ("*.ts", "*.svelte")
    for path in (ROOT / "web" / "frontend").rglob(suffix)
    if "node_modules" not in path.parts and path.name != "protocol.ts"
)
LIMIT = 400
VAGUE = {"utils", "helpers", "common", "misc", "manager", "base"}
DATABASE_FILES = re.compile(r"^(itembank|proctor|results|web)/(tables|sql\w*|wiring)\.py$")


def name(path):
    return path.relative_to(ROOT).as_posix()


def imported(path):
    """Top-level names of the packages a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("path", FILES + SCRIPTS, ids=name)
def test_a_file_is_short(path):
    assert path.read_text(encoding="utf-8").count("\n") <= LIMIT, "split it along a word of the domain"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_module_says_what_lives_here(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_the_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["version"] == VERSION


def test_no_two_test_files_share_a_name():
    """Tests are collected by their bare names."""
    names = sorted(path.name for path in (ROOT / "tests").rglob("test_*.py"))

    assert [one for one, other in pairwise(names) if one == other] == []


def test_no_file_is_named_after_nothing():
    assert [name(path) for path in FILES + SCRIPTS if path.stem in VAGUE] == []


def test_sqlalchemy_is_imported_only_where_tables_live():
    users = [name(path) for path in FILES if "sqlalchemy" in imported(path)]

    assert [user for user in users if not DATABASE_FILES.match(user)] == []


def test_imports_stand_at_the_top_of_the_file():
    """The one exception: a command of the command line is loaded when it is called."""
    late = [
        f"{name(path)}:{node.lineno}"
        for path in FILES
        if not path.name.startswith("cli")
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for node in ast.walk(function)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]

    assert late == []


def test_no_committed_file_names_a_registry_or_a_path_of_a_machine():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    forbidden = re.compile(r"https?://[\w.-]*(pypi|pythonhosted|npmjs|registry)[\w.-]*|/work/|/root/|index-url", re.I)
    found = []
    for line in listed.stdout.splitlines():
        path = ROOT / line
        if path.suffix in {".png", ".mo", ".pdf"} or not path.is_file() or path == Path(__file__):
            continue
        if forbidden.search(path.read_text(encoding="utf-8", errors="replace")):
            found.append(line)

    assert found == []
