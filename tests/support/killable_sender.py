"""A process that sends, so to speak, and journals it; killed again and again by test_kill_journal.py.

`world` is a file that gets a line for each message that leaves: the outside world, which forgets nothing. Its ACK lines
say which records the journal had promised to keep.
"""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from typing import Any

from bsaudit.adapters.journal import open_journal
from bsaudit.model.mail import Arrival, Route, Submission
from bsaudit.model.probe import CountsAs, Outcome, Probe, Recipient, Role, Settlement, State
from bsaudit.model.run import RunRecord, RunState
from tests.support.mortal import MortalJournal, When
from tests.support.zygote import serve

PROBES = tuple(f"p{number}" for number in range(4))
NOW = datetime(2026, 3, 1, tzinfo=UTC)
SUBMISSION = Submission(accepted=True, submitted_at=NOW, finished_at=NOW)
SETTLEMENT = Settlement(outcome=Outcome.REJECTED, counts_as=CountsAs.GOOD, explanation="because")


def probe(probe_id: str) -> Probe:
    return Probe(
        id=probe_id,
        kind="spam",
        route=Route.RELAY,
        recipients=(Recipient(address="x@example.org", role=Role.VALID),),
        reverse_path="",
        from_address="probe@example.com",
        reply_to="probe@example.com",
        message_id=f"<{probe_id}@example.com>",
        envid=probe_id,
        tokens=(),
        content="gtube",
    )


class World:
    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(self, *words: str) -> None:
        os.write(self._file, (" ".join(words) + "\n").encode())


async def send(journal: MortalJournal, world: World, probe_id: str) -> None:
    await journal.move("run", probe_id, State.SENDING)
    world.note("ACK", probe_id, State.SENDING)
    world.note("SENT", probe_id)
    await journal.move("run", probe_id, State.SENT, submission=SUBMISSION)
    world.note("ACK", probe_id, State.SENT)
    await journal.arrived("run", Arrival(uid=probe_id, raw=b"x" * 3000, seen_at=NOW), probe_id)
    world.note("ACK", probe_id, "arrived")
    await journal.move("run", probe_id, State.SETTLED, settlement=SETTLEMENT)
    world.note("ACK", probe_id, State.SETTLED)


async def audit(url: str, world: World, at: int, when: When) -> None:
    journal = MortalJournal(open_journal(url), at, when)
    run = RunRecord(id="run", key=b"key", started_at=NOW, route=Route.RELAY)
    await journal.begin(run)
    world.note("ACK", "run", "begun")
    await journal.plan("run", [probe(probe_id) for probe_id in PROBES])
    await asyncio.gather(*(send(journal, world, probe_id) for probe_id in PROBES))
    run.state = RunState.FINISHED
    await journal.update(run)
    world.note("CALLS", str(journal.calls))
    await journal.close()


async def work(order: dict[str, Any]) -> None:
    await audit(order["url"], World(order["world"]), order["at"], When(order["when"]))


if __name__ == "__main__":
    serve(work)
