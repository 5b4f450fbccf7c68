"""What would be sent: `--dry-run`. Sends nothing; resolves the targets and composes every message."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from bsaudit.audit.discover import discover
from bsaudit.audit.permission import consented
from bsaudit.audit.run import new_run, sender_of
from bsaudit.model.mail import Route
from bsaudit.model.probe import Probe
from bsaudit.model.run import TargetRecord
from bsaudit.model.settings import AuditSettings, Tagging
from bsaudit.ports import Clock, Resolver
from bsaudit.probe.addressing import Numbers, Way
from bsaudit.probe.compose import compose
from bsaudit.probe.own_side import (
    plan_calibration,
    plan_catch_controls,
    plan_closing,
    plan_content_controls,
    plan_ndn_controls,
)
from bsaudit.probe.plan import choose, note_left_out, plan_target, test_contents


class Composed(Struct, frozen=True, kw_only=True):
    """One message as it would go out: the envelope is in `probe`, `message` has CRLF line ends."""

    probe: Probe
    message: bytes


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
    targets = await discover(settings, resolver)
    sender = sender_of(run, settings)
    relayed = settings.relay is not None or settings.route is Route.RELAY
    own = replace(sender, route=Route.RELAY if relayed else Route.DIRECT)
    contents = test_contents(choices, settings)
    numbers = Numbers()
    probes = plan_catch_controls(own, numbers, Way())
    # What `auto` would learn is not known without sending; plus is what it tries first.
    tagging = Tagging.PLUS if settings.tagging is Tagging.AUTO else settings.tagging
    sender, own = replace(sender, tagging=tagging), replace(own, tagging=tagging)
    consented_to = not relayed or settings.route is Route.RELAY or settings.relay_permission is not None
    probes += plan_ndn_controls(own, numbers, Way(), content=bool(contents) and consented_to)
    if relayed:
        probes += plan_calibration(own, numbers)
    if settings.route is Route.RELAY:
        probes += plan_content_controls(own, numbers, contents)
    for target in targets:
        if target.error is None:
            note_left_out(target, choices, settings)
            probes += plan_target(sender, numbers, target, choices, settings)
    if relayed:  # sent where anything stays silent
        probes.append(plan_closing(own, numbers, Way()))
    messages = tuple(
        Composed(
            probe=probe,
            message=compose(
                probe,
                at=run.started_at,
                authorized_by=settings.authorized_by if probe.target else None,
                contact=settings.contact,
                rules=settings.rules,
            ),
        )
        for probe in probes
    )
    return Preview(targets=tuple(targets), messages=messages, left_out=lacking, tagging=tagging)
