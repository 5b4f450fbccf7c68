"""The evidence, strongest first: one function a kind, each looks at one thing and says what it saw. Pure.

A function returns None where its thing is not there or speaks for nobody. Strengths: *decisive* rests on what our
own side or the relay's own line recorded; *strong* on a host's testimony about itself that nothing makes doubtful;
*weak* is reported and never decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bsaudit.judge.attribution.journey import shows_relay_only, travel
from bsaudit.judge.attribution.scene import Scene
from bsaudit.judge.attribution.signed import signature
from bsaudit.judge.attribution.words import domain_in, piece, whose
from bsaudit.judge.calibration import opening
from bsaudit.judge.parties import Side, is_loopback, is_private, is_qualified, is_telling, organisation
from bsaudit.model.knowledge import Party
from bsaudit.model.mail import Route
from bsaudit.model.notification import NAMED, Attribution, Evidence, Hop, Kind, Strength

_RELAY, _TARGET, _BEYOND = Attribution.RELAY, Attribution.TARGET, Attribution.BEYOND_TARGET
_DECISIVE, _STRONG, _WEAK = Strength.DECISIVE, Strength.STRONG, Strength.WEAK
_SIDES = {Side.RELAY: _RELAY, Side.TARGET: _TARGET, Side.CATCH: Attribution.CATCH}

# What an MTA writes about a message that it has in its queue.
_MTA_KINDS = frozenset({Kind.NDN, Kind.DELAY, Kind.SUCCESS, Kind.RELAYED})
# What a message causes that was taken and is not, or not simply, delivered; who claims delivery is not shown by it.
_CAUSED = frozenset(Kind) - {Kind.SUCCESS, Kind.RELAYED}
# What only a mailbox's side answers, never a relay on its way there.
_MAILBOX_KINDS = frozenset({Kind.AUTOREPLY, Kind.CHALLENGE, Kind.MDN})


def handed_over(scene: Scene) -> Evidence | None:
    """Look at who connected to our own side. The relay's address proves only that the relay passed it on."""
    if scene.trail.born_here and not scene.client:
        return _born_here(scene)
    hop, match = scene.client, scene.handed
    if hop is None or match.side in {Side.OTHER, Side.SHARED, Side.CATCH}:
        return None
    by_address = scene.sides.address(hop.address).of(match.side)
    seen = scene.sides.seen(hop).of(match.side)
    text = f"our side took it from {_client_text(hop)}, which {'is' if seen else 'calls itself'} {whose(match)}"
    vouching = scene.sides.vouching(hop)
    text += f" (the SPF of {vouching} names it)" if vouching else ""
    if match.of(Side.RELAY):
        return piece("handed_over", _RELAY, _WEAK, text + "; a relay also passes on what others wrote", hop.address)
    strength = _DECISIVE if by_address else _STRONG if seen else _WEAK
    return piece("handed_over", _TARGET, strength, text, hop.address or hop.helo)


def _born_here(scene: Scene) -> Evidence | None:
    writer = next((hop.by for hop in scene.notification.trace if hop.by), None)
    match = scene.sides.name(writer)
    if match.of(Side.RELAY) and scene.notification.kind not in _MTA_KINDS:
        # A relay that is our catch MX, too: its virus notice may be about what arrived, not about what left.
        return None
    if scene.knowledge.route is Route.RELAY and scene.sides.relay == Party():
        # Nothing is known of the relay, so it may be this very host.
        return None
    supports = _RELAY if match.of(Side.RELAY) else Attribution.CATCH
    text = f"its Received lines begin and end at {writer}, and name no client outside"
    return piece("handed_over", supports, _DECISIVE, text, writer)


def acceptance(scene: Scene) -> Evidence | None:
    """Look whether only whoever took the probe from the target can have known the address that it came to.

    That says by what it was caused, not who wrote it. What the relay wrote, or quotes the target's border, was written
    in front of the target; what is about none of its recipients may be a third party's.
    """
    ndn, knowledge = scene.notification, scene.knowledge
    asked = knowledge.accepted and ndn.kind in _CAUSED and knowledge.target != Party() and not scene.identified
    came = scene.client is not None and scene.passed_on and scene.handed.side not in {Side.CATCH, Side.SHARED}
    if not asked or not came or _quotes_border(scene):
        return None
    text = "it came to an address that nobody knew but who had taken the probe, and the target was shown to take it"
    domains = {domain_in(report.final_recipient) for report in ndn.recipients}
    if any(scene.sides.name(domain).of(Side.TARGET) for domain in domains):
        return piece("acceptance", _TARGET, _STRONG, text, None)
    if knowledge.nobody and not _speaks_for_another(scene, domains):
        return piece("acceptance", _TARGET, _STRONG, text, None)
    text += "; it names no recipient of the target's, and may be written by somebody to whom that passed it on"
    return piece("acceptance", _BEYOND, _STRONG, text, None)


