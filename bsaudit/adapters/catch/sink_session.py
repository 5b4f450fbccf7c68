"""What the built-in catch MX does with a connection.

It takes mail for catch addresses and nothing else, never answers with mail of its own, and tells of each transaction:
one that stops short of DATA is a callout. It offers no DSN (RFC 3461), so whoever sends here stays responsible for the
notifications that were asked of it. A bounce is evidence: no odd reverse-path, parameter or long line is a reason to
refuse one.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import IO

from msgspec import Struct
from msgspec.structs import replace

from bsaudit.adapters.catch.common import READ_LIMIT
from bsaudit.adapters.smtpd import Handler, Session, received_line
from bsaudit.adapters.smtpd.syntax import Recipient, Transaction
from bsaudit.model.mail import Arrival, CatchSession, Host
from bsaudit.ports import Clock
from bsaudit.text import clean_line

# RFC 5321 §4.5.3.1: a local-part of 64 octets, an "@" and a domain of 255. What is longer is nobody's address.
ADDRESS_LIMIT = 320
HELO_LIMIT = 255
# Not at MAIL: whom it is for has to be known, so that nobody takes what we put off for silence.
NO_ROOM = "452 4.3.1 No room for more mail just now"


class Limits(Struct, frozen=True, kw_only=True):
    """What strangers may use of us."""

    message_octets: int = 32 << 20  # a bounce returns what was sent, and the largest probe is the target's own SIZE
    connections: int = 100
    connections_per_peer: int = 50  # MTAs send bounces over 20 connections at once (Postfix's default)
    idle_s: float = 300.0  # RFC 5321 §4.5.3.2.7
    session_s: float = 3600.0
    recipients: int = 100  # RFC 5321 §4.5.3.1.8


class Taken(Struct, frozen=True):
    """A message: what is known of it, and all of it, to be read in pieces: `trace`, then `content`."""

    name: str
    seen_at: datetime
    session: CatchSession
    trace: bytes
    content: IO[bytes]

    def arrival(self) -> Arrival:
        """Return it as a mailbox does, with its beginning; `content` is at its own beginning afterwards, too."""
        size = len(self.trace) + self.content.seek(0, os.SEEK_END)
        self.content.seek(0)
        raw = self.trace + self.content.read(READ_LIMIT - len(self.trace))
        self.content.seek(0)
        return Arrival(
            uid=self.name,
            raw=raw,
            size=size,
            truncated=size > len(raw),
            seen_at=self.seen_at,
            peer=self.session.peer,
            helo=self.session.helo,
            envelope_from=self.session.mail_from,
            envelope_to=self.session.rcpt_to,
        )


class Rules(Struct, frozen=True, kw_only=True):
    """What is taken, and who hears of it. `take` stores a message or raises OSError; `record` notes other sessions."""

    hostname: str
    accepts: Callable[[str], bool]
    take: Callable[[Taken], Awaitable[None]]
    record: Callable[[CatchSession], None]
    has_room: Callable[[], bool]
    clock: Clock


class SinkSession(Handler):
    """Takes what is ours and records the rest."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.closing = False  # who is cut then may have meant to bring something

    def now(self) -> datetime:
        return self._rules.clock.now()

    async def rcpt(self, session: Session, transaction: Transaction, recipient: Recipient) -> str | None:
        del session
        if self._rules.accepts(recipient.address):
            if self._rules.has_room():
                return None
            transaction.put_off = True
            return NO_ROOM
        return "550 5.1.1 No such address here: this host takes returned mail for an audit, and relays nothing"

    async def data(self, session: Session, transaction: Transaction, content: IO[bytes]) -> str | None:
        name = _unique_name(self.now())
        try:
            await self._rules.take(self._taken(session, transaction, content, name))
        except OSError:
            return "451 4.3.0 Cannot store it just now"
        return f"250 2.0.0 OK: {name}"

    def left(self, session: Session, transaction: Transaction) -> None:
        lost = transaction.data or transaction.put_off or self.closing
        self._rules.record(replace(_seen(session, transaction), lost=lost))

    def closed(self, session: Session) -> None:
        if not session.transactions:
            assert session.at is not None
            self._rules.record(CatchSession(at=session.at, peer=_peer(session), helo=_helo(session)))

    def failed(self, error: Exception) -> None:
        """Say nothing: a stranger's bytes are no reason for a traceback."""

    def _taken(self, session: Session, transaction: Transaction, content: IO[bytes], name: str) -> Taken:
        trace = self._trace(session, transaction, name)
        return Taken(name, self.now(), _seen(session, transaction), trace, content)

    def _trace(self, session: Session, transaction: Transaction, name: str) -> bytes:
        """Return the fields that final delivery puts on top (RFC 5321 §4.4), and the recipients beside them."""
        seen = _seen(session, transaction)
        lines = [f"Return-Path: <{seen.mail_from}>", *(f"Delivered-To: {address}" for address in seen.rcpt_to)]
        received = received_line(session, transaction, by=self._rules.hostname, queue_id=name, at=self.now())
        return "".join(f"{line}\r\n" for line in lines).encode() + received


def _seen(session: Session, transaction: Transaction) -> CatchSession:
    assert transaction.at is not None
    return CatchSession(
        at=transaction.at,
        peer=_peer(session),
        helo=_helo(session),
        mail_from=_address(transaction.mail_from),
        rcpt_to=tuple(_address(recipient.address) for recipient in transaction.recipients),
        data=transaction.data,
        refused_to=tuple(map(_address, transaction.refused)),
    )


def _address(said: str) -> str:
    return clean_line(said, ADDRESS_LIMIT)


def _peer(session: Session) -> Host:
    return Host(address=session.address)


def _helo(session: Session) -> str | None:
    return clean_line(session.helo, HELO_LIMIT) if session.helo else None


_numbers = itertools.count()


def _unique_name(now: datetime) -> str:
    """Return a name as maildir(5) wants it; it is the queue id as well."""
    return f"{int(now.timestamp())}.M{now.microsecond}P{os.getpid()}Q{next(_numbers)}"
