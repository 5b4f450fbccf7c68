"""What a zone's own name servers say, asked past the resolver."""

from __future__ import annotations

import asyncio

import pytest

from bsaudit.adapters.authority import ZoneServers
from bsaudit.adapters.resolver import DnsResolver
from bsaudit.lab.dns import DnsServer, Record
from bsaudit.lab.loopback import PREFIX, free_port

RESOLVER, FIRST, SECOND = (f"{PREFIX}.{number}" for number in (210, 211, 212))
NAMES = (
    Record("split.test", "NS", "ns1.split.test."),
    Record("split.test", "NS", "ns2.split.test."),
    Record("ns1.split.test", "A", FIRST),
    Record("ns2.split.test", "A", SECOND),
    Record("split.test", "MX", "10 inner.split.test."),
)
OTHER = Record("split.test", "MX", "10 outer.split.test.")


def asked(domain: str, *, listening: bool = True) -> tuple[frozenset[str], ...]:
    async def main() -> tuple[frozenset[str], ...]:
        port = free_port([RESOLVER, FIRST, SECOND])
        servers = {RESOLVER: NAMES, FIRST: NAMES, SECOND: (*NAMES[:4], OTHER)}
        running = []
        for address, records in servers.items():
            if listening or address == RESOLVER:
                running.append(DnsServer(records))
                await running[-1].listen(address, port)
        zones = ZoneServers(DnsResolver((RESOLVER, port)), port=port)
        try:
            return await zones.exchangers(domain)
        finally:
            for server in running:
                await server.close()

    return asyncio.run(main())


def test_each_name_server_of_the_zone_speaks_for_itself() -> None:
    inner, outer = frozenset({"inner.split.test"}), frozenset({"outer.split.test"})
    assert set(asked("split.test")) == {inner, outer}


def test_where_none_can_be_asked_nothing_is_said() -> None:
    assert asked("split.test", listening=False) == ()
    assert asked("nowhere.test") == ()
    assert asked("[192.0.2.1]") == ()


# A key of a zone, and what its parent says of it (RFC 4034 §5.4 has this pair).
KEY = (
    "256 3 5 AQOeiiR0GOMYkDshWoSKz9Xz fwJr1AYtsmx3TGkJaNXVbfi/ 2pHm822aJ5iI9BMzNXxeYCmZ DRD99WYwYqUSdjMmmAphXdvx"
    " egXd/M5+X7OrzKBaMbCVdFLU Uh6DhweJBjEVv5f2wwjM9Xzc nOf+EPbtG9DMBmADjFDc2w/r ljwvFw=="
)
DIGEST = "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"
OWNER = "dskey.example.com"
SIGNED, PROMISED = Record(OWNER, "DNSKEY", KEY), Record(OWNER, "DS", DIGEST)
OTHER_DIGEST = Record(OWNER, "DS", "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292119")
UNKNOWN_DIGEST = Record(OWNER, "DS", "60485 5 200 00112233")


@pytest.mark.parametrize(
    ("records", "bogus"),
    [
        ((), False),
        ((SIGNED,), False),
        ((SIGNED, PROMISED), False),
        ((SIGNED, PROMISED, OTHER_DIGEST), False),  # a key that is to come, or was
        ((SIGNED, UNKNOWN_DIGEST), False),  # RFC 4035 §5.2: as if it were not signed
        ((SIGNED, OTHER_DIGEST), True),
        ((PROMISED,), True),
    ],
)
def test_a_secure_entry_point_without_its_key_is_bogus(records: tuple[Record, ...], bogus: bool) -> None:
    async def main() -> str | None:
        server, port = DnsServer([Record(OWNER, "TXT", "there"), *records]), free_port([RESOLVER])
        await server.listen(RESOLVER, port)
        try:
            return await ZoneServers(DnsResolver((RESOLVER, port)), port=port).bogus(f"mail.{OWNER}")
        finally:
            await server.close()

    found = asyncio.run(main())
    assert (found is not None) is bogus
    assert found is None or f"{OWNER} has a DS record and no DNSKEY" in found
