"""`bsaudit survey --pile PILE --write FILE`: one pile, for its owner alone, never over another file."""

from __future__ import annotations

import json
import mailbox
import stat
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.commands import BARE, Done, run
from tests.support.installed import COMMAND
from tests.support.mailboxes import BACKSCATTER, BOT_HOP, NEWSLETTER, OWN, OWN_DOMAIN, OWN_HOST, mbox, notice, original

OWNED = ("--own", OWN_DOMAIN, "--own", OWN_HOST)
BOT = notice(original(BOT_HOP.replace(f"{OWN_HOST} (", "pc (")), body="Dear friend,\nFrom here on it is spam.")
FORGED = notice(
    original(BOT_HOP.replace(f"{OWN_HOST} (", "pc (")), extra="X-Mailer: Microsoft Outlook Express 6.00.2900.2180\n"
)
MAIL = {"own": OWN, "backscatter": BOT, "cannot_tell": BACKSCATTER, "other": NEWSLETTER}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bounces").write_bytes(mbox(*MAIL.values(), FORGED))
    return tmp_path


def survey(folder: Path, *words: str) -> Done:
    return run("survey", *OWNED, *words, cwd=folder)


def bodies(file: Path) -> list[bytes]:
    """Return the messages as an independent reader parts them."""
    with closing(mailbox.mbox(file, create=False)) as box:
        return [box.get_bytes(key) for key, _ in box.iteritems()]


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


@pytest.mark.parametrize(("pile", "expected"), [("own", [OWN]), ("backscatter", [BOT]), ("cannot_tell", [BACKSCATTER])])
def test_a_pile_is_written_beside_the_report(folder: Path, pile: str, expected: list[bytes]) -> None:
    done = survey(folder, "--pile", pile, "--write", "out.mbox", "--format", "json", "bounces")
    assert done.returncode == 0, done.stderr
    count = json.loads(done.stdout)["totals"][pile]
    assert f"out.mbox: {count} message" in done.stderr.decode()
    assert stat.S_IMODE((folder / "out.mbox").stat().st_mode) == 0o600
    found = bodies(folder / "out.mbox")
    forged = [FORGED] if pile == "cannot_tell" else []  # a forged bounce accuses nobody
    stored = (raw.replace(b"\nFrom ", b"\n>From ") for raw in (*expected, *forged))
    assert found == [raw + b"\n" for raw in stored]  # tests.support.mailboxes ends each with an empty line of its own
    assert files(folder) == ["bounces", "out.mbox"]


def test_single_messages_are_quoted_and_the_mbox_reads_the_same_again(folder: Path) -> None:
    (folder / "mail").mkdir()
    for name, raw in MAIL.items():
        (folder / "mail" / f"{name}.eml").write_bytes(raw.replace(b"\n", b"\r\n"))
    for source, out in (("mail", "1.mbox"), ("1.mbox", "2.mbox")):
        assert survey(folder, "--pile", "backscatter", "--write", out, source).returncode == 0
    written = (folder / "1.mbox").read_bytes()
    assert written.startswith(b"From MAILER-DAEMON Mon Jun  1 10:00:00 2026\nReturn-Path: <>\n")
    assert b"\n>From here on" in written
    assert (folder / "2.mbox").read_bytes() == written


def test_many_processes_write_what_one_writes(folder: Path) -> None:
    (folder / "bounces").write_bytes(mbox(*MAIL.values()) * 100)
    for jobs in ("1", "2"):
        assert survey(folder, "--pile", "own", "--write", f"{jobs}.mbox", "--jobs", jobs, "bounces").returncode == 0
    assert len(bodies(folder / "1.mbox")) == 100
    assert (folder / "1.mbox").read_bytes() == (folder / "2.mbox").read_bytes()


def test_what_is_older_than_since_is_not_written(folder: Path) -> None:
    done = survey(folder, "--since", "2026-06-02", "--pile", "own", "--write", "out.mbox", "bounces")
    assert done.returncode == 0, done.stderr
    assert (folder / "out.mbox").read_bytes() == b""


def test_a_message_that_is_cut_off_is_told(folder: Path) -> None:
    (folder / "bounces").write_bytes(mbox(BOT.replace(b"Dear friend,\n", b"Dear friend,\n" * 100_000)))
    done = survey(folder, "--pile", "backscatter", "--write", "out.mbox", "--format", "json", "bounces")
    assert "out.mbox: 1 message longer than what is read, and cut off" in json.loads(done.stdout)["gaps"]
    assert len(bodies(folder / "out.mbox")) == 1


@pytest.mark.parametrize("link", [False, True])
def test_a_file_that_is_there_stays_and_nothing_is_read(folder: Path, link: bool) -> None:
    out = folder / "out.mbox"
    if link:
        out.symlink_to("elsewhere")
    else:
        out.write_bytes(b"mine")
    done = survey(folder, "--pile", "own", "--write", "out.mbox", "bounces")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"out.mbox is there already" in done.stderr
    assert not (folder / "elsewhere").exists()
    assert link or out.read_bytes() == b"mine"


def test_what_does_not_fit_leaves_nothing_and_is_read_again_by_since_last(folder: Path) -> None:
    (folder / "bounces").write_bytes(mbox(OWN) * 20)
    words = ("survey", *OWNED, "--since", "last", "--jobs", "1", "--pile", "own", "--write", "out.mbox", "bounces")
    env = {**BARE, "XDG_STATE_HOME": str(folder / "state")}
    full = ["sh", "-c", 'ulimit -f 8; exec "$@"', "sh", str(COMMAND), *words]  # 4 KiB, as a full disk has them
    done = subprocess.run(full, cwd=folder, env=env, capture_output=True, check=False, timeout=30)
    assert done.returncode == 2
    assert done.stderr.decode() == "bsaudit: --write: out.mbox cannot be written: File too large\n"
    assert files(folder) == ["bounces"]
    done = run(*words, cwd=folder, env=env)
    assert b"out.mbox: 20 messages" in done.stderr


def test_without_a_mailbox_nothing_is_written(folder: Path) -> None:
    assert survey(folder, "--pile", "own", "--write", "out.mbox", "missing").returncode == 2
    assert not (folder / "out.mbox").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--pile", "own"), "go together"),
        (("--write", "out.mbox"), "go together"),
        (("--pile", "other", "--write", "out.mbox"), "not one of"),
        (("--pile", "own", "--write", "out.txt"), "neither NAME.mbox"),
        (("--pile", "own", "--write", "uids"), "bounces is on no IMAP server"),
        (("--pile", "own", "--write", "uids", "--format", "json"), "takes the place of --format json"),
        (("--pile", "own", "--write", "bounces/out.mbox"), "is no directory"),
    ],
)
def test_wrong_usage_says_what_to_do(folder: Path, words: tuple[str, ...], said: str) -> None:
    done = survey(folder, *words, "bounces")
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert files(folder) == ["bounces"]
