"""The processes that stand in for installed commands behave as these do."""

from __future__ import annotations

import gzip
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.commands import run
from tests.support.logs import BOUNCE


def test_commands_that_begin_at_once_read_each_its_own_input_and_nothing_else(tmp_path: Path) -> None:
    packed = gzip.compress(BOUNCE.encode())  # which nothing may stand before

    def counted(_: int) -> int:
        return run("logs", "--format", "json", "-", cwd=tmp_path, stdin=packed).returncode

    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(counted, range(12))) == {0}
