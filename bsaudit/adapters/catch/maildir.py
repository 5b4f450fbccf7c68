"""The catch mailbox in a Maildir (maildir(5)), with its Maildir++ subfolders. It is only ever read.

What lies in new/ and cur/ and is no regular file is no message: FIFOs, devices, links and directories are passed over.

Deliveries are told by inotify as they happen; as a safety net, and where there is none (NFS), by the directories' own
modification times and a listing compared with the last one. Listing costs time in proportion to the old mail, so it is
rationed to a share of the time.

What is old when a run is taken up again follows from the file system's own times: a file that came after `since` was
renamed into place later (ctime) and written later (mtime), however often other clients have renamed it meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from bsaudit.adapters.catch.common import HEADER_LIMIT, READ_LIMIT, VISITS, decode_position, encode_position
from bsaudit.adapters.catch.inotify import Inotify, watch
from bsaudit.adapters.catch.nonce import read_nonce
from bsaudit.adapters.catch.session_log import NAME, SessionReader, logged_since
from bsaudit.adapters.regular import NotRegular, open_regular
from bsaudit.errors import CatchError
from bsaudit.model.mail import Arrival, CatchSession
from bsaudit.model.settings import CatchSettings
from bsaudit.ports import Clock
from bsaudit.text import clean_line

POLL_S = 0.05
# Modification times may be as coarse as two seconds (FAT, old NFS): so long may a change hide behind an equal time.
COARSE_S = 2.5
# What listing may cost at most, as a share of one core: nothing depends on it where inotify works.
LISTING_SHARE, LISTING_SHARE_BESIDE_INOTIFY = 0.2, 0.02
# A message is written before it is moved into place, and another machine's clock may have stamped it.
SLACK_NS = 600 * 10**9
DAY_NS = 86400 * 10**9
STAMP_DIGITS = 10  # seconds since 1970, until the year 2286
# Maildir++ has no \Junk mark (RFC 6154): these are the names that filters file suspicious mail under.
JUNK_NAMES = ("Junk", "Spam", "Junk E-mail", "Junk Email")
INBOX = "INBOX"


class Position(Struct, frozen=True):
    """`since` is in nanoseconds of the file system's clock; `seen` names what was handed out or is old nevertheless."""

    since: int
    seen: tuple[str, ...] = ()
    log_offset: int | None = None


class Found(Struct, frozen=True):
    """A message on its way to the reader."""

    directory: Path
    name: str

    @property
    def base(self) -> str:
        """The name without the flags that clients append (maildir(5), "info"), as JSON can hold it."""
        return _base(self.name)


