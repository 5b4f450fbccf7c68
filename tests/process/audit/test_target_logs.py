"""The own logs of checked targets: a file or a command, read once for all that name it, no error of the check."""

from __future__ import annotations

import asyncio
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bsaudit.model.logs import LogSource, TargetLog
from bsaudit.wiring import target_logs
from bsaudit.wiring.target_logs import read_logs
from tests.support.logs import BOUNCE, WRITTEN

NOW = datetime.fromtimestamp(WRITTEN, UTC)
DAY_S = 86400.0
NEW = BOUNCE.replace("Mar  1 10:00:00", "2026-03-01T23:00:00Z")
OLD = NEW.replace("2026-03-01", "2026-02-01").replace("eve@", "old@")


def read(*sources: str, own: tuple[str, ...] = ("ours.example",), most: int | None = None) -> TargetLog:
    source = LogSource(read=sources, own=own, period_s=DAY_S, max_notices=most)
    return asyncio.run(read_logs({"ours.example": source}, NOW))["ours.example"]


def printing(*words: str) -> str:
    return shlex.join([sys.executable, "-c", *words])


CAT = "import sys; sys.stdout.write(open(sys.argv[1]).read())"


def test_a_file_is_counted_for_one_interval_and_held_against_the_limit(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_text(OLD + NEW)
    found = read(str(log))
    assert (found.notices, found.exceeded, found.error, found.read) == (1, None, None, (str(log),))
    assert found.totals is not None
    assert (found.totals.ndn_outside, found.totals.backscatter) == (1, 1)
    assert (found.at, found.since_at) == (NOW, datetime.fromtimestamp(WRITTEN - DAY_S, UTC))
    assert [read(str(log), most=most).exceeded for most in (0, 1)] == [True, False]
    assert read(str(log), own=("far.example",), most=0).exceeded is False


def test_a_command_prints_it_and_its_words_are_nobodys_business(tmp_path: Path) -> None:
    (tmp_path / "mail.log").write_text(NEW)
    found = read(printing(CAT, str(tmp_path / "mail.log"), "--password=hunter2"))
    assert (found.notices, found.error) == (1, None)
    assert found.read == (f"{sys.executable} …",)


def test_rotated_logs_are_one(tmp_path: Path) -> None:
    lines = NEW.splitlines(keepends=True)
    (tmp_path / "1").write_text("".join(lines[:4]))
    (tmp_path / "0").write_text("".join(lines[4:]))
    found = read(printing(CAT, str(tmp_path / "1")), str(tmp_path / "0"))
    assert found.totals is not None
    assert found.totals.reasons == {"user-unknown": 1}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "nothing is known, as no line of a mail server was found"),
        ("Mar  1 23:00:00 mx sshd[1]: x\n", "nothing is known, as no line of a mail server was found"),
        (OLD, "nothing is known of what was written since 2026-03-01 00:00 UTC"),
        ("aa1 smtp connected address=203.0.113.4 host=unknown\n", "its lines bear no stamps, or none that is past"),
    ],
)
def test_what_says_nothing_is_no_zero(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "mail.log").write_text(content)
    found = read(str(tmp_path / "mail.log"), most=0)
    assert (found.notices, found.totals, found.exceeded, found.error) == (None, None, None, said)
    assert found.is_unknown


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("no-such-file", "no-such-file: neither a file nor a command that works: No such file or directory"),
        (
            printing("raise SystemExit(7)"),
            f"{sys.executable}: neither a file nor a command that works: it exited with 7",
        ),
        ('cat "x', 'cat "x: neither a file nor a command that works: there is no word in it'),
        ("/", "/: Is a directory"),
    ],
)
def test_what_cannot_be_read_is_told_and_raises_nothing(source: str, said: str) -> None:
    assert read(source).error == said


def test_a_command_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target_logs, "LOG_S", 0.2)
    assert read(printing("import time; time.sleep(60)")).error == "reading it took longer than 0.2 s"


def test_a_log_of_several_targets_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "mail.log").write_text(NEW)
    count = "import sys; open(sys.argv[2], 'a').write('x'); " + CAT
    command = printing(count, str(tmp_path / "mail.log"), str(tmp_path / "times"))
    source = LogSource(read=(command,), own=("ours.example",), period_s=DAY_S)
    other = LogSource(read=(command,), own=("ours.example",), period_s=DAY_S, max_notices=0)
    found = asyncio.run(read_logs({"a.example": source, "b.example": other}, NOW))
    assert (tmp_path / "times").read_text() == "x"
    assert (found["a.example"].exceeded, found["b.example"].exceeded) == (None, True)
