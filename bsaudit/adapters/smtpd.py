"""An SMTP server on aiosmtpd, with what aiosmtpd lacks: RFC 3461 (DSN), strict paths, limits, and hooks with types.

aiosmtpd 1.4.6 answers 555 to RET, ENVID, NOTIFY and ORCPT. Here MAIL and RCPT are read anew: the parameters are
validated (501 on bad syntax) and handed to the `Handler`, one method a command, which returns the reply or None for
the usual one. A server runs inside the running event loop; there is no thread.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, syntax

from bsaudit.adapters.smtp_server import Connection, Listener, protocol, trace_line
from bsaudit.adapters.smtpd_syntax import Recipient, Refused, Syntax, Transaction, mail_command, rcpt_command

# RFC 5321 §4.5.3.1.6 allows lines of 1,000 octets; bounces return what spammers wrote, and that has longer ones.
LINE_LIMIT = 1 << 16
# RFC 5321 §4.5.3.1.4 has 512 octets; RFC 3461 §4 and RFC 6531 §3.4 add to MAIL and RCPT.
COMMAND_LIMIT = 2048
# After this many refused recipients a client is guessing addresses.
REFUSED_RECIPIENTS = 100

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
        self.listener = Listener(most=options.connections)

    async def listen(self, host: str, port: int = 0) -> tuple[str, int]:
        """Begin to listen and return address and port. Raises OSError."""
        return await self.listener.listen(lambda: ServerConnection(self), host, port)

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        await self.listener.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class ServerConnection(Connection):
    """aiosmtpd's session with MAIL, RCPT and EHLO of our own."""

    line_length_limit = LINE_LIMIT

    def __init__(self, server: Server) -> None:
        self._own = server
        self._seen = Session()
        self._transaction: Transaction | None = None
        self._refused = 0
        options = server.options
        super().__init__(
            server.listener,
            None,
            command_limit=COMMAND_LIMIT,
            session_s=options.session_s,
            data_size_limit=options.size_limit,
            hostname=options.hostname,
            ident=options.ident,
            tls_context=options.tls,
            timeout=options.idle_s,
            auth_require_tls=options.tls is not None,
            authenticator=self._check_credentials,
        )
        self._handle_hooks["DATA"] = self._take_message

    # --- the connection

    def opened(self) -> None:
        self._seen.address = self.peer_address

    def secured(self, transport: asyncio.BaseTransport) -> None:
        """Forget what was said before TLS (RFC 3207 §4.2)."""
        self._seen.tls = transport.get_extra_info("ssl_object").version()
        self._seen.helo = None

    def ended(self) -> None:
        self._own.handler.closed(self._seen)

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
    async def smtp_EHLO(self, hostname: str | None) -> None:
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
    async def smtp_HELO(self, hostname: str) -> None:
        await super().smtp_HELO(hostname)
        self._seen.helo, self._seen.esmtp = hostname, False

    @syntax("AUTH <mechanism>")
    async def smtp_AUTH(self, arg: str) -> None:
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
    async def smtp_MAIL(self, arg: str | None) -> None:
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
    async def smtp_RCPT(self, arg: str | None) -> None:
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
    """Return the trace line of a message that this server took (RFC 5321 §4.4), with CRLF."""
    return trace_line(
        helo=session.helo,
        address=session.address,
        by=by,
        protocol=protocol(
            esmtp=session.esmtp,
            smtputf8=transaction.smtputf8,
            tls=bool(session.tls),
            authenticated=bool(session.user),
        ),
        queue_id=queue_id,
        recipient=transaction.recipients[0].address if len(transaction.recipients) == 1 else None,
        at=at,
    )
