"""The house: arrows point down only, and the pure layers stay pure (contracts in pyproject.toml)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from importlinter.cli import lint_imports


def test_the_layers_hold(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    status = lint_imports(no_cache=True)
    said = capsys.readouterr().out
    assert status == 0, said
    assert "0 broken" in said


def test_no_test_file_imports_from_another() -> None:
    """What several of them use stands in tests/support: a test file can be moved, split and run by itself."""
    tests = Path(__file__).parents[1]
    other = re.compile(r"^ *(?:from|import) (?:tests\.\w+(?:\.\w+)*\.)?test_\w+", re.MULTILINE)
    found = {path.name: hit[0] for path in tests.rglob("*.py") for hit in other.finditer(path.read_text())}
    assert not found
