"""The evidence, strongest first: one function a kind, each looks at one thing and says what it saw. Pure.

A function returns None where its thing is not there or speaks for nobody. Strengths: *decisive* rests on what our
own side or the relay's own line recorded; *strong* on a host's testimony about itself that nothing makes doubtful;
*weak* is reported and never decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bsaudit.judge.attribution.journey import shows_relay_only, travel
from bsaudit.judge.attribution.scene import Case
from bsaudit.judge.calibration import opening
from bsaudit.judge.parties import Match, Side, is_loopback, is_private, is_qualified, is_telling, organisation
from bsaudit.model.knowledge import Party
from bsaudit.model.mail import Route
from bsaudit.model.notification import Attribution, Evidence, Hop, Kind, Strength
from bsaudit.text import clean_line

_RELAY, _TARGET, _BEYOND = Attribution.RELAY, Attribution.TARGET, Attribution.BEYOND_TARGET
_DECISIVE, _STRONG, _WEAK = Strength.DECISIVE, Strength.STRONG, Strength.WEAK
_SIDES = {Side.RELAY: _RELAY, Side.TARGET: _TARGET, Side.OURS: Attribution.CATCH}

# What an MTA writes about a message that it has in its queue.
_MTA_KINDS = frozenset({Kind.NDN, Kind.DELAY, Kind.SUCCESS, Kind.RELAYED})
# What only a mailbox's side answers, never a relay on its way there.
_MAILBOX_KINDS = frozenset({Kind.AUTOREPLY, Kind.CHALLENGE, Kind.MDN})
# RFC 8601 §2.2: authserv-id, then "method=result ptype.property=value"
_DKIM_PASS = re.compile(r"\bdkim\s*=\s*pass\b[^;]*?\bheader\.[di]\s*=\s*(?:[^@\s;]*@)?([\w.-]+)", re.IGNORECASE)
_HELO_PASS = re.compile(r"\bspf\s*=\s*pass\b[^;]*?\bsmtp\.helo\s*=\s*([\w.-]+)", re.IGNORECASE)
_VERIFIED = ((_DKIM_PASS, "DKIM signature by"), (_HELO_PASS, "SPF of the greeting"))


def handed_over(case: Case) -> Evidence | None:
    """Look at who connected to our own side. The relay's address proves only that the relay passed it on."""
    if case.trail.born_here and not case.client:
        return _born_here(case)
    hop, match = case.client, case.handed
    if hop is None or match.side in {Side.OTHER, Side.SHARED, Side.OURS}:
        return None
    by_address = case.sides.address(hop.address).of(match.side)
    text = f"our side took it from {_client_text(hop)}, which is {_whose(match)}"
    if match.of(Side.RELAY):
        return _evidence("handed_over", _RELAY, _WEAK, text + "; a relay also passes on what others wrote", hop.address)
    return _evidence("handed_over", _TARGET, _DECISIVE if by_address else _STRONG, text, hop.address or hop.helo)


def _born_here(case: Case) -> Evidence | None:
    writer = next((hop.by for hop in case.notification.trace if hop.by), None)
    match = case.sides.name(writer)
    if match.of(Side.RELAY) and case.notification.kind not in _MTA_KINDS:
        # A relay that is our catch MX, too: its virus notice may be about what arrived, not about what left.
        return None
    if case.knowledge.route is Route.RELAY and case.sides.relay == Party():
        # Nothing is known of the relay, so it may be this very host.
        return None
    supports = _RELAY if match.of(Side.RELAY) else Attribution.CATCH
    text = f"its Received lines begin and end at {writer}, and name no client outside"
    return _evidence("handed_over", supports, _DECISIVE, text, writer)


def signature(case: Case) -> Evidence | None:
    """Look at what our own side verified (RFC 8601 §1.6: only an authserv-id of ours is believed)."""
    for field in case.notification.authentication_results:
        if _authserv_id(field) not in case.knowledge.authserv_ids:
            continue
        for pattern, what in _VERIFIED:
            for name in pattern.findall(field):
                match = case.sides.name(name.lower().rstrip("."))
                if match.of(Side.TARGET):
                    text = f"our own side verified the {what} {name}, which is {_whose(match)}"
                    return _evidence("signature", _TARGET, _DECISIVE, text, name)
    return None


