"""The installed command, stopped in every phase by every signal, and what the journal still knows afterwards.

And two runs at once on one journal, both fed by one standing catch MX.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from typing import Any

import pytest

COMMAND = str(Path(sys.executable).with_name("bsaudit"))
BARE = {name: value for name, value in os.environ.items() if not name.startswith("BSAUDIT_")}
PATIENCE_S = 60
AIM = ("good.test", "bad.test", "silent.test")
PROBES = 3 * 6  # to each of them
# What the progress on stderr says when a phase has begun, and how often.
SENT = r"@(good|bad|silent)\.test: sent"
PHASES = {"controls": ("checking the way", 1), "sending": (SENT, 3), "watching": (SENT, PROBES)}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory with the configuration of a laboratory that runs."""
    path = tmp_path_factory.mktemp("lab")
    process = subprocess.Popen([COMMAND, "lab", "--config", "lab.toml"], cwd=path, env=BARE, stdout=-1, text=True)
    assert process.stdout is not None
    try:
        while "bsaudit probe" not in (line := process.stdout.readline()):
            assert line, "the laboratory ended"
        yield path
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_S)


def start(lab: Path, journal: Path, *words: str) -> subprocess.Popen[str]:
    command = [COMMAND, *words, "--config", "lab.toml", "--journal", f"sqlite:///{journal}"]
    return subprocess.Popen(command, cwd=lab, env=BARE, stdout=-1, stderr=-1, text=True)


def told(lab: Path, journal: Path, *words: str) -> tuple[int, Any]:
    """Run a command to its end; return its exit code and its JSON."""
    process = start(lab, journal, *words, "--format=json")
    out, err = process.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in err
    return process.returncode, json.loads(out)


def stop(lab: Path, journal: Path, phase: str, how: signal.Signals) -> int:
    """Begin an audit, and end it when `phase` has begun; return its exit code."""
    slowly = ["--rate=4", "--wait=50s", "--grace=40s", "--probe=unknown-recipient", "--probe=spam"]
    process = start(lab, journal, "probe", *AIM, *slowly)
    assert process.stderr is not None
    said, times = PHASES[phase]
    while times:
        line = process.stderr.readline()
        assert line, "the audit ended by itself"
        times -= re.search(said, line) is not None
    process.send_signal(how)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in err
    return process.returncode


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_was_stopped_is_there_and_can_be_collected(
    lab: Path, tmp_path: Path, how: signal.Signals, phase: str
) -> None:
    journal = tmp_path / "journal.db"
    code = stop(lab, journal, phase, how)
    assert code == (-signal.SIGKILL if how is signal.SIGKILL else 130)

    (run,) = told(lab, journal, "runs")[1]["runs"]
    assert run["state"] == "interrupted"
    before = told(lab, journal, "report")[1]
    after = told(lab, journal, "collect", run["id"], "--wait=0.2s")[1]
    for report in (before, after):
        verdicts = {target["target"]: target["verdict"] for target in report["targets"]}
        # Nobody listened after that: what did not answer in time may have answered since.
        assert verdicts["good.test"] == verdicts["silent.test"] == "inconclusive"
        assert verdicts["bad.test"] != "clean"
        assert "accepted_silently" not in {probe["outcome"] for probe in probes(report)}
    assert [probe["id"] for probe in probes(before)] == [probe["id"] for probe in probes(after)]
    # What has a transcript has left us; what has not never will.
    sent = [{probe["id"] for probe in probes(report) if probe["transcript"]} for report in (before, after)]
    assert sent[0] == sent[1]
    if phase == "watching":
        assert len(sent[1]) >= len(probes(after)) - 1  # the bounce is repeated, or just was not yet


def interrupted_once_accepted(lab: Path, journal: Path, *words: str) -> dict[str, Any]:
    """Interrupt an audit of silent.test when positive control and probe were accepted; return its report."""
    process = start(lab, journal, "probe", "silent.test", *words, "--format=json")
    assert process.stderr is not None
    for _ in range(2):
        while "@silent.test: came back: relayed" not in (line := process.stderr.readline()):
            assert line, "the audit ended by itself"
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=PATIENCE_S)
    return json.loads(out)  # type: ignore[no-any-return]


