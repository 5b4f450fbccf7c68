"""Blocks of a log → whole lines."""

from __future__ import annotations

import pytest

from bsaudit.adapters.logfiles import whole_lines


@pytest.mark.parametrize("cut", range(1, 12))
def test_what_a_crash_left_hides_no_line_behind_it(cut: int) -> None:
    """A file system that had the size of a file on disk, and not its end, fills it up with octets that are zero."""
    log = b"one\nha\0\0\0two\nthree\n"
    first, rest = whole_lines(b"", log[:cut])
    second, rest = whole_lines(rest, log[cut:])
    assert [line for line in (*first, *second) if line] == [b"one", b"ha", b"two", b"three"]
    assert rest == b""