def _authserv_id(field: str) -> str:
    words = field.partition(";")[0].lower().split()
    return words[0] if words else ""


def returned_trace(case: Case) -> Evidence | None:
    """Look for a line in the returned copy by neither our side nor the relay: another system had accepted it."""
    journey = travel(case)
    if journey is None:
        return None
    first, last = journey.accepted, journey.last
    strength = _STRONG if journey.sure else _WEAK
    text = f"the returned copy carries a Received line by {first.by}{_when(first)}, neither our relay nor our side"
    if journey.beyond:
        text += (
            f"; it went on to {last.by}{_when(last)}" if last is not first else "; that host took it from the target"
        )
    return _evidence("returned_trace", _BEYOND if journey.beyond else _TARGET, strength, text, last.raw)


def birth(case: Case) -> Evidence | None:
    """Look where its own oldest Received lines say that it was born."""
    if case.from_relay:
        return _birth_at_relay(case)
    return _birth_behind(case, case.trail.below)


def _birth_at_relay(case: Case) -> Evidence | None:
    hop = case.taken_in
    if hop is None:
        if not _is_born_at_relay(case):
            return None
        text = "the relay's own Received line names no client: it was born there"
        strength = _WEAK if case.notification.kind in _MAILBOX_KINDS else _DECISIVE
        return _evidence("birth", _RELAY, strength, text, case.relay_lines[-1].raw)
    match = case.sides.client(hop)
    if match.of(Side.OTHER):
        return _birth_behind(case, _under(case, hop))
    if not match.of(Side.TARGET):
        return None
    known = case.sides.address(hop.address).of(Side.TARGET)
    text = f"the relay's own Received line says that it took it from {_client_text(hop)}{_when(hop)}, {_whose(match)}"
    return _evidence("birth", _TARGET, _DECISIVE if known else _STRONG, text, hop.raw)


def _is_born_at_relay(case: Case) -> bool:
    """Return whether the relay's oldest line shows no other machine, or is what calibration shows there."""
    if not case.relay_lines or case.taken_in is not None:
        return False
    oldest = case.relay_lines[-1]
    return case.calibrated.knows(oldest) or is_loopback(oldest.address) or not _names_other_machine(oldest)


def _under(case: Case, hop: Hop) -> tuple[Hop, ...]:
    """Return the lines older than `hop`."""
    return case.trail.below[case.trail.below.index(hop) + 1 :]


def _origin(lines: Sequence[Hop]) -> Hop | None:
    """Return the oldest line whose client is another machine than its writer."""
    telling = [hop for hop in lines if hop.by and not is_loopback(hop.address)]
    return next((hop for hop in reversed(telling) if _names_other_machine(hop)), None)


def _names_other_machine(hop: Hop) -> bool:
    name = hop.rdns or hop.helo
    return bool(hop.address) or (name is not None and name != hop.by and not is_loopback(name))


def _birth_behind(case: Case, lines: Sequence[Hop]) -> Evidence | None:
    """Judge by the lines of whoever had the message before it was handed over to us, or to the relay."""
    origin = _origin(lines)
    if origin is not None:
        return _birth_before(case, origin)
    writer = next((hop.by for hop in reversed(lines) if hop.by), None)
    match = case.sides.name(writer)
    text = f"its oldest Received line was written by {writer}, which is {_whose(match)}"
    if match.of(Side.TARGET):
        return _evidence("birth", _TARGET, _STRONG, text, writer)
    if match.of(Side.RELAY):
        return _evidence("birth", _RELAY, _WEAK, text, writer)
    return None


def _birth_before(case: Case, origin: Hop) -> Evidence | None:
    """Judge a message that travelled before it was handed over."""
    match = case.sides.client(origin)
    text = f"its oldest Received line with a client says that {origin.by} took it from {_client_text(origin)}"
    if match.of(Side.TARGET):
        return _evidence("birth", _TARGET, _STRONG, f"{text}, which is {_whose(match)}", origin.raw)
    if match.of(Side.RELAY):
        return _evidence("birth", _RELAY, _WEAK, f"{text}, which is {_whose(match)}", origin.raw)
    if match.of(Side.OTHER) and case.sides.name(origin.by).of(Side.TARGET) and origin.helo != origin.by:
        return _evidence("birth", _BEYOND, _STRONG, f"{text}, a host behind the target", origin.raw)
    return None


