"""What is different in a report from an earlier one, of another run. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bsaudit.judge.condition import probe_name
from bsaudit.model.report import ChangeEntry, ProbeEntry, Report, TargetEntry

ABSENT = "absent"  # a target or probe that only one of the two has
NOT_AUDITED = "not_audited"

_Same = tuple[str | int | None, ...]  # what a probe has in common with its like in another run


def changes(report: Report, earlier: Report) -> tuple[ChangeEntry, ...]:
    """Return what became of each target and each probe since `earlier`, as far as it is different."""
    is_now, was = ({target.target: target for target in one.targets} for one in (report, earlier))
    found: list[ChangeEntry] = []
    for name in {**is_now, **was}:
        found += _changes(name, was.get(name), is_now.get(name))
    return tuple(found)


def _changes(name: str, was: TargetEntry | None, is_now: TargetEntry | None) -> Iterator[ChangeEntry]:
    before, after = _verdict(was), _verdict(is_now)
    if before != after:
        yield ChangeEntry(what=name, before=before, after=after)
    if was is None or is_now is None:
        return
    old, new = _probes(was), _probes(is_now)
    for same in {**new, **old}:
        before, after = _outcome(old.get(same)), _outcome(new.get(same))
        if before != after:
            what = new[same].id if same in new else f"{probe_name(old[same])} to {name}"
            yield ChangeEntry(what=what, before=before, after=after)


def _verdict(target: TargetEntry | None) -> str:
    if target is None:
        return ABSENT
    return NOT_AUDITED if target.not_audited else target.verdict.value


def _outcome(probe: ProbeEntry | None) -> str:
    return ABSENT if probe is None else probe.outcome.value


def _probes(target: TargetEntry) -> dict[_Same, ProbeEntry]:
    """Return the probes by what they have in common with those of another run: ids and random addresses are not."""
    seen: Counter[_Same] = Counter()
    found: dict[_Same, ProbeEntry] = {}
    for probe in target.probes:
        same = (probe_name(probe), probe.address, probe.route, probe.difference)
        seen[same] += 1
        found[*same, seen[same]] = probe
    return found
