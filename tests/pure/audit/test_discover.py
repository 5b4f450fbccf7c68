"""Alias domains: only what the target's own mail exchangers serve is mail for the target."""

from __future__ import annotations

import asyncio

import pytest

from bsaudit.audit.discover import discover
from bsaudit.audit.permission import authorise
from bsaudit.errors import NoSuchDomain, NotAuthorized, UsageError
from bsaudit.model.mail import MailExchanger
from bsaudit.model.settings import AuditSettings

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
        return (host,)

    async def names(self, address: str) -> tuple[str, ...]:
        return (address,)

    async def texts(self, name: str) -> tuple[str, ...]:
        return ("v=bsaudit1; catch=inbox.example",) if name == "_bsaudit.acme.example" else ()

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
