"""One notification before the bench: the sides, the trail, and the questions that several kinds of evidence ask."""

from __future__ import annotations

from msgspec import Struct, structs

from bsaudit.judge.calibration import Calibrated, calibrate
from bsaudit.judge.parties import NOBODY, Ownership, Side, Sides, is_loopback, is_telling, tidy, together, without
from bsaudit.judge.trail import Trail, find_trail
from bsaudit.model.knowledge import Knowledge, Party
from bsaudit.model.notification import Hop, Notification
from bsaudit.ndn.trace import canonical_address


class Scene(Struct, frozen=True, kw_only=True):
    """`handed` is whose the client is that our side took the message from; `client` that hop, None where unseen.

    `relay_lines` are the lines under the boundary that the relay itself wrote (none, if the relay did not hand it
    over), `taken_in` the first from the top that names a client outside: there the relay took the message in, and
    what stands below is that client's word, also where it bears the relay's name. A message that the relay handed over
    and `taken_in` does not explain is the relay's own, or nothing can be said.
    """

    notification: Notification
    knowledge: Knowledge
    sides: Sides
    calibrated: Calibrated
    trail: Trail
    client: Hop | None
    handed: Ownership
    relay_lines: tuple[Hop, ...] = ()
    taken_in: Hop | None = None

    @property
    def from_relay(self) -> bool:
        """Whether the relay's host gave it to us, or took it in for us (a relay that is the catch MX)."""
        return self.handed.of(Side.RELAY) or (self.client is None and bool(self.relay_lines))

    @property
    def passed_on(self) -> bool:
        """Whether what it says of itself may be believed: not the relay's, or a relay's line shows it was taken in."""
        return not self.from_relay or self.taken_in is not None

    @property
    def identified(self) -> bool:
        """Whether our side, or the relay, saw that a host of the target's handed it over.

        Everything else that speaks for the target is somebody's word, which anybody can write who knows an address of
        ours. It says how far behind the border the writer stood, once a host of the target's is known to be there.
        """
        hops = (hop for hop in (self.client, self.taken_in) if hop is not None)
        return any(self.sides.seen(hop).of(Side.TARGET) for hop in hops)

    @property
    def named(self) -> bool:
        """Whether the host that our side saw hand it over is nobody's that we know, and the user calls it the target's.

        The user names hosts by address, or by a reverse name that leads back: a greeting is anybody's to choose.
        """
        hop, named = self.client, self.knowledge.named
        if hop is None or not self.sides.seen(hop).of(Side.OTHER):
            return False
        return hop.address in named.addresses or any(name in named.hosts for name in self.sides.names_of(hop))

    @property
    def unborn(self) -> bool:
        """Whether the relay's host gave it to us without any line of its past, as calibration shows the relay's own."""
        calibrated = bool(self.knowledge.calibration) and not self.calibrated.shows_birth
        return self.handed.of(Side.RELAY) and not self.trail.below and calibrated

    @property
    def reporter(self) -> str | None:
        """The host that the report says it was written by."""
        named = self.notification.reporting_mta or self.notification.prose_host
        return named.lower().rstrip(".") if named else None


def open_scene(notification: Notification, knowledge: Knowledge) -> Scene:
    """Return the scene, with everything computed once."""
    knowledge = _tidy(knowledge)
    calibrated = calibrate(knowledge)
    sides = _sides(knowledge, calibrated)
    strangers = without(knowledge.target, knowledge.catch), without(sides.relay, knowledge.catch)
    trail = find_trail(notification.trace, knowledge.catch, *strangers)
    client = trail.client if knowledge.peer_address is None else _peer(knowledge, notification)
    handed = sides.client(client) if client else NOBODY
    lines = _relay_lines(trail, sides, calibrated, handed) if handed.of(Side.RELAY) or client is None else ()
    return Scene(
        notification=notification,
        knowledge=knowledge,
        sides=sides,
        calibrated=calibrated,
        trail=trail,
        client=client,
        handed=handed,
        relay_lines=lines,
        taken_in=next((hop for hop in lines if _is_from_outside(hop, sides, calibrated)), None),
    )


def _is_from_outside(hop: Hop, sides: Sides, calibrated: Calibrated) -> bool:
    """Return whether a relay's line names a client that is not the relay itself."""
    if calibrated.knows(hop):
        return False
    if hop.address:
        return not is_loopback(hop.address) and not sides.client(hop).of(Side.RELAY)
    name = hop.rdns or hop.helo
    return bool(name) and not is_loopback(name) and not sides.name(name).of(Side.RELAY)


def _tidy(knowledge: Knowledge) -> Knowledge:
    """Return what is known in the form in which traces are read, without calibration that calibrates nothing."""
    tidied = structs.replace(
        knowledge,
        relay=tidy(knowledge.relay),
        target=tidy(knowledge.target),
        named=tidy(knowledge.named),
        catch=tidy(knowledge.catch),
        auditor=tidy(knowledge.auditor),
        authserv_ids=frozenset(name.lower() for name in knowledge.authserv_ids),
        peer_address=canonical_address(knowledge.peer_address) if knowledge.peer_address else None,
    )
    own = tuple(ndn for ndn in tidied.calibration if not _is_the_targets(ndn, tidied))
    return structs.replace(tidied, calibration=own)


def _is_the_targets(ndn: Notification, knowledge: Knowledge) -> bool:
    """Return whether what was taken for an NDN of the relay's was handed over by the target: a mistaken file, say."""
    client = find_trail(ndn.trace, knowledge.catch).client
    return client is not None and _sides(knowledge, Calibrated()).client(client).of(Side.TARGET)


def _sides(knowledge: Knowledge, calibrated: Calibrated) -> Sides:
    learned = together(knowledge.relay, calibrated.relay)
    hosts = frozenset(name for name in learned.hosts if is_telling(name))
    return Sides(
        relay=Party(hosts=hosts, addresses=learned.addresses, domains=learned.domains),
        target=knowledge.target,
        catch=together(knowledge.catch, knowledge.auditor),
        verified=knowledge.verified,
    )


def _peer(knowledge: Knowledge, notification: Notification) -> Hop:
    """Return what our own server saw of the client, in the words of its Received line where it wrote one."""
    own = next((hop for hop in notification.trace[:1] if hop.address == knowledge.peer_address), None)
    return own or Hop(rdns=knowledge.peer_host, address=knowledge.peer_address)


def _relay_lines(trail: Trail, sides: Sides, calibrated: Calibrated, handed: Ownership) -> tuple[Hop, ...]:
    """Return the leading run of lines that the relay wrote.

    Lines without `by` (qmail's "invoked") and those by a loopback name (a filter on the same host) belong to the host
    whose lines they stand among; so do names that anybody may bear, if calibration shows them. Where our side wrote
    no line, the run must begin with the relay's name.
    """
    lines: list[Hop] = []
    for hop in trail.below:
        vague = not hop.by or is_loopback(hop.by) or hop.by in calibrated.names
        if not sides.name(hop.by).of(Side.RELAY) and not (vague and (handed.of(Side.RELAY) or lines)):
            break
        lines.append(hop)
    return tuple(lines)
