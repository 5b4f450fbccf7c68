"""An IMAP server that says what is no IMAP, too much of it, or too slowly: an error that can be read, and bounds."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from typing import BinaryIO

import pytest

from bsaudit.adapters.catch import imap_session, imap_wire
from bsaudit.adapters.catch.common import READ_LIMIT
from bsaudit.errors import CatchError
from tests.support.imap import NDN, Server, at, first, mailbox_of, playing

RED = "\x1b[31mRED\x1b]0;t\x07"
MIB = 1 << 20

Answer = Callable[[Server, str, BinaryIO], str | bytes]


def _saying(text: str) -> Answer:
    return lambda server, command, stream: text


def _examined(validity: str = "7", following: str = "1", exists: str = "0") -> Answer:
    return _saying(f"* {exists} EXISTS\r\n* OK [UIDVALIDITY {validity}] x\r\n* OK [UIDNEXT {following}] x\r\n")


def _fetched(items: str, literal: str = NDN) -> Answer:
    return _saying(f"* 1 FETCH ({items} BODY[]<0> {{{len(literal)}}}\r\n{literal})\r\n")


NO_IMAP = {
    "UIDVALIDITY that is no number": {"_examine": _examined(validity="abc")},
    "UIDVALIDITY of control characters": {"_examine": _examined(validity=RED)},
    "UIDVALIDITY of 5,000 digits": {"_examine": _examined(validity="9" * 5000)},
    "UIDVALIDITY of 40 digits": {"_examine": _examined(validity="9" * 40)},
    "a negative UIDVALIDITY": {"_examine": _examined(validity="-1")},
    "UIDNEXT that is no number": {"_examine": _examined(following=RED)},
    "UIDNEXT of 40 digits": {"_examine": _examined(following="9" * 40)},
    "EXISTS of 5,000 digits": {"_examine": _examined(exists="9" * 5000)},
    "folders without names": {"_list": _saying("* LIST\r\n* LIST ()\r\n")},
    "folders that are numbers": {"_list": _saying("* LIST 1 2 3\r\n")},
    "lists in lists of folders": {"_list": _saying(f"* LIST {'(' * 100_000}{')' * 100_000}\r\n")},
    "a namespace that is none": {
        "_namespace": _saying("* NAMESPACE 1\r\n"),
        "capabilities": "IMAP4rev1 AUTH=PLAIN NAMESPACE",
    },
    "capabilities that are no text": {"_capability": _saying("* CAPABILITY \xff\xfe\r\n")},
    "a line without end": {"_list": _saying(f"* LIST {'x' * 2 * MIB}\r\n")},
    "lines without end": {"_list": _saying(f'* LIST () "/" {"x" * 10_000}\r\n' * 600)},
    "a literal of 5,000 digits": {"_list": _saying(f'* LIST () "/" {{{"9" * 5000}}}\r\n')},
    "a literal of 100 GB": {"_list": _saying('* LIST () "/" {99999999999}\r\n')},
    "literals without end": {  # made when it is asked for: 40 MB
        "_list": lambda *_: '* LIST () "/" {1048576}\r\n' + ("x" * MIB + " {1048576}\r\n") * 40
    },
}


@pytest.mark.parametrize("odd", NO_IMAP.values(), ids=NO_IMAP)
def test_what_is_no_imap_is_an_error_that_can_be_read(odd: dict[str, object]) -> None:
    with playing(**odd) as server, pytest.raises(CatchError, match="answers what is no IMAP") as caught:
        asyncio.run(mailbox_of(server).open())
    assert len(caught.value.message) < 3000
    assert caught.value.message.isprintable()
    assert caught.value.remedy


NO_ANSWERS = {
    "UIDs that are no numbers": {"_search": _saying("* SEARCH abc\r\n")},
    "UIDs in lists": {"_search": _saying(f"* SEARCH {'(' * 300_000}\r\n")},
    "UIDs of 5,000 digits": {"_search": _saying(f"* SEARCH {'9' * 5000}\r\n")},
    "UIDs of 40 digits": {"_search": _saying(f"* SEARCH {'9' * 40}\r\n")},
    "two answers at once": {"_search": _saying("* SEARCH 1\r\n* SEARCH 1\r\n")},
    "a message without UID": {"_fetch": _fetched("UID abc")},
    "a message in lists": {"_fetch": _fetched(f"UID 1 RFC822.SIZE {'(' * 100_000}{')' * 100_000}")},
    "a message that is a number": {"_fetch": _saying("* 1 FETCH (UID 1 RFC822.SIZE 3 BODY[]<0> 3)\r\n")},
    "a message that is a list": {"_fetch": _saying("* 1 FETCH (UID 1 RFC822.SIZE 3 BODY[]<0> (3))\r\n")},
    "an odd number of items": {"_fetch": _fetched("UID 1 RFC822.SIZE")},
    "a message cut short": {"_fetch": _saying("* 1 FETCH (UID 1 RFC822.SIZE {3}\r\nabc\r\n")},
    "no FETCH at all": {"_fetch": _saying("* 1 FETCH 1\r\n")},
}


@pytest.mark.parametrize("odd", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_a_mailbox_that_becomes_none_is_told_in_time(odd: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bsaudit.adapters.catch.imap_watch.RECONNECT_FOR_S", 0.3)
    monkeypatch.setattr("bsaudit.adapters.catch.imap_watch.BACKOFF_S", (0.1,))
    with playing(**odd) as server, pytest.raises(CatchError, match="answers what is no IMAP") as caught:
        first(server)
    assert caught.value.message.isprintable()


def test_nonsense_once_is_forgiven(monkeypatch: pytest.MonkeyPatch) -> None:
    def nonsense_first(server: Server, command: str, stream: BinaryIO) -> str:
        return "* SEARCH abc\r\n" if server.connections == 1 else Server._search(server, command, stream)

    with playing(_search=nonsense_first) as server:
        assert first(server).raw == NDN.encode()
        assert server.connections == 2


@pytest.mark.parametrize("size", ["x", "NIL", "(1 2)", f'"{RED}"', "0", "-7"])
def test_a_size_that_is_none_costs_no_message(size: str) -> None:
    with playing(_fetch=_fetched(f"UID 1 RFC822.SIZE {size}")) as server:
        arrival = first(server)
    assert arrival.raw == NDN.encode()
    assert arrival.size == len(NDN)
    assert not arrival.truncated


def test_a_message_that_nobody_asked_for_is_not_taken() -> None:
    stranger = "* 9 FETCH (UID 9 RFC822.SIZE 3 BODY[]<0> {3}\r\nabc)\r\n"

    def both(server: Server, command: str, stream: BinaryIO) -> str:
        return stranger + str(Server._fetch(server, command, stream))

    with playing(_fetch=both) as server:
        assert first(server).raw == NDN.encode()


def test_whole_messages_where_beginnings_were_asked_for() -> None:
    long = NDN + "x" * (3 * MIB)
    with playing(_fetch=_fetched(f"UID 1 RFC822.SIZE {len(long)}", long)) as server:
        arrival = first(server)
    assert arrival.raw == long[:READ_LIMIT].encode()
    assert arrival.size == len(long)
    assert arrival.truncated


def test_uidnext_is_found_out_where_it_is_not_told() -> None:
    def none_yet(server: Server, command: str, stream: BinaryIO) -> str:
        return f"* SEARCH {len(server.messages)}\r\n" if "*" in command and ":" not in command else "* SEARCH\r\n"

    with playing(uidnext=False, _search=none_yet) as server:
        server.messages = [NDN] * 3
        position = asyncio.run(_opened(server))
    assert '"INBOX":[7,4]' in position


async def _opened(server: Server) -> str:
    mailbox = mailbox_of(server)
    try:
        return await mailbox.open()
    finally:
        await mailbox.close()


def _dripping(server: Server, command: str, stream: BinaryIO) -> str:
    """Never says nothing for as long as a read waits, and never comes to an end."""
    for _ in range(10_000):
        stream.write(b"x")
        time.sleep(0.02)
    return ""


@pytest.mark.parametrize("word", ["capability", "list", "examine"])
def test_an_answer_that_drips_ends_with_its_time(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_wire, "ANSWER_S", 0.4)
    with playing(**{f"_{word}": _dripping}) as server, pytest.raises(CatchError, match="does not answer"):
        asyncio.run(asyncio.wait_for(mailbox_of(server).open(), 20))


def test_a_goodbye_that_drips_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_session, "GOODBYE_S", 0.2)
    with playing(_logout=_dripping, login="NO wrong") as server, pytest.raises(CatchError, match="refuses the login"):
        asyncio.run(asyncio.wait_for(mailbox_of(server).open(), 20))


def test_announcements_without_end_keep_no_message_from_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_wire, "LINES_LIMIT", 1 << 17)

    def flood(server: Server, command: str, stream: BinaryIO) -> str:
        server.messages = [NDN]
        stream.write(b"+ idling\r\n")
        while True:
            server.latest.sendall(b"* 6 FETCH (FLAGS ())\r\n" * 2000)

    with playing(_idle=flood) as server:
        assert first(server).raw == NDN.encode()
        assert server.connections > 1


def test_a_password_that_login_cannot_carry_is_told_as_such() -> None:
    from bsaudit.model.settings import Secret

    with playing(capabilities="IMAP4rev1") as server:
        mailbox = at("127.0.0.1", server.port, password=Secret("pässwort"))
        with pytest.raises(CatchError, match="ASCII only") as caught:
            asyncio.run(mailbox.open())
    assert "ä" not in caught.value.message


MEASURED = """
import asyncio, pathlib, re, sys
from bsaudit.adapters.catch import open_mailbox
from bsaudit.adapters.clock import SystemClock
from bsaudit.errors import CatchError
from bsaudit.model.settings import CatchKind, CatchSettings, Secret, Tls

settings = CatchSettings(
    kind=CatchKind.IMAP, host="127.0.0.1", port=int(sys.argv[1]), tls=Tls.NONE, user="u", password=Secret("p")
)

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) // 1024

async def run():
    mailbox = open_mailbox(settings, clock=SystemClock())
    await mailbox.open()
    before = peak()
    arrival = await anext(mailbox.arrivals())
    print(len(arrival.raw), peak() - before)
    await mailbox.close()

asyncio.run(run())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_literal_of_240_mib_takes_no_memory_to_speak_of() -> None:
    def huge(server: Server, command: str, stream: BinaryIO) -> str:
        connection = server.latest
        connection.sendall(b"* 1 FETCH (UID 1 RFC822.SIZE 3 BODY[]<0> {%d}\r\n" % (240 * MIB))
        for _ in range(240):
            connection.sendall(b"a" * MIB)
        return ")\r\n"

    with playing(_fetch=huge) as server:
        ran = subprocess.run(
            [sys.executable, "-c", MEASURED, str(server.port)], capture_output=True, text=True, timeout=60, check=True
        )
    read, mib = map(int, ran.stdout.split())
    assert read == READ_LIMIT
    assert mib < 16  # what it sent is 240