def reporter(case: Case) -> Evidence | None:
    """Look at the Reporting-MTA, or the name that the prose gives itself, and whether it can quote what it quotes."""
    name = case.reporter
    match = case.sides.name(name)
    if name is None or match.side not in {Side.RELAY, Side.TARGET}:
        return None
    text = f"the report names {name} as its writer, which is {_whose(match)}"
    if match.of(Side.TARGET):
        return _evidence("reporter", _TARGET, _STRONG, text, name)
    doubts = _relay_doubts(case)
    return _evidence("reporter", _RELAY, _WEAK if doubts else _STRONG, text + doubts, name)


def _relay_doubts(case: Case) -> str:
    """Return why the relay's name on a report does not prove the relay; servers do bear others' names."""
    if not case.from_relay:
        if case.client is not None:
            return "; but it was handed over by another host"
        if not shows_relay_only(case):
            return "; but nobody saw who handed it over, and anybody may bear a name"
    if case.from_relay and not case.unborn and not _is_born_at_relay(case):
        return "; but its Received lines do not show that it was born there, as those of the relay's own NDNs do"
    remote = _foreign_remote(case)
    return f"; but it quotes {remote}, before which our relay does not stand" if remote else ""


def _foreign_remote(case: Case) -> str | None:
    """Return a quoted host that is neither the target's border nor ours: a relay does not talk to it."""
    for report in case.notification.recipients:
        if report.remote_mta and not _is_before_relay(case, report.remote_mta.lower().rstrip(".")):
            return report.remote_mta
    return None


def _is_before_relay(case: Case, remote: str) -> bool:
    sides = (case.sides.name(remote), case.sides.address(remote))
    known = any(match.side in {Side.TARGET, Side.OURS, Side.RELAY, Side.SHARED} for match in sides)
    return known or not (is_private(remote) or is_qualified(remote))


def received_from(case: Case) -> Evidence | None:
    """Look at whom the report says that its writer took the message from (RFC 3464 §2.2.4)."""
    words = (case.notification.received_from_mta or "").lower().split()
    name, writer = (words[0].rstrip(".") if words else None), case.reporter
    if not name or not writer or not is_qualified(writer):
        return None
    match, own = case.sides.name(name), case.sides.name(writer)
    text = f"the report says that {writer} took the message from {name}, which is {_whose(match)}"
    if match.of(Side.TARGET) and own.of(Side.OTHER):
        # A filter on the target's own machine may bear another name; a host that came to us by its own does not.
        known = case.client is not None and case.client.rdns == writer
        return _evidence("received_from", _BEYOND, _STRONG if known else _WEAK, text, name)
    if match.of(Side.RELAY) and own.side in {Side.OTHER, Side.TARGET}:
        # A hub of the relay that calibration did not show would say the same.
        return _evidence("received_from", _TARGET, _WEAK, text, name)
    return None


def quoted(case: Case) -> Evidence | None:
    """Look at who is quoted: the reporter stood in front of that host."""
    for report in case.notification.recipients:
        remote = (report.remote_mta or "").lower().rstrip(".")
        border = case.sides.name(remote).of(Side.TARGET) or case.sides.address(remote).of(Side.TARGET)
        if border and case.unborn and _is_mute(case):
            text = f"it quotes {remote}, the target's: its writer stood in front of it, and the relay handed it over"
            return _evidence("quoted", _RELAY, _STRONG, text, remote)
        if is_private(remote) and not border:
            text = f"it quotes {remote}, an inner address: its writer stands inside a network"
            return _evidence("quoted", _TARGET, _WEAK, text, remote)
    return None


def _is_mute(case: Case) -> bool:
    """Return whether the report names no writer, or the relay."""
    name = case.reporter
    return name is None or case.sides.name(name).of(Side.RELAY) or name in case.calibrated.names


def recipient(case: Case) -> Evidence | None:
    """Look for a final recipient in another domain: somebody had accepted the probe and passed it on."""
    asked = _domain(case.knowledge.recipient)
    for report in case.notification.recipients:
        final = _domain(report.final_recipient) or ""
        # The same organisation's is an inner name of the same mailbox.
        elsewhere = asked and is_qualified(final) and (organisation(final) or final) != (organisation(asked) or asked)
        if not elsewhere or not case.sides.name(final).of(Side.OTHER):
            continue
        text = f"it is about {report.final_recipient}, to which somebody must have passed the probe on"
        if organisation(final) in _own_organisations(case):
            text += "; and that domain's own host wrote it"
            return _evidence("recipient", _BEYOND, _STRONG, text, report.final_recipient)
        return _evidence("recipient", _TARGET, _WEAK, text, report.final_recipient)
    return None


