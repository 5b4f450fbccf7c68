"""An SMTP server on aiosmtpd, with what aiosmtpd lacks: RFC 3461 (DSN), strict paths, limits, and hooks with types.

aiosmtpd 1.4.6 answers 555 to RET, ENVID, NOTIFY and ORCPT. Here MAIL and RCPT are read anew: the parameters are
validated (501 on bad syntax) and handed to the `Handler`, one method a command, which returns the reply or None for
the usual one. A server runs inside the running event loop; there is no thread.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import logging
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, syntax

from bsaudit.adapters.domain import address_literal
from bsaudit.adapters.smtpd_syntax import Recipient, Refused, Syntax, Transaction, mail_command, rcpt_command

# RFC 5321 §4.5.3.1.6 allows lines of 1,000 octets; bounces return what spammers wrote, and that has longer ones.
LINE_LIMIT = 1 << 16
# RFC 5321 §4.5.3.1.4 has 512 octets; RFC 3461 §4 and RFC 6531 §3.4 add to MAIL and RCPT.
COMMAND_LIMIT = 2048
# After this many refused recipients a client is guessing addresses.
REFUSED_RECIPIENTS = 100

_HELO = re.compile(r"[A-Za-z0-9._-]{1,255}|\[[0-9A-Za-z:.]{1,64}\]")

# aiosmtpd warns of every odd command; without this, Python would print that on stderr.
logging.getLogger("mail.log").addHandler(logging.NullHandler())


@dataclass
class Session:
    """One connection, as the handler sees it."""

    address: str = ""
    helo: str | None = None
    esmtp: bool = False
    tls: str | None = None  # the protocol version, once STARTTLS is through
    user: str | None = None  # who authenticated


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a server offers, and what clients may use of it. Sizes in octets, times in seconds."""

    hostname: str
    ident: str = "ESMTP"
    dsn: bool = True
    tls: ssl.SSLContext | None = None
    credentials: Mapping[str, str] | None = None  # user → password; None offers no AUTH
    size_limit: int = 32 << 20
    recipients: int = 100  # RFC 5321 §4.5.3.1.8
    connections: int = 100
    idle_s: float = 300.0  # RFC 5321 §4.5.3.2.7
    session_s: float = 3600.0


class Disconnect(Exception):
    """Raised by a handler: the connection is cut without a word."""


class Handler:
    """What a server does. Each method returns the reply, or None for the usual one; a 421 ends the session."""

    async def connect(self, session: Session) -> str | None:
        """Return a refusal instead of the greeting, or None."""

    async def mail(self, session: Session, transaction: Transaction) -> str | None: ...

    async def rcpt(self, session: Session, transaction: Transaction, recipient: Recipient) -> str | None: ...

    async def data(self, session: Session, transaction: Transaction) -> str | None: ...

    def closed(self, session: Session) -> None:
        """Hear that the connection is gone."""