def _speaks_for_another(scene: Scene, domains: set[str | None]) -> bool:
    """Return whether it is about recipients elsewhere, or an answer from there: a catch-all may pass mail on."""
    author = domain_in(scene.notification.from_address)
    whose = domains - {None} or ({author} if scene.notification.kind in _MAILBOX_KINDS else set())
    return bool(whose) and all(is_qualified(name or "") and scene.sides.name(name).of(Side.OTHER) for name in whose)


def named(scene: Scene) -> Evidence | None:
    """Look whether the user calls the host that handed it over the target's.

    That is somebody's word, too, if a better one than the writer's: it shows neither that the target took a probe nor
    who wrote what quotes the target's border, before which any filter on our way may stand.
    """
    hop = scene.client
    if hop is None or not scene.named or scene.notification.kind not in _CAUSED or _quotes_border(scene):
        return None
    text = f"our side took it from {_client_text(hop)}, which the user says is the target's (--target-host)"
    return piece(NAMED, _TARGET, _STRONG, text, hop.address or hop.rdns)


def _quotes_border(scene: Scene) -> bool:
    quoted = (report.remote_mta.lower().rstrip(".") for report in scene.notification.recipients if report.remote_mta)
    return any(
        name in scene.sides.target.hosts or scene.sides.address(name.strip("[]")).of(Side.TARGET) for name in quoted
    )


def returned_trace(scene: Scene) -> Evidence | None:
    """Look for a line in the returned copy by neither our side nor the relay: another system had accepted it."""
    journey = travel(scene)
    if journey is None:
        return None
    first, last = journey.accepted, journey.last
    strength = _STRONG if journey.sure else _WEAK
    text = f"the returned copy carries a Received line by {first.by}{_when(first)}, neither our relay nor our side"
    if journey.beyond:
        text += (
            f"; it went on to {last.by}{_when(last)}" if last is not first else "; that host took it from the target"
        )
    return piece("returned_trace", _BEYOND if journey.beyond else _TARGET, strength, text, last.raw)


def birth(scene: Scene) -> Evidence | None:
    """Look where its own oldest Received lines say that it was born."""
    if scene.from_relay:
        return _birth_at_relay(scene)
    return _birth_behind(scene, scene.trail.below)


def _birth_at_relay(scene: Scene) -> Evidence | None:
    hop = scene.taken_in
    if hop is None:
        if not _is_born_at_relay(scene):
            return None
        text = "the relay's own Received line names no client: it was born there"
        strength = _WEAK if scene.notification.kind in _MAILBOX_KINDS else _DECISIVE
        return piece("birth", _RELAY, strength, text, scene.relay_lines[-1].raw)
    match = scene.sides.client(hop)
    if match.of(Side.OTHER):
        return _birth_behind(scene, _under(scene, hop))
    if not match.of(Side.TARGET):
        return None
    known = scene.sides.address(hop.address).of(Side.TARGET)
    text = f"the relay's own Received line says that it took it from {_client_text(hop)}{_when(hop)}, {whose(match)}"
    return piece("birth", _TARGET, _DECISIVE if known else _STRONG, text, hop.raw)


def _is_born_at_relay(scene: Scene) -> bool:
    """Return whether the relay's oldest line shows no other machine, or is what calibration shows there."""
    if not scene.relay_lines or scene.taken_in is not None:
        return False
    oldest = scene.relay_lines[-1]
    return scene.calibrated.knows(oldest) or is_loopback(oldest.address) or not _names_other_machine(oldest)


def _under(scene: Scene, hop: Hop) -> tuple[Hop, ...]:
    """Return the lines older than `hop`."""
    return scene.trail.below[scene.trail.below.index(hop) + 1 :]


def _origin(lines: Sequence[Hop]) -> Hop | None:
    """Return the oldest line whose client is another machine than its writer."""
    telling = [hop for hop in lines if hop.by and not is_loopback(hop.address)]
    return next((hop for hop in reversed(telling) if _names_other_machine(hop)), None)


def _names_other_machine(hop: Hop) -> bool:
    name = hop.rdns or hop.helo
    return bool(hop.address) or (name is not None and name != hop.by and not is_loopback(name))


