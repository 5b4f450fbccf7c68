"""`kill -9` of the real pipeline at calls to its journal: nothing lost, nothing sent twice.

The laboratory and a standing catch MX run in this process and outlive the audits, as the world does. What the relay
accepted is compared with what the journal says; then `collect` finds the answers that came after the death.
"""

from __future__ import annotations

import asyncio
import contextlib
import email
import json
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bsaudit.adapters.catch import open_mailbox
from bsaudit.adapters.catch.sink import Accepted
from bsaudit.adapters.catch.sink_session import Limits
from bsaudit.adapters.catch.standing import StandingCatch
from bsaudit.adapters.clock import SystemClock
from bsaudit.adapters.journal import open_journal
from bsaudit.audit import collect
from bsaudit.errors import UsageError
from bsaudit.lab.host import Envelope
from bsaudit.lab.laboratory import CATCH_ADDRESS, Lab, laboratory
from bsaudit.lab.relay import Relay
from bsaudit.model.probe import State
from bsaudit.model.report import Report, Verdict
from bsaudit.model.run import RunRecord, RunState
from tests.support.killable_audit import settings
from tests.support.mortal import When

NEVER = 10_000
ROOT = Path(__file__).parents[3]
# What the relay accepted stands in the journal as one of these.
MAY_HAVE_LEFT = {State.SENT, State.MAYBE_SENT, State.SETTLED}


class World:
    """The laboratory, a catch MX, and the memory of what the relay accepted: Message-ID → times."""

    def __init__(self, lab: Lab, directory: Path) -> None:
        self.lab = lab
        self.directory = directory
        self.maildir = str(directory / "maildir")
        self.accepted: Counter[str] = Counter()

    def order(self, number: int, at: int, when: When) -> dict[str, Any]:
        return {
            "lab": msgspec.to_builtins(self.lab),
            "journal": self.journal(number),
            "maildir": self.maildir,
            "at": at,
            "when": when,
            "calls": str(self.directory / f"{number}.calls"),
        }

    def journal(self, number: int) -> str:
        return f"sqlite:///{self.directory}/{number}.db"


@contextlib.asynccontextmanager
async def world(directory: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    pass_on = Relay.accepted

    async def remember(relay: Relay, envelope: Envelope) -> None:
        here.accepted[str(email.message_from_bytes(envelope.content)["Message-ID"])] += 1
        await pass_on(relay, envelope)

    monkeypatch.setattr(Relay, "accepted", remember)
    async with laboratory() as lab:
        here = World(lab, directory)
        catch = StandingCatch(
            Accepted((CATCH_ADDRESS,)),
            maildir=Path(here.maildir),
            log=None,
            clock=SystemClock(),
            on_session=lambda _, **__: None,
            limits=Limits(),
        )
        await catch.listen(lab.catch, lab.mx_port)
        try:
            yield here
        finally:
            await catch.close()


class Auditor:
    """Starts audits in processes of their own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def run(self, order: dict[str, Any]) -> int:
        """Run one audit; return the signal that killed it, or 0."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        await self._answer()  # its process number
        return await self._answer()

    async def _answer(self) -> int:
        assert self._process.stdout is not None
        return int(await self._process.stdout.readline())

    async def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()


@contextlib.asynccontextmanager
async def auditor() -> AsyncIterator[Auditor]:
    command = [sys.executable, "-m", "tests.support.killable_audit"]
    pipe = asyncio.subprocess.PIPE
    started = Auditor(await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe))
    try:
        yield started
    finally:
        await started.close()


async def look_again(here: World, number: int) -> tuple[RunRecord, Report] | None:
    """Collect late answers; None: the audit died before it had begun anything."""
    aimed = settings(here.lab, here.journal(number), here.maildir)
    assert aimed.catch is not None
    clock = SystemClock()
    journal, mailbox = open_journal(here.journal(number)), open_mailbox(aimed.catch, clock=clock)
    try:
        collected = await collect(None, mailbox=mailbox, journal=journal, clock=clock)
        return await journal.load(), collected.report
    except UsageError:
        return None
    finally:
        await mailbox.close()
        await journal.close()


def check(here: World, seen: Counter[str], found: tuple[RunRecord, Report] | None) -> None:
    """Compare what the relay accepted since `seen` with what the journal knows."""
    accepted = here.accepted - seen
    assert set(accepted.values()) <= {1}, "sent twice"
    if found is None:
        assert not accepted, "sent before the run was begun"
        return
    run, report = found
    states = {record.probe.message_id: record.state for record in run.probes}
    assert all(states.get(message_id) in MAY_HAVE_LEFT for message_id in accepted), "sent and forgotten"
    told = {record.probe.message_id for record in run.probes if record.submission is not None}
    assert set(accepted) <= told, "sent, and said to be unsent"
    claimed = {r.probe.message_id for r in run.probes if r.submission is not None and r.submission.accepted}
    assert claimed <= set(accepted), "never sent, and claimed"
    assert not {State.PLANNED, State.SENDING} & set(states.values())
    verdicts = {target.target: target.verdict for target in report.targets}
    assert verdicts.get("good.test") is not Verdict.BACKSCATTER
    assert verdicts.get("bad.test") is not Verdict.CLEAN


async def kill_and_look(here: World, auditing: Auditor, number: int, at: int, when: When) -> RunState | None:
    seen = here.accepted.copy()
    assert await auditing.run(here.order(number, at, when)) == signal.SIGKILL
    found = await look_again(here, number)
    check(here, seen, found)
    return found[0].state if found else None


async def calls_of_a_run_that_lives(here: World, auditing: Auditor) -> int:
    assert await auditing.run(here.order(0, NEVER, When.AFTER)) == 0
    found = await look_again(here, 0)
    check(here, Counter(), found)
    assert found is not None
    assert [target.verdict for target in found[1].targets] == [Verdict.CLEAN, Verdict.BACKSCATTER]
    return int((here.directory / "0.calls").read_text())


async def kill_at_random(directory: Path, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    chance = random.Random(20260301)
    async with world(directory, monkeypatch) as here, auditor() as auditing:
        calls = await calls_of_a_run_that_lives(here, auditing)
        for number in range(1, times + 1):
            # The last few calls move with the wind: a run that ends before its death would prove nothing.
            await kill_and_look(here, auditing, number, chance.randrange(calls * 9 // 10), chance.choice(list(When)))


def test_killed_at_calls_to_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(kill_at_random(tmp_path, monkeypatch, 6))


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_killed_a_hundred_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(kill_at_random(tmp_path, monkeypatch, 100))
