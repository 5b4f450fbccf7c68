"""What a bounce makes us ask once more: the same without NOTIFY, and from a reverse-path that nobody vouches for.

A message that cannot be read may be a report of success, in words of its own: the same without NOTIFY tells.
"""

from __future__ import annotations

import asyncio
import re

from msgspec.structs import replace

from bsaudit.audit.budget import UNASKED_WAIT_S
from bsaudit.audit.send import send_all
from bsaudit.audit.state import Live
from bsaudit.errors import RelayError
from bsaudit.judge.budget import why
from bsaudit.model.domain import is_below
from bsaudit.model.mail import Route
from bsaudit.model.notification import Attribution, Kind
from bsaudit.model.probe import Difference, Outcome, Probe, ProbeRecord, State
from bsaudit.probe.addressing import Sender
from bsaudit.probe.plan import plan_contact, plan_repetition

_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")


def contact_in(record: ProbeRecord) -> str | None:
    """Return the address of the target's own domain that a bounce tells people to write to."""
    own = {recipient.address.lower() for recipient in record.probe.recipients}
    domain = record.probe.recipients[0].address.rpartition("@")[2].lower()
    for mail in record.returned:
        if mail.attributed.attribution is Attribution.TARGET:
            for address in _ADDRESS.findall(mail.notification.prose):
                at = address.lower().rpartition("@")[2]
                if address.lower() not in own and is_below(at, domain):
                    return str(address)
    return None


def _is_unread(record: ProbeRecord) -> bool:
    """Say whether what came back cannot be told, and a report of success was asked for (RFC 3461 §4.1)."""
    asked = record.submission is not None and record.submission.dsn_requested
    open_ = record.settlement is not None and record.settlement.outcome is Outcome.UNRESOLVED
    return asked and open_ and any(mail.notification.kind is Kind.OTHER for mail in record.returned)


class FollowUps:
    """Repeats the first bounced probe of each target, and the first whose answer cannot be read.

    All within the number of messages that was agreed.
    """

    def __init__(self, live: Live, sender: Sender, group: asyncio.TaskGroup) -> None:
        self._live = live
        self._sender = sender
        self._group = group
        self._done: set[tuple[str | None, bool]] = set()  # which target, and whether a bounce was repeated

    async def after(self, record: ProbeRecord) -> list[ProbeRecord]:
        """Return the repetitions that a settled probe calls for; they are journalled and on their way."""
        probe, settlement = record.probe, record.settlement
        bounced = settlement is not None and settlement.outcome is Outcome.BOUNCED
        asked = (probe.target, bounced)
        if not (bounced or _is_unread(record)) or probe.control or probe.repeats or asked in self._done:
            return []
        self._done.add(asked)
        senders = self._senders(record) if bounced else [(Difference.WITHOUT_NOTIFY, self._sender)]
        probes = [
            plan_repetition(probe, sender, difference, self._live.numbers.probe())
            for difference, sender in senders[: self._room(probe.target)]
        ]
        probes += self._contact(record) if bounced else []
        records = await self._live.plan(await self._affordable(probes))
        for repetition in records:
            self._begin(repetition)
        return records

    def _begin(self, repetition: ProbeRecord) -> None:
        """Send a repetition, unless the audit is just being ended: then it stays planned, and is cancelled as such."""
        sending = self._send(repetition)
        try:
            self._group.create_task(sending)
        except RuntimeError:  # the group takes no more tasks
            sending.close()

    async def _affordable(self, probes: list[Probe]) -> list[Probe]:
        """Return those for which the budgets of their receivers have room."""
        live = self._live
        booked = await live.purse.pay(
            ((live.inquiry.target(probe.target), probe, False) for probe in probes), UNASKED_WAIT_S
        )
        for probe, told in zip(probes, booked, strict=True):
            if told.at is not None:
                live.departures[probe.id] = told.at
            else:
                live.phase("plan", f"{probe.target}: not repeated, {why(told.unit or '')}")
        return [probe for probe in probes if probe.id in live.departures]

    def _contact(self, record: ProbeRecord) -> list[Probe]:
        """Ask the target itself, where we talk to it, whether the address exists that its bounce names."""
        probe = record.probe
        contact = contact_in(record) if probe.route is Route.DIRECT else None
        if contact is None:
            return []
        return [plan_contact(probe, contact, self._sender, self._live.numbers.probe())]

    def _senders(self, record: ProbeRecord) -> list[tuple[Difference, Sender]]:
        wanted = []
        if record.submission is not None and record.submission.dsn_requested:
            wanted.append((Difference.WITHOUT_NOTIFY, self._sender))
        second = self._live.run.second_address
        if second is not None and self._live.learned.second_works and record.probe.route is Route.RELAY:
            wanted.append((Difference.UNAUTHENTICATED, replace(self._sender, catch_address=second)))
        return wanted

    def _room(self, target: str | None) -> int:
        """Return how many more messages the target may get."""
        used = sum(
            entry.probe.target == target and not entry.probe.rcpt_only and entry.state is not State.CANCELLED
            for entry in self._live.run.probes
        )
        return max(0, self._live.settings.max_probes - used)

    async def _send(self, record: ProbeRecord) -> None:
        try:
            await send_all(self._live, [record], self._live.pace_of(record.probe))
        except RelayError as error:
            self._live.failed(error)
            self._live.touch(record)
