"""The session log that a standing `bsaudit catch` keeps beside its Maildir, and that later runs read.

One JSON object a line: `{"session": {…CatchSession…}, "file": name in the Maildir}`. The writer holds a lock on
it as long as it listens, so that a reader knows whether callouts would be seen now. A line `{"began": time}` stands
where it began to: what was sent to it before that, while a run waited, was not taken.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
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
# Who writes to whom is nobody else's business: created with mode 0600.
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
LOCK_FOR_S = 1.0  # a reader that looks whether anybody listens holds the lock for an instant


class Logged(Struct, frozen=True, omit_defaults=True):
    session: CatchSession | None = None
    file: str | None = None
    began: datetime | None = None


class SessionLog:
    """The writer's side. Raises CatchError when another `bsaudit catch` already writes there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file: IO[bytes] = os.fdopen(os.open(path, _APPEND, 0o600), "ab", buffering=0)
        except OSError as error:
            raise CatchError(
                f"cannot write the session log {clean_line(str(path))}: {error.strerror}",
                remedy="Give --session-log a file that this user may write.",
            ) from error
        self._lock()
        self._file.write(msgspec.json.encode(Logged(began=datetime.now(UTC))) + b"\n")

    def write(self, session: CatchSession, file: str | None = None) -> None:
        self._file.write(msgspec.json.encode(Logged(session, file)) + b"\n")

    def close(self) -> None:
        self._file.close()

    def _lock(self) -> None:
        deadline = time.monotonic() + LOCK_FOR_S
        while not _locked(self._file, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                self._file.close()
                raise CatchError(
                    f"another bsaudit catch writes {clean_line(str(self._path))}",
                    remedy="Stop it, or give this one a Maildir of its own.",
                )
            time.sleep(0.05)


class SessionReader:
    """A later run's side: what was logged since it began to look."""

    def __init__(self, path: Path, offset: int | None = None) -> None:
        self._path = path
        self.start = self._size() if offset is None else offset
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
        if self._size() <= self._read_to:
            return
        with open_regular(self._path) as file:
            file.seek(self._read_to)
            for line in file:
                if not line.endswith(b"\n"):
                    break  # still being written
                self._read_to += len(line)
                self._take(line)

    def _take(self, line: bytes) -> None:
        with contextlib.suppress(msgspec.DecodeError):  # a line that a full disk cut short
            logged = msgspec.json.decode(line, type=Logged)
            if logged.session is not None:
                self._sessions.append(logged.session)
                self._by_file[logged.file or ""] = logged.session
            elif self.start:  # where we began to look there was a log: this is another listener than then
                self._interrupted = True

    def _size(self) -> int:
        with contextlib.suppress(OSError):
            return self._path.stat().st_size
        return 0


def _locked(file: IO[bytes], how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
