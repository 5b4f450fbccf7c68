"""The laboratory's targets: one class a behaviour, one table that names them all."""

from __future__ import annotations

import asyncio
import contextlib
from email.utils import parseaddr
from typing import ClassVar

import aiosmtplib
from msgspec import Struct

from bsaudit.adapters.smtpd import Session
from bsaudit.adapters.smtpd.syntax import Recipient, Transaction
from bsaudit.errors import DnsError
from bsaudit.lab.content import refusal
from bsaudit.lab.delivery import Network
from bsaudit.lab.host import Host
from bsaudit.lab.mail import Envelope, Place, Result
from bsaudit.lab.notices import Notice, Style, challenge, exim, postfix, qmail, vacation
from bsaudit.model.notification import Action
from bsaudit.model.report import Verdict

# Mailboxes that every target has; `away` is on holiday.
USERS = frozenset({"postmaster", "abuse", "user", "away"})
# Mailboxes that exist, and what speaks against delivery to them all the same.
CLOSED = {
    "full": "552 5.2.2 <{}>: Mailbox full: over quota",
    "disabled": "550 5.2.1 <{}>: Mailbox disabled, not accepting messages",
    "list": "550 5.7.1 <{}>: Only members may post to this list",
}
UNKNOWN = "550 5.1.1 <{}>: Recipient address rejected: User unknown in local recipient table"
CALLOUT_TIMEOUT_S = 3.0


def objection(recipient: str) -> str | None:
    """Return the reply that refuses a recipient, or None for one that takes mail; `user+tag` is `user`."""
    mailbox = recipient.rpartition("@")[0].partition("+")[0].lower() or recipient.lower()
    return None if mailbox in USERS else CLOSED.get(mailbox, UNKNOWN).format(recipient)


def is_away(recipient: Recipient) -> bool:
    return recipient.address.lower().startswith("away@")


class Target(Host):
    """Takes mail for its own domain, and for nobody else."""

    def at_rcpt(self, session: Session, transaction: Transaction, recipient: str) -> str | None:
        if recipient.lower() != "postmaster" and recipient.rpartition("@")[2].lower() != self.domain:
            return "554 5.7.1 Relay access denied"
        return self.refuses(session, transaction, recipient)

    def refuses(self, session: Session, transaction: Transaction, recipient: str) -> str | None:
        """Return the reply to a recipient in our domain that is refused."""


class Discarding(Target):
    """Accepts everything and says nothing more."""


class Rejecting(Target):
    """Does it right: unknown users at RCPT, spam and viruses at end of data."""

    def __init__(self, place: Place, network: Network, inner: Place | None = None) -> None:
        super().__init__(place, network, inner)
        self._answered: set[tuple[str, str]] = set()

    def refuses(self, session: Session, transaction: Transaction, recipient: str) -> str | None:
        del session, transaction
        return objection(recipient)

    def at_data(self, envelope: Envelope) -> str | None:
        wrong = refusal(envelope.content)
        return f"554 {wrong}" if wrong else None

    async def accepted(self, envelope: Envelope) -> None:
        """Answer for whoever is on holiday, as RFC 3834 §2 has it: lists never, everybody else once."""
        for recipient in filter(is_away, envelope.recipients):
            pair = (envelope.mail_from, recipient.address)
            if pair not in self._answered and "List-Id" not in envelope.header and "Precedence" not in envelope.header:
                self._answered.add(pair)
                self.write_to(envelope.mail_from, vacation(envelope, recipient))


class Reporting(Rejecting):
    """Does it right, and tells of delivery itself whoever asks for it (RFC 3461)."""

    offer_dsn = True

    async def accepted(self, envelope: Envelope) -> None:
        for recipient in envelope.recipients:
            if "SUCCESS" in recipient.notify:
                result = Result(code=250, text="250 2.0.0 delivered to mailbox")
                notice = Notice(
                    writer=self.place, mail=envelope, recipient=recipient, result=result, action=Action.DELIVERED
                )
                self.write_to(envelope.mail_from, postfix(notice))


