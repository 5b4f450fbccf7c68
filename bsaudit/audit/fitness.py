"""Is this own side fit, and fit for these targets? Those are looked up in DNS, and never written to."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from bsaudit.audit.checks import Check
from bsaudit.audit.discover import discover
from bsaudit.audit.entrances import described
from bsaudit.audit.own_mail import exchange
from bsaudit.audit.state import Live
from bsaudit.errors import DnsError
from bsaudit.judge.interceptor import greeted_as, is_kin
from bsaudit.judge.learn import delivered_itself, named_party, target_party
from bsaudit.judge.parties import is_qualified, organisation, together
from bsaudit.judge.way_back import client_of, is_inside
from bsaudit.model.knowledge import Party
from bsaudit.model.mail import Route
from bsaudit.model.run import Entrance, TargetRecord
from bsaudit.probe.addressing import Sender, Way
from bsaudit.probe.own_side import plan_entrance

_ANOTHER_RELAY = "Audit it through another relay, or by --route direct."
_ANOTHER_CATCH = "Use a catch mailbox elsewhere for it."


async def check_targets(live: Live) -> list[Check]:
    """Say of each target which hosts it shares with our own side and with the relay."""
    targets = await discover(live.settings, live.tools.resolver)
    return [check for target in targets for check in _checks(target, live)]


def _checks(target: TargetRecord, live: Live) -> Iterator[Check]:
    name = f"target {target.domain}"
    if target.error is not None:
        yield Check(name=name, ok=None, text=target.error.message, remedy=target.error.remedy)
        return
    found = [*shared_hosts(target, live), *filter(None, [_inside(name, target)])]
    hosts = ", ".join(exchanger.host for exchanger in target.mail_exchangers)
    yield from found or (Check(name=name, ok=True, text=f"{hosts}; no host is ours too"),)


def shared_hosts(target: TargetRecord, live: Live) -> Iterator[Check]:
    """Say which hosts a target shares with the relay and the catch mailbox, as the controls showed these."""
    name, theirs, learned = f"target {target.domain}", target_party(target), live.learned
    relayed = live.run.relay is not None and live.settings.route.relayed  # else it carried controls at most
    relay = _shared(name, "the relay", theirs, learned.relay, _ANOTHER_RELAY) if relayed else None
    yield from filter(None, (relay, _shared(name, "the catch mailbox", theirs, learned.catch, _ANOTHER_CATCH)))
    yield from _named_in_vain(name, named_party(target), together(learned.relay, learned.catch))


def _named_in_vain(name: str, named: Party, ours: Party) -> Iterator[Check]:
    for host in sorted((named.hosts & ours.hosts) | (named.addresses & ours.addresses)):
        text = f"{host} (--target-host) is known as ours or the relay's: that it is the target's does not count"
        yield Check(name=name, ok=None, text=text, remedy="Name hosts that are the target's alone.")


def _shared(name: str, whose: str, theirs: Party, ours: Party, remedy: str) -> Check | None:
    """Say what is both: a host, then nobody can tell who wrote what, or an organisation, then few can."""
    same = sorted((theirs.hosts & ours.hosts) | (theirs.addresses & ours.addresses))
    if same:
        text = f"{same[0]} is {whose}'s host as well: who wrote what cannot be told"
        return Check(name=name, ok=None, text=text, remedy=remedy)
    kin = sorted(_organisations(theirs) & _organisations(ours))
    if kin:
        text = f"{kin[0]} serves it and {whose}: who wrote what may not be told"
        return Check(name=name, ok=None, text=text, remedy=remedy)
    return None


def _organisations(party: Party) -> set[str]:
    return {own for host in party.hosts if is_qualified(host) and (own := organisation(host))}


def _inside(name: str, target: TargetRecord) -> Check | None:
    if not is_inside(target):
        return None
    text = "it has addresses of a private network: others may see another target, and silence has to be shown by itself"
    return Check(name=name, ok=None, text=text)


async def check_entrances(live: Live) -> list[Check]:
    """Say who answers where strangers leave mail for us."""
    return [_entrance(entrance, await _is_elsewhere(entrance, live)) for entrance in live.run.entrances]


async def _is_elsewhere(entrance: Entrance, live: Live) -> bool:
    """Say whether who answers names a host that has another address, as a proxy on outgoing port 25 does."""
    name = greeted_as(entrance.greeting)
    if name is None or is_kin(name, entrance.host):
        return False
    try:
        addresses = await live.tools.resolver.addresses(name)
    except DnsError:
        return False
    return bool(addresses) and entrance.address not in addresses


def _entrance(entrance: Entrance, elsewhere: bool) -> Check:  # noqa: FBT001
    where = described(entrance)
    if entrance.ours:
        return Check(name="catch MX", ok=True, text=f"our own catch MX answers at {where}")
    if entrance.greeting is None:
        text = f"{where} does not answer from here ({entrance.error}): whether strangers reach it is not shown"
        remedy = "Port 25 may be closed or not redirected, or this network lets nobody in from inside."
        return Check(name="catch MX", ok=None, text=text, remedy=remedy)
    answers = f"at {where} answers “{entrance.greeting}”"
    if entrance.ours is None and elsewhere:
        text = f"{answers}, the name of a host elsewhere: something may answer in place of the hosts that we connect to"
        remedy = "Where outgoing port 25 leads to a proxy, audit by --route relay."
        return Check(name="catch MX", ok=None, text=text, remedy=remedy)
    if entrance.ours is None:
        return Check(name="catch MX", ok=True, text=answers)
    remedy = "Let the MX record lead to the catch MX alone; a gateway of yours has to pass its mail on."
    return Check(name="catch MX", ok=None, text=f"{answers}, which is not our catch MX", remedy=remedy)


async def try_ourselves(live: Live, sender: Sender, patience_s: float) -> None:
    """Leave a message at our own first mail exchanger, as a host that is not the relay."""
    way = next((Way(exchanger=mx, address=mx.addresses[0]) for mx in live.run.catch_exchangers if mx.addresses), None)
    if live.run.relay is not None and way is not None:
        direct = replace(sender, route=Route.DIRECT)
        await exchange(live, [plan_entrance(direct, live.numbers, way)], patience_s=patience_s)


def check_peers(live: Live) -> Iterator[Check]:
    """Say so where our side sees one address for all who connect: who wrote what can then not be told."""
    if live.run.relay is None:
        return
    ours, relays = (_clients(live, route) for route in (Route.DIRECT, Route.RELAY))
    for address in sorted(ours & relays):
        text = f"the relay's mail and our own came from {address} alike: a proxy, or NAT, hides who connects"
        remedy = "Let the catch MX see the addresses of its peers; else who wrote what cannot be told."
        yield Check(name="peers", ok=None, text=text, remedy=remedy)


def _clients(live: Live, route: Route) -> set[str]:
    """Return from which addresses our own messages by a route were handed to our side."""
    mails = (delivered_itself(record) for record in live.run.probes if record.probe.route is route)
    clients = (client_of(mail, live.learned.catch) for mail in mails if mail is not None)
    return {client.address for client in clients if client is not None and client.address is not None}
