"""A target's state, from run to run: docs/check.md has the table. Pure.

A bounce is proof, so it counts at once. That a server was mended has to be seen twice, and where it bounced; what could
not be decided changes nothing, until the last decision is too old.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from msgspec.structs import replace

from bsaudit.model.history import History, Observation, Policy, Shown
from bsaudit.model.logs import TargetLog
from bsaudit.model.probe import CountsAs, Difference
from bsaudit.model.report import ErrorEntry, ProbeEntry, Report, RunEntry, TargetEntry, Verdict
from bsaudit.model.state import Condition, TargetState

# A target that changes so often in so many runs bounces now and then: it is not mended by two good ones.
RECENT, INTERMITTENT = 10, 3
AT = " at "
# What is guilty by a probe that is no row of its own: an ordinary message to the valid recipient that came back.
ORDINARY = "positive"
AHEAD = timedelta(minutes=10)
TOLD = 3  # probes that a note names
_SHOWN = {
    Verdict.BACKSCATTER: Shown.BACKSCATTER,
    Verdict.CLEAN: Shown.CLEAN,
    Verdict.INCONCLUSIVE: Shown.NOTHING,
}
VERDICT_OF = {
    Condition.BACKSCATTER: Verdict.BACKSCATTER,
    Condition.CLEAN: Verdict.CLEAN,
    Condition.UNDECIDED: Verdict.INCONCLUSIVE,
    Condition.NOT_AUDITABLE: Verdict.INCONCLUSIVE,
}
# What the target's own DNS or owner says; a resolver that does not answer decides nothing.
_FORBIDDEN = frozenset({"target", "permission"})
# What is wrong there is the target's, or only a copy that could not be kept.
_NOT_OURS = frozenset({*_FORBIDDEN, "dns", "save"})
_CROWD = 2


def own_side_errors(report: Report) -> tuple[ErrorEntry, ...]:
    """Return what failed of our own side. Names of which none resolves are no fault of their owners'."""
    unresolved = [target.not_audited for target in report.targets if target.not_audited and _is_dns(target.not_audited)]
    if len(unresolved) >= _CROWD and len(unresolved) == len(report.targets):
        return tuple(unresolved[:1])
    return tuple(error for error in report.errors if error.where not in _NOT_OURS)


def _is_dns(error: ErrorEntry) -> bool:
    return error.where == "dns"


def observe(entry: TargetEntry, own_side: Iterable[ErrorEntry], at: datetime, run: RunEntry | None) -> Observation:
    """Return what a run's entry of a target says of it; `own_side` are the run's errors that are no target's."""
    shown = _shown(entry, tuple(own_side))
    said: dict[CountsAs, set[str]] = {counts_as: set() for counts_as in CountsAs}
    for probe in entry.probes:
        if probe.difference in (None, Difference.NOTHING):  # others say more about a bounce that is known already
            said[probe.counts_as].add(probe_name(probe))
    if ordinary_came_back(entry, run):
        said[CountsAs.BACKSCATTER].add(ORDINARY)
    elif shown is Shown.CLEAN:  # which nothing is without a positive control that held
        said[CountsAs.GOOD].add(ORDINARY)
    bounced = said[CountsAs.BACKSCATTER]
    return Observation(
        shown=shown,
        at=at,
        began_at=run.started_at if run else None,
        run=run.id if run else None,
        bounced=tuple(sorted(bounced)),
        good=tuple(sorted(said[CountsAs.GOOD] - bounced - said[CountsAs.INCONCLUSIVE] - said[CountsAs.FINDING])),
        exchangers=_published(entry),
        explanation=entry.explanation,
        entry=brief(entry),
    )


def ordinary_came_back(entry: TargetEntry, run: RunEntry | None) -> bool:
    """Say whether the ordinary message of a target's positive control came back from it."""
    controls = run.controls if run else ()
    return any(one.target == entry.target and one.counts_as is CountsAs.BACKSCATTER for one in controls)


