"""What the own log of a target's server showed, in words: a number beside the verdict, and no verdict."""

from __future__ import annotations

from collections.abc import Iterator

from bsaudit.durations import duration
from bsaudit.model.logs import TargetLog
from bsaudit.model.report import TargetEntry
from bsaudit.report.line import Line
from bsaudit.report.logs import counted
from bsaudit.report.section import Section, Tone, lines_of
from bsaudit.text import amount, clean_line


def is_to_be_told(log: TargetLog | None) -> bool:
    """Say whether somebody should look at it: there are more notices than were allowed, or nobody knows how many."""
    return log is not None and bool(log.exceeded or log.is_unknown)


def in_words(log: TargetLog) -> str:
    """Return how many notices there were."""
    if log.notices is None:
        return clean_line(f"its own log says nothing: {log.error}")
    period = duration((log.at - log.since_at).total_seconds())
    more = f", more than the {log.max_notices} of max_notices" if log.exceeded else ""
    return f"its own log has {amount(log.notices, 'notice')} to outside addresses in {period}{more}"


def own_log(target: TargetEntry) -> Section:
    """Return all that the log showed."""
    log = target.log
    if log is None:
        return Section(label="Log", lines=())
    return Section(label="Log", lines=lines_of(_lines(log)), tone=_tone(log))


def _tone(log: TargetLog) -> Tone:
    if log.notices is None:
        return Tone.UNKNOWN
    return Tone.BAD if log.exceeded else Tone.PLAIN


def _lines(log: TargetLog) -> Iterator[str | Line]:
    yield f"{in_words(log)} (until {log.at:%Y-%m-%d %H:%M} UTC)"
    if log.totals is not None:
        told = "; ".join(f"{count} {words}" for count, words in counted(log.totals) if count)
        yield Line(told, point=True)
        if log.totals.first and log.totals.last:
            yield Line(f"it covers {log.totals.first} to {log.totals.last}", point=True)
    yield Line(f"read: {', '.join(log.read)}", point=True)
