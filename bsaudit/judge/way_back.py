"""Does what a stranger's server writes to our reverse-path reach us? Silence means nothing before that is shown. Pure.

Two grades count. *Open to strangers*: a message with the null reverse-path came in from a public address of somebody
who has nothing to do with our own side, and our own side still took mail after the last quiet time. *Open to this
target*: one of the target's own hosts handed a notification to our side. docs/way-back.md has the reasons.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from ipaddress import IPv4Address, ip_address, ip_network

from bsaudit.judge.parties import is_loopback, is_private, is_qualified, organisation
from bsaudit.judge.trail import find_trail
from bsaudit.model.knowledge import Party
from bsaudit.model.mail import Route
from bsaudit.model.notification import RECEIPTS, Hop
from bsaudit.model.probe import Control, ProbeRecord, ReturnedMail
from bsaudit.model.run import RunRecord, TargetRecord
from bsaudit.model.way_back import CLOSED, Grade, ShownBy, WayBack


def shown_to_strangers(run: RunRecord, catch: Party) -> WayBack:
    """Return what the controls show of hosts that are not ours."""
    ways = (look(run, catch) for look in (_shown_by_relay, _shown_by_arrival, _shown_by_visit))
    return next((way for way in ways if way is not CLOSED), CLOSED)


def _shown_by_arrival(run: RunRecord, catch: Party) -> WayBack:
    """Return what mail shows that somebody wrote from elsewhere, where our own <> came in by the public MX, too."""
    public = (
        record for record in run.probes if record.probe.control is Control.NDN and _went_by_public_mx(record, run)
    )
    if not any(record.returned for record in public):
        return CLOSED
    for record in run.probes:
        if record.probe.control is Control.AWAITED:
            for mail in record.returned:
                client = client_of(mail, catch)
                if client is not None and is_stranger(client, frozenset(run.catch_addresses), run):
                    name = client.rdns or client.helo or client.address
                    return WayBack(grade=Grade.STRANGERS, shown_by=ShownBy.ARRIVAL, at=mail.arrived_at, from_=name)
    return CLOSED


def _shown_by_visit(run: RunRecord, catch: Party) -> WayBack:
    """Return what strangers' mail of the day before shows.

    Some servers let in mail with the null reverse-path from their own networks only. So a visit that had another one
    shows the way where our own catch MX took it in, which has no such rule, or where our own <> came in as a
    stranger's does.
    """
    controls = [record for record in run.probes if record.probe.control is Control.NDN and record.returned]
    no_rule = any(_came_as_a_stranger(record, run, catch) for record in controls)
    telling = [visit for visit in run.visits if visit.from_nobody or visit.seen or no_rule]
    if not controls or not telling:
        return CLOSED
    newest = max(telling, key=lambda visit: visit.at)
    return WayBack(grade=Grade.STRANGERS, shown_by=ShownBy.ARRIVAL, at=newest.at, from_=newest.from_)


def _came_as_a_stranger(record: ProbeRecord, run: RunRecord, catch: Party) -> bool:
    """Say whether our own message went in by the public MX, from an address that is not of our own side's networks."""
    ours = frozenset(run.catch_addresses)
    clients = (client_of(mail, catch) for mail in record.returned)
    return record.probe.mail_exchanger in run.catch_hosts and any(
        client is not None and is_stranger(client, ours, run) and not is_near(client.address, ours)
        for client in clients
    )


def _went_by_public_mx(record: ProbeRecord, run: RunRecord) -> bool:
    return record.probe.route is Route.RELAY or record.probe.mail_exchanger in run.catch_hosts


def _shown_by_relay(run: RunRecord, catch: Party) -> WayBack:
    """Return what the relay's mail with the null reverse-path shows.

    A relay that hands mail to our side from our own machine, or within the mailbox provider's organisation, is no
    stranger: other rules hold for it (RFC 5321 §4.5.5 has strangers' notifications come from <>).
    """
    if run.relay is None or all(map(is_loopback, run.relay.addresses or ("",))):
        return CLOSED
    ours = catch.addresses | frozenset(filter(None, (*run.catch_addresses, run.relay.seen_from)))
    for record in run.probes:
        if record.probe.target is None and record.probe.route is Route.RELAY:
            for mail in record.returned:
                client = client_of(mail, catch)
                if client is not None and mail.notification.null_reverse_path and is_stranger(client, ours, run):
                    name = client.rdns or client.helo or client.address
                    return WayBack(grade=Grade.STRANGERS, shown_by=ShownBy.RELAY, at=mail.arrived_at, from_=name)
    return CLOSED


