"""What a server does with mail (`Handler`), what it knows of a client (`Session`), what it offers (`Options`)."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO

from bsaudit.adapters.smtpd.syntax import STRICT, Grammar, Recipient, Transaction


@dataclass
class Session:
    """One connection, as the handler sees it."""

    address: str = ""
    helo: str | None = None
    esmtp: bool = False
    tls: str | None = None  # the protocol version, once STARTTLS is through
    user: str | None = None  # who authenticated
    at: datetime | None = None  # when it began, by the handler's clock
    transactions: int = 0  # begun so far
    idle_transactions: int = 0  # those of them that have ended without a message
    refused: int = 0  # recipients


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a server offers, and what clients may use of it. Sizes in octets, times in seconds."""

    hostname: str
    ident: str = "ESMTP"
    grammar: Grammar = STRICT
    extensions: tuple[str, ...] = ("PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8")
    dsn: bool = True
    tls: ssl.SSLContext | None = None
    credentials: Mapping[str, str] | None = None  # user → password; None offers no AUTH
    size_limit: int = 32 << 20
    size_announced: bool = True  # else SIZE stands without a number: RFC 1870 §4
    recipients: int = 100  # RFC 5321 §4.5.3.1.8
    connections: int = 100
    connections_per_peer: int | None = None
    idle_s: float = 300.0  # RFC 5321 §4.5.3.2.7
    session_s: float = 3600.0
    room: int = 512 << 20  # for the messages that are just being taken, of all clients together


class Disconnect(Exception):
    """Raised by a handler: the connection is cut without a word."""


class Handler:
    """What a server does. Each method returns the reply, or None for the usual one; a 421 ends the session."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def connect(self, session: Session) -> str | None:
        """Return a refusal instead of the greeting, or None."""

    async def mail(self, session: Session, transaction: Transaction) -> str | None: ...

    async def rcpt(self, session: Session, transaction: Transaction, recipient: Recipient) -> str | None: ...

    async def data(self, session: Session, transaction: Transaction, content: IO[bytes]) -> str | None:
        """Take the message; `content` is closed afterwards."""

    def left(self, session: Session, transaction: Transaction) -> None:
        """Hear of a transaction that has ended, and from which no message was taken."""

    def closed(self, session: Session) -> None:
        """Hear that the connection is gone."""

    def failed(self, error: Exception) -> None:
        """Hear of an error that no command should cause: a defect."""
        asyncio.get_running_loop().call_exception_handler({"message": "error in an SMTP session", "exception": error})
