"""Is this own side fit for these targets? Looked up in DNS, and never written to."""

from __future__ import annotations

from collections.abc import Iterator

from bsaudit.audit.checks import Check
from bsaudit.audit.discover import discover
from bsaudit.audit.entrances import described
from bsaudit.audit.state import Live
from bsaudit.judge.learn import target_party
from bsaudit.judge.parties import is_qualified, organisation
from bsaudit.judge.way_back import is_inside
from bsaudit.model.knowledge import Party
from bsaudit.model.run import Entrance, RunRecord, TargetRecord

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


def check_entrances(run: RunRecord) -> Iterator[Check]:
    """Say who answers where strangers leave mail for us."""
    for entrance in run.entrances:
        yield _entrance(entrance)


def _entrance(entrance: Entrance) -> Check:
    where = described(entrance)
    if entrance.ours:
        return Check(name="catch MX", ok=True, text=f"our own catch MX answers at {where}")
    if entrance.greeting is not None and entrance.ours is None:
        return Check(name="catch MX", ok=True, text=f"at {where} answers “{entrance.greeting}”")
    if entrance.greeting is None:
        text = f"{where} does not answer from here ({entrance.error}): whether strangers reach it is not shown"
        remedy = "Port 25 may be closed or not redirected, or this network lets nobody in from inside."
        return Check(name="catch MX", ok=None, text=text, remedy=remedy)
    text = f"at {where} answers “{entrance.greeting}”, which is not our catch MX"
    remedy = "Let the MX record lead to the catch MX alone; a gateway of yours has to pass its mail on."
    return Check(name="catch MX", ok=None, text=text, remedy=remedy)
