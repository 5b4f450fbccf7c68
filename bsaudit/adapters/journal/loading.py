"""Runs read back, and what dead ones left behind put in order first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import BigInteger, ColumnElement, Connection, Row, Table, cast, extract, func, select, update

from bsaudit.adapters.journal import rows
from bsaudit.adapters.journal.owner import Owner, is_alive
from bsaudit.adapters.journal.states import LEFT_BEHIND
from bsaudit.adapters.journal.tables import arrivals, probes, runs, sessions, targets
from bsaudit.errors import UsageError
from bsaudit.model.mail import CatchSession, Submission, cut_short
from bsaudit.model.probe import Probe, ProbeRecord, Settlement, State
from bsaudit.model.run import RunKind, RunRecord, RunState, TargetRecord
from bsaudit.text import clean_line

T = TypeVar("T")

# Arrivals fetched at a time: they are looked at one by one, and each may be megabytes.
_PAGE = 8


def now() -> ColumnElement[int]:
    """Return the database's own time in seconds since 1970: the machines that share it need not agree."""
    return cast(extract("epoch", func.current_timestamp()), BigInteger)


def latest(connection: Connection, limit: int, *, audits: bool) -> list[RunRecord]:
    """Return the latest runs, newest first, without probes; with `audits` none that was a look at our own side."""
    newest = select(runs, now().label("now")).order_by(runs.c.seq.desc())
    if audits:
        found = list(islice(filter(_is_audit, connection.execute(newest)), limit))
    else:
        found = list(connection.execute(newest.limit(limit)))
    return [_run(connection, row) for row in found]


def whole(connection: Connection, run_id: str | None) -> RunRecord:
    """Return the run that `run_id` means, with everything but its arrivals. Raises UsageError."""
    run = _run(connection, _meant(connection, run_id))
    run.probes = _probes(connection, run.id)
    run.sessions = _values(connection, sessions, CatchSession, run.id)
    return run


def page_of_arrivals(run_id: str, after: int) -> Callable[[Connection], Sequence[Row[Any]]]:
    """Return the operation that fetches the next arrivals behind row `after`."""
    mine = (arrivals.c.run_id == run_id) & (arrivals.c.seq > after)
    statement = select(arrivals).where(mine).order_by(arrivals.c.seq).limit(_PAGE)
    return lambda connection: connection.execute(statement).all()


def _meant(connection: Connection, run_id: str | None) -> Row[Any]:
    everything = select(runs, now().label("now")).order_by(runs.c.seq.desc())
    if run_id is None:
        newest = next(filter(_is_audit, connection.execute(everything)), None)
        if newest is None:
            raise UsageError("the journal holds no run yet", remedy='"bsaudit probe" makes one.', where="journal")
        return newest
    found = connection.execute(everything.where(runs.c.id.startswith(run_id, autoescape=True)).limit(2)).all()
    exact = connection.execute(everything.where(runs.c.id == run_id)).first()
    if exact is not None or len(found) == 1:
        return exact or found[0]
    problem = "means more than one run" if found else "is no run of this journal"
    raise UsageError(f"{clean_line(run_id, 80)!r} {problem}", remedy='"bsaudit runs" lists them.', where="journal")


def _is_audit(row: Row[Any]) -> bool:
    return rows.decode(row.data, RunRecord).kind is RunKind.AUDIT


def _run(connection: Connection, row: Row[Any]) -> RunRecord:
    run = rows.decode(row.data, RunRecord)
    run.key = bytes(row.key)
    run.state = _recovered(connection, row)
    run.targets = _values(connection, targets, TargetRecord, run.id)
    return run


def _recovered(connection: Connection, row: Row[Any]) -> RunState:
    """Put a run in order whose process is gone, and return its state.

    Only the process itself knew more than the journal does; as it is gone, `sending` can only be `maybe_sent`, and
    `planned` will never be sent.
    """
    state = rows.member(row.state, RunState)
    if is_alive(rows.decode(row.owner, Owner), row.now - row.alive_at):
        return state
    for left, becomes in LEFT_BEHIND.items():
        mine = (probes.c.run_id == row.id) & (probes.c.state == left)
        connection.execute(update(probes).where(mine).values(state=becomes))
    untold = (probes.c.run_id == row.id) & (probes.c.state == State.MAYBE_SENT) & probes.c.submission.is_(None)
    last_sign = cut_short(datetime.fromtimestamp(row.alive_at, UTC))
    connection.execute(update(probes).where(untold).values(submission=rows.encode(last_sign)))
    if state is RunState.RUNNING:
        state = RunState.INTERRUPTED
        connection.execute(update(runs).where(runs.c.seq == row.seq).values(state=state))
    return state


def _probes(connection: Connection, run_id: str) -> list[ProbeRecord]:
    found = connection.execute(select(probes).where(probes.c.run_id == run_id).order_by(probes.c.seq))
    return [
        ProbeRecord(
            probe=rows.decode(row.probe, Probe),
            state=rows.member(row.state, State),
            submission=None if row.submission is None else rows.decode(row.submission, Submission),
            settlement=None if row.settlement is None else rows.decode(row.settlement, Settlement),
        )
        for row in found
    ]


def _values(connection: Connection, table: Table, kind: type[T], run_id: str) -> list[T]:
    found = connection.execute(select(table.c.data).where(table.c.run_id == run_id).order_by(table.c.seq))
    return [rows.decode(data, kind) for data in found.scalars()]
