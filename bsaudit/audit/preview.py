"""What would be sent: `--dry-run`. Sends nothing; resolves the targets and composes every message."""

from __future__ import annotations

from msgspec import Struct

from bsaudit.audit.discover import discover
from bsaudit.audit.permission import consented
from bsaudit.audit.rehearse import Composed, likely, rehearse
from bsaudit.audit.run import new_run, sender_of
from bsaudit.model.run import TargetRecord
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
    messages = tuple(rehearse(run, settings, sender_of(run, settings), choices))
    return Preview(targets=tuple(run.targets), messages=messages, left_out=lacking, tagging=likely(settings.tagging))
