"""What is written as an mbox is parted into the same messages again."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bsaudit.adapters.mailbox_imap import uid_set
from bsaudit.adapters.mailfiles import _of_stream, apart
from bsaudit.adapters.mbox_writer import mbox_entry

AT = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
LINE = b"From MAILER-DAEMON Mon Jun  1 10:00:00 2026\n"
SEPARATOR = b"From mx@example Mon Nov 23 10:00:00 2026"
BODY = st.lists(st.sampled_from([b"From here", b">From there", SEPARATOR, b"", b"X: y", b"text"]), max_size=12)


def parted(stored: bytes) -> list[bytes]:
    return [one.raw for one in apart(_of_stream(io.BytesIO(stored), "mbox", lambda: None, single=False))]


@given(st.lists(BODY, min_size=1, max_size=5), st.sampled_from([b"\n", b"\r\n"]))
def test_messages_are_parted_as_they_were_and_unquoted_to_what_they_were(bodies: list[list[bytes]], end: bytes) -> None:
    messages = [b"".join(line + end for line in (b"Subject: one", b"", *body)) for body in bodies]
    found = parted(b"".join(mbox_entry(raw, AT) for raw in messages))
    assert all(raw.startswith(LINE) and raw.endswith(b"\n\n") for raw in found)
    plain = [re.sub(rb"(?m)^>(>*From )", rb"\1", raw.removeprefix(LINE)[:-1]) for raw in found]
    assert plain == [raw.replace(b"\r\n", b"\n") for raw in messages]


@given(st.lists(BODY, min_size=1, max_size=5))
def test_what_comes_from_an_mbox_is_neither_quoted_twice_nor_given_a_second_line(bodies: list[list[bytes]]) -> None:
    stored = b"".join(mbox_entry(b"Subject: one\n\n" + b"\n".join([*body, b"end"]), AT) for body in bodies)
    assert b"".join(mbox_entry(raw, None) for raw in parted(stored)) == stored


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_thunderbird_parts_messages_by_a_bare_line(end: bytes) -> None:
    message = end.join((b"From ", b"X-Mozilla-Status: 0001", b"", b"Hi", b"From ", b">From ", b"", b""))
    assert parted(message + message) == [message, message]
    assert mbox_entry(message, AT).startswith(LINE + b"X-Mozilla-Status: 0001\n\nHi\n")


def test_a_line_without_a_time_separates_nothing_and_is_quoted() -> None:
    assert mbox_entry(b"From nobody\nSubject: one\n\nHi", AT) == LINE + b">From nobody\nSubject: one\n\nHi\n\n"


def test_uids_are_told_in_ranges() -> None:
    assert uid_set([]) == ""
    assert uid_set([1, 2, 3, 7, 9, 10]) == "1:3,7,9:10"
