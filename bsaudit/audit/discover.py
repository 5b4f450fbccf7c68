"""From what the user named to targets with their mail exchangers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from bsaudit.errors import DnsError, NoMailHost, NoSuchDomain, TargetRefused, UsageError
from bsaudit.model.domain import ascii_domain, is_ip
from bsaudit.model.mail import MailExchanger
from bsaudit.model.report import ErrorEntry
from bsaudit.model.run import RelayFacts, TargetRecord
from bsaudit.model.settings import AuditSettings
from bsaudit.ports import Resolver
from bsaudit.probe.addressing import canonical, canonical_host, domain_of_target

# Targets resolved at once: a thousand take seconds, and no resolver is flooded.
AT_ONCE = 8


async def discover(settings: AuditSettings, resolver: Resolver) -> list[TargetRecord]:
    """Resolve every target. What forbids to audit one of several stands on it.

    Raises UsageError for the only one if it does not exist or takes no mail (RFC 7505), and for what is no domain.
    """
    room = asyncio.Semaphore(AT_ONCE)

    async def one(target: str) -> TargetRecord:
        async with room:
            return await _resolve(target, settings, resolver, alone=alone)

    names = tuple(dict.fromkeys(map(canonical, settings.targets)))
    alone = len(names) == 1 and not settings.unattended
    targets = await asyncio.gather(*map(one, names))
    for alias in dict.fromkeys(map(domain_of_target, settings.alias_domains)):
        try:
            _take_alias(alias, await _exchangers(alias, settings, resolver), targets)
        except UsageError as error:
            if not settings.unattended:
                raise
            _blame(alias, error, settings, targets)
    return targets


def _blame(alias: str, error: UsageError, settings: AuditSettings, targets: Iterable[TargetRecord]) -> None:
    """Note on the target that was said to have this alias domain that it has not."""
    owners = {terms.target for terms in settings.terms if alias in map(domain_of_target, terms.alias_domains)}
    for target in targets:
        if target.target in owners and target.error is None:
            target.error = ErrorEntry(where="target", message=error.message, remedy=error.remedy)


def _take_alias(alias: str, exchangers: Iterable[MailExchanger], targets: Iterable[TargetRecord]) -> None:
    """Give an alias domain to the target whose mail exchangers serve it. Raises UsageError where none does."""
    hosts = {exchanger.host.lower() for exchanger in exchangers}
    for target in targets:
        if target.domain != alias and hosts & {exchanger.host.lower() for exchanger in target.mail_exchangers}:
            target.aliases += (alias,)
            return
    raise UsageError(
        f"--alias-domain {alias}: no mail exchanger of a target serves it", remedy="Audit it as a target of its own."
    )


async def _exchangers(domain: str, settings: AuditSettings, resolver: Resolver) -> tuple[MailExchanger, ...]:
    try:
        if settings.mx is not None:
            return (await _forced(settings.mx, resolver),)
        return await resolver.mail_exchangers(domain, settings.port)
    except DnsError as error:
        raise UsageError(f"--alias-domain {domain}: {error.message}", remedy=error.remedy) from error


def compare_with_relay(targets: Iterable[TargetRecord], relay: RelayFacts) -> None:
    """Note on each target whether it is the relay's own machine: then nobody can tell who wrote what."""
    for target in targets:
        target.shares_egress_with_relay = _overlap(target, relay.addresses, (relay.host,))


# What the target's own DNS says for good: no fault of the resolver's, and none of ours.
_NO_TARGET = (NoSuchDomain, NoMailHost, TargetRefused)


async def _resolve(target: str, settings: AuditSettings, resolver: Resolver, *, alone: bool) -> TargetRecord:
    own = next((terms.target_hosts for terms in settings.terms if terms.target == target), ())
    named = tuple(dict.fromkeys(map(canonical_host, own or settings.target_hosts)))
    record = TargetRecord(target=target, domain=domain_of_target(target), named_hosts=named)
    try:
        if settings.mx is not None:
            record.mail_exchangers = (await _forced(settings.mx, resolver),)
        else:
            record.mail_exchangers = await resolver.mail_exchangers(record.domain, settings.port)
        if not any(exchanger.addresses for exchanger in record.mail_exchangers):
            raise NoMailHost(
                f"no mail exchanger of {record.domain} has an address",
                remedy="Its MX records name hosts without A and AAAA records; mail cannot reach it.",
            )
    except (DnsError, TargetRefused) as error:
        final = isinstance(error, _NO_TARGET)
        if alone and final:
            raise UsageError(error.message, remedy=error.remedy, where="target") from error
        where = "target" if final else error.where
        record.error = ErrorEntry(where=where, message=error.message, remedy=error.remedy)
    return record


async def _forced(mx: tuple[str, int], resolver: Resolver) -> MailExchanger:
    """Return the host that `--mx` names, spelled as DNS would spell it: `dig` shows it with a dot at its end."""
    host, port = mx
    host = host if is_ip(host) else ascii_domain(host)
    addresses = await resolver.addresses(host)
    if not addresses:
        raise DnsError(f"{host} (--mx) has no address", remedy="Check the name, or give its address.")
    return MailExchanger(host=host, addresses=addresses, port=port)


def _overlap(target: TargetRecord, addresses: Iterable[str], hosts: Iterable[str]) -> bool:
    """Say whether relay and target are the same machine, and so cannot be told apart."""
    theirs = {address for exchanger in target.mail_exchangers for address in exchanger.addresses}
    names = {exchanger.host.lower() for exchanger in target.mail_exchangers}
    return bool(theirs & set(addresses)) or bool(names & {host.lower() for host in hosts})