def _own_organisations(case: Case) -> set[str | None]:
    """Return the organisations of whoever handed it over, as our side saw it, and of its reporter."""
    names = (case.client.rdns if case.client else None, case.reporter)
    return {organisation(name) for name in names if name and is_qualified(name)}


def sender(case: Case) -> Evidence | None:
    """Look at the domains of From and Message-ID."""
    domains = [_domain(case.notification.from_address), _domain((case.notification.message_id or "").strip("<>"))]
    matches = [case.sides.name(domain) for domain in domains]
    known = [match for match in matches if match.side in {Side.RELAY, Side.TARGET}]
    if not known or len({match.side for match in known}) > 1:
        return None
    side = known[0].side
    both = len(known) == len(domains) and all(match.exact for match in known)
    named = " and ".join(sorted({domain for domain in domains if domain}))
    strength = _STRONG if both and _nothing_better(case, side) else _WEAK
    return _evidence("from", _SIDES[side], strength, f"From and Message-ID name {named}, {_whose(known[0])}", named)


def _nothing_better(case: Case, side: Side) -> bool:
    """Return whether names must do: nobody saw who handed it over, and no line or report says where it was born."""
    seen = case.trail.below or case.trail.born_here or case.client is not None
    return side is Side.TARGET and not seen and not case.reporter


def likeness(case: Case) -> Evidence | None:
    """Look whether it reads like the relay's own NDN; a resemblance of From and wording, not of product alone."""
    calibrated, ndn = case.calibrated, case.notification
    if not calibrated.likes:
        return None
    product = (ndn.dialect, ndn.mta_family)
    if product not in calibrated.likes:
        text = f"it is not written as the relay writes: {_product(case)} here"
        return _evidence("likeness", _TARGET, _WEAK, text, ndn.dialect)
    own_address = (ndn.from_address or "").lower() in calibrated.from_addresses
    alike = own_address and opening(ndn) in calibrated.bodies
    text = "it reads like the relay's own NDN" + (", down to From and the first words" if alike else "")
    strength = _STRONG if alike and _says_nothing_else(case) else _WEAK
    return _evidence("likeness", _RELAY, strength, text, ndn.from_address)


def _says_nothing_else(case: Case) -> bool:
    """Return whether the relay handed over what is as mute as its own NDNs, so that likeness is all there is.

    An address that anybody may write from is nobody's, unless the relay is known to add a line to what it takes in.
    """
    telling = is_telling(_domain(case.notification.from_address) or "") or case.calibrated.shows_trace
    return case.unborn and telling and _is_mute(case) and not _foreign_remote(case)


TABLE: tuple[Callable[[Case], Evidence | None], ...] = (
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
)


def gather(case: Case) -> tuple[Evidence, ...]:
    """Return all evidence there is, in the order of the table."""
    return tuple(found for row in TABLE if (found := row(case)) is not None)


def _evidence(source: str, supports: Attribution, strength: Strength, text: str, value: str | None) -> Evidence:
    shown = clean_line(value) if value else None
    return Evidence(source=source, supports=supports, strength=strength, text=clean_line(text), value=shown)


def _client_text(hop: Hop) -> str:
    name = hop.rdns or hop.helo
    return " ".join(filter(None, (name, f"[{hop.address}]" if hop.address else None))) or "an unnamed client"


def _whose(match: Match) -> str:
    names = {Side.RELAY: "our relay", Side.TARGET: "the target", Side.OURS: "our own side"}
    named = names.get(match.side, "nobody's that we know")
    return f"{named}'s host" if match.exact else f"of {named}'s organisation"


def _when(hop: Hop) -> str:
    return f" at {hop.at:%H:%M:%S}" if hop.at else ""


def _domain(address: str | None) -> str | None:
    domain = (address or "").rpartition("@")[2].strip(">. ").lower()
    return domain or None


def _product(case: Case) -> str:
    return case.notification.mta_family or case.notification.dialect or "another product"
