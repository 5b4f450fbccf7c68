"""The session log that a standing `bsaudit catch` keeps beside its Maildir, and that later runs read.

One JSON object a line: `{"session": {…CatchSession…}, "file": name in the Maildir}`. The writer holds a lock on
it as long as it listens, so that a reader knows whether callouts would be seen now. A line `{"began": time}` stands
where it began to, or where it could not write for a while: what was sent to it before that, while a run waited, was not
taken, or not seen.

A log that has grown to LOG_LIMIT becomes NAME.1, instead of the one before it, and the new one begins with the line
`{"offset": octets}` that says how many came before: positions in the log count on.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import msgspec
from msgspec import Struct

from bsaudit.adapters.regular import open_regular
from bsaudit.errors import CatchError
from bsaudit.model.mail import CatchSession
from bsaudit.text import clean_line

NAME = "bsaudit-sessions.jsonl"
# Some fifty thousand sessions; two files of it are kept.
LOG_LIMIT = 16 << 20
OLDER = ".1"
# Who writes to whom is nobody else's business: created with mode 0600.
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
LOCK_FOR_S = 1.0  # a reader that looks whether anybody listens holds the lock for an instant


class Logged(Struct, frozen=True, omit_defaults=True):
    session: CatchSession | None = None
    file: str | None = None
    began: datetime | None = None
    offset: int | None = None


class SessionLog:
    """The writer's side; may be used from several threads.

    Raises CatchError when it cannot be opened, or another `bsaudit catch` already writes there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        self._writing = threading.Lock()
        try:
            self._file = self._open_locked()
            self._base = self._begin()
            self._append(Logged(began=datetime.now(UTC)))
        except OSError as error:
            raise CatchError(
                f"cannot write the session log {clean_line(str(path))}: {error.strerror}",
                remedy="Give --session-log a file that this user may write.",
            ) from error
        self._gap = False

    def write(self, session: CatchSession, file: str | None = None) -> None:
        """Write a line whole, or raise OSError."""
        with self._writing:
            if self._file.closed:
                raise OSError(errno.EBADF, "the session log is closed")
            try:
                if self._gap:
                    self._append(Logged(began=datetime.now(UTC)))
                    self._gap = False
                self._rotate_if_long()
                self._append(Logged(session, file))
            except OSError:
                self._gap = True
                raise

    def missed(self) -> None:
        """Let readers know that sessions were seen and not written."""
        self._gap = True

    def close(self) -> None:
        with self._writing:
            self._file.close()

    def _open_locked(self) -> IO[bytes]:
        deadline = time.monotonic() + LOCK_FOR_S
        while True:
            file = _open_to_append(self._path)
            # Locked, and still the file of that name: another writer may have put a new one there meanwhile.
            if _locked(file, fcntl.LOCK_EX) and _is_at(file, self._path):
                return file
            file.close()
            if time.monotonic() > deadline:
                raise CatchError(
                    f"another bsaudit catch writes {clean_line(str(self._path))}",
                    remedy="Stop it, or give this one a Maildir of its own.",
                )
            time.sleep(0.05)

    def _begin(self) -> int:
        """Let what a power cut left half written be a line of its own; return how many octets came before the file."""
        with self._path.open("rb") as file:
            file.seek(max(0, self._size() - 1))
            if file.read() not in {b"", b"\n"}:
                self._file.write(b"\n")
            return _base(file)

    def _append(self, logged: Logged) -> None:
        line = msgspec.json.encode(logged) + b"\n"
        before = self._size()
        try:
            whole = self._file.write(line) == len(line)
        except OSError:
            os.ftruncate(self._file.fileno(), before)
            raise
        if not whole:  # a disk that is nearly full takes a part
            os.ftruncate(self._file.fileno(), before)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _rotate_if_long(self) -> None:
        """Begin a new file. There is one of that name at every moment, and it is locked: readers look at both."""
        if self._size() < LOG_LIMIT:
            return
        fresh, older = (self._path.with_name(self._path.name + suffix) for suffix in (".new", OLDER))
        fresh.unlink(missing_ok=True)
        old, self._file = self._file, _open_to_append(fresh)
        try:
            _locked(self._file, fcntl.LOCK_EX)
            self._append(Logged(offset=self._base + os.fstat(old.fileno()).st_size))
            older.unlink(missing_ok=True)
            older.hardlink_to(self._path)
            fresh.rename(self._path)
        except OSError:
            self._file.close()
            self._file = old
            raise
        self._base += os.fstat(old.fileno()).st_size
        old.close()

    def _size(self) -> int:
        return os.fstat(self._file.fileno()).st_size


