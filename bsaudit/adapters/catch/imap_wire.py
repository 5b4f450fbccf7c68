"""imaplib's connection and IMAPClient, taught that a server may say anything, in any amount, as slowly as it likes.

imaplib reads what it is sent, whole; IMAPClient parses it and raises whatever the parsing stumbles over. Here an answer
has its bounds in octets and in time, and one that is no IMAP is a ProtocolError.
"""

from __future__ import annotations

import contextlib
import imaplib
import logging
import select
import socket
import threading
from collections.abc import Iterator
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, ProtocolError
from imapclient.imap4 import IMAP4WithTimeout
from imapclient.tls import IMAP4_TLS

from bsaudit.adapters.catch.common import READ_LIMIT

# What comes in answer to one command, literals aside: twenty times its size once parsed. 70,000 folders have room, and
# 200,000 messages that another client expunges at once.
LINES_LIMIT = 4 << 20
# Literals kept of one answer: more than the 16 messages that are asked for at once. A server that sends whole messages
# where their beginnings were asked for is read all the same, and what is too much dropped …
LITERALS_LIMIT = 32 << 20
# … up to a size that no mail server takes.
LITERAL_LIMIT = 256 << 20
DROP = 1 << 16  # octets dropped at once
# How long one answer may take: 16 MiB at 1 MBit/s, and longer than an IDLE. Each read has a limit of its own, which an
# octet now and then meets.
ANSWER_S = 150.0
NUMBER_BITS = 32  # RFC 3501 §9

# What parsing raises for an answer that is none
_STUMBLING = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

# Both libraries log every line they read: the catch mailbox's content is none of a log's business.
logging.getLogger("imapclient").setLevel(logging.WARNING)


def number(value: object, what: str) -> int:
    """Return a number of the server's. Raises ProtocolError if it is none."""
    if isinstance(value, int) and 0 <= value < 1 << NUMBER_BITS:
        return value
    raise ProtocolError(f"{what} is no number")


class _Excess(ValueError):
    """Too much of an answer. No imaplib error: the libraries would make a refused command of it."""


class _Bounded(imaplib.IMAP4):
    """A connection on which nobody can send more, or longer, than is good for us."""

    _lines_left, _literals_left = LINES_LIMIT, LITERALS_LIMIT

    @contextlib.contextmanager
    def answering(self, limit_s: float | None = None) -> Iterator[None]:
        """Give the server ANSWER_S, or `limit_s`, for what it is asked within. Raises TimeoutError, ProtocolError."""
        late = threading.Event()
        timer = threading.Timer(limit_s or ANSWER_S, self._give_up, (late,))
        timer.daemon = True
        timer.start()
        try:
            yield
        except _STUMBLING as error:
            raise ProtocolError(str(error)) from error
        except (OSError, IMAPClientError) as error:
            if late.is_set():
                raise TimeoutError from error
            raise
        finally:
            timer.cancel()

    def _give_up(self, late: threading.Event) -> None:
        late.set()
        self.cut()

    def cut(self) -> None:
        """Break the connection off from another thread: whoever blocks on it gets an end of file."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def send(self, data: Any) -> None:
        self._lines_left, self._literals_left = LINES_LIMIT, LITERALS_LIMIT
        super().send(data)

    def readline(self) -> bytes:
        try:
            line = super().readline()
        except imaplib.IMAP4.error as error:  # a line longer than imaplib reads
            raise _Excess(str(error)) from error
        self._lines_left -= len(line)
        if self._lines_left < 0:
            raise _Excess("an answer without end")
        return line

    def read(self, size: int) -> bytes:
        """Read a literal: return its beginning, drop the rest."""
        if size > LITERAL_LIMIT:
            raise _Excess(f"a literal of {size} octets")
        kept = super().read(min(size, READ_LIMIT))
        self._literals_left -= len(kept)
        if self._literals_left < 0:
            raise _Excess("literals without end")
        left = size - len(kept)
        while left > 0 and (dropped := super().read(min(left, DROP))):
            left -= len(dropped)
        return kept

    def _append_untagged(self, typ: str, dat: Any) -> None:
        if isinstance(dat, tuple):  # IMAPClient compares a literal with the size that was announced
            announced, literal = dat
            dat = announced[: announced.rindex(b"{")] + b"{%d}" % len(literal), literal
        super()._append_untagged(typ, dat)  # type: ignore[misc]  # unknown to typeshed

    def _connect(self) -> None:
        with self.answering():
            super()._connect()  # type: ignore[misc]


class _Plain(_Bounded, IMAP4WithTimeout):  # type: ignore[misc]  # the library is untyped
    pass


class _Tls(_Bounded, IMAP4_TLS):  # type: ignore[misc]
    pass


class Client(IMAPClient):  # type: ignore[misc]
    """IMAPClient with an IDLE that loses no announcement and can be woken by a socket."""

    wake: socket.socket | None = None

    def answering(self, limit_s: float | None = None) -> contextlib.AbstractContextManager[None]:
        """See `_Bounded.answering`."""
        connection: _Bounded = self._imap
        return connection.answering(limit_s)

    def cut(self) -> None:
        self._imap.cut()

    def idle(self) -> None:
        # A server may announce something before its "+" (RFC 3501 §7); IMAPClient takes that for an error.
        self._idle_tag = self._imap._command("IDLE")
        while self._imap._get_response() is not None:
            if self._imap.tagged_commands[self._idle_tag] is not None:
                raise IMAPClientError(f"IDLE refused: {self._imap.tagged_commands.pop(self._idle_tag)}")

    def announced(self) -> bool:
        """Whether the last commands' answers spoke of new messages: what is told once, IDLE does not tell again."""
        return bool(self._imap.response("EXISTS")[1] != [None])

    def _create_IMAP4(self) -> _Bounded:
        if self.ssl:
            return _Tls(self.host, self.port, self.ssl_context, self._timeout.connect)  # type: ignore[call-arg]
        return _Plain(self.host, self.port, self._timeout.connect)

    def _poll_socket(self, sock: socket.socket, timeout: float | None = None) -> list[int]:
        # An announcement may have come in one packet with the "+": then it sits in a buffer, unseen by poll().
        if self._holds_a_line():
            return [sock.fileno()]
        poller = select.poll()
        poller.register(sock.fileno(), select.POLLIN)
        if self.wake is not None:
            poller.register(self.wake.fileno(), select.POLLIN)
        return [
            ready for ready, _ in poller.poll(None if timeout is None else timeout * 1000) if ready == sock.fileno()
        ]

    def _holds_a_line(self) -> bool:
        unread = getattr(self._imap, "_readbuf", None)  # Python 3.14 and later
        if unread is not None:
            return bool(unread)
        try:
            return bool(self._imap.file.peek(1))  # idle_check() has made the socket non-blocking
        except OSError:
            return False
