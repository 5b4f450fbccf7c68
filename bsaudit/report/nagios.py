"""A plugin's output for Nagios, Icinga and their kin, by the Monitoring Plugins guidelines: one service for all.

The first line fits a pager; the long output has a line a target, the worst first, and the rest of the performance data.
An own side that fails is no trouble of a target's: it makes the service UNKNOWN, never CRITICAL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from typing import NamedTuple

from bsaudit.judge.baseline import rest_of
from bsaudit.model.report import Report, Verdict
from bsaudit.model.state import CheckEntry, Condition
from bsaudit.report.formats import Look
from bsaudit.report.items import TargetItems, by_target, errors_of
from bsaudit.report.own_log import in_words
from bsaudit.report.state import is_other
from bsaudit.text import clean_line

FIRST_LINE = 80  # what the guidelines give it
LONG_LINE = 200  # forty targets fit into the 8 KiB that Nagios keeps
NOTICE = timedelta(days=14)  # so long before an acceptance ends
UNDECIDED_RUNS = 2  # a clean target that so many runs did not confirm is a warning


class Service(IntEnum):
    """The plugin's return codes."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


_WORST_FIRST = (Service.CRITICAL, Service.UNKNOWN, Service.WARNING, Service.OK)  # as the exit codes: 1, 4, 3, 0


class _Rated(NamedTuple):
    service: Service
    word: str
    target: TargetItems


def render(report: Report, look: Look) -> bytes:
    """Return the output of a plugin; its return code is `--exit-codes nagios`."""
    rated = sorted((_rated(target, look.now) for target in by_target(report)), key=lambda one: _rank(one.service))
    failures = [f"{one.where}: {one.message}. {one.remedy}".strip() for one in errors_of(report)]
    if not rated and not failures and report.check is not None and report.verdict is Verdict.CLEAN:
        return _own_side(report.check)
    service = _worst(rated, failures)
    lines = [_first(service, rated, failures), *map(_long, rated), *(f"own side: {one}" for one in failures)]
    clipped = [_safe(line, LONG_LINE) for line in lines]
    first, performance = _performance(rated)
    clipped[0] += f" | {first}"
    clipped[-1] += f" | {performance}"
    return ("\n".join(clipped) + "\n").encode()


def _own_side(check: CheckEntry) -> bytes:
    """Return the output for our own side as a service of its own, where nothing of it failed."""
    parts = ", ".join(part.part for part in check.own_side if part.ok)
    at = f" at {check.last_run_at:%Y-%m-%d %H:%M} UTC" if check.last_run_at else ""
    first = _safe(f"BACKSCATTER OK - own side: {parts}{at}", FIRST_LINE)
    return f"{first} | failed=0;;0\n".encode()


def warns(report: Report, now: datetime) -> bool:
    """Say whether the service is to be looked at though nothing failed."""
    rated = [_rated(target, now) for target in by_target(report)]
    return _worst(rated, errors_of(report)) is Service.WARNING


def _rank(service: Service) -> int:
    return _WORST_FIRST.index(service)


def _worst(rated: Sequence[_Rated], failures: Sequence[object]) -> Service:
    """Return the state of all together; that nothing was looked at is unknown."""
    found = [one.service for one in rated]
    if failures or not found:
        found.append(Service.UNKNOWN)
    return min(found, key=_rank)


def _rated(target: TargetItems, now: datetime) -> _Rated:
    """Return the state of a target's service; what its own log shows is never CRITICAL."""
    rated, log = _by_state(target, now), target.entry.log
    if log is None or rated.service not in (Service.OK, Service.WARNING):
        return rated
    if log.is_unknown:
        return _Rated(Service.UNKNOWN, "own log unknown", target)
    return _Rated(Service.WARNING, "over max_notices", target) if log.exceeded else rated


