"""A catch MX that is not bsaudit's and files mail in a Maildir, as a provider's does; and what it does to whom."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from bsaudit.adapters.smtpd import Session
from bsaudit.adapters.smtpd.syntax import Recipient, Transaction
from bsaudit.lab.delivery import Network
from bsaudit.lab.host import Host
from bsaudit.lab.laboratory import CATCH, CATCH_ADDRESS, RELAY
from bsaudit.lab.mail import Envelope, Place, Result
from bsaudit.lab.notices import Notice, postfix
from bsaudit.lab.relay import SIGNED
from bsaudit.lab.targets import objection
from bsaudit.model.event import Event, Phase
from bsaudit.model.notification import Action

OURSELVES = "127.0.0.1"  # from where this machine connects to its own addresses
KNOWN = frozenset({OURSELVES, RELAY.address})
PROXY = "127.77.0.251"

_numbers = itertools.count()


class CatchMx(Host):
    """Takes mail for the catch address and its tags. `probing` is set as soon as the probes go out."""

    domain = CATCH_ADDRESS.rpartition("@")[2]
    place_of: ClassVar[Place] = CATCH

    def __init__(self, network: Network, maildir: Path) -> None:
        super().__init__(self.place_of, network)
        self._maildir = maildir
        self.probing = False
        for folder in ("tmp", "new", "cur"):
            (maildir / folder).mkdir(parents=True)

    def observe(self, event: Event) -> None:
        if isinstance(event, Phase) and event.name == "probes":
            self.probing = True

    async def mail(self, session: Session, transaction: Transaction) -> str | None:
        del transaction
        return self.turns_away(session.address)

    def turns_away(self, peer: str) -> str | None:
        """Return the reply to MAIL from a host, or None."""

    def at_rcpt(self, session: Session, transaction: Transaction, recipient: str) -> str | None:
        del session, transaction
        ours = recipient.startswith("audit") and recipient.rpartition("@")[2] == self.domain
        return None if ours else "550 5.1.1 User unknown"

    async def accepted(self, envelope: Envelope) -> None:
        if await self.keeps(envelope):
            self.file(envelope, envelope.recipients)

    async def keeps(self, envelope: Envelope) -> bool:
        """Say whether a message that was taken is ever seen."""
        del envelope
        return True

    def file(self, envelope: Envelope, recipients: tuple[Recipient, ...]) -> None:
        lines = [f"Return-Path: <{envelope.mail_from}>", *(f"Delivered-To: {one.address}" for one in recipients)]
        name = f"{next(_numbers)}.{envelope.queue_id}"
        written = self._maildir / "tmp" / name
        written.write_bytes("".join(f"{line}\r\n" for line in lines).encode() + envelope.content)
        written.rename(self._maildir / "new" / name)


class OnlyOurselves(CatchMx):
    """Nobody gets in but who is inside: the way through our own router works, and the one from outside does not."""

    def turns_away(self, peer: str) -> str | None:
        return None if peer == OURSELVES else "421 4.3.2 Service not available"


class Picky(CatchMx):
    """Refuses hosts without reverse name, or without SPF record for the name that they greet with."""

    def turns_away(self, peer: str) -> str | None:
        return None if peer in KNOWN else "550 5.7.25 Client host rejected: cannot find your reverse hostname"


class FillsUp(CatchMx):
    def turns_away(self, peer: str) -> str | None:
        del peer
        return "452 4.2.2 Mailbox full" if self.probing else None


class Limited(CatchMx):
    """Lets hosts that it does not know in only now and then."""

    def turns_away(self, peer: str) -> str | None:
        return "450 4.7.1 Rate limit exceeded" if self.probing and peer not in KNOWN else None


class Forwarding(CatchMx):
    """Takes all, and hands it to a second host, which refuses what comes from strangers: nobody may be told."""

    async def keeps(self, envelope: Envelope) -> bool:
        header = envelope.content.partition(b"\n\n")[0].partition(b"\r\n\r\n")[0]
        return any(f"[{peer}]".encode() in header.splitlines()[0] for peer in KNOWN)


class HalfOpen(CatchMx):
    """Shows nothing any more once the probes are out."""

    async def keeps(self, envelope: Envelope) -> bool:
        del envelope
        return not self.probing


class Lagging(CatchMx):
    """Shows a message later than anybody waits for a bounce."""

    lag_s = 1.5

    async def keeps(self, envelope: Envelope) -> bool:
        del envelope
        await asyncio.sleep(self.lag_s)
        return True


class SignsItsOwn(CatchMx):
    """A provider that knows by a tag which notifications answer what its users sent (BATV), and takes no others."""

    def at_rcpt(self, session: Session, transaction: Transaction, recipient: str) -> str | None:
        if not transaction.mail_from and not recipient.startswith(SIGNED):
            return "550 5.7.1 We sent no such message"
        return super().at_rcpt(session, transaction, recipient.removeprefix(SIGNED))

    def file(self, envelope: Envelope, recipients: tuple[Recipient, ...]) -> None:
        bare = (replace(one, address=one.address.removeprefix(SIGNED)) for one in recipients)
        super().file(envelope, tuple(bare))


class Proxied(CatchMx):
    """Sees one address, whoever connects."""

    async def mail(self, session: Session, transaction: Transaction) -> str | None:
        session.address = PROXY
        return await super().mail(session, transaction)


class Shared(CatchMx):
    """The target's mail exchanger as well, which takes whatever comes, and bounces it."""

    target = "bad.test"

    def at_rcpt(self, session: Session, transaction: Transaction, recipient: str) -> str | None:
        theirs = recipient.rpartition("@")[2] == self.target
        return None if theirs else super().at_rcpt(session, transaction, recipient)

    async def accepted(self, envelope: Envelope) -> None:
        for recipient in envelope.recipients:
            if recipient.address.rpartition("@")[2] != self.target:
                self.file(envelope, (recipient,))
            elif reply := objection(recipient.address):
                result = Result(code=550, text=reply)
                notice = Notice(
                    writer=self.place, mail=envelope, recipient=recipient, result=result, action=Action.FAILED
                )
                self.write_to(envelope.mail_from, postfix(notice))
