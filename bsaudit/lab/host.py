"""A mail host of the laboratory: takes mail over SMTP, and has a queue to pass it on and to write notices."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import IO, Any

from bsaudit.adapters.smtpd import Handler, Options, Server, Session
from bsaudit.adapters.smtpd.syntax import Recipient, Transaction
from bsaudit.lab.delivery import Network, Queue
from bsaudit.lab.mail import Envelope, Place, Result, take

# A message of ours is a few kilobytes; nobody else has business here.
MESSAGE_LIMIT = 1 << 20


class Host(Handler):
    """Subclasses decide at RCPT and at the end of data, and what happens afterwards."""

    offer_dsn = False
    credentials: Mapping[str, str] | None = None

    def __init__(self, place: Place, network: Network, inner: Place | None = None) -> None:
        """Prepare; with `inner`, mail that is passed on goes to this host behind it."""
        self.place, self.network = place, network
        self._queue = Queue(place, network, self.delivered, route=inner)
        self._notices = Queue(place, network, lambda *_: None)
        self._server: Server | None = None
        self._work: set[asyncio.Task[None]] = set()

    @property
    def domain(self) -> str:
        return self.place.name.partition(".")[2]

    async def start(self, port: int) -> None:
        """Begin to listen. Raises OSError."""
        options = Options(
            hostname=self.place.name,
            ident="ESMTP bsaudit lab",
            dsn=self.offer_dsn,
            credentials=self.credentials,
            size_limit=MESSAGE_LIMIT,
        )
        self._server = Server(self, options)
        await self._server.listen(self.place.address, port)

    async def close(self) -> None:
        """Stop listening, and give up what is queued."""
        if self._server is not None:
            await self._server.close()
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self._queue.close()
        await self._notices.close()

    # --- what a subclass may decide: a reply to refuse with, or None

    def at_rcpt(self, session: Session, transaction: Transaction, recipient: str) -> str | None: ...

    def at_data(self, envelope: Envelope) -> str | None: ...

    async def accepted(self, envelope: Envelope) -> None:
        """Do what follows the final 250."""

    def delivered(self, envelope: Envelope, recipient: Recipient, result: Result) -> None:
        """Hear how passing a message on ended."""

    # --- what a subclass may do

    def pass_on(self, envelope: Envelope, recipient: Recipient) -> None:
        self._queue.add(envelope, recipient)

    def write_to(self, address: str, content: bytes) -> None:
        """Send a notice from the null reverse-path (RFC 5321 §4.5.5); never one to the null reverse-path."""
        if address:
            recipient = Recipient(address)
            self._notices.add(Envelope(mail_from="", recipients=(recipient,), content=content), recipient)

    # --- the SMTP server's hooks

    async def rcpt(self, session: Session, transaction: Transaction, recipient: Recipient) -> str | None:
        return self.at_rcpt(session, transaction, recipient.address)

    async def data(self, session: Session, transaction: Transaction, content: IO[bytes]) -> str | None:
        envelope = take(session, transaction, content.read(), self.place)
        refusal = self.at_data(envelope)
        if refusal:
            return refusal
        self._spawn(self.accepted(envelope))
        return f"250 2.0.0 Ok: queued as {envelope.queue_id}"

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
