"""Runs that are killed, and what the journal knows of them afterwards, compared with what the world saw."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from bsaudit.adapters.journal import SqlJournal, open_journal
from bsaudit.errors import JournalError, UsageError
from bsaudit.model.probe import State
from bsaudit.model.run import RunRecord, RunState
from tests.support.killable_sender import PROBES
from tests.support.mortal import When

ROOT = Path(__file__).parents[2]
NEVER = 10_000
# begin, plan, four calls for each probe, update
CALLS = 2 + 4 * len(PROBES) + 1
MAY_HAVE_LEFT = {State.SENT, State.MAYBE_SENT, State.SETTLED}
# How far a record had got when the journal promised it, and the states that keep the promise.
KEPT = {
    "sending": MAY_HAVE_LEFT,
    "sent": {State.SENT, State.SETTLED},
    "arrived": {State.SENT, State.SETTLED},
    "settled": {State.SETTLED},
}


class Killer:
    """Starts runs and kills them."""

    def __init__(self, directory: Path, url: Callable[[int], str]) -> None:
        """`url` says where the journal of each run is, by its number; it is empty."""
        command = [sys.executable, "-W", "error", "-m", "tests.support.killable_sender"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._directory, self._url = directory, url
        self._runs = 0

    def begin(self, at: int = NEVER, when: When = When.AFTER) -> int:
        """Start a run with a new journal and return its process number."""
        self._runs += 1
        self.url = self._url(self._runs)
        self.world = self._directory / f"{self._runs}.world"
        order = {"url": self.url, "world": str(self.world), "at": at, "when": when}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def end(self) -> int:
        """Wait for the run's end and return the signal that killed it, or 0."""
        return int(self._process.stdout.readline())

    def notes(self) -> list[list[str]]:
        return [line.split() for line in self.world.read_text().splitlines()] if self.world.exists() else []

    def close(self) -> None:
        self._process.communicate()
        assert self._process.returncode == 0


async def try_to_send_again(journal: SqlJournal, run: RunRecord) -> list[str]:
    """Do what a careless successor would: send whatever the journal lets it."""
    sent = []
    for record in run.probes:
        try:
            await journal.move(run.id, record.probe.id, State.SENDING)
        except JournalError:
            continue
        sent.append(record.probe.id)
    return sent


async def look(url: str) -> tuple[RunRecord | None, set[str], list[str]]:
    journal = open_journal(url)
    try:
        run = await journal.load()
        arrived = {arrival.uid async for arrival, _ in journal.stored_arrivals(run.id)}
        return run, arrived, await try_to_send_again(journal, run)
    except UsageError:  # killed before the run was begun
        return None, set(), []
    finally:
        await journal.close()


def kill(pid: int) -> None:
    """Kill a process, unless it is done: by a descriptor, so that a number used again hits nobody else."""
    with suppress(ProcessLookupError):
        process = os.pidfd_open(pid)
        try:
            signal.pidfd_send_signal(process, signal.SIGKILL)
        finally:
            os.close(process)


def check(killer: Killer) -> None:
    """Compare what the world knows with what the journal says."""
    notes = killer.notes()
    run, arrived, sent_again = asyncio.run(look(killer.url))
    sent = Counter(note[1] for note in notes if note[0] == "SENT")
    assert all(times == 1 for times in sent.values())
    assert sent_again == []
    if run is None:
        assert notes == []
        return
    assert run.state in {RunState.INTERRUPTED, RunState.FINISHED}
    states = {record.probe.id: record.state for record in run.probes}
    assert not {State.PLANNED, State.SENDING} & set(states.values())
    assert all(states[probe_id] in MAY_HAVE_LEFT for probe_id in sent)
    for _, probe_id, reached in (note for note in notes if note[0] == "ACK" and note[1] != "run"):
        assert states[probe_id] in KEPT[reached]
        assert probe_id in arrived or reached in {"sending", "sent"}


def kill_at_random_moments(killer: Killer, times: int) -> None:
    """Begin and kill `times` runs, and check each of them; fails where most of them were over before."""
    killer.begin()
    started = time.monotonic()
    killer.end()
    lifetime = time.monotonic() - started
    chance = random.Random(20260301)
    killed = 0
    for _ in range(times):
        pid = killer.begin()
        time.sleep(chance.uniform(0, lifetime))
        kill(pid)
        in_time = killer.end() == signal.SIGKILL
        killed += in_time
        lifetime *= 1.1 if in_time else 0.7  # a machine is not equally fast all the time
        check(killer)
    assert killed > 0.3 * times
