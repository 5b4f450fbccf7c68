"""DNS, by dnspython: the mail exchangers of a domain (RFC 5321 §5.1), addresses, names and texts.

NXDOMAIN, "no mail host", a broken server and silence are four different answers and stay so.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.message
import dns.name
import dns.rdatatype
import dns.resolver
import dns.reversename

from bsaudit.adapters.domain import literal_address
from bsaudit.durations import duration
from bsaudit.errors import DnsError, DnsServerFailure, DnsTimeout, NoMailHost, NoSuchDomain, TargetRefused
from bsaudit.model.domain import ascii_domain
from bsaudit.model.mail import MailExchanger
from bsaudit.model.standing import Told
from bsaudit.text import clean_line

DNS_PORT = 53
# One try, and all tries over all servers and both protocols for one question. Stub resolvers (resolv.conf(5)) take 5 s
# and two rounds; a recursive server has answered or given up within 10 s.
TRY_S = 3.0
LIFETIME_S = 10.0
# A host name is at most 255 octets (RFC 5321 §4.5.3.1.2); more MXs than any mail system has are an attack.
MAX_EXCHANGERS = 50
# Addresses of one host and family: large providers publish eight. Each is booked for each message.
MAX_ADDRESSES = 16


class DnsResolver:
    """`ports.Resolver` over the system's DNS servers, or over the one that `--resolver` names."""

    def __init__(
        self, server: tuple[str, int] | None = None, *, try_s: float = TRY_S, lifetime_s: float = LIFETIME_S
    ) -> None:
        """Prepare; `server` is (host, port), times in seconds."""
        self._server = server
        self._times = try_s, lifetime_s
        self._resolver: dns.asyncresolver.Resolver | None = None

    async def mail_exchangers(self, domain: str, port: int = 25) -> tuple[MailExchanger, ...]:
        """Return the MX set in order of preference, or the implicit MX. Raises as `ports.Resolver` says."""
        literal = literal_address(domain)
        if literal is not None:
            return (MailExchanger(host=domain, addresses=(str(_plain(literal)),), port=port),)
        name = ascii_domain(domain)
        records = await self.query(name, "MX")
        if records is None:
            raise NoSuchDomain(
                f"the domain {clean_line(domain)} does not exist (NXDOMAIN)", remedy="Check the spelling."
            )
        hosts = sorted((int(record.preference), _text(record.exchange)) for record in records)
        if not hosts:
            return await self._implicit(name, port)
        hosts = [(preference, host) for preference, host in hosts if host]
        if not hosts:  # RFC 7505 §3
            raise TargetRefused(
                f"{clean_line(domain)} publishes a null MX: it accepts no mail (RFC 7505)",
                remedy="There is nothing to audit; send nothing to it.",
            )
        return await self._explicit(hosts[:MAX_EXCHANGERS], port)

    async def addresses(self, host: str) -> tuple[str, ...]:
        """Return the A and AAAA addresses of `host`; empty if it has none or does not exist.

        An address is its own: a network without DNS must not be asked for one.
        """
        with contextlib.suppress(ValueError):
            return (str(_plain(host)),)
        name = ascii_domain(host)
        answers = await asyncio.gather(self.query(name, "A"), self.query(name, "AAAA"), return_exceptions=True)
        found = [record.address for answer in answers if isinstance(answer, list) for record in _first(answer)]
        if not found:
            # One family's failure matters only where the other has nothing: half of an answer is still one.
            _raise_first(answers)
        # Servers rotate their answers; a report should not.
        once = set(map(_plain, found))
        return tuple(map(str, sorted(once, key=lambda address: (address.version, int(address)))))

    async def names(self, address: str) -> tuple[str, ...]:
        """Return the PTR names of `address`, lower case, without the final dot."""
        records = await self.query(str(dns.reversename.from_address(address)), "PTR")
        return tuple(_text(record.target) for record in records or ())

    async def texts(self, name: str) -> tuple[str, ...]:
        """Return the TXT records of `name`, each with its strings joined (RFC 7208 §3.3)."""
        return tuple(map(_shown, await self.query(ascii_domain(name), "TXT") or ()))

    async def told(self, name: str, kind: str) -> Told:
        """Return the records of `name` as text, sorted, and for how long that holds. Raises DnsError."""
        records, holds_s = await self._query(name, kind)
        return Told(None if records is None else tuple(sorted(map(_shown, records))), holds_s)

    async def servers(self) -> str:
        """Return by which servers it asks, as text to know them again by. Raises DnsError."""
        try:
            client = await self._client()
        except dns.resolver.NoResolverConfiguration as error:
            raise _unconfigured() from error
        return " ".join(f"{server}:{client.port}" for server in client.nameservers)

    async def close(self) -> None:
        """Nothing is kept open."""

    async def _implicit(self, name: str, port: int) -> tuple[MailExchanger, ...]:
        # RFC 5321 §5.1: without MX, the domain's own address, as if with preference 0
        addresses = await self.addresses(name)
        if not addresses:
            raise NoMailHost(
                f"{clean_line(name)} has neither MX nor address: no host takes its mail",
                remedy="Check the spelling; mail to it cannot be delivered at all.",
            )
        return (MailExchanger(host=name, addresses=addresses, port=port),)

    async def _explicit(self, hosts: list[tuple[int, str]], port: int) -> tuple[MailExchanger, ...]:
        answers = await asyncio.gather(*(self.addresses(host) for _, host in hosts), return_exceptions=True)
        if not any(isinstance(answer, tuple) for answer in answers):
            _raise_first(answers)
        return tuple(
            MailExchanger(
                host=host, preference=preference, addresses=answer if isinstance(answer, tuple) else (), port=port
            )
            for (preference, host), answer in zip(hosts, answers, strict=True)
        )

    async def query(self, name: str, kind: str) -> list[Any] | None:
        """Return dnspython's records, empty if there are none of this kind, None for NXDOMAIN. Raises DnsError."""
        return (await self._query(name, kind))[0]

    async def _query(self, name: str, kind: str) -> tuple[list[Any] | None, float]:
        """Return what `query` does, and for how many seconds that holds."""
        question = f"the DNS query for {clean_line(name)} {kind}"
        try:
            answer = await self._resolved(name, kind)
        except dns.resolver.NXDOMAIN as error:
            (response,) = error.kwargs["responses"].values()  # there is no search list
            return None, _holds_s(response, found=False)
        except dns.exception.Timeout as error:
            raise DnsTimeout(
                f"{question} was not answered within {duration(self._times[1])}", remedy=_REMEDY
            ) from error
        except dns.resolver.NoNameservers as error:
            raise DnsServerFailure(f"{question} failed: {_failures(error)}", remedy=_REMEDY) from error
        except dns.resolver.NoResolverConfiguration as error:
            raise _unconfigured() from error
        except dns.exception.DNSException as error:
            raise DnsServerFailure(
                f"{question} got a broken answer: {clean_line(str(error))}", remedy=_REMEDY
            ) from error
        return list(answer.rrset or ()), _holds_s(answer.response, found=bool(answer.rrset))

    async def _resolved(self, name: str, kind: str) -> dns.resolver.Answer:
        """Ask. Who is cancelled stays so: `asyncio.wait_for` of Python 3.11, by which dnspython waits, may lose it."""
        task = asyncio.current_task()
        assert task is not None
        before = task.cancelling()
        try:
            resolver = await self._client()
            return await resolver.resolve(_name(name), kind, raise_on_no_answer=False, search=False)
        finally:
            if task.cancelling() > before:
                raise asyncio.CancelledError

    async def _client(self) -> dns.asyncresolver.Resolver:
        if self._resolver is None:
            resolver = dns.asyncresolver.Resolver(configure=self._server is None)
            if self._server is not None:
                resolver.nameservers = [await _server_address(*self._server)]
                resolver.port = self._server[1]
            resolver.timeout, resolver.lifetime = self._times
            self._resolver = resolver
        return self._resolver