def _published(entry: TargetEntry) -> tuple[str, ...]:
    """Return a target's mail exchangers by its zone; none where the user named one (--mx), who says of no other."""
    named_by_user = all(mx.preference is None and mx.host.lower() != entry.domain for mx in entry.mail_exchangers)
    return () if named_by_user else _hosts(entry)


def _hosts(entry: TargetEntry) -> tuple[str, ...]:
    return tuple(mx.host.lower() for mx in entry.mail_exchangers)


def _known_as(entry: TargetEntry) -> set[str]:
    """Return the names and addresses of a target's hosts: --mx may name one by either."""
    return {*_hosts(entry), *(address for mx in entry.mail_exchangers for address in mx.addresses)}


def of_its_hosts(seen: Observation, history: History) -> Observation | None:
    """Return what a run shows of the hosts that a target is known to have; None where it went to another (--mx)."""
    if seen.entry is None or history.entry is None or seen.exchangers or not _hosts(history.entry):
        return seen
    if not _known_as(seen.entry) & _known_as(history.entry):
        return None
    return replace(seen, entry=replace(seen.entry, mail_exchangers=history.entry.mail_exchangers))


def brief(entry: TargetEntry) -> TargetEntry:
    """Return an entry without what makes it long: what went over the wire, and what came back."""
    probes = tuple(replace(probe, transcript=(), notifications=(), recipients=()) for probe in entry.probes)
    return replace(entry, probes=probes, advice=(), example=None, next=(), listings=())


def _shown(entry: TargetEntry, own_side: tuple[ErrorEntry, ...]) -> Shown:
    if entry.verdict is Verdict.BACKSCATTER:
        return Shown.BACKSCATTER
    if own_side:
        return Shown.OWN_SIDE
    if entry.not_audited is not None and entry.not_audited.where in _FORBIDDEN:
        return Shown.NOT_AUDITABLE
    return _SHOWN[entry.verdict]


def probe_name(probe: ProbeEntry) -> str:
    """Return a probe as KIND[:SHAPE], with the mail exchanger if it went to one of them."""
    name = f"{probe.kind}:{probe.shape}" if probe.shape else probe.kind
    return f"{name}{AT}{probe.mail_exchanger.lower()}" if probe.mail_exchanger else name


def beginning(target: str) -> History:
    """Return the history of a target that was never looked at."""
    return History(state=TargetState(target=target, state=Condition.UNDECIDED))


def aged(history: History, now: datetime, max_age_s: float) -> History:
    """Return the history as it counts now: what was decided too long ago, or is yet to be, is no longer clean."""
    state = replace(history.state, max_age_s=max_age_s, stale=False)
    decided = state.last_decided_at
    if decided is None:
        return replace(history, state=state)
    ends_at = decided + timedelta(seconds=max_age_s)
    ahead = is_ahead(decided, now)  # of then nobody knows how long ago it was: the clock has been set back
    if (ahead or now > ends_at) and state.state is not Condition.NOT_AUDITABLE:
        state = replace(state, stale=True)
        if state.state is Condition.CLEAN:
            state = replace(state, state=Condition.UNDECIDED, since_at=now if ahead else ends_at)
    return replace(history, state=state)


def standing(history: History, now: datetime, max_age_s: float) -> TargetState:
    """Return how a target stands now, with all that is held against it: its last run may have tried little of that."""
    return replace(aged(history, now, max_age_s).state, bounced=history.bounced if history.guilty else ())


def is_ahead(moment: datetime, now: datetime) -> bool:
    """Say whether something is said to have been later than now, by more than the clocks of two machines differ."""
    return moment > now + AHEAD


def is_recent(moment: datetime, now: datetime, span: timedelta) -> bool:
    """Say whether something was no longer ago than this: of a time that is yet to come nobody knows."""
    return not is_ahead(moment, now) and now - moment <= span


def with_log(history: History, log: TargetLog | None) -> History:
    """Return the history with what the target's own log showed: it says nothing of the state."""
    return replace(history, log=log)


