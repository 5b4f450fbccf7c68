"""Alias domains: only what the target's own mail exchangers serve is mail for the target."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from bsaudit.audit.discover import discover
from bsaudit.audit.permission import authorise
from bsaudit.errors import NoSuchDomain, NotAuthorized, UsageError
from bsaudit.model.mail import MailExchanger
from bsaudit.model.settings import AuditSettings, Terms

EXCHANGERS = {
    "acme.example": ("mx.acme.example",),
    "acme.test": ("MX.acme.example", "mx.backup.example"),
    "stranger.example": ("mx.stranger.example",),
    "[192.0.2.1]": ("192.0.2.1",),
}


class Dns:
    """A resolver that knows a few domains, and the permission of one."""

    async def mail_exchangers(self, domain: str, port: int = 25) -> tuple[MailExchanger, ...]:
        if domain not in EXCHANGERS:
            raise NoSuchDomain(f"{domain} does not exist")
        return tuple(MailExchanger(host=host, addresses=("192.0.2.1",), port=port) for host in EXCHANGERS[domain])

    async def addresses(self, host: str) -> tuple[str, ...]:
        return {"mx.acme.example": ("192.0.2.1",)}.get(host, (host,))

    async def names(self, address: str) -> tuple[str, ...]:
        return (address,)

    def __init__(self, **texts: str) -> None:
        self._texts = {"_bsaudit.acme.example": "v=bsaudit1; catch=inbox.example"} | texts

    async def texts(self, name: str) -> tuple[str, ...]:
        return (self._texts[name],) if name in self._texts else ()

    async def close(self) -> None:
        """Nothing is open."""


def settings(*aliases: str) -> AuditSettings:
    return AuditSettings(targets=("acme.example",), catch_addresses=("me@inbox.example",), alias_domains=aliases)


def test_an_alias_belongs_to_the_target_whose_exchangers_serve_it() -> None:
    (target,) = asyncio.run(discover(settings("Acme.test", "acme.test"), Dns()))
    assert target.aliases == ("acme.test",)


@pytest.mark.parametrize(
    ("alias", "why"), [("stranger.example", "no mail exchanger"), ("nowhere.example", "does not exist")]
)
def test_mail_for_a_strangers_domain_is_refused(alias: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        asyncio.run(discover(settings(alias), Dns()))


def test_an_alias_needs_permission_of_its_own() -> None:
    async def allowed(*aliases: str) -> str | None:
        one = settings(*aliases)
        return await authorise(one, await discover(one, Dns()), "inbox.example", Dns(), None)

    assert "TXT record" in (asyncio.run(allowed()) or "")
    with pytest.raises(NotAuthorized, match=r"acme\.test"):
        asyncio.run(allowed("acme.test"))


def test_nobody_is_told_to_publish_a_record_below_an_address_literal() -> None:
    one = AuditSettings(targets=("[192.0.2.1]",), catch_addresses=("me@inbox.example",))
    targets = asyncio.run(discover(one, Dns()))
    with pytest.raises(NotAuthorized) as refused:
        asyncio.run(authorise(one, targets, "inbox.example", Dns(), None))
    assert refused.value.remedy
    assert "--authorized-by" in refused.value.remedy
    assert "not for an address, the TXT record _bsaudit.DOMAIN with" in refused.value.remedy


def allowed(dns: Dns | None = None, **changes: Any) -> str | None:
    one = replace(settings(), **changes)

    async def asked() -> str | None:
        return await authorise(one, await discover(one, dns or Dns()), "inbox.example", dns or Dns(), None)

    return asyncio.run(asked())


@pytest.mark.parametrize("mx", ["mx.acme.example", "192.0.2.1"])
def test_a_record_allows_the_mail_exchangers_that_its_domain_publishes(mx: str) -> None:
    assert "TXT record" in (allowed(mx=(mx, 25)) or "")


@pytest.mark.parametrize("mx", ["mx.stranger.example", "203.0.113.9", "127.0.0.1"])
def test_a_record_aims_no_audit_at_another_host(mx: str) -> None:
    with pytest.raises(NotAuthorized, match=mx) as refused:
        allowed(mx=(mx, 25))
    assert "published mail exchangers only" in (refused.value.remedy or "")
    assert allowed(mx=(mx, 25), authorized_by="me") == "me"  # with its --mx: the user's own word


@pytest.mark.parametrize("name", ["acme.example", "mx.acme.example", "acme.test"])
@pytest.mark.parametrize("record", ["v=bsaudit1; deny", "V=BSAUDIT1;deny", "v=bsaudit1; catch=inbox.example; deny"])
def test_a_denial_of_the_domain_or_of_a_mail_exchanger_overrides_every_permission(name: str, record: str) -> None:
    for changes in ({"authorized_by": "me"}, {"authorized_by": None}):
        with pytest.raises(NotAuthorized, match=f"^{name} must not be audited"):
            allowed(Dns(**{f"_bsaudit.{name}": record}), alias_domains=("acme.test",), **changes)


def test_a_denial_of_the_host_that_mx_names_is_heeded() -> None:
    with pytest.raises(NotAuthorized, match=r"^mx\.stranger\.example must not"):
        allowed(
            Dns(**{"_bsaudit.mx.stranger.example": "v=bsaudit1; deny"}),
            mx=("mx.stranger.example", 25),
            authorized_by="me",
        )


@pytest.mark.parametrize("record", ["deny", "v=spf1 deny", "v=bsaudit1; denial", "v=bsaudit2; deny"])
def test_no_other_record_denies(record: str) -> None:
    assert allowed(Dns(**{"_bsaudit.mx.acme.example": record}), authorized_by="me") == "me"


def test_permission_holds_only_while_the_mail_exchangers_are_those_it_was_given_for() -> None:
    assert allowed(authorized_by="me", expected_mx=("MX.acme.example.",)) == "me"
    for expected in (("mx.other.example",), ("mx.acme.example", "mx2.acme.example")):
        with pytest.raises(NotAuthorized, match="expected_mx"):
            allowed(authorized_by="me", expected_mx=expected)


def test_hosts_that_the_user_names_are_the_targets_of_the_command_line_or_of_its_own_table() -> None:
    named = replace(settings(), target_hosts=("OUT.acme.example.", "[2001:DB8:0::1]", "out.acme.example"))
    (target,) = asyncio.run(discover(named, Dns()))
    assert target.named_hosts == ("out.acme.example", "2001:db8::1")
    own = replace(named, terms=(Terms(target="acme.example", target_hosts=("192.0.2.9",)),))
    (target,) = asyncio.run(discover(own, Dns()))
    assert target.named_hosts == ("192.0.2.9",)


@pytest.mark.parametrize("host", ["", "localhost", "out.acme.example:25", "*.acme.example", "192.0.2", "a b.example"])
def test_what_is_no_host_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match="--target-host") as refused:
        asyncio.run(discover(replace(settings(), target_hosts=(host,)), Dns()))
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("named", "host"),
    [
        ("MX.Acme.example.", "mx.acme.example"),  # as dig(1) shows it
        ("mx.bücher.example", "mx.xn--bcher-kva.example"),
        ("mail", "mail"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_a_host_that_the_user_names_is_spelled_as_in_dns(named: str, host: str) -> None:
    """Else what it does counts for another host than that of the zone: its bounce left a target clean."""
    (target,) = asyncio.run(discover(replace(settings(), mx=(named, 25)), Dns()))
    assert [exchanger.host for exchanger in target.mail_exchangers] == [host]
