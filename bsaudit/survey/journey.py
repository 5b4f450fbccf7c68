"""The way that the original took, by the copy of it that came back: through own hosts, or a stranger's? Pure.

Lines stand newest first. Those of the host that returned the copy, and of its organisation, come first; what stands
below them the sender may have written, and whoever forges a sender writes an own relay's lines, too. Own hosts are
proven by what the reporter's side saw alone. Some reporters write no line: then all of it is the sender's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto
from functools import lru_cache
from itertools import chain, islice

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
    NOTHING = auto()  # no line came back that its reporter is known to have written


class Reporter(Struct, frozen=True):
    """Who returned the copy: by what names, and whether it is an own host."""

    names: frozenset[str] = frozenset()
    own: bool = False

    def is_called(self, name: str | None) -> bool:
        """Tell whether a host is the reporter, or of its organisation."""
        if name is None or name in self.names:
            return name is not None
        own = home(name)
        return own is not None and own in map(home, self.names)


class Journey(Struct, frozen=True):
    """What the lines show.

    `source` is the deepest client that a line names which may be believed: where the original came from. `client`
    handed it to the reporter's side; None where that is an own one, or a line shows an own address. `borrowed`: it
    greeted as an own mail domain.
    """

    way: Way
    source: Hop | None = None
    client: Hop | None = None
    borrowed: bool = False

    @property
    def unnamed(self) -> bool:
        """Whether that client has no name, or one made of its address, as no relay has, and is no customer."""
        return self.client is not None and unnamed(self.client) and not _may_be_a_customer(self.client)


def journey(lines: Sequence[str], own: Own, reporter: Reporter) -> Journey:
    """Return the way of the original by its Received values."""
    lines = lines[:MOST_HOPS]
    if not lines:
        return _NO_JOURNEY
    trace = Trace(lambda: lines, dated=False)
    seen = _seen_by_the_reporter(trace, own, reporter)
    client = seen[-1] if seen and is_outside(seen[-1].address) else None
    told = own.in_text("\n".join(lines))  # else there is no need to compare each name
    if (told or reporter.own) and _shows_own(seen, own, reporter, whole=len(seen) == len(lines)):
        return Journey(Way.OWN, client)
    # Relays greet with the name of a host
    borrowed = told and client is not None and own.mail_domain(client.helo) and unnamed(client)
    # An own server took it from somebody: it may know him by his address
    claimed = reporter.own or any(own.sibling(hop.rdns) for hop in seen)
    if told and not claimed:
        claimed = _claimed(chain(seen, _perhaps_own(trace, lines, len(seen), own)), own, client if borrowed else None)
    if client is None:
        return Journey(Way.CLAIMED) if claimed else _NO_JOURNEY
    known = reporter.own or (claimed and any(own.address(hop.address) for hop in trace))
    return Journey(
        Way.CLAIMED if claimed else Way.STRANGER,
        _source(client, islice(trace, len(seen), None)),
        None if known else client,
        borrowed,
    )


_NO_JOURNEY = Journey(Way.NOTHING)


def _seen_by_the_reporter(trace: Sequence[Hop], own: Own, reporter: Reporter) -> list[Hop]:
    """Return the lines that the reporter's side wrote: the last of them says who handed the original to it."""
    seen: list[Hop] = []
    named = False
    for hop in trace:
        outside = is_outside(hop.address)
        wrote = _wrote(reporter, hop, seen[-1] if seen else None)
        if not wrote and (outside or not _names_no_host(hop.by)):
            break
        named = named or (wrote and not seen) or _wrote(reporter, hop, None)
        seen.append(hop)
        if outside and not (reporter.is_called(verified_name(hop)) or (reporter.own and _is_own(hop, own))):
            break
    # Lines that name no host may be anybody's
    return seen if named else []


def _wrote(reporter: Reporter, hop: Hop, above: Hop | None) -> bool:
    """Tell whether the reporter's side wrote a line: as itself, or as the host within that handed on what is above.

    Own servers write lines; some call themselves by a word only. A host within that writes none handed on what it got:
    what stands below in the name of the one above may be the sender's.
    """
    if above is not None and _within(above) and above.by is not None and not is_loopback(above.address or "::1"):
        return hop.by is not None and (hop.by in {above.rdns, above.helo} or _other(reporter, hop.by, above.by))
    return reporter.is_called(hop.by) or (reporter.own and above is None and _is_word(hop.by))


def _other(reporter: Reporter, by: str, than: str) -> bool:
    return by != than and reporter.is_called(by)


def _within(hop: Hop) -> bool:
    return not is_outside(hop.address)


