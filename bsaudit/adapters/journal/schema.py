"""Bringing the tables up to date: a new journal gets them as they are, an older one migrates step by step."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, insert, inspect, select, text, update

from bsaudit.adapters.journal.tables import answers, checks, entries, histories, lanes, ledger, metadata, versions
from bsaudit.errors import JournalError

# MIGRATIONS[0] lifts version 1 to 2, MIGRATIONS[1] version 2 to 3, …: append only, and never edit one that shipped.
Migration = Callable[[Connection], None]


def _find_sessions_by_run(connection: Connection) -> None:
    """Version 2: an index, without which pruning looks through all sessions for each run."""
    connection.execute(text("CREATE INDEX bsaudit_sessions_run ON bsaudit_sessions (run_id)"))


def _keep_a_ledger(connection: Connection) -> None:
    """Version 3: what was sent to whom, for the budgets that all runs share."""
    ledger.create(connection, checkfirst=True)


def _keep_lanes(connection: Connection) -> None:
    """Version 4: the sessions under way with receiving hosts."""
    lanes.create(connection, checkfirst=True)


def _keep_histories(connection: Connection) -> None:
    """Version 5: what each run showed, as it was judged, and how targets stand over all of them."""
    for table in (entries, histories, checks):
        table.create(connection, checkfirst=True)


def _keep_answers(connection: Connection) -> None:
    """Version 6: what DNS lists answered."""
    answers.create(connection, checkfirst=True)


MIGRATIONS: tuple[Migration, ...] = (
    _find_sessions_by_run,
    _keep_a_ledger,
    _keep_lanes,
    _keep_histories,
    _keep_answers,
)

# Any fixed number: PostgreSQL's advisory locks are known by one. This one spells "bsau".
_MIGRATION_LOCK = 0x62736175


def bring_up_to_date(connection: Connection, migrations: tuple[Migration, ...] = MIGRATIONS) -> None:
    """Create or migrate the tables, in the caller's transaction. Raises JournalError if they are newer than we know."""
    if connection.dialect.name == "postgresql":  # SQLite's transactions exclude each other anyway
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
    newest = 1 + len(migrations)
    found = _version(connection)
    if found is None:
        metadata.create_all(connection)
        connection.execute(insert(versions).values(version=newest))
    elif found > newest:
        raise JournalError(
            f"the journal was written by a newer bsaudit (version {found} of its tables; this one knows {newest})",
            remedy="Upgrade bsaudit, or name another journal: --journal sqlite:///PATH.",
        )
    elif found < 1:
        raise JournalError(
            f"the journal says that its tables are of version {found}: it is damaged",
            remedy="Nothing was changed or deleted; name another journal: --journal sqlite:///PATH.",
        )
    elif found < newest:
        for step in migrations[found - 1 :]:
            step(connection)
        connection.execute(update(versions).values(version=newest))


def _version(connection: Connection) -> int | None:
    if not inspect(connection).has_table(versions.name):
        return None
    version: int = connection.execute(select(versions.c.version)).scalar_one()
    return version
