"""The committed files that are generated are what their generators write (.ci/run compares them, too)."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LISTED = (ROOT / ".ci/generated").read_text().splitlines()
LINES = [line.split(maxsplit=1) for line in LISTED if not line.startswith("#")]


@pytest.mark.parametrize(("file", "command"), LINES, ids=[file for file, _ in LINES])
def test_a_generated_file_is_current(file: str, command: str) -> None:
    python, *words = shlex.split(command)
    assert python == "python"
    done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout == (ROOT / file).read_bytes(), f"run: {command} > {file}"


def test_every_generator_is_listed() -> None:
    listed = {command for _, command in LINES} | {"python -m docs.generate.man"}  # which writes a folder, at a release
    assert {f"python -m docs.generate.{path.stem}" for path in (ROOT / "docs/generate").glob("*.py")} <= listed
