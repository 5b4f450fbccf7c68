"""SqlJournal: `bsaudit.ports.Journal` on SQLite or PostgreSQL.

Every method is a few statements handed to the worker. Moves guard themselves: the UPDATE names the states from which
the move is legal and its row count tells, so that two processes cannot both take a probe.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Update, bindparam, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from bsaudit.adapters.journal import answers, booking, database, histories, loading, pruning, rows, schema, tables
from bsaudit.adapters.journal import lanes as places
from bsaudit.adapters.journal.owner import this_process
from bsaudit.adapters.journal.states import sources
from bsaudit.adapters.journal.worker import Worker
from bsaudit.errors import JournalError
from bsaudit.model.history import History
from bsaudit.model.ledger import Booked, Booking, Lane
from bsaudit.model.mail import Arrival, CatchSession, Submission
from bsaudit.model.probe import Probe, Settlement, State
from bsaudit.model.report import TargetEntry
from bsaudit.model.run import Pruned, RunRecord, RunState, TargetRecord
from bsaudit.model.standing import Remembered
from bsaudit.model.state import CheckEntry

# Rows in memory at a time: a plan of ten thousand probes is written in one transaction, but not built in one piece.
_PLANNED_AT_ONCE = 500

_THE_PROBE = (tables.probes.c.run_id == bindparam("in_run")) & (tables.probes.c.probe_id == bindparam("with_id"))
_STATE = select(tables.probes.c.state).where(_THE_PROBE)
_SAME_ARRIVAL = select(tables.arrivals.c.seq).where(
    tables.arrivals.c.run_id == bindparam("in_run"), tables.arrivals.c.uid_digest == bindparam("with_digest")
)
_STORE_ARRIVAL = insert(tables.arrivals)


@cache
def _move(state: State, stored: frozenset[str]) -> Update:
    """Return the guarded UPDATE; building it takes longer than running it, and it runs twice a message."""
    guard = tables.probes.c.state.in_(sources(state))
    values: dict[str, Any] = {name: bindparam(name) for name in sorted(stored)}
    return update(tables.probes).where(_THE_PROBE, guard).values(state=state, **values)


def open_journal(url: str | None = None) -> SqlJournal:
    """Open the journal at `url` (None: the user's own), create or migrate its tables.

    `url` is sqlite:///PATH, sqlite:///:memory: or postgresql://…; raises UsageError for any other form and
    JournalError with a remedy where the database cannot be used. Nothing is ever deleted.
    """
    parsed = database.parse(url)
    engine = database.connect(parsed)
    try:
        with engine.begin() as connection:
            schema.bring_up_to_date(connection)
    except (SQLAlchemyError, UnicodeDecodeError) as error:
        engine.dispose()
        raise database.translated(error, parsed) from error
    except JournalError:
        engine.dispose()
        raise
    return SqlJournal(Worker(engine, _beat))


class SqlJournal:
    """Durable memory; see `bsaudit.ports.Journal` for what each method promises."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def begin(self, run: RunRecord) -> None:
        """Store a new run of this process: its own fields and its targets."""
        row = {"id": run.id, "state": run.state, "key": run.key, "data": rows.encode_run(run)}
        row["owner"] = rows.encode(this_process())
        targets = [(target.target, rows.encode(target)) for target in run.targets]

        def operation(connection: Connection) -> None:
            connection.execute(insert(tables.runs).values(alive_at=loading.now(), **row))
            for name, data in targets:
                _store_target(connection, run.id, name, data)

        await self._worker.do(operation)

    async def update(self, run: RunRecord) -> None:
        values = {"state": run.state, "data": rows.encode_run(run)}
        statement = update(tables.runs).where(tables.runs.c.id == run.id).values(values)

        def operation(connection: Connection) -> None:
            if connection.execute(statement).rowcount == 0:
                raise JournalError(f"the journal does not know the run {run.id}")

        await self._worker.do(operation)

    async def target(self, run_id: str, target: TargetRecord) -> None:
        data = rows.encode(target)
        await self._worker.do(lambda connection: _store_target(connection, run_id, target.target, data))

    async def plan(self, run_id: str, probes: Sequence[Probe]) -> None:
        def operation(connection: Connection) -> None:
            for first in range(0, len(probes), _PLANNED_AT_ONCE):
                some = probes[first : first + _PLANNED_AT_ONCE]
                connection.execute(insert(tables.probes), [_planned(run_id, probe) for probe in some])

        await self._worker.do(operation)

    async def move(
        self,
        run_id: str,
        probe_id: str,
        state: State,
        *,
        submission: Submission | None = None,
        settlement: Settlement | None = None,
    ) -> None:
        found = {"in_run": run_id, "with_id": probe_id}
        stored = {
            name: rows.encode(value)
            for name, value in (("submission", submission), ("settlement", settlement))
            if value is not None
        }
        statement = _move(state, frozenset(stored))

        def operation(connection: Connection) -> None:
            if connection.execute(statement, found | stored).rowcount == 0:
                raise _illegal(connection.execute(_STATE, found).scalar(), probe_id, state)

        await self._worker.do(operation)

    async def book(self, bookings: Sequence[Booking], now: float) -> Sequence[Booked]:
        """See `Journal.book`."""
        return await self._worker.do(lambda connection: booking.book(connection, bookings, now))

    async def enter(self, holder: str, lanes: Sequence[Lane], now: float) -> float:
        """See `Journal.enter`."""
        return await self._worker.do(lambda connection: places.enter(connection, holder, lanes, now))

    async def leave(self, holder: str) -> None:
        await self._worker.do(lambda connection: places.leave(connection, holder))

    async def arrived(self, run_id: str, arrival: Arrival, probe_id: str | None) -> None:
        """Store an arrival; one whose uid the run has already is left as it is."""
        row = {"run_id": run_id, "probe_id": probe_id, **rows.encode_arrival(arrival)}
        found = {"in_run": run_id, "with_digest": row["uid_digest"]}

        def operation(connection: Connection) -> None:
            if connection.execute(_SAME_ARRIVAL, found).first() is None:
                connection.execute(_STORE_ARRIVAL, row)

        await self._worker.do(operation)

    async def sessions(self, run_id: str, sessions: Sequence[CatchSession]) -> None:
        values = [{"run_id": run_id, "data": rows.encode(session)} for session in sessions]
        await self._worker.do(lambda connection: connection.execute(insert(tables.sessions), values))

    async def runs(self, limit: int = 50, *, audits: bool = False) -> Sequence[RunRecord]:
        """See `Journal.runs`."""
        return await self._worker.do(lambda connection: loading.latest(connection, limit, audits=audits))

    async def load(self, run_id: str | None = None) -> RunRecord:
        """See `Journal.load`. Raises UsageError where `run_id` means no run, or more than one."""
        return await self._worker.do(lambda connection: loading.whole(connection, run_id))

    async def stored_arrivals(self, run_id: str) -> AsyncIterator[tuple[Arrival, str | None]]:
        """Yield a run's arrivals in the order in which they were stored; only a few are in memory at a time."""
        after = 0
        while page := await self._worker.do(loading.page_of_arrivals(run_id, after)):
            for row in page:
                yield rows.decode_arrival(row.raw, row.data, compressed=row.compressed), row.probe_id
                after = row.seq

    async def entries(self, run_id: str, entries: Sequence[TargetEntry], version: str) -> None:
        """See `Journal.entries`."""
        stored = [(entry.target, rows.encode(entry)) for entry in entries]
        await self._worker.do(lambda connection: histories.store_entries(connection, run_id, stored, version))

    async def stored_entries(self, wanted: Mapping[str, str]) -> dict[str, TargetEntry]:
        """See `Journal.stored_entries`."""
        return await self._worker.do(lambda connection: histories.read_entries(connection, wanted))

    async def histories(self) -> dict[str, History]:
        """See `Journal.histories`."""
        return await self._worker.do(histories.read)

    async def advance(self, target: str, step: Callable[[History], History]) -> tuple[History, History]:
        """See `Journal.advance`."""
        return await self._worker.do(lambda connection: histories.advance(connection, target, step))

    async def note_check(self, check: CheckEntry) -> None:
        data = rows.encode(check)
        await self._worker.do(lambda connection: histories.store_check(connection, data))

    async def last_check(self) -> CheckEntry | None:
        """See `Journal.last_check`."""
        return await self._worker.do(histories.last_check)

    async def recall(self, servers: str, now: float) -> Sequence[Remembered]:
        """See `Journal.recall`."""
        return await self._worker.do(lambda connection: answers.recall(connection, servers, now))

    async def remember(self, servers: str, new: Sequence[Remembered], now: float, *, alone: bool = False) -> None:
        """See `Journal.remember`."""
        await self._worker.do(lambda connection: answers.remember(connection, servers, new, now, alone=alone))

    async def prune(self, keep_s: int) -> AsyncIterator[Pruned]:
        """See `Journal.prune`. What a batch deleted stays deleted, whatever happens to the next."""
        after: int | None = 0
        while after is not None:
            after, batch = await self._worker.do(pruning.next_batch(keep_s, after))
            yield batch

    async def close(self) -> None:
        self._worker.close()


def _planned(run_id: str, probe: Probe) -> dict[str, str]:
    return {"run_id": run_id, "probe_id": probe.id, "state": State.PLANNED, "probe": rows.encode(probe)}


def _store_target(connection: Connection, run_id: str, name: str, data: str) -> None:
    table = tables.targets
    mine = (table.c.run_id == run_id) & (table.c.target == name)
    if connection.execute(update(table).where(mine).values(data=data)).rowcount == 0:
        connection.execute(insert(table).values(run_id=run_id, target=name, data=data))


def _beat(connection: Connection) -> None:
    """Show that this process lives, for those that cannot see its process number."""
    mine = (tables.runs.c.owner == rows.encode(this_process())) & (tables.runs.c.state == RunState.RUNNING)
    connection.execute(update(tables.runs).where(mine).values(alive_at=loading.now()))


def _illegal(found: str | None, probe_id: str, state: State) -> JournalError:
    if found is None:
        return JournalError(f"the journal does not know the probe {probe_id}")
    return JournalError(
        f"probe {probe_id} is {found} in the journal and cannot become {state}",
        remedy='Another process has taken this run over; "bsaudit runs" shows where it stands.',
    )
