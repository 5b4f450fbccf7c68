"""Whose host is this? Names and addresses compared with what is known of each side. Pure.

A name or address known of one side alone identifies that side; what two sides share identifies neither.
`kin` is weaker: the same organisational domain (public suffix list), as queue hosts and egress pools have it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cache, lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from msgspec import Struct
from publicsuffixlist import PublicSuffixList

from bsaudit.model.domain import is_below, is_ip
from bsaudit.model.knowledge import Party
from bsaudit.model.mail import Spf, SpfResult, Verified
from bsaudit.model.notification import Hop
from bsaudit.ndn.trace import canonical_address

# Special-use and customary private names (RFC 6761, RFC 6762, RFC 8375, RFC 9476): many hosts bear the same one.
_PRIVATE_SUFFIXES = (".localdomain", ".localhost", ".local", ".lan", ".internal", ".intranet", ".home.arpa", ".corp")
# RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291 §2.5.6: every organisation has hosts with these; the second is for
# carriers' customers, and clusters and VPNs live in it. Not ipaddress.is_private, which takes in the documentation
# networks that laboratories live in.
_PRIVATE_NETWORKS = (
    *map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16")),
    *map(ip_network, ("fc00::/7", "fe80::/10")),
)
_LOOPBACK = frozenset({"127.0.0.1", "::1"})


class Side(StrEnum):
    """Whose it is. OTHER is somebody else's or nobody's; SHARED belongs to two sides and so proves neither."""

    RELAY = "relay"
    TARGET = "target"
    CATCH = "catch"  # our own: where answers arrive, and the machine that sends
    OTHER = "other"
    SHARED = "shared"


class Ownership(Struct, frozen=True):
    """`exact`: the host itself is known, not only its organisation."""

    side: Side
    exact: bool = False

    def of(self, side: Side) -> bool:
        return self.side is side


NOBODY = Ownership(Side.OTHER)


class Sides(Struct, frozen=True, kw_only=True):
    """The three sides of a conversation, ready for comparison."""

    relay: Party
    target: Party
    catch: Party
    verified: Verified | None = None  # what DNS said of the one host that nobody knew

    def name(self, name: str | None) -> Ownership:
        """Return whose host name this is."""
        if not name or is_loopback(name):
            return NOBODY
        exact = [side for side, party in self._parties() if name in party.hosts]
        if exact:
            return Ownership(_only(exact), exact=True)
        if not is_qualified(name):
            return NOBODY
        return Ownership(_only([side for side, party in self._parties() if _kin(name, party)]))

    def address(self, address: str | None) -> Ownership:
        """Return whose IP address this is; never by kinship."""
        if not address or address in _LOOPBACK:
            return NOBODY
        return Ownership(_only([side for side, party in self._parties() if address in party.addresses]), exact=True)

    def client(self, hop: Hop) -> Ownership:
        """Return whose the client of a hop is: by the address that the receiver saw, else by its names.

        The greeting is the client's own word: against itself it may be believed, but whoever greets as our relay from
        an address that is not known as the relay's proves nothing.
        """
        seen, looked_up = self.seen(hop), self.name(hop.rdns)
        if not seen.of(Side.OTHER):
            return seen
        if looked_up.of(Side.TARGET):
            return looked_up
        said = self.name(hop.helo)
        public = hop.address and not is_private(hop.address) and not is_loopback(hop.address)
        return NOBODY if said.of(Side.RELAY) and (public or hop.rdns) else said

    def seen(self, hop: Hop) -> Ownership:
        """Return whose the client of a hop is by what was seen of it alone: address, reverse name, SPF.

        By kinship only the target's own organisation counts, not its MX provider's, where any customer has a host;
        nor does a name that spells its address, as customers' hosts bear it. What DNS said when the message came goes
        before what the receiver wrote down: some write names that they did not look up the other way round.
        """
        found = self.address(hop.address)
        if not found.of(Side.OTHER):
            return found
        owners = {name: self.name(name) for name in self.names_of(hop) if not spells(name, hop.address)}
        own = next((owner for name, owner in owners.items() if self.owns(name)), None)
        if own is not None or self.vouching(hop):
            return own or Ownership(Side.TARGET)
        return next((owner for owner in owners.values() if owner.side not in {Side.TARGET, Side.OTHER}), NOBODY)

    def names_of(self, hop: Hop) -> Sequence[str]:
        """Return the reverse names of the client of a hop: those that lead back, where DNS was asked."""
        asked = self.verified if self.verified and self.verified.address == hop.address else None
        if asked is None or asked.names is None:
            return (hop.rdns,) if hop.rdns else ()
        return asked.names

    def vouching(self, hop: Hop) -> str | None:
        """Return the domain of the target whose SPF names the client of a hop as a host of its own, if one does."""
        if self.verified is None or self.verified.address != hop.address:
            return None
        own = (domain for domain, spf in self.verified.spf.items() if names_host(spf, self.verified.address))
        return next(own, None)

    def owns(self, name: str | None) -> bool:
        """Return whether a name is a mail exchanger's of the target, or one of its own organisation's."""
        found = self.name(name)
        own = {organisation(domain) for domain in self.target.domains} - {None}
        return found.of(Side.TARGET) and (found.exact or organisation(name or "") in own)

    def _parties(self) -> tuple[tuple[Side, Party], ...]:
        return ((Side.RELAY, self.relay), (Side.TARGET, self.target), (Side.CATCH, self.catch))


@lru_cache(maxsize=1 << 12)  # of a mailbox full of notices the same hosts wrote many
def spells(name: str, address: str | None) -> bool:
    """Return whether a host name is made of its address, as providers name the hosts of their customers."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        return _spells_six(name.lower(), parsed)
    octets = parsed.packed
    numbers = [int(number) for number in re.findall(r"\d+", name)]
    in_a_row = (numbers[start : start + 4] for start in range(len(numbers)))
    digits = octets.hex(), "".join(f"{octet:03}" for octet in octets)
    return (
        list(octets) in (forms := list(in_a_row)) or list(reversed(octets)) in forms or any(d in name for d in digits)
    )