def _by_state(target: TargetItems, now: datetime) -> _Rated:
    state = target.entry.state
    if target.condition is Condition.BACKSCATTER:
        if state is None or not state.accepted:
            return _Rated(Service.CRITICAL, "backscatter", target)
        left = state.accept_expires_at - now if state.accept_expires_at else NOTICE
        if left < timedelta(0):
            return _Rated(Service.CRITICAL, "backscatter", target)
        if rest_of(target.entry) is not Verdict.CLEAN:
            return _Rated(Service.UNKNOWN, "accepted, the rest undecided", target)
        return _Rated(Service.OK if left >= NOTICE else Service.WARNING, "accepted", target)
    if target.condition is Condition.CLEAN:
        lately = state is None or state.undecided_runs < UNDECIDED_RUNS
        return _Rated(Service.OK if lately else Service.WARNING, "clean" if lately else "clean, not confirmed", target)
    return _Rated(Service.UNKNOWN, target.condition.value.replace("_", " "), target)


def _first(service: Service, rated: Sequence[_Rated], failures: Sequence[str]) -> str:
    """Return what the pager shows: the worst by name, the rest by number."""
    groups: dict[str, list[str]] = {}
    for one in rated:
        groups.setdefault(one.word, []).append(one.target.name)
    head = f"BACKSCATTER {service.name} - "
    room = FIRST_LINE - len(f" | {_performance(rated)[0]}")
    if not rated or (failures and service is Service.UNKNOWN):
        return _safe(f"{head}own side: {'; '.join(failures) or 'no target'}", room)
    (word, names), *others = groups.items()
    counted = f"{len(names)} of {len(rated)}" + (f" {word}" if word != "backscatter" else "")
    rest = "".join(f"; {len(some)} {other}" for other, some in others if other != "clean")
    rest += "; own side failed" if failures else ""
    named = _that_fit(names, room - len(f"{head}{counted}: {rest}"))
    return _safe(f"{head}{counted}{': ' if named else ''}{named}{rest}", room)


def _that_fit(names: Sequence[str], room: int) -> str:
    """Return as many names as there is room for, and how many more there are."""
    for shown in range(len(names), 0, -1):
        more = f", +{len(names) - shown}" if shown < len(names) else ""
        text = ", ".join(names[:shown]) + more
        if len(text) <= room:
            return text
    return ""


def _long(rated: _Rated) -> str:
    target = rated.target
    state = target.entry.state
    since = f" since {state.since_at:%Y-%m-%d}" if state and state.since_at else ""
    notes = [f"accepted ({target.accepted})" if target.accepted else "", state.note if state else ""]
    if state and state.stale:
        notes.append("stale")
    if target.entry.log:
        notes.append(in_words(target.entry.log))
    last = "last run: " if state and is_other(state, target.entry) else ""
    told = "; ".join(filter(None, [*notes, last + target.reason]))
    return f"{rated.service.name} {target.name}: {target.condition.value.replace('_', ' ')}{since}: {told}"


def _performance(rated: Sequence[_Rated]) -> tuple[str, str]:
    """Return the performance data of the first line, where room is dear, and of the last."""
    number = {condition: sum(one.target.condition is condition for one in rated) for condition in Condition}
    limits = {Condition.BACKSCATTER: ";;0;0", Condition.UNDECIDED: ";0", Condition.NOT_AUDITABLE: ";0"}
    counts = " ".join(f"{name.value}={count}{limits.get(name, '')}" for name, count in number.items())
    probes = f"probes={sum(len(one.target.probes) for one in rated)}"
    return f"targets={len(rated)}", " ".join([counts, probes, *_notices(rated)])


def _notices(rated: Sequence[_Rated]) -> Iterator[str]:
    for one in rated:
        log = one.target.entry.log
        if log is not None and log.notices is not None:
            limit = "" if log.max_notices is None else f";{log.max_notices}"
            yield f"notices_{one.target.name}={log.notices}{limit}"


def _safe(text: str, limit: int) -> str:
    """Return a line in which no performance data begins."""
    return clean_line(text.replace("|", "/"), limit)
