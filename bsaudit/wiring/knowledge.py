"""What is known of the parties to a message beside it, completed from DNS."""

from __future__ import annotations

from msgspec.structs import replace

from bsaudit.errors import DnsError, TargetRefused
from bsaudit.model.knowledge import Knowledge, Party
from bsaudit.ports import Resolver
from bsaudit.wiring.tools import resolver_at


async def completed(known: Knowledge) -> Knowledge:
    """Return what is known with the target's mail exchangers and the addresses of all hosts, where nobody named them.

    DNS that fails costs its facts only.
    """
    async with resolver_at(None) as resolver:
        target = await _with_exchangers(known.target, resolver)
        return replace(
            known,
            relay=await _with_addresses(known.relay, resolver),
            target=await _with_addresses(target, resolver),
            catch=await _with_addresses(known.catch, resolver),
        )


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
    return replace(target, hosts=frozenset(hosts), addresses=frozenset(addresses))


async def _with_addresses(party: Party, resolver: Resolver) -> Party:
    if party.addresses:
        return party
    found: set[str] = set()
    for host in party.hosts:
        try:
            found.update(await resolver.addresses(host))
        except DnsError:
            continue
    return replace(party, addresses=frozenset(found))
