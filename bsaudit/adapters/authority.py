"""What a zone says beside what a resolver makes of it: its own name servers' answers, and whether they can be verified.

Inside a network the first may be something else, and who validates DNSSEC finds nothing where the second fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from bsaudit.adapters.domain import literal_address
from bsaudit.adapters.resolver import DnsResolver
from bsaudit.errors import DnsError
from bsaudit.model.domain import ascii_domain

TIMEOUT_S = 3.0
LOOKUP_S = 10.0  # which name servers there are
PORT = 53
# Name servers of one zone that are asked; RFC 2182 §5 wants two or three.
SERVERS = 4
# RFC 8624 §3.3: SHA-1, SHA-256 and SHA-384 are what validators know.
_DIGESTS = frozenset({1, 2, 4})


class ZoneServers:
    """`ports.Authority`. Where none can be reached once, as behind a firewall, none is asked again."""

    def __init__(self, resolver: DnsResolver, *, port: int = PORT) -> None:
        self._resolver = resolver
        self._port = port
        self._reachable = True

    async def exchangers(self, domain: str) -> tuple[frozenset[str], ...]:
        if literal_address(domain) is not None or not self._reachable:
            return ()
        try:
            async with asyncio.timeout(LOOKUP_S):
                name = ascii_domain(domain)
                addresses = await self._servers(name)
        except (DnsError, TimeoutError):
            return ()
        answers = await asyncio.gather(*(self._ask(name, address) for address in addresses))
        self._reachable = not addresses or any(heard for heard, _ in answers)
        return tuple(found for _, found in answers if found is not None)

    async def bogus(self, domain: str) -> str | None:
        """Look for a secure entry point without its key: RFC 4035 §5 has validators take nothing of such a zone."""
        if literal_address(domain) is not None:
            return None
        try:
            async with asyncio.timeout(LOOKUP_S):
                for zone in _zones(ascii_domain(domain)):
                    promised = await self._resolver.query(zone, "DS")
                    if promised and _breaks(zone, promised, await self._resolver.query(zone, "DNSKEY") or []):
                        return f"{zone} has a DS record and no DNSKEY that matches it: who validates DNSSEC finds no MX"
        except (DnsError, TimeoutError):
            pass
        return None

    async def _servers(self, name: str) -> list[str]:
        """Return an address of each name server of the zone that `name` lies in."""
        for zone in _zones(name):
            hosts = await self._resolver.query(zone, "NS")
            if hosts:
                targets = [host.target.to_text() for host in hosts[:SERVERS]]
                found = await asyncio.gather(*map(self._resolver.addresses, targets), return_exceptions=True)
                return [addresses[0] for addresses in found if isinstance(addresses, tuple) and addresses]
        return []

    async def _ask(self, name: str, address: str) -> tuple[bool, frozenset[str] | None]:
        """Say whether a server answered, and which mail exchangers it names, where it may speak for the zone."""
        query = dns.message.make_query(name, dns.rdatatype.MX)
        query.flags &= ~dns.flags.RD
        try:
            answer = await dns.asyncquery.udp(query, address, timeout=TIMEOUT_S, port=self._port)
        except (OSError, dns.exception.DNSException):
            return False, None
        whole = answer.flags & dns.flags.AA and not answer.flags & dns.flags.TC
        if not whole or answer.rcode() not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
            return True, None
        records = [record for found in answer.answer if found.rdtype == dns.rdatatype.MX for record in found]
        return True, frozenset(record.exchange.to_text(omit_final_dot=True).lower() for record in records)


def _zones(name: str) -> Iterator[str]:
    """Return what may be the zone of `name`: itself, and what is above it, but for the last label."""
    labels = name.split(".")
    return (".".join(labels[start:]) for start in range(len(labels) - 1))


def _breaks(zone: str, promised: list[Any], keys: list[Any]) -> bool:
    """Say whether no key is one that the parent's DS records name; a digest that nobody knows promises nothing."""
    import dns.dnssec  # noqa: PLC0415 — with a library of 8 MB, for the few zones that have a DS record

    name = dns.name.from_text(zone)
    known = [ds for ds in promised if ds.digest_type in _DIGESTS]
    return bool(known) and not any(
        dns.dnssec.make_ds(name, key, ds.digest_type, validating=True) == ds for ds in known for key in keys
    )
