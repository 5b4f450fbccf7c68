"""What would be sent: `--dry-run`. Sends nothing; resolves the targets and composes every message."""

from __future__ import annotations

from collections.abc import Container, Iterable

from msgspec import Struct

from bsaudit.audit.budget import Plan, Purse, fit, in_memory
from bsaudit.audit.content import share_content
from bsaudit.audit.discover import discover
from bsaudit.audit.permission import consented
from bsaudit.audit.rehearse import Composed, likely, rehearse
from bsaudit.audit.run import new_run, sender_of
from bsaudit.model.run import RunRecord, TargetRecord
from bsaudit.model.settings import AuditSettings, Tagging
from bsaudit.ports import Clock, Resolver
from bsaudit.probe.plan import choose


class Preview(Struct, frozen=True, kw_only=True):
    """The whole plan. `left_out` are shapes for which the relay owner's consent is missing."""

    targets: tuple[TargetRecord, ...]
    messages: tuple[Composed, ...]
    left_out: tuple[str, ...]
    tagging: Tagging


async def dry_run(settings: AuditSettings, *, resolver: Resolver, clock: Clock) -> Preview:
    """Return every message that `settings` would send, controls first. Raises UsageError as the audit would."""
    run = new_run(settings, clock.now())
    choices, lacking = consented(settings, choose(settings))
    run.targets = await discover(settings, resolver)
    share_content(run, settings, choices, {})  # what earlier runs show can only make it less
    messages = tuple(rehearse(run, settings, sender_of(run, settings), choices))
    kept = await _fitting(run, settings, messages, clock.now().timestamp())
    messages = tuple(one for one in messages if one.probe.target is None or one.probe.id in kept)
    return Preview(targets=tuple(run.targets), messages=messages, left_out=lacking, tagging=likely(settings.tagging))


async def _fitting(run: RunRecord, settings: AuditSettings, messages: Iterable[Composed], now: float) -> Container[str]:
    """Return the probes for which there is room where nothing was sent before, and note the others."""
    probes = [message.probe for message in messages]
    plans = [
        Plan(target=target, probes=[probe for probe in probes if probe.target == target.target])
        for target in run.targets
    ]
    return await fit(plans, Purse(settings=settings, run_id=run.id, now=now, book=in_memory()))
