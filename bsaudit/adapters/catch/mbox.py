"""The catch mailbox in an mbox file (RFC 4155, mbox(5)), to which messages are appended. It is only ever read.

Reading respects the locks of delivery agents: a file that is locked is looked at again later. Where another program
has rewritten the file (expunged, or added Status fields), everything recent is gone through again, and messages are
known by what they say instead of where they stand.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from msgspec import Struct

from bsaudit.adapters.catch.common import (
    HEADER_LIMIT,
    READ_LIMIT,
    VISITS,
    Elsewhere,
    decode_position,
    encode_position,
)
from bsaudit.adapters.mailfiles import SEPARATOR
from bsaudit.adapters.regular import open_regular
from bsaudit.errors import CatchError
from bsaudit.model.mail import Arrival
from bsaudit.model.settings import CatchSettings
from bsaudit.ports import Clock
from bsaudit.text import clean_line

POLL_S = 0.05
BATCH = 16  # messages read at one look, so that a long file is not held in memory
# A message that ends as it should is whole when the file has been left alone this long; one without the blank line that
# belongs behind it gets more time.
QUIET_S, QUIET_UNFINISHED_S = 0.1, 1.0
LINE_LIMIT = 1 << 16  # a line that is longer is read in pieces
TAIL = 64  # octets before the place, remembered to see that they are still the same
# The date in a "From " line is in whole seconds and in the delivering machine's local time, whichever that is.
SLACK = timedelta(hours=26)
STALE_LOCK_S = 300.0

# Fields that mail readers put into messages, and change: no part of what a message says
_READERS_FIELDS = re.compile(
    rb"(?im)^(?:Status|X-Status|X-UID|X-Keywords|X-IMAP|X-IMAPbase|Content-Length|Lines):.*\r?\n"
)
_HEADER_LIMIT = 1 << 16
_ASCTIME = re.compile(rb"(\w{3} [ \d]\d \d\d:\d\d(?::\d\d)?)(?: [A-Z+][A-Z0-9]*)? (\d{4})")


class Mark(Struct, frozen=True):
    """Where the next message will begin, and a digest of the octets before it."""

    offset: int = 0
    tail: str = ""


class Position(Struct, frozen=True):
    opened_at: datetime
    place: Mark
    seen: tuple[str, ...] = ()


class _Message:
    """One message as it is read; `ended` when another begins behind it."""

    def __init__(self, from_line: bytes, end: int) -> None:
        self.from_line = from_line
        self.end = end
        self.size = 0
        self.ended = False
        self._parts: list[bytes] = []
        self._kept = 0
        self._last = b""

    def add(self, line: bytes) -> None:
        self.end += len(line)
        self.size += len(line)
        self._last = line
        if self._kept < READ_LIMIT:
            self._parts.append(line)
            self._kept += len(line)

    @property
    def blank_line_behind(self) -> bool:
        return self._last in (b"\n", b"\r\n")

    @property
    def line_ended(self) -> bool:
        return self._last.endswith(b"\n")

    def raw(self) -> bytes:
        raw = b"".join(self._parts)[:READ_LIMIT]
        return raw.removesuffix(self._last) if self.blank_line_behind else raw

    def uid(self) -> str:
        """Return a name made of what the message says."""
        raw = self.raw()
        head = _READERS_FIELDS.sub(b"", raw[:_HEADER_LIMIT])
        return hashlib.sha256(head + raw[_HEADER_LIMIT:]).hexdigest()[:32]


class MboxMailbox(Elsewhere):
    """`ports.CatchMailbox` over an mbox file."""

    def __init__(self, settings: CatchSettings, *, clock: Clock) -> None:
        self._path = Path(settings.path or "")
        self._clock = clock
        self._opened_at = clock.now()
        self._mark = Mark()  # behind what was handed out
        self._read_to = Mark()
        self._looked_at: tuple[int, int] | None = None  # size and time of the file that was last read to its end
        self._rewritten = False
        self._known: set[str] = set()
        self._seen: list[str] = []
        self._waiting: deque[tuple[Arrival, Mark]] = deque()

    async def open(self, position: str | None = None) -> str:
        if (self._path.exists() and not self._path.is_file()) or not self._path.parent.is_dir():
            raise CatchError(
                f"{clean_line(str(self._path))} is no mbox file",
                remedy="Name the file that mail is appended to; a directory with cur/ and new/ is maildir:PATH.",
            )
        if position is not None:
            before = decode_position(position, Position)
            self._opened_at, self._mark, self._seen = before.opened_at, before.place, list(before.seen)
            self._known = set(before.seen)
        else:
            self._mark = self._end()
        self._read_to = self._mark
        return self.position

    async def arrivals(self) -> AsyncIterator[Arrival]:
        while True:
            self._look()
            while self._waiting:
                yield self._hand_out()
            await asyncio.sleep(POLL_S)

    async def new_arrivals(self) -> Sequence[Arrival]:
        found: list[Arrival] = []
        for _ in range(2):  # a message that was appended this instant counts as whole at the second look
            self._look()
            while self._waiting:
                found.append(self._hand_out())
                if not self._waiting:
                    self._look()
            await asyncio.sleep(QUIET_S)
        return found

    @property
    def position(self) -> str:
        return encode_position(Position(self._opened_at, self._mark, tuple(self._seen)))

    async def visits(self, since: datetime) -> Sequence[Arrival]:
        """Return the last messages: when they came, the lines of our own side say."""
        del since
        with contextlib.suppress(CatchError), self._open() as file:
            if file is not None:
                start = max(0, self._mark.offset - READ_LIMIT)
                file.seek(start)
                return [self._header(message) for message in list(_messages(file, start))[-VISITS:]]
        return ()

    def _header(self, message: _Message) -> Arrival:
        raw = message.raw()[:HEADER_LIMIT]
        return Arrival(uid=message.uid(), raw=raw, seen_at=self._opened_at, folder=self._path.name, truncated=True)

    async def close(self) -> None:
        return

    def _hand_out(self) -> Arrival:
        arrival, self._mark = self._waiting.popleft()
        self._seen.append(arrival.uid)
        return arrival

    def _end(self) -> Mark:
        with self._open() as file:
            return _mark(file, file.seek(0, 2)) if file is not None else Mark()

    def _look(self) -> None:
        with self._open() as file:
            if file is None:
                return
            status = os.fstat(file.fileno())
            now = (status.st_size, status.st_mtime_ns)
            if now == self._looked_at or _is_locked(self._path, file):
                return
            if status.st_size < self._read_to.offset or _mark(file, self._read_to.offset) != self._read_to:
                self._read_to, self._rewritten = Mark(), True
            if self._read(file, quiet_s=time.time() - status.st_mtime):
                self._looked_at = now

    def _read(self, file: IO[bytes], *, quiet_s: float) -> bool:
        """Take what is whole; return whether that was all there is."""
        file.seek(self._read_to.offset)
        for number, message in enumerate(_messages(file, self._read_to.offset)):
            if number == BATCH or not _is_whole(message, quiet_s):
                return False
            self._read_to = _mark(file, message.end)
            self._take(message)
        return True

    def _take(self, message: _Message) -> None:
        uid = message.uid()
        if uid in self._known or (self._rewritten and _is_older(message.from_line, self._opened_at)):
            return
        self._known.add(uid)
        raw = message.raw()
        arrival = Arrival(
            uid=uid,
            raw=raw,
            seen_at=self._clock.now(),
            folder=self._path.name,
            size=message.size,
            truncated=message.size > READ_LIMIT,
        )
        self._waiting.append((arrival, self._read_to))

    @contextlib.contextmanager
    def _open(self) -> Iterator[IO[bytes] | None]:
        try:
            with open_regular(self._path) as file:
                yield file
        except FileNotFoundError:
            yield None  # a mail spool appears with the first delivery, and goes with the last deletion
        except OSError as error:
            raise CatchError(
                f"the mbox {clean_line(str(self._path))} cannot be read: {error.strerror}",
                remedy="Check the path in --catch, and that this user may read the file.",
            ) from error


def _messages(file: IO[bytes], offset: int) -> Iterator[_Message]:
    """Yield the messages from `offset` on. A separator behind a blank line begins the next (RFC 4155)."""
    message: _Message | None = None
    blank = line_begins = True
    while line := file.readline(LINE_LIMIT):
        offset += len(line)
        begins = blank and line_begins and _is_separator(line, file)
        if begins is None:
            break
        if begins:
            if message is not None:
                message.ended = True
                position = file.tell()
                yield message
                file.seek(position)
            message = _Message(line, offset)
        elif message is not None:
            message.add(line)
        blank = line_begins and line in (b"\n", b"\r\n")
        line_begins = line.endswith(b"\n")
    if message is not None:
        yield message


def _is_separator(line: bytes, file: IO[bytes]) -> bool | None:
    """Whether `line` parts two messages. None: what follows it in `file` tells, and has not been written yet."""
    if not line.startswith(b"From "):
        return False
    position = file.tell()
    following = file.readline(LINE_LIMIT)
    file.seek(position)
    if SEPARATOR.match(line + following):
        return True
    unwritten = len(following) < LINE_LIMIT and not following.endswith(b"\n")
    return None if unwritten and SEPARATOR.match(line + b"X:") else False


def _is_whole(message: _Message, quiet_s: float) -> bool:
    if message.ended:
        return True
    return message.line_ended and quiet_s >= (QUIET_S if message.blank_line_behind else QUIET_UNFINISHED_S)


def _mark(file: IO[bytes], offset: int) -> Mark:
    start = max(0, offset - TAIL)
    file.seek(start)
    return Mark(offset, hashlib.sha256(file.read(offset - start)).hexdigest()[:32])


def _is_older(from_line: bytes, moment: datetime) -> bool:
    """Whether a "From " line's date (asctime(3), with or without zone) lies clearly before `moment`."""
    found = _ASCTIME.search(from_line)
    if found is None:
        return False
    text = b" ".join(found.groups()).decode("ascii", "replace")
    for form in ("%b %d %H:%M:%S %Y", "%b %d %H:%M %Y"):
        with contextlib.suppress(ValueError):
            return datetime.strptime(text, form).replace(tzinfo=UTC) < moment - SLACK
    return False


def _is_locked(path: Path, file: IO[bytes]) -> bool:
    """Whether a delivery agent holds one of the three customary locks (mbox(5), "locking")."""
    with contextlib.suppress(FileNotFoundError):
        # One from the future is as old: the clock has been set back.
        if abs(time.time() - path.with_name(f"{path.name}.lock").stat().st_mtime) < STALE_LOCK_S:
            return True
    try:
        fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    return False
