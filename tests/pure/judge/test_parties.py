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
