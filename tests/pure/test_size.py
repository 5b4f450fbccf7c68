"""The house stays one that can be read: short functions, short modules, few markers for the linter."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import bsaudit

SOURCES = {path: path.read_text() for path in sorted(Path(bsaudit.__file__).parent.rglob("*.py"))}
LONGEST_MODULE = 400
Function = ast.FunctionDef | ast.AsyncFunctionDef


def lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def functions(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(SOURCES[path])):
        if isinstance(node, Function):
            yield lines(node), f"{path.name}:{node.name}"


def is_table(tree: ast.Module) -> bool:
    """Say whether most of a module is data."""
    data = sum(lines(node) for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign))
    return 2 * data > sum(map(lines, tree.body))


def test_functions_are_short() -> None:
    found = [one for path in SOURCES for one in functions(path)]
    lengths = [length for length, _ in found]
    assert median(lengths) <= 6
    assert quantiles(lengths, n=10)[-1] <= 15
    assert [one for one in found if one[0] > 49] == []


def test_modules_are_short_unless_they_are_tables() -> None:
    long = [path for path, source in SOURCES.items() if len(source.splitlines()) > LONGEST_MODULE]
    assert [path.name for path in long if not is_table(ast.parse(SOURCES[path]))] == []


def test_few_lines_are_hidden_from_the_linter() -> None:
    assert sum(len(re.findall(r"#\s*noqa\b", source)) for source in SOURCES.values()) <= 40