def advance(history: History, seen: Observation, policy: Policy) -> History:
    """Return the history after a run."""
    if seen.shown is Shown.OWN_SIDE:
        return history
    history = replace(aged(history, seen.at, policy.max_age_s), recover_after=policy.recover_after)
    if seen.shown is Shown.CLEAN and _is_older(seen, history):
        return history
    state = replace(history.state, last_run_at=seen.at)
    match seen.shown:
        case Shown.BACKSCATTER:
            return _bounced(replace(history, state=state, run=seen.run, entry=seen.entry), seen)
        case Shown.CLEAN:
            return _good(replace(history, state=state, run=seen.run, entry=seen.entry), seen, policy)
        case Shown.NOT_AUDITABLE:
            state = _turned(state, Condition.NOT_AUDITABLE, seen.at)
            return replace(
                history, state=replace(state, note=seen.explanation, undecided_runs=0), run=seen.run, entry=seen.entry
            )
    state = replace(state, undecided_runs=state.undecided_runs + 1)
    return replace(history, state=state, run=seen.run, entry=seen.entry)


def _bounced(history: History, seen: Observation) -> History:
    recent = _recent(history, bounced=True)
    state = _decided(history.state, Condition.BACKSCATTER, seen.at, _intermittent(recent))
    bounced = tuple(sorted({*history.bounced, *seen.bounced}))
    return replace(history, state=state, guilty=True, bounced=bounced, bounced_at=seen.at, good_runs=0, recent=recent)


def _is_older(seen: Observation, history: History) -> bool:
    """Say whether a run began before a bounce was seen: then it shows nothing mended, however late it is judged."""
    bounced_at = history.bounced_at if history.guilty else None
    if bounced_at is None or seen.began_at is None or is_ahead(bounced_at, seen.at):
        return False
    return seen.began_at < bounced_at


def _good(history: History, seen: Observation, policy: Policy) -> History:
    """Return the history after a clean run: a server that bounced is mended when it was good there often enough."""
    recent = _recent(history, bounced=False)
    if not history.guilty:
        return replace(history, state=_decided(history.state, Condition.CLEAN, seen.at), recent=recent)
    left = tuple(name for name in history.bounced if _is_there(name, seen.exchangers))
    missing = [name for name in left if name not in seen.good]
    good_runs = history.good_runs + (not missing)
    note = _intermittent(recent)
    if good_runs >= policy.recover_after and not note:
        state = _decided(history.state, Condition.CLEAN, seen.at)
        return replace(history, state=state, guilty=False, bounced=(), good_runs=0, recent=recent)
    if not note:
        note = f"good in {good_runs} of the {policy.recover_after} runs that show it mended"
        note += f"; this one did not try {', '.join(missing[:TOLD])}" if missing else ""
    state = _decided(history.state, Condition.BACKSCATTER, seen.at, note)
    return replace(history, state=state, bounced=left, good_runs=good_runs, recent=recent)


def _is_there(name: str, exchangers: tuple[str, ...]) -> bool:
    """Say whether a probe can still be answered: the mail exchanger that bounced may be gone."""
    _, at, exchanger = name.partition(AT)
    return not at or not exchangers or exchanger in exchangers


def _recent(history: History, *, bounced: bool) -> tuple[bool, ...]:
    return (*history.recent, bounced)[-RECENT:]


def _intermittent(recent: tuple[bool, ...]) -> str:
    changes = sum(one is not other for one, other in pairwise(recent))
    return f"intermittent, {changes} of {len(recent)}" if changes >= INTERMITTENT else ""


def _decided(state: TargetState, to: Condition, at: datetime, note: str = "") -> TargetState:
    state = replace(state, last_decided_at=at, undecided_runs=0, stale=False, note=note)
    return _turned(state, to, at)


def _turned(state: TargetState, to: Condition, at: datetime) -> TargetState:
    return state if state.state is to and state.since_at else replace(state, state=to, since_at=at)
