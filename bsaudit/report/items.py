"""A report item by item, probes and controls: the view of it that the formats for programs share. They only lay it out.

Every text in an item has passed `bsaudit.text.clean_line`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath

from msgspec import Struct

from bsaudit.judge.baseline import counted, is_by_states
from bsaudit.judge.condition import ORDINARY, own_side_errors, probe_name
from bsaudit.model.probe import CountsAs
from bsaudit.model.report import ErrorEntry, ProbeEntry, Report, TargetEntry, Verdict
from bsaudit.model.state import Condition
from bsaudit.report import words
from bsaudit.report.of_run import control_name, is_of_our_side
from bsaudit.report.state import standing, why
from bsaudit.report.view import in_table
from bsaudit.text import clean_line


class Item(Struct, frozen=True, kw_only=True):
    """One probe or control. `name` is what it is called, once among those beside it; `said` is what it showed.

    `accepted` is why it is lived with, where it is known backscatter.
    """

    name: str
    outcome: str
    said: str
    entry: ProbeEntry
    accepted: str | None = None

    @property
    def counts_as(self) -> CountsAs:
        return self.entry.counts_as


class TargetItems(Struct, frozen=True, kw_only=True):
    """A target with its positive control and its probes; `reason` is why there is no verdict, or what it rests on.

    `counts` is the verdict that the exit code counts, `stands` that in a word, and `because` why: in a report of states
    they are of all runs, in any other `reason` says it.
    """

    name: str
    entry: TargetEntry
    condition: Condition
    counts: Verdict
    stands: str
    because: str
    reason: str
    items: tuple[Item, ...]

    def counting(self, counts_as: CountsAs) -> tuple[Item, ...]:
        """Return those that count as this: an ordinary message that came back convicts, too."""
        return tuple(item for item in self.items if item.counts_as is counts_as)

    @property
    def probes(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.entry.control is None)

    @property
    def is_plainly_clean(self) -> bool:
        """Whether it counts as clean, and there is no more to say: nothing is accepted, and this run showed it, too."""
        shown = self.entry.not_audited is None and self.entry.verdict is Verdict.CLEAN
        return shown and self.counts is Verdict.CLEAN and self.accepted is None

    @property
    def untold(self) -> bool:
        """Whether it counts as backscatter, and no probe here shows that: others did, in an earlier run."""
        shown = (item.accepted or self.accepted for item in self.counting(CountsAs.BACKSCATTER))
        return self.counts is Verdict.BACKSCATTER and all(shown)

    @property
    def accepted(self) -> str | None:
        """Why its backscatter is accepted for now, if it is."""
        state = self.entry.state
        return clean_line(state.accepted) if state and state.accepted else None

    def place(self, root: str) -> tuple[str, int] | None:
        """Return the file below `root` that names it, as a URI has it, and the line; None where none is known."""
        state = self.entry.state
        if state is None or state.file is None:
            return None
        path = PurePath(state.file)
        below = path.relative_to(root) if root and path.is_relative_to(root) else path
        named = PurePath(path.name) if below.is_absolute() or ".." in below.parts else below
        return clean_line(named.as_posix()), max(state.line or 1, 1)


def by_target(report: Report) -> tuple[TargetItems, ...]:
    """Return the targets of a report in their order."""
    return tuple(_target(target, report) for target in report.targets)


def of_our_side(report: Report) -> tuple[Item, ...]:
    """Return the controls that show whether our own side works."""
    controls = report.run.controls if report.run else ()
    ours = [one for one in controls if is_of_our_side(one)]
    return tuple(_items(ours, [clean_line(f"control: {control_name(one)}") for one in ours]))


def errors_of(report: Report) -> tuple[ErrorEntry, ...]:
    """Return the errors that are no target's own, each once, in printable words.

    Our own side's stays ours where it kept one target alone from being audited.
    """
    of_targets = [target.not_audited for target in report.targets if target.not_audited]
    ours = own_side_errors(report)
    own = [error for error in report.errors if of_targets.count(error) != 1 or error in ours]
    return tuple(
        ErrorEntry(where=clean_line(one.where), message=clean_line(one.message), remedy=clean_line(one.remedy))
        for one in dict.fromkeys(own)
    )


def _target(target: TargetEntry, report: Report) -> TargetItems:
    entries = list(in_table(target, report.run))
    cause = target.not_audited
    reason = clean_line(f"{cause.where}: {cause.message}" if cause else target.explanation)
    by_states = is_by_states(report)
    by_run = words.NOT_AUDITED if cause else words.VERDICT[target.verdict]
    return TargetItems(
        name=clean_line(target.target),
        entry=target,
        condition=_condition(target),
        counts=counted(target, by_states=by_states),
        stands=standing(target)[0] if by_states else by_run,
        because=why(target) if by_states else reason,
        reason=reason,
        items=tuple(_items(entries, [_name(one) for one in entries], _known(target, report))),
    )


def _known(target: TargetEntry, report: Report) -> dict[str | None, str]:
    """Return by the name of each probe of a target that bounced and is known why that is lived with."""
    known = report.baseline.known if report.baseline else ()
    return {one.probe: clean_line(one.reason or "it is known") for one in known if one.target == target.target}


_CONDITION = {
    Verdict.CLEAN: Condition.CLEAN,
    Verdict.BACKSCATTER: Condition.BACKSCATTER,
    Verdict.INCONCLUSIVE: Condition.UNDECIDED,
}


def _condition(target: TargetEntry) -> Condition:
    """Return how a target stands: over all its runs where that is known, else by this one."""
    if target.state is not None:
        return target.state.state
    return Condition.NOT_AUDITABLE if target.not_audited else _CONDITION[target.verdict]


def _name(probe: ProbeEntry) -> str:
    way = f" at {probe.mail_exchanger}" if probe.mail_exchanger else ""
    return clean_line(f"{words.label(probe)} to {words.addresses(probe)}{way}")


def _items(
    entries: Iterable[ProbeEntry], names: Sequence[str], known: Mapping[str | None, str] | None = None
) -> Iterator[Item]:
    """Give each probe its name, with a number where another was called so before."""
    seen: Counter[str] = Counter()
    for entry, name in zip(entries, names, strict=True):
        seen[name] += 1
        number = f" #{seen[name]}" if seen[name] > 1 else ""
        outcome = clean_line(words.outcome(entry))
        said = clean_line(entry.explanation) or outcome
        accepted = (known or {}).get(ORDINARY if entry.control else probe_name(entry))
        yield Item(name=name + number, outcome=outcome, said=said, entry=entry, accepted=accepted)
