"""The working state of one run, and the few things that everybody does with it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from msgspec.structs import replace

from bsaudit.audit.budget import Purse
from bsaudit.audit.intake import Intake
from bsaudit.audit.pace import Pace
from bsaudit.audit.roads import Roads
from bsaudit.audit.tools import Tools
from bsaudit.errors import BsauditError, UsageError
from bsaudit.judge.callout import addresses_of, asked_for
from bsaudit.judge.inquiry import Inquiry
from bsaudit.judge.learn import Learned
from bsaudit.judge.match import attribute_again
from bsaudit.model.event import Arrived, Event, Phase, Settled
from bsaudit.model.mail import Arrival, Route
from bsaudit.model.notification import RECEIPTS
from bsaudit.model.probe import Probe, ProbeRecord, Settlement, State
from bsaudit.model.report import ErrorEntry
from bsaudit.model.run import RunRecord
from bsaudit.model.settings import AuditSettings
from bsaudit.probe.addressing import Numbers, Way

# Messages handed to the relay at once: while the journal writes for some, its connections carry the others.
RELAY_ROOM = 24


class Live:
    """A run under way: what it knows, what it takes in, and what is waiting to be judged."""

    def __init__(self, run: RunRecord, settings: AuditSettings, tools: Tools) -> None:
        self.settings = settings
        self.tools = tools
        self.numbers = Numbers()
        self.own_way = Way()  # how our own side is reached: by the relay, or an entrance of its own
        self.inquiry = Inquiry(run)
        self.intake = Intake(self.inquiry, tools.journal, self._saved if tools.save else None, tools.peers)
        self.changed: set[str] = set()  # probes that something happened to since they were last judged
        self.news = asyncio.Event()
        self.awake_at = tools.clock.now(), tools.clock.wall()  # when we last looked whether we had slept
        self.relay_room = asyncio.Semaphore(RELAY_ROOM)
        self.roads = Roads(settings, tools.clock, tools.journal)
        self.departures: dict[str, float] = {}  # by probe: when it may go out, in seconds since 1970
        self._save_failed = False
        self._paces: dict[str, Pace] = {}

    @property
    def run(self) -> RunRecord:
        return self.inquiry.run

    @property
    def learned(self) -> Learned:
        return self.inquiry.learned

    @property
    def records(self) -> dict[str, ProbeRecord]:
        return self.intake.records

    @property
    def own_way_is_public(self) -> bool:
        """Whether our own side is reached as strangers reach it: by a mail exchanger of the catch domain."""
        return self.own_way.exchanger in self.run.catch_exchangers

    def pace_of(self, probe: Probe) -> Pace:
        """Return the pace that a probe keeps with whatever else its target's domain is sent."""
        target = self.inquiry.target(probe.target)
        assert target is not None
        return self._paces.setdefault(target.domain, Pace(self.settings.rate, self.tools.clock))

    @property
    def purse(self) -> Purse:
        """What is paid from now."""
        return Purse(
            settings=self.settings,
            run_id=self.run.id,
            now=self.tools.clock.now().timestamp(),
            book=self.tools.journal.book,
        )

    async def departure(self, probe: Probe) -> None:
        """Wait until a message may go out."""
        at = self.departures.get(probe.id, 0.0)
        wait = at - self.tools.clock.now().timestamp()
        if wait > 0:
            await self.tools.clock.sleep(wait)

    def notify(self, event: Event) -> None:
        self.tools.observer(event)

    def phase(self, name: str, text: str) -> None:
        self.notify(Phase(run=self.run.id, at=self.tools.clock.now(), name=name, text=text))

    def failed(self, error: BsauditError) -> None:
        """Keep an error of our own side for the report."""
        self.run.errors.append(ErrorEntry(where=error.where, message=error.message, remedy=error.remedy))

    async def plan(self, probes: Iterable[Probe]) -> list[ProbeRecord]:
        """Journal `probes` before anything of them is sent, and return their records."""
        records = [ProbeRecord(probe=probe) for probe in probes]
        await self.tools.journal.plan(self.run.id, [record.probe for record in records])
        for record in records:
            self.run.probes.append(record)
            self.intake.expect(record)
        return records

    def touch(self, record: ProbeRecord) -> None:
        self.changed.add(record.probe.id)
        self.news.set()

    async def take(self, arrival: Arrival) -> None:
        """Take in a message, tell of it, and learn from it where it answers a control."""
        if self.intake.knows(arrival):
            return
        taken = await self.intake.take(arrival)
        if taken is None:
            self.notify(Arrived(run=self.run.id, at=arrival.seen_at, probe=None, returned=None))
            return
        record = taken.record
        if record.probe.control is not None:
            self.relearn()
        if taken.mail.notification.kind in RECEIPTS:
            self.attribute_again(record)
        now = next(mail for mail in record.returned if mail.uid == arrival.uid)
        self.notify(Arrived(run=self.run.id, at=arrival.seen_at, probe=record.probe, returned=now))
        for one in (record, *taken.also):
            self.touch(one)

    def _saved(self, probe_id: str, arrival: Arrival) -> str | None:
        """Keep the raw message beside the journal, where that was asked for; a disk that is full stops no audit."""
        if self.tools.save is None or self._save_failed:
            return None
        try:
            return self.tools.save(probe_id, arrival)
        except UsageError as error:
            self._save_failed = True
            self.failed(error)
            return None

    async def see_sessions(self) -> None:
        """Look which probes the new sessions at our own catch MX are about."""
        fresh = await self.intake.take_sessions(self.tools.mailbox)
        asked = set[str]().union(*map(asked_for, fresh))
        if asked:
            for record in self.run.probes:
                about = addresses_of(record.probe) & asked
                if record.submission is not None and record.probe.target is not None and about:
                    self.touch(record)

    def relearn(self) -> None:
        """Draw the lessons of the controls again; what they teach may change who wrote what."""
        if self.inquiry.relearn():
            for record in self.run.probes:
                if record.returned and attribute_again(record, self.inquiry):
                    self.touch(record)

    def attribute_again(self, record: ProbeRecord) -> None:
        """Look anew at what came back before it was known whether the target had taken the probe."""
        if record.returned and attribute_again(record, self.inquiry):
            self.touch(record)

    async def settle(self, record: ProbeRecord, settlement: Settlement) -> None:
        """Record what a probe showed, now that it stands."""
        if settlement.settled_at is None:
            settlement = replace(settlement, settled_at=self.tools.clock.now())
        record.settlement = settlement
        record.state = State.SETTLED
        # What witnesses added to the submission meanwhile is part of the evidence; the rest is in the journal already.
        submission = record.submission if self._keeps_transcripts else None
        await self.tools.journal.move(
            self.run.id, record.probe.id, State.SETTLED, submission=submission, settlement=settlement
        )
        self.notify(Settled(run=self.run.id, at=self.tools.clock.now(), probe=record.probe, settlement=settlement))

    @property
    def _keeps_transcripts(self) -> bool:
        return self.tools.relay_log is not None or self.tools.valid_mailbox is not None

    def put_aside(self, record: ProbeRecord) -> None:
        """Forget the transcript of what was journalled: thousands of them wait long, and only the report shows them.

        Where witnesses complete the submission it is journalled again, and so kept whole.
        """
        if record.submission is not None and not self._keeps_transcripts:
            # How a host that we went to ourselves greets is asked meanwhile.
            kept = record.submission.transcript[:1] if record.probe.route is Route.DIRECT else ()
            record.submission = replace(record.submission, transcript=kept)

    async def fetch_transcripts(self) -> None:
        """Take back from the journal what was put aside."""
        if self._keeps_transcripts:
            return
        for stored in (await self.tools.journal.load(self.run.id)).probes:
            record = self.records.get(stored.probe.id)
            if record is not None and record.submission is not None and stored.submission is not None:
                record.submission = replace(record.submission, transcript=stored.submission.transcript)
