"""What our SMTP servers have in common: a socket that closes with all its connections, limits, the trace line."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import re
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from aiosmtpd.smtp import SMTP

from bsaudit.adapters.domain import address_literal

_HELO = re.compile(r"[A-Za-z0-9._-]{1,255}|\[[0-9A-Za-z:.]{1,64}\]")
# What was accepted in one turn of the loop gets its transport in the next, is turned away in another, and is gone
# in a third.
LAST_TURNS = 4


class Listener:
    """A listening socket and its connections; `most` at once, `most_per_peer` of one address."""

    def __init__(self, *, most: int, most_per_peer: int | None = None) -> None:
        self._most, self._most_per_peer = most, most_per_peer
        self._connections: dict[Connection, str] = {}
        self._server: asyncio.Server | None = None

    async def listen(self, make: Callable[[], Connection], host: str, port: int) -> tuple[str, int]:
        """Begin to listen and return address and port. Raises OSError."""
        self._server = await asyncio.get_running_loop().create_server(make, host, port)
        address = self._server.sockets[0].getsockname()
        return str(address[0]), int(address[1])

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        if self._server is None:
            return
        server, self._server = self._server, None
        # Accept no more, but close only when all that was accepted has a transport: asyncio cannot make one for a
        # closed server, and leaves the socket open.
        for listening in server.sockets:
            asyncio.get_running_loop().remove_reader(listening)
        for connection in list(self._connections):
            connection.abort()
        for _ in range(LAST_TURNS):
            await asyncio.sleep(0)
        server.close()
        await server.wait_closed()

    @property
    def open(self) -> bool:
        return self._server is not None

    def admit(self, connection: Connection, address: str) -> bool:
        """Whether one more connection from `address` is within the limits."""
        counts = collections.Counter(self._connections.values())
        if counts.total() >= self._most or counts[address] >= (self._most_per_peer or self._most):
            return False
        self._connections[connection] = address
        return True

    def gone(self, connection: Connection) -> None:
        self._connections.pop(connection, None)


class Connection(SMTP):
    """aiosmtpd's session as one of a listener's: admitted or turned away, cut after `session_s` at the latest.

    Subclasses hear `opened`, `secured` (once more, inside TLS) and `ended`; those turned away are not heard of.
    """

    def __init__(
        self, listener: Listener, handler: object, *, command_limit: int, session_s: float, **more: Any
    ) -> None:
        self.peer_address = ""
        self._listener, self._session_s = listener, session_s
        self._state = "new"
        self._deadline: asyncio.TimerHandle | None = None
        super().__init__(handler, enable_SMTPUTF8=True, loop=asyncio.get_running_loop(), **more)
        # aiosmtpd keeps these in one dictionary for all connections, which each new one empties.
        self.command_size_limits = collections.defaultdict(lambda: command_limit)

    def opened(self) -> None: ...

    def secured(self, transport: asyncio.BaseTransport) -> None: ...

    def ended(self) -> None: ...

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        if self._state == "open":
            super().connection_made(transport)
            self.secured(transport)
            return
        # getpeername(2) names the interface of a link-local address: fe80::1%eth0
        self.peer_address = str(transport.get_extra_info("peername")[0]).partition("%")[0]
        if not self._listener.open:
            self._state = "turned away"
            transport.abort()
            return
        if not self._listener.admit(self, self.peer_address):
            self._state = "turned away"
            transport.write(f"421 4.7.0 {self.hostname} too many connections\r\n".encode())
            transport.close()
            return
        self._state = "open"
        super().connection_made(transport)
        assert self._handler_coroutine is not None
        self._handler_coroutine.add_done_callback(_forgive)
        self._deadline = self.loop.call_later(self._session_s, self.abort)
        self.opened()

    def connection_lost(self, error: Exception | None) -> None:
        if self._state != "open":
            return
        self._state = "closed"
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(error)
        self._listener.gone(self)
        self.ended()

    def abort(self) -> None:
        """Cut the connection."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()


def protocol(*, esmtp: bool, smtputf8: bool, tls: bool, authenticated: bool = False) -> str:
    """Return the word behind `with` of a trace line (RFC 3848, RFC 6531 §4.3)."""
    name = "UTF8SMTP" if smtputf8 else "ESMTP" if esmtp else "SMTP"
    return name + ("S" if tls else "") + ("A" if authenticated else "")


def trace_line(
    *, helo: str | None, address: str, by: str, protocol: str, queue_id: str, recipient: str | None, at: datetime
) -> bytes:
    """Return the line that an SMTP server puts on top of a message (RFC 5321 §4.4), with CRLF."""
    said = helo if helo and _HELO.fullmatch(helo) else "unknown"
    for_ = f"\r\n\tfor <{recipient}>" if recipient else ""
    line = (
        f"Received: from {said} ({address_literal(address)})\r\n"
        f"\tby {by} (bsaudit) with {protocol} id {queue_id}{for_};\r\n\t{format_datetime(at)}\r\n"
    )
    return line.encode()


def _forgive(task: asyncio.Task[None]) -> None:
    """Take note of how a session died: connections break, and that is no error of ours."""
    with contextlib.suppress(asyncio.CancelledError):
        task.exception()