class MaildirMailbox:
    """`ports.CatchMailbox` over a Maildir."""

    def __init__(self, settings: CatchSettings, *, clock: Clock) -> None:
        self._path = Path(settings.path or "")
        self._named = settings.folders
        self._clock = clock
        self._folders: dict[Path, str] = {}  # directory (a new/ or cur/) to folder
        self._listed: dict[Path, frozenset[str]] = {}
        self._times: dict[Path, int] = {}
        self._changed_at = self._next_listing = 0.0
        self._known: set[str] = set()
        self._waiting: deque[Found] = deque()
        self._since = 0
        self._seen: list[str] = []
        self._log = SessionReader(self._path / NAME, 0)
        self._inotify: Inotify | None = None

    async def open(self, position: str | None = None) -> str:
        before = None if position is None else decode_position(position, Position)
        self._log = SessionReader(self._path / NAME, None if before is None else before.log_offset)
        try:
            self._open(before)
        except OSError as error:
            raise self._unreadable(error) from error
        return self.position

    async def arrivals(self) -> AsyncIterator[Arrival]:
        while True:
            self._look()
            while self._waiting:
                if (arrival := self._next()) is not None:
                    yield arrival
            await self._change()

    async def new_arrivals(self) -> Sequence[Arrival]:
        self._look(thoroughly=True)
        found = []
        while self._waiting:
            if (arrival := self._next()) is not None:
                found.append(arrival)
        return found

    def sessions(self) -> Sequence[CatchSession]:
        return self._log.sessions()

    @property
    def sees_sessions(self) -> bool:
        return self._log.kept

    @property
    def nonce(self) -> str | None:
        return read_nonce(self._path) if self._log.kept else None

    @property
    def position(self) -> str:
        return encode_position(Position(self._since, tuple(self._seen), self._log.start))

    async def visits(self, since: datetime) -> Sequence[Arrival]:
        """Return what a `bsaudit catch` noted, and where none did, the newest messages."""
        noted = [_noted(session) for session in logged_since(self._path / NAME, since)[-VISITS:]]
        return noted or await asyncio.to_thread(self._newest, round(since.timestamp() * 10**9))

    def _newest(self, since: int) -> list[Arrival]:
        items = [Found(directory, name) for directory, names in self._listed.items() for name in names]
        found = []
        for item in items:
            with contextlib.suppress(OSError, NotRegular):
                path = item.directory / item.name
                if _came_after(item, since) and (moment := path.lstat().st_mtime_ns) >= since:
                    found.append((moment / 10**9, path, self._folders[item.directory]))
        return [arrival for one in sorted(found)[-VISITS:] if (arrival := _header(*one))]

    async def close(self) -> None:
        if self._inotify is not None:
            self._inotify.close()
            self._inotify = None

    # Opening: what is old.

    def _open(self, before: Position | None) -> None:
        self._folders = _directories(self._path, self._named)
        self._inotify = watch(list(self._folders))  # first, so that nothing slips through while we list
        since = max(directory.stat().st_mtime_ns for directory in self._folders)
        found = self._list()
        if before is None:
            self._since = since
            self._seen = [item.base for item in found if _came_after(item, since)]
            self._known = {item.base for item in found}
            return
        self._since, self._seen = before.since, list(before.seen)
        self._known = set(before.seen)
        for item in found:
            if item.base not in self._known and _came_after(item, self._since):
                self._waiting.append(item)
            self._known.add(item.base)

    # Looking: what has come.

    def _look(self, *, thoroughly: bool = False) -> None:
        told = () if self._inotify is None else self._inotify.names()
        for item in told:
            if item is None:
                thoroughly = True
            else:
                self._consider(Found(*item))
        try:
            if self._listing_due() or thoroughly:
                for found in self._list():
                    self._consider(found)
        except OSError as error:
            raise self._unreadable(error) from error

    def _consider(self, item: Found) -> None:
        if item.base not in self._known and not item.name.startswith("."):
            self._known.add(item.base)
            self._waiting.append(item)

    def _listing_due(self) -> bool:
        now = time.monotonic()
        changed = any(directory.stat().st_mtime_ns != self._times[directory] for directory in self._folders)
        if changed:
            self._changed_at = now
        hidden = self._inotify is None and now - self._changed_at < COARSE_S
        return (changed or hidden) and now >= self._next_listing

    def _list(self) -> list[Found]:
        """Return the names that the last listing did not show."""
        started = time.monotonic()
        found = []
        for directory in self._folders:
            self._times[directory] = directory.stat().st_mtime_ns
            names = frozenset(os.listdir(directory))  # noqa: PTH208 -- 50,000 Path objects would be slow
            found += [Found(directory, name) for name in names - self._listed.get(directory, frozenset())]
            self._listed[directory] = names
        share = LISTING_SHARE if self._inotify is None else LISTING_SHARE_BESIDE_INOTIFY
        now = time.monotonic()
        self._next_listing = now + (now - started) / share
        return found

    async def _change(self) -> None:
        """Return when something may have come."""
        if self._inotify is None:
            await asyncio.sleep(POLL_S)
            return
        loop = asyncio.get_running_loop()
        told = asyncio.Event()
        loop.add_reader(self._inotify.fileno(), told.set)
        try:
            async with asyncio.timeout(POLL_S):
                await told.wait()
        except TimeoutError:
            return
        finally:
            loop.remove_reader(self._inotify.fileno())

    # Reading.

    def _next(self) -> Arrival | None:
        """Return the next message that waits, or None if it is gone, or not yet written."""
        item = self._waiting.popleft()
        try:
            read = self._read(item)
        except NotRegular:
            return None
        except OSError as error:
            raise self._unreadable(error) from error
        if read is None:
            self._forget(item)
            return None
        self._seen.append(item.base)
        return self._arrival(item, *read)

    def _forget(self, item: Found) -> None:
        self._known.discard(item.base)
        self._listed[item.directory] -= {item.name}
        self._changed_at = time.monotonic()

    def _read(self, item: Found) -> tuple[bytes, int] | None:
        for path in self._whereabouts(item):
            with contextlib.suppress(FileNotFoundError), open_regular(path, follow=False) as file:
                raw = file.read(READ_LIMIT)
                return (raw, os.fstat(file.fileno()).st_size) if raw else None
        return None

    def _whereabouts(self, item: Found) -> Iterator[Path]:
        yield item.directory / item.name
        # Another client may have taken it from new/ to cur/, or changed its flags.
        folder = self._folders[item.directory]
        for directory in (known for known, name in self._folders.items() if name == folder):
            yield from (path for path in directory.iterdir() if _base(path.name) == item.base)

    def _arrival(self, item: Found, raw: bytes, size: int) -> Arrival:
        folder = self._folders[item.directory]
        session = self._log.of_file(item.base)
        return Arrival(
            uid=f"{folder}/{item.base}",
            raw=raw,
            seen_at=self._clock.now(),
            folder=folder,
            size=size,
            truncated=size > len(raw),
            peer=None if session is None else session.peer,
            helo=None if session is None else session.helo,
            envelope_from=None if session is None else session.mail_from,
            envelope_to=() if session is None else session.rcpt_to,
        )

    def _unreadable(self, error: OSError) -> CatchError:
        return CatchError(
            f"the Maildir {clean_line(str(self._path))} cannot be read: {error.strerror}",
            remedy="Check the path in --catch, and that this user may read new/ and cur/.",
        )


