"""The relay's log: followed as a file, or read from a command."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bsaudit.adapters import relay_log
from bsaudit.adapters.relay_log import open_relay_log
from bsaudit.errors import RelayError, UsageError

HELD_S = 6


def lines(log: relay_log.FileLog | relay_log.CommandLog) -> Sequence[str]:
    return asyncio.run(log.new_lines())


def append(path: Path, text: str) -> None:
    with path.open("ab") as stream:
        stream.write(text.encode("utf-8", "surrogateescape"))


def test_only_what_is_written_from_now_on_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    append(path, "yesterday\n")
    log = open_relay_log(str(path))
    assert lines(log) == []

    append(path, "one\ntwo\n")
    assert lines(log) == ["one", "two"]
    assert lines(log) == []


def test_a_line_is_read_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.touch()
    log = open_relay_log(str(path))

    append(path, "to=<a@exam")
    assert lines(log) == []
    append(path, "ple.org>\nnext")
    assert lines(log) == ["to=<a@example.org>"]


@pytest.mark.parametrize("way", ["copytruncate", "create"])
def test_a_rotated_log_is_read_from_its_beginning(tmp_path: Path, way: str) -> None:
    path = tmp_path / "mail.log"
    append(path, "the day before, longer\n" if way == "copytruncate" else "short\n")
    log = open_relay_log(str(path))
    if way == "create":
        path.rename(tmp_path / "mail.log.1")

    path.write_text("first of the new day\n")
    assert lines(log) == ["first of the new day"]


def test_bytes_that_are_no_text_are_no_error(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.touch()
    log = open_relay_log(str(path))

    append(path, "\udcff\udcfe\n")
    assert len(lines(log)) == 1


def test_a_log_that_went_away_says_so(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.touch()
    log = open_relay_log(str(path))
    path.unlink()

    with pytest.raises(RelayError, match=r"mail\.log cannot be read: No such file"):
        lines(log)


def test_a_directory_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(RelayError, match="cannot be read: not a regular file") as caught:
        lines(open_relay_log(str(tmp_path)))
    assert "--relay-log takes a file" in caught.value.remedy


def test_a_command_gives_each_line_once(tmp_path: Path) -> None:
    path = tmp_path / "journal of the relay"
    append(path, "one\n")
    log = open_relay_log(f"cat {shlex.quote(str(path))}")
    assert lines(log) == ["one"]

    append(path, "two\n")
    assert lines(log) == ["two"]
    assert lines(log) == []


def test_what_a_client_said_begins_no_line(tmp_path: Path) -> None:
    """Postfix logs UTF-8 as it comes, and Unicode knows more ends of a line than a log."""
    path = tmp_path / "mail.log"
    append(path, "helo=<a\u2028b\x85c>\n")
    assert lines(open_relay_log(f"cat {shlex.quote(str(path))}")) == ["helo=<a\u2028b\x85c>"]


def test_a_command_that_fails_is_told_with_what_it_said() -> None:
    log = open_relay_log("sh -c 'echo \"no such \\033[31munit\" >&2; exit 3'")
    with pytest.raises(RelayError, match="failed: no such") as caught:
        lines(log)
    assert "\x1b" not in caught.value.message


def test_a_command_that_is_not_there_is_told() -> None:
    with pytest.raises(RelayError, match="no-such-program cannot be read: No such file"):
        lines(open_relay_log("no-such-program --follow"))


def test_a_command_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_log, "COMMAND_S", 0.5)
    log = open_relay_log(shlex.join([sys.executable, "-c", "import time; time.sleep(60)"]))
    with pytest.raises(RelayError, match="took longer"):
        lines(log)


def test_what_a_command_started_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `sh -c "journalctl -f | grep smtp"` does: the shell is killed, and the others hold its pipe."""
    monkeypatch.setattr(relay_log, "COMMAND_S", 0.2)

    async def look() -> None:
        async with asyncio.timeout(HELD_S / 2):
            await open_relay_log(f"sh -c 'sleep {HELD_S} & wait'").new_lines()

    with pytest.raises(RelayError, match="took longer"):
        asyncio.run(look())


@pytest.mark.parametrize("source", ["", "   ", "cat 'unclosed"])
def test_what_is_neither_file_nor_command_is_told(source: str) -> None:
    with pytest.raises(UsageError, match="neither"):
        open_relay_log(source)