def sleep_until_silence_counts(interrupted: Any, grace_s: float) -> None:
    """Wait for the grace after the end of the run: all that was accepted was accepted before."""
    ended = datetime.fromisoformat(interrupted["run"]["finished_at"])
    sleep(max(0.0, grace_s - (datetime.now(UTC) - ended).total_seconds()))


def test_a_mailbox_that_kept_the_mail_proves_silence_as_soon_as_it_was_long_enough(lab: Path, tmp_path: Path) -> None:
    journal, maildir = tmp_path / "journal.db", tmp_path / "caught"
    words = ["--wait=50s", "--grace=6s", "--rate=20", f"--catch=maildir:{maildir}", "--probe=unknown-recipient:random"]
    with standing(lab, maildir):
        interrupted = interrupted_once_accepted(lab, journal, *words)
        at_once = told(lab, journal, "collect", f"--catch=maildir:{maildir}")[1]
        sleep_until_silence_counts(interrupted, grace_s=6)
        unheard = told(lab, journal, "report")[1]
        later = told(lab, journal, "collect", f"--catch=maildir:{maildir}")[1]
    reports = (interrupted, at_once, unheard, later)
    assert {report["run"]["id"] for report in reports} == {interrupted["run"]["id"]}
    assert [report["targets"][0]["verdict"] for report in reports] == [*["inconclusive"] * 3, "clean"]
    assert [report["run"]["complete"] for report in reports] == [False, False, False, True]
    assert interrupted["exit_code"] == 130
    assert all(probe["transcript"] for probe in probes(interrupted))


@pytest.mark.parametrize("meanwhile", ["another mailbox", "catch stopped", "catch started anew"])
def test_silence_of_a_mailbox_that_did_not_take_the_mail_proves_nothing(
    lab: Path, tmp_path: Path, meanwhile: str
) -> None:
    journal, maildir, other = tmp_path / "journal.db", tmp_path / "caught", tmp_path / "other"
    for part in ("new", "cur", "tmp"):
        (other / part).mkdir(parents=True)
    words = ["--wait=50s", "--grace=3s", "--rate=20", f"--catch=maildir:{maildir}", "--probe=unknown-recipient:random"]
    with standing(lab, maildir) as catch:
        interrupted = interrupted_once_accepted(lab, journal, *words)
        if meanwhile != "another mailbox":
            catch.terminate()
            catch.wait(PATIENCE_S)
        sleep_until_silence_counts(interrupted, grace_s=3)
        looked_in = other if meanwhile == "another mailbox" else maildir
        with standing(lab, maildir) if meanwhile == "catch started anew" else nullcontext():
            report = told(lab, journal, "collect", f"--catch=maildir:{looked_in}")[1]
    assert report["verdict"] == "inconclusive"
    assert "accepted_silently" not in {probe["outcome"] for probe in probes(report)}


