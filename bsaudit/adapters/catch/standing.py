"""The built-in catch MX standing alone (`bsaudit catch`): mail into a Maildir, sessions into a log beside it."""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from bsaudit.adapters.catch.nonce import leave_nonce, new_nonce
from bsaudit.adapters.catch.quota import Quota
from bsaudit.adapters.catch.session_log import NAME, SessionLog
from bsaudit.adapters.catch.sink import Accepted, SinkServer
from bsaudit.adapters.catch.sink_session import Limits, Taken
from bsaudit.errors import CatchError
from bsaudit.model.mail import CatchSession
from bsaudit.ports import Clock
from bsaudit.text import clean_line

# Strangers' questions are counted anew after so long: a flood of yesterday hides nothing today.
QUOTA_S = 3600.0
# Threads that write to the disk: two keep it busy, and the C library keeps a heap of its own for each of them.
WRITERS = 2


class OnSession(Protocol):
    """Hears of a session, and whether its message was stored."""

    def __call__(self, session: CatchSession, *, stored: bool) -> None: ...


class StandingCatch:
    """Stores what comes for later runs. Raises CatchError.

    `on_session` is called with every session that ends, `on_trouble` with what keeps us from storing, once until that
    has passed.
    """

    def __init__(
        self,
        accepted: Accepted,
        *,
        maildir: Path,
        log: Path | None,
        clock: Clock,
        on_session: OnSession,
        on_trouble: Callable[[str], None] = lambda _: None,
        limits: Limits,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._maildir, self._clock = maildir, clock
        self._on_session, self._on_trouble = on_session, on_trouble
        self._troubled = False
        self._disk = ThreadPoolExecutor(WRITERS)
        self._quota, self._renew_at = Quota(), clock.monotonic() + QUOTA_S
        _make(maildir)
        self._log = SessionLog(log or maildir / NAME)
        if log is not None:
            _link(maildir / NAME, log)
        nonce = new_nonce()
        _leave(maildir, nonce)
        self._server = SinkServer(
            accepted,
            nonce=nonce,
            take=self._take,
            record=self._record,
            passed=lambda session: on_session(session, stored=False),
            clock=clock,
            limits=limits,
            tls=tls,
        )

    async def listen(self, host: str, port: int) -> tuple[str, int]:
        try:
            return await self._server.listen(host, port)
        except CatchError:
            self._log.close()
            raise

    async def close(self) -> None:
        await self._server.close()
        self._disk.shutdown(wait=False)
        self._log.close()

    async def _take(self, taken: Taken) -> None:
        try:
            # A disk takes its time, and meanwhile others want to be served.
            await asyncio.get_running_loop().run_in_executor(self._disk, _store, self._maildir, self._log, taken)
        except OSError as error:
            self._trouble(f"cannot store a message: {_reason(error)}; it is put off")
            raise
        self._troubled = False
        self._on_session(taken.session, stored=True)

    def _record(self, session: CatchSession) -> None:
        if self._admits(session):
            try:
                self._log.write(session)
            except OSError as error:
                self._trouble(f"cannot write the session log: {_reason(error)}; callouts go unseen")
            else:
                self._troubled = False
        self._on_session(session, stored=False)

    def _admits(self, session: CatchSession) -> bool:
        if self._clock.monotonic() >= self._renew_at:
            self._quota, self._renew_at = Quota(), self._clock.monotonic() + QUOTA_S
        before = self._quota.exceeded
        admitted = self._quota.admits(session)
        if self._quota.exceeded and not before:
            self._log.missed()
        return admitted

    def _trouble(self, text: str) -> None:
        if not self._troubled:
            self._on_trouble(text)
        self._troubled = True


def _store(maildir: Path, log: SessionLog, taken: Taken) -> None:
    """Store a message so that it survives a power cut: our 250 makes us responsible for it (RFC 5321 §6.1).

    What cannot be stored whole leaves nothing behind. Raises OSError.
    """
    written = maildir / "tmp" / taken.name
    try:
        with written.open("xb") as file:
            file.write(taken.trace)
            shutil.copyfileobj(taken.content, file)
            file.flush()
            os.fsync(file.fileno())
        log.write(taken.session, taken.name)  # first, so that who sees the message finds its session
        written.rename(maildir / "new" / taken.name)
    except BaseException:
        written.unlink(missing_ok=True)
        raise


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _make(maildir: Path) -> None:
    try:
        for part in ("tmp", "new", "cur"):
            (maildir / part).mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CatchError(
            f"cannot make the Maildir {clean_line(str(maildir))}: {error.strerror}",
            remedy="Give --maildir a path where this user may write.",
        ) from error


def _leave(maildir: Path, nonce: str) -> None:
    try:
        leave_nonce(maildir, nonce)
    except OSError as error:
        raise CatchError(
            f"cannot write to the Maildir {clean_line(str(maildir))}: {error.strerror}",
            remedy="Give --maildir a path where this user may write.",
        ) from error


def _link(name: Path, log: Path) -> None:
    """Let later runs find a session log that is kept elsewhere."""
    if name.is_symlink():
        name.unlink()
    if not name.exists():
        name.symlink_to(log.absolute())
