"""The laboratory's third-party relay: takes submissions, resolves, delivers, retries, and reports by RFC 3461."""

from __future__ import annotations

from dataclasses import replace

from msgspec import Struct

from bsaudit.adapters.smtpd import Session
from bsaudit.adapters.smtpd.syntax import Recipient, Transaction
from bsaudit.lab.delivery import Network
from bsaudit.lab.host import Host
from bsaudit.lab.mail import Envelope, Place, Result
from bsaudit.lab.notices import Notice, postfix
from bsaudit.model.notification import Action
from bsaudit.probe.strings import GTUBE

_SRS = "SRS0=lab=XX="
SIGNED = "prvs=0123456789="


class RelayHabits(Struct, frozen=True, kw_only=True):
    """What sets one relay apart from another.

    `rewrites_reverse_path` is SRS: notifications come back to the relay, which passes them on; with `keeps_bounces`
    it keeps them, as a provider does that puts the account's own address there. `signs` is BATV: the reverse-path bears
    a tag by which the provider's own MX knows the notifications that it takes.
    """

    offers_dsn: bool = True
    rewrites_reverse_path: bool = False
    keeps_bounces: bool = False
    signs: bool = False
    filters_gtube: bool = False
    disarms: bool = False  # takes attachments and test strings out of what it passes on
    adds: str = ""  # a field that it puts in front of every message


class Relay(Host):
    """Takes mail from whoever authenticates as `user`, and passes it on from its own address."""

    user = "lab"
    password = "lab"  # noqa: S105 -- a loopback server that lives as long as its laboratory
    credentials = {user: password}  # noqa: RUF012 -- never changed

    def __init__(self, place: Place, network: Network, habits: RelayHabits) -> None:
        super().__init__(place, network)
        self.habits = habits
        self.offer_dsn = habits.offers_dsn

    def at_rcpt(self, session: Session, transaction: Transaction, recipient: str) -> str | None:
        del transaction
        if session.user or recipient.rpartition("@")[2] == self.place.name:
            return None
        return "554 5.7.1 Relay access denied"

    def at_data(self, envelope: Envelope) -> str | None:
        # A filter that refuses later has to write to somebody; without a reverse-path it can only refuse now.
        if self._filtered(envelope) and not envelope.mail_from:
            return "554 5.7.1 Message content rejected by outgoing filter"
        return None

    async def accepted(self, envelope: Envelope) -> None:
        for recipient in envelope.recipients:
            if self._filtered(envelope):
                text = "554 5.7.1 Message content rejected by outgoing filter"
                self.delivered(envelope, recipient, Result(code=554, text=text))
            elif recipient.address.startswith(_SRS):
                self._pass_back(envelope, recipient)
            else:
                self.pass_on(self._rewritten(envelope), recipient)

    def delivered(self, envelope: Envelope, recipient: Recipient, result: Result) -> None:
        """Tell the reverse-path what it asked to hear (RFC 3461 §5.2)."""
        told = Action.RELAYED if result.delivered else Action.FAILED
        wanted = recipient.notify or {"FAILURE"}
        if ("SUCCESS" if result.delivered else "FAILURE") not in wanted:
            return
        if result.delivered and result.dsn:  # the next host has taken over that duty (RFC 3461 §5.2.1)
            return
        own = replace(envelope, mail_from=_original_path(envelope.mail_from))
        notice = Notice(writer=self.place, mail=own, recipient=recipient, result=result, action=told)
        self.write_to(own.mail_from, postfix(notice))

    def _filtered(self, envelope: Envelope) -> bool:
        return self.habits.filters_gtube and GTUBE.encode() in envelope.content

    def _rewritten(self, envelope: Envelope) -> Envelope:
        """Return the message as the next host sees it; a rewriting relay answers for its customers' mail."""
        envelope = replace(envelope, content=self._changed(envelope.content))
        if self.habits.signs and envelope.mail_from:
            return replace(envelope, mail_from=SIGNED + envelope.mail_from)
        if not (self.habits.rewrites_reverse_path and envelope.mail_from):
            return envelope
        local, _, domain = envelope.mail_from.rpartition("@")
        return replace(envelope, mail_from=f"{_SRS}{domain}={local}@{self.place.name}")

    def _changed(self, content: bytes) -> bytes:
        if self.habits.disarms:
            content = content.replace(GTUBE.encode(), b"[removed]").replace(b"attachment;", b"inline;")
        return f"{self.habits.adds}\r\n".encode() + content if self.habits.adds else content

    def _pass_back(self, envelope: Envelope, recipient: Recipient) -> None:
        if not self.habits.keeps_bounces:
            self.pass_on(envelope, replace(recipient, address=_original_path(recipient.address)))


def _original_path(address: str) -> str:
    """Return the address that a rewritten reverse-path stands for, or the address itself."""
    if not address.startswith(_SRS):
        return address
    domain, _, local = address.removeprefix(_SRS).rpartition("@")[0].partition("=")
    return f"{local}@{domain}"
