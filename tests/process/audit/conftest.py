"""A laboratory that runs as long as the tests of a file."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.installed import BARE, COMMAND, PATIENCE_S


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory with the configuration of a laboratory that runs."""
    path = tmp_path_factory.mktemp("lab")
    process = subprocess.Popen([COMMAND, "lab", "--config", "lab.toml"], cwd=path, env=BARE, stdout=-1, text=True)
    assert process.stdout is not None
    try:
        while "bsaudit probe" not in (line := process.stdout.readline()):
            assert line, "the laboratory ended"
        yield path
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_S)
