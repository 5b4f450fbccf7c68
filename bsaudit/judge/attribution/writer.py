"""The hosts to name in the answer: who wrote it, who handed it over. Pure."""

from __future__ import annotations

from bsaudit.judge.attribution.journey import travel
from bsaudit.judge.attribution.scene import Scene
from bsaudit.judge.naming import is_own_word
from bsaudit.judge.parties import Side, is_loopback, is_qualified
from bsaudit.model.mail import Host
from bsaudit.model.notification import Attribution, Hop
from bsaudit.text import clean_line

# Whose name the writer rightly bears; one behind the target, nobody's that we know.
_OWN = {Attribution.RELAY: Side.RELAY, Attribution.TARGET: Side.TARGET, Attribution.CATCH: Side.CATCH}


def handed_over_by(scene: Scene) -> Host:
    """Return who gave it to our side; where the relay is our side, who gave it to the relay."""
    hop = scene.client or scene.taken_in
    return _host(hop.rdns if hop.address else _name(hop), hop.address) if hop else Host()


def written_by(scene: Scene, attribution: Attribution) -> Host:
    """Return the writer as far as it can be named; nobody where the attribution is unknown."""
    if attribution is Attribution.UNKNOWN:
        return Host()
    names = [name for name in _candidates(scene, attribution) if name and is_qualified(name)]
    name = min(names, key=lambda name: _strangeness(scene, attribution, name), default=None)
    client = _first_client(scene)
    # A greeting is the client's word; where nothing else names it, it names nobody's address.
    own = client is not None and name is not None and name in {client.rdns, None if client.address else client.helo}
    return _host(name, client.address if client and own else None)


def is_claimed(scene: Scene, attribution: Attribution, writer: Host) -> bool:
    """Say whether nobody but the writer itself gives it its name, which may be a stranger's."""
    knowledge = scene.knowledge
    parties = {Attribution.RELAY: knowledge.relay, Attribution.CATCH: knowledge.catch}
    return is_own_word(writer, parties.get(attribution, knowledge.target))


def _first_client(scene: Scene) -> Hop | None:
    """Return the hop in which the message came to us; where our relay took it in first, the hop in which it did."""
    return scene.taken_in or scene.client


def _candidates(scene: Scene, attribution: Attribution) -> list[str | None]:
    """Return the names that the writer goes by, best first: its own word, then the oldest line's, then later ones."""
    journey = travel(scene) if attribution.is_target_side else None
    lines = [hop for hop in reversed(scene.trail.below) if hop.by and not is_loopback(hop.by)]
    return [
        scene.reporter,
        *(name for hop in lines for name in (_name(hop), hop.by)),
        journey.last.by if journey else None,
        _name(_first_client(scene)),
    ]


def _strangeness(scene: Scene, attribution: Attribution, name: str) -> int:
    """Rank a name: a server may call itself by anybody's, and whoever bears it rightly must not be blamed."""
    owner, target = scene.sides.name(name), scene.knowledge.target
    if name in target.domains - target.hosts:
        # A mail domain, by which some call themselves in reports, is no host.
        return 1
    if owner.of(_OWN.get(attribution, Side.OTHER)) or (owner.of(Side.TARGET) and not owner.exact):
        return 0
    return 1 if owner.side in {Side.OTHER, Side.SHARED} else 2


def _name(hop: Hop | None) -> str | None:
    return (hop.rdns or hop.helo) if hop else None


def _host(name: str | None, address: str | None) -> Host:
    return Host(host=clean_line(name) if name else None, address=address)
