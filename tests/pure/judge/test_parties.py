"""Whose host is it: what a name, an address or an SPF record tells, and what it does not."""

from __future__ import annotations

import pytest

from bsaudit.judge.parties import names_host, spells
from bsaudit.model.mail import Spf, SpfResult


@pytest.mark.parametrize(
    ("term", "address", "named"),
    [
        ("mx", "192.0.2.1", True),
        ("+a", "192.0.2.1", True),
        ("A:out.acme.example", "2001:db8::1", True),
        ("a/24", "192.0.2.1", True),
        ("a/8", "192.0.2.1", False),
        ("a/8", "2001:db8::1", True),
        ("mx:acme.example/24//16", "192.0.2.1", True),
        ("mx:acme.example/24//16", "2001:db8::1", False),
        ("mx//64", "2001:db8::1", True),
        ("ip4:192.0.2.1", "192.0.2.1", True),
        ("ip4:192.0.0.0/16", "192.0.2.1", True),
        ("ip4:192.0.0.0/15", "192.0.2.1", False),
        ("ip6:2001:db8::/32", "2001:db8::1", True),
        ("ip6:2001::/16", "2001:db8::1", False),
        ("ip6:2001:db8::1", "2001:db8::1", True),
        ("include:provider.example", "192.0.2.1", False),
        ("exists:%{i}.example", "192.0.2.1", False),
        ("a:%{i}.example", "192.0.2.1", False),
        ("ptr", "192.0.2.1", False),
        ("+all", "192.0.2.1", False),
        (None, "192.0.2.1", False),
    ],
)
def test_which_spf_term_names_a_host_of_the_domains_own(term: str | None, address: str, *, named: bool) -> None:
    assert names_host(Spf(result=SpfResult.PASS, term=term, own=True), address) is named
    assert not names_host(Spf(result=SpfResult.PASS, term=term, own=False), address)
    assert not names_host(Spf(result=SpfResult.NEUTRAL, term=term, own=True), address)


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("203-0-113-9.customers.acme.example", True),
        ("9.113.0.203.acme.example", True),
        ("ip203.0.113.9.acme.example", True),
        ("host-203000113009.acme.example", True),
        ("cb007109.acme.example", True),
        ("vm-9.acme.example", False),
        ("mx203.acme.example", False),
        ("mx.acme.example", False),
    ],
)
def test_a_name_that_spells_its_address_is_a_customers(name: str, *, spelled: bool) -> None:
    assert spells(name, "203.0.113.9") is spelled
    assert not spells(name, "2001:db8::9")
    assert not spells(name, None)


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("2001-db8-12-3400-a1b2-c3d4-e5f6-7.dyn.isp.example", True),
        ("p20010db800123400a1b2c3d4e5f60007.dip.isp.example", True),
        ("2001-0db8-0012-3400-a1b2-c3d4-e5f6-0007.isp.example", True),
        ("7.0.0.0.6.f.5.e.4.d.3.c.2.b.1.a.0.0.4.3.2.1.0.0.8.b.d.0.1.0.0.2.ip6.isp.example", True),
        ("host-a1b2-c3d4-e5f6-7.isp.example", True),
        ("A1B2C3D4E5F60007.isp.example", True),
        ("out7.isp.example", False),
        ("mail-2001.isp.example", False),
    ],
)
def test_so_is_one_that_spells_an_ipv6_address(name: str, *, spelled: bool) -> None:
    assert spells(name, "2001:db8:12:3400:a1b2:c3d4:e5f6:7") is spelled


def test_a_short_ipv6_address_is_spelled_as_it_is_shortened() -> None:
    assert spells("2001-db8--25.isp.example", "2001:db8::25")
    assert not spells("mx25.isp.example", "2001:db8::25")
    assert not spells("mx-0-0-0-25.isp.example", "2001:db8::25")
