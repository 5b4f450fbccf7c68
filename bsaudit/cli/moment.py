"""The time that an option names."""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime

from bsaudit.config.convert import Duration
from bsaudit.errors import UsageError
from bsaudit.text import clean_line

_SINCE = 'Write --since 7d, or --since "2026-03-01 12:00".'


def moment(text: str) -> float:
    """Return the time that `--since` names: so long ago, or a date or time, in UTC where it has no zone."""
    with contextlib.suppress(ValueError):
        return time.time() - Duration.parse(text.removeprefix("-"))
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--since {clean_line(text)}: neither a duration nor a date", remedy=_SINCE) from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
