"""The built-in catch MX standing alone (`bsaudit catch`): mail into a Maildir, sessions into a log beside it."""

from __future__ import annotations

import os
import shutil
import ssl
from collections.abc import Callable
from pathlib import Path

from bsaudit.adapters.catch.session_log import NAME, SessionLog
from bsaudit.adapters.catch.sink import Accepted, SinkServer
from bsaudit.adapters.catch.sink_session import Limits, Taken
from bsaudit.errors import CatchError
from bsaudit.model.mail import CatchSession
from bsaudit.ports import Clock
from bsaudit.text import clean_line


class StandingCatch:
    """Stores what comes for later runs; `told` is called with every session that ends. Raises CatchError."""

    def __init__(
        self,
        accepted: Accepted,
        *,
        maildir: Path,
        log: Path | None,
        clock: Clock,
        on_session: Callable[[CatchSession], None],
        limits: Limits,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._maildir = maildir
        self._on_session = on_session
        _make(maildir)
        self._log = SessionLog(log or maildir / NAME)
        if log is not None:
            _link(maildir / NAME, log)
        self._server = SinkServer(accepted, take=self._take, record=self._record, clock=clock, limits=limits, tls=tls)

    async def listen(self, host: str, port: int) -> tuple[str, int]:
        try:
            return await self._server.listen(host, port)
        except CatchError:
            self._log.close()
            raise

    async def close(self) -> None:
        await self._server.close()
        self._log.close()

    def _take(self, taken: Taken) -> None:
        """Store a message so that it survives a power cut: our 250 makes us responsible for it (RFC 5321 §6.1)."""
        name = taken.arrival.uid
        written = self._maildir / "tmp" / name
        with written.open("xb") as file:
            file.write(taken.trace)
            shutil.copyfileobj(taken.content, file)
            file.flush()
            os.fsync(file.fileno())
        self._log.write(taken.session, name)  # first, so that who sees the message finds its session
        written.rename(self._maildir / "new" / name)
        self._on_session(taken.session)

    def _record(self, session: CatchSession) -> None:
        self._log.write(session)
        self._on_session(session)


def _make(maildir: Path) -> None:
    try:
        for part in ("tmp", "new", "cur"):
            (maildir / part).mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CatchError(
            f"cannot make the Maildir {clean_line(str(maildir))}: {error.strerror}",
            remedy="Give --maildir a path where this user may write.",
        ) from error


def _link(name: Path, log: Path) -> None:
    """Let later runs find a session log that is kept elsewhere."""
    if name.is_symlink():
        name.unlink()
    if not name.exists():
        name.symlink_to(log.absolute())