def shown_by_target(mail: ReturnedMail, target: TargetRecord, catch: Party) -> WayBack:
    """Return what a notification shows that one of the target's own addresses handed to us, not one of our own side.

    Only with the null reverse-path: our own side may take a person's mail from it and no bounce.
    """
    if not mail.notification.null_reverse_path:
        return CLOSED
    client = client_of(mail, catch)
    address = mail.attributed.handed_over_by.address or (client.address if client else None)
    theirs = {address for exchanger in target.mail_exchangers for address in exchanger.addresses}
    if address is None or address not in theirs - catch.addresses:
        return CLOSED
    by = ShownBy.DSN if mail.notification.kind in RECEIPTS else ShownBy.ARRIVAL
    return WayBack(grade=Grade.TARGET, shown_by=by, at=mail.arrived_at, from_=address)


def vouched(run: RunRecord) -> WayBack:
    if run.vouched_by is None:
        return CLOSED
    return WayBack(grade=Grade.VOUCHED, shown_by=ShownBy.VOUCHED, at=run.started_at, from_=run.vouched_by)


def best(ways: Iterable[WayBack]) -> WayBack:
    """Return the way of the highest grade; of equals the first."""
    return max(ways, key=_rank, default=CLOSED)


def worst(ways: Iterable[WayBack]) -> WayBack:
    """Return the way of the lowest grade: what holds for all; of equals the one shown first."""
    return min(ways, key=lambda way: (_rank(way), _time(way)), default=CLOSED)


def newest(ways: Iterable[WayBack]) -> WayBack:
    """Return the way that was shown last; of equals the first."""
    return max(ways, key=_time, default=CLOSED)


def _time(way: WayBack) -> datetime:
    return way.at or datetime.min.replace(tzinfo=UTC)


def _rank(way: WayBack) -> int:
    return list(Grade).index(way.grade)


def is_near(address: str | None, others: Iterable[str]) -> bool:
    """Say whether an address lies in a network with one of the others, and may be let in where strangers are not."""
    return address is not None and _network(address) in {_network(other) for other in others}


def _network(address: str) -> str:
    """Return the network that a site has at least; of a laboratory each address is a site."""
    parsed = ip_address(address)
    width = parsed.max_prefixlen if parsed.is_loopback else 24 if parsed.version == 4 else 64  # noqa: PLR2004
    return str(ip_network(f"{address}/{width}", strict=False))


def is_hidden_from_us(run: RunRecord, strangers: WayBack) -> bool:
    """Say whether strangers reach our own catch MX, and we meet somebody else in its place wherever they go first.

    A proxy on our outgoing port 25, or a router that answers those inside itself, stands there for us alone.
    """
    first = [entrance.ours for entrance in run.entrances if entrance.preferred]
    return strangers.shown_by is ShownBy.RELAY and False in first and True not in first


def why_secluded(run: RunRecord) -> str | None:
    """Say why hosts elsewhere may not find the way to our own side that the relay found, if so."""
    domain = (run.catch_address or "").rpartition("@")[2].lower()
    if domain.startswith("["):
        return f"{domain} is an address literal, which many servers do not write to"
    if not is_qualified(domain):
        return f"{domain} is no name that is known everywhere"
    if run.catch_elsewhere:
        return run.catch_elsewhere
    if not run.catch_hosts:
        return f"{domain} is not in the DNS that was asked"
    known = [ip_address(address) for exchanger in run.catch_exchangers for address in exchanger.addresses]
    if known and not any(isinstance(address, IPv4Address) for address in known):
        return f"the mail exchangers of {domain} have IPv6 addresses only"
    return None


def is_inside(target: TargetRecord) -> bool:
    """Say whether a mail exchanger of the target has an address of a private network: others may see another target."""
    addresses = [address for exchanger in target.mail_exchangers for address in exchanger.addresses]
    return any(is_private(address) or is_loopback(address) for address in addresses)


def client_of(mail: ReturnedMail, catch: Party) -> Hop | None:
    """Return the host that handed a message to our side: as our own catch MX saw it, else by our side's line."""
    if mail.peer is not None and mail.peer.address is not None:
        return Hop(rdns=mail.peer.host, address=mail.peer.address)
    return find_trail(mail.notification.trace, catch).client


def is_stranger(client: Hop, ours: frozenset[str], run: RunRecord) -> bool:
    """Say whether a host that handed mail to our side has nothing to do with it, by its address and name."""
    if client.address is None or client.address in ours or is_private(client.address) or is_loopback(client.address):
        return False
    name = client.rdns or client.helo
    own = {organisation(host) for host in run.catch_hosts if is_qualified(host)} - {None}
    return not (name and organisation(name) in own)
