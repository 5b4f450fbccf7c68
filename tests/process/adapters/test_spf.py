"""SPF against a real DNS server: the results of RFC 7208, and its limits."""

from __future__ import annotations

import asyncio

import pytest

from bsaudit.adapters.resolver import DnsResolver
from bsaudit.adapters.spf import SpfEvaluator
from bsaudit.model.mail import Spf
from tests.support.dns import SERVFAIL, SILENT, Zone, dns_server

ZONE: Zone = {
    "own.test": {
        "TXT": ['"v=spf1 mx a:web.own.test ip6:2001:db8::/32 include:relay.test -all"'],
        "MX": ["5 mx.own.test."],
    },
    "mx.own.test": {"A": ["192.0.2.1"]},
    "web.own.test": {"A": ["192.0.2.2"]},
    "relay.test": {"TXT": ['"v=spf1 ip4:198.51.100.0/24 ~all"']},
    "soft.test": {"TXT": ['"v=spf1 ~all"']},
    "neutral.test": {"TXT": ['"v=spf1 ?all"']},
    "no-default.test": {"TXT": ['"v=spf1 ip4:203.0.113.1"']},
    "all.test": {"TXT": ['"v=spf1 +all"']},
    "none.test": {"TXT": ['"something else"']},
    "redirect.test": {"TXT": ['"v=spf1 redirect=own.test"']},
    "split.test": {"TXT": ['"v=spf1 ip4:192.0.2.1" "28/25 -all"']},
    "two.test": {"TXT": ['"v=spf1 -all"', '"v=spf1 +all"']},
    "syntax.test": {"TXT": ['"v=spf1 ipv4:192.0.2.1 -all"']},
    "loop.test": {"TXT": ['"v=spf1 include:loop.test -all"']},
    "void.test": {"TXT": ['"v=spf1 a:v1.void.test a:v2.void.test a:v3.void.test +all"']},
    "lost-include.test": {"TXT": ['"v=spf1 include:none.test +all"']},
    "broken-include.test": {"TXT": ['"v=spf1 include:broken.test -all"']},
    "broken.test": SERVFAIL,
    "silent.test": SILENT,
    "macro.test": {"TXT": ['"v=spf1 exists:%{ir}.ok.%{d} -all"']},
    "9.2.0.192.ok.macro.test": {"A": ["127.0.0.2"]},
    "xn--bcher-kva.test": {"TXT": ['"v=spf1 ip4:192.0.2.1 -all"']},
}


def check(address: str, domain: str) -> Spf:
    async def main() -> Spf:
        async with dns_server(ZONE) as server:
            return await SpfEvaluator(
                DnsResolver(server, try_s=1, lifetime_s=2 if domain == "silent.test" else 30)
            ).check(address, domain)

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("address", "domain", "result", "term"),
    [
        ("192.0.2.1", "own.test", "pass", "mx"),
        ("192.0.2.2", "own.test", "pass", "a:web.own.test"),
        ("2001:db8::25", "own.test", "pass", "ip6:2001:db8::/32"),
        ("198.51.100.25", "own.test", "pass", "include:relay.test"),
        ("203.0.113.9", "own.test", "fail", "-all"),
        ("203.0.113.9", "soft.test", "softfail", "~all"),
        ("203.0.113.9", "neutral.test", "neutral", "?all"),
        ("203.0.113.9", "no-default.test", "neutral", None),
        ("203.0.113.9", "all.test", "pass", "+all"),
        ("203.0.113.9", "none.test", "none", None),
        ("203.0.113.9", "nowhere.test", "none", None),
        ("192.0.2.1", "redirect.test", "pass", "mx"),
        ("192.0.2.200", "split.test", "pass", "ip4:192.0.2.128/25"),
        ("203.0.113.9", "two.test", "permerror", None),
        ("203.0.113.9", "syntax.test", "permerror", None),
        ("203.0.113.9", "loop.test", "permerror", None),
        ("203.0.113.9", "void.test", "permerror", None),
        ("203.0.113.9", "lost-include.test", "permerror", None),
        ("203.0.113.9", "broken-include.test", "temperror", None),
        ("203.0.113.9", "broken.test", "temperror", None),
        ("203.0.113.9", "silent.test", "temperror", None),
        ("192.0.2.9", "macro.test", "pass", "exists:%{ir}.ok.%{d}"),
        ("192.0.2.8", "macro.test", "fail", "-all"),
        ("192.0.2.1", "Bücher.test.", "pass", "ip4:192.0.2.1"),
        ("::ffff:192.0.2.1", "own.test", "pass", "mx"),
    ],
)
def test_what_a_record_says_of_an_address(address: str, domain: str, result: str, term: str | None) -> None:
    answer = check(address, domain)
    assert (answer.result, answer.term) == (result, term)