def _plain(text: str) -> IPv4Address | IPv6Address:
    """Return an address, an IPv4-mapped one (RFC 4291 §2.5.5.2) as the IPv4 address to which it leads.

    Else a host would have two of them, and be sent twice as much.
    """
    address = ip_address(text)
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


def _first(records: list[Any]) -> list[Any]:
    """Return as many addresses as are known of one host: the same ones of a rotated answer."""
    return sorted(records, key=lambda record: int(ip_address(record.address)))[:MAX_ADDRESSES]


def _shown(record: Any) -> str:
    """Return an A record's address or a TXT record's text, whose strings are one (RFC 7208 §3.3)."""
    if record.rdtype == dns.rdatatype.TXT:
        return b"".join(record.strings).decode("utf-8", "replace")
    return str(record)


def _holds_s(response: dns.message.Message, *, found: bool) -> float:
    """Return how long an answer holds; that there is none, as long as the zone's SOA says, else not (RFC 2308 §5)."""
    denials = [min(one.ttl, one[0].minimum) for one in response.authority if one.rdtype == dns.rdatatype.SOA]
    if not found and not denials:
        return 0.0
    return float(min([*(one.ttl for one in response.answer), *([] if found else denials)]))


def _unconfigured() -> DnsServerFailure:
    return DnsServerFailure("this machine has no DNS server configured", remedy=_REMEDY)


_REMEDY = "Try again later, or ask another DNS server with --resolver HOST[:PORT]."


def _name(name: str) -> dns.name.Name:
    try:
        return dns.name.from_text(name, dns.name.root)
    except (dns.exception.DNSException, UnicodeError) as error:
        raise NoSuchDomain(f"{clean_line(name)} is not a domain name", remedy="Check the spelling.") from error


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower().removesuffix(".")


def _raise_first(answers: Iterable[object]) -> None:
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer


def _failures(error: dns.resolver.NoNameservers) -> str:
    """Return what each server said, e.g. "SERVFAIL from 192.0.2.53"."""
    tries = error.kwargs.get("errors") or ()
    said = dict.fromkeys(f"{clean_line(str(attempt[3]), 100)} from {attempt[0]}" for attempt in tries)
    return "; ".join(said) or "no server could be asked"


async def _server_address(host: str, port: int) -> str:
    """Return the address of the DNS server, which the system has to resolve if it was given by name."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except OSError as error:
        raise DnsError(
            f"the DNS server {clean_line(host)} does not resolve", remedy="Give --resolver an IP address."
        ) from error
    return str(found[0][4][0])
