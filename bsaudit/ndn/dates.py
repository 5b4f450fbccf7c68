"""Dates of header fields and Received lines (RFC 5322 §3.3) in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache

# What nearly all of them look like; the library, which reads the rest, takes ten times as long.
_USUAL = re.compile(
    r"(?:[A-Za-z]{3}, {1,2})?([0-9]{1,2}) ([A-Z][a-z]{2}) ([12][0-9]{3}) ([0-9]{2}):([0-9]{2}):([0-9]{2})"
    r" ([+-][0-9]{2})([0-9]{2})(?: \([A-Za-z]{1,5}\))?"
)
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), start=1
    )
}


def parse_date(text: str) -> datetime | None:
    """Return the time that `text` says, None if it says none. -0000 is UTC of an unknown zone. Never raises."""
    text = text.strip()
    try:
        if at := _usual(text):
            return at
        at = parsedate_to_datetime(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _usual(text: str) -> datetime | None:
    """Return the time of a date in the usual form. Raises ValueError for one that the calendar does not know."""
    match = _USUAL.fullmatch(text)
    if match is None or match[2] not in _MONTHS:
        return None
    day, month, year, hour, minute, second, hours, minutes = match.groups()
    at = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    return at - _offset(hours, minutes)


@lru_cache(maxsize=1 << 8)  # the world has forty
def _offset(hours: str, minutes: str) -> timedelta:
    """Return how far a zone is ahead of UTC. Raises ValueError for a day or more."""
    offset = timedelta(hours=int(hours), minutes=int(hours[0] + minutes))
    timezone(offset)
    return offset
