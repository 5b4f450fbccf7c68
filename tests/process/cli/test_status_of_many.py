"""`status` over thousands of targets, as a monitoring system asks for it every minute."""

from __future__ import annotations

import asyncio
import json
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


async def fill(url: str, many: int) -> None:
    entry = BACKSCATTER.targets[0]
    entry = replace(entry, probes=entry.probes * 4)
    policy = Policy(max_age_s=3600.0)

    async def checked(name: str) -> None:
        seen = observe(replace(entry, target=name), (), datetime.now(UTC), None)
        await journal.advance(name, partial(advance, seen=seen, policy=policy))

    async with journal_at(url) as journal:
        await asyncio.gather(*(checked(f"{number}.example") for number in range(many)))


def took(*words: str) -> float:
    """Return the processor time of a command that ends with 1."""
    began = time.process_time()
    assert guard.run(words) == 1
    return time.process_time() - began


@pytest.mark.long
@pytest.mark.parametrize(("many", "enough_s"), [(1000, 0.5), (10_000, 5.0)])
def test_many_targets_are_told_at_once_with_the_worst_at_the_end(
    many: int, enough_s: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`enough_s` is what they may take beyond what the first target costs."""
    journal = f"--journal=sqlite:///{tmp_path}/journal.db"
    asyncio.run(fill(journal.removeprefix("--journal="), many))
    assert guard.run(["status", "1.example", journal]) == 1  # what is loaded once is loaded now
    capsys.readouterr()

    assert took("status", journal) < enough_s
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("BACKSCATTER") for line in lines) == many
    assert lines[many + 1].startswith(f"{many} of {many} BACKSCATTER: 0.example, 1.example")

    assert took("status", journal, f"--format=json={tmp_path}/all.json") < 2 * enough_s
    assert len(json.loads((tmp_path / "all.json").read_bytes())["targets"]) == many
