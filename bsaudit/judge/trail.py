"""The way a returned message itself took to us: where our own side begins, who handed it over, what lies before. Pure.

Lines written by our own side can be believed, and stand on top. The client of the last of them is who handed the
message over; every line below is that client's testimony.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from bsaudit.judge.parties import is_loopback, is_qualified, organisation
from bsaudit.model.knowledge import Party
from bsaudit.model.notification import Hop

_NONE = Party()


class Trail(Struct, frozen=True, kw_only=True):
    """`client` is the hop in which our side took the message from outside; None where none can be seen.

    `below` are the lines under it, newest first (all lines, where our side wrote none). `born_here`: our own
    side's lines lead to no client outside, so our side wrote the message.
    """

    client: Hop | None = None
    below: tuple[Hop, ...] = ()
    born_here: bool = False


def find_trail(trace: Sequence[Hop], ours: Party, target: Party = _NONE, relay: Party = _NONE) -> Trail:
    """Return the trail of a message that our side took in.

    The boundary is the first line from the top that is `by` our side and `from` elsewhere; above it stand hosts
    behind our MX, whose names we need not know. It is never looked for further down, because those lines are the
    stranger's to forge. The topmost line of all is the boundary, too, where it received from the target's or the
    relay's own address, whatever our MX called itself there. Where nothing is known of our side, the topmost line that
    has a client is believed to be its: somebody of ours wrote the top.
    """
    if not ours.hosts:
        return _topmost(trace)
    entered, known = False, target.addresses | relay.addresses
    for index, hop in enumerate(trace):
        own = _is_of(hop.by, ours, strangers=target)
        entered = entered or own
        from_known = index == 0 and hop.address in known and not _is_of(hop.by, target) and not _is_of(hop.by, relay)
        if (own and _comes_from_outside(hop, ours)) or from_known:
            return Trail(client=hop, below=tuple(trace[index + 1 :]))
        if entered and not own and hop.by and not is_loopback(hop.by):
            # Our own line without a client, then somebody else's: put in locally; nobody handed it over.
            return Trail(below=tuple(trace[index:]))
    return Trail(born_here=True) if entered else Trail(below=tuple(trace))


def _topmost(trace: Sequence[Hop]) -> Trail:
    for index, hop in enumerate(trace):
        if hop.address and not is_loopback(hop.address):
            return Trail(client=hop, below=tuple(trace[index + 1 :]))
        if hop.by and not is_loopback(hop.address):
            break
    return Trail(below=tuple(trace))


def _comes_from_outside(hop: Hop, ours: Party) -> bool:
    if hop.address:
        return hop.address not in ours.addresses and not is_loopback(hop.address)
    name = hop.rdns or hop.helo
    return name is not None and not is_loopback(name) and not _is_of(name, ours)


def _is_of(name: str | None, party: Party, strangers: Party = _NONE) -> bool:
    if not name or name in strangers.hosts:
        return False
    if name in party.hosts:
        return True
    own = organisation(name) if is_qualified(name) else None
    return own is not None and any(organisation(host) == own for host in party.hosts if is_qualified(host))
