"""How the verdicts of targets went from run to run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bsaudit.model.report import Verdict
from bsaudit.model.run import RunLine, Trend
from bsaudit.report.words import VERDICT
from bsaudit.text import clean_line

LAST = 10  # points of a trend
_MARKS = {Verdict.CLEAN: ".", Verdict.INCONCLUSIVE: "?", Verdict.BACKSCATTER: "B"}


def trends(lines: Sequence[RunLine]) -> tuple[Trend, ...]:
    """Return the verdicts of each target in the last of the runs that are listed, the latest first."""
    found: dict[str, list[Verdict]] = {}
    for line in lines:
        for target, verdict in line.verdicts.items():
            found.setdefault(target, []).append(verdict)
    return tuple(Trend(target=name, verdicts=tuple(reversed(found[name][:LAST]))) for name in sorted(found))


def drawn(found: Sequence[Trend]) -> Iterator[str]:
    """Draw what has more than one point, a line each below one that says what the marks mean."""
    several = [trend for trend in found if len(trend.verdicts) > 1]
    if several:
        yield "trend, the latest last: " + ", ".join(f"{mark} {VERDICT[of].lower()}" for of, mark in _MARKS.items())
    for trend in several:
        yield f"{''.join(_MARKS[verdict] for verdict in trend.verdicts):<{LAST}}  {clean_line(trend.target)}"