def test_collect_finds_the_runs_own_mailbox_by_itself(lab: Path, tmp_path: Path) -> None:
    journal, maildir = tmp_path / "journal.db", tmp_path / "caught"
    words = ["--wait=50s", "--grace=2s", "--rate=20", f"--catch=maildir:{maildir}", "--probe=unknown-recipient:random"]
    with standing(lab, maildir):
        told(lab, journal, "probe", "good.test", *words)
    # The laboratory's file names another one: the command line is all that this run had.
    command = [COMMAND, "collect", "--journal", f"sqlite:///{journal}"]
    ended = subprocess.run(command, cwd=tmp_path, env=BARE, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "CLEAN" in ended.stdout


def test_ctrl_c_ends_the_wait_of_collect(lab: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    stop(lab, journal, "controls", signal.SIGKILL)
    collecting = start(lab, journal, "collect", "--wait=50s")
    assert collecting.stderr is not None
    assert "Ctrl-C ends it" in collecting.stderr.readline()
    collecting.send_signal(signal.SIGINT)
    _, err = collecting.communicate(timeout=PATIENCE_S)
    assert (collecting.returncode, "Traceback" in err) == (130, False), err
    assert told(lab, journal, "report")[1]["targets"]


def probes(report: Any) -> list[Any]:
    return [probe for target in report["targets"] for probe in target["probes"]]


@contextmanager
def standing(lab: Path, maildir: Path) -> Iterator[subprocess.Popen[bytes]]:
    place = re.search(r"sink://([^\"?]+)", (lab / "lab.toml").read_text())
    assert place is not None
    words = ["catch", "--listen", place[1], "--address", "audit@catch.test", "--maildir", str(maildir)]
    with subprocess.Popen([COMMAND, *words], cwd=lab, env=BARE, stdout=-1, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"Listening")
        try:
            yield process
        finally:
            process.terminate()


NAMELESS = b"""Return-Path: <>
From: MAILER-DAEMON@mx.silent.test
To: audit@catch.test
Subject: Undeliverable mail

Your message could not be delivered: 550 User unknown
"""


@pytest.mark.parametrize("when", ["during the run", "before collect"])
def test_without_tags_a_bounce_that_names_no_message_forbids_clean(lab: Path, tmp_path: Path, when: str) -> None:
    journal, maildir = tmp_path / "journal.db", tmp_path / "caught"
    words = ["--wait=50s", "--grace=2s", "--rate=20", f"--catch=maildir:{maildir}", "--probe=unknown-recipient:random"]
    with standing(lab, maildir):
        process = start(lab, journal, "probe", "silent.test", *words, "--tagging=none", "--format=json")
        assert process.stderr is not None
        while "@silent.test: came back: relayed" not in (line := process.stderr.readline()):
            assert line, "the audit ended by itself"
        if when == "during the run":
            (maildir / "new" / "1.nameless").write_bytes(NAMELESS)
        verdicts = [json.loads(process.communicate(timeout=PATIENCE_S)[0])["verdict"]]
        if when == "before collect":
            (maildir / "new" / "2.nameless").write_bytes(NAMELESS)
        verdicts.append(told(lab, journal, "collect", f"--catch=maildir:{maildir}")[1]["verdict"])
        verdicts.append(told(lab, journal, "report")[1]["verdict"])
    assert verdicts == ["clean" if when == "before collect" else "inconclusive", "inconclusive", "inconclusive"]


def test_a_catch_that_stopped_meanwhile_proves_nothing(lab: Path, tmp_path: Path) -> None:
    journal, maildir = tmp_path / "journal.db", tmp_path / "caught"
    words = ["--wait=5s", "--grace=2s", "--rate=20", f"--catch=maildir:{maildir}", "--probe=unknown-recipient:random"]
    with standing(lab, maildir) as catch:
        process = start(lab, journal, "probe", "silent.test", *words, "--format=json")
        assert process.stderr is not None
        while "@silent.test: came back: relayed" not in (line := process.stderr.readline()):
            assert line, "the audit ended by itself"
        catch.terminate()
        out, _ = process.communicate(timeout=PATIENCE_S)
    report = json.loads(out)
    assert (process.returncode, report["verdict"]) == (4, "inconclusive")
    assert "the catch MX has stopped" in report["errors"][0]["message"]


def test_two_runs_at_once_share_a_journal_and_a_catch(lab: Path, tmp_path: Path) -> None:
    journal, maildir = tmp_path / "journal.db", tmp_path / "caught"
    words = ["--wait=50s", "--grace=1s", "--probe=unknown-recipient:random", f"--catch=maildir:{maildir}", "--quiet"]
    with standing(lab, maildir):
        both = {
            target: start(lab, journal, "probe", target, *words, "--format=json")
            for target in ("good.test", "bad.test")
        }
        ended = {target: process.communicate(timeout=PATIENCE_S) for target, process in both.items()}
    assert {target: process.returncode for target, process in both.items()} == {"good.test": 0, "bad.test": 1}, ended
    runs = told(lab, journal, "runs")[1]["runs"]
    assert {run["state"] for run in runs} == {"finished"}
    assert {run["id"] for run in runs} == {json.loads(out)["run"]["id"] for out, _ in ended.values()}
