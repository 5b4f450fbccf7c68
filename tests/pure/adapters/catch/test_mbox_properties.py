"""Whatever was appended to an mbox is told again, each message once and whole."""

from __future__ import annotations

import io
import re

from hypothesis import given
from hypothesis import strategies as st

from bsaudit.adapters.catch.mbox import _messages

LINE = st.binary(max_size=90).map(lambda raw: raw.replace(b"\n", b"").replace(b"\r", b""))
BODY = st.lists(
    st.one_of(LINE, st.sampled_from([b"From here", b">From there", b"From ", b"", b"Fromage"])), max_size=12
)


@given(st.lists(BODY, min_size=1, max_size=6))
def test_messages_come_back_as_they_were_appended(bodies: list[list[bytes]]) -> None:
    quoted = [b"".join(re.sub(rb"^(>*From )", rb">\1", line) + b"\n" for line in body) for body in bodies]
    stored = b"".join(b"From mx@example Mon Nov 23 10:00:00 2026\n" + text + b"\n" for text in quoted)
    found = [(message.raw(), message.end) for message in _messages(io.BytesIO(stored), 0)]
    assert [raw for raw, _ in found] == quoted
    assert found[-1][1] == len(stored)


@given(st.binary(max_size=400))
def test_no_bytes_are_an_error(stored: bytes) -> None:
    ends = [message.end for message in _messages(io.BytesIO(stored), 0)]
    assert ends == sorted(ends)
    assert all(end <= len(stored) for end in ends)