def _directories(path: Path, named: Sequence[str]) -> dict[Path, str]:
    """Return every new/ and cur/ that is to be watched, with its folder's name. Raises CatchError."""
    if not path.is_dir():
        raise CatchError(
            f"there is no Maildir {clean_line(str(path))}",
            remedy="Check the path in --catch; the directory appears with the first delivery, or with maildirmake.",
        )
    folders = list(named) or [INBOX, *(name for name in JUNK_NAMES if _home(path, name) is not None)]
    return {_found_home(path, name) / part: name for name in folders for part in ("new", "cur")}


def _found_home(path: Path, folder: str) -> Path:
    home = _home(path, folder)
    if home is not None:
        return home
    if folder == INBOX:
        raise CatchError(
            f"{clean_line(str(path))} is no Maildir: it holds no new/ and cur/",
            remedy="Name the directory that holds cur/, new/ and tmp/.",
        )
    there = sorted(entry.name[1:] for entry in path.iterdir() if entry.name.startswith(".") and _is_maildir(entry))
    raise CatchError(
        f"the Maildir has no folder {clean_line(folder)}",
        remedy=f"Folders there: {', '.join(map(clean_line, [INBOX, *there]))}.",
    )


def _home(path: Path, folder: str) -> Path | None:
    if folder == INBOX:
        return path if _is_maildir(path) else None
    # Maildir++ writes .Sub.Folder; Dovecot's LAYOUT=fs Sub/Folder
    homes = (path / f".{folder.replace('/', '.')}", path / folder)
    return next((home for home in homes if _is_maildir(home)), None)


def _is_maildir(path: Path) -> bool:
    return (path / "new").is_dir() and (path / "cur").is_dir()


def _base(name: str) -> str:
    base = name.partition(":")[0]
    return base if base.isascii() else os.fsencode(base).decode("utf-8", "backslashreplace")


def _came_after(item: Found, since: int) -> bool:
    """Whether a file was written and moved into place at or after `since`, by the file system's own times."""
    stamp = item.name.partition(".")[0][:STAMP_DIGITS]
    if len(stamp) == STAMP_DIGITS and stamp.isdecimal() and int(stamp) * 10**9 < since - SLACK_NS - DAY_NS:
        return False  # maildir(5): names begin with the time of delivery; that spares a stat() for each old message
    try:
        status = (item.directory / item.name).lstat()
    except FileNotFoundError:
        return False
    return status.st_ctime_ns >= since and status.st_mtime_ns >= since - SLACK_NS


def _noted(session: CatchSession) -> Arrival:
    """Return a session of an earlier day as what came in it."""
    return Arrival(
        uid="",
        raw=b"",
        seen_at=session.at,
        peer=session.peer,
        helo=session.helo,
        envelope_from=session.mail_from,
        envelope_to=session.rcpt_to,
    )


def _header(moment: float, path: Path, folder: str) -> Arrival | None:
    with contextlib.suppress(OSError, NotRegular), open_regular(path, follow=False) as file:
        seen_at = datetime.fromtimestamp(moment, UTC)
        return Arrival(uid=path.name, raw=file.read(HEADER_LIMIT), seen_at=seen_at, folder=folder, truncated=True)
    return None
