"""What lies together in an mbox travels together: however much is read at once, the messages are the same."""

from __future__ import annotations

import hashlib
import io
import pickle
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from bsaudit.adapters import mailfiles
from bsaudit.adapters.mailfiles import Stored, Stretch, apart
from bsaudit.ndn.mime import READ_WINDOW

SEPARATOR = b"From mx@example Mon Nov 23 10:00:00 2026\n"
HEADER = b"Subject: one\n\n"
LINE = st.sampled_from([b"From here", b">From there", b"", b"X: y", b"text " * 150])
BODIES = st.lists(st.lists(LINE, max_size=8), min_size=1, max_size=12)


def stored(content: bytes, at_once: int = mailfiles.CHUNK) -> list[Stored]:
    with mock.patch.object(mailfiles, "CHUNK", at_once):
        return list(mailfiles._of_stream(io.BytesIO(content), "mbox", lambda: None, single=False))


@given(BODIES, st.integers(len(b"From "), 4000))
def test_messages_do_not_depend_on_how_much_is_read_at_once(bodies: list[list[bytes]], at_once: int) -> None:
    expected = [SEPARATOR + HEADER + b"\n".join([*body, b"end", b"", b""]) for body in bodies]
    found = list(apart(stored(b"".join(expected), at_once)))
    assert [one.raw for one in found] == expected
    assert [one.index for one in found] == list(range(len(bodies)))
    assert [one.sha256 for one in found] == [hashlib.sha256(raw).hexdigest() for raw in expected]


def test_whole_messages_that_are_read_at_once_are_handed_on_together() -> None:
    found = stored((SEPARATOR + HEADER + b"end\n\n") * 100)
    assert sum(one.count for one in found) == 100
    assert [one.count > 10 for one in found if isinstance(one, Stretch)] == [
        True,
        True,
    ]  # one of them in sight of the end
    assert list(apart(pickle.loads(pickle.dumps(found)))) == list(apart(found))


def test_a_message_longer_than_what_is_kept_is_known_by_all_of_it() -> None:
    long = SEPARATOR + HEADER + b"x\n" * READ_WINDOW + b"\n"
    found = list(apart(stored(long + SEPARATOR + HEADER)))
    assert [one.size for one in found] == [READ_WINDOW, len(SEPARATOR + HEADER)]
    assert found[0].sha256 == hashlib.sha256(long).hexdigest()
