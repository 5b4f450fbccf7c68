"""Forgetting old runs, a few in each transaction, so that an audit that goes on meanwhile gets its turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, select

from bsaudit.adapters.journal import rows
from bsaudit.adapters.journal.loading import now
from bsaudit.adapters.journal.owner import Owner, is_alive
from bsaudit.adapters.journal.tables import arrivals, entries, probes, runs, sessions, targets
from bsaudit.model.probe import Probe, State
from bsaudit.model.run import Pruned, RunState

# Runs looked at in one transaction. Each may hold hundreds of messages, and others wait meanwhile.
RUNS_AT_ONCE = 10
_INCREMENTAL = 2  # sqlite.org/pragma.html#pragma_auto_vacuum
_OPEN = (State.SENDING, State.SENT, State.REFUSED, State.MAYBE_SENT)


def next_batch(keep_s: int, after: int) -> Callable[[Connection], tuple[int | None, Pruned]]:
    """Return the operation that prunes the next old runs behind row `after`; it returns the last one's row, or None."""

    def operation(connection: Connection) -> tuple[int | None, Pruned]:
        found = _old(connection, keep_s, after)
        return (found[-1].seq if len(found) == RUNS_AT_ONCE else None), _prune(connection, found)

    return operation


def _old(connection: Connection, keep_s: int, after: int) -> Sequence[Row[Any]]:
    """Return runs whose last sign of life is more than `keep_s` seconds ago."""
    old = (runs.c.alive_at < now() - keep_s) & (runs.c.seq > after)
    columns = (runs.c.seq, runs.c.id, runs.c.state, runs.c.owner, runs.c.alive_at, now().label("now"))
    return connection.execute(select(*columns).where(old).order_by(runs.c.seq).limit(RUNS_AT_ONCE)).all()


def _prune(connection: Connection, found: Sequence[Row[Any]]) -> Pruned:
    """Delete these runs, but for those that are under way or may still be answered."""
    going_on = {row.id for row in found if _goes_on(row)}
    unanswered = {row.id for row in found if row.id not in going_on and _is_last_word(connection, row.id)}
    gone = {row.id for row in found} - going_on - unanswered
    if gone:
        for table in (arrivals, sessions, entries, probes, targets):
            connection.execute(delete(table).where(table.c.run_id.in_(gone)))
        connection.execute(delete(runs).where(runs.c.id.in_(gone)))
        _give_back(connection)
    return Pruned(deleted=len(gone), going_on=tuple(sorted(going_on)), open=tuple(sorted(unanswered)))


def _goes_on(row: Row[Any]) -> bool:
    return row.state == RunState.RUNNING and is_alive(rows.decode(row.owner, Owner), row.now - row.alive_at)


def _is_last_word(connection: Connection, run_id: str) -> bool:
    """Tell whether the run is the latest of one of its targets, and lacks answers: nothing sent is forgotten."""
    later = targets.alias()
    superseded = exists().where(later.c.target == targets.c.target, later.c.seq > targets.c.seq)
    latest = connection.execute(select(targets.c.seq).where(targets.c.run_id == run_id, ~superseded)).first()
    if latest is None:
        return False
    sent = connection.execute(select(probes.c.probe).where(probes.c.run_id == run_id, probes.c.state.in_(_OPEN)))
    return any(rows.decode(probe, Probe).control is None for probe in sent.scalars())


def _give_back(connection: Connection) -> None:
    """Give the room back to the file system; PostgreSQL sees to that by itself (autovacuum)."""
    database = connection.connection.driver_connection
    if connection.dialect.name != "sqlite" or database is None:
        return
    if database.execute("PRAGMA auto_vacuum").fetchone() == (_INCREMENTAL,):
        (free,) = database.execute("PRAGMA freelist_count").fetchone()
        for _ in range(free):  # whatever number it is given, sqlite3 runs it for one page
            database.execute("PRAGMA incremental_vacuum(1)").close()