# What is read of a log for the sessions of the day before: some three thousand.
TAIL = 1 << 20


def logged_since(path: Path, moment: datetime) -> list[CatchSession]:
    """Return the newest sessions since `moment` that brought mail; none where there is no log."""
    with contextlib.suppress(OSError), open_regular(path) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL))
        found = (_session(line) for line in file.read(TAIL).splitlines())
        return [session for session in found if session and _brought(session) and session.at >= moment]
    return []


def _brought(session: CatchSession) -> bool:
    return session.data and not session.lost


def _session(line: bytes) -> CatchSession | None:
    with contextlib.suppress(msgspec.DecodeError):  # of an earlier version, or the end of a longer line
        return msgspec.json.decode(line, type=Logged).session
    return None


class SessionReader:
    """A later run's side: what was logged since it began to look; positions count over all files there ever were."""

    def __init__(self, path: Path, offset: int | None = None) -> None:
        self._path = path
        self.start = self._end() if offset is None else offset
        self._read_to = self.start
        self._sessions: list[CatchSession] = []
        self._by_file: dict[str, CatchSession] = {}
        self._interrupted = False

    @property
    def kept(self) -> bool:
        """Whether a `bsaudit catch` listens and writes the log right now, and has done so all the while."""
        self._read()
        if self._interrupted:
            return False
        with contextlib.suppress(OSError), open_regular(self._path) as file:
            return not _locked(file, fcntl.LOCK_SH)
        return False

    def sessions(self) -> Sequence[CatchSession]:
        self._read()
        return tuple(self._sessions)

    def of_file(self, name: str) -> CatchSession | None:
        """Return the session in which the message `name` came."""
        if name not in self._by_file:
            self._read()
        return self._by_file.get(name)

    def _read(self) -> None:
        with contextlib.suppress(OSError), open_regular(self._path) as current:
            if _base(current) > self._read_to:
                self._read_older()
            self._read_file(current)

    def _read_older(self) -> None:
        path = self._path.resolve()
        with contextlib.suppress(OSError), open_regular(path.with_name(path.name + OLDER)) as older:
            self._read_file(older)

    def _read_file(self, file: IO[bytes]) -> None:
        base = _base(file)
        if base > self._read_to:  # what was between is gone
            self._interrupted, self._read_to = True, base
        file.seek(self._read_to - base)
        for line in file:
            if not line.endswith(b"\n"):
                break  # still being written
            self._read_to += len(line)
            self._take(line)

    def _take(self, line: bytes) -> None:
        with contextlib.suppress(msgspec.DecodeError):  # of an earlier version, on a disk that was full
            logged = msgspec.json.decode(line, type=Logged)
            if logged.session is not None:
                self._sessions.append(logged.session)
                self._by_file[logged.file or ""] = logged.session
            elif logged.began is not None and self.start:
                # Where we began to look there was a log: this is another listener than then, or it has missed some.
                self._interrupted = True

    def _end(self) -> int:
        with contextlib.suppress(OSError), open_regular(self._path) as file:
            return _base(file) + os.fstat(file.fileno()).st_size
        return 0


def _open_to_append(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, _APPEND, 0o600), "ab", buffering=0)


def _base(file: IO[bytes]) -> int:
    """Return how many octets were logged before this file."""
    file.seek(0)
    with contextlib.suppress(msgspec.DecodeError):
        return msgspec.json.decode(file.readline(), type=Logged).offset or 0
    return 0


def _is_at(file: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _locked(file: IO[bytes], how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
