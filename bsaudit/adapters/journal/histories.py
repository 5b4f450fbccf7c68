"""What runs showed of targets, as it was judged, and how the targets stand over all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection, delete, insert, select, text, update

from bsaudit.adapters.journal import rows
from bsaudit.adapters.journal.tables import checks, entries, histories
from bsaudit.judge.condition import beginning
from bsaudit.model.history import History
from bsaudit.model.report import TargetEntry
from bsaudit.model.state import CheckEntry

# In PostgreSQL somebody else may begin the same one at the same moment: then this waits for him, and takes his.
_BEGIN = text("INSERT INTO bsaudit_histories (target, data) VALUES (:target, :data) ON CONFLICT (target) DO NOTHING")
# Bound variables in one statement: every SQLite takes 999.
_AT_ONCE = 500


def store_entries(connection: Connection, run_id: str, stored: Sequence[tuple[str, str]], version: str) -> None:
    """Store entries (target and text) of a run in place of those that it has."""
    connection.execute(delete(entries).where(entries.c.run_id == run_id))
    if stored:
        values = [{"run_id": run_id, "target": target, "version": version, "data": data} for target, data in stored]
        connection.execute(insert(entries), values)


def read_entries(connection: Connection, wanted: Mapping[str, str]) -> dict[str, TargetEntry]:
    """Return entries by target, each of the run that is wanted of it."""
    found: dict[str, TargetEntry] = {}
    runs = sorted(set(wanted.values()))
    for first in range(0, len(runs), _AT_ONCE):
        some = entries.c.run_id.in_(runs[first : first + _AT_ONCE])
        for row in connection.execute(select(entries.c.run_id, entries.c.target, entries.c.data).where(some)):
            if wanted.get(row.target) == row.run_id:
                found[row.target] = rows.decode(row.data, TargetEntry)
    return found


def read(connection: Connection) -> dict[str, History]:
    """Return all histories by target."""
    return {row.target: rows.decode(row.data, History) for row in connection.execute(select(histories))}


def advance(connection: Connection, target: str, step: Callable[[History], History]) -> tuple[History, History]:
    """Replace a target's history by what `step` makes of it, while nobody else can."""
    mine = histories.c.target == target
    found = select(histories.c.data).where(mine).with_for_update()
    stored = connection.execute(found).scalar()
    if stored is None:
        connection.execute(_BEGIN, {"target": target, "data": rows.encode(beginning(target))})
        stored = connection.execute(found).scalar_one()
    before = rows.decode(stored, History)
    after = step(before)
    if after != before:
        connection.execute(update(histories).where(mine).values(data=rows.encode(after)))
    return before, after


def store_check(connection: Connection, data: str) -> None:
    connection.execute(delete(checks))
    connection.execute(insert(checks).values(data=data))


def last_check(connection: Connection) -> CheckEntry | None:
    """Return how the last check went, if there was one."""
    data = connection.execute(select(checks.c.data).order_by(checks.c.seq.desc()).limit(1)).scalar()
    return None if data is None else rows.decode(data, CheckEntry)
