"""Runs of the installed command whose mailbox a standing catch MX fills: what silence proves, then and later."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
from contextlib import closing, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import run
from tests.support.installed import PATIENCE_S, probes, standing, start, told


def interrupted_once_accepted(lab: Path, journal: Path, *words: str) -> dict[str, Any]:
    """Interrupt an audit of dsn.test when positive control and probe were accepted; return its report."""
    process = start(lab, journal, "probe", "dsn.test", *words, "--format=json")
    for _ in range(2):
        while "@dsn.test: came back: success" not in (line := process.stderr.readline()):
            assert line, "the audit ended by itself"
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=PATIENCE_S)
    return json.loads(out)  # type: ignore[no-any-return]


def age(journal: Path, seconds: float) -> None:
    """Let `seconds` pass for what the journal knows, instead of waiting for them."""
    time = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)")

    def earlier(text: str | None) -> str | None:
        return text and time.sub(
            lambda hit: (datetime.fromisoformat(hit[0]) - timedelta(seconds=seconds)).isoformat(), text
        )

    with closing(sqlite3.connect(journal)) as connection, connection:
        connection.create_function("earlier", 1, earlier)
        for table, columns in AGING.items():
            connection.execute(f"UPDATE {table} SET " + ", ".join(f"{one} = earlier({one})" for one in columns))


AGING = {
    "bsaudit_runs": ("data",),
    "bsaudit_probes": ("submission", "settlement"),
    "bsaudit_arrivals": ("data",),
    "bsaudit_sessions": ("data",),
}
# An hour, so that the machine may be slow in between; and silence never counts before it was aged.
PATIENT = ("--wait=2h", "--grace=1h", "--rate=20", "--probe=banned-attachment")
AN_HOUR_S = 3600.0


def test_a_mailbox_that_kept_the_mail_proves_silence_as_soon_as_it_was_long_enough(lab: Path, tmp_path: Path) -> None:
    journal, maildir = tmp_path / "journal.db", tmp_path / "caught"
    with standing(lab, maildir):
        interrupted = interrupted_once_accepted(lab, journal, *PATIENT, f"--catch=maildir:{maildir}")
        at_once = told(lab, journal, "collect", f"--catch=maildir:{maildir}")[1]
        age(journal, AN_HOUR_S)
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
    with standing(lab, maildir) as catch:
        interrupted_once_accepted(lab, journal, *PATIENT, f"--catch=maildir:{maildir}")
        if meanwhile != "another mailbox":
            catch.send_signal(signal.SIGTERM)
            catch.wait()
        age(journal, AN_HOUR_S)
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
    ended = run("collect", "--journal", f"sqlite:///{journal}", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert b"CLEAN" in ended.stdout


NAMELESS = b"""Return-Path: <>
From: MAILER-DAEMON@mx.silent.test
To: audit@catch.test
Subject: Undeliverable mail

Your message could not be delivered: 550 User unknown
"""


@pytest.mark.parametrize("when", ["during the run", "before collect"])
def test_without_tags_a_bounce_that_names_no_message_forbids_clean(lab: Path, tmp_path: Path, when: str) -> None:
    journal, maildir = tmp_path / "journal.db", tmp_path / "caught"
    words = ["--wait=50s", "--grace=2s", "--rate=20", f"--catch=maildir:{maildir}", "--probe=banned-attachment"]
    with standing(lab, maildir):
        process = start(lab, journal, "probe", "silent.test", *words, "--tagging=none", "--format=json")
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
    words = ["--wait=5s", "--grace=2s", "--rate=20", f"--catch=maildir:{maildir}", "--probe=banned-attachment"]
    with standing(lab, maildir) as catch:
        process = start(lab, journal, "probe", "silent.test", *words, "--format=json")
        while "@silent.test: came back: relayed" not in (line := process.stderr.readline()):
            assert line, "the audit ended by itself"
        catch.send_signal(signal.SIGTERM)
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