def _spells_six(name: str, address: IPv6Address) -> bool:
    """Return the same of an IPv6 address: in groups, short or not, in hex digits either way, or its last half."""
    groups = address.exploded.split(":")
    digits = "".join(groups)
    short = [group.lstrip("0") or "0" for group in groups]
    joined = name.replace("-", "").replace(".", "")
    return (
        any(form in joined for form in (digits, digits[::-1], digits[16:]))
        or any("-".join(part) in name for part in (short, short[4:]) if len(set(part)) > _VARIED)
        or address.compressed.replace(":", "-") in name
    )


# As many different groups in a row are no accident.
_VARIED = 2


# RFC 7208 §5: a mechanism that names hosts, and what it names; a macro (§7) may name whoever asks.
_TERM = re.compile(r"\+?(?P<name>a|mx|ip4|ip6)(?P<of>[:/][^%]*)?", re.IGNORECASE)
# Wider than this, a network is a provider's and not one organisation's hosts.
_NARROW = 16, 32


def names_host(spf: Spf, address: str) -> bool:
    """Return whether an SPF record authorises an address as a host of the domain's own.

    Not by `include` or `redirect`, which name a provider that others share, nor by `all`, `exists` or `ptr`, nor by
    a network as wide as a provider's.
    """
    term = _TERM.fullmatch(spf.term or "")
    if spf.result is not SpfResult.PASS or not spf.own or term is None:
        return False
    six = ":" in address
    width = _width(term["name"].lower(), term["of"] or "", six=six)
    return not width.isdecimal() or int(width) >= _NARROW[six]


