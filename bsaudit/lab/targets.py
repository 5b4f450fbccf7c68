"""The laboratory's targets: one class a behaviour, one table that names them all."""

from __future__ import annotations

import asyncio
import email
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import Message
from typing import Any, ClassVar

from bsaudit.lab.host import Envelope, Host, Network
from bsaudit.lab.notices import Failure, answer, dsn, qmail_bounce
from bsaudit.model.mail import Reply
from bsaudit.probe.content import GTUBE, URI_TEST_POINTS, eicar

USERS = frozenset({"postmaster", "abuse", "user"})
SPAM_WORDS = ("lowest prices of the year", GTUBE, *URI_TEST_POINTS)
UNKNOWN = Reply(code=550, enhanced="5.1.1", text="User unknown")
SPAM = "554 5.7.1 Message rejected as spam"
VIRUS = "554 5.7.1 Message rejected: virus found (Eicar-Test-Signature)"


def is_user(recipient: str) -> bool:
    """Say whether a mailbox exists; `user+tag` is `user`."""
    return recipient.partition("@")[0].partition("+")[0].lower() in USERS


def content_refusal(content: bytes) -> str | None:
    """Return the reply of a filter that looks at the message before it is accepted."""
    if any(word.encode() in content for word in SPAM_WORDS):
        return SPAM
    return VIRUS if any(eicar() in data or data.startswith(b"PK") for data in _attachments(content)) else None


def _attachments(content: bytes) -> Iterator[bytes]:
    for part in email.message_from_bytes(content).walk():
        data = part.get_payload(decode=True)
        if isinstance(data, bytes) and not isinstance(part.get_payload(), Message):
            yield data


class Rejecting(Host):
    """Does it right: unknown users at RCPT, spam and viruses at end of data."""

    def at_rcpt(self, session: Any, mail_from: str, recipient: str) -> str | None:
        del session, mail_from
        return None if is_user(recipient) else f"550 5.1.1 <{recipient}>: {UNKNOWN.text}"

    def at_data(self, envelope: Envelope) -> str | None:
        return content_refusal(envelope.content)


class Bouncing(Host):
    """Accepts everything, and bounces what it cannot or will not deliver to whoever the sender seems to be."""

    async def accepted(self, envelope: Envelope) -> None:
        for recipient in envelope.recipients:
            failure = self._failure(envelope, recipient)
            if failure is not None and envelope.mail_from:
                await self.deliver("", envelope.mail_from, self._notice(envelope, recipient, failure))

    def _failure(self, envelope: Envelope, recipient: str) -> Failure | None:
        if not is_user(recipient):
            return Failure(action="failed", status="5.1.1", text="User unknown in virtual mailbox table")
        refusal = content_refusal(envelope.content)
        return Failure(action="failed", status="5.7.1", text=refusal[len("554 5.7.1 ") :]) if refusal else None

    def _notice(self, envelope: Envelope, recipient: str, failure: Failure) -> bytes:
        return dsn(self.name, envelope.original, recipient, failure, datetime.now(UTC))


class QmailBouncing(Bouncing):
    """The same, in qmail's words."""

    def _notice(self, envelope: Envelope, recipient: str, failure: Failure) -> bytes:
        del failure  # qmail has one sentence for it
        return qmail_bounce(self.name, envelope.original, recipient, datetime.now(UTC))


class Gateway(Bouncing):
    """Accepts everything for an inner host that rejects, and quotes that host in its bounce."""

    def _failure(self, envelope: Envelope, recipient: str) -> Failure | None:
        inner = f"inner.{self.name.partition('.')[2]}"
        if not is_user(recipient):
            return Failure(action="failed", status="5.1.1", reply=UNKNOWN, remote=inner)
        refusal = content_refusal(envelope.content)
        reply = Reply(code=554, enhanced="5.7.1", text=refusal[len("554 5.7.1 ") :]) if refusal else None
        return Failure(action="failed", status="5.7.1", reply=reply, remote=inner) if reply else None


