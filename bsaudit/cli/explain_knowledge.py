"""What the user of `explain` knows beside the message, completed from DNS."""

from __future__ import annotations

import asyncio
from pathlib import Path

from msgspec import Struct

from bsaudit.errors import DnsError, TargetRefused, UsageError
from bsaudit.model.knowledge import Knowledge, Party
from bsaudit.model.mail import Route
from bsaudit.model.notification import Notification
from bsaudit.ndn import read
from bsaudit.ndn.mime import READ_WINDOW
from bsaudit.ndn.trace import canonical_address
from bsaudit.ports import Resolver


class Known(Struct, frozen=True):
    """The options as given: hosts are `HOST[=ADDR[,ADDR]]`, `calibration` are files."""

    route: str
    relay_host: tuple[str, ...] = ()
    calibration: tuple[str, ...] = ()
    target: str | None = None
    target_host: tuple[str, ...] = ()
    catch_mx: tuple[str, ...] = ()
    recipient: str | None = None
    reverse_path: str | None = None


def knowledge_from(known: Known, *, offline: bool) -> Knowledge:
    """Return the ground of attribution. DNS that fails costs its facts only. Raises UsageError."""
    relay, target, catch = (_party(hosts) for hosts in (known.relay_host, known.target_host, known.catch_mx))
    domain = (known.target or known.recipient or "").rpartition("@")[2].lower().rstrip(".> ")
    if domain:
        target = Party(hosts=target.hosts, addresses=target.addresses, domains=frozenset({domain}))
    if not offline:
        relay, target, catch = asyncio.run(_completed(relay, target, catch))
    return Knowledge(
        route=Route(known.route),
        relay=relay,
        target=target,
        catch=catch,
        calibration=tuple(_calibration(path) for path in known.calibration),
        recipient=known.recipient,
        reverse_path=known.reverse_path,
    )


def _party(values: tuple[str, ...]) -> Party:
    hosts = frozenset(value.partition("=")[0].strip().lower().rstrip(".") for value in values)
    listed = (address.strip() for value in values for address in value.partition("=")[2].split(","))
    bare = frozenset(host for host in hosts if canonical_address(host))  # an address in the place of a name
    return Party(hosts=hosts - bare - {""}, addresses=bare.union(listed) - {""})


def _calibration(path: str) -> Notification:
    try:
        with Path(path).open("rb") as stream:
            return read(stream.read(READ_WINDOW))
    except OSError as error:
        raise UsageError(f"--calibration {path}: {error.strerror}") from error


async def _completed(relay: Party, target: Party, catch: Party) -> tuple[Party, Party, Party]:
    from bsaudit.adapters.resolver import DnsResolver  # not with --offline

    resolver = DnsResolver()
    try:
        target = await _with_exchangers(target, resolver)
        return (
            await _with_addresses(relay, resolver),
            await _with_addresses(target, resolver),
            await _with_addresses(catch, resolver),
        )
    finally:
        await resolver.close()


async def _with_exchangers(target: Party, resolver: Resolver) -> Party:
    if target.hosts:  # the user named them
        return target
    hosts: set[str] = set()
    addresses: set[str] = set(target.addresses)
    for domain in target.domains:
        try:
            exchangers = await resolver.mail_exchangers(domain)
        except (DnsError, TargetRefused):
            continue
        hosts.update(exchanger.host.lower().rstrip(".") for exchanger in exchangers)
        addresses.update(address for exchanger in exchangers for address in exchanger.addresses)
    return Party(hosts=frozenset(hosts), addresses=frozenset(addresses), domains=target.domains)


async def _with_addresses(party: Party, resolver: Resolver) -> Party:
    if party.addresses:
        return party
    found: set[str] = set()
    for host in party.hosts:
        try:
            found.update(await resolver.addresses(host))
        except DnsError:
            continue
    return Party(hosts=party.hosts, addresses=frozenset(found), domains=party.domains)