def _is_word(by: str | None) -> bool:
    return by is not None and not is_loopback(by) and "." not in by and ":" not in by


def _names_no_host(by: str | None) -> bool:
    """Tell whether a line does not say who wrote it: qmail's, filters' on the same host, Gmail's with an address."""
    return by is None or is_loopback(by) or not is_qualified(by)


def _shows_own(seen: Sequence[Hop], own: Own, reporter: Reporter, *, whole: bool) -> bool:
    """Tell whether own hosts were seen to hand it on; or, where one of them writes here, to have got it from within.

    What a server took from outside it may have handed on inside: `whole`, no line stands below.
    """
    if reporter.own:
        return bool(seen) and (_logged_in(seen[-1]) or (whole and (_within(seen[-1]) or _is_own(seen[-1], own))))
    return any(_is_own(hop, own) and not (_within(hop) and _names_no_host(hop.by)) for hop in seen)


def _is_own(hop: Hop, own: Own) -> bool:
    """Tell whether the client of a hop is an own host, by what its taker saw of it."""
    return (is_outside(hop.address) and own.address(hop.address)) or own.name(verified_name(hop))


def verified_name(hop: Hop) -> str | None:
    """Return the name that the receiver found for an address; XMail writes the greeting where Exim writes that."""
    greeting = hop.rdns == hop.helo and _ONLY_ADDRESS.search(hop.raw) is not None and "(Exim" not in hop.raw
    return None if greeting else hop.rdns


def _claimed(hops: Iterable[Hop], own: Own, borrower: Hop | None) -> bool:
    """Tell whether own names stand in the lines, by whomever; not in what the `borrower` called itself."""
    return any(_names_own(hop, own) or (hop is not borrower and own.name(hop.helo)) for hop in hops)


def _perhaps_own(trace: Sequence[Hop], lines: Sequence[str], start: int, own: Own) -> Iterator[Hop]:
    """Yield the hops from one on that are worth a look: an own name may stand in their lines."""
    return (trace[index] for index in range(start, len(lines)) if own.in_text(lines[index]))


def _names_own(hop: Hop, own: Own) -> bool:
    return own.name(hop.by) or own.name(hop.rdns) or own.address(hop.address) or own.sibling(hop.rdns)


def _source(client: Hop, below: Iterable[Hop]) -> Hop:
    """Return where the original came from, as far as one may believe the hosts that handed it on."""
    for hop in below:
        if not _leads_to(client, hop):
            break
        client = hop if is_outside(hop.address) else client
    return client


def _may_be_a_customer(client: Hop) -> bool:
    """Whoever logs in comes from anywhere; some providers know who is theirs by the address, and ask for no login."""
    return _logged_in(client) or kin(client.rdns, client.by)


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
# Exim where it has no other name than the greeting, XMail always
_ONLY_ADDRESS = re.compile(r"\(\[[0-9a-fA-F.:]+\]:\d+\)")
# Postfix, qmail and Exim note that DNS has no name; Sendmail where it does not lead back
_NO_NAME = re.compile(r"\(unknown\b|from unknown\b|\[[0-9a-fA-F.:]+\] \(may be forged\)")


def _logged_in(hop: Hop) -> bool:
    """RFC 3848: ESMTPA, ESMTPSA; Sendmail and qmail note it in a comment."""
    return _LOGIN.search(hop.raw) is not None or (
        bool(hop.protocol) and str(hop.protocol).partition(" ")[0].upper().endswith(("SMTPA", "SMTPSA"))
    )


@lru_cache(maxsize=1 << 14)  # the same hubs stand in thousands of messages
def is_outside(address: str | None) -> bool:
    """Tell whether an address is one of the Internet's, and not of a network of whoever wrote the line."""
    return bool(address) and not is_loopback(address) and not is_private(address)


def _leads_to(hop: Hop, below: Hop) -> bool:
    """Tell whether the client of a hop may have written the line below it; its greeting is its own word."""
    return not unnamed(hop) if _names_no_host(below.by) else kin(below.by, hop.rdns)


@lru_cache(maxsize=1 << 14)
def kin(one: str | None, other: str | None) -> bool:
    """Tell whether two names are of one organisation."""
    if not one or not other:
        return False
    return one == other or ((own := home(one)) is not None and own == home(other))


@lru_cache(maxsize=1 << 14)  # of a mailbox full of notices the same hosts wrote many
def home(name: str) -> str | None:
    """Return the organisation of a host by its name; None where that tells none."""
    return organisation(name) if is_qualified(name) else None
