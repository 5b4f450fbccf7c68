"""Dates: read as the library reads them, only faster; what is none is None."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime, parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bsaudit.ndn.dates import parse_date


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wed, 25 Nov 2026 18:13:44 +0100 (CET)", datetime(2026, 11, 25, 17, 13, 44, tzinfo=UTC)),
        ("5 Jan 2026 08:00:00 -0000", datetime(2026, 1, 5, 8, tzinfo=UTC)),
        ("Mon, 5 Jan 26 08:00 EST", datetime(2026, 1, 5, 13, tzinfo=UTC)),
        ("31 Feb 2026 08:00:00 +0000", None),
        ("5 Jan 2026 25:00:00 +0000", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_date(text: str, expected: datetime | None) -> None:
    assert parse_date(text) == expected


@given(st.integers(0, 2**34), st.integers(-23 * 60, 23 * 60), st.sampled_from(("", " (X)")))
def test_what_is_written_by_the_rule_is_read_as_the_library_reads_it(at: int, minutes: int, comment: str) -> None:
    text = format_datetime(datetime.fromtimestamp(at, timezone(timedelta(minutes=minutes)))) + comment
    assert parse_date(text) == parsedate_to_datetime(text)


@given(st.text())
def test_anything_else_raises_nothing(text: str) -> None:
    parse_date(text)
