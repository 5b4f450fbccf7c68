"""Every call that writes to the journal, and every move of a probe; and a journal in which each of them can be done."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable

from bsaudit.adapters.journal import SqlJournal
from bsaudit.adapters.journal.states import MOVES
from bsaudit.model.mail import CatchSession, Host
from bsaudit.model.probe import State
from bsaudit.model.run import RunState, TargetRecord
from tests.support.journal_contract import PATHS, walk
from tests.support.journal_values import NOW, arrival, probe, run_record, settlement, submission

Act = Callable[[SqlJournal], Awaitable[object]]
RUN, OLD = "7f3a", "0ld"
SESSION = CatchSession(at=NOW, peer=Host(address="192.0.2.9"), mail_from="", rcpt_to=("probe@example.com",))


def _move(source: State, target: State) -> Act:
    told = {"submission": submission()} if source is State.SENDING else {}
    if target is State.SETTLED:
        told = {"settlement": settlement()}
    return lambda journal: journal.move(RUN, source, target, **told)  # type: ignore[arg-type]


async def _finish(journal: SqlJournal) -> None:
    run = run_record(RUN)
    run.state = RunState.FINISHED
    await journal.update(run)


async def _prune(journal: SqlJournal) -> None:
    assert [batch.deleted async for batch in journal.prune(3600)] == [1]


ACTS: dict[str, Act] = {
    "begin": lambda journal: journal.begin(run_record("new")),
    "update": _finish,
    "target": lambda journal: journal.target(RUN, TargetRecord(target="example.net", domain="example.net")),
    "plan": lambda journal: journal.plan(RUN, [probe(f"new{number}") for number in range(50)]),
    "arrived": lambda journal: journal.arrived(RUN, arrival("2", random.Random(1).randbytes(50_000)), None),
    "sessions": lambda journal: journal.sessions(RUN, [SESSION] * 20),
    "prune": _prune,
} | {f"{source} to {target}": _move(source, target) for source, targets in MOVES.items() for target in targets}


async def fill(journal: SqlJournal) -> None:
    """Leave a probe in every state, and an old run."""
    await journal.begin(run_record(OLD))
    await journal.arrived(OLD, arrival("1", b"x" * 20_000), None)
    await journal._worker.do(lambda connection: connection.exec_driver_sql("UPDATE bsaudit_runs SET alive_at = 0"))
    old = run_record(OLD)
    old.state = RunState.FINISHED
    await journal.update(old)
    await journal.begin(run_record(RUN))
    await journal.target(RUN, TargetRecord(target="example.org", domain="example.org"))
    await journal.plan(RUN, [probe(state) for state in State])
    for state in State:
        await walk(journal, RUN, state, *PATHS[state])
    await journal.sessions(RUN, [SESSION])
