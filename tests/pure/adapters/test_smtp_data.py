"""How DATA is taken apart: compared with a slow and plain reading of RFC 5321, and against SMTP smuggling."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bsaudit.adapters.smtpd.data import MEMORY_LIMIT, MailData, Room, Unstuffing, receive

NO_LIMIT = 1 << 20


def by_the_book(stream: bytes) -> tuple[bytes, bytes] | None:
    """Return content and what follows it: RFC 5321 §4.5.2, line by line; None where there is no end."""
    *lines, _ = stream.split(b"\r\n")
    content = b""
    for number, line in enumerate(lines):
        if line == b".":
            return content, stream[len(b"\r\n".join(lines[: number + 1])) + 2 :]
        content += line.removeprefix(b".") + b"\r\n"
    return None


streams = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"x", b"\r\n.", b".\r\n", b"\r\n.\r\n"])).map(b"".join)


@given(streams, st.lists(st.integers(1, 9)))
def test_it_reads_as_the_book_does_however_the_octets_come(stream: bytes, sizes: list[int]) -> None:
    pieces = list(_cut(stream, sizes))
    expected = by_the_book(stream)
    if expected is None:
        with pytest.raises(ConnectionResetError):
            _receive(pieces)
        return
    content, rest, unread = _receive(pieces)
    assert (content, rest + unread) == expected


@given(st.binary(max_size=200))
def test_what_a_client_stuffs_comes_out_as_it_was(message: bytes) -> None:
    message = message.replace(b"\r\n", b"").join([b"", b"\r\n"])
    lines = message.split(b"\r\n")
    stuffed = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines)
    assert _receive([stuffed + b".\r\nQUIT\r\n"]) == (message, b"QUIT\r\n", b"")


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\n\r.\r\n", b"\r\n\x00.\r\n"]
)
def test_only_one_end_ends_it(end: bytes) -> None:
    """Each of these ended the data at one server or another, and began a stranger's message (SMTP smuggling)."""
    smuggled = b"Subject: x\r\n\r\nx" + end + b"MAIL FROM:<a@b>\r\n"
    content, rest, _ = _receive([smuggled + b".\r\n"])
    assert content.endswith(b"MAIL FROM:<a@b>\r\n")
    assert rest == b""


def test_no_content_at_all() -> None:
    assert _receive([b".\r\nQUIT\r\n"]) == (b"", b"QUIT\r\n", b"")


@given(st.lists(st.binary(min_size=1, max_size=64), max_size=20))
def test_hardly_anything_is_held_between_two_pieces(pieces: list[bytes]) -> None:
    unstuffing = Unstuffing()
    for piece in pieces:
        if unstuffing.rest is None:
            given_back = unstuffing.feed(piece)
            assert len(given_back) <= len(piece) + 4
            assert len(unstuffing._held) <= 4


def test_what_is_too_long_is_read_and_forgotten() -> None:
    with MailData(10, Room(NO_LIMIT)) as content:
        rest = asyncio.run(receive(_reader([b"12345678\r\n", b"9", b"x" * 1000 + b"\r\n.\r\nRSET\r\n"]), content))
        assert rest == b"RSET\r\n"
        assert content.refusal is not None
        assert content.refusal.startswith("552 5.3.4")
        assert content.file.closed


def test_a_message_of_just_the_limit_is_taken() -> None:
    with MailData(10, Room(NO_LIMIT)) as content:
        asyncio.run(receive(_reader([b"12345678\r\n.\r\n"]), content))
        assert content.refusal is None
        assert content.file.read() == b"12345678\r\n"


@pytest.mark.parametrize("octets", [MEMORY_LIMIT // 2, MEMORY_LIMIT * 3])
def test_where_a_message_waits_does_not_show(octets: int) -> None:
    message = random.Random(1).randbytes(octets).replace(b"\r", b"\r\n.").replace(b"\n.", b"\n..") + b"\r\n"
    with MailData(NO_LIMIT, Room(NO_LIMIT)) as content:
        asyncio.run(receive(_reader([*_cut(message, [4096] * 99), b".\r\n"]), content))
        assert content.file.read() == message.replace(b"\r\n..", b"\r\n.")


def test_a_disk_that_does_not_take_it_puts_the_message_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    room = Room(NO_LIMIT)
    with MailData(NO_LIMIT, room) as content:
        asyncio.run(receive(_reader([b"x" * MEMORY_LIMIT, b"y\r\n", b"z\r\n.\r\n"]), content))
        assert content.refusal is not None
        assert content.refusal.startswith("452 4.3.1")
        assert room.left == NO_LIMIT


def test_all_messages_together_have_so_much_room() -> None:
    room = Room(100)
    with MailData(NO_LIMIT, room) as first, MailData(NO_LIMIT, room) as second:
        first.add(b"x" * 60)
        second.add(b"y" * 60)
        second.add(b"y" * 1000)
        assert first.refusal is None
        assert second.refusal is not None
        assert second.refusal.startswith("452 4.3.1")
        assert room.left == 40
    assert room.left == 100


def _receive(pieces: list[bytes]) -> tuple[bytes, bytes, bytes]:
    """Return the content, what came behind it in the same piece, and the pieces that were not read."""
    left = iter(pieces)
    content = MailData(NO_LIMIT, Room(NO_LIMIT))
    with content:
        rest = asyncio.run(receive(_reader(left), content))
        return content.file.read(), rest, b"".join(left)


def _reader(pieces: Iterable[bytes]) -> Callable[[], Awaitable[bytes]]:
    left = iter(pieces)

    async def read() -> bytes:
        return next(left, b"")

    return read


def _cut(stream: bytes, sizes: list[int]) -> Iterator[bytes]:
    for size in sizes:
        if stream:
            yield stream[:size]
            stream = stream[size:]
    if stream:
        yield stream
