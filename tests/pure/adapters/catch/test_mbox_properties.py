"""Whatever was appended to an mbox is told again, each message once and whole."""

from __future__ import annotations

import io
import re

from hypothesis import given
from hypothesis import strategies as st

from bsaudit.adapters.catch.mbox import _messages
from bsaudit.adapters.mailfiles import _of_stream, apart

LINE = st.binary(max_size=90).map(lambda raw: raw.replace(b"\n", b"").replace(b"\r", b""))
BODY = st.lists(
    st.one_of(LINE, st.sampled_from([b"From here", b">From there", b"From ", b"", b"Fromage"])), max_size=12
)
SEPARATOR = b"From mx@example Mon Nov 23 10:00:00 2026\n"
HEADER = b"Subject: one\n\n"


@given(st.lists(BODY, min_size=1, max_size=6))
def test_messages_come_back_as_they_were_appended(bodies: list[list[bytes]]) -> None:
    quoted = [HEADER + b"".join(re.sub(rb"^(>*From )", rb">\1", line) + b"\n" for line in body) for body in bodies]
    stored = b"".join(SEPARATOR + text + b"\n" for text in quoted)
    found = [(message.raw(), message.end) for message in _messages(io.BytesIO(stored), 0)]
    assert [raw for raw, _ in found] == quoted
    assert found[-1][1] == len(stored)


@given(st.lists(st.lists(st.sampled_from([b"From here", SEPARATOR.strip(), b"", b"X: y", b"text"])), min_size=1))
def test_the_catch_mailbox_and_explain_part_messages_alike(bodies: list[list[bytes]]) -> None:
    stored = b"".join(SEPARATOR + HEADER + b"\n".join([*body, b"end", b"", b""]) for body in bodies)
    explained = [one.raw for one in apart(_of_stream(io.BytesIO(stored), "mbox", lambda: None, single=False))]
    caught = [message.from_line + message.raw() + b"\n" for message in _messages(io.BytesIO(stored), 0)]
    assert caught == explained


@given(st.binary(max_size=400))
def test_no_bytes_are_an_error(stored: bytes) -> None:
    ends = [message.end for message in _messages(io.BytesIO(stored), 0)]
    assert ends == sorted(ends)
    assert all(end <= len(stored) for end in ends)