def _width(mechanism: str, of: str, *, six: bool) -> str:
    """Return the prefix length that a term gives (RFC 7208 §5.6: `a:host/24//64` has one for each family)."""
    if mechanism.startswith("ip"):
        return of.partition("/")[2]
    four, _, wide = of.partition("//")
    return wide if six else four.partition("/")[2]


def is_loopback(text: str | None) -> bool:
    """Return whether a name or address means the host itself, whichever it is."""
    return bool(text) and (text in _LOOPBACK or str(text).partition(".")[0] == "localhost")


def is_private(address: str | None) -> bool:
    """Return whether an address is one that every organisation may use inside."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return False
    return any(parsed in network for network in _PRIVATE_NETWORKS)


def is_qualified(name: str) -> bool:
    """Return whether a name can tell hosts apart at all: not a bare word, not one that everybody uses."""
    return "." in name and not name.endswith(_PRIVATE_SUFFIXES) and not is_ip(name)


def is_telling(name: str) -> bool:
    """Return whether hearing this name again points to the same host: "mail" or "mx.lan" may be anybody's."""
    return is_qualified(name) or (name.count(".") > 1 and not is_ip(name))


def organisation(name: str) -> str | None:
    """Return the organisational domain of a host name, None where it has none."""
    try:
        return _suffixes().privatesuffix(name)
    except UnicodeError:
        return None


def whose_else(name: str) -> str | None:
    """Say why a name is nobody's own with all below it: it is on the list, as co.uk. Of others it knows nothing."""
    if _suffixes().publicsuffix(name, accept_unknown=False) != name:
        return None
    return f"strangers have domains below {name}, which is a public suffix"


def tidy(party: Party) -> Party:
    """Return `party` in the form in which traces are read: lower case, no trailing dot, canonical addresses."""
    return Party(
        hosts=frozenset(name.lower().rstrip(".") for name in party.hosts),
        addresses=frozenset(canonical_address(address) or address for address in party.addresses),
        domains=frozenset(name.lower().rstrip(".") for name in party.domains),
    )


def shown_by(client: Hop, known: Party) -> Party:
    """Return what the line of our own side shows of the relay, of which `known` is known.

    A private address without a name may be a proxy's before our MX, which shows it for everybody: it is not learned.
    """
    hidden = is_private(client.address) and client.rdns is None and client.address not in known.addresses
    address = None if hidden or is_loopback(client.address) else client.address
    return Party(
        hosts=frozenset(name.lower().rstrip(".") for name in (client.helo, client.rdns) if name),
        addresses=frozenset({address} if address else ()),
    )


def without(party: Party, *others: Party) -> Party:
    """Return `party` without the hosts and addresses that one of the others has."""
    return Party(
        hosts=party.hosts.difference(*(other.hosts for other in others)),
        addresses=party.addresses.difference(*(other.addresses for other in others)),
        domains=party.domains,
    )


def share_a_host(one: Party, other: Party) -> bool:
    return bool(one.addresses & other.addresses or one.hosts & other.hosts)


def together(*parties: Party) -> Party:
    return Party(
        hosts=frozenset().union(*(party.hosts for party in parties)),
        addresses=frozenset().union(*(party.addresses for party in parties)),
        domains=frozenset().union(*(party.domains for party in parties)),
    )


def _only(sides: Iterable[Side]) -> Side:
    found = set(sides)
    if not found:
        return Side.OTHER
    # A host may be relay and catch MX at once: what it hands over is then the relay's.
    if found == {Side.RELAY, Side.CATCH}:
        return Side.RELAY
    return found.pop() if len(found) == 1 else Side.SHARED


def _kin(name: str, party: Party) -> bool:
    if any(is_below(name, domain) for domain in party.domains):
        return True
    own = organisation(name)
    return own is not None and own in _organisations(party)


# One run knows a handful of parties.
@lru_cache(maxsize=64)
def _organisations(party: Party) -> frozenset[str]:
    names = [name for name in party.hosts if is_qualified(name)]
    return frozenset(filter(None, map(organisation, (*names, *party.domains))))


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
