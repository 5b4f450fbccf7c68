"""What a zone's own name servers say, asked past the resolver."""

from __future__ import annotations

import asyncio

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
