"""What of a report is known and accepted, and what is new. Pure.

The verdict stays what it is: accepted backscatter is backscatter that nobody is to be woken for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from bsaudit.judge.condition import AT, ORDINARY, VERDICT_OF, observe, ordinary_came_back, probe_name
from bsaudit.judge.verdict import exit_code, overall
from bsaudit.model.baseline import Accept, BaselineEntry, KnownProblem
from bsaudit.model.probe import CountsAs
from bsaudit.model.report import ErrorEntry, Report, RunEntry, TargetEntry, Verdict
from bsaudit.model.state import CheckEntry, Condition, TargetState

BADNESS = (Verdict.CLEAN, Verdict.INCONCLUSIVE, Verdict.BACKSCATTER)
_UNDECIDED = frozenset({CountsAs.INCONCLUSIVE, CountsAs.FINDING})
_FROM_FILE = "it is in the baseline"

# The probes that bounced, by target.
Bounced = Mapping[str, frozenset[str]]


def bounced(entry: TargetEntry, run: RunEntry | None) -> frozenset[str]:
    """Return the names of the probes by which a target is guilty."""
    names = {probe_name(probe) for probe in entry.probes if probe.counts_as is CountsAs.BACKSCATTER}
    if ordinary_came_back(entry, run):
        names.add(ORDINARY)
    if not names and entry.verdict is Verdict.BACKSCATTER:
        names.add(ORDINARY)
    return frozenset(names)


def held_against(entry: TargetEntry) -> frozenset[str]:
    """Return the names of the probes by which a target is guilty over all its runs: the last may have tried less."""
    state = entry.state
    if state is None or not state.bounced:
        return bounced(entry, None)
    return frozenset(state.bounced)


def compared(
    report: Report,
    accepts: Sequence[Accept],
    before: Bounced | None,
    now: datetime,
    file: str | None = None,
    *,
    states: bool = False,
) -> Report:
    """Return the report with what is known marked as such; its exit code is what is left without that.

    `states`: it tells how targets stand over all their runs, and not of runs.
    """
    if not accepts and before is None:
        return report
    bad = [held_against(entry) if states else bounced(entry, report.run) for entry in report.targets]
    pairs = zip(report.targets, bad, strict=True)
    found = [_Comparison(entry, names, accepts, before or {}, now) for entry, names in pairs]
    targets = tuple(one.entry() for one in found)
    forgiven = [replace(one.target, verdict=rest_of(one.target)) if one.accepted else one.target for one in found]
    code = exit_code(overall(forgiven), report.errors) if found else report.exit_code
    return replace(report, targets=targets, baseline=_joined(found, file), exit_code=code)


def rest_of(entry: TargetEntry) -> Verdict:
    """Return the verdict on what is left of a target whose bounces are all known: what is undecided is not clean."""
    stale = entry.state is not None and entry.state.stale
    untried = entry.not_audited is not None
    undecided = any(probe.counts_as in _UNDECIDED and probe.difference is None for probe in entry.probes)
    return Verdict.INCONCLUSIVE if stale or untried or undecided else Verdict.CLEAN


def _joined(found: Iterable[_Comparison], file: str | None) -> BaselineEntry:
    parts = [one.parts for one in found]
    names = ("new", "known", "gone", "expired", "stale")
    return BaselineEntry(
        file=file, **{name: tuple(item for part in parts for item in getattr(part, name)) for name in names}
    )


class _Comparison:
    """One target beside what is known of it."""

    def __init__(
        self, target: TargetEntry, bad: frozenset[str], accepts: Sequence[Accept], before: Bounced, now: datetime
    ) -> None:
        self.target = target
        self._accepts = [accept for accept in accepts if accept.target == target.target]
        self._before, self._now = before.get(target.target, frozenset()), now
        self._bad = bad
        self.parts = self._sorted_out()

    @property
    def accepted(self) -> bool:
        """Whether all that bounces is known."""
        return bool(self.parts.known) and not (self.parts.new or self.parts.expired)

    def entry(self) -> TargetEntry:
        """Return the target with why it is accepted, if it is."""
        if not self.accepted:
            return self.target
        known = self.parts.known
        state = self.target.state or TargetState(target=self.target.target, state=Condition.BACKSCATTER)
        reasons = "; ".join(dict.fromkeys(one.reason for one in known if one.reason))
        ends = [one.expires_at for one in known if one.expires_at]
        return replace(
            self.target, state=replace(state, accepted=reasons, accept_expires_at=min(ends) if ends else None)
        )

    def _sorted_out(self) -> BaselineEntry:
        parts: dict[str, list[KnownProblem]] = {name: [] for name in ("new", "known", "expired")}
        for name in sorted(self._bad):
            part, problem = self._place(name)
            parts[part].append(problem)
        good = frozenset(observe(self.target, (), self._now, None).good)
        gone = tuple(KnownProblem(target=self.target.target, probe=name) for name in sorted(self._before & good))
        stale = tuple(_as_problem(accept, accept.probe) for accept in self._accepts if self._is_stale(accept))
        return BaselineEntry(
            new=tuple(parts["new"]),
            known=tuple(parts["known"]),
            expired=tuple(parts["expired"]),
            gone=gone,
            stale=stale,
        )

    def _place(self, name: str) -> tuple[str, KnownProblem]:
        fitting = [accept for accept in self._accepts if _fits(accept, name)]
        valid = next((accept for accept in fitting if self._now <= accept.expires_at), None)
        if valid is not None:
            return "known", _as_problem(valid, name)
        if name in self._before:
            return "known", KnownProblem(target=self.target.target, probe=name, reason=_FROM_FILE)
        if fitting:
            return "expired", _as_problem(fitting[0], name)
        return "new", KnownProblem(target=self.target.target, probe=name)

    def _is_stale(self, accept: Accept) -> bool:
        """Say whether an accept matches nothing any more; where nothing was decided, nobody knows."""
        decided = self.target.verdict is not Verdict.INCONCLUSIVE
        still = self._bad | held_against(self.target)  # one good run is not yet seen to be mended
        return decided and not any(_fits(accept, name) for name in still)


def _as_problem(accept: Accept, probe: str | None) -> KnownProblem:
    return KnownProblem(
        target=accept.target, probe=probe, reason=accept.reason, owner=accept.owner, expires_at=accept.expires_at
    )


def _fits(accept: Accept, name: str) -> bool:
    """Say whether an accept speaks of a probe: what it does not say, shape or mail exchanger, may be any."""
    if accept.probe is None:
        return True
    kind, at, exchanger = accept.probe.partition(AT)
    named, _, where = name.partition(AT)
    return (named == kind or named.partition(":")[0] == kind) and (not at or exchanger.lower() == where)


def told_by_states(report: Report) -> Report:
    """Return a report of states with the exit code of the worst that nobody accepted; without a state, a run's word."""
    states = [entry.state for entry in report.targets if entry.state is not None]
    errors = list(report.errors)
    errors += [ErrorEntry(where="target", message="") for state in states if state.state is Condition.NOT_AUDITABLE]
    report = replace(report, check=replace(report.check or CheckEntry(), by_states=True))
    verdicts = (counted(entry, by_states=True) for entry in report.targets)
    worst = max(verdicts, key=BADNESS.index, default=Verdict.INCONCLUSIVE)
    return replace(report, exit_code=exit_code(worst, errors))


def counted(entry: TargetEntry, *, by_states: bool) -> Verdict:
    """Return the verdict on a target that the exit code counts: of this run, or `by_states`, without what is accepted.

    One that could not be audited is inconclusive here; that it exits 4 is an error's doing.
    """
    state = entry.state
    if state is not None and state.accepted is not None and state.state is not Condition.NOT_AUDITABLE:
        return rest_of(entry)
    if by_states and state is not None:
        return VERDICT_OF[state.state]
    return Verdict.INCONCLUSIVE if entry.not_audited else entry.verdict


def is_by_states(report: Report) -> bool:
    """Say whether a report tells how targets stand over all their runs: `status` does."""
    return report.check is not None and report.check.by_states
