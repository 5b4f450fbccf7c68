"""The hosts to name in the answer: who wrote it, who handed it over. Pure."""

from __future__ import annotations

from bsaudit.judge.attribution.case import Case
from bsaudit.judge.attribution.journey import travel
from bsaudit.judge.parties import Side, is_loopback, is_qualified
from bsaudit.model.mail import Host
from bsaudit.model.notification import Attribution, Hop
from bsaudit.text import clean_line


def handed_over_by(case: Case) -> Host:
    """Return who gave it to our side; where the relay is our side, who gave it to the relay."""
    hop = case.client or case.taken_in
    return _host(_name(hop), hop.address) if hop else Host()


def written_by(case: Case, attribution: Attribution) -> Host:
    """Return the writer as far as it can be named; nobody where the attribution is unknown."""
    if attribution is Attribution.UNKNOWN:
        return Host()
    names = [name for name in _candidates(case, attribution) if name and is_qualified(name)]
    name = min(names, key=lambda name: _strangeness(case, attribution, name), default=None)
    client = case.client or case.taken_in
    own = client is not None and name in {client.rdns, client.helo}
    return _host(name, client.address if client and own else None)


def _candidates(case: Case, attribution: Attribution) -> list[str | None]:
    """Return the names that the writer goes by, best first."""
    journey = travel(case) if attribution in {Attribution.TARGET, Attribution.BEYOND_TARGET} else None
    client = case.client or case.taken_in
    return [
        case.reporter,
        *(hop.by for hop in reversed(case.trail.below) if hop.by and not is_loopback(hop.by)),
        journey.last.by if journey else None,
        _name(client),
    ]


def _strangeness(case: Case, attribution: Attribution, name: str) -> int:
    """Rank a name: a server may call itself by anybody's, and whoever bears it rightly must not be blamed."""
    if attribution not in {Attribution.TARGET, Attribution.BEYOND_TARGET}:
        return 0
    owner = case.sides.name(name)
    if owner.of(Side.RELAY) or owner.of(Side.OURS):
        return 2
    return 0 if owner.of(Side.TARGET) or attribution is Attribution.BEYOND_TARGET else 1


def _name(hop: Hop | None) -> str | None:
    return (hop.rdns or hop.helo) if hop else None


def _host(name: str | None, address: str | None) -> Host:
    return Host(host=clean_line(name) if name else None, address=address)
