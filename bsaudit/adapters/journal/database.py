"""Which database the journal is, how it is opened, and what its errors mean to the user.

SQLite is set up to survive power loss, not only a crash: in WAL mode `synchronous=NORMAL` may lose the last commits
when the power fails, and with them the record of a message already sent. `EXTRA` syncs on every commit, in WAL mode
like `FULL`, and also where WAL is impossible (network file systems) and a rollback journal's removal must be synced.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from platformdirs import user_state_path
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import QueuePool, StaticPool

from bsaudit.errors import JournalError, UsageError
from bsaudit.paths import user_path
from bsaudit.text import clean_line

# How long one run waits for another one's transaction, which takes milliseconds: long enough for a stalled disk.
BUSY_TIMEOUT_S = 30
_CONNECT_TIMEOUT_S = 15
# How long a server may leave what we sent unacknowledged, and how long it may be silent before TCP asks for it.
_SILENT_S = 30
_WAL_PAUSE_S = 0.01

_ANOTHER = "another journal: --journal sqlite:///PATH."
_FORMS = "sqlite:///PATH, sqlite:///:memory: or postgresql://[USER@]HOST[:PORT]/DATABASE"
_DAMAGED = f"Nothing was changed or deleted; move the file away to start a new journal, or name {_ANOTHER}"

# SQLite's result codes (sqlite.org/rescode.html), by how their names begin: what is said, and the remedy.
_SQLITE_ERRORS = (
    ("SQLITE_NOTADB", "the file is not a journal", _DAMAGED),
    ("SQLITE_CORRUPT", "the journal file is damaged", _DAMAGED),
    ("SQLITE_FULL", "the disk is full", f"Make room, or name {_ANOTHER}"),
    ("SQLITE_IOERR_SHMSIZE", "the disk is full", f"Make room, or name {_ANOTHER}"),  # not even for what lies beside it
    (
        "SQLITE_READONLY",
        "the journal cannot be written",
        f"Make file and directory writable, or name {_ANOTHER}",
    ),
    (
        "SQLITE_CANTOPEN",
        "the journal cannot be opened",
        f"Make file and directory writable, or name {_ANOTHER}",
    ),
    ("SQLITE_PERM", "the journal may not be opened", f"Name {_ANOTHER}"),
    ("SQLITE_BUSY", "another program keeps the journal locked", f"Wait until it is done, or name {_ANOTHER}"),
    ("SQLITE_IOERR", "reading or writing the journal failed", f"Check the disk, or name {_ANOTHER}"),
)


# PostgreSQL's error codes (its manual, appendix A), alike.
_POSTGRESQL_ERRORS = (
    ("53100", "the disk is full", f"Make room at the server, or name {_ANOTHER}"),
    ("25006", "the journal cannot be written", f"Name a server that is not read-only, or {_ANOTHER}"),
    ("42501", "the journal may not be used", f"Grant this user what it lacks, or name {_ANOTHER}"),
    ("55P03", "another program keeps the journal locked", f"Wait until it is done, or name {_ANOTHER}"),
)


def parse(url: str | None) -> URL:
    """Return where the journal is; None is the user's own. Raises UsageError for a URL of no known form."""
    if url is None:
        return URL.create("sqlite", database=str(_default_path()))
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # The text may hold a password anywhere: do not quote it.
        raise UsageError("the journal's URL cannot be read", remedy=f"Forms: {_FORMS}.", where="journal") from None
    match parsed.drivername:
        case "sqlite" | "sqlite+pysqlite":
            return URL.create("sqlite", database=_expanded(parsed.database))
        case "postgresql" | "postgres" | "postgresql+psycopg":
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            message = f"a journal of the kind {clean_line(other)!r} is not known"
            raise UsageError(message, remedy=f"Forms: {_FORMS}.", where="journal")


def shown(url: URL) -> str:
    """Return the journal's name for messages: a path, or a URL with its password masked."""
    if url.get_backend_name() == "sqlite":
        return str(url.database or ":memory:")
    return url.set(query={}).render_as_string(hide_password=True)


