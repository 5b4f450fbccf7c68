"""`status` over a thousand targets, as a monitoring system asks for it every minute."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from bsaudit.cli import guard
from bsaudit.judge.condition import advance, observe
from bsaudit.model.history import Policy
from bsaudit.wiring.tools import journal_at
from tests.support.reports import BACKSCATTER

MANY = 1000
ENOUGH_S = 0.5  # of processor time, beyond what the first target costs


async def fill(url: str) -> None:
    entry = BACKSCATTER.targets[0]
    entry = replace(entry, probes=entry.probes * 4)
    policy = Policy(max_age_s=3600.0)

    async def checked(name: str) -> None:
        seen = observe(replace(entry, target=name), (), datetime.now(UTC), None)
        await journal.advance(name, partial(advance, seen=seen, policy=policy))

    async with journal_at(url) as journal:
        await asyncio.gather(*(checked(f"{number}.example") for number in range(MANY)))


@pytest.mark.long
def test_a_thousand_targets_are_told_at_once_with_the_worst_at_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = f"--journal=sqlite:///{tmp_path}/journal.db"
    asyncio.run(fill(journal.removeprefix("--journal=")))
    assert guard.run(["status", "1.example", journal]) == 1  # what is loaded once is loaded now
    capsys.readouterr()

    began = time.process_time()
    assert guard.run(["status", journal]) == 1
    took = time.process_time() - began
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("BACKSCATTER") for line in lines) == MANY
    assert lines[MANY + 1].startswith("1000 of 1000 BACKSCATTER: 0.example, 1.example")
    assert took < ENOUGH_S
