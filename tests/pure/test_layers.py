"""The house: arrows point down only, and the pure layers stay pure (contracts in pyproject.toml)."""

from __future__ import annotations

from pathlib import Path

import pytest
from importlinter.cli import lint_imports


def test_the_layers_hold(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    status = lint_imports(no_cache=True)
    said = capsys.readouterr().out
    assert status == 0, said
    assert "0 broken" in said
