"""The command, stopped in every phase by every signal, and what the journal still knows afterwards."""

from __future__ import annotations

import asyncio
import re
import signal
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from bsaudit.judge.condition import advance
from bsaudit.model.history import Observation, Policy, Shown
from bsaudit.wiring.tools import journal_at
from tests.support.installed import PATIENCE_S, probes, start, told

AIM = ("good.test", "bad.test", "silent.test")
PROBES = 3 * 6  # to each of them
# What the progress on stderr says when a phase has begun, and how often.
SENT = r"@(good|bad|silent)\.test: sent"
PHASES = {"controls": ("checking the way", 1), "sending": (SENT, 3), "watching": (SENT, PROBES)}


def stop(lab: Path, journal: Path, phase: str, how: signal.Signals) -> int:
    """Begin an audit, and end it when `phase` has begun; return its exit code."""
    slowly = ["--rate=4", "--wait=50s", "--grace=40s", "--probe=unknown-recipient", "--probe=spam"]
    process = start(lab, journal, "probe", *AIM, *slowly)
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


def test_ctrl_c_ends_the_wait_of_collect(lab: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    stop(lab, journal, "controls", signal.SIGKILL)
    (run,) = told(lab, journal, "runs")[1]["runs"]
    collecting = start(lab, journal, "collect", run["id"], "--wait=50s")
    assert "Ctrl-C ends it" in collecting.stderr.readline()
    collecting.send_signal(signal.SIGINT)
    _, err = collecting.communicate(timeout=PATIENCE_S)
    assert (collecting.returncode, "Traceback" in err) == (130, False), err
    assert told(lab, journal, "report")[1]["targets"]


def once_it_bounced(lab: Path, journal: Path, how: signal.Signals) -> tuple[int, str, str]:
    """Begin an audit, and end it when its first target has bounced; return its exit code and what it wrote."""
    words = ["--rate=20", "--wait=50s", "--grace=40s", "--probe=unknown-recipient:random"]
    process = start(lab, journal, "probe", "bad.test", "silent.test", *words)
    while "@bad.test: BOUNCED" not in (line := process.stderr.readline()):
        assert line, "the audit ended by itself"
    process.send_signal(how)
    out, err = process.communicate(timeout=PATIENCE_S)
    return process.returncode, out, err


def check_as_clean(journal: Path, *targets: str) -> None:
    """Have the journal say of targets that a check has just found them clean."""
    seen = Observation(shown=Shown.CLEAN, at=datetime.now(UTC), began_at=datetime.now(UTC))

    async def main() -> None:
        async with journal_at(f"sqlite:///{journal}") as open_journal:
            for target in targets:
                await open_journal.advance(target, partial(advance, seen=seen, policy=Policy(max_age_s=1e6)))

    asyncio.run(main())


@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGKILL])
def test_what_bounced_counts_for_the_state_however_the_run_ended(
    lab: Path, tmp_path: Path, how: signal.Signals
) -> None:
    """Its report said that the target bounces, and its state that it is clean."""
    journal = tmp_path / "journal.db"
    check_as_clean(journal, "bad.test", "silent.test")
    assert once_it_bounced(lab, journal, how)[0] in (130, -signal.SIGKILL)
    if how is signal.SIGKILL:  # then nobody was there any more to count it
        told(lab, journal, "collect", "--wait=0.2s")
    states = {one["target"]: one["state"]["state"] for one in told(lab, journal, "status")[1]["targets"]}
    assert states == {"bad.test": "backscatter", "silent.test": "clean"}


def test_what_a_run_left_counts_for_no_target_that_was_checked_since(lab: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    once_it_bounced(lab, journal, signal.SIGKILL)
    check_as_clean(journal, "bad.test")
    assert told(lab, journal, "collect", "--wait=0.2s")[0] == 1
    assert told(lab, journal, "status")[0] == 0


def test_ctrl_c_says_what_is_known_already(lab: Path, tmp_path: Path) -> None:
    code, out, err = once_it_bounced(lab, tmp_path / "journal.db", signal.SIGINT)

    assert code == 130
    assert "bad.test   BACKSCATTER" in out
    assert "bsaudit collect" in out
    assert err.count("nothing that was sent is forgotten") == 1


def test_collect_without_a_run_takes_the_latest_that_is_open(lab: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    stop(lab, journal, "sending", signal.SIGKILL)
    (open_run,) = told(lab, journal, "runs")[1]["runs"]
    quick = ["--rate=20", "--wait=20s", "--grace=1s", "--probe=unknown-recipient:random"]
    assert told(lab, journal, "probe", "good.test", *quick)[0] == 0

    assert told(lab, journal, "collect", "--wait=0.2s")[1]["run"]["id"] == open_run["id"]


def test_collect_without_a_run_takes_none_that_sent_nothing_and_says_which(lab: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    words = ["--rate=20", "--wait=20s", "--grace=1s", "--probe=unknown-recipient:random"]
    stop(lab, journal, "controls", signal.SIGKILL)
    sent = told(lab, journal, "probe", "good.test", *words)[1]["run"]["id"]
    stop(lab, journal, "controls", signal.SIGKILL)
    collecting = start(lab, journal, "collect", "--wait=0.2s")
    _, err = collecting.communicate(timeout=PATIENCE_S)
    assert f"run {sent} of " in err
    assert err.splitlines()[0].endswith(" UTC: good.test")
