"""Which UIDs are searched for at once: all of them are asked for, and a line holds each answer."""

from __future__ import annotations

import imaplib

import pytest

from bsaudit.adapters.catch.imap_session import MOST_SEARCHES, uid_ranges

LONGEST_UID = len(" 4294967295")


@pytest.mark.parametrize(("uid", "following"), [(1, 1), (1, 5), (90, 20), (7, 1_000_000), (1, 4_000_000)])
def test_each_range_is_answered_in_a_line_and_the_last_has_no_end(uid: int, following: int) -> None:
    *whole, last = uid_ranges(uid, following)
    begins = [uid, *(int(end) + 1 for _, end in whole)]
    assert [*(begin for begin, _ in whole), last[0]] == begins
    assert last[1] == "*"
    sizes = [int(end) - begin + 1 for begin, end in whole] + [following - last[0]]
    assert max(sizes) * LONGEST_UID < imaplib._MAXLINE


def test_uids_far_apart_take_no_end_of_searches() -> None:
    assert len(list(uid_ranges(1, 1 << 32))) <= MOST_SEARCHES + 1
