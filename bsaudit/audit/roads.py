"""How many sessions a host sees of us at once, how close together, and when it has had enough."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bsaudit.durations import duration
from bsaudit.judge.budget import ADDRESS_RATE, ORGANISATION_RATE, agreement
from bsaudit.judge.case import PERMANENT, TRANSIENT
from bsaudit.judge.parties import organisation
from bsaudit.model.ledger import Lane
from bsaudit.model.mail import Reply, Stage, Submission
from bsaudit.model.notification import Reason
from bsaudit.model.probe import Probe
from bsaudit.model.settings import AuditSettings
from bsaudit.ndn.reason import reason_of
from bsaudit.ports import Clock, Journal
from bsaudit.text import clean_line

ORGANISATION_CONNECTIONS = 4
# How long a host that says "later" to all of us is left alone: once, twice, three times; after that for good.
BACK_OFF_S = (60.0, 300.0, 900.0)
# What all sessions with one address may take of a run together. A host may take five minutes for each reply (RFC 5321
# §4.5.3.2), and one that always does would hold up everybody else's audit for a night. It counts for who takes above a
# minute for each session: a host that agreed to many messages, and is slow, goes on.
PATIENCE_S, EACH_S = 1800.0, 60.0
SERVICE_CLOSING, NOT_A_MAIL_HOST, NO_SERVICE = 421, 521, 554
QUOTE_LIMIT = 200
_AT_THE_DOOR = frozenset({Stage.CONNECT, Stage.HELO})
_BLOCKED = re.compile(
    r"(?:client|your|sending|from) .{0,60}\b(?:blocked|banned|blacklisted|blocklisted)\b", re.IGNORECASE
)


class Road:
    """One receiving address: what it is to see of us, and what it said so far."""

    def __init__(self, lanes: Sequence[Lane], room: asyncio.Semaphore) -> None:
        self.lanes, self.room = lanes, room
        self.rebuffs = 0
        self.quiet_until = 0.0
        self.taken_s, self.sessions = 0.0, 0  # how long they took, and how many they were
        self.closed: str | None = None  # why nothing more is sent there, after its name


class Roads:
    """The roads of a run, one to each address that it connects to itself."""

    def __init__(self, settings: AuditSettings, clock: Clock, journal: Journal) -> None:
        self._settings, self._clock, self._journal = settings, clock, journal
        self._roads: dict[str, Road] = {}

    def to(self, probe: Probe) -> Road:
        address, host = probe.address or "", (probe.mail_exchanger or "").lower()
        if address not in self._roads:
            agreed = agreement(self._settings, address, host)
            most, rate = agreed.connections or 1, agreed.rate or ADDRESS_RATE
            kin = Lane(
                unit=f"organisation:{organisation(host) or host}",
                most=max(ORGANISATION_CONNECTIONS, agreed.connections or 0),
                pace_s=1.0 / max(ORGANISATION_RATE, rate),
            )
            own = Lane(unit=f"address:{address}", most=most, pace_s=1.0 / rate)
            self._roads[address] = Road((own, kin), asyncio.Semaphore(most))
        return self._roads[address]

    @asynccontextmanager
    async def session(self, probe: Probe) -> AsyncIterator[Road]:
        """Wait until the host of `probe` may see a session of ours, of whatever run, and hold its place meanwhile."""
        road, holder = self.to(probe), secrets.token_hex(8)
        async with road.room:
            wait = road.quiet_until - self._clock.monotonic()
            if wait > 0 and road.closed is None:
                await self._clock.sleep(wait)
            while (wait := await self._journal.enter(holder, road.lanes, self._clock.now().timestamp())) > 0:
                await self._clock.sleep(wait)
            began = self._clock.monotonic()
            try:
                yield road
            finally:
                road.taken_s += self._clock.monotonic() - began
                road.sessions += 1
                await self._journal.leave(holder)

    def tire(self, road: Road) -> str | None:
        """Return why nothing more is sent to a host that takes too long, where that is new."""
        if road.closed is not None or road.taken_s < max(PATIENCE_S, EACH_S * road.sessions):
            return None
        road.closed = f"has taken {duration(road.taken_s)} of this run for its replies"
        return road.closed

    def heed(self, road: Road, submission: Submission) -> str | None:
        """Take an answer to heart; return why nothing more is sent, where that is new."""
        said = self._said_enough(road, submission)
        if said is None:
            return None
        road.closed = f"wants no more mail from here ({clean_line(said, QUOTE_LIMIT)})"
        return road.closed

    def _said_enough(self, road: Road, submission: Submission) -> str | None:
        reply = submission.reply
        if reply is None or road.closed is not None:
            return None
        if _wants_no_more(submission, reply):
            return f"{reply.code} {reply.text}"
        if _wants_less(reply):
            if road.rebuffs >= len(BACK_OFF_S):
                return f"{reply.code} {reply.text}, again and again"
            pause = BACK_OFF_S[road.rebuffs]
            if pause > self._settings.wait_s:
                return f"{reply.code} {reply.text}; the run is over before that host may be asked again"
            road.quiet_until = self._clock.monotonic() + pause
            road.rebuffs += 1
        return None


def _wants_no_more(submission: Submission, reply: Reply) -> bool:
    if reply.code == NO_SERVICE and submission.stage in _AT_THE_DOOR:
        return True
    return reply.code == NOT_A_MAIL_HOST or (reply.code >= PERMANENT and _BLOCKED.search(reply.text) is not None)


def _wants_less(reply: Reply) -> bool:
    """Say whether a host finds that it hears too much of us: greylisting is about one message."""
    if reply.code == SERVICE_CLOSING:
        return True
    later = TRANSIENT <= reply.code < PERMANENT
    return later and reason_of(reply.text, "", reply.enhanced, reply.code) is Reason.RATE
