"""A check of many targets: a run for each batch, and what they mean for the targets' states."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from time import monotonic

from msgspec import Struct
from msgspec.structs import replace

from bsaudit import __version__
from bsaudit.adapters.clock import SystemClock
from bsaudit.audit.histories import note_told, observations, take
from bsaudit.errors import BsauditError, Interrupted, ServiceError
from bsaudit.judge.condition import brief, own_side_errors, with_log
from bsaudit.judge.repeated import together
from bsaudit.judge.verdict import exit_code, overall
from bsaudit.model.event import Event, Retrying
from bsaudit.model.history import Observation, Policy, Shown, StateChange
from bsaudit.model.logs import LogSource
from bsaudit.model.report import ErrorEntry, Report, TargetEntry, ToolEntry, Verdict
from bsaudit.model.settings import AuditSettings
from bsaudit.model.state import CheckEntry, OwnSidePart, TargetState
from bsaudit.ports import Journal, Observer
from bsaudit.wiring.fail_fast import FailFast
from bsaudit.wiring.runs import run_audit
from bsaudit.wiring.target_logs import read_logs
from bsaudit.wiring.tools import journal_at

# How often it is told how long is waited until something is tried once more.
TELL_S = 10.0
_PARTS = ("relay", "catch", "dns", "journal")
TOOL = ToolEntry(name="bsaudit", version=__version__)


class Watched(Struct, frozen=True, kw_only=True):
    """A target that is checked: what its state goes by, and where the configuration names it."""

    policy: Policy
    file: str | None = None
    line: int | None = None
    log: LogSource | None = None


class Check(Struct, frozen=True, kw_only=True):
    """What is to be checked: the batches, in their order. None begins more than `lasts_s` seconds after the first.

    What could not be decided is tried once more, `retry_after_s` seconds after it was tried first. One that
    `ends_early` does so with the first probe that came back.
    """

    batches: tuple[AuditSettings, ...]
    watched: Mapping[str, Watched]
    lasts_s: float | None = None
    retry_after_s: float | None = None
    ends_early: bool = False


async def run_check(
    check: Check, journal_url: str | None, observer: Observer, changed: Callable[[StateChange], bool]
) -> Report:
    """Audit every batch and return one report of all, each target with its state.

    `changed` is told of new states, and says whether that worked; else the next check tells it. Where our own side
    fails, the check ends, and no target's state changes by it. Raises UsageError and JournalError as `run_audit` does,
    and Interrupted with the report of all that was audited by then.
    """
    began, began_at = monotonic(), SystemClock().now()
    async with journal_at(journal_url) as journal:
        night = _Night(check, journal, observer, changed, began)
        stopped = await _until_stopped(night.whole())
        if stopped and not night.reports:  # of our own side nothing is known either
            raise stopped
        noted = await _note(night.reports, began_at, monotonic() - began, journal)
    report = _merged(night.reports, night.entries, night.states, check.watched, noted)
    if check.batches and not night.reports:  # there was no time left for any
        report = replace(report, verdict=Verdict.INCONCLUSIVE, exit_code=exit_code(Verdict.INCONCLUSIVE, ()))
    if stopped:
        raise Interrupted(stopped.message, remedy=stopped.remedy, report=report)
    return report


async def _until_stopped(whole: Awaitable[None]) -> Interrupted | None:
    """Await a check to its end, or until it is interrupted, in a run or between two."""
    try:
        await whole
    except Interrupted as stopped:
        return stopped
    except asyncio.CancelledError:
        return Interrupted("interrupted", remedy="What was audited by then counts.")
    return None


# Runs in a row that our own side failed before the check ends: what one target does to it must not keep the others from
# being checked. The next one's controls come first, and show whether it still fails.
FAILURES = 2


class _Night:
    """A check under way."""

    def __init__(
        self,
        check: Check,
        journal: Journal,
        observer: Observer,
        changed: Callable[[StateChange], bool],
        began: float,
    ) -> None:
        self._check, self._journal, self._observer, self._changed = check, journal, observer, changed
        self._ends = None if check.lasts_s is None else began + check.lasts_s
        self._first = FailFast()
        self._again: list[tuple[AuditSettings, float]] = []  # what is to be tried once more, and when
        self._failed = 0  # runs in a row, for reasons of our own side's
        self._seen: dict[str, Observation] = {}
        self.reports: list[Report] = []
        self.entries: dict[str, TargetEntry] = {}
        self.states: dict[str, TargetState] = {}

    async def whole(self) -> None:
        """Audit every batch, and try once more what was not decided."""
        for settings in self._check.batches:
            if not await self.audit(settings):
                break
        else:
            await self.retry()
        await self.read_logs()

    async def audit(self, settings: AuditSettings) -> bool:
        """Audit a batch. False: nothing more is to be begun."""
        if self._is_over:
            return False
        report = await self._audited(settings)
        self.entries |= {entry.target: entry for entry in report.targets}
        if self._first.ended:
            await self._take_proof(report)
            return False
        await self._take(dict(observations(report, SystemClock().now())))
        self._failed = self._failed + 1 if own_side_errors(report) else 0
        if self._check.retry_after_s and not self._failed:
            at = monotonic() + self._check.retry_after_s
            self._again += [(one, at) for one in repeats(settings, report.targets)]
        return self._failed < FAILURES

    async def retry(self) -> None:
        """Try once more what could not be decided; what then decides counts as if it had done so at first."""
        for settings, at in self._again:
            if self._ends is not None and at >= self._ends:
                return
            await self._wait(settings, at)
            report = await self._audited(settings)
            seen = dict(observations(report, SystemClock().now()))
            decided = {target: one for target, one in seen.items() if one.shown in DECIDED}
            whole = {entry.target: self._whole(entry) for entry in report.targets if entry.target in decided}
            await self._take({target: self._with_first(one, whole[target]) for target, one in decided.items()})
            self.entries |= whole
            if own_side_errors(report):
                return

    async def read_logs(self) -> None:
        """Read the logs of the targets that were audited, and keep with each what its own shows."""
        named = {name: one.log for name, one in self._check.watched.items() if one.log and name in self.entries}
        found = await read_logs(named, SystemClock().now()) if named else {}
        for name, entry in self.entries.items():
            log = found.get(name)
            self.entries[name] = replace(entry, log=log)
            await self._journal.advance(name, partial(with_log, log=log))

    async def _wait(self, settings: AuditSettings, at: float) -> None:
        """Wait until a batch is due, and say how long that is."""
        run = self.reports[-1].run
        while (left_s := at - monotonic()) > 0:
            if run is not None:
                now = SystemClock().now()
                self._observer(Retrying(run=run.id, at=now, targets=settings.targets, left_s=left_s))
            await asyncio.sleep(min(left_s, TELL_S))

    @property
    def _is_over(self) -> bool:
        return self._ends is not None and monotonic() >= self._ends

    def _whole(self, again: TargetEntry) -> TargetEntry:
        """Return the entry of a repetition with what the first run of the night showed of its target."""
        run = self._seen[again.target].run
        return together(self.entries[again.target], again, run) if run else again

    def _with_first(self, seen: Observation, whole: TargetEntry) -> Observation:
        """Return what a repetition showed together with what was good before it."""
        good = {*self._seen[whole.target].good, *seen.good} - {*seen.bounced}
        return replace(seen, good=tuple(sorted(good)), entry=brief(whole))

    async def _audited(self, settings: AuditSettings) -> Report:
        try:
            report = await self._first.until_proven(_audited(settings, self._tell))
        except Interrupted as stopped:
            await self._take_proof(stopped.report)
            self._keep(stopped.report)
            raise
        self.reports.append(report)
        return report

    def _tell(self, event: Event) -> None:
        self._observer(event)
        if self._check.ends_early:
            self._first(event)

    def _keep(self, report: object) -> None:
        """Keep what an interrupted run says of its targets, where nothing more is known of them."""
        if isinstance(report, Report):
            new = {one.target: one for one in report.targets}
            guilty = {name: one for name, one in new.items() if one.verdict is Verdict.BACKSCATTER}
            self.entries = new | self.entries | guilty

    async def _take_proof(self, report: object) -> None:
        """Count what bounced before a run was interrupted: that is proven, and nothing else is."""
        if isinstance(report, Report):
            seen = dict(observations(report, SystemClock().now()))
            await self._take({name: one for name, one in seen.items() if one.shown is Shown.BACKSCATTER})

    async def _take(self, seen: dict[str, Observation]) -> None:
        policies = {name: one.policy for name, one in self._check.watched.items()}
        states, changes = await take(seen, policies, self._journal)
        self._seen |= seen
        self.states |= states
        for change in changes:
            if await asyncio.to_thread(self._changed, change):
                await note_told(change, self._journal)


DECIDED = frozenset({Shown.BACKSCATTER, Shown.CLEAN})


def repeats(settings: AuditSettings, entries: Iterable[TargetEntry]) -> Iterator[AuditSettings]:
    """Return the runs that repeat what could not be decided, and nothing else."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for entry in entries:
        if entry.undecided:
            alike.setdefault(entry.undecided, []).append(entry.target)
    for kinds, targets in alike.items():
        recipe = settings.recipe
        if recipe is not None:
            kept = {name: value for name, value in recipe.settings.items() if name != "skip"}
            recipe = replace(recipe, settings=kept | {"probe": kinds})
        terms = tuple(one for one in settings.terms if one.target in targets)
        yield replace(settings, targets=tuple(targets), kinds=kinds, skip=(), terms=terms, recipe=recipe)


