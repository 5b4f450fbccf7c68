"""One SMTP connection: aiosmtpd's session with limits, and with EHLO, MAIL, RCPT and DATA of our own."""

from __future__ import annotations

import asyncio
import collections
import logging
from asyncio import sslproto
from typing import IO, Any, AnyStr

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword, TLSSetupException, syntax

from bsaudit.adapters.smtpd.data import MailData, Room, receive
from bsaudit.adapters.smtpd.handler import Disconnect, Handler, Options, Session
from bsaudit.adapters.smtpd.listener import Listener
from bsaudit.adapters.smtpd.syntax import Refused, Syntax, Transaction

# RFC 5321 §4.5.3.1.4 has 512 octets; RFC 3461 §4 and RFC 6531 §3.4 add to MAIL and RCPT, and so do careless clients.
COMMAND_LIMIT = 4096
# After this many refused recipients a client is guessing addresses.
REFUSED_RECIPIENTS = 100
# Times that one client may give the same command in one session: a thousand messages, and then a new connection.
CALLS = 1000
# Transactions of one session that brought no message, after which a client wants something else than bring mail.
IDLE_TRANSACTIONS = 100
# Octets of replies that wait for a client to read them; then it is read from no more.
REPLIES = 8 << 10
# Octets that are read of a connection in one turn, and that wait under TLS beside them: with 200 clients, each kibibyte
# counts.
PIECE = 4 << 10
# More than ever waits in the stream's buffer: twice the command limit, and one piece from the kernel on top.
EVERYTHING = 1 << 30

# aiosmtpd warns of every odd command; without this, Python would print that on stderr.
logging.getLogger("mail.log").addHandler(logging.NullHandler())


class Tls(sslproto.SSLProtocol):
    """TLS of one connection, with buffers as long as what is read in one turn; asyncio's are 256 KiB each."""

    max_size = PIECE


