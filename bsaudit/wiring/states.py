"""How the targets stand, by the checks that were made: read from the journal, nothing is judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from bsaudit.adapters.clock import SystemClock
from bsaudit.judge.baseline import BADNESS, told_by_states
from bsaudit.judge.condition import VERDICT_OF, beginning, is_ahead, is_recent, standing
from bsaudit.judge.verdict import exit_code
from bsaudit.model.report import Basis, ErrorEntry, Report, TargetEntry, Verdict
from bsaudit.model.state import CheckEntry, OwnSidePart
from bsaudit.wiring.checks import TOOL, Watched
from bsaudit.wiring.tools import journal_at


async def due(journal_url: str | None, intervals: Mapping[str, float], now: datetime | None = None) -> tuple[str, ...]:
    """Return which targets were not checked within their interval; a night that begins early counts as the next.

    Who waits longest comes first: else, where a night is too short for all, the last in the file would never be.
    """
    now = now or SystemClock().now()
    async with journal_at(journal_url) as journal:
        known = await journal.histories()
    found: dict[str, float] = {}
    for target, interval_s in intervals.items():
        last = known[target].state.last_run_at if target in known else None
        slack_s = min(interval_s / 10, 2 * 3600.0)
        if last is not None and is_ahead(last, now):
            last = None  # nobody knows when that was
        if last is None or (now - last).total_seconds() >= interval_s - slack_s:
            found[target] = last.timestamp() if last else 0.0
    return tuple(sorted(found, key=found.__getitem__))


async def stored_states(
    journal_url: str | None, watched: Mapping[str, Watched], max_age_s: float | None = None, *, in_brief: bool = False
) -> Report:
    """Return how the watched targets stand (none: all that were ever checked), by the last runs; nothing is judged.

    `in_brief`: without what makes the entries of many targets long.
    """
    now = SystemClock().now()
    async with journal_at(journal_url) as journal:
        known = await journal.histories()
        names = tuple(watched or known)
        known_ones = [known[name] for name in names if name in known]
        entries = {one.state.target: one.entry for one in known_ones if one.entry}
        if not in_brief:
            entries |= await journal.stored_entries({one.state.target: one.run for one in known_ones if one.run})
        check = await journal.last_check() or CheckEntry()  # some were checked by others, or long ago
    targets = []
    for name in names:
        history = known.get(name, beginning(name))
        place = watched.get(name)
        kept_s = history.state.max_age_s or (3 * 24 + 2) * 3600.0
        age_s = max_age_s or (place.policy.max_age_s if place else kept_s)
        state = standing(history, now, age_s)
        if place:
            state = replace(state, file=place.file, line=place.line)
        log = history.log if place is None or place.log else None
        targets.append(replace(entries.get(name) or _unknown(name), state=state, log=log))
    return _by_state(targets, check)


def of_own_side(report: Report, max_age_s: float, now: datetime | None = None) -> Report:
    """Return what a report of states says of our own side alone; that no check was made lately is a failure, too."""
    assert report.check is not None
    last = report.check.last_run_at
    errors = report.errors
    if last is None or not is_recent(last, now or SystemClock().now(), timedelta(seconds=max_age_s)):
        when = f"the last check began on {last:%Y-%m-%d at %H:%M} UTC" if last else "no check was made yet"
        errors = (*errors, ErrorEntry(where="check", message=when, remedy='See that "bsaudit check" is run.'))
    elif not report.check.own_side:
        errors = (*errors, ErrorEntry(where="check", message="no check has shown anything of it yet"))
    verdict = Verdict.INCONCLUSIVE if errors else Verdict.CLEAN
    return replace(report, targets=(), errors=errors, verdict=verdict, exit_code=exit_code(verdict, errors))


def _unknown(target: str) -> TargetEntry:
    """Return the entry of a target of which no run that came to its end is kept."""
    return TargetEntry(
        target=target,
        domain=target.rpartition("@")[2],
        verdict=Verdict.INCONCLUSIVE,
        basis=Basis.NONE,
        explanation="no finished run of it is in the journal",
    )


def _by_state(targets: Sequence[TargetEntry], check: CheckEntry) -> Report:
    """Return the report of states: the exit code is that of the worst."""
    states = [entry.state for entry in targets if entry.state is not None]
    told = Report(
        tool=TOOL,
        run=None,
        verdict=_worst(VERDICT_OF[state.state] for state in states),
        exit_code=0,
        errors=tuple(ErrorEntry(where=part.part, message=part.note) for part in _broken(check)),
        targets=tuple(targets),
        check=check,
    )
    return told_by_states(told)


def _broken(check: CheckEntry) -> Iterable[OwnSidePart]:
    return (part for part in check.own_side if not part.ok)


def _worst(verdicts: Iterable[Verdict]) -> Verdict:
    return max(verdicts, key=BADNESS.index, default=Verdict.INCONCLUSIVE)