async def _audited(settings: AuditSettings, observer: Observer) -> Report:
    """Return the report of a run; of one that could not begin, it says why."""
    try:
        return await run_audit(settings, observer)
    except* ServiceError as errors:
        error = _first(errors)
    entry = ErrorEntry(where=error.where, message=error.message, remedy=error.remedy)
    return Report(tool=TOOL, run=None, verdict=Verdict.INCONCLUSIVE, exit_code=error.exit_code, errors=(entry,))


def _first(group: BaseExceptionGroup[ServiceError]) -> BsauditError:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, BsauditError)
    return error


async def _note(reports: Sequence[Report], at: datetime, duration_s: float, journal: Journal) -> CheckEntry:
    """Journal how the check went, as far as our own side is concerned: where nothing showed it, it stands as before."""
    before = await journal.last_check() or CheckEntry()
    before = replace(before, last_run_at=at, duration_s=round(duration_s, 3))
    shown = any(own_side_errors(report) or (report.run and report.run.controls) for report in reports)
    check = _with_own_side(before, reports, at) if shown else before
    await journal.note_check(check)
    return check


def _with_own_side(before: CheckEntry, reports: Sequence[Report], at: datetime) -> CheckEntry:
    errors = {error.where: error.message for report in reports for error in own_side_errors(report)}
    relayed = any(report.run and report.run.relay for report in reports)  # else nothing was seen of a relay
    shown = [part for part in _PARTS if relayed or part != "relay"]
    parts = (*shown, *(where for where in errors if where not in shown))
    return replace(
        before,
        last_success_at=before.last_success_at if errors else at,
        own_side=tuple(OwnSidePart(part=part, ok=part not in errors, note=errors.get(part, "")) for part in parts),
    )


def _merged(
    reports: Sequence[Report],
    entries: Mapping[str, TargetEntry],
    states: Mapping[str, TargetState],
    watched: Mapping[str, Watched],
    check: CheckEntry,
) -> Report:
    """Return one report of several runs; `run` is told only where there was but one."""
    targets = tuple(replace(entry, state=_placed(states.get(name), watched)) for name, entry in entries.items())
    errors = tuple(dict.fromkeys(error for report in reports for error in report.errors))
    verdict = overall(targets) if targets or errors else Verdict.CLEAN  # nothing was due
    return Report(
        tool=TOOL,
        run=reports[0].run if len(reports) == 1 else None,
        verdict=verdict,
        exit_code=exit_code(verdict, errors),
        errors=errors,
        targets=targets,
        check=check,
    )


def _placed(state: TargetState | None, watched: Mapping[str, Watched]) -> TargetState | None:
    if state is None:
        return None  # the check ended before it was known
    known = watched[state.target]
    return replace(state, file=known.file, line=known.line)