def connect(url: URL) -> Engine:
    """Return an engine whose connections are set up for durability. Raises JournalError."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    return _postgresql(url)


def translated(error: SQLAlchemyError | UnicodeDecodeError, url: URL) -> JournalError:
    """Say what a database error means, and what to do about it."""
    if isinstance(error, UnicodeDecodeError):  # sqlite3, over the name of something in a damaged file
        return JournalError(f"the journal file is damaged: {shown(url)}", remedy=_DAMAGED)
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    name = getattr(cause, "sqlite_errorname", "") or getattr(cause, "sqlstate", None) or ""
    for prefix, message, remedy in (*_SQLITE_ERRORS, *_POSTGRESQL_ERRORS):
        if name.startswith(prefix):
            return JournalError(f"{message}: {shown(url)}", remedy=remedy)
    said = clean_line(str(cause), 300)
    if url.password:
        said = said.replace(str(url.password), "***")
    return JournalError(
        f"the journal {shown(url)} failed: {said}", remedy=f"Check that it is reachable, or name {_ANOTHER}"
    )


def _default_path() -> Path:
    try:
        path = user_state_path("bsaudit", appauthor=False) / "journal.db"
    except RuntimeError as error:
        raise _no_home() from error
    if not path.is_absolute():  # older platformdirs leave "~" as it is
        raise _no_home()
    return path


def _expanded(path: str | None) -> str | None:
    """Return the path of an SQLite file with `~` resolved; None means a database in memory."""
    if path is None or path in {"", ":memory:"}:
        return None
    expanded = str(user_path(path))
    if expanded.startswith("~"):  # a file of that name would be made where we stand
        raise _no_home()
    return expanded


def _no_home() -> JournalError:
    return JournalError("there is no home directory for the journal", remedy=f"Name {_ANOTHER}")


def _sqlite(url: URL) -> Engine:
    if url.database is None:
        pool: dict[str, Any] = {"poolclass": StaticPool}  # a database in memory lives in its one connection
    else:
        _create_private(Path(url.database))
        pool = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}
    arguments = {"check_same_thread": False, "timeout": BUSY_TIMEOUT_S, "isolation_level": None}
    engine = create_engine(url, connect_args=arguments, hide_parameters=True, **pool)
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _create_private(path: Path) -> None:
    """Create the file for its owner alone, if it is not there yet; SQLite's own files beside it inherit the mode.

    An existing file keeps its mode: its owner may have opened it to a group on purpose.
    """
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        message = f"the journal {clean_line(str(path))} cannot be created: {reason}"
        raise JournalError(message, remedy=f"Make its directory writable, or name {_ANOTHER}") from error


def _set_pragmas(connection: Any, _record: object) -> None:
    _enter_wal(connection)
    # The page cache (KiB) holds the indexes of the largest run; rows are written once and rarely read.
    for pragma in ("synchronous=EXTRA", "foreign_keys=ON", "cache_size=-512"):
        connection.execute(f"PRAGMA {pragma}").close()


def _enter_wal(connection: Any) -> None:
    """Switch to write-ahead logging: SQLite does not wait by itself while another run that starts now does the same."""
    give_up_at = monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            _let_shrink(connection)
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() >= give_up_at:
                raise
            sleep(_WAL_PAUSE_S)
        else:
            return


def _let_shrink(connection: Any) -> None:
    """Make a new file one that can give room back when runs are pruned: it must be said before anything is written."""
    if connection.execute("PRAGMA page_count").fetchone() == (0,):
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL").close()


def _begin_immediate(connection: Any) -> None:
    # Take the write lock at once: a transaction that starts reading and then writes cannot wait for another writer.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


# libpq's names; without them a server behind a broken network is waited for as long as TCP does, or for ever.
_POSTGRESQL_ARGUMENTS = {
    "connect_timeout": _CONNECT_TIMEOUT_S,
    "application_name": "bsaudit",
    "tcp_user_timeout": _SILENT_S * 1000,
    "keepalives_idle": _SILENT_S,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


def _postgresql(url: URL) -> Engine:
    try:
        engine = create_engine(
            url,
            connect_args=_POSTGRESQL_ARGUMENTS,
            hide_parameters=True,
            pool_size=1,
            max_overflow=0,
            pool_pre_ping=True,  # a server that was restarted while nothing was written costs nothing
        )
    except (ImportError, NoSuchModuleError) as error:
        raise JournalError(
            "a PostgreSQL journal needs psycopg, which is not installed",
            remedy="pip install 'bsaudit[postgresql]'",
        ) from error
    event.listen(engine, "connect", _set_up_session)
    return engine


def _set_up_session(connection: Any, _record: object) -> None:
    # A server may be set to acknowledge commits that are not on disk yet; for this session it must not.
    connection.execute("SET synchronous_commit = on")
    connection.execute(f"SET lock_timeout = '{BUSY_TIMEOUT_S * 1000:.0f}ms'")  # its default is for ever
    connection.commit()
