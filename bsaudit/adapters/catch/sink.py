"""The built-in catch MX (`sink://ADDR:PORT`): an SMTP server that is the catch mailbox itself.

It takes mail for the catch addresses and their tagged variants, refuses everything else, relays and answers nothing,
and sees every session: who connected, and who only asked whether an address exists (a callout).
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime

from msgspec import Struct

from bsaudit.adapters.catch.certificate import tls_context
from bsaudit.adapters.catch.common import Feed, decode_position, encode_position
from bsaudit.adapters.catch.nonce import new_nonce
from bsaudit.adapters.catch.quota import Quota
from bsaudit.adapters.catch.sink_session import Limits, Rules, SinkSession, Taken
from bsaudit.adapters.smtpd import Options, Server
from bsaudit.adapters.smtpd.lenient import LENIENT
from bsaudit.errors import CatchError, ConfigError
from bsaudit.model.mail import Arrival, CatchSession
from bsaudit.model.settings import CatchSettings, Tagging
from bsaudit.ports import Clock
from bsaudit.text import clean_line

# Octets taken but not yet read, above which senders are asked to come back later.
HELD_LIMIT = 64 << 20
# What a message costs beside its octets while it waits to be read.
HELD_BESIDE = 1 << 10
# Sessions kept that brought mail: the mail itself tells more than they do.
MAIL_SESSIONS = 1000
# Where a whole domain is caught, local-parts that begin so are refused nevertheless: the relay's calibration needs an
# address of ours that our own MX refuses.
REFUSED_PREFIX = "refused"

DEFAULT = Limits()

# RFC 5321 §4.5.1: whoever takes mail takes it for postmaster; without, Exim's sender/callout=postmaster refuses probes.
POSTMASTER = "postmaster"


class Accepted(Struct, frozen=True):
    """Which addresses the sink takes: each with its tagged variants, whole domains, and postmaster of all of them."""

    addresses: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()

    def __contains__(self, address: str) -> bool:
        if address.lower() == POSTMASTER:
            return True
        local, _, domain = address.lower().rpartition("@")
        domain = domain.removesuffix(".")
        if local == POSTMASTER and domain in self._own_domains:
            return True
        if any(domain == known.lower() for known in self.domains):
            return not local.startswith(REFUSED_PREFIX)
        return any(_is_variant(local, domain, known.lower()) for known in self.addresses)

    def concerns(self, session: CatchSession) -> bool:
        """Whether a session names an address of ours: of a port 25 in the open, few do, and the rest tells nothing.

        Everybody may ask for postmaster, and of a domain's other addresses also those that are refused count.
        """
        return any(map(self._is_ours, (*session.rcpt_to, *session.refused_to)))

    def _is_ours(self, address: str) -> bool:
        local, _, domain = address.lower().rpartition("@")
        known = {each.lower() for each in self.addresses}
        return address.lower() in known or (local != POSTMASTER and domain.removesuffix(".") in self._own_domains)

    @property
    def hostname(self) -> str:
        """The name to greet with: the catch domain, which needs no DNS to be right."""
        return next(iter(self._own_domains), socket.gethostname())

    @property
    def _own_domains(self) -> list[str]:
        domains = (*self.domains, *(address.rpartition("@")[2] for address in self.addresses))
        return [domain.lower() for domain in domains]


def _is_variant(local: str, domain: str, known: str) -> bool:
    known_local, _, known_domain = known.rpartition("@")
    tagged = local == known_local or local.startswith((f"{known_local}+", f"{known_local}-"))
    return domain == known_domain and tagged


class SinkServer:
    """The listening socket and the rules.

    `take` stores a message or raises OSError; `record` notes the sessions that named an address of ours without
    bringing mail, `passed` hears of all the others.
    """

    def __init__(
        self,
        accepted: Accepted,
        *,
        take: Callable[[Taken], Awaitable[None]],
        record: Callable[[CatchSession], None],
        clock: Clock,
        passed: Callable[[CatchSession], None] = lambda _: None,
        has_room: Callable[[], bool] = lambda: True,
        limits: Limits = DEFAULT,
        tls: ssl.SSLContext | None = None,
        nonce: str | None = None,
    ) -> None:
        rules = Rules(
            hostname=accepted.hostname,
            accepts=accepted.__contains__,
            take=take,
            record=lambda session: record(session) if accepted.concerns(session) else passed(session),
            has_room=has_room,
            clock=clock,
        )
        self._session = SinkSession(rules)
        self._server = Server(self._session, _options(accepted.hostname, limits, tls, nonce))

    async def listen(self, host: str, port: int) -> tuple[str, int]:
        """Begin to listen and return address and port. Raises CatchError."""
        try:
            return await self._server.listen(host, port)
        except OSError as error:
            raise _cannot_listen(error, host, port) from error

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        self._session.closing = True
        await self._server.close()


def _options(hostname: str, limits: Limits, tls: ssl.SSLContext | None, nonce: str | None) -> Options:
    return Options(
        hostname=hostname,
        ident=f"ESMTP bsaudit catch {nonce}" if nonce else "ESMTP bsaudit catch",
        grammar=LENIENT,
        extensions=("SIZE", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"),
        dsn=False,
        tls=tls,
        size_limit=limits.message_octets,
        size_announced=False,  # who has a longer bounce is to begin with it: then it is known that there is one
        recipients=limits.recipients,
        connections=limits.connections,
        connections_per_peer=limits.connections_per_peer,
        idle_s=limits.idle_s,
        session_s=limits.session_s,
    )


class Position(Struct, frozen=True):
    """A sink keeps nothing between runs; what came while nobody listened is still in the senders' queues."""

    listening_since: datetime


