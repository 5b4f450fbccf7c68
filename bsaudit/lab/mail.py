"""What the lab's mail servers share: hosts, queued mail, the result of a delivery."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesHeaderParser

from bsaudit.adapters.smtpd import Session, received_line
from bsaudit.adapters.smtpd.syntax import Recipient, Transaction

_ENHANCED = re.compile(r"^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b")
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Place:
    """A machine of the lab: its name in the lab's DNS and its loopback address."""

    name: str
    address: str


def new_queue_id() -> str:
    """Return a queue id as mail servers have them: unique for as long as the process lives."""
    return f"4LAB{next(_numbers):06X}"


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A message in a queue; `mail_from` "" is the null reverse-path. `content` begins with the host's Received line."""

    mail_from: str
    recipients: tuple[Recipient, ...]
    content: bytes
    ret: str | None = None
    envid: str | None = None
    smtputf8: bool = False
    queue_id: str = field(default_factory=new_queue_id)
    arrived_at: datetime = field(default_factory=now)

    @property
    def header(self) -> Message:
        return BytesHeaderParser().parsebytes(self.content)


def take(session: Session, transaction: Transaction, content: bytes, host: Place) -> Envelope:
    """Return what was received as mail in the queue of `host`, with its Received line on top (RFC 5321 §4.4)."""
    queue_id, at = new_queue_id(), now()
    trace = received_line(session, transaction, by=host.name, queue_id=queue_id, at=at)
    return Envelope(
        mail_from=transaction.mail_from,
        recipients=tuple(transaction.recipients),
        content=trace + content,
        ret=transaction.ret,
        envid=transaction.envid,
        smtputf8=transaction.smtputf8,
        queue_id=queue_id,
        arrived_at=at,
    )


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a delivery to one recipient ended. `remote` is the host that said `text`; without one we say it ourselves.

    `stage` is the command that it answered, in words; `dsn` says that the next host offers RFC 3461.
    """

    code: int
    text: str
    remote: Place | None = None
    stage: str = ""
    dsn: bool = False

    @property
    def delivered(self) -> bool:
        return self.code // 100 == 2  # noqa: PLR2004 -- RFC 5321 §4.2.1

    @property
    def temporary(self) -> bool:
        return self.code // 100 == 4  # noqa: PLR2004

    @property
    def status(self) -> str:
        """The RFC 3463 code that the reply begins with, or one made from its first digit."""
        found = _ENHANCED.match(self.text)
        return found[1] if found else f"{self.code // 100}.0.0"
