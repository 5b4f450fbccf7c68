"""How many sessions a host sees of us at once, how close together, and when it has had enough."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bsaudit.audit.pace import Pace
from bsaudit.judge.budget import ADDRESS_RATE, agreement
from bsaudit.judge.case import PERMANENT, TRANSIENT
from bsaudit.judge.parties import organisation
from bsaudit.model.mail import Reply, Stage, Submission
from bsaudit.model.notification import Reason
from bsaudit.model.probe import Probe
from bsaudit.model.settings import AuditSettings
from bsaudit.ndn.reason import reason_of
from bsaudit.ports import Clock

ORGANISATION_CONNECTIONS = 4
# How long a host that says "later" to all of us is left alone: once, twice, three times; after that for good.
BACK_OFF_S = (60.0, 300.0, 900.0)
SERVICE_CLOSING, NOT_A_MAIL_HOST, NO_SERVICE = 421, 521, 554
_AT_THE_DOOR = frozenset({Stage.CONNECT, Stage.HELO})
_BLOCKED = re.compile(
    r"(?:client|your|sending|from) .{0,60}\b(?:blocked|banned|blacklisted|blocklisted)\b", re.IGNORECASE
)


class Lane:
    """One receiving address."""

    def __init__(self, pace: Pace, room: asyncio.Semaphore, kin: asyncio.Semaphore) -> None:
        self.pace, self.room, self.kin = pace, room, kin
        self.rebuffs = 0
        self.quiet_until = 0.0
        self.closed: str | None = None  # why nothing more is sent there


class Lanes:
    """The lanes of a run, one for each address that it connects to itself."""

    def __init__(self, settings: AuditSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._lanes: dict[str, Lane] = {}
        self._kin: dict[str, asyncio.Semaphore] = {}

    def of(self, probe: Probe) -> Lane:
        address, host = probe.address or "", (probe.mail_exchanger or "").lower()
        if address not in self._lanes:
            agreed = agreement(self._settings, address, host)
            kin = organisation(host) or host
            most = max(ORGANISATION_CONNECTIONS, agreed.connections or 0)
            self._lanes[address] = Lane(
                Pace(agreed.rate or ADDRESS_RATE, self._clock),
                asyncio.Semaphore(agreed.connections or 1),
                self._kin.setdefault(kin, asyncio.Semaphore(most)),
            )
        return self._lanes[address]

    @asynccontextmanager
    async def session(self, probe: Probe) -> AsyncIterator[Lane]:
        """Wait until the host of `probe` may see a session of ours, and hold its place meanwhile."""
        lane = self.of(probe)
        await lane.pace.leave(lane.room)
        try:
            wait = lane.quiet_until - self._clock.monotonic()
            if wait > 0 and lane.closed is None:
                await self._clock.sleep(wait)
            async with lane.kin:
                yield lane
        finally:
            lane.room.release()

    def heed(self, lane: Lane, submission: Submission) -> str | None:
        """Take an answer to heart; return why nothing more is sent, where that is new."""
        reply = submission.reply
        if reply is None or lane.closed is not None:
            return None
        if _wants_no_more(submission, reply):
            lane.closed = f"{reply.code} {reply.text}"
            return lane.closed
        if _wants_less(reply):
            if lane.rebuffs >= len(BACK_OFF_S):
                lane.closed = f"{reply.code} {reply.text}, again and again"
                return lane.closed
            lane.quiet_until = self._clock.monotonic() + BACK_OFF_S[lane.rebuffs]
            lane.rebuffs += 1
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