class SinkMailbox:
    """`ports.CatchMailbox` that is its own mail exchanger."""

    def __init__(
        self,
        settings: CatchSettings,
        *,
        addresses: tuple[str, ...],
        tagging: Tagging = Tagging.AUTO,
        clock: Clock,
    ) -> None:
        if not addresses:
            raise ConfigError(
                "the built-in catch MX has no address to take mail for",
                remedy="Give it one with --catch-address, for example probe@[192.0.2.1].",
            )
        self._settings = settings
        self._clock = clock
        self._feed = Feed()
        self._sessions: list[CatchSession] = []
        self._brought = 0
        self._quota = Quota()
        # Stands in the greeting: who meets it at the catch domain's public MX knows that it leads here.
        self.nonce: str | None = new_nonce()
        self._since = clock.now()
        domains = tuple(address.rpartition("@")[2] for address in addresses) if tagging is Tagging.CATCHALL else ()
        accepted = Accepted(addresses, domains)
        self._server = SinkServer(
            accepted,
            take=self._take,
            record=self._record,
            has_room=self._has_room,
            clock=clock,
            tls=tls_context(settings.certificate, settings.key, accepted.hostname),
            nonce=self.nonce,
        )
        self.address: tuple[str, int] | None = None  # where it listens, once open

    async def open(self, position: str | None = None) -> str:
        if position is not None:
            self._since = decode_position(position, Position).listening_since
        self.address = await self._server.listen(self._settings.host or "", self._settings.port or 0)
        return self.position

    def arrivals(self) -> AsyncIterator[Arrival]:
        return self._feed.each()

    async def new_arrivals(self) -> Sequence[Arrival]:
        return list(iter(self._feed.take, None))

    def sessions(self) -> Sequence[CatchSession]:
        return tuple(self._sessions)

    @property
    def sees_sessions(self) -> bool:
        """Whether every callout would be seen: not once there were more than can be kept."""
        return not self._quota.exceeded

    @property
    def position(self) -> str:
        return encode_position(Position(self._since))

    async def visits(self, since: datetime) -> Sequence[Arrival]:
        """Return nothing: it listens no longer than its run."""
        del since
        return ()

    async def close(self) -> None:
        await self._server.close()

    async def _take(self, taken: Taken) -> None:
        if self._brought < MAIL_SESSIONS:
            self._brought += 1
            self._sessions.append(taken.session)
        self._feed.put(taken.arrival())

    def _record(self, session: CatchSession) -> None:
        if self._quota.admits(session):
            self._sessions.append(session)

    def _has_room(self) -> bool:
        return self._feed.octets + self._feed.waiting * HELD_BESIDE < HELD_LIMIT


def _cannot_listen(error: OSError, host: str, port: int) -> CatchError:
    place = clean_line(f"{host}:{port}")
    match error.errno:
        case errno.EADDRINUSE:
            message = f"another server listens on {place} already"
            remedy = f"Stop it (`ss -ltnp 'sport = :{port}'` names it), or choose another port."
        case errno.EACCES | errno.EPERM:
            message = f"this user may not listen on port {port}"
            remedy = (
                "Ports below 1024 need root or the capability CAP_NET_BIND_SERVICE; "
                "or listen on a high port and let the firewall forward port 25 to it."
            )
        case errno.EADDRNOTAVAIL | None:  # from Python 3.13 on asyncio says it without the number
            message = f"{clean_line(host)} is no address of this machine"
            remedy = "Name one of this machine's addresses, or 0.0.0.0 or [::] for all."
        case _:
            message = f"cannot listen on {place}: {clean_line(error.strerror or str(error))}"
            remedy = "Check address and port."
    return CatchError(message, remedy=remedy)
