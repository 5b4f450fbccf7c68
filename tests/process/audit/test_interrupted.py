"""The command, stopped in every phase by every signal, and what the journal still knows afterwards."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

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
    collecting = start(lab, journal, "collect", "--wait=50s")
    assert "Ctrl-C ends it" in collecting.stderr.readline()
    collecting.send_signal(signal.SIGINT)
    _, err = collecting.communicate(timeout=PATIENCE_S)
    assert (collecting.returncode, "Traceback" in err) == (130, False), err
    assert told(lab, journal, "report")[1]["targets"]


def test_ctrl_c_says_what_is_known_already(lab: Path, tmp_path: Path) -> None:
    words = ["--rate=20", "--wait=50s", "--grace=40s", "--probe=unknown-recipient:random"]
    process = start(lab, tmp_path / "journal.db", "probe", "bad.test", "silent.test", *words)
    while "@bad.test: BOUNCED" not in (line := process.stderr.readline()):
        assert line, "the audit ended by itself"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 130
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
