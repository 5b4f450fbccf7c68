"""`bsaudit logs`, the installed command: files as they lie in /var/log, and what is no log."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import run
from tests.support.logs import BOUNCE, WRITTEN

OWN = ("--own", "ours.example")


def write(folder: Path, content: bytes, name: str = "mail.log") -> str:
    file = folder / name
    file.write_bytes(content)
    os.utime(file, (WRITTEN, WRITTEN))
    return name


def totals(folder: Path, *words: str, stdin: bytes = b"") -> Any:
    done = run("logs", *OWN, "--format", "json", *words, cwd=folder, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["totals"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_a_log_is_unpacked_whatever_it_is_called(tmp_path: Path, pack: Any) -> None:
    found = totals(tmp_path, write(tmp_path, pack(BOUNCE.encode())))
    assert (found["ndn_outside"], found["first"]) == (1, "2026-03-01T10:00:00Z")


def test_the_journal_and_the_file_that_syslog_made_of_it_count_once(tmp_path: Path) -> None:
    names = write(tmp_path, journal(BOUNCE.encode()), "journal.json"), write(tmp_path, BOUNCE.encode())
    assert totals(tmp_path, *names)["ndn_outside"] == 1


def test_zstd(tmp_path: Path) -> None:
    zstd = pytest.importorskip("backports.zstd")
    assert totals(tmp_path, write(tmp_path, zstd.compress(BOUNCE.encode())))["ndn_outside"] == 1


def test_standard_input_and_several_files(tmp_path: Path) -> None:
    assert totals(tmp_path, "-", stdin=gzip.compress(BOUNCE.encode()))["ndn_outside"] == 1
    first, second = BOUNCE.encode()[:400], BOUNCE.encode()[400:]
    first, second = first[: first.rindex(b"\n") + 1], first[first.rindex(b"\n") + 1 :] + second
    names = write(tmp_path, gzip.compress(first), "mail.log.1.gz"), write(tmp_path, second)
    assert totals(tmp_path, *names)["reasons"] == {"user-unknown": 1}


def test_rotated_logs_are_read_oldest_first(tmp_path: Path) -> None:
    """A shell's mail.log* names the newest first; a notice that was delivered after the rotation was delivered."""
    older, newer = BOUNCE[: BOUNCE.rindex("Mar  1", 0, -90)], BOUNCE[BOUNCE.rindex("Mar  1", 0, -90) :]
    later = newer.replace("10:00:00", "12:00:00").encode()
    names = write(tmp_path, later), write(tmp_path, gzip.compress(older.encode()), "mail.log.1.gz")
    assert totals(tmp_path, *names)["undelivered"] == 0
    # The stamps of JSON, too: files that were copied are all of the same age
    names = write(tmp_path, journal(later), "b.json"), write(tmp_path, journal(older.encode()), "a.json")
    assert totals(tmp_path, *names)["undelivered"] == 0


def journal(log: bytes) -> bytes:
    """Return lines of syslog as `journalctl -o json` has them."""
    entries = []
    for line in log.decode().splitlines():
        at = datetime.strptime(f"2026 {line[:15]} +0000", "%Y %b %d %H:%M:%S %z").timestamp()
        name, _, said = line[19:].partition("[77]: ")
        fields = {"_HOSTNAME": "mx", "SYSLOG_IDENTIFIER": name, "MESSAGE": said}
        entries.append(json.dumps({"__REALTIME_TIMESTAMP": f"{at:.0f}123456", **fields}))
    return "\n".join([*entries, ""]).encode()


def test_a_file_that_cannot_be_read_is_told_of_alone(tmp_path: Path) -> None:
    done = run("logs", "absent.log", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")


def test_text_is_the_default_and_says_that_no_own_domain_was_named(tmp_path: Path) -> None:
    done = run("logs", write(tmp_path, BOUNCE.encode()), cwd=tmp_path)
    assert done.returncode == 0
    assert b"UTC: 1 backscatter\n" in done.stdout
    assert b"no --own DOMAIN" in done.stdout


def test_an_own_domain_is_no_other_than_was_named(tmp_path: Path) -> None:
    """straße.example is not strasse.example (IDNA 2008), whose owner is a stranger."""
    for domain, count in (("strasse.example", 1), ("xn--strae-oqa.example", 0)):
        file = write(tmp_path, BOUNCE.replace("far.example", domain).encode())
        assert totals(tmp_path, "--own", "straße.example", file)["ndn_outside"] == count


@pytest.mark.parametrize(
    ("since", "count"), [("2026-03-01 09:00", 1), ("2026-03-01T10:30:00Z", 0), ("1d", 0), ("99999999d", 1)]
)
def test_since(tmp_path: Path, since: str, count: int) -> None:
    assert datetime.now(UTC).timestamp() > WRITTEN + 86400
    assert totals(tmp_path, "--since", since, write(tmp_path, BOUNCE.encode()))["ndn_outside"] == count


@pytest.mark.parametrize(
    ("words", "content", "said"),
    [
        ((), None, b"logs: no FILE was named"),
        (("absent.log",), None, b"absent.log: No such file or directory"),
        ((".",), None, b".: Is a directory"),
        (("mail.log",), bytes(range(128, 256)) * 20, b"mail.log: no line of it is a log's"),
        (("mail.log",), b'203.0.113.9 - - [04/Mar/2026:09:12:00] "GET / HTTP/1.1" 200\n', b"no line of it is a log's"),
        (("mail.log",), gzip.compress(BOUNCE.encode())[:200], b"mail.log: "),
        (("mail.log",), BOUNCE.encode("utf-16"), b"mail.log: it is in UTF-16, as > of Windows PowerShell writes"),
        (("--since", "never", "mail.log"), b"", b"--since never: neither a duration nor a date"),
        (("--since", "2999-01-01", "mail.log"), b"", b"--since 2999-01-01: that is still to come"),
        (("--own", "", "mail.log"), b"", b"this names no domain"),
        (("--own", "example.org,example.net", "mail.log"), b"", b"this names no domain"),
        (("--own", "192.0.2.25", "mail.log"), b"", b"this names no domain"),
        (("--own", "Co.UK.", "mail.log"), b"", b"strangers have domains below co.uk"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    tmp_path: Path, words: tuple[str, ...], content: bytes | None, said: bytes
) -> None:
    if content is not None:
        write(tmp_path, content)
    done = run("logs", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("content", "gap"),
    [
        (b"", "empty"),
        (b"Mar  1 10:00:00 mx dovecot[1]: imap-login: Login: user=<a>\n", "no mail server wrote a line of it"),
    ],
)
def test_a_log_in_which_no_server_wrote_is_a_gap(tmp_path: Path, content: bytes, gap: str) -> None:
    done = run("logs", *OWN, "--format", "json", write(tmp_path, content), cwd=tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout)["gaps"] == [f"mail.log: {gap}"]


def test_a_file_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    done = run("logs", *OWN, "--format", "json", "absent.log", write(tmp_path, BOUNCE.encode()), cwd=tmp_path)
    assert done.returncode == 2
    assert b"absent.log" in done.stderr
    assert json.loads(done.stdout)["totals"]["ndn_outside"] == 1
