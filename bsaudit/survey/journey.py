"""The way that the original took, by the copy of it that came back: through own hosts, or a stranger's? Pure.

Lines stand newest first. The newest were written by the host that returned the copy, or in front of it. A line is
believed as long as the one above it saw the host that wrote it; below a break everything is a stranger's to write.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto
from functools import lru_cache

from msgspec import Struct

from bsaudit.judge.parties import is_loopback, is_private, is_qualified, organisation, spells
from bsaudit.model.notification import Hop
from bsaudit.ndn.trace import Trace
from bsaudit.survey.own import Own

# A copy with more lines than this passed lists and forwarders; who took it in first shows earlier or not at all.
MOST_HOPS = 12


class Way(Enum):
    OWN = auto()  # own hosts were seen
    CLAIMED = auto()  # own names stand there, by their own word only
    STRANGER = auto()
    NOTHING = auto()


class Journey(Struct, frozen=True):
    """What the lines show.

    `source` is the deepest client that can be believed: where the original came from. `unnamed`: its address has no
    name, or one made of it, as no relay has, and it did not log in. `borrowed`: it greeted as an own mail domain.
    """

    way: Way
    source: Hop | None = None
    unnamed: bool = False
    borrowed: bool = False


def journey(lines: Sequence[str], own: Own) -> Journey:
    """Return the way of the original by its Received values. Of those below a break only own names count."""
    trace = Trace(lambda: lines[:MOST_HOPS], dated=False)
    source: Hop | None = None
    claimed = broken = borrowed = False
    for index in range(len(trace)):
        if broken and (claimed or not own.in_text(lines[index])):
            continue
        hop = trace[index]
        if broken:
            claimed = own.name(hop.by) or own.name(hop.helo)
            continue
        if own.address(hop.address) or own.name(hop.rdns):
            return Journey(Way.OWN, source)
        if source is None and own.name(hop.by) and _taken_in(hop):
            return Journey(Way.OWN, source)
        if own.mail_domain(hop.helo) and unnamed(hop):
            borrowed = True  # relays greet with the name of a host
        else:
            claimed = claimed or own.name(hop.helo)
        claimed = claimed or own.name(hop.by) or own.sibling(hop.rdns)
        if is_outside(hop.address):
            source = hop
            broken = index + 1 < len(trace) and not _leads_to(hop, trace[index + 1], own)
    way = Way.CLAIMED if claimed else Way.STRANGER if source is not None else Way.NOTHING
    # Whoever logs in comes from anywhere: that is how a person's own relay takes a message in.
    nameless = source is not None and unnamed(source) and not _logged_in(source)
    return Journey(way, source, unnamed=nameless, borrowed=borrowed)


def unnamed(hop: Hop) -> bool:
    """Tell whether a client from outside has no name, or one that spells its address, as customers of providers have.

    Some servers write no reverse name down at all: then the greeting must be as bad.
    """
    if not is_outside(hop.address):
        return False
    if hop.rdns is not None:
        return spells(hop.rdns, hop.address)
    bad = not hop.helo or not is_qualified(hop.helo) or spells(hop.helo, hop.address)
    return bad or _NO_NAME.search(hop.raw) is not None


_LOGIN = re.compile(r"\(authenticated|smtp-auth|\bauth=", re.IGNORECASE)
# Postfix, qmail and Exim note that DNS has no name; Sendmail where it does not lead back
_NO_NAME = re.compile(r"\(unknown\b|from unknown\b|\[[0-9a-fA-F.:]+\] \(may be forged\)")


def _taken_in(hop: Hop) -> bool:
    """Tell whether a host took a message from within: from a program of its own, its network, or after a login."""
    return not is_outside(hop.address) or _logged_in(hop)


def _logged_in(hop: Hop) -> bool:
    """RFC 3848: ESMTPA, ESMTPSA; Sendmail and qmail note it in a comment."""
    return _LOGIN.search(hop.raw) is not None or (
        bool(hop.protocol) and str(hop.protocol).partition(" ")[0].upper().endswith(("SMTPA", "SMTPSA"))
    )


@lru_cache(maxsize=1 << 14)  # the same hubs stand in thousands of messages
def is_outside(address: str | None) -> bool:
    """Tell whether an address is one of the Internet's, and not of a network of whoever wrote the line."""
    return bool(address) and not is_loopback(address) and not is_private(address)


def _leads_to(hop: Hop, below: Hop, own: Own) -> bool:
    """Tell whether the client of a hop may have written the line below it.

    Its greeting is its own word: whoever borrows an own name there writes such a line, too.
    """
    writer = below.by
    if not writer or is_loopback(writer) or not is_qualified(writer):
        return not unnamed(hop)
    return kin(writer, hop.rdns) or (kin(writer, hop.helo) and not own.name(writer))


@lru_cache(maxsize=1 << 14)
def kin(one: str | None, other: str | None) -> bool:
    """Tell whether two names are of one organisation."""
    if not one or not other:
        return False
    own = organisation(one) if is_qualified(one) else None
    return one == other or (own is not None and is_qualified(other) and own == organisation(other))