class Connection(SMTP):
    """One of a listener's connections: admitted or turned away, cut after `session_s` at the latest."""

    line_length_limit = COMMAND_LIMIT  # of the stream's buffer; the lines of DATA have none
    _state = "closed"  # of what is over, and has nothing of its own any more

    def __init__(self, listener: Listener, handler: Handler, options: Options, room: Room) -> None:
        self._listener, self._handler, self._options, self._room = listener, handler, options, room
        self._seen = Session()
        self._socket: asyncio.WriteTransport | None = None  # also under TLS
        self._dialogue: asyncio.Task[None]
        self._transaction: Transaction | None = None
        self._state = "new"
        self._deadline: asyncio.TimerHandle | None = None
        super().__init__(
            None,
            enable_SMTPUTF8=True,
            loop=asyncio.get_running_loop(),
            hostname=options.hostname,
            ident=options.ident,
            tls_context=options.tls,
            timeout=options.idle_s,
            command_call_limit=CALLS,
            auth_require_tls=options.tls is not None,
            authenticator=self._check_credentials,
        )
        # aiosmtpd keeps these in one dictionary for all connections, which each new one empties.
        self.command_size_limits = collections.defaultdict(lambda: COMMAND_LIMIT)

    # --- the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        if self._state == "open":
            super().connection_made(transport)
            self._secured(transport)
        elif self._is_welcome(transport):
            self._state, self._socket = "open", transport
            transport.max_size = PIECE  # type: ignore[attr-defined] # else room for 256 KiB in each turn
            transport.set_write_buffer_limits(REPLIES)
            super().connection_made(transport)
            assert self._handler_coroutine is not None
            self._dialogue = self._handler_coroutine
            self._dialogue.add_done_callback(self._ended)
            self._deadline = self.loop.call_later(self._options.session_s, self.abort)

    def _is_welcome(self, transport: asyncio.WriteTransport) -> bool:
        peer = transport.get_extra_info("peername")  # None: it is gone already
        if peer is None or not self._listener.open:
            transport.abort()
            return False
        # getpeername(2) names the interface of a link-local address: fe80::1%eth0
        address = str(peer[0]).partition("%")[0]
        self._seen.address, self._seen.at = address, self._handler.now()
        if not self._listener.admit(self, address):
            transport.write(f"421 4.7.0 {self.hostname} too many connections\r\n".encode())
            transport.close()
            return False
        return True

    @syntax("STARTTLS", when="tls_context")
    async def smtp_STARTTLS(self, arg: str | None) -> None:
        """Do as aiosmtpd does, with less memory (RFC 3207 §4)."""
        if arg or self.tls_context is None:
            await super().smtp_STARTTLS(arg)  # which refuses it
            return
        if self._tls_protocol is not None:
            await self.push("503 5.5.1 TLS is active already")
            return
        await self.push("220 2.0.0 Ready to start TLS")
        assert isinstance(self.transport, asyncio.Transport)
        done = self.loop.create_future()
        self._original_transport = self.transport
        self._tls_protocol = Tls(self.loop, self, self.tls_context, done, server_side=True)
        self.transport.set_protocol(self._tls_protocol)
        self._tls_protocol.connection_made(self.transport)
        try:
            await done
        except OSError as error:  # as every SSLError is, and what ends a connection
            error.__traceback__ = None  # its frames would refer to it in a circle
            raise TLSSetupException from error

    def _secured(self, transport: asyncio.BaseTransport) -> None:
        """Forget what was said before TLS (RFC 3207 §4.2)."""
        transport.set_write_buffer_limits(REPLIES)  # type: ignore[attr-defined] # as below TLS
        transport.set_read_buffer_limits(PIECE)  # type: ignore[attr-defined] # typeshed does not know it
        self._seen.tls = transport.get_extra_info("ssl_object").version()
        self._seen.helo, self._seen.esmtp = None, False

    def connection_lost(self, error: Exception | None) -> None:
        if self._state == "new":  # turned away
            self._let_go()
        if self._state != "open":
            return
        self._state = "closed"
        if self._deadline is not None:
            self._deadline.cancel()
        if error is not None:
            error.__traceback__ = None  # its frames refer to the stream, and that to the error
        self.abort()  # TLS that is being closed may wait for a peer that says nothing more
        super().connection_lost(error)
        self._listener.gone(self)
        self._leave()
        self._handler.closed(self._seen)
        if self._dialogue.done():
            self._let_go()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Take note of how the session died: connections break, and that is no error of ours."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            error.__traceback__ = None  # as in connection_lost
        if self._state == "closed":
            self._let_go()

    def _let_go(self) -> None:
        """Forget everything: what refers to itself, TLS with it, would stay until the collector's next long round."""
        closed = vars(self).get("_closed")
        if closed is not None and closed.done():
            closed.exception()  # as StreamReaderProtocol.__del__ does: nobody asked for it
        vars(self).clear()

    def abort(self) -> None:
        """Cut the connection, below TLS: that neither flushes nor waits for the peer's farewell."""
        if self._socket is not None:
            self._socket.abort()

    def _timeout_cb(self) -> None:
        """Cut it where aiosmtpd would close it, and so wait for a client that does not read our replies either."""
        self.abort()

    async def push(self, status: AnyStr) -> None:
        """Reply, once everybody else has had a turn: a client that sends its commands in one go waits like others.

        Before, not afterwards: what follows the 220 to STARTTLS is TLS, and must not be read as a command.
        """
        await asyncio.sleep(0)
        await super().push(status)

    async def _handle_client(self) -> None:
        try:
            refusal = await self._handler.connect(self._seen)
        except Disconnect:
            self.abort()
            return
        if refusal is None:
            await super()._handle_client()
            return
        await self.push(refusal)
        self._writer.close()

    async def handle_exception(self, error: Exception) -> str:
        """Answer what no command should cause; a Disconnect is an order, everything but a broken handshake a defect."""
        if isinstance(error, Disconnect):
            self.abort()
            await asyncio.Event().wait()  # until connection_lost cancels this task
        if not isinstance(error, TLSSetupException):  # that is the client's doing, and not answered
            self._handler.failed(error)
        return "451 4.3.0 Internal error"

    async def _reply(self, reply: str) -> None:
        await self.push(reply)
        if reply.startswith("421"):
            self._writer.close()

    # --- who the client is

    @syntax("EHLO hostname")
    async def smtp_EHLO(self, hostname: str | None) -> None:
        if not hostname:
            await self.push("501 5.5.4 Syntax: EHLO hostname")
            return
        self._greeted(hostname, esmtp=True)
        lines = [self.hostname, *self._offers()]
        await self.push("\r\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"]))

    @syntax("HELO hostname")
    async def smtp_HELO(self, hostname: str | None) -> None:
        if not hostname:
            await self.push("501 5.5.4 Syntax: HELO hostname")
            return
        self._greeted(hostname, esmtp=False)
        await self.push(f"250 {self.hostname}")

    def _greeted(self, hostname: str, *, esmtp: bool) -> None:
        self._set_rset_state()  # type: ignore[no-untyped-call]
        assert self.session is not None
        self.session.host_name = self._seen.helo = hostname
        self.session.extended_smtp = self._seen.esmtp = esmtp

    def _offers(self) -> list[str]:
        options = self._options
        size = f"SIZE {options.size_limit}" if options.size_announced else "SIZE"
        offered = [size if name == "SIZE" else name for name in options.extensions]
        if options.dsn:
            offered.append("DSN")
        if options.tls and not self._seen.tls:
            offered.append("STARTTLS")
        if options.credentials is not None and (self._seen.tls or not options.tls):
            offered.append("AUTH LOGIN PLAIN")
        return offered

    @syntax("AUTH <mechanism>")
    async def smtp_AUTH(self, arg: str) -> None:
        if self._options.credentials is None:
            await self.push("502 5.5.1 AUTH is not offered here")
            return
        await super().smtp_AUTH(arg)

    def _check_credentials(self, *said: Any) -> AuthResult:
        given = said[-1]
        assert isinstance(given, LoginPassword)
        known = {user.encode(): word.encode() for user, word in (self._options.credentials or {}).items()}
        if known.get(given.login) != given.password:
            return AuthResult(success=False, handled=False)
        self._seen.user = given.login.decode()
        return AuthResult(success=True)

    @syntax("VRFY <address>")
    async def smtp_VRFY(self, arg: str | None) -> None:
        """Tell nothing (RFC 5321 §7.3), and do not repeat what was asked."""
        await self.push("252 2.5.2 Cannot VRFY user" if arg else "501 5.5.4 Syntax: VRFY <address>")

    # --- the transaction

    def _set_post_data_state(self) -> None:
        """Come by wherever a transaction ends: RSET, EHLO, HELO and STARTTLS (RFC 5321 §4.1.4, RFC 3207 §4.2)."""
        self._leave()
        super()._set_post_data_state()  # type: ignore[no-untyped-call]

    def _leave(self) -> None:
        transaction, self._transaction = self._transaction, None
        if transaction is not None:
            self._seen.idle_transactions += 1
            self._handler.left(self._seen, transaction)

    @property
    def _syntax(self) -> Syntax:
        return Syntax(esmtp=self._seen.esmtp, dsn=self._options.dsn, size_limit=self._options.size_limit)

    @syntax("MAIL FROM: <address>", extended=" [SP <mail-parameters>]")
    async def smtp_MAIL(self, arg: str | None) -> None:
        if not await self.check_helo_needed():
            await self._reply(await self._mail(arg or ""))

    async def _mail(self, arg: str) -> str:
        if self._transaction is not None:
            return "503 5.5.1 Error: nested MAIL command"
        if self._seen.idle_transactions >= IDLE_TRANSACTIONS:
            return "421 4.7.0 Too many transactions without a message"
        try:
            transaction = self._options.grammar.mail(arg, self._syntax)
        except Refused as refused:
            return str(refused)
        transaction.at = self._handler.now()
        reply = await self._handler.mail(self._seen, transaction) or "250 2.1.0 OK"
        if reply.startswith("2"):
            self._transaction = transaction
            self._seen.transactions += 1
        return reply

    @syntax("RCPT TO: <address>", extended=" [SP <mail-parameters>]")
    async def smtp_RCPT(self, arg: str | None) -> None:
        if not await self.check_helo_needed():
            await self._reply(await self._rcpt(arg or ""))

    async def _rcpt(self, arg: str) -> str:
        transaction = self._transaction
        if transaction is None:
            return "503 5.5.1 Error: need MAIL command"
        if len(transaction.recipients) >= self._options.recipients or self._seen.refused >= REFUSED_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            recipient = self._options.grammar.rcpt(arg, transaction, self._syntax)
        except Refused as refused:
            return str(refused)
        reply = await self._handler.rcpt(self._seen, transaction, recipient) or "250 2.1.5 OK"
        if reply.startswith("2"):
            transaction.recipients.append(recipient)
        else:
            transaction.refused.append(recipient.address)
            self._seen.refused += 1
        return reply

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:
        if await self.check_helo_needed():
            return
        transaction = self._transaction
        if transaction is None or not transaction.recipients:
            await self.push("503 5.5.1 Error: need RCPT command")
        elif arg:
            await self.push("501 5.5.4 Syntax: DATA")
        else:
            transaction.data = True
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await self._reply(await self._receive(transaction))

    async def _receive(self, transaction: Transaction) -> str:
        """Read the message and return the reply to it; the transaction is over, whatever that is."""
        with MailData(self._options.size_limit, self._room) as content:
            rest = await receive(self._read, content)
            self._reader.feed_data(rest)  # commands may follow at once (RFC 2920 §3.1); the buffer was empty
            reply = content.refusal or await self._take(transaction, content.file)
        if reply.startswith("2"):
            self._transaction = None
        self._leave()
        return reply

    async def _take(self, transaction: Transaction, content: IO[bytes]) -> str:
        return await self._handler.data(self._seen, transaction, content) or "250 2.0.0 OK"

    async def _read(self) -> bytes:
        octets = await self._reader.read(EVERYTHING)
        self._reset_timeout()
        return octets
