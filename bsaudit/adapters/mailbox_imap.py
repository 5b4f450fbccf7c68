"""A folder on an IMAP server for `survey`: read-only, the beginning of each message, by several connections at once.

Folders are opened with EXAMINE and bodies fetched with BODY.PEEK (RFC 3501 §6.3.2, §6.4.5): nothing is marked as read.
A connection that breaks is made anew, and its batch asked for again.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue

from msgspec import DecodeError, Struct, json

from bsaudit.adapters.catch.imap_session import CONNECTION_TROUBLE, Fetched, Session, explain
from bsaudit.adapters.mailboxes import Piece
from bsaudit.adapters.mailfiles import StoredMessage
from bsaudit.adapters.tls import verified_context
from bsaudit.errors import CatchError
from bsaudit.model.settings import CatchSettings
from bsaudit.text import clean_line

# Octets of each message: the report, and the header of what came back, stand in front of any payload (RFC 6522 §3).
WINDOW = 64 * 1024
# Messages a FETCH: an answer of 4 MiB at most
BATCH = 64
# Servers allow a user ten connections or so (Dovecot's mail_max_userip_connections: 10), and mail programs hold some.
CONNECTIONS = 4
# Batches that are asked for or wait to be read
AHEAD = 2 * CONNECTIONS
# A server that restarts is back by then
RETRY_S = (0.2, 1.0, 3.0, 10.0)


class Mark(Struct, frozen=True):
    """UIDs below `following` were read; they count as long as `validity` is the folder's (RFC 3501 §2.3.1.1)."""

    validity: int
    following: int


class ImapFolder:
    """`mailboxes.Source` over IMAP. Raises CatchError where it cannot be read."""

    def __init__(
        self, settings: CatchSettings, folder: str, *, ca_file: str | None, insecure: bool, known: bytes | None = None
    ) -> None:
        self.name = clean_line(f"{settings.user}@{settings.host}/{folder}")
        self.key = key_of(settings, folder)
        self.gaps: list[str] = []
        self._settings, self._folder = settings, folder
        self._context = verified_context(ca_file, insecure=insecure)
        self._idle: SimpleQueue[Session] = SimpleQueue()
        self._closing = threading.Event()
        self._open: set[Session] = set()
        self._mark: Mark | None = None
        try:
            session = self._connected()
            self._uids = session.uids_from(self._start(known))
        except CONNECTION_TROUBLE as error:
            raise explain(error, settings) from error
        self.total: int | None = len(self._uids)
        self._idle.put(session)

    def _start(self, known: bytes | None) -> int:
        """Return the first UID to read, by what an earlier survey left."""
        mark = _decoded(known)
        if mark is not None and mark.validity != self._now.validity:
            self.gaps.append(f"{self.name} has new UIDs (UIDVALIDITY): it is read from the beginning")
        elif mark is not None:
            self._mark = mark
        return self._now.following

    @property
    def counts_files(self) -> bool:
        return True

    @property
    def _now(self) -> Mark:
        assert self._mark is not None  # known from the first connection on
        return self._mark

    @property
    def validity(self) -> int:
        """What its UIDs count with (UIDVALIDITY)."""
        return self._now.validity

    def pieces(self) -> Generator[Piece]:
        """Yield the beginning of each message."""
        batches = (self._uids[start : start + BATCH] for start in range(0, len(self._uids), BATCH))
        self._closing = threading.Event()
        pool = ThreadPoolExecutor(CONNECTIONS)
        sent: deque[Future[list[Fetched]]] = deque()
        try:
            for batch in batches:
                sent.append(pool.submit(self._fetched, batch))
                if len(sent) >= AHEAD:
                    yield from map(self._piece, sent.popleft().result())
            while sent:
                yield from map(self._piece, sent.popleft().result())
        finally:
            self._closing.set()
            pool.shutdown(wait=False, cancel_futures=True)
            self._close_idle()
            for session in tuple(self._open):
                session.cut()  # whatever waits for it there does no longer
            pool.shutdown()
            self._close_idle()

    def _piece(self, message: Fetched) -> Piece:
        return Piece(StoredMessage(self.name, message.uid, message.raw), 1)

    def _close_idle(self) -> None:
        while not self._idle.empty():
            session = self._idle.get()
            self._open.discard(session)
            session.close()

    def note(self, index: int, unread: str | None = None) -> None:
        """Remember that a message was counted; they come in the order of their UIDs."""
        del unread
        self._mark = Mark(self._now.validity, max(self._now.following, index + 1))

    def mark(self, *, whole: bool) -> bytes | None:
        """Return what the next survey needs to go on behind this one, also where it was cut off."""
        del whole
        return json.encode(self._mark)

    # --- in the threads

    def _fetched(self, uids: Sequence[int]) -> list[Fetched]:
        for pause in (*RETRY_S, None):
            try:
                return self._fetch(uids)
            except (CatchError, *CONNECTION_TROUBLE) as error:
                if pause is None or self._closing.is_set():
                    raise explain(error, self._settings) from error
                self._closing.wait(pause)
        raise AssertionError  # the last pause is None

    def _fetch(self, uids: Sequence[int]) -> list[Fetched]:
        session = self._session()
        with self._dropped_if_it_fails(session):
            found = list(session.fetch(uids, WINDOW))
        self._idle.put(session)
        return found

    def _session(self) -> Session:
        try:
            return self._idle.get_nowait()
        except Empty:
            return self._connected()

    def _connected(self) -> Session:
        session = Session(self._settings, self._context)
        self._open.add(session)
        with self._dropped_if_it_fails(session):
            validity, _ = session.examine(self._folder)
        self._mark = self._mark or Mark(validity, 1)
        if self._mark.validity != validity:
            raise CatchError(
                f"{self.name} got new UIDs while it was read", remedy="Another program made it anew: survey it again."
            )
        return session

    @contextlib.contextmanager
    def _dropped_if_it_fails(self, session: Session) -> Iterator[None]:
        try:
            yield
        except (CatchError, *CONNECTION_TROUBLE):
            self._open.discard(session)
            session.drop()
            raise


def uid_set(uids: Iterable[int]) -> str:
    """Return ascending UIDs as a sequence set, as commands take it: 1:3,7 (RFC 9051 §9)."""
    runs: list[tuple[int, int]] = []
    for uid in uids:
        if runs and runs[-1][1] + 1 == uid:
            runs[-1] = runs[-1][0], uid
        else:
            runs.append((uid, uid))
    return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in runs)


def key_of(settings: CatchSettings, folder: str) -> str:
    """Return what the mark of a folder is kept under."""
    return f"imap:{settings.user}@{settings.host}:{settings.port}/{folder}"


def _decoded(known: bytes | None) -> Mark | None:
    try:
        return json.decode(known, type=Mark) if known else None
    except DecodeError:
        return None
