"""Putting together what an outcome is judged from. Pure: shared by the live run and by the rebuilt one."""

from __future__ import annotations

from bsaudit.judge.callout import callouts_for
from bsaudit.judge.case import Case
from bsaudit.judge.learn import POSITIVE, Learned
from bsaudit.judge.reading import tested
from bsaudit.judge.verdict import positive_held
from bsaudit.model.probe import Difference, Outcome, Probe, ProbeRecord, Role
from bsaudit.model.run import RunRecord
from bsaudit.probe.content import TEST_CONTENTS


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
        silent_unauthenticated=_silent_unauthenticated(record, run),
    )


def _silent_unauthenticated(record: ProbeRecord, run: RunRecord) -> bool:
    """Say whether the target takes such mail silently from a reverse-path that SPF does not vouch for.

    A budget of a dozen messages does not allow a twin for every bounce: one answers for all that ask the same.
    """
    twins = [
        other.settlement.outcome
        for other in run.probes
        if other.probe.difference is Difference.UNAUTHENTICATED
        and other is not record
        and other.settlement is not None
        and _question(other.probe) == _question(record.probe)
    ]
    return bool(twins) and all(outcome is Outcome.ACCEPTED_SILENTLY for outcome in twins)


def _question(probe: Probe) -> tuple[str | None, Role, str | None]:
    """Return what a probe asks, however it is addressed: of which target, about whom, with which test content."""
    return probe.target, tested(probe).role, probe.content if probe.content in TEST_CONTENTS else None


def _positive(record: ProbeRecord, run: RunRecord) -> bool | None:
    """Return whether the positive control of the same host held, was turned down, or is not known yet."""
    probe = record.probe
    # Positive controls stand in front of a target's probes, so that this ends early however long the run is.
    for other in run.probes:
        same = other.probe.target == probe.target and other.probe.address == probe.address
        if same and other.probe.control == POSITIVE and other is not record:
            return positive_held(other)
    return None
