"""Many targets on one screen: a line each, the worst first, and what matters once more below them all.

Of more than a screen of them, those that are clean, and of whom there is nothing else to say, are counted only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from bsaudit.model.report import Report, TargetEntry, Verdict
from bsaudit.report.own_log import is_to_be_told
from bsaudit.report.section import Tone
from bsaudit.report.state import ORDER, rank, standing, why
from bsaudit.report.table import STYLES
from bsaudit.text import clean_line

# Names in a sentence; the lines above have them all.
NAMED = 8
# Targets that fit a screen of 24 lines, a line each, with what is counted below them.
SCREENFUL = 20


def summary(report: Report) -> list[RenderableType]:
    """Return a line for each target, the worst first, and below them how many there are of each."""
    entries = sorted(report.targets, key=rank)
    shown = entries if len(entries) <= SCREENFUL else [entry for entry in entries if not _is_plainly_clean(entry)]
    words_width = max((len(standing(entry)[0]) for entry in shown), default=0)
    names_width = max((len(clean_line(entry.target)) for entry in shown), default=0)
    lines = [_line(entry, words_width, names_width) for entry in shown]
    told = [*_logs(entries), *_counted(entries), *_own_side(report)]
    return [*lines, *([Text()] if lines else []), *(Text(text, STYLES[tone]) for text, tone in told)]


def _is_plainly_clean(entry: TargetEntry) -> bool:
    """Say whether all that there is to tell of a target is that it is clean."""
    if standing(entry)[1] is not Tone.GOOD or entry.verdict is not Verdict.CLEAN or entry.not_audited is not None:
        return False
    if is_to_be_told(entry.log):
        return False
    return entry.state is None or not (entry.state.note or entry.state.stale)


def _line(entry: TargetEntry, words_width: int, names_width: int) -> RenderableType:
    """Return one line, however long the reason is: --verbose, JSON and `report` have all of it."""
    word, tone = standing(entry)
    name = clean_line(entry.target)
    padded = (f"{word:{words_width}}  ", STYLES[tone]), (f"{name:{names_width}}  ", "bold"), why(entry)
    return Padding(Text.assemble(*padded, no_wrap=True, overflow="ellipsis"), 0)


def _own_side(report: Report) -> Iterator[tuple[str, Tone]]:
    """Say that the last check showed little or nothing: a state outlives it, and looks as if it had been seen now."""
    failed = [part.part for part in report.check.own_side if not part.ok] if report.check else []
    if failed:
        yield f"our own side failed ({', '.join(failed)}): what was not checked stands as before", Tone.UNKNOWN


def _logs(entries: Sequence[TargetEntry]) -> Iterator[tuple[str, Tone]]:
    """Name the targets whose own logs are the reason for an exit code other than what the states give."""
    for said, field, tone in (
        ("more notices in the own log than max_notices", "exceeded", Tone.BAD),
        ("an own log that says nothing", "is_unknown", Tone.UNKNOWN),
    ):
        named = [clean_line(entry.target) for entry in entries if entry.log and getattr(entry.log, field)]
        if named:
            yield f"{len(named)} of {len(entries)} with {said}: {some_of(named)}", tone


def some_of(named: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    return ", ".join(named[:NAMED]) + (f" and {len(named) - NAMED} more" if len(named) > NAMED else "")


def _counted(entries: Sequence[TargetEntry]) -> Iterator[tuple[str, Tone]]:
    """Return what matters once more, the worst last: it is what stands on the screen in the end."""
    groups = Counter(map(standing, entries))
    for word, tone in sorted(groups, key=lambda one: (ORDER.index(one[1]), one[0]), reverse=True):
        named = [clean_line(entry.target) for entry in entries if standing(entry) == (word, tone)]
        text = f"{len(named)} of {len(entries)} {word}"
        if tone is not Tone.GOOD:
            text += f": {some_of(named)}"
        yield text, tone
