"""Putting together what an outcome is judged from. Pure: shared by the live run and by the rebuilt one."""

from __future__ import annotations

from bsaudit.judge.callout import callouts_for
from bsaudit.judge.case import Case
from bsaudit.judge.learn import POSITIVE, Learned
from bsaudit.judge.verdict import positive_held
from bsaudit.model.probe import Difference, Outcome, ProbeRecord
from bsaudit.model.run import RunRecord


def case_of(record: ProbeRecord, run: RunRecord, learned: Learned) -> Case:
    """Return what the outcome of `record`, a probe of a target, is judged from."""
    target = next(entry for entry in run.targets if entry.target == record.probe.target)
    return Case(
        record=record,
        learned=learned,
        target=target,
        callouts=tuple(callouts_for(record.probe, target, run.sessions, learned.relay)),
        grace_s=run.grace_s,
        positive=_positive(record, run),
        silent_unauthenticated=any(
            other.probe.repeats == record.probe.id
            and other.probe.difference is Difference.UNAUTHENTICATED
            and other.settlement is not None
            and other.settlement.outcome is Outcome.ACCEPTED_SILENTLY
            for other in run.probes
        ),
    )


def _positive(record: ProbeRecord, run: RunRecord) -> bool | None:
    """Return whether the positive control of the same host held, was turned down, or is not known yet."""
    probe = record.probe
    # Positive controls stand in front of a target's probes, so that this ends early however long the run is.
    for other in run.probes:
        same = other.probe.target == probe.target and other.probe.address == probe.address
        if same and other.probe.control == POSITIVE and other is not record:
            return positive_held(other)
    return None