def _birth_behind(scene: Scene, lines: Sequence[Hop]) -> Evidence | None:
    """Judge by the lines of whoever had the message before it was handed over to us, or to the relay."""
    origin = _origin(lines)
    if origin is not None:
        return _birth_before(scene, origin)
    writer = next((hop.by for hop in reversed(lines) if hop.by), None)
    match = scene.sides.name(writer)
    text = f"its oldest Received line was written by {writer}, which is {whose(match)}"
    if match.of(Side.TARGET):
        return piece("birth", _TARGET, _STRONG, text, writer)
    if match.of(Side.RELAY):
        return piece("birth", _RELAY, _WEAK, text, writer)
    return None


def _birth_before(scene: Scene, origin: Hop) -> Evidence | None:
    """Judge a message that travelled before it was handed over."""
    match = scene.sides.client(origin)
    text = f"its oldest Received line with a client says that {origin.by} took it from {_client_text(origin)}"
    if match.of(Side.TARGET):
        return piece("birth", _TARGET, _STRONG, f"{text}, which is {whose(match)}", origin.raw)
    if match.of(Side.RELAY):
        return piece("birth", _RELAY, _WEAK, f"{text}, which is {whose(match)}", origin.raw)
    if match.of(Side.OTHER) and scene.sides.name(origin.by).of(Side.TARGET):
        return piece("birth", _BEYOND, _STRONG, f"{text}, a host behind the target", origin.raw)
    return None


def reporter(scene: Scene) -> Evidence | None:
    """Look at the Reporting-MTA, or the name that the prose gives itself, and whether it can quote what it quotes."""
    name = scene.reporter
    match = scene.sides.name(name)
    if name is None or match.side not in {Side.RELAY, Side.TARGET}:
        return None
    text = f"the report names {name} as its writer, which is {whose(match)}"
    if match.of(Side.TARGET):
        return piece("reporter", _TARGET, _STRONG, text, name)
    doubts = _relay_doubts(scene)
    return piece("reporter", _RELAY, _WEAK if doubts else _STRONG, text + doubts, name)


def _relay_doubts(scene: Scene) -> str:
    """Return why the relay's name on a report does not prove the relay; servers do bear others' names."""
    if not scene.from_relay:
        if scene.client is not None:
            return "; but it was handed over by another host"
        if not shows_relay_only(scene):
            return "; but nobody saw who handed it over, and anybody may bear a name"
    if scene.from_relay and not scene.unborn and not _is_born_at_relay(scene):
        return "; but its Received lines do not show that it was born there, as those of the relay's own NDNs do"
    remote = _foreign_remote(scene)
    return f"; but it quotes {remote}, before which our relay does not stand" if remote else ""


def _foreign_remote(scene: Scene) -> str | None:
    """Return a quoted host that is neither the target's border nor ours: a relay does not talk to it."""
    for report in scene.notification.recipients:
        if report.remote_mta and not _is_before_relay(scene, report.remote_mta.lower().rstrip(".")):
            return report.remote_mta
    return None


def _is_before_relay(scene: Scene, remote: str) -> bool:
    sides = (scene.sides.name(remote), scene.sides.address(remote))
    known = any(match.side in {Side.TARGET, Side.CATCH, Side.RELAY, Side.SHARED} for match in sides)
    return known or not (is_private(remote) or is_qualified(remote))


def received_from(scene: Scene) -> Evidence | None:
    """Look at whom the report says that its writer took the message from (RFC 3464 §2.2.4)."""
    words = (scene.notification.received_from_mta or "").lower().split()
    name, writer = (words[0].rstrip(".") if words else None), scene.reporter
    if not name or not writer or not is_qualified(writer):
        return None
    match, own = scene.sides.name(name), scene.sides.name(writer)
    text = f"the report says that {writer} took the message from {name}, which is {whose(match)}"
    if match.of(Side.TARGET) and own.of(Side.OTHER):
        # A filter on the target's own machine may bear another name; a host that came to us by its own does not.
        known = scene.client is not None and scene.client.rdns == writer
        return piece("received_from", _BEYOND, _STRONG if known else _WEAK, text, name)
    if match.of(Side.RELAY) and own.side in {Side.OTHER, Side.TARGET}:
        # A hub of the relay that calibration did not show would say the same.
        return piece("received_from", _TARGET, _WEAK, text, name)
    return None


