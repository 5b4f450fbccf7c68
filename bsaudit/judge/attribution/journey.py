"""How far the original got, read from the Received lines of the returned copy. Pure.

Each line says "this host took the message in". Lines by the relay, known by name or from calibration, say nothing;
the first line by anybody else says that the message had been accepted.
"""

from __future__ import annotations

from msgspec import Struct

from bsaudit.judge.attribution.scene import Scene
from bsaudit.judge.parties import Side, is_loopback, is_qualified
from bsaudit.model.mail import Route
from bsaudit.model.notification import Hop


class Journey(Struct, frozen=True, kw_only=True):
    """`accepted` is the first line that neither our side nor the relay wrote, `last` the newest of that kind.

    `beyond`: the last one was written by another host than the one that the relay (or we) handed it to.
    `sure` is False where a host of the relay that calibration did not show could have written them as well, or where
    the names are such that nobody can tell how many hosts there were.
    """

    accepted: Hop
    last: Hop
    beyond: bool
    sure: bool


def travel(scene: Scene) -> Journey | None:
    """Return the journey beyond the relay; None where the returned copy shows none."""
    hops = [hop for hop in reversed(scene.notification.returned_trace) if hop.by]
    start = next((index for index, hop in enumerate(hops) if _accepts(scene, hop)), None)
    if start is None:
        return None
    accepted = hops[start]
    if _is_past_target(scene, accepted):
        return Journey(accepted=accepted, last=accepted, beyond=True, sure=True)
    further = [hop for hop in hops[start:] if not _is_quiet(scene, hop)]
    last = further[-1] if further else accepted
    beyond = not _is_same_host(scene, accepted, last)
    return Journey(accepted=accepted, last=last, beyond=beyond, sure=_is_sure(scene, accepted, last))


def shows_relay_only(scene: Scene) -> bool:
    """Return whether the returned copy carries Received lines, and none but the relay's, as calibration shows them.

    Whoever accepts a message adds a line before it returns a copy; so this copy comes out of the relay's own queue,
    unless somebody took the trouble to forge it.
    """
    trace = scene.notification.returned_trace
    return bool(trace) and all(scene.calibrated.knows(hop) for hop in trace if hop.by)


def _accepts(scene: Scene, hop: Hop) -> bool:
    """Return whether a line was written by a system that is neither the relay nor ours."""
    if scene.calibrated.knows(hop):
        return False
    writer = scene.sides.name(hop.by)
    if writer.of(Side.TARGET):
        return True
    if writer.of(Side.RELAY):
        return writer.exact and _is_impostor(scene, hop)
    if writer.of(Side.CATCH) or writer.of(Side.SHARED):
        return False
    if is_loopback(hop.by):
        return _is_impostor(scene, hop)
    client = scene.sides.client(hop)
    from_relay = client.of(Side.RELAY) and client.exact and not is_loopback(hop.address)
    return client.of(Side.TARGET) or from_relay or scene.knowledge.route is Route.DIRECT


def _is_impostor(scene: Scene, hop: Hop) -> bool:
    """Return whether a line by the relay's name, or by nobody's, was written by whoever the relay handed it to.

    Its client is the address from which the relay's mail leaves, and the relay's own NDNs show no such line.
    """
    return scene.calibrated.shows_trace and hop.address in scene.sides.relay.addresses


def _is_past_target(scene: Scene, hop: Hop) -> bool:
    """Return whether the first line we can tell was written by somebody to whom the target passed it on."""
    return scene.sides.client(hop).of(Side.TARGET) and not scene.sides.name(hop.by).of(Side.TARGET)


def _is_sure(scene: Scene, accepted: Hop, last: Hop) -> bool:
    if scene.handed.of(Side.TARGET):
        return True
    writer = scene.sides.name(accepted.by)
    impostor = writer.of(Side.RELAY)
    if last is not accepted and last.by == accepted.by and (impostor or not is_qualified(accepted.by or "")):
        return False
    return writer.of(Side.TARGET) or impostor or scene.knowledge.route is Route.DIRECT


def _is_quiet(scene: Scene, hop: Hop) -> bool:
    """Return whether a later line tells no new host: a filter or delivery agent on the same machine, or us.

    Nor does one that names neither a client nor a host: a server takes a message from its own queue again so.
    """
    handed_on = hop.address or hop.rdns or hop.helo or is_qualified(hop.by or "")
    local = is_loopback(hop.by) or is_loopback(hop.address)
    return local or not handed_on or scene.sides.name(hop.by).of(Side.CATCH)


def _is_same_host(scene: Scene, first: Hop, last: Hop) -> bool:
    if last.by == first.by:
        return True
    writer = scene.sides.name(last.by)
    return writer.of(Side.TARGET) and writer.exact
