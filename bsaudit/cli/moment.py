"""The time that an option names."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from bsaudit.config.convert import Duration, TooLongError
from bsaudit.errors import UsageError
from bsaudit.text import clean_line

_SINCE = 'Write --since 7d, or --since "2026-03-01 12:00".'


def moment(text: str) -> float:
    """Return the time that `--since` names: so long ago, or a date or time, in UTC where it has no zone.

    Raises UsageError for one that is still to come: nothing was written since, which would read as good news.
    """
    now = time.time()
    try:
        return max(now - Duration.parse(text.removeprefix("-")), 0.0)
    except TooLongError:  # who writes 99999999d means all of it
        return 0.0
    except ValueError:
        return _date(text, now)


def _date(text: str, now: float) -> float:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--since {clean_line(text)}: neither a duration nor a date", remedy=_SINCE) from None
    since = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    if since > now:
        raise UsageError(f"--since {clean_line(text)}: that is still to come", remedy=_SINCE)
    return max(since, 0.0)
