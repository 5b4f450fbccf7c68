"""One SMTP connection: its commands one at a time, its transcript, and whether the final dot has left.

aiosmtplib's protocol class speaks on the wire. This class adds what an audit needs: every reply is kept with its time,
credentials are not, each stage has its own time limit, and DATA is split in three (command, text, final dot), because
a message whose final dot never left was not sent, and one whose final dot left may have been (RFC 5321 §4.5.3.2.6).
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import aiosmtplib
from aiosmtplib.esmtp import parse_esmtp_extensions

from bsaudit.adapters.domain import address_literal
from bsaudit.adapters.replies import read_reply
from bsaudit.adapters.smtp_wire import WireProtocol
from bsaudit.adapters.tls import describe_tls
from bsaudit.durations import duration
from bsaudit.errors import UsageError
from bsaudit.model.mail import Exchange, Host, Reply, Stage
from bsaudit.ports import Clock
from bsaudit.text import clean_block, clean_line

# Written in blocks, so that a server that stops reading a long message is noticed (RFC 5321 §4.5.3.2.5).
BLOCK = 64 * 1024
BLOCK_POLL_S = 0.005
# RFC 8305 §5: how long to wait for one address family before trying the other beside it
HAPPY_EYEBALLS_S = 0.25
CLOSE_S = 1.0  # for the peer's half of a TLS shutdown; then the connection is cut
READY, COMPLETED, START_INPUT, SERVICE_CLOSING = 220, 250, 354, 421
SIZE_DIGITS = 20  # RFC 1870 §3
HIDDEN = "…"
TEXT = "(message text)"
FINAL_DOT = b".\r\n"
UNQUALIFIED = (".localdomain", ".local", ".localhost", ".lan", ".home", ".internal")


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """Seconds. RFC 5321 §4.5.3.2 gives the least that a client should wait; the tests give less."""

    connect: float = 30.0  # TCP connection, and each TLS handshake: RFC 5321 is silent, no server needs longer
    greeting: float = 300.0  # §4.5.3.2.1
    command: float = 300.0  # §4.5.3.2.2, §4.5.3.2.3: MAIL and RCPT; EHLO, AUTH and RSET have no less right to it
    data: float = 120.0  # §4.5.3.2.4: the 354
    block: float = 180.0  # §4.5.3.2.5: each write of a block
    final: float = 600.0  # §4.5.3.2.6: the reply to the final dot
    quit: float = 5.0  # nothing depends on the answer


class SessionError(Exception):
    """The session cannot go on: it failed at `stage`, with the server's `reply` if that was why."""

    def __init__(self, message: str, *, stage: Stage, reply: Reply | None = None, cause: OSError | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.stage = stage
        self.reply = reply
        self.cause = cause


class SmtpSession:
    """A client's side of one SMTP connection. Not for concurrent use."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        clock: Clock,
        helo_name: str | None = None,
        timeouts: Timeouts | None = None,
        server_name: str | None = None,
    ) -> None:
        """Prepare. `host` is what to connect to, a name or an address; `server_name` its name for TLS, if another."""
        self.timeouts = timeouts or Timeouts()
        self.stage = Stage.CONNECT
        self.final_dot_sent = False
        self.tls: str | None = None
        self.banner = ""
        self.extensions: dict[str, str] = {}
        self.auth_methods: tuple[str, ...] = ()
        self.peer = Host(host=server_name or host)
        self._host, self._port = host, port
        self._server_name = server_name or host
        self._clock = clock
        self._helo_name = helo_name
        self._transcript: list[Exchange] = []
        self._last_text = ""
        self._ahead: deque[str] = deque()
        self._protocol: WireProtocol | None = None

    @property
    def alive(self) -> bool:
        return self._protocol is not None and self._protocol.is_connected

    @property
    def size_limit(self) -> int | None:
        """The SIZE that EHLO announced (RFC 1870 §4), in octets; None for no limit or none known."""
        value = self.extensions.get("size", "")
        number = value.isascii() and value.isdigit() and len(value) <= SIZE_DIGITS
        return (int(value) or None) if number else None

    def take_transcript(self) -> tuple[Exchange, ...]:
        """Return what was said since the last call."""
        taken, self._transcript = tuple(self._transcript), []
        return taken

    async def connect(self, implicit_tls: ssl.SSLContext | None = None) -> None:
        """Connect and read the greeting (RFC 5321 §3.1). Raises SessionError."""
        self.stage = Stage.CONNECT
        command = f"connect {self._host}:{self._port}"
        try:
            protocol = await self._open(implicit_tls)
        except OSError as error:
            raise self._lost(command, _why(error, self.timeouts.connect), error) from error
        self._describe(protocol, implicit_tls)
        reply = await self._reply(command, self.timeouts.greeting)
        if reply.code != READY:
            self.abort()
            raise SessionError(f"the server greeted with {reply.code} {reply.text}", stage=self.stage, reply=reply)
        self.banner = reply.text

    async def hello(self) -> None:
        """EHLO, or HELO where that is refused (RFC 5321 §4.1.1.1). Raises SessionError."""
        self.stage = Stage.HELO
        name = self._helo_name or self._default_helo_name()
        reply = await self.say(f"EHLO {name}")
        if reply.code == COMPLETED:
            self.extensions, methods = parse_esmtp_extensions(self._last_text)
            self.auth_methods = tuple(methods)
            return
        self.extensions, self.auth_methods = {}, ()
        if self.alive:
            reply = await self.say(f"HELO {name}")
        if reply.code != COMPLETED:
            raise SessionError(f"HELO was refused: {reply.code} {reply.text}", stage=self.stage, reply=reply)

    async def starttls(self, context: ssl.SSLContext) -> Reply | None:
        """Upgrade the connection (RFC 3207); EHLO must follow. Returns the reply if the server refused, else None.

        Raises SessionError when the handshake fails: the connection is of no use then.
        """
        self.stage = Stage.STARTTLS
        limit = self.timeouts.connect
        assert self._protocol is not None
        try:
            response = await self._protocol.start_tls(context, self._server_name, timeout=limit)
        except aiosmtplib.SMTPResponseException as error:
            return self._note("STARTTLS", error.code, error.message)
        except (OSError, aiosmtplib.SMTPException) as error:
            raise self._lost("STARTTLS", f"the TLS handshake failed: {_why(error, limit)}", error) from error
        self._note("STARTTLS", *response)
        self._describe(self._protocol, context)
        return None

    async def say(
        self, command: str, *, shown: str | None = None, secrets: tuple[str, ...] = (), timeout_s: float | None = None
    ) -> Reply:
        """Send one command and return the reply, whatever it is. Raises SessionError.

        `shown` stands in the transcript instead of a command that holds credentials; `secrets` are struck out of the
        reply, because servers quote what they did not understand.
        """
        limit = self.timeouts.command if timeout_s is None else timeout_s
        if self._ahead and self._ahead[0] == command:
            self._ahead.popleft()
        else:
            self._send(command)
        return await self._reply(shown or command, limit, secrets)

    def say_ahead(self, commands: Sequence[str]) -> None:
        """Send several commands at once if the server offers PIPELINING (RFC 2920); `say` gives their replies.

        Raises SessionError.
        """
        if "pipelining" in self.extensions:
            self._send(*commands)
            self._ahead.extend(commands)

    @property
    def said_ahead(self) -> tuple[str, ...]:
        """The commands whose replies nobody has asked for yet."""
        return tuple(self._ahead)

    async def send_text(self, message: bytes) -> Reply:
        """Send the message text and the final dot after a 354; return the final reply. Raises SessionError.

        A server that answers before the final dot has refused: its reply is returned and the connection is cut.
        """
        self.stage = Stage.END_OF_DATA
        text = _dot_stuffed(message)
        try:
            await self._write(text)
        except aiosmtplib.SMTPServerDisconnected as error:
            raise self._lost(TEXT, _why(error), error) from error
        reply = await self._reply("." if self.final_dot_sent else TEXT, self.timeouts.final)
        if not self.final_dot_sent:
            self.abort()
        return reply

    async def quit(self) -> None:
        """Take leave, and never fail at it."""
        if self.alive:
            with contextlib.suppress(SessionError):
                await self.say("QUIT", timeout_s=self.timeouts.quit)
        await self.close()

    async def close(self) -> None:
        """Close the connection without a word."""
        if self._protocol is None or self._protocol.transport is None:
            return
        self._protocol.transport.close()
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._protocol.closed.wait()
        except TimeoutError:
            self.abort()

    def abort(self) -> None:
        """Cut the connection at once."""
        transport = self._protocol.transport if self._protocol else None
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()

    async def _open(self, implicit_tls: ssl.SSLContext | None) -> WireProtocol:
        loop = asyncio.get_running_loop()
        connecting = loop.create_connection(
            WireProtocol,
            self._host,
            self._port,
            ssl=implicit_tls,
            server_hostname=self._server_name if implicit_tls else None,
            happy_eyeballs_delay=HAPPY_EYEBALLS_S,
        )
        async with asyncio.timeout(self.timeouts.connect):
            _, protocol = await connecting
        self._protocol = protocol
        return protocol

    def _send(self, *commands: str) -> None:
        if not all(map(str.isprintable, commands)):  # a line break would be a command of its own
            raise UsageError(f"an address holds control characters: {clean_line(' '.join(commands))}")
        if self._protocol is None:
            raise self._lost(commands[0], "there is no connection")
        try:
            self._protocol.send("".join(f"{command}\r\n" for command in commands).encode())
        except aiosmtplib.SMTPServerDisconnected as error:
            raise self._lost(commands[0], _why(error), error) from error

    async def _write(self, text: bytes) -> None:
        """Write the text, then the final dot unless the server has answered before."""
        protocol = self._protocol
        assert protocol is not None
        if len(text) > BLOCK:
            for start in range(0, len(text), BLOCK):
                protocol.write(text[start : start + BLOCK])
                await self._drain(protocol)
                if protocol.answered:
                    return
            text = b""
        # A short message travels together with its final dot: nothing can be learnt in between.
        protocol.write(text + FINAL_DOT)
        self.final_dot_sent = protocol.is_connected

    async def _drain(self, protocol: WireProtocol) -> None:
        transport = protocol.transport
        assert isinstance(transport, asyncio.WriteTransport)
        deadline = self._clock.monotonic() + self.timeouts.block
        while transport.get_write_buffer_size() and protocol.is_connected and not protocol.answered:
            if self._clock.monotonic() > deadline:
                self.abort()
                raise self._lost(TEXT, f"the server took no more of it for {duration(self.timeouts.block)}")
            await asyncio.sleep(BLOCK_POLL_S)

    async def _reply(self, command: str, limit: float, secrets: tuple[str, ...] = ()) -> Reply:
        assert self._protocol is not None
        try:
            code, text = await self._protocol.read_response(limit)
        except (aiosmtplib.SMTPException, OSError) as error:
            self.abort()
            raise self._lost(command, _why(error, limit), error) from error
        except BaseException:  # cancelled in the middle: whatever comes now would be taken for another's reply
            self.abort()
            raise
        for secret in filter(None, secrets):
            text = text.replace(secret, HIDDEN)
        if code == SERVICE_CLOSING:
            self.abort()
        return self._note(command, code, text)

    def _note(self, command: str, code: int, text: str) -> Reply:
        self._last_text = text
        self._transcript.append(
            Exchange(at=self._clock.now(), command=clean_line(command), code=code, text=clean_block(text))
        )
        return read_reply(code, text)

    def _lost(self, command: str, why: str, error: Exception | None = None) -> SessionError:
        self._transcript.append(Exchange(at=self._clock.now(), command=clean_line(command), text=why))
        return SessionError(why, stage=self.stage, cause=_root(error))

    def _describe(self, protocol: WireProtocol, context: ssl.SSLContext | None) -> None:
        transport = protocol.transport
        if transport is None:  # already gone; the next command says so
            return
        address = transport.get_extra_info("peername")[0].partition("%")[0]
        self.peer = Host(host=self.peer.host, address=address)
        connection = transport.get_extra_info("ssl_object")
        if context is not None and connection is not None:
            self.tls = describe_tls(connection, verified=context.verify_mode is ssl.CERT_REQUIRED)

    def _default_helo_name(self) -> str:
        # RFC 5321 §4.1.4: the client's full name if it has one, else its address as a literal
        name = socket.gethostname().lower()
        if "." in name and not name.endswith(UNQUALIFIED):
            return name
        return address_literal(self.own_address or "127.0.0.1")

    @property
    def own_address(self) -> str | None:
        """The address from which the connection was made; None where there is none."""
        transport = self._protocol.transport if self._protocol else None
        return transport.get_extra_info("sockname")[0].partition("%")[0] if transport else None


def _dot_stuffed(message: bytes) -> bytes:
    # RFC 5321 §4.5.2
    text = message if message.endswith(b"\r\n") else message + b"\r\n"
    return (b"." if text.startswith(b".") else b"") + text.replace(b"\r\n.", b"\r\n..")


def _root(error: BaseException | None) -> OSError | None:
    """Return the operating system's or OpenSSL's own error at the bottom of a library's."""
    while error is not None and error.__cause__ is not None and not isinstance(error, TimeoutError):
        error = error.__cause__
    return error if isinstance(error, OSError) else None


def _why(error: BaseException, limit: float = 0.0) -> str:
    root = _root(error) or error
    if isinstance(root, aiosmtplib.SMTPResponseException):
        return clean_line(f"not an SMTP reply: {root.message}")
    if isinstance(root, TimeoutError):
        return f"no answer within {duration(limit)}"
    if isinstance(root, ConnectionError | socket.gaierror):
        return _CONNECTION_TROUBLE.get(type(root), "the connection was lost")
    if f"[Errno {errno.ECONNREFUSED}]" in str(root):  # asyncio joins the errors of several addresses into one text
        return "the connection was refused"
    reason = getattr(root, "reason", None) or getattr(root, "strerror", None) or str(root)
    return clean_line(str(reason))


_CONNECTION_TROUBLE: dict[type[OSError], str] = {
    socket.gaierror: "the host name does not resolve",
    ConnectionRefusedError: "the connection was refused",
}
