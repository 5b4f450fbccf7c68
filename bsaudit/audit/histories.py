"""What a run means for the states of its targets, as far as they are checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from bsaudit.judge.baseline import bounced
from bsaudit.judge.condition import advance, observe, of_its_hosts, own_side_errors, standing
from bsaudit.model.history import History, Observation, Policy, Shown, StateChange
from bsaudit.model.report import Report, RunEntry, TargetEntry, Verdict
from bsaudit.model.state import Condition, TargetState
from bsaudit.ports import Journal

DEFAULT_MAX_AGE_S = (3 * 24 + 2) * 3600.0


def observations(report: Report, at: datetime) -> Iterator[tuple[str, Observation]]:
    """Return what a run says of each of its targets."""
    own_side = own_side_errors(report)
    for entry in report.targets:
        yield entry.target, observe(entry, own_side, at, report.run)


async def take(
    seen: Mapping[str, Observation], policies: Mapping[str, Policy], journal: Journal
) -> tuple[dict[str, TargetState], list[StateChange]]:
    """Journal what a check saw of its targets; return how they stand now, and whose state is not what was told last.

    What a run outside of any check changed, or a late answer, is told by the next check. So is what could not be told,
    or was not before the check died: see `note_told`.
    """
    states: dict[str, TargetState] = {}
    changes: list[StateChange] = []
    for target, observation in seen.items():
        policy = policies[target]
        before, after = await journal.advance(target, partial(_untold, seen=observation, policy=policy))
        states[target] = standing(after, observation.at, policy.max_age_s)
        was = before.told or before.state.state
        if was is not after.state.state:
            changes.append(_change(target, was, after, observation))
    return states, changes


def _untold(history: History, seen: Observation, policy: Policy) -> History:
    return replace(advance(history, seen, policy), told=history.told or history.state.state)


async def note_told(change: StateChange, journal: Journal) -> None:
    """Journal that somebody was told of a change, and is not to be told again."""
    await journal.advance(change.target, partial(replace, told=change.after))


def _change(target: str, before: Condition, after: History, seen: Observation) -> StateChange:
    return StateChange(
        target=target,
        before=before,
        after=after.state.state,
        at=seen.at,
        run=seen.run,
        explanation=seen.explanation,
    )


async def note_known(report: Report, journal: Journal, at: datetime) -> None:
    """Count what a run outside of any check proves of targets that are checked: a bounce, or that one was mended.

    That such a run saw nothing bad makes no target clean: it may have tried little. What a new server does, that --mx
    names before the zone does, says nothing of the target that everybody reaches.
    """
    known = await journal.histories()
    for target, told in observations(report, at):
        history = known.get(target)
        seen = of_its_hosts(told, history) if history else None
        if history is None or seen is None:
            continue
        if seen.shown is Shown.BACKSCATTER or (seen.shown is Shown.CLEAN and history.guilty):
            policy = Policy(max_age_s=history.state.max_age_s or DEFAULT_MAX_AGE_S, recover_after=history.recover_after)
            await journal.advance(target, partial(advance, seen=seen, policy=policy))


async def note_late(before: Report, after: Report, journal: Journal, at: datetime) -> None:
    """Count what late answers changed: a verdict, or what else bounced of a target that is guilty already."""
    old = {entry.target: _shown(entry, before) for entry in before.targets}
    changed = tuple(entry for entry in after.targets if old.get(entry.target) != _shown(entry, after))
    if changed:
        await note_known(replace(after, targets=changed), journal, at)


async def note_left(report: Report, journal: Journal, at: datetime) -> None:
    """Count what a run proves that died before anybody counted it, but of no target that was decided since."""
    known = await journal.histories()
    fresh = (entry for entry in report.targets if not _is_decided_since(known.get(entry.target), report.run))
    await note_known(replace(report, targets=tuple(fresh)), journal, at)


def _is_decided_since(history: History | None, run: RunEntry | None) -> bool:
    decided = history.state.last_decided_at if history else None
    return decided is not None and run is not None and decided > run.started_at


def _shown(entry: TargetEntry, report: Report) -> tuple[Verdict, frozenset[str]]:
    return entry.verdict, bounced(entry, report.run)