class Server:
    """A listening SMTP server: `async with Server(handler, options) as server: await server.listen(host, port)`."""

    def __init__(self, handler: Handler, options: Options) -> None:
        self.handler, self.options = handler, options
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()

    async def listen(self, host: str, port: int = 0) -> tuple[str, int]:
        """Begin to listen and return address and port. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), host, port)
        address = self._server.sockets[0].getsockname()
        return str(address[0]), int(address[1])

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self._connections):
            connection.abort()
        await self._server.wait_closed()
        await asyncio.sleep(0)  # the transports tell their protocols in the next turn of the loop
        self._server = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def admit(self, connection: Connection) -> bool:
        if len(self._connections) >= self.options.connections:
            return False
        self._connections.add(connection)
        return True

    def gone(self, connection: Connection) -> None:
        self._connections.discard(connection)


class Connection(SMTP):
    """aiosmtpd's session with MAIL, RCPT and EHLO of our own."""

    line_length_limit = LINE_LIMIT

    def __init__(self, server: Server) -> None:
        self._own = server
        self._seen = Session()
        self._transaction: Transaction | None = None
        self._refused = 0
        self._state = "new"
        self._deadline: asyncio.TimerHandle | None = None
        options = server.options
        super().__init__(
            None,
            data_size_limit=options.size_limit,
            enable_SMTPUTF8=True,
            hostname=options.hostname,
            ident=options.ident,
            tls_context=options.tls,
            timeout=options.idle_s,
            auth_require_tls=options.tls is not None,
            authenticator=self._check_credentials,
            loop=asyncio.get_running_loop(),
        )
        self._handle_hooks["DATA"] = self._take_message
        # aiosmtpd keeps these in one dictionary for all connections, which each new one empties.
        self.command_size_limits = collections.defaultdict(lambda: COMMAND_LIMIT)

    # --- the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._state == "open":  # once more, inside TLS: RFC 3207 §4.2 forgets what was said before
            super().connection_made(transport)
            self._seen.tls = transport.get_extra_info("ssl_object").version()
            self._seen.helo = None
            return
        self._seen.address = str(transport.get_extra_info("peername")[0]).partition("%")[0]
        if not self._own.admit(self):
            assert isinstance(transport, asyncio.WriteTransport)
            self._state = "turned away"
            transport.write(f"421 4.7.0 {self.hostname} too many connections\r\n".encode())
            transport.close()
            return
        self._state = "open"
        super().connection_made(transport)
        assert self._handler_coroutine is not None
        self._handler_coroutine.add_done_callback(_forgive)
        self._deadline = self.loop.call_later(self._own.options.session_s, self.abort)

    def connection_lost(self, error: Exception | None) -> None:
        if self._state != "open":
            return
        self._state = "closed"
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(error)
        self._own.gone(self)
        self._own.handler.closed(self._seen)

    def abort(self) -> None:
        """Cut the connection."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def _handle_client(self) -> None:
        try:
            refusal = await self._own.handler.connect(self._seen)
        except Disconnect:
            self.abort()
            return
        if refusal is None:
            await super()._handle_client()
            return
        await self.push(refusal)
        self._writer.close()

    async def handle_exception(self, error: Exception) -> str:
        """Answer what no command should cause; a Disconnect is an order, everything else a defect that is told."""
        if isinstance(error, Disconnect):
            self.abort()
            await asyncio.Event().wait()  # until connection_lost cancels this task
        self.loop.call_exception_handler({"message": "error in an SMTP session", "exception": error, "protocol": self})
        return "451 4.3.0 Internal error"

    async def _reply(self, reply: str) -> None:
        await self.push(reply)
        if reply.startswith("421"):
            self._writer.close()

    # --- EHLO, AUTH

    @syntax("EHLO hostname")
    async def smtp_EHLO(self, hostname: str | None) -> None:  # noqa: N802
        if not hostname:
            await self.push("501 5.5.4 Syntax: EHLO hostname")
            return
        self._set_rset_state()  # type: ignore[no-untyped-call]
        assert self.session is not None
        self.session.extended_smtp = True
        self.session.host_name = self._seen.helo = hostname
        self._seen.esmtp = True
        offered = [self.hostname, "PIPELINING", f"SIZE {self._own.options.size_limit}", "8BITMIME", "SMTPUTF8"]
        if self._own.options.dsn:
            offered.append("DSN")
        if self.tls_context and not self._seen.tls:
            offered.append("STARTTLS")
        if self._own.options.credentials is not None and (self._seen.tls or not self.tls_context):
            offered.append("AUTH LOGIN PLAIN")
        for line in offered[:-1]:
            await self.push(f"250-{line}")
        await self.push(f"250 {offered[-1]}")

    @syntax("HELO hostname")
    async def smtp_HELO(self, hostname: str) -> None:  # noqa: N802
        await super().smtp_HELO(hostname)
        self._seen.helo, self._seen.esmtp = hostname, False

    @syntax("AUTH <mechanism>")
    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802
        if self._own.options.credentials is None:
            await self.push("502 5.5.1 AUTH is not offered here")
            return
        await super().smtp_AUTH(arg)

    def _check_credentials(self, *said: Any) -> AuthResult:
        given = said[-1]
        assert isinstance(given, LoginPassword)
        known = {user.encode(): word.encode() for user, word in (self._own.options.credentials or {}).items()}
        if known.get(given.login) != given.password:
            return AuthResult(success=False, handled=False)
        self._seen.user = given.login.decode()
        return AuthResult(success=True)

    # --- the transaction

    @property
    def _syntax(self) -> Syntax:
        options = self._own.options
        return Syntax(esmtp=self._seen.esmtp, dsn=options.dsn, size_limit=options.size_limit)

    def _set_post_data_state(self) -> None:
        self._transaction = None
        super()._set_post_data_state()  # type: ignore[no-untyped-call]

    @syntax("MAIL FROM: <address>", extended=" [SP <mail-parameters>]")
    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        if await self.check_helo_needed():
            return
        if self._transaction is not None:
            await self.push("503 5.5.1 Error: nested MAIL command")
            return
        try:
            transaction = mail_command(arg or "", self._syntax)
        except Refused as refused:
            await self.push(str(refused))
            return
        reply = await self._own.handler.mail(self._seen, transaction) or "250 2.1.0 OK"
        if reply.startswith("2"):
            self._transaction = transaction
            assert isinstance(self.envelope, Envelope)
            self.envelope.mail_from = transaction.mail_from
            self.envelope.smtp_utf8 = transaction.smtputf8
        await self._reply(reply)

    @syntax("RCPT TO: <address>", extended=" [SP <mail-parameters>]")
    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        if await self.check_helo_needed():
            return
        if self._transaction is None:
            await self.push("503 5.5.1 Error: need MAIL command")
            return
        if len(self._transaction.recipients) >= self._own.options.recipients or self._refused >= REFUSED_RECIPIENTS:
            await self.push("452 4.5.3 Too many recipients")
            return
        try:
            recipient = rcpt_command(arg or "", self._transaction, self._syntax)
        except Refused as refused:
            await self.push(str(refused))
            return
        reply = await self._own.handler.rcpt(self._seen, self._transaction, recipient) or "250 2.1.5 OK"
        if reply.startswith("2"):
            self._transaction.recipients.append(recipient)
            assert isinstance(self.envelope, Envelope)
            self.envelope.rcpt_tos.append(recipient.address)
        else:
            self._refused += 1
        await self._reply(reply)

    async def _take_message(self, _server: object, _session: object, envelope: Envelope) -> str:
        assert self._transaction is not None
        self._transaction.content = envelope.original_content or b""
        return await self._own.handler.data(self._seen, self._transaction) or "250 2.0.0 OK"


def received_line(session: Session, transaction: Transaction, *, by: str, queue_id: str, at: datetime) -> bytes:
    """Return the trace line that an SMTP server puts on top of a message (RFC 5321 §4.4), with CRLF."""
    helo = session.helo or ""
    said = helo if _HELO.fullmatch(helo) else "unknown"
    protocol = "UTF8SMTP" if transaction.smtputf8 else "ESMTP" if session.esmtp else "SMTP"  # RFC 3848, RFC 6531 §4.3
    protocol += ("S" if session.tls else "") + ("A" if session.user else "")
    only = transaction.recipients[0].address if len(transaction.recipients) == 1 else None
    line = (
        f"Received: from {said} ({address_literal(session.address)})\r\n"
        f"\tby {by} (bsaudit) with {protocol} id {queue_id}" + (f"\r\n\tfor <{only}>" if only else "")
    )
    return f"{line};\r\n\t{format_datetime(at)}\r\n".encode()


def _forgive(task: asyncio.Task[None]) -> None:
    """Take note of how a session died: connections break, and that is no error of ours."""
    with contextlib.suppress(asyncio.CancelledError):
        task.exception()
