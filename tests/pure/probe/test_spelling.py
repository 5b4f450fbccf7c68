"""What a user names goes into commands and fields: no line break, blank or angle bracket gets there."""

from __future__ import annotations

from typing import Any

import pytest

from bsaudit.errors import UsageError
from bsaudit.model.settings import AuditSettings
from bsaudit.probe.addressing import canonical, canonical_host, domain_of_target
from bsaudit.probe.spelling import is_address, is_domain, refuse_odd

ODD_DOMAINS = [
    "acme.example\r\nRCPT TO:<x@other.example",
    "acme.example\n",
    "acme.example> NOTIFY=NEVER",
    "<acme.example",
    "acme example",
    "acme.example\N{NO-BREAK SPACE}x",
    "acme\N{FULLWIDTH LESS-THAN SIGN}x.example",
    "acme.example\x00",
    "acme.example\x1b[2J",
    "acme\N{LINE SEPARATOR}.example",
    "acme.example/x",
    "acme,other.example",
    "[192.0.2.1] SIZE=1",
    "",
]
NO_LABEL = ["acme..example", ".acme.example", "acme.example..", "."]
ODD_ADDRESSES = [
    "a b@acme.example",
    '"a b"@acme.example',
    '"a>"@acme.example',
    "a\r\n@acme.example",
    "a,b@c@acme.example",
]


@pytest.mark.parametrize("domain", ODD_DOMAINS)
def test_an_odd_domain_is_a_usage_error_also_behind_a_local_part(domain: str) -> None:
    assert not is_domain(domain)
    for target in (f"x{domain}x", f"user@x{domain}x") if domain else ("", "user@"):
        with pytest.raises(UsageError):
            domain_of_target(target)


@pytest.mark.parametrize("domain", NO_LABEL)
def test_a_domain_with_an_empty_label_is_none(domain: str) -> None:
    assert not is_domain(domain)
    assert not is_address(f"me@{domain}")


@pytest.mark.parametrize(
    "domain",
    ["acme.example", "acme.example.", "Acme.Example", "_dmarc.x", "localhost", "[192.0.2.1]"],
)
def test_domains_and_literals_are_taken(domain: str) -> None:
    assert domain_of_target(domain) == domain.lower().rstrip(".")
    assert domain_of_target(f"user@{domain}") == domain.lower().rstrip(".")


@pytest.mark.parametrize(
    ("domain", "named"),
    [
        (
            "xn--bcher-kva.example",
            ["bücher.example", "BÜCHER.Example.", "bu\u0308cher.example", "XN--BCHER-KVA.example"],
        ),
        ("xn--r8jz45g.xn--zckzah", ["例え。テスト"]),
        ("xn--strae-oqa.example", ["straße.example"]),  # IDNA 2003 made another domain of it, and others of its mail
    ],
)
def test_a_domain_is_one_target_however_it_is_spelt(domain: str, named: list[str]) -> None:
    """In the spelling in which logs, notices and DNS name it."""
    assert {domain_of_target(one) for one in (domain, *named)} == {domain}
    assert {canonical(f"Ann@{one}") for one in named} == {f"Ann@{domain}"}
    assert {canonical_host(one) for one in named} == {domain}


def test_an_ipv6_literal_is_taken() -> None:
    assert domain_of_target("[IPv6:2001:db8::1]") == "[ipv6:2001:db8::1]"


@pytest.mark.parametrize("address", ["a@b.example", "a.b+c@b.example", "jürgen@b.example", '"a@b"@b.example', "a..b@b"])
def test_addresses_in_use_are_taken(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    "changes",
    [
        {"targets": ("acme.example", "a b@acme.example")},
        *({"targets": (address,)} for address in ODD_ADDRESSES),
        *({name: ("x@acme.example", "x@acme.example\r\nDATA")} for name in ("catch_addresses", "valid_recipients")),
        {"full_recipients": ("<x@acme.example>",)},
        {"disabled_recipients": ("x@acme.example NOTIFY=NEVER",)},
        {"autoresponders": ("x",)},
        {"forwarders": ("x\n@acme.example",)},
        {"mailing_lists": ("list@acme.example, y@other.example",)},
        {"alias_domains": ("acme.example x",)},
        {"helo_name": "me\r\nRSET"},
        {"mx": ("mx.acme.example\r\n", 25)},
    ],
)
def test_odd_settings_are_refused_wherever_they_came_from(changes: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as refused:
        refuse_odd(AuditSettings(**({"targets": ("acme.example",)} | changes)))
    assert refused.value.message.isprintable()


@pytest.mark.parametrize(
    "address", ["ann%other.example@acme.example", "other!ann@acme.example", '"ann@other.example"@acme.example']
)
def test_nobody_is_asked_to_send_a_probe_on_to_another_server(address: str) -> None:
    for changes in ({"targets": (address,)}, {"valid_recipients": (address,)}, {"forwarders": (address,)}):
        with pytest.raises(UsageError, match="may lead to another server"):
            refuse_odd(AuditSettings(**({"targets": ("acme.example",)} | changes)))


def test_plain_settings_are_not() -> None:
    refuse_odd(
        AuditSettings(
            targets=("me@acme.example", "[192.0.2.1]"), catch_addresses=("p@[127.0.0.1]",), mx=("2001:db8::1", 25)
        )
    )
