"""One SMTP connection to the built-in catch MX.

It takes mail for catch addresses and nothing else, never answers with mail of its own, and tells the server of each
transaction: one that stops short of DATA is a callout. It offers no DSN (RFC 3461), so whoever sends here stays
responsible for the notifications that were asked of it. A bounce is evidence: no odd reverse-path, parameter or long
line is a reason to refuse one.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import syntax
from msgspec import Struct

from bsaudit.adapters.smtp_server import Connection, protocol, trace_line
from bsaudit.model.mail import Arrival, CatchSession, Host
from bsaudit.text import clean_line

if TYPE_CHECKING:
    from bsaudit.adapters.catch.sink import SinkServer

# RFC 5321 §4.5.3.1.6 allows lines of 1,000 octets; spam has longer ones, and who bounces it returns them as they are.
LINE_LIMIT = 1 << 20
# RFC 5321 §4.5.3.1.4: 512 octets, more with extensions; addresses of RFC 6531 and parameters of careless clients.
COMMAND_LIMIT = 4096
# RFC 5321 §4.1.2, as lenient as can be: what is between the brackets, behind a source route (appendix F.2)
_PATH = re.compile(r"\s*<(?:@[^:>]*:)?(?P<address>(?:\"(?:[^\"\\]|\\.)*\"|[^\">])*)>(?P<rest>.*)")


class Limits(Struct, frozen=True, kw_only=True):
    """What strangers may use of us."""

    message_octets: int = 32 << 20  # a bounce returns what was sent, and the largest probe is the target's own SIZE
    connections: int = 100
    connections_per_peer: int = 50  # MTAs send bounces over 20 connections at once (Postfix's default)
    idle_s: float = 300.0  # RFC 5321 §4.5.3.2.7
    session_s: float = 3600.0
    recipients: int = 100  # RFC 5321 §4.5.3.1.8


class _Transaction:
    """What one transaction has come to."""

    def __init__(self, at: datetime, mail_from: str) -> None:
        self.at = at
        self.mail_from = mail_from
        self.accepted: list[str] = []
        self.refused: list[str] = []
        self.data = False


class SinkSession(Connection):
    """aiosmtpd's session, being its own handler."""

    line_length_limit = LINE_LIMIT

    def __init__(self, server: SinkServer) -> None:
        self._server = server
        self._transaction: _Transaction | None = None
        self._recorded = False
        self._connected_at = server.clock.now()
        self._peer = Host()
        super().__init__(
            server.listener,
            self,
            command_limit=COMMAND_LIMIT,
            session_s=server.limits.session_s,
            data_size_limit=server.limits.message_octets,
            hostname=server.hostname,
            ident="ESMTP bsaudit catch",
            tls_context=server.tls,
            timeout=server.limits.idle_s,
        )

    # The connection.

    def opened(self) -> None:
        self._peer = Host(address=self.peer_address)

    def ended(self) -> None:
        self._finish()
        if not self._recorded:
            self._server.record(CatchSession(at=self._connected_at, peer=self._peer, helo=self._helo))

    @property
    def _helo(self) -> str | None:
        name = self.session.host_name if self.session is not None else None
        return clean_line(name) if name else None

    # Reading commands, more leniently than aiosmtpd does.

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        found = _PATH.fullmatch(arg)
        if found is None:
            address, _, rest = arg.strip().partition(" ")
            return address, rest
        return found["address"].strip() or "<>", found["rest"]

    def _getparams(self, params: Sequence[str]) -> dict[str, str | bool]:
        known = super()._getparams([word for word in params if word.startswith(("BODY=", "SIZE=", "SMTPUTF8"))])
        return known or {}

    # The transaction. aiosmtpd calls these hooks with itself, its session and its envelope.

    def _set_post_data_state(self) -> None:
        """Wherever a transaction ends: after DATA, at RSET, EHLO and STARTTLS (RFC 5321 §4.1.4)."""
        self._finish()
        super()._set_post_data_state()  # type: ignore[no-untyped-call]

    async def handle_EHLO(
        self, _aiosmtpd: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        offered = [line for line in responses[1:] if not line.startswith(("250-AUTH", "250 HELP"))]
        return [responses[0], *offered, "250 ENHANCEDSTATUSCODES"]

    async def handle_MAIL(self, _aiosmtpd: Any, _session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if not self._server.has_room():
            return "452 4.3.1 No room for more mail just now"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        # aiosmtpd gives "<>" for the null reverse-path
        self._transaction = _Transaction(self._server.clock.now(), "" if address == "<>" else clean_line(address))
        return "250 2.1.0 OK"

    async def handle_RCPT(self, _aiosmtpd: Any, _session: Any, envelope: Any, address: str, _options: list[str]) -> str:
        assert self._transaction is not None
        if len(envelope.rcpt_tos) >= self._server.limits.recipients:
            return "452 4.5.3 Too many recipients"
        if not self._server.accepts(address):
            if len(self._transaction.refused) < self._server.limits.recipients:
                self._transaction.refused.append(clean_line(address))
            return "550 5.1.1 No such address here: this host takes returned mail for an audit, and relays nothing"
        envelope.rcpt_tos.append(address)
        self._transaction.accepted.append(clean_line(address))
        return "250 2.1.5 OK"

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:
        if self._transaction is not None and self._transaction.accepted and not arg:
            self._transaction.data = True
        await super().smtp_DATA(arg)

    async def handle_DATA(self, _aiosmtpd: Any, _session: Any, envelope: Any) -> str:
        done = self._transaction
        assert done is not None
        name = _unique_name(self._server.clock.now())
        arrival = Arrival(
            uid=name,
            raw=self._trace(done, name) + envelope.original_content,
            seen_at=self._server.clock.now(),
            peer=self._peer,
            helo=self._helo,
            envelope_from=done.mail_from,
            envelope_to=tuple(done.accepted),
        )
        try:
            self._server.take(arrival, self._seen(done))
        except OSError:
            return "451 4.3.0 Cannot store it just now"
        self._transaction, self._recorded = None, True
        return f"250 2.0.0 OK: {name}"

    async def handle_exception(self, error: Exception) -> str:  # noqa: ARG002
        """Answer what no command of the protocol should cause; a stranger's bytes are no reason for a traceback."""
        return "451 4.3.0 Internal error"

    def _finish(self) -> None:
        done, self._transaction = self._transaction, None
        if done is not None:
            self._server.record(self._seen(done))
            self._recorded = True

    def _seen(self, done: _Transaction) -> CatchSession:
        return CatchSession(
            at=done.at,
            peer=self._peer,
            helo=self._helo,
            mail_from=done.mail_from,
            rcpt_to=tuple(done.accepted),
            data=done.data,
            refused_to=tuple(done.refused),
        )

    def _trace(self, done: _Transaction, name: str) -> bytes:
        """Return the fields that final delivery puts on top (RFC 5321 §4.4), and the recipients beside them."""
        assert self.envelope is not None
        assert self.session is not None
        lines = [f"Return-Path: <{done.mail_from}>", *(f"Delivered-To: {address}" for address in done.accepted)]
        received = trace_line(
            helo=self._helo,
            address=self.peer_address,
            by=self._server.hostname,
            protocol=protocol(
                esmtp=self.session.extended_smtp,
                smtputf8=self.envelope.smtp_utf8,
                tls=self.session.ssl is not None,
            ),
            queue_id=name,
            recipient=done.accepted[0] if len(done.accepted) == 1 else None,
            at=self._server.clock.now(),
        )
        return "".join(f"{line}\r\n" for line in lines).encode() + received


_numbers = itertools.count()


def _unique_name(now: datetime) -> str:
    """Return a name as maildir(5) wants it; it is the queue id as well."""
    return f"{int(now.timestamp())}.M{now.microsecond}P{os.getpid()}Q{next(_numbers)}"
