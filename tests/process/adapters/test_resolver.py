"""DNS: four ways to have no answer are four answers, and the MX set is in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bsaudit.adapters.domain import address_literal
from bsaudit.adapters.resolver import MAX_ADDRESSES, DnsResolver
from bsaudit.errors import DnsError, DnsServerFailure, DnsTimeout, NoMailHost, NoSuchDomain, TargetRefused
from bsaudit.model.domain import ascii_address, ascii_domain
from bsaudit.model.standing import Told
from tests.support.dns import REFUSED, SERVFAIL, SILENT, SOA, TRUNCATED, TTL_S, Zone, dns_server

ZONE: Zone = {
    "example.test": {"MX": ["20 mx2.example.test.", "10 MX1.example.test."]},
    "mx1.example.test": {"A": ["192.0.2.1"], "AAAA": ["2001:db8::1"]},
    "mx2.example.test": {"A": ["192.0.2.2", "192.0.2.3"]},
    "mapped.test": {"A": ["192.0.2.9"], "AAAA": ["2001:db8::9", "::ffff:192.0.2.9"]},
    "implicit.test": {"A": ["192.0.2.9"]},
    "crowd.test": {
        "A": [f"192.0.{n // 250}.{n % 250}" for n in range(500)],
        "AAAA": [f"2001:db8::{n:x}" for n in range(500)],
    },
    "empty.test": {"TXT": ['"nothing"']},
    "null.test": {"MX": ["0 ."], "A": ["192.0.2.8"]},
    "half-dead.test": {"MX": ["10 gone.example.test.", "20 mx1.example.test."]},
    "dead.test": {"MX": ["10 gone.example.test."]},
    "half-broken.test": {"MX": ["10 servfail.test.", "20 mx2.example.test."]},
    "broken.test": {"MX": ["10 servfail.test."]},
    "servfail.test": SERVFAIL,
    "refused.test": REFUSED,
    "silent.test": SILENT,
    "long.test": TRUNCATED,
    "tcp:long.test": {"MX": ["5 mx1.example.test."]},
    "xn--strae-oqa.test": {"MX": ["10 mx1.example.test."]},
    "held.test": {"A": ["127.0.0.9", "127.0.0.2"], **SOA},
    "text.test": {"TXT": ['"v=spf1 " "-all"', '"other"']},
    "1.2.0.192.in-addr.arpa": {"PTR": ["Mail.Example.Test."]},
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa": {"PTR": ["six.example.test."]},
}


def ask(work: Callable[[DnsResolver], Awaitable[Any]], **times: float) -> Any:
    async def main() -> Any:
        async with dns_server(ZONE) as server:
            resolver = DnsResolver(server, **times)
            try:
                return await work(resolver)
            finally:
                await resolver.close()

    return asyncio.run(main())


def exchangers(domain: str, **times: float) -> Any:
    return ask(lambda resolver: resolver.mail_exchangers(domain), **times)


def test_mail_exchangers_come_in_order_of_preference_with_both_families() -> None:
    found = exchangers("Example.Test.")
    assert [(mx.preference, mx.host, mx.addresses) for mx in found] == [
        (10, "mx1.example.test", ("192.0.2.1", "2001:db8::1")),
        (20, "mx2.example.test", ("192.0.2.2", "192.0.2.3")),
    ]


def test_a_domain_without_mx_is_its_own_mail_exchanger() -> None:
    (mx,) = exchangers("implicit.test")
    assert (mx.host, mx.preference, mx.addresses) == ("implicit.test", None, ("192.0.2.9",))


def test_of_a_host_with_a_thousand_addresses_some_of_each_family_are_known() -> None:
    (mx,) = exchangers("crowd.test")
    assert len(mx.addresses) == 2 * MAX_ADDRESSES
    assert {mx.addresses[0], mx.addresses[-1]} == {"192.0.0.0", "2001:db8::f"}


def test_a_host_has_each_of_its_addresses_once_also_where_one_is_mapped() -> None:
    """Else the limits of what it is sent would count twice what goes to one address."""
    (mx,) = exchangers("mapped.test")
    assert mx.addresses == ("192.0.2.9", "2001:db8::9")
    (mx,) = exchangers("[IPv6:::ffff:192.0.2.7]")
    assert mx.addresses == ("192.0.2.7",)
    assert ask(lambda resolver: resolver.addresses("::ffff:192.0.2.7")) == ("192.0.2.7",)


def test_the_port_is_that_of_the_option() -> None:
    (mx,) = ask(lambda resolver: resolver.mail_exchangers("implicit.test", 2525))
    assert mx.port == 2525


@pytest.mark.parametrize(
    ("literal", "address"), [("[192.0.2.7]", "192.0.2.7"), ("[IPv6:2001:DB8::0:7]", "2001:db8::7")]
)
def test_an_address_literal_needs_no_dns(literal: str, address: str) -> None:
    (mx,) = asyncio.run(DnsResolver(("127.0.0.1", 1)).mail_exchangers(literal))
    assert (mx.host, mx.addresses) == (literal, (address,))


def test_a_null_mx_refuses_the_audit_though_the_name_has_an_address() -> None:
    with pytest.raises(TargetRefused, match="null MX"):
        exchangers("null.test")


@pytest.mark.parametrize(
    ("domain", "error", "word"),
    [
        ("nowhere.test", NoSuchDomain, "does not exist"),
        ("empty.test", NoMailHost, "neither MX nor address"),
        ("servfail.test", DnsServerFailure, "SERVFAIL"),
        ("refused.test", DnsServerFailure, "REFUSED"),
        ("broken.test", DnsServerFailure, "SERVFAIL"),
        ("silent.test", DnsTimeout, "not answered"),
        (f"{'a' * 64}.test", NoSuchDomain, "not a domain name"),
        ("two..dots", NoSuchDomain, "not a domain name"),
    ],
)
def test_each_way_to_have_no_answer_is_an_answer_of_its_own(domain: str, error: type[DnsError], word: str) -> None:
    with pytest.raises(error, match=word) as caught:
        exchangers(domain, try_s=1, lifetime_s=2 if domain == "silent.test" else 30)
    assert type(caught.value) is error
    assert caught.value.remedy
    assert caught.value.exit_code == 4


def test_nobody_who_stops_in_the_middle_of_a_question_goes_on() -> None:
    """In whatever step of the loop it is, also in that in which the answer comes."""

    async def main(resolver: DnsResolver) -> list[int]:
        went_on = []
        for steps in range(40):
            asked = asyncio.ensure_future(resolver.mail_exchangers("example.test"))
            for _ in range(steps):
                await asyncio.sleep(0)
            if not asked.cancel():
                continue
            await asyncio.wait([asked])
            went_on += [] if asked.cancelled() else [steps]
        return went_on

    assert ask(main) == []


def test_no_dns_server_there_is_a_dns_error() -> None:
    with pytest.raises(DnsError):
        asyncio.run(DnsResolver(("127.0.0.1", 1), try_s=0.2, lifetime_s=0.5).mail_exchangers("example.test"))


def test_a_mail_exchanger_that_does_not_exist_is_kept_without_addresses() -> None:
    dead, alive = exchangers("half-dead.test")
    assert dead.addresses == ()
    assert alive.addresses
    (only,) = exchangers("dead.test")
    assert only.addresses == ()


def test_one_mail_exchanger_whose_dns_is_broken_does_not_cost_the_others() -> None:
    broken, alive = exchangers("half-broken.test")
    assert (broken.addresses, alive.addresses) == ((), ("192.0.2.2", "192.0.2.3"))


def test_a_truncated_answer_is_asked_for_again_over_tcp() -> None:
    (mx,) = exchangers("long.test")
    assert mx.preference == 5


def test_an_international_domain_is_asked_for_by_its_a_labels() -> None:
    (mx,) = exchangers("Straße.test")
    assert mx.host == "mx1.example.test"


def test_names_and_texts() -> None:
    assert ask(lambda resolver: resolver.names("192.0.2.1")) == ("mail.example.test",)
    assert ask(lambda resolver: resolver.names("2001:db8::1")) == ("six.example.test",)
    assert ask(lambda resolver: resolver.names("192.0.2.77")) == ()
    assert set(ask(lambda resolver: resolver.texts("text.test"))) == {"v=spf1 -all", "other"}
    assert ask(lambda resolver: resolver.texts("nowhere.test")) == ()
    assert ask(lambda resolver: resolver.addresses("nowhere.test")) == ()


@pytest.mark.parametrize(
    ("domain", "ascii_form"),
    [
        ("Bücher.example", "xn--bcher-kva.example"),
        ("faß.de", "xn--fa-hia.de"),
        ("βόλος.com", "xn--nxasmm1c.com"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("MAIL.Example.ORG.", "mail.example.org"),
        ("_dmarc.bücher.example", "_dmarc.xn--bcher-kva.example"),
    ],
)
def test_idna_2008(domain: str, ascii_form: str) -> None:
    assert ascii_domain(domain) == ascii_form


def test_only_the_domain_of_an_address_is_converted() -> None:
    assert ascii_address("jürgen@bücher.example") == "jürgen@xn--bcher-kva.example"
    assert ascii_address("Plain@Example.org") == "Plain@Example.org"
    assert ascii_address("me.@example.org.") == "me.@example.org"


def test_address_literals() -> None:
    assert address_literal("192.0.2.1") == "[192.0.2.1]"
    assert address_literal("2001:db8::1") == "[IPv6:2001:db8::1]"


@pytest.mark.parametrize(
    ("name", "kind", "told"),
    [
        ("held.test", "A", Told(("127.0.0.2", "127.0.0.9"), TTL_S)),
        ("held.test", "TXT", Told((), 30)),
        ("no.such.held.test", "A", Told(None, 30)),
        ("text.test", "TXT", Told(("other", "v=spf1 -all"), TTL_S)),
        ("text.test", "A", Told((), 0)),
        ("absent.test", "A", Told(None, 0)),  # without an SOA that says for how long (RFC 2308 §5)
    ],
)
def test_an_answer_holds_as_long_as_it_says_and_so_does_that_there_is_none(name: str, kind: str, told: Told) -> None:
    assert ask(lambda resolver: resolver.told(name, kind)) == told


def test_servers_are_known_again_by_address_and_port() -> None:
    assert asyncio.run(DnsResolver(("127.0.0.1", 5300)).servers()) == "127.0.0.1:5300"
