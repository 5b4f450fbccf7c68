"""A mail host of the laboratory: a name, a loopback address, a way to take mail and a way to pass it on."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

import aiosmtplib
from msgspec import Struct

from bsaudit.adapters.resolver import DnsResolver
from bsaudit.errors import DnsError, TargetRefused
from bsaudit.lab.notices import Failure, Original, received
from bsaudit.lab.session import Dsn, DsnSession, announced
from bsaudit.model.mail import Reply

# A message of ours is a few kilobytes; nobody else has business here.
MESSAGE_LIMIT = 1 << 20
CONNECT_TIMEOUT_S = 3.0
_ENHANCED = re.compile(r"^([245]\.\d{1,3}\.\d{1,3}) ")


class Envelope(Struct, frozen=True, kw_only=True):
    """One accepted message: `content` with our own Received line on top."""

    mail_from: str
    recipients: tuple[str, ...]
    content: bytes
    dsn: Dsn

    @property
    def original(self) -> Original:
        return Original(mail_from=self.mail_from, content=self.content, envid=self.dsn.envid or "")


class Network:
    """What the hosts share: names, the port of all mail exchangers, and the work under way."""

    def __init__(self, resolver: DnsResolver, mx_port: int) -> None:
        self.resolver = resolver
        self.mx_port = mx_port
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.resolver.close()


class Host:
    """Takes mail over SMTP. Subclasses decide at RCPT and at the end of data, and what happens afterwards."""

    offer_dsn = False

    def __init__(self, name: str, address: str, network: Network) -> None:
        self.name = name
        self.address = address
        self.network = network
        self._server: asyncio.Server | None = None

    async def start(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, self.address, port)

    def _session(self) -> DsnSession:
        return DsnSession(
            self,
            offer_dsn=self.offer_dsn,
            data_size_limit=MESSAGE_LIMIT,
            hostname=self.name,
            ident="ESMTP bsaudit lab",
            enable_SMTPUTF8=True,
            loop=asyncio.get_running_loop(),
        )

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    # What a subclass may decide. Each returns a reply line to refuse with, or None.

    def at_rcpt(self, session: Any, mail_from: str, recipient: str) -> str | None:  # noqa: ARG002
        return None

    def at_data(self, envelope: Envelope) -> str | None:  # noqa: ARG002
        return None

    async def accepted(self, envelope: Envelope) -> None:
        """Do what follows the final 250."""

    # aiosmtpd's hooks

    async def handle_EHLO(  # noqa: N802
        self, _server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return announced(responses, "ENHANCEDSTATUSCODES", *(("DSN",) if self.offer_dsn else ()))

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        refusal = self.at_rcpt(session, _path(envelope.mail_from), address)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        now = datetime.now(UTC)
        trace = received(self.name, session.host_name or "unknown", session.peer[0], now)
        taken = Envelope(
            mail_from=_path(envelope.mail_from),
            recipients=tuple(envelope.rcpt_tos),
            content=trace.encode() + envelope.original_content,
            dsn=getattr(session, "dsn", Dsn()),
        )
        refusal = self.at_data(taken)
        if refusal:
            return refusal
        self.network.spawn(self.accepted(taken))
        return "250 2.0.0 OK: queued"

    async def handle_exception(self, error: Exception) -> str:  # noqa: ARG002
        return "451 4.3.0 Internal error"

    # Passing on

    async def deliver(self, mail_from: str, recipient: str, content: bytes) -> Failure:
        """Pass a message on to the recipient's mail exchanger, from our own address; say how it went."""
        try:
            exchangers = await self.network.resolver.mail_exchangers(recipient.rpartition("@")[2], self.network.mx_port)
        except (DnsError, TargetRefused) as error:
            return Failure(action="failed", status="5.1.2", text=f"Host or domain name not found: {error.message}")
        host = exchangers[0]
        try:
            reply = await self._transaction(host.addresses[0], mail_from, recipient, content)
        except aiosmtplib.SMTPResponseException as error:
            reply = _reply(error.code, error.message)
        except (aiosmtplib.SMTPException, OSError) as error:
            return Failure(action="delayed", status="4.4.1", text=f"connect to {host.host}: {error}")
        action = "relayed" if reply.code < 400 else "delayed" if reply.code < 500 else "failed"  # noqa: PLR2004
        status = reply.enhanced or f"{reply.code // 100}.0.0"
        return Failure(action=action, status=status, reply=reply, remote=host.host)

    async def _transaction(self, address: str, mail_from: str, recipient: str, content: bytes) -> Reply:
        client = aiosmtplib.SMTP(
            hostname=address,
            port=self.network.mx_port,
            local_hostname=self.name,
            source_address=(self.address, 0),
            start_tls=False,
            timeout=CONNECT_TIMEOUT_S,
        )
        async with client:
            await client.ehlo()
            await client.mail(mail_from)
            await client.rcpt(recipient)
            response = await client.data(content)
        return _reply(response.code, response.message)


def _path(mail_from: str | None) -> str:
    """Return the reverse-path; aiosmtpd gives "<>" for the null one."""
    return "" if mail_from in {None, "<>"} else str(mail_from)


def _reply(code: int, text: str) -> Reply:
    line = " ".join(text.split())
    enhanced = _ENHANCED.match(line)
    return Reply(
        code=code, enhanced=enhanced[1] if enhanced else None, text=line[enhanced.end() :] if enhanced else line
    )