class Bouncing(Target):
    """Accepts everything, and bounces what it cannot or will not deliver to whoever the sender seems to be."""

    @property
    def style(self) -> Style:
        return postfix

    async def accepted(self, envelope: Envelope) -> None:
        wrong = refusal(envelope.content)
        for recipient in envelope.recipients:
            reply = objection(recipient.address) or (wrong and f"554 {wrong}")
            if is_away(recipient):  # the responder stands in front of the filter and answers whatever comes
                self.write_to(envelope.mail_from, vacation(envelope, recipient))
            elif reply:
                self.bounce(envelope, recipient, Result(code=int(reply[:3]), text=reply))

    def bounce(self, envelope: Envelope, recipient: Recipient, result: Result) -> None:
        notice = Notice(writer=self.place, mail=envelope, recipient=recipient, result=result, action=Action.FAILED)
        self.write_to(envelope.mail_from, self.style(notice))


class QmailBouncing(Bouncing):
    """The same, in qmail's words."""

    @property
    def style(self) -> Style:
        return qmail


class Gateway(Bouncing):
    """Accepts everything for a host behind it that rejects, and quotes that host in its bounce, as Exim does."""

    @property
    def style(self) -> Style:
        return exim

    async def accepted(self, envelope: Envelope) -> None:
        for recipient in envelope.recipients:
            self.pass_on(envelope, recipient)

    def delivered(self, envelope: Envelope, recipient: Recipient, result: Result) -> None:
        if not result.delivered:
            self.bounce(envelope, recipient, result)


class Forwarding(Gateway):
    """Does it right, and forwards the mail of one mailbox to another domain, where that address is gone."""

    destination = "gone@good.test"

    def refuses(self, session: Session, transaction: Transaction, recipient: str) -> str | None:
        del session, transaction
        return None if recipient.lower().startswith("forward@") else objection(recipient)

    def at_data(self, envelope: Envelope) -> str | None:
        wrong = refusal(envelope.content)
        return f"554 {wrong}" if wrong else None

    async def accepted(self, envelope: Envelope) -> None:
        for recipient in envelope.recipients:
            if recipient.address.lower().startswith("forward@"):
                self.pass_on(envelope, Recipient(self.destination))


class Deferring(Target):
    """Puts everything off, for ever."""

    def refuses(self, session: Session, transaction: Transaction, recipient: str) -> str | None:
        del session, transaction, recipient
        return "451 4.7.1 Please try again later"


class Greylisting(Rejecting):
    """Puts the first try of each client, sender and recipient off for a moment, then does it right."""

    quiet_s = 0.3

    def __init__(self, place: Place, network: Network, inner: Place | None = None) -> None:
        super().__init__(place, network, inner)
        self._seen: dict[tuple[str, str, str], float] = {}

    def refuses(self, session: Session, transaction: Transaction, recipient: str) -> str | None:
        now = asyncio.get_running_loop().time()
        first = self._seen.setdefault((session.address, transaction.mail_from, recipient), now)
        if now - first < self.quiet_s:
            return "450 4.2.0 Greylisted, try again later"
        return super().refuses(session, transaction, recipient)


class Answering(Target):
    """Accepts everything and answers everybody: the whole company is on holiday."""

    async def accepted(self, envelope: Envelope) -> None:
        for recipient in envelope.recipients:
            self.write_to(envelope.mail_from, vacation(envelope, recipient))


class Challenging(Target):
    """Asks every sender to prove to be a person; it writes to the address in From, not to the reverse-path."""

    async def accepted(self, envelope: Envelope) -> None:
        sender = parseaddr(str(envelope.header["From"]))[1]
        if envelope.mail_from:
            self.write_to(sender, challenge(envelope, envelope.recipients[0], sender))


