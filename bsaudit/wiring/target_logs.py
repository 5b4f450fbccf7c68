"""The own logs of checked targets, read when a check ends: what they show changes no verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from bsaudit.adapters.logsource import name_of, opened
from bsaudit.durations import duration
from bsaudit.errors import UsageError
from bsaudit.logs.reading import Reading
from bsaudit.logs.result import result
from bsaudit.logs.tally import Tally
from bsaudit.model.logs import LogFile, LogReport, LogSource, LogTotals, TargetLog
from bsaudit.report.logs import KINDS, is_known, verdict

# Half a billion lines: a command that hangs must not hold up the night.
LOG_S = 600.0


async def read_logs(sources: Mapping[str, LogSource], now: datetime) -> dict[str, TargetLog]:
    """Return by target what its log shows up to now. Targets with the same log have it read once. Never raises."""
    read: dict[object, LogTotals | str] = {}
    found = {}
    for target, source in sources.items():
        key = source.read, source.own, source.period_s
        if key not in read:
            read[key] = await _counted(source, now)
        found[target] = _told(source, now, read[key])
    return found


async def _counted(source: LogSource, now: datetime) -> LogTotals | str:
    """Return what a log shows, or in words why nothing is known."""
    try:
        async with asyncio.timeout(LOG_S):
            report = await _read(source, now)
    except UsageError as error:
        return error.message
    except TimeoutError:
        return f"reading it took longer than {duration(LOG_S)}"
    if not is_known(report):
        return verdict(report)
    return report.totals if report.totals.last is not None else "its lines bear no stamps, or none that is past"


async def _read(source: LogSource, now: datetime) -> LogReport:
    since = _since(source, now).timestamp()
    reading = Reading(Tally(source.own, since), now.timestamp())
    files = []
    for one in source.read:
        async with opened(one) as (modified, blocks):
            reading.begin(modified)
            async for lines in blocks:
                reading.read(lines)
        files.append(LogFile(file=one, lines=reading.lines, products=tuple(reading.products)))
    reading.finish()
    return result(reading.tally, reading.clock, files, since, ())


def _since(source: LogSource, now: datetime) -> datetime:
    return now - timedelta(seconds=source.period_s)


def _told(source: LogSource, now: datetime, found: LogTotals | str) -> TargetLog:
    totals = None if isinstance(found, str) else found
    notices = None if totals is None else sum(getattr(totals, name) for name, _ in KINDS)
    most = source.max_notices
    return TargetLog(
        read=tuple(map(name_of, source.read)),
        at=now,
        since_at=_since(source, now),
        notices=notices,
        max_notices=most,
        exceeded=None if notices is None or most is None else notices > most,
        totals=totals,
        error=found if isinstance(found, str) else None,
    )
