"""The whole plan, composed and not sent: for `--dry-run`, and so that no message can fail once others are out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from bsaudit.errors import UsageError
from bsaudit.model.mail import Route
from bsaudit.model.probe import Probe
from bsaudit.model.run import RunRecord
from bsaudit.model.settings import AuditSettings, Tagging
from bsaudit.probe.addressing import Numbers, Sender, Way
from bsaudit.probe.compose import compose
from bsaudit.probe.letter import Signature
from bsaudit.probe.own_side import (
    plan_calibration,
    plan_catch_controls,
    plan_closing,
    plan_content_controls,
    plan_ndn_controls,
)
from bsaudit.probe.plan import Choice, note_left_out, plan_target, test_contents


class Composed(Struct, frozen=True, kw_only=True):
    """One message as it would go out: the envelope is in `probe`, `message` has CRLF line ends."""

    probe: Probe
    message: bytes


def rehearse(run: RunRecord, settings: AuditSettings, sender: Sender, choices: Sequence[Choice]) -> Iterator[Composed]:
    """Yield every message that `settings` would send, controls first. Raises UsageError for one that cannot be."""
    for probe in _planned(run, settings, sender, choices):
        try:
            message = compose(
                probe,
                at=run.started_at,
                sign=signature(run, settings, probe),
                rules=settings.rules,
            )
        except ValueError as error:  # the library's word for what it cannot write down
            raise UsageError(
                f"the message of {probe.kind}:{probe.shape} cannot be composed: {error}",
                remedy="Nothing was sent. Leave this probe out, or mend what it is made of.",
            ) from error
        yield Composed(probe=probe, message=message)


def signature(run: RunRecord, settings: AuditSettings, probe: Probe) -> Signature:
    """Return what a message says of its run; our own controls do not travel with the name of whoever allowed it."""
    allowed = (run.authorized_by or settings.authorized_by) if probe.target else None
    return Signature(run_id=run.id, authorized_by=allowed, contact=settings.contact, about_url=settings.about_url)


def likely(tagging: Tagging) -> Tagging:
    """Return the style that a run is likely to use: `auto` tries plus first, and learns the rest by sending."""
    return Tagging.PLUS if tagging is Tagging.AUTO else tagging


def _planned(run: RunRecord, settings: AuditSettings, sender: Sender, choices: Sequence[Choice]) -> Iterator[Probe]:
    relayed = settings.relay is not None or settings.route.relayed
    own = replace(sender, route=Route.RELAY if relayed else Route.DIRECT)
    contents = test_contents(choices, settings)
    numbers = Numbers()
    yield from plan_catch_controls(own, numbers, Way())
    sender, own = (replace(one, tagging=likely(settings.tagging)) for one in (sender, own))
    consented_to = not relayed or settings.route.relayed or settings.relay_permission is not None
    yield from plan_ndn_controls(own, numbers, Way(), content=bool(contents) and consented_to)
    if relayed:
        yield from plan_calibration(own, numbers)
    if settings.route.relayed:
        yield from plan_content_controls(own, numbers, contents)
    for target in run.targets:
        if target.error is None:
            note_left_out(target, choices, settings)
            yield from plan_target(sender, numbers, target, choices, settings)
    if relayed:  # sent where anything stays silent
        yield plan_closing(own, numbers, Way())
