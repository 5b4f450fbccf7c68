"""`bsaudit explain` as its users call it: files, mboxes, Maildirs and pipes in; text, JSON and exit codes out."""

# ruff: noqa: E501 — lines of mail stand as they are

from __future__ import annotations

import codecs
import gzip
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import Done, run
from tests.support.notifications import FAILED, SAMPLES, dsn

BOUNCE = SAMPLES["qmail"][0].encode()
REPORT = dsn(FAILED).encode()
ORDINARY = b"From: Ann <ann@sender.example>\nTo: bob@dest.example\nSubject: Hello\n\nHello\n"
COMMAND = [sys.executable, "-c", "from bsaudit.cli import main; main()", "explain"]


def explain(*arguments: str | Path, stdin: bytes = b"") -> Done:
    return run("explain", *arguments, cwd=Path.cwd(), stdin=stdin)


def lines(*arguments: str | Path, stdin: bytes = b"") -> list[dict[str, Any]]:
    done = explain("--format", "jsonl", *arguments, stdin=stdin)
    return [json.loads(line) for line in done.stdout.splitlines()]


def stored(folder: Path, name: str, raw: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return path


def mbox(*messages: bytes) -> bytes:
    return b"".join(b"From MAILER-DAEMON Mon Jun  1 10:00:00 2026\n" + raw + b"\n" for raw in messages)


def test_a_line_has_the_fields_of_the_contract(tmp_path: Path) -> None:
    path = stored(tmp_path, "bounce.eml", REPORT)
    (line,) = lines(path)
    assert list(line) == ["schema_version", "file", "index", "notification", "attribution", "backscatter"]
    assert (line["schema_version"], line["file"], line["index"]) == (1, str(path), 0)
    assert line["attribution"] == "unknown"
    assert line["backscatter"] is None
    note = line["notification"]
    assert note["kind"] == "ndn"
    assert note["sha256"] == hashlib.sha256(REPORT).hexdigest()
    assert note["reporting_mta"] == "mx.dest.example"
    assert note["null_reverse_path"] is True
    assert note["returned"] == "full"
    assert note["recipients"][0] == {
        "final_recipient": "bob@inner.dest.example",
        "original_recipient": "bob@dest.example",
        "action": "failed",
        "status": "5.1.1",
        "refined_status": "5.1.1",
        "reply_code": 550,
        "reason": "user-unknown",
        "diagnostic_code": "550 5.1.1 <bob@inner.dest.example>: Recipient address rejected: User unknown in virtual mailbox table",
        "remote_mta": "store.dest.example",
    }


def test_messages_come_in_input_order(tmp_path: Path) -> None:
    first = stored(tmp_path, "b.eml", BOUNCE)
    box = stored(tmp_path, "box", mbox(REPORT, ORDINARY, BOUNCE))
    maildir = tmp_path / "md"
    stored(maildir, "cur/2", ORDINARY)
    stored(maildir, "new/1", REPORT)
    (maildir / "tmp").mkdir()
    found = [
        (line["file"], line["index"], line["notification"]["kind"])
        for line in lines(first, box, maildir, "-", stdin=BOUNCE)
    ]
    assert found == [
        (str(first), 0, "ndn"),
        (str(box), 0, "ndn"),
        (str(box), 1, "other"),
        (str(box), 2, "ndn"),
        (str(maildir / "cur/2"), 0, "other"),
        (str(maildir / "new/1"), 0, "ndn"),
        ("-", 0, "ndn"),
    ]


def test_what_only_looks_like_a_separator_stays_in_its_message(tmp_path: Path) -> None:
    body = ORDINARY + b"\nFrom here on it is text.\n\nFrom 10:00 it rained.\n\n>From quoted\n"
    box = stored(tmp_path, "box", mbox(body, BOUNCE))
    assert [line["index"] for line in lines(box)] == [0, 1]
    assert (
        lines(box)[0]["notification"]["sha256"]
        == hashlib.sha256(b"From MAILER-DAEMON Mon Jun  1 10:00:00 2026\n" + body + b"\n").hexdigest()
    )


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_an_mbox_larger_than_the_buffer(tmp_path: Path, line_end: bytes) -> None:
    filler = ORDINARY + b"x" * 70 + b"\n"
    many = mbox(*[filler + b"y" * n + b"\n" for n in range(2500)]).replace(b"\n", line_end)
    found = lines(stored(tmp_path, "box", many))
    assert [line["index"] for line in found] == list(range(2500))


@pytest.mark.parametrize("before", [b"\n\n", codecs.BOM_UTF8])
def test_an_mbox_that_begins_with_empty_lines_or_an_editors_mark_is_one(before: bytes, tmp_path: Path) -> None:
    assert [line["index"] for line in lines(stored(tmp_path, "box", before + mbox(REPORT, BOUNCE)))] == [0, 1]


def test_paths_may_end_as_in_windows(tmp_path: Path) -> None:
    path = stored(tmp_path, "b.eml", BOUNCE)
    assert [line["file"] for line in lines("--files-from", "-", stdin=f"{path}\r\n".encode())] == [str(path)]


def test_paths_from_standard_input(tmp_path: Path) -> None:
    paths = [stored(tmp_path, f"{n}.eml", BOUNCE) for n in range(3)]
    listed = "\n".join(map(str, paths)).encode()  # no line end at the end
    assert [line["file"] for line in lines("--files-from", "-", stdin=listed)] == [str(path) for path in paths]


def test_lines_leave_while_the_input_waits(tmp_path: Path) -> None:
    path = stored(tmp_path, "b.eml", BOUNCE)
    with subprocess.Popen(
        [*COMMAND, "--format", "jsonl", "--files-from", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{path}\n".encode())
        process.stdin.flush()
        os.set_blocking(process.stdout.fileno(), False)
        deadline = time.monotonic() + 20
        seen = b""
        while b"\n" not in seen and time.monotonic() < deadline:
            seen += process.stdout.read() or b""
            time.sleep(0.02)
        process.stdin.close()
        os.set_blocking(process.stdout.fileno(), True)
        assert json.loads(seen.splitlines()[0])["file"] == str(path)


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = stored(tmp_path, "b.eml", ORDINARY)
    done = explain("--format", "jsonl", tmp_path / "missing.eml", path)
    error, good = (json.loads(line) for line in done.stdout.splitlines())
    assert error == {"schema_version": 1, "file": str(tmp_path / "missing.eml"), "error": "No such file or directory"}
    assert good["notification"]["kind"] == "other"
    assert done.returncode == 2
    assert b"missing.eml" in done.stderr
    assert b"missing.eml" not in explain(tmp_path / "missing.eml", path).stdout  # a person is told once


def test_json_is_one_document(tmp_path: Path) -> None:
    path = stored(tmp_path, "b.eml", BOUNCE)
    document = json.loads(explain("--format", "json", path, path).stdout)
    assert document["schema_version"] == 1
    assert [message["index"] for message in document["messages"]] == [0, 0]
    assert json.loads(explain("--format", "json", stored(tmp_path, "empty/x", b"").parent / "nothing").stdout)[
        "messages"
    ][0]["error"]


@pytest.mark.parametrize("form", ["text", "json", "jsonl"])
def test_several_processes_say_what_one_says_in_the_same_order(tmp_path: Path, form: str) -> None:
    """More messages than are explained alone: files, an mbox that is parted here, one that cannot be read."""
    box = stored(tmp_path, "box", mbox(*[BOUNCE, ORDINARY] * 200, BOUNCE + b"x" * 300_000))
    files = [stored(tmp_path, f"{n}.eml", BOUNCE if n % 3 else REPORT) for n in range(300)]
    listed = stored(
        tmp_path, "list", b"\n".join(os.fsencode(path) for path in [*files, tmp_path / "missing", box, *files])
    )
    one, two = (explain("--format", form, "--jobs", jobs, "--files-from", listed) for jobs in ("1", "2"))
    assert one.stdout == two.stdout
    assert (one.stderr, one.returncode) == (two.stderr, two.returncode), (one.stderr, two.stderr)
    assert b"missing" in two.stderr
    assert two.stdout.count(b"unknown") >= 1000


KNOWN = (
    "--offline",
    "--relay-host",
    "mail.sender.example=203.0.113.10",
    "--target",
    "dest.example",
    "--catch-mx",
    "mx.catch.example",
)


def test_the_targets_own_bounce_is_backscatter(tmp_path: Path) -> None:
    returned = "Received: from mail.sender.example (mail.sender.example [203.0.113.10])\n\tby mx.dest.example with ESMTP id 1; Mon, 1 Jun 2026 10:00:01 +0000\n"
    trace = "Received: from mx.dest.example (mx.dest.example [192.0.2.1])\n\tby mx.catch.example with ESMTP id 2; Mon, 1 Jun 2026 10:00:02 +0000\n"
    raw = trace + dsn(FAILED).replace("message/rfc822\n\n", "message/rfc822\n\n" + returned)
    path = stored(tmp_path, "b.eml", raw.encode())
    done = explain(*KNOWN, "--target-host", "mx.dest.example=192.0.2.1", "--format", "jsonl", path)
    line = json.loads(done.stdout)
    assert line["attribution"] == "target"
    assert line["backscatter"] is True
    assert line["notification"]["evidence"]
    assert done.returncode == 1


HANDED_OVER = (
    "Received: from mx.dest.example (mx.dest.example [192.0.2.1])\n"
    "\tby mx.catch.example with ESMTP id 2; Mon, 1 Jun 2026 10:00:02 +0000\n"
)


@pytest.mark.parametrize(
    "known",
    [
        ("--recipient", "bob@dest.example"),
        ("--recipient", "<Bob@Dest.Example.>", "--relay-host", "mail.sender.example"),
        ("--target-host", "192.0.2.1"),
        ("--target-host", "[192.0.2.1]", "--relay-host", "203.0.113.10"),
        ("--target-host", "=192.0.2.1", "--catch-mx", "mx.catch.example"),
    ],
)
def test_whatever_tells_the_target_is_enough(tmp_path: Path, known: tuple[str, ...]) -> None:
    path = stored(tmp_path, "b.eml", (HANDED_OVER + dsn(FAILED)).encode())
    line = json.loads(explain("--offline", *known, "--format", "jsonl", path).stdout)
    assert (line["attribution"], line["backscatter"]) == ("target", True)


def test_the_recipients_domain_gives_way_to_a_target_that_is_named(tmp_path: Path) -> None:
    path = stored(tmp_path, "b.eml", (HANDED_OVER + dsn(FAILED)).encode())
    known = ("--recipient", "bob@dest.example", "--target", "elsewhere.example")
    line = json.loads(explain("--offline", *known, "--format", "jsonl", path).stdout)
    assert (line["attribution"], line["backscatter"]) == ("unknown", None)


def test_the_relays_own_bounce_is_not(tmp_path: Path) -> None:
    trace = (
        "Received: from mail.sender.example (mail.sender.example [203.0.113.10])\n"
        "\tby mx.catch.example with ESMTP id 2; Mon, 1 Jun 2026 10:00:02 +0000\n"
    )
    fields = FAILED.replace("dns; mx.dest.example", "dns; mail.sender.example").replace("store.dest", "mx.dest")
    raw = trace + dsn(
        fields, "This is the mail system at host mail.sender.example.\n", "MAILER-DAEMON@mail.sender.example"
    )
    path = stored(tmp_path, "b.eml", raw.encode())
    own = stored(tmp_path, "calibration.eml", raw.replace("mx.dest.example", "nowhere.catch.example").encode())
    done = explain(
        *KNOWN, "--target-host", "mx.dest.example=192.0.2.1", "--calibration", own, "--format", "jsonl", path
    )
    line = json.loads(done.stdout)
    assert (line["attribution"], line["backscatter"], done.returncode) == ("relay", False, 0)


@pytest.mark.parametrize(("raw", "code"), [(ORDINARY, 0), (BOUNCE, 3)], ids=["ordinary", "unknown writer"])
def test_the_exit_code_without_knowledge(tmp_path: Path, raw: bytes, code: int) -> None:
    assert explain(stored(tmp_path, "m.eml", raw)).returncode == code


@pytest.mark.parametrize(
    "raw", [b"", b"\x89PNG\r\n\x1a\n\0:\0", b"just text: no header\nat all\n"], ids=["empty", "PNG", "text"]
)
def test_what_is_no_message_is_not_cleared(tmp_path: Path, raw: bytes) -> None:
    path = stored(tmp_path, "m.eml", raw)
    (line,) = lines(path)
    assert (line["backscatter"], line["notification"]["kind"]) == (None, "other")
    assert "no header" in line["notification"]["defects"]
    done = explain(path)
    assert done.returncode == 3
    assert "no message, it has no header" in done.stdout.decode()


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("Return-Path: <>\nFrom: Bob <bob@dest.example>\n", "its reverse-path is null"),
        ("Return-Path: <a@dest.example>\nFrom: Mailer-Daemon@dest.example\n", "a mail system wrote it"),
    ],
)
def test_what_is_not_understood_is_not_cleared(tmp_path: Path, head: str, why: str) -> None:
    path = stored(tmp_path, "m.eml", f"{head}To: ann@sender.example\nSubject: Hello\n\nabracadabra\n".encode())
    done = explain(path)
    assert done.returncode == 3
    assert f"not understood, and {why} — backscatter or not: unknown" in done.stdout.decode()


def test_mail_that_the_named_target_wrote_is_not_cleared(tmp_path: Path) -> None:
    received = "Received: from mx.dest.example (mx.dest.example [203.0.113.20]) by mx.catch.example; Mon, 1 Jun 2026 10:00:01 +0000\n"
    path = stored(tmp_path, "m.eml", received.encode() + ORDINARY.replace(b"ann@sender", b"bob@dest"))
    known = ("--target-host", "mx.dest.example=203.0.113.20")
    done = explain("--format", "jsonl", *KNOWN, *known, path)
    line = json.loads(done.stdout)
    assert (line["attribution"], line["backscatter"], done.returncode) == ("target", None, 3)


@pytest.mark.parametrize("name", ["m.eml.gz", "m.eml", "-"])
def test_compressed_mail_cannot_be_read_and_says_what_to_do(tmp_path: Path, name: str) -> None:
    packed = gzip.compress(BOUNCE)
    file = "-" if name == "-" else stored(tmp_path, name, packed)
    done = explain(file, stdin=packed)
    assert done.returncode == 2
    assert b"zcat" in done.stderr


def test_a_directory_without_mail_is_an_error_and_an_empty_maildir_is_not(tmp_path: Path) -> None:
    (tmp_path / "mail/inbox/cur").mkdir(parents=True)
    done = explain(tmp_path / "mail")
    assert (done.returncode, done.stdout, done.stderr.count(b"neither a Maildir")) == (2, b"", 1)
    assert explain(tmp_path / "mail/inbox").returncode == 0


def test_a_byte_order_mark_in_front_costs_nothing(tmp_path: Path) -> None:
    (line,) = lines(stored(tmp_path, "m.eml", b"\xef\xbb\xbf" + REPORT))
    assert line["notification"]["null_reverse_path"] is True
    assert line["notification"]["defects"] == []


def test_text_says_what_about_whom_and_why(tmp_path: Path) -> None:
    text = explain(stored(tmp_path, "b.eml", BOUNCE)).stdout.decode()
    assert "a non-delivery notification (qmail)" in text
    assert "bob@dest.example: failed, 5.2.2, 552, mailbox-full" in text
    assert "<orig-1@sender.example>" in text


def test_a_hostile_message_reaches_no_terminal(tmp_path: Path) -> None:
    raw = BOUNCE.replace(b"552 5.2.2", b"552 \x1b]0;owned\x07\xe2\x80\xae 5.2.2").replace(
        b"failure notice", b"\x1b[2Jfailure notice"
    )
    done = explain(stored(tmp_path, "b.eml", raw))
    assert b"\x1b" not in done.stdout + done.stderr
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in done.stdout.decode()


def test_no_file_is_a_usage_error() -> None:
    assert explain().returncode == 2


def test_fifty_megabytes_take_no_more_memory_than_the_window(tmp_path: Path) -> None:
    """Only the first READ_WINDOW bytes of a message are kept; the hash covers all of it."""
    big = stored(tmp_path, "big.eml", REPORT + b"x" * 50_000_000)
    small = stored(tmp_path, "small.eml", REPORT)
    probe = "import resource,sys; from bsaudit.cli.guard import run; run(sys.argv[1:]); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    peaks = [
        int(
            subprocess.run(
                [sys.executable, "-c", probe, "explain", "--format", "jsonl", path], capture_output=True, check=False
            ).stderr
        )
        for path in (big, small)
    ]
    assert peaks[0] - peaks[1] < 20 * 1024
    assert lines(big)[0]["notification"]["sha256"] == hashlib.sha256(big.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("option", "reached", "words"),
    [
        ("--reverse-path", "reverse_path", "the reverse-path of the original"),
        ("--from", "from", "the address in From of the original"),
        ("--reply-to", "reply_to", "the address in Reply-To of the original"),
    ],
)
def test_the_address_of_ours_that_it_came_to_is_told(tmp_path: Path, option: str, reached: str, words: str) -> None:
    path = stored(tmp_path, "bounce.eml", REPORT)
    own = (option, "ann@sender.example", path)
    assert lines(*own)[0]["notification"]["reached"] == reached
    assert f"  came to     {words}\n" in explain(*own).stdout.decode()
    assert "came to" not in explain(option, "eve@sender.example", path).stdout.decode()
