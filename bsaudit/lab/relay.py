"""The laboratory's third-party relay: takes submissions, resolves, delivers, retries, and reports by RFC 3464."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from aiosmtpd.smtp import AuthResult, LoginPassword
from msgspec import Struct

from bsaudit.lab.host import MESSAGE_LIMIT, Envelope, Host, Network
from bsaudit.lab.notices import Failure, dsn
from bsaudit.lab.session import DsnSession
from bsaudit.probe.content import GTUBE

RETRY_S = 0.5
# After this the relay gives up: soon, so that a deferring target is seen as one while somebody looks on.
EXPIRY_S = 3.0


class RelayHabits(Struct, frozen=True, kw_only=True):
    """What sets one relay apart from another."""

    offers_dsn: bool = True
    rewrites_reverse_path: bool = False
    filters_gtube: bool = False


class Relay(Host):
    """Takes mail from whoever authenticates as `user`, and passes it on from its own address."""

    user = "lab"
    password = "lab"  # noqa: S105 -- a loopback server that lives as long as its laboratory

    def __init__(self, name: str, address: str, network: Network, habits: RelayHabits) -> None:
        super().__init__(name, address, network)
        self.habits = habits
        self.offer_dsn = habits.offers_dsn

    def _session(self) -> DsnSession:
        return DsnSession(
            self,
            offer_dsn=self.offer_dsn,
            data_size_limit=MESSAGE_LIMIT,
            hostname=self.name,
            ident="ESMTP bsaudit lab relay",
            enable_SMTPUTF8=True,
            authenticator=self._authenticate,
            auth_require_tls=False,
            loop=asyncio.get_running_loop(),
        )

    def _authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        known = isinstance(data, LoginPassword) and (data.login, data.password) == (
            self.user.encode(),
            self.password.encode(),
        )
        return AuthResult(success=known, handled=False)

    def at_rcpt(self, session: Any, mail_from: str, recipient: str) -> str | None:
        del mail_from
        if recipient.rpartition("@")[2] == self.name or session.authenticated:
            return None
        return "554 5.7.1 Relay access denied"

    async def accepted(self, envelope: Envelope) -> None:
        for recipient in envelope.recipients:
            self.network.spawn(self._pass_on(envelope, self._incoming_path(recipient)))

    def _incoming_path(self, recipient: str) -> str:
        """Return the address that a rewritten reverse-path stands for."""
        if not recipient.startswith("SRS0="):
            return recipient
        _, _, _, domain, local = recipient.rpartition("@")[0].split("=", 4)
        return f"{local}@{domain}"

    async def _pass_on(self, envelope: Envelope, recipient: str) -> None:
        """Deliver until it succeeds, fails for good or expires; tell the reverse-path what it asked to hear."""
        if self.habits.filters_gtube and GTUBE.encode() in envelope.content:
            text = "message content rejected by outgoing filter"
            await self._report(envelope, recipient, Failure(action="failed", status="5.7.1", text=text))
            return
        mail_from = self._outgoing_path(envelope.mail_from)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + EXPIRY_S
        result = await self.deliver(mail_from, recipient, envelope.content)
        while result.action == "delayed" and loop.time() < deadline:
            await asyncio.sleep(RETRY_S)
            result = await self.deliver(mail_from, recipient, envelope.content)
        await self._report(envelope, recipient, result)

    def _outgoing_path(self, mail_from: str) -> str:
        """Return the reverse-path as the next hop sees it; a rewriting relay answers for its customers' mail (SRS)."""
        if not (self.habits.rewrites_reverse_path and mail_from):
            return mail_from
        local, _, domain = mail_from.rpartition("@")
        return f"SRS0=lab=XX={domain}={local}@{self.name}"

    async def _report(self, envelope: Envelope, recipient: str, result: Failure) -> None:
        wanted = envelope.dsn.notify.get(recipient, ("FAILURE",))
        wish = "SUCCESS" if result.action == "relayed" else "FAILURE"
        # RFC 5321 §4.5.5: never a notification about a notification.
        if not envelope.mail_from or wish not in wanted:
            return
        failed = Failure(
            action="failed" if result.action == "delayed" else result.action,
            status=result.status,
            reply=result.reply,
            text=result.text,
            remote=result.remote,
        )
        message = dsn(self.name, envelope.original, recipient, failed, datetime.now(UTC))
        await self.deliver("", envelope.mail_from, message)