class CallingOut(Rejecting):
    """Tests every reverse-path by an SMTP callout before it decides."""

    async def rcpt(self, session: Session, transaction: Transaction, recipient: Recipient) -> str | None:
        if transaction.mail_from:
            with contextlib.suppress(DnsError, aiosmtplib.SMTPException, OSError):
                await self._call_out(transaction.mail_from)
        return await super().rcpt(session, transaction, recipient)

    async def _call_out(self, mail_from: str) -> None:
        domain = mail_from.rpartition("@")[2]
        exchangers = await self.network.resolver.mail_exchangers(domain, self.network.port)
        client = aiosmtplib.SMTP(
            hostname=exchangers[0].addresses[0],
            port=self.network.port,
            local_hostname=self.place.name,
            source_address=(self.place.address, 0),
            start_tls=False,
            timeout=CALLOUT_TIMEOUT_S,
        )
        async with client:
            await client.ehlo()
            await client.mail("")
            await client.rcpt(mail_from)


class Delaying(Target):
    """Accepts everything and soon warns that it is late."""

    async def accepted(self, envelope: Envelope) -> None:
        result = Result(code=451, text="451 4.4.1 connect to the inner host: connection timed out")
        for recipient in envelope.recipients:
            notice = Notice(writer=self.place, mail=envelope, recipient=recipient, result=result, action=Action.DELAYED)
            self.write_to(envelope.mail_from, postfix(notice))


class Machine(Struct, frozen=True, kw_only=True):
    """One host of a target. `preference` None: no mail exchanger, but an inner host for others."""

    label: str = "mx"
    behaviour: type[Host]
    preference: int | None = 10
    passes_to: str | None = None  # the label of the host that it passes mail on to


class Site(Struct, frozen=True, kw_only=True):
    """A target: its machines, what it does in words, and the verdicts that it deserves by each route."""

    about: str
    machines: tuple[Machine, ...]
    relay: Verdict
    direct: Verdict


def _single(behaviour: type[Host], about: str, verdict: Verdict) -> Site:
    return Site(about=about, machines=(Machine(behaviour=behaviour),), relay=verdict, direct=verdict)


class Behaviours:
    """Every behaviour by the domain's first label; `bsaudit lab` lists them."""

    TABLE: ClassVar[dict[str, Site]] = {
        "good": _single(Rejecting, "rejects unknown users at RCPT, spam and viruses at end of data", Verdict.CLEAN),
        "bad": _single(Bouncing, "accepts everything, then bounces", Verdict.BACKSCATTER),
        "slow": _single(Deferring, "puts everything off with 451", Verdict.INCONCLUSIVE),
        "silent": _single(Discarding, "accepts everything and discards it", Verdict.INCONCLUSIVE),
        "qmail": _single(QmailBouncing, "accepts everything, then bounces as qmail does", Verdict.BACKSCATTER),
        "gateway": Site(
            about="accepts everything for an inner host that rejects, then bounces",
            machines=(
                Machine(behaviour=Gateway, passes_to="inner"),
                Machine(label="inner", behaviour=Rejecting, preference=None),
            ),
            relay=Verdict.BACKSCATTER,
            direct=Verdict.BACKSCATTER,
        ),
        "backup": Site(
            about="rejects, but its backup MX accepts everything and bounces (seen by the direct route)",
            machines=(
                Machine(label="mx1", behaviour=Rejecting),
                Machine(label="mx2", behaviour=Gateway, preference=20, passes_to="mx1"),
            ),
            relay=Verdict.INCONCLUSIVE,
            direct=Verdict.BACKSCATTER,
        ),
        "vacation": _single(Answering, "accepts everything and answers everybody", Verdict.BACKSCATTER),
        "challenge": _single(Challenging, "accepts everything and challenges every sender", Verdict.BACKSCATTER),
        # A callout is a finding, and only good outcomes make a target clean.
        "callout": _single(CallingOut, "rejects, and tests every sender by a callout first", Verdict.INCONCLUSIVE),
        "late": _single(Delaying, "accepts everything and warns of a delay", Verdict.BACKSCATTER),
        "grey": _single(Greylisting, "greylists for a moment, then rejects", Verdict.CLEAN),
        "forward": _single(Forwarding, "rejects, but forwards forward@ to an address that is gone", Verdict.CLEAN),
        "dsn": _single(Reporting, "rejects, and reports delivery itself (RFC 3461)", Verdict.CLEAN),
    }
