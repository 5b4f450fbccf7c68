"""A laboratory that runs as long as the tests of a file."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import Begun
from tests.support.installed import PATIENCE_S


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory with the configuration of a laboratory that runs."""
    path = tmp_path_factory.mktemp("lab")
    process = Begun("lab", "--config", "lab.toml", cwd=path)
    try:
        while "bsaudit probe" not in (line := process.stdout.readline()):
            assert line, "the laboratory ended"
        yield path
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_S)
