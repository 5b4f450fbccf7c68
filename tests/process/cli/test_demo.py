"""`bsaudit demo` and `bsaudit lab` as a user runs them, in a bare environment."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import Begun, run
from tests.support.schema import strict

# The command beside the interpreter that runs the tests, as pip installed it.
COMMAND = str(Path(sys.executable).with_name("bsaudit"))
BARE = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": "/nonexistent"}
PATIENCE_S = 60.0


def bsaudit(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = run(*args, cwd=cwd, env=BARE)
    return subprocess.CompletedProcess(args, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_the_demo_shows_a_clean_a_guilty_and_an_uncertain_target_in_time(tmp_path: Path) -> None:
    since = time.monotonic()
    done = bsaudit("demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - since < PATIENCE_S  # a promise of seconds, on a machine that may be busy
    verdicts = [line.split()[:2] for line in done.stdout.splitlines() if line.startswith(("good", "bad", "slow"))]
    assert verdicts == [["good.test", "CLEAN"], ["slow.test", "INCONCLUSIVE"], ["bad.test", "BACKSCATTER"]]
    assert "its Received line" in done.stdout
    assert done.stderr.splitlines()[-3:] == [
        "good.test: clean (as expected)",
        "slow.test: inconclusive (as expected)",
        "bad.test: backscatter (as expected)",
    ]
    assert len(done.stderr.splitlines()) < 60  # a phase, a settled probe
    assert list(tmp_path.iterdir()) == []


def test_the_demo_prints_the_real_json(tmp_path: Path) -> None:
    done = bsaudit("demo", "--format", "json", "--quiet", cwd=tmp_path)
    assert done.returncode == 0
    report = json.loads(done.stdout)
    strict().validate(report)
    assert {target["target"]: target["verdict"] for target in report["targets"]} == {
        "good.test": "clean",
        "bad.test": "backscatter",
        "slow.test": "inconclusive",
    }
    assert len(done.stderr.splitlines()) == 3


def test_a_wrong_format_is_told_before_anything_runs(tmp_path: Path) -> None:
    done = bsaudit("demo", "--format", "papyrus", cwd=tmp_path)
    assert done.returncode == 2
    assert "papyrus" in done.stderr


def test_the_demo_stops_at_ctrl_c(tmp_path: Path) -> None:
    demo = subprocess.Popen([COMMAND, "demo"], cwd=tmp_path, env=BARE, stderr=subprocess.PIPE, text=True)
    assert demo.stderr is not None
    demo.stderr.readline()  # the first progress: the audit is under way
    demo.send_signal(signal.SIGINT)
    told = demo.communicate(timeout=PATIENCE_S)[1]
    assert demo.returncode == 130
    assert told.splitlines()[-1] == "bsaudit: interrupted"
    assert "Traceback" not in told


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A laboratory in the foreground, and the commands that it printed."""
    process = subprocess.Popen([COMMAND, "lab"], cwd=tmp_path, env=BARE, stdout=-1, stderr=-1, text=True)
    assert process.stdout is not None
    text = ""
    while text.count("--rate") < 2 or not text.endswith("\n\n"):
        line = process.stdout.readline()
        assert line, "the laboratory ended"
        text += line
    yield process, [part.strip() for part in text.split("\n\n") if "bsaudit probe" in part]
    process.kill()
    process.communicate()


QUICK = " --journal sqlite:///:memory: --probe unknown-recipient:random --grace 1s"


def test_the_printed_commands_work_word_for_word_and_ctrl_c_ends_the_lab(
    lab: tuple[subprocess.Popen[str], list[str]], tmp_path: Path
) -> None:
    process, commands = lab
    assert ["--route direct" in command for command in commands] == [False, True]
    for command in commands:
        for target, code in (("good.test", 0), ("bad.test", 1)):
            words = command.replace("good.test", target) + QUICK
            done = subprocess.run(
                words, shell=True, cwd=tmp_path, env=BARE, capture_output=True, text=True, timeout=60, check=False
            )
            assert done.returncode == code, done.stderr + done.stdout
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=PATIENCE_S)[1]
    assert process.returncode == 0
    assert "Traceback" not in told


def test_the_written_configuration_works_by_both_routes(tmp_path: Path) -> None:
    lab = Begun("lab", "--config", "b.toml", "--filter", cwd=tmp_path, env=BARE)
    try:
        while "--route direct" not in (line := lab.stdout.readline()):
            assert line, "the laboratory ended"
        words = QUICK.replace("unknown-recipient:random", "spam:gtube").split()
        words = ["probe", "silent.test", "--config=b.toml", *words]
        found = [json.loads(bsaudit(*words, "--format=json", *more, cwd=tmp_path).stdout) for more in ROUTES]
    finally:
        lab.send_signal(signal.SIGINT)
        lab.communicate(timeout=PATIENCE_S)
    outcomes = [report["targets"][0]["probes"][0]["outcome"] for report in found]
    assert outcomes == ["refused_by_relay", "accepted_silently"]


ROUTES: tuple[tuple[str, ...], ...] = ((), ("--route=direct",))


def test_a_probe_stopped_by_ctrl_c_exits_130_with_valid_json(
    lab: tuple[subprocess.Popen[str], list[str]], tmp_path: Path
) -> None:
    command = lab[1][0].replace("good.test", "silent.test") + QUICK
    secret, *words = shlex.split(command.replace("\\\n", " "))
    words += ["--format=json", "--grace=30s", "--wait=60s"]
    environ = BARE | {"BSAUDIT_RELAY_PASSWORD": secret.partition("=")[2]}
    probe = subprocess.Popen(words, cwd=tmp_path, env=environ, stdout=-1, stderr=-1, text=True)
    assert probe.stderr is not None
    while "silent.test" not in (line := probe.stderr.readline()):
        assert line, "the probe ended"
    probe.send_signal(signal.SIGINT)
    out, told = probe.communicate(timeout=PATIENCE_S)
    assert probe.returncode == 130, told
    report = json.loads(out)
    strict().validate(report)
    assert report["exit_code"] == 130
    assert report["verdict"] == "inconclusive"
    assert [target["target"] for target in report["targets"]] == ["silent.test"]
    assert report["run"]["id"] in report["errors"][0]["remedy"]
    assert "nothing that was sent is forgotten" in report["errors"][0]["message"]
