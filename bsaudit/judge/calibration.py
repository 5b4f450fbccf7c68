"""What a calibrated relay NDN teaches: the relay's names, the hops it adds, where its mail leaves, how it reads. Pure.

Calibration is an NDN that the relay alone can have written, because our own side refused the message (or never
answered). Whatever a later NDN shares with it is the relay's; what it does not share may be anybody's.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

from msgspec import Struct

from bsaudit.judge.parties import is_telling, shown_by, together
from bsaudit.judge.trail import find_trail
from bsaudit.model.knowledge import Knowledge, Party
from bsaudit.model.notification import Hop, Notification

# A hop as calibration remembers it: who handed over, and who wrote the line.
_Pair = tuple[str, str]


class Calibrated(Struct, frozen=True, kw_only=True):
    """The relay as its own NDNs show it.

    `pairs` are the hops that it adds, by client and writer. `names` are all names that it goes by, even those that
    anybody may bear. `shows_trace`: its NDNs return Received lines, so a hop that is missing there is news.
    `shows_birth`: its NDNs carry its own Received line, so one without such a line is not like them.
    """

    relay: Party = Party()
    pairs: frozenset[_Pair] = frozenset()
    names: frozenset[str] = frozenset()
    shows_trace: bool = False
    shows_birth: bool = False
    from_addresses: frozenset[str] = frozenset()
    likes: frozenset[tuple[str | None, str | None]] = frozenset()  # (dialect, product)
    bodies: frozenset[str] = frozenset()

    def knows(self, hop: Hop) -> bool:
        """Return whether the relay adds this very hop to everything that it takes in."""
        return bool(self.pairs & _pairs(hop))


def calibrate(knowledge: Knowledge) -> Calibrated:
    """Return what all calibrated NDNs together teach."""
    ndns = knowledge.calibration
    trails = [find_trail(ndn.trace, knowledge.catch) for ndn in ndns]
    seen = together(*(shown_by(trail.client, knowledge.relay) for trail in trails if trail.client))
    returned = [hop for ndn in ndns for hop in ndn.returned_trace]
    names = {
        *(name for ndn in ndns for name in (ndn.reporting_mta, ndn.prose_host)),
        *seen.hosts,
        *(hop.by for trail in trails for hop in trail.below),
        *(hop.by for hop in returned),
    }
    hops = [*returned, *(hop for trail in trails for hop in trail.below)]
    foreign = knowledge.catch.hosts | knowledge.target.hosts
    return Calibrated(
        relay=Party(
            hosts=frozenset(filter(is_telling, _clean(names))) - foreign,
            addresses=seen.addresses,
        ),
        pairs=frozenset(pair for hop in hops for pair in _pairs(hop)),
        names=frozenset(_clean(names)) - foreign,
        shows_trace=bool(returned),
        shows_birth=any(trail.below or trail.born_here for trail in trails),
        from_addresses=frozenset(_clean(ndn.from_address for ndn in ndns)),
        likes=frozenset((ndn.dialect, ndn.mta_family) for ndn in ndns),
        bodies=frozenset(filter(None, map(opening, ndns))),
    )


def opening(ndn: Notification) -> str:
    """Return the beginning of the prose: what a product writes before it comes to the case in hand."""
    words = takewhile(lambda word: "@" not in word, ndn.prose.split())
    return " ".join(words)[:60].lower()


def _pairs(hop: Hop) -> frozenset[_Pair]:
    """Return the forms under which a hop is known again: by its client's address, else by its client's names."""
    clients = (hop.address,) if hop.address else (hop.rdns, hop.helo)
    return frozenset((client, hop.by) for client in clients if client and hop.by)


def _clean(names: Iterable[str | None]) -> Iterable[str]:
    return (name.lower().rstrip(".") for name in names if name)
