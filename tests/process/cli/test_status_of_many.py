"""`status` over thousands of targets, as a monitoring system asks for it every minute."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from datetime import UTC, datetime
from functools import partial, reduce
from pathlib import Path

import pytest
from msgspec.structs import replace

from bsaudit.cli import guard
from bsaudit.judge.condition import advance, observe
from bsaudit.model.history import Policy
from bsaudit.model.mail import Route
from bsaudit.model.run import RunRecord
from bsaudit.report.formats import Document, fitting
from bsaudit.wiring.tools import journal_at
from tests.support.reports import BACKSCATTER, run

LOG = logging.getLogger(__name__)


EACH = 40  # targets of a run
# Times what the brief may take: an entry is some 20 kB of JSON, and all of it is written, or more than that.
WHOLE = {"junit": 1, "markdown": 1, "github": 1, "sarif": 1, "csv": 1, "json": 2, "jsonl": 2, "html": 1}


async def fill(url: str, many: int) -> None:
    """Let each target have ten runs behind it, with the whole entry of the last."""
    entry = BACKSCATTER.targets[0]
    entry = replace(entry, probes=entry.probes * 4)
    policy, now = Policy(max_age_s=3600.0), datetime.now(UTC)

    async def checked(number: int) -> None:
        run_id, entries = f"{number:08x}", [replace(entry, target=f"{number + n}.example") for n in range(EACH)]
        await journal.begin(RunRecord(id=run_id, key=b"", started_at=now, route=Route.RELAY, grace_s=1.0))
        await journal.entries(run_id, entries, "0")
        for one in entries:
            steps = [partial(advance, seen=observe(one, (), now, run(id=run_id)), policy=policy)] * 10
            await journal.advance(
                one.target, lambda history, steps=steps: reduce(lambda h, step: step(h), steps, history)
            )

    async with journal_at(url) as journal:
        await asyncio.gather(*(checked(number) for number in range(0, many, EACH)))


def took(*words: str) -> float:
    """Return the processor time of a command that ends with 1."""
    began = time.process_time()
    assert guard.run(words) == 1
    return time.process_time() - began


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("many", "enough_s"), [(1000, 0.5), (10_000, 5.0)])
def test_many_targets_are_told_at_once_with_the_worst_at_the_end(
    many: int, enough_s: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`enough_s` is what they may take beyond what the first target costs."""
    journal = f"--journal=sqlite:///{tmp_path}/journal.db"
    asyncio.run(fill(journal.removeprefix("--journal="), many))
    every = [f"--format={name}={tmp_path}/{name}" for name in fitting(Document.REPORT)]
    assert guard.run(["status", "1.example", journal, *every]) == 1  # what is loaded once is loaded now
    capsys.readouterr()

    assert took("status", journal) < enough_s
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("BACKSCATTER") for line in lines) == many
    assert lines[many + 1].startswith(f"{many} of {many} BACKSCATTER: 0.example, 1.example")

    slow: dict[str, float] = {}
    for name in fitting(Document.REPORT):
        seconds = took("status", journal, f"--format={name}={tmp_path}/{name}")
        LOG.warning("%s of %d targets: %.2f s", name, many, seconds)
        slow |= {name: seconds} if seconds >= WHOLE.get(name, 1) * enough_s else {}
    assert not slow
    targets = json.loads((tmp_path / "json").read_bytes())["targets"]
    assert len(targets) == many
    assert all(target["probes"] for target in targets)