class Discarding(Host):
    """Accepts everything and says nothing more."""


class Deferring(Host):
    """Puts everything off, for ever."""

    def at_rcpt(self, session: Any, mail_from: str, recipient: str) -> str | None:
        del session, mail_from, recipient
        return "451 4.7.1 Please try again later"


class Greylisting(Rejecting):
    """Puts the first try of each client, sender and recipient off for a moment, then does it right."""

    quiet_s = 0.3

    def __init__(self, name: str, address: str, network: Network) -> None:
        super().__init__(name, address, network)
        self._seen: dict[tuple[str, str, str], float] = {}

    def at_rcpt(self, session: Any, mail_from: str, recipient: str) -> str | None:
        now = asyncio.get_running_loop().time()
        first = self._seen.setdefault((session.peer[0], mail_from, recipient), now)
        if now - first < self.quiet_s:
            return "450 4.2.0 Greylisted, try again later"
        return super().at_rcpt(session, mail_from, recipient)


class Answering(Discarding):
    """Accepts everything and answers everybody: the whole company is on vacation."""

    subject = "Out of office"
    text = "I am on vacation until further notice and shall answer when I am back."

    async def accepted(self, envelope: Envelope) -> None:
        if not envelope.mail_from:
            return
        for recipient in envelope.recipients:
            notice = answer(self.name, recipient, envelope.original, self.subject, self.text)
            await self.deliver("", envelope.mail_from, notice)


class Challenging(Answering):
    """Asks every sender to prove to be a person."""

    subject = "Please confirm your message"
    text = (
        "Your message is being held because your address is not known here. To have it delivered, please confirm "
        "that you are a person by replying to this message. You only have to confirm once."
    )


class CallingOut(Rejecting):
    """Tests every reverse-path by an SMTP callout before it decides."""

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        await self._call_out(envelope.mail_from)
        return await super().handle_RCPT(_server, session, envelope, address, _options)

    async def _call_out(self, mail_from: str | None) -> None:
        import aiosmtplib  # noqa: PLC0415 -- only this target is a client while it is a server

        if not mail_from or mail_from == "<>":
            return
        exchangers = await self.network.resolver.mail_exchangers(mail_from.rpartition("@")[2], self.network.mx_port)
        client = aiosmtplib.SMTP(
            hostname=exchangers[0].addresses[0],
            port=self.network.mx_port,
            local_hostname=self.name,
            source_address=(self.address, 0),
            start_tls=False,
        )
        async with client:
            await client.ehlo()
            await client.mail("")
            await client.rcpt(mail_from)


class Delaying(Discarding):
    """Accepts everything and soon warns that it is late."""

    async def accepted(self, envelope: Envelope) -> None:
        late = Failure(action="delayed", status="4.4.1", text="connection to the inner host timed out")
        if envelope.mail_from:
            notice = dsn(self.name, envelope.original, envelope.recipients[0], late, datetime.now(UTC))
            await self.deliver("", envelope.mail_from, notice)


class Behaviours:
    """Every behaviour by the domain's first label; `bsaudit lab` lists them."""

    TABLE: ClassVar[dict[str, tuple[type[Host], str]]] = {
        "good": (Rejecting, "rejects unknown users at RCPT, spam and viruses at end of data"),
        "bad": (Bouncing, "accepts everything, then bounces"),
        "slow": (Deferring, "puts everything off with 451"),
        "silent": (Discarding, "accepts everything and discards it"),
        "qmail": (QmailBouncing, "accepts everything, then bounces as qmail does"),
        "gateway": (Gateway, "accepts everything for an inner host that rejects, then bounces"),
        "vacation": (Answering, "accepts everything and answers everybody"),
        "challenge": (Challenging, "accepts everything and challenges every sender"),
        "callout": (CallingOut, "rejects, and tests every sender by a callout first"),
        "late": (Delaying, "accepts everything and warns of a delay"),
        "grey": (Greylisting, "greylists for a moment, then rejects"),
    }