def quoted(scene: Scene) -> Evidence | None:
    """Look at who is quoted: the reporter stood in front of that host."""
    for report in scene.notification.recipients:
        remote = (report.remote_mta or "").lower().rstrip(".")
        border = scene.sides.name(remote).of(Side.TARGET) or scene.sides.address(remote).of(Side.TARGET)
        if border and scene.unborn and _is_mute(scene):
            text = f"it quotes {remote}, the target's: its writer stood in front of it, and the relay handed it over"
            return piece("quoted", _RELAY, _STRONG, text, remote)
        if is_private(remote) and not border:
            text = f"it quotes {remote}, an inner address: its writer stands inside a network"
            return piece("quoted", _TARGET, _WEAK, text, remote)
    return None


def _is_mute(scene: Scene) -> bool:
    """Return whether the report names no writer, or the relay."""
    name = scene.reporter
    return name is None or scene.sides.name(name).of(Side.RELAY) or name in scene.calibrated.names


def recipient(scene: Scene) -> Evidence | None:
    """Look for a final recipient in another domain: somebody had accepted the probe and passed it on."""
    asked = domain_in(scene.knowledge.recipient)
    for report in scene.notification.recipients:
        final = domain_in(report.final_recipient) or ""
        # The same organisation's is an inner name of the same mailbox.
        elsewhere = asked and is_qualified(final) and (organisation(final) or final) != (organisation(asked) or asked)
        if not elsewhere or not scene.sides.name(final).of(Side.OTHER):
            continue
        text = f"it is about {report.final_recipient}, to which somebody must have passed the probe on"
        if organisation(final) in _own_organisations(scene):
            text += "; and that domain's own host wrote it"
            return piece("recipient", _BEYOND, _STRONG, text, report.final_recipient)
        return piece("recipient", _TARGET, _WEAK, text, report.final_recipient)
    return None


def _own_organisations(scene: Scene) -> set[str | None]:
    """Return the organisations of whoever handed it over, as our side saw it, and of its reporter."""
    names = (scene.client.rdns if scene.client else None, scene.reporter)
    return {organisation(name) for name in names if name and is_qualified(name)}


def sender(scene: Scene) -> Evidence | None:
    """Look at the domains of From and Message-ID."""
    domains = [domain_in(scene.notification.from_address), domain_in((scene.notification.message_id or "").strip("<>"))]
    matches = [scene.sides.name(domain) for domain in domains]
    known = [match for match in matches if match.side in {Side.RELAY, Side.TARGET}]
    if not known or len({match.side for match in known}) > 1:
        return None
    named = " and ".join(sorted({domain for domain in domains if domain}))
    text = f"From and Message-ID name {named}, {whose(known[0])}"
    return piece("from", _SIDES[known[0].side], _WEAK, text, named)


def likeness(scene: Scene) -> Evidence | None:
    """Look whether it reads like the relay's own NDN; a resemblance of From and wording, not of product alone."""
    calibrated, ndn = scene.calibrated, scene.notification
    if not calibrated.likes:
        return None
    product = (ndn.dialect, ndn.mta_family)
    if product not in calibrated.likes:
        text = f"it is not written as the relay writes: {_product(scene)} here"
        return piece("likeness", _TARGET, _WEAK, text, ndn.dialect)
    own_address = (ndn.from_address or "").lower() in calibrated.from_addresses
    alike = own_address and opening(ndn) in calibrated.bodies
    text = "it reads like the relay's own NDN" + (", down to From and the first words" if alike else "")
    strength = _STRONG if alike and _says_nothing_else(scene) else _WEAK
    return piece("likeness", _RELAY, strength, text, ndn.from_address)


def _says_nothing_else(scene: Scene) -> bool:
    """Return whether the relay handed over what is as mute as its own NDNs, so that likeness is all there is.

    An address that anybody may write from is nobody's, unless the relay is known to add a line to what it takes in.
    """
    telling = is_telling(domain_in(scene.notification.from_address) or "") or scene.calibrated.shows_trace
    return scene.unborn and telling and _is_mute(scene) and not _foreign_remote(scene)


TABLE: tuple[Callable[[Scene], Evidence | None], ...] = (
    handed_over,
    signature,
    returned_trace,
    birth,
    reporter,
    received_from,
    quoted,
    recipient,
    sender,
    likeness,
    acceptance,
    named,
)


def gather(scene: Scene) -> tuple[Evidence, ...]:
    """Return all evidence there is, in the order of the table."""
    return tuple(found for row in TABLE if (found := row(scene)) is not None)


def _client_text(hop: Hop) -> str:
    name = hop.rdns or hop.helo
    return " ".join(filter(None, (name, f"[{hop.address}]" if hop.address else None))) or "an unnamed client"


def _when(hop: Hop) -> str:
    return f" at {hop.at:%H:%M:%S}" if hop.at else ""


def _product(scene: Scene) -> str:
    return scene.notification.mta_family or scene.notification.dialect or "another product"
