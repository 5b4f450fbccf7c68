"""What a real DNS server says of a host that handed us a message."""

from __future__ import annotations

import asyncio
import time

from bsaudit.adapters.peers import PeerLookup
from bsaudit.adapters.resolver import DnsResolver
from bsaudit.model.mail import Verified
from tests.support.dns import SERVFAIL, SILENT, Zone, dns_server

ZONE: Zone = {
    "1.2.0.192.in-addr.arpa": {"PTR": ["mx.own.test.", "other.own.test.", "gone.own.test."]},
    "2.2.0.192.in-addr.arpa": {"PTR": ["mx.own.test."]},
    "3.2.0.192.in-addr.arpa": SERVFAIL,
    "4.2.0.192.in-addr.arpa": SILENT,
    "mx.own.test": {"A": ["192.0.2.1"]},
    "other.own.test": {"A": ["192.0.2.9", "192.0.2.1"]},
    "own.test": {"TXT": ['"v=spf1 ip4:192.0.2.2 include:provider.test -all"']},
    "provider.test": {"TXT": ['"v=spf1 ip4:192.0.2.1 ?all"']},
    "moved.test": {"TXT": ['"v=spf1 redirect=provider.test"']},
    "silent.test": SILENT,
}


def verified(address: str, *domains: str, times: int = 1, patience_s: float = 30) -> Verified:
    async def main() -> Verified:
        async with dns_server(ZONE) as server:
            lookup = PeerLookup(DnsResolver(server, try_s=30, lifetime_s=30), patience_s=patience_s)
            found = await asyncio.gather(*(lookup.verify(address, domains) for _ in range(times)))
            assert all(one is found[0] for one in found)
            return found[0]

    return asyncio.run(main())


def test_a_reverse_name_counts_only_if_it_leads_back() -> None:
    assert verified("192.0.2.1").names == ("mx.own.test", "other.own.test")
    assert verified("192.0.2.2").names == ()
    assert verified("192.0.2.5").names == ()
    assert verified("no address").names == ()


def test_what_dns_does_not_answer_is_not_no_name() -> None:
    assert verified("192.0.2.3").names is None
    began = time.monotonic()
    unanswered = verified("192.0.2.4", "own.test", "silent.test", patience_s=1.5)
    assert time.monotonic() - began < 20  # and not the 30 s for which the resolver would try
    assert unanswered.names is None
    assert {domain: spf.result for domain, spf in unanswered.spf.items()} == {
        "own.test": "fail",
        "silent.test": "temperror",
    }


def test_spf_tells_whose_record_names_the_host() -> None:
    own, shared = verified("192.0.2.2", "own.test"), verified("192.0.2.1", "own.test", "moved.test")
    assert {one: (spf.result, spf.term, spf.own) for one, spf in own.spf.items()} == {
        "own.test": ("pass", "ip4:192.0.2.2", True)
    }
    assert {one: (spf.result, spf.term, spf.own) for one, spf in shared.spf.items()} == {
        "own.test": ("pass", "include:provider.test", True),
        "moved.test": ("pass", "ip4:192.0.2.1", False),
    }


def test_a_host_that_brings_many_messages_is_asked_about_once() -> None:
    assert verified("192.0.2.1", "own.test", times=50).names


def test_a_host_is_asked_about_again_where_dns_did_not_answer() -> None:
    zone: Zone = ZONE | {"own.test": SERVFAIL}

    async def main() -> list[str]:
        async with dns_server(zone) as server:
            lookup = PeerLookup(DnsResolver(server))
            first = await lookup.verify("192.0.2.2", ["own.test"])
            zone.update(ZONE)
            second = await lookup.verify("192.0.2.2", ["own.test"])
            return [str(one.spf["own.test"].result) for one in (first, second)]

    assert asyncio.run(main()) == ["temperror", "pass"]


def test_a_host_that_dns_never_answers_about_holds_up_few_messages() -> None:
    async def main() -> list[Verified]:
        async with dns_server(ZONE) as server:
            lookup = PeerLookup(DnsResolver(server))
            return [await lookup.verify("192.0.2.3", []) for _ in range(9)]

    found = asyncio.run(main())
    assert {one.names for one in found} == {None}
    assert len(set(map(id, found))) == 3
