"""Counts of days as stacked bars: where each stands and how high it is. The template draws them, without a script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple, TypeAlias

from bsaudit.report.section import Tone

# More bars than this are too thin on a phone: each then stands for several days.
MOST_BARS = 92
HEIGHT = 100
# Days between which nothing was counted for so long do not belong together: one forged date would squeeze all others.
FAR = timedelta(days=180)

Counts: TypeAlias = tuple[int, ...]
Days: TypeAlias = dict[date, Counts]


class Series(NamedTuple):
    """What is counted: its words, and its colour. The first stands at the foot of each bar."""

    words: str
    tone: Tone


class Part(NamedTuple):
    tone: Tone
    y: float
    height: float


class Bar(NamedTuple):
    """One day, or the days from `first` to `last`."""

    first: date
    last: date
    counts: Counts
    parts: tuple[Part, ...]


class Chart(NamedTuple):
    """`highest`: what the highest bar counts. In no bar are the `undated`, which bear no day, and those `far` away.

    `far_days`: the first and last day of these.
    """

    series: tuple[Series, ...]
    bars: tuple[Bar, ...]
    days_a_bar: int
    highest: int
    undated: int
    far: int = 0
    far_days: tuple[date, date] | None = None
    far_apart: int = FAR.days


def chart(series: Sequence[Series], days: Iterable[tuple[str | None, Counts]]) -> Chart:
    """Return the bars of `days` (ISO dates, None for what bears none), also for those between on which nothing came."""
    dated: Days = {}
    undated = 0
    for day, counts in days:
        if day is None:
            undated += sum(counts)
        else:
            dated[date.fromisoformat(day)] = counts
    dated, far = _together(dated)
    length = -(-((max(dated) - min(dated)).days + 1) // MOST_BARS) if dated else 1
    spans = _spans(dated, length, len(series))
    highest = max((sum(counts) for _, _, counts in spans), default=0)
    bars = tuple(Bar(*span, tuple(_parts(series, span[2], highest))) for span in spans)
    left_out = sum(map(sum, far.values()))
    return Chart(tuple(series), bars, length, highest, undated, left_out, (min(far), max(far)) if far else None)


def _together(dated: Days) -> tuple[Days, Days]:
    """Return the days that the bars show, and those too far away from them: most is counted where people look."""
    groups: list[Days] = []
    last = date.min
    for day in sorted(dated):
        if not groups or day - last > FAR:
            groups.append({})
        groups[-1][day], last = dated[day], day
    shown = max(groups, key=lambda group: (sum(map(sum, group.values())), max(group)), default={})
    return shown, {day: counts for day, counts in dated.items() if day not in shown}


def _spans(dated: Days, length: int, width: int) -> list[tuple[date, date, Counts]]:
    """Return the first and last day of each bar, and what came in it."""
    if not dated:
        return []
    start, end = min(dated), max(dated)
    sums = [[0] * width for _ in range(0, (end - start).days + 1, length)]
    for day, counts in dated.items():
        row = sums[(day - start).days // length]
        row[:] = (one + more for one, more in zip(row, counts, strict=True))
    firsts = [start + timedelta(days=number * length) for number in range(len(sums))]
    lasts = [*(first - timedelta(days=1) for first in firsts[1:]), end]
    return [(first, last, tuple(row)) for first, last, row in zip(firsts, lasts, sums, strict=True)]


def _parts(series: Sequence[Series], counts: Counts, highest: int) -> Iterator[Part]:
    foot = float(HEIGHT)
    for one, count in zip(series, counts, strict=True):
        if count:
            height = HEIGHT * count / highest
            foot -= height
            yield Part(one.tone, round(foot, 2), round(height, 2))
