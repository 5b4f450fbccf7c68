"""What arrives for a run: read, matched to its probe, journalled, attributed. One way for an audit and `collect`."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from bsaudit.judge.callout import addresses_of, asked_for
from bsaudit.judge.inquiry import Inquiry
from bsaudit.judge.learn import target_party
from bsaudit.judge.match import note_stray, returned_mail, unknown_peer
from bsaudit.model.mail import Arrival, CatchSession, Host
from bsaudit.model.notification import Notification
from bsaudit.model.probe import ProbeRecord, ReturnedMail
from bsaudit.ndn import read
from bsaudit.ports import CatchMailbox, Journal, PeerVerifier
from bsaudit.probe.tokens import Match, TokenIndex

# Messages kept of what comes for one probe, and their octets: the worst server writes a few, and who floods an address
# of ours is not to fill the disk.
KEPT, KEPT_OCTETS = 50, 16 << 20

# Keeps a raw arrival under the name of its probe, and returns where.
Keep = Callable[[str, Arrival], str | None]


class Taken(Struct, frozen=True, kw_only=True):
    """A message that came back, and whose it is; `also` are others that it came to."""

    record: ProbeRecord
    mail: ReturnedMail
    also: tuple[ProbeRecord, ...] = ()


class Intake:
    """Takes what is the run's own: mail with one of its tokens, and sessions of our own catch MX that brought none."""

    def __init__(self, inquiry: Inquiry, journal: Journal, keep: Keep | None, peers: PeerVerifier | None) -> None:
        self.records: dict[str, ProbeRecord] = {}
        self._inquiry = inquiry
        self._journal = journal
        self._keep = keep
        self._peers = peers
        self._index = TokenIndex()
        self._octets = Counter[str]()  # by probe
        self._left_out = set[str]()
        self._untagged: dict[str, ProbeRecord] = {}  # by address; in those of ten thousand probes stands a token
        self._sessions = {replace(session, verified=None) for session in inquiry.run.sessions}
        # A run that was killed had read further than its position says.
        self._taken = {mail.uid for record in inquiry.run.probes for mail in record.returned}
        for record in inquiry.run.probes:
            self.expect(record)

    def expect(self, record: ProbeRecord) -> None:
        """Know a probe's tokens from now on."""
        self.records[record.probe.id] = record
        self._index.add(record.probe)
        untagged = (address for address in addresses_of(record.probe) if self._index.owner(address) is None)
        self._untagged |= dict.fromkeys(untagged, record)

    def knows(self, arrival: Arrival) -> bool:
        return arrival.uid in self._taken

    def find(self, arrival: Arrival) -> tuple[Notification, Match | None]:
        """Return what a message says, and the probe that it answers, if any."""
        notification = read(arrival.raw)
        return notification, self._index.match(arrival, notification)

    async def take(self, arrival: Arrival) -> Taken | None:
        """Take one new message. Other people's mail is nobody's business here: it is not kept, and None returned."""
        notification, match = self.find(arrival)
        if match is None:
            if note_stray(self._inquiry, notification):
                await self._journal.update(self._inquiry.run)
            return None
        self._taken.add(arrival.uid)
        record = self.records[match.probe_id]
        self._octets[match.probe_id] += len(arrival.raw)
        if len(record.returned) >= KEPT or self._octets[match.probe_id] > KEPT_OCTETS:
            await self._leave_out(record, arrival)
            return None
        try:
            arrival = await self._verified(arrival, notification, record)
        finally:  # also where the run ends meanwhile, and nobody knows yet who brought it: it is no silence
            await self._journal.arrived(self._inquiry.run.id, arrival, match.probe_id)
            file = self._keep(match.probe_id, arrival) if self._keep else None
            mail = returned_mail(arrival, notification, match, record, self._inquiry, file=file)
            record.returned += (mail,)
            also = tuple(self._copied(arrival, notification, match))
        return Taken(record=record, mail=mail, also=also)

    def _copied(self, arrival: Arrival, notification: Notification, match: Match) -> Iterator[ProbeRecord]:
        """Note a message with the other probes that it came to as well, and return them."""
        for one in self._index.also(arrival, notification, match):
            record = self.records[one.probe_id]
            if len(record.returned) < KEPT:
                record.returned += (returned_mail(arrival, notification, one, record, self._inquiry),)
                yield record

    async def _leave_out(self, record: ProbeRecord, arrival: Arrival) -> None:
        """Note once for a probe that there was more than is kept: of that nobody knows what it said."""
        if record.probe.id in self._left_out:
            return
        self._left_out.add(record.probe.id)
        lost = CatchSession(at=arrival.seen_at, peer=Host(), rcpt_to=(record.probe.from_address,), data=True, lost=True)
        self._inquiry.run.sessions.append(lost)
        await self._journal.sessions(self._inquiry.run.id, [lost])

    async def _verified(self, arrival: Arrival, notification: Notification, record: ProbeRecord) -> Arrival:
        """Ask DNS who signed a message and, where nobody knows, who handed it over: next year it may say otherwise."""
        address = unknown_peer(arrival, notification, record, self._inquiry)
        target = self._inquiry.target(record.probe.target)
        if self._peers is None or target is None:
            return arrival
        party = target_party(target)
        signatures = await self._peers.signatures(arrival.raw, record.probe.tokens, party.domains | party.hosts)
        verified = await self._peers.verify(address, party.domains) if address is not None else None
        return replace(arrival, signatures=signatures, verified=verified)

    async def take_sessions(self, mailbox: CatchMailbox) -> list[CatchSession]:
        """Take note of the sessions that brought no mail: callouts, and what was lost; return the new ones."""
        told = (session for session in mailbox.sessions() if session.lost or not session.data)
        fresh = [session for session in told if session not in self._sessions]
        if fresh:
            self._sessions.update(fresh)
            try:
                fresh = list(await asyncio.gather(*map(self._looked_up, fresh)))
            finally:  # also where the run ends meanwhile
                self._inquiry.run.sessions += fresh
                await self._journal.sessions(self._inquiry.run.id, fresh)
        return fresh

    async def _looked_up(self, session: CatchSession) -> CatchSession:
        """Ask DNS who it was that asked for an address of a target's probe."""
        record = next(filter(None, map(self._expecting, asked_for(session))), None)
        target = record and self._inquiry.target(record.probe.target)
        address = session.peer.address
        if self._peers is None or not target or address is None:
            return session
        return replace(session, verified=await self._peers.verify(address, target_party(target).domains))

    def _expecting(self, address: str) -> ProbeRecord | None:
        """Return the probe that has `address`, in lower case, for one of its own."""
        owner = self._index.owner(address)
        return self.records[owner.id] if owner is not None else self._untagged.get(address)
