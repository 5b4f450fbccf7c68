"""Who brought mail to our own side on the day before a run: strangers, where nothing ties them to us. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from bsaudit.judge.attribution.words import domain_in
from bsaudit.judge.learn import Learned
from bsaudit.judge.trail import find_trail
from bsaudit.judge.way_back import client_of, is_near, is_stranger
from bsaudit.model.knowledge import Party
from bsaudit.model.mail import Arrival, Route
from bsaudit.model.notification import Hop, Notification
from bsaudit.model.run import RunRecord
from bsaudit.model.way_back import Visit
from bsaudit.ndn import read
from bsaudit.probe.tokens import tokens_in
from bsaudit.text import clean_line

# What came before then may have come by a way that is closed today.
A_DAY = timedelta(hours=24)


def visits(arrivals: Iterable[Arrival], run: RunRecord, learned: Learned) -> tuple[Visit, ...]:
    """Return the newest visit of a stranger's that came with the null reverse-path, and the newest other one."""
    sent_from = frozenset(_sent_from(run, learned.catch))
    ours = learned.catch.addresses | learned.relay.addresses | frozenset(run.auditor_addresses) | sent_from
    found = [visit for one in arrivals if (visit := _visit(one, run, learned.catch, ours, tagged=bool(sent_from)))]
    return tuple({visit.from_nobody: visit for visit in sorted(found, key=lambda visit: visit.at)}.values())


def _sent_from(run: RunRecord, catch: Party) -> Iterator[str]:
    """Return the addresses from which our own mail came to us without a relay."""
    for record in run.probes:
        if record.probe.target is None and record.probe.route is Route.DIRECT:
            clients = (client_of(mail, catch) for mail in record.returned)
            yield from (client.address for client in clients if client and client.address)


def _visit(arrival: Arrival, run: RunRecord, catch: Party, ours: frozenset[str], *, tagged: bool) -> Visit | None:
    """Return what an arrival shows; with `tagged` also one to an address as our own controls of another day went to.

    Those are known by whence they came, where that is known.
    """
    client, at, to, from_nobody = _noted(arrival) if arrival.peer else _told(read(arrival.raw), run, catch)
    own = [address for address in to if domain_in(address) == domain_in(run.catch_address)]
    if client is None or at is None or not run.started_at - A_DAY <= at < run.started_at:
        return None
    if not own or (not tagged and any(tokens_in(" ".join(own).encode()))):
        return None
    if not is_stranger(client, ours, run) or is_near(client.address, run.catch_addresses):
        return None
    name = client.rdns or client.helo or client.address or ""
    return Visit(at=at, from_=clean_line(name), from_nobody=from_nobody, seen=arrival.peer is not None)


_Said = tuple[Hop | None, datetime | None, list[str], bool]


def _noted(arrival: Arrival) -> _Said:
    """Return what our own catch MX noted: who came, when, for whom, and whether with the null reverse-path."""
    peer = arrival.peer
    hop = Hop(rdns=peer.host, helo=arrival.helo, address=peer.address) if peer else None
    return hop, arrival.seen_at, list(arrival.envelope_to), arrival.envelope_from == ""


def _told(notification: Notification, run: RunRecord, catch: Party) -> _Said:
    """Return the same by the lines that our own side wrote; a To field counts where none of them says for whom.

    What is from the catch domain itself is a control of ours, perhaps of another machine's.
    """
    trail = find_trail(notification.trace, catch)
    client = trail.client
    if client is None or domain_in(notification.from_address) == domain_in(run.catch_address):
        return None, None, [], False
    above = notification.trace[: len(notification.trace) - len(trail.below)]
    to = [hop.recipient for hop in above if hop.recipient]
    if not to and (client.by or "").lower() in {host.lower() for host in run.catch_hosts}:
        to += notification.delivered_to
    return client, client.at, to, notification.reverse_path == ""
