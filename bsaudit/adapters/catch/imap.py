"""The catch mailbox on an IMAP server: INBOX and the junk folder, or those named; one connection and one thread each.

The threads (`imap_watch.py`) hold their folder open read-only in IDLE and send what they find through a `Feed` into the
event loop, where everything in this file runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from bsaudit.adapters.catch.common import HEADER_LIMIT, VISITS, Elsewhere, Feed, decode_position, encode_position
from bsaudit.adapters.catch.imap_session import CONNECTION_TROUBLE, Fetched, Session, explain
from bsaudit.adapters.catch.imap_watch import Mark, Orders, Watcher
from bsaudit.adapters.tls import verified_context
from bsaudit.errors import CatchError
from bsaudit.model.mail import Arrival
from bsaudit.model.settings import CatchSettings
from bsaudit.ports import Clock

# Octets fetched but not yet read, above which the threads pause: bounds the memory that a full mailbox can take.
HELD_LIMIT = 16 << 20
# Each folder costs a connection, and servers allow a user ten or so (Dovecot's mail_max_userip_connections: 10).
MAX_FOLDERS = 8
# What a position remembers of messages handed out: enough for the largest run, small enough for the journal.
SEEN_LIMIT, DIGEST_DIGITS = 1000, 20

T = TypeVar("T")


class Position(Struct, frozen=True):
    """`seen` are digests of what was handed out: it may turn up again under another UID, moved to another folder."""

    opened_at: datetime
    folders: dict[str, Mark]
    seen: tuple[str, ...] = ()


class ImapMailbox(Elsewhere):
    """`ports.CatchMailbox` over IMAP."""

    def __init__(self, settings: CatchSettings, *, ca_file: str | None, insecure: bool, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._context = verified_context(ca_file, insecure=insecure)
        self._position = Position(opened_at=clock.now(), folders={})
        self._marks: dict[
            str, tuple[Mark | None, str]
        ] = {}  # and digest, by Arrival.uid, until the arrival is handed out
        self._digests: set[str] = set()
        self._watchers: list[Watcher] = []
        self._feed = Feed()

    async def open(self, position: str | None = None) -> str:
        if len(self._settings.folders) > MAX_FOLDERS:
            raise CatchError(
                f"{len(self._settings.folders)} IMAP folders are more than can be watched at once",
                remedy=f"Name at most {MAX_FOLDERS}: those that returned mail is filed into.",
            )
        if position is not None:
            self._position = decode_position(position, Position)
            self._digests = set(self._position.seen)
        self._feed = Feed()
        first, folders = await _in_thread(self._discover)
        self._watchers = [Watcher(self._orders(folders[0]), first)]
        self._watchers += [Watcher(self._orders(folder)) for folder in folders[1:]]
        try:
            marks = await asyncio.gather(*(watcher.start() for watcher in self._watchers))
        except BaseException:
            await self.close()
            raise
        opened = dict(zip(folders, marks, strict=True))
        self._position = replace(self._position, folders={**opened, **self._position.folders})
        return self.position

    async def arrivals(self) -> AsyncIterator[Arrival]:
        async for arrival in self._feed.each():
            self._handed_out(arrival)
            yield arrival

    async def new_arrivals(self) -> Sequence[Arrival]:
        await asyncio.gather(*(watcher.look_now() for watcher in self._watchers))
        found = []
        while (arrival := self._feed.take()) is not None:
            self._handed_out(arrival)
            found.append(arrival)
        return found

    @property
    def position(self) -> str:
        return encode_position(self._position)

    async def visits(self, since: datetime) -> Sequence[Arrival]:
        return await _in_thread(lambda: self._visits(since))

    def _visits(self, since: datetime) -> list[Arrival]:
        """Look with a connection of its own: those of the watchers wait for what is new."""
        found: list[Arrival] = []
        with contextlib.suppress(CatchError, *CONNECTION_TROUBLE):
            session = Session(self._settings, self._context)
            try:
                for folder in self._position.folders:
                    session.examine(folder)
                    newest = session.uids_since(since, (since - timedelta(days=1)).date())[-VISITS:]
                    headers = (raw[:HEADER_LIMIT] for raw in session.headers(newest))
                    found += [Arrival(uid="", raw=raw, seen_at=since, folder=folder) for raw in headers]
            finally:
                session.close()
        return found

    async def close(self) -> None:
        watchers, self._watchers = self._watchers, []
        await asyncio.gather(*(watcher.stop() for watcher in watchers))

    def _discover(self) -> tuple[Session, list[str]]:
        session = Session(self._settings, self._context)
        try:
            return session, list(self._settings.folders) or _default_folders(session)
        except CONNECTION_TROUBLE as error:
            session.close()
            raise explain(error, self._settings) from error

    def _orders(self, folder: str) -> Orders:
        return Orders(
            folder=folder,
            mark=self._position.folders.get(folder),
            resumed=bool(self._position.folders),
            opened_at=self._position.opened_at,
            connect=lambda: Session(self._settings, self._context),
            explain=lambda error: explain(error, self._settings),
            found=self._found,
            failed=self._feed.fail,
        )

    def _found(self, folder: str, validity: int, message: Fetched, mark: Mark | None) -> None:
        # The same message turns up twice when it is moved from folder to folder, or when UIDs have become void.
        digest = hashlib.sha256(message.raw).hexdigest()[:DIGEST_DIGITS]
        if digest in self._digests:
            return
        self._digests.add(digest)
        arrival = Arrival(
            uid=f"{folder}/{validity}/{message.uid}" if validity else f"{folder}/{digest}",
            raw=message.raw,
            seen_at=self._clock.now(),
            folder=folder,
            size=message.size,
            truncated=message.size > len(message.raw),
        )
        self._marks[arrival.uid] = mark, digest
        self._feed.put(arrival)
        self._pace()

    def _handed_out(self, arrival: Arrival) -> None:
        mark, digest = self._marks.pop(arrival.uid)
        folders = self._position.folders if mark is None else {**self._position.folders, arrival.folder: mark}
        self._position = replace(self._position, folders=folders, seen=(*self._position.seen, digest)[-SEEN_LIMIT:])
        self._pace()

    def _pace(self) -> None:
        for watcher in self._watchers:
            watcher.pause(full=self._feed.octets > HELD_LIMIT)


def _default_folders(session: Session) -> list[str]:
    junk = session.junk_folder()
    return ["INBOX"] if junk is None or junk.upper() == "INBOX" else ["INBOX", junk]


async def _in_thread(work: Callable[[], T]) -> T:
    """Return what `work` returns. Unlike asyncio.to_thread, an interrupted program does not wait for the thread."""
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(work())
        except BaseException as error:  # noqa: BLE001 -- not swallowed: raised where the result is awaited
            result.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return await asyncio.wrap_future(result)
