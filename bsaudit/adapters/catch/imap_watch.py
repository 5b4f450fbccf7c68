"""The thread that watches one IMAP folder: looks, waits, reconnects, and tells the event loop what it found.

It is a daemon and holds nothing worth saving, so it keeps no interrupted program alive. A connection that dies is made
anew and the folder taken up at the UID where it was left; if the UIDs have become void (UIDVALIDITY changed), by date.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from bsaudit.adapters.catch.imap_session import BATCH, CONNECTION_TROUBLE, Fetched, Session
from bsaudit.durations import duration
from bsaudit.errors import CatchError

# How long a lost server may stay away: long enough for a restart or a failover, short enough to say so within a run.
RECONNECT_FOR_S = 300.0
# The last one repeats: a dozen attempts in all, too few to lock an account.
BACKOFF_S = (0.1, 1.0, 2.0, 5.0, 15.0, 30.0)
# A connection that lasted so long is no reason to wait before the next; one that breaks at once, every time, is.
STEADY_S = 10.0
# The server's clock need not agree with ours. A message too many is a stray, one too few a wrong verdict.
CLOCK_SKEW = timedelta(minutes=10)
STOP_S = 1.0  # for a thread to say goodbye to its server

_log = logging.getLogger(__name__)


class Mark(Struct, frozen=True, array_like=True):
    """A place in a folder: everything from UID `following` on is new, as long as UIDVALIDITY stays the same."""

    validity: int
    following: int


class Orders(Struct, frozen=True, kw_only=True):
    """What to watch, from where, and whom to tell. The callbacks run in the event loop's thread.

    `mark` is where an earlier look ended; without one the folder is new from now on, unless `resumed`: then from
    `opened_at`. `found` gets each message with the mark behind it (None while UIDs are void).
    """

    folder: str
    mark: Mark | None
    resumed: bool
    opened_at: datetime
    connect: Callable[[], Session]
    explain: Callable[[Exception], CatchError]
    found: Callable[[str, int, Fetched, Mark | None], None]
    failed: Callable[[CatchError], None]


class Watcher:
    """One folder's thread, seen from the event loop."""

    def __init__(self, orders: Orders, session: Session | None = None) -> None:
        self._orders = orders
        self._session = session
        self._mark = orders.mark
        self._loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[Mark] = self._loop.create_future()
        self._ended = asyncio.Event()
        self._asked: list[asyncio.Future[None]] = []
        self._room = threading.Event()
        self._room.set()
        self._stopping = False
        self._lost_at: float | None = None  # since when no look has succeeded
        self._attempts = 0
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_out.settimeout(0)

    @property
    def folder(self) -> str:
        return self._orders.folder

    async def start(self) -> Mark:
        """Connect and return where new mail begins. Raises CatchError."""
        threading.Thread(target=self._run, name=f"imap {self.folder}", daemon=True).start()
        return await self._opened

    async def look_now(self) -> None:
        """Return after a look that began after this call. Raises CatchError when the server is lost."""
        looked: asyncio.Future[None] = self._loop.create_future()
        self._asked.append(looked)
        self._wake()
        await looked

    def pause(self, *, full: bool) -> None:
        """Fetch nothing more while the reader is behind."""
        if full:
            self._room.clear()
        else:
            self._room.set()

    async def stop(self) -> None:
        """End the thread; one that hangs in the network is cut off, one that still connects is left behind."""
        self._stopping = True
        self._room.set()
        self._wake()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await self._ended.wait()
            return
        if (session := self._session) is not None:
            session.cut()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # the thread has ended, or a wake-up is already on its way
            self._wake_out.send(b"!")

    # From here on: in the thread.

    def _run(self) -> None:
        error = CatchError(f"the watch over the folder {self.folder} ended by itself")  # what a bug would leave
        try:
            while not self._stopping:
                try:
                    self._watch()
                except (CatchError, *CONNECTION_TROUBLE) as trouble:
                    error = self._orders.explain(trouble)
                    if not self._stays_patient(error):
                        break
        finally:
            self._tell(self._end, error)
            self._wake_in.close()
            self._wake_out.close()

    def _watch(self) -> None:
        """Watch over one connection until it breaks or the watch is called off."""
        session = self._session = self._session or self._orders.connect()
        connected_at = time.monotonic()
        try:
            self._take_up(session)
            while not self._stopping:
                asked = tuple(self._asked)
                self._look(session)
                self._lost_at = None
                if time.monotonic() - connected_at > STEADY_S:
                    self._attempts = 0
                self._tell(self._looked, asked)
                session.wait(self._wake_in)
                self._drain()
            session.close()
        finally:
            self._session = None
            session.drop()

    def _take_up(self, session: Session) -> None:
        validity, following = session.examine(self.folder)
        known = self._mark
        if known is None and not self._orders.resumed:
            self._mark = Mark(validity, following)
        elif known is None or known.validity != validity:
            # RFC 3501 §2.3.1.1: every UID known so far is void
            _log.warning("the folder %s has new UIDs; it is taken up by date", self.folder)
            self._deliver(session, self._by_date(session, following), None)
            self._mark = Mark(validity, following)
        self._tell(self._is_open, self._mark)

    def _by_date(self, session: Session, following: int) -> list[int]:
        since = self._orders.opened_at - CLOCK_SKEW
        # SINCE knows days only, in the server's own time zone (RFC 3501 §6.4.4)
        day = (since - timedelta(days=1)).date()
        return [uid for uid in session.uids_since(since, day) if uid < following]

    def _look(self, session: Session) -> None:
        assert self._mark is not None
        validity = self._mark.validity
        self._deliver(session, session.uids_from(self._mark.following), validity)

    def _deliver(self, session: Session, uids: Sequence[int], validity: int | None) -> None:
        for batch in _batches(uids):
            self._room.wait()
            for message in session.fetch(batch):
                mark = None if validity is None else Mark(validity, message.uid + 1)
                self._tell(self._orders.found, self.folder, validity or 0, message, mark)
            if validity is not None:
                self._mark = Mark(validity, batch[-1] + 1)

    def _stays_patient(self, error: CatchError) -> bool:
        """Wait a little before the next attempt; False when there shall be none."""
        now = time.monotonic()
        self._lost_at = self._lost_at or now
        if self._mark is None or now - self._lost_at > RECONNECT_FOR_S:
            return False
        pause = BACKOFF_S[min(self._attempts, len(BACKOFF_S) - 1)]
        self._attempts += 1
        _log.warning("%s; trying again in %s", error.message, duration(pause))
        if select.select([self._wake_in], [], [], pause)[0]:
            self._drain()
        return True

    def _drain(self) -> None:
        if select.select([self._wake_in], [], [], 0)[0]:
            self._wake_in.recv(4096)

    def _tell(self, callback: Callable[..., None], *args: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the event loop is gone: nobody wants to know any more
            self._loop.call_soon_threadsafe(callback, *args)

    # From here on: in the event loop again, called by the thread.

    def _is_open(self, mark: Mark) -> None:
        if not self._opened.done():
            self._opened.set_result(mark)

    def _looked(self, asked: tuple[asyncio.Future[None], ...]) -> None:
        for looked in asked:
            if not looked.done():
                looked.set_result(None)
        self._asked = [looked for looked in self._asked if not looked.done()]

    def _end(self, error: CatchError) -> None:
        self._ended.set()
        if self._stopping:
            self._opened.cancel()
            for looked in self._asked:
                looked.cancel()
            return
        if not self._opened.done():
            self._opened.set_exception(error)
            return
        for looked in self._asked:
            if not looked.done():
                looked.set_exception(error)
        self._orders.failed(error)


def _batches(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(uids), BATCH):
        yield uids[start : start + BATCH]
