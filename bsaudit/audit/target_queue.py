"""Looking at the target's own queue while its answers are awaited: where it stays empty, nobody needs to wait long."""

from __future__ import annotations

from msgspec.structs import replace

from bsaudit.audit.state import Live
from bsaudit.errors import ServiceError
from bsaudit.judge.target_queue import hosts_of, looked
from bsaudit.model.mail import Route
from bsaudit.model.queue import QueueWatch
from bsaudit.ports import TargetQueue
from bsaudit.probe.tagging import domain_of

LOOK_S = 1.0


async def follow_queue(live: Live, queue: TargetQueue) -> None:
    """Look for ever; without a queue that can be read, the audit goes on as it would without one."""
    run = live.run
    run.queue = QueueWatch(program=queue.program)
    servers = len(hosts_of(run.targets))
    if servers > 1:
        _no_use(live, f"the mail of these targets goes to {servers} servers, and it is the queue of one")
        return
    empty = False
    try:
        while True:
            empty = await _look(live, queue, before=empty)
            await live.tools.clock.sleep(LOOK_S)
    except ServiceError as error:
        _no_use(live, error.message)


async def _look(live: Live, queue: TargetQueue, *, before: bool) -> bool:
    """Look once, and say whether it is empty; the journal knows it before anything is settled by it."""
    began = live.tools.clock.now()
    look = await queue.look(_own_domains(live), _handed_over(live))
    assert live.run.queue is not None
    live.run.queue = looked(live.run.queue, began, empty=look.empty, before=before, ours=look.ours)
    if look.empty:
        await live.tools.journal.update(live.run)
        for record in live.run.probes:
            if record.submission is not None and record.settlement is None:
                live.touch(record)
    return look.empty


def _handed_over(live: Live) -> frozenset[tuple[str, str]]:
    """Return sender and recipient of what a target took from us: what goes by the relay lies in that queue, too."""
    return frozenset(
        (record.probe.reverse_path, recipient.address)
        for record in live.run.probes
        if record.probe.target and record.probe.reverse_path and record.probe.route is Route.DIRECT
        if record.submission is not None and record.submission.accepted
        for recipient in record.probe.recipients
    )


def _own_domains(live: Live) -> frozenset[str]:
    """Return the domains of the targets, but for those at which our own side takes mail."""
    ours = {domain_of(address).lower() for address in live.settings.catch_addresses}
    return frozenset(target.domain for target in live.run.targets) - ours


def _no_use(live: Live, why: str) -> None:
    """Say why silence is settled by the grace alone from now on; what was seen before holds."""
    assert live.run.queue is not None
    live.run.queue = replace(live.run.queue, note=why)
    live.phase("watch", f"the target's queue is not looked at, silence takes the whole --grace: {why}")
