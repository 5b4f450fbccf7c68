"""Who wrote a notice: the host that handed it over, by what our own side saw. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import islice

from msgspec import Struct

from bsaudit.judge.parties import is_qualified, organisation, spells
from bsaudit.model.notification import Hop, Notification
from bsaudit.survey.journey import Reporter, is_outside, kin, verified_name
from bsaudit.survey.own import Own

# From "name ([address])", "name (unknown [address])", "[address] (helo=name)", "unknown (HELO name) (address)"
_NOTES_NAMES = re.compile(
    r"\s*from\s(?:unknown\b|(?:(?!\sby\s).){0,600}?\[(?:IPv6:)?[0-9a-f.:]+\])", re.IGNORECASE | re.DOTALL
)
# Behind the mail exchanger stand a filter, a hub and a store; who handed over stands in front of them
MOST_INNER = 8


class Writer(Struct, frozen=True):
    """`host` is a name, or an address where there is none; `claimed` what the notice calls its writer."""

    host: str | None
    address: str | None
    peer: Hop | None
    claimed: str | None


def writer(notification: Notification, own: Own, named: Callable[[], str | None]) -> Writer:
    """Return who wrote it. What it says of itself counts where the host that handed it over is of that organisation.

    By the name that its address has: whoever forges a bounce greets as the host that he writes into it. A name that
    spells the address is a provider's customer's, who may write the provider's own mail exchanger into it.
    `named`: the host that the words for people name; asked where nothing else names one.
    """
    claimed = _qualified(notification.reporting_mta)
    sender = _qualified((notification.from_address or "").rpartition("@")[2])
    peer = handed_over(notification, own)
    if peer is None:
        return Writer(claimed or sender or _qualified(named()), None, None, claimed)
    verified = verified_name(peer)
    seen = verified if verified and not spells(verified, peer.address) else None
    if claimed and kin(claimed, seen):
        return Writer(claimed, peer.address, peer, claimed)
    if notification.from_daemon:
        claimed = claimed or sender
    return Writer(seen or peer.address or _qualified(peer.helo), peer.address, peer, claimed)


def reporter(notification: Notification, who: Writer, own: Own) -> Reporter:
    """Return by what names a notice's writer is known: it wrote them, and not who wrote the original."""
    peer = who.peer
    sender = (notification.from_address or "").rpartition("@")[2] if notification.from_daemon else None
    seen = (peer.rdns, peer.helo) if peer is not None else ()
    said = (who.host, who.claimed, notification.reporting_mta, sender, *seen)
    names = frozenset([name.lower().strip(" .") for name in {*said} if name])
    within = peer is None or own.address(peer.address) or own.name(peer.rdns)
    return Reporter(names, own=within and any(map(own.name, names)))


def handed_over(notification: Notification, own: Own) -> Hop | None:
    """Return the hop in which our own side took it from outside: the first whose client is no host of its own.

    What stands below that line its client may have written.
    """
    within: Hop | None = None
    for hop in islice(notification.trace, MOST_INNER):
        nameless = not hop.rdns and not hop.helo
        if nameless if hop.address is None else not is_outside(hop.address):
            continue
        if own.address(hop.address) or own.name(verified_name(hop)):
            continue
        if not (_is_kin(hop) or is_kin_by_greeting(hop)):
            return hop
        within = within or hop
    return within


def _is_kin(hop: Hop) -> bool:
    """Tell whether a client is of the organisation that took it in, by the name of its address; no customer's."""
    name = verified_name(hop)
    return kin(name, hop.by) and not (name and hop.address and spells(name, hop.address))


def is_kin_by_greeting(hop: Hop) -> bool:
    """Tell whether a client is of that organisation by its word alone, as nobody noted a name of its address.

    Exchange notes none, of its own hosts either. Others write the address in brackets, and the name where there is one.
    """
    return not hop.rdns and kin(hop.helo, hop.by) and not _NOTES_NAMES.match(hop.raw)


@lru_cache(maxsize=1 << 14)
def _qualified(name: str | None) -> str | None:
    name = (name or "").lower().strip(" .")
    return name if name and is_qualified(name) and organisation(name) else None
