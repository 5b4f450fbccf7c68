"""The command against the embedded laboratory, as a user runs it in two terminals."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import BARE, run
from tests.support.schema import strict

COMMAND = [sys.executable, "-c", "from bsaudit.cli import main; main()"]
QUICK = ["--wait=60s", "--grace=1s", "--probe=unknown-recipient:random"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory with the configuration of a laboratory that runs."""
    path = tmp_path_factory.mktemp("lab")
    # `timeout` ends it even where this process is killed.
    command = ["timeout", "--signal=INT", "300", *COMMAND, "lab", "--config", "lab.toml"]
    lab = subprocess.Popen(command, cwd=path, stdout=subprocess.PIPE, text=True)
    assert lab.stdout is not None
    try:
        while "bsaudit probe" not in (line := lab.stdout.readline()):
            if not line:
                pytest.skip("this machine has only 127.0.0.1: the laboratory needs all of 127/8")
        yield path
    finally:
        lab.send_signal(signal.SIGINT)
        lab.communicate(timeout=30)


def bsaudit(home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    environ = BARE | {"XDG_STATE_HOME": str(home / "state"), "XDG_CONFIG_HOME": str(home / "config")}
    done = run(*args, "--config", "lab.toml", cwd=home, env=environ)
    return subprocess.CompletedProcess(args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize(
    ("target", "code", "verdict"),
    [("good.test", 0, "clean"), ("bad.test", 1, "backscatter"), ("slow.test", 3, "inconclusive")],
)
def test_the_verdict_is_the_exit_code_and_the_report_is_valid(home: Path, target: str, code: int, verdict: str) -> None:
    done = bsaudit(home, "probe", target, *QUICK, "--format=json", "--quiet")

    report = json.loads(done.stdout)
    strict().validate(report)
    assert (done.returncode, report["exit_code"], report["verdict"]) == (code, code, verdict)
    assert done.stderr == ""


def test_backscatter_is_told_with_writer_and_evidence_and_its_mail_is_kept(home: Path) -> None:
    formats = ["--format=text", "--format=jsonl=run.jsonl"]
    done = bsaudit(home, "probe", "bad.test", *QUICK, *formats, "--exit-codes=nagios", "--save=kept", "--verbose")

    assert done.returncode == 2
    assert done.stdout.startswith("bad.test   BACKSCATTER")
    assert "BOUNCED" in done.stdout
    assert "mx.bad.test" in done.stdout
    assert "came back: ndn" in done.stderr
    events = [json.loads(line) for line in (home / "run.jsonl").read_text().splitlines()]
    assert {"run_started", "phase", "sending", "sent", "arrived", "settled", "report"} <= {e["event"] for e in events}
    arrived = [event["returned"] for event in events if event["event"] == "arrived" and event["returned"]]
    assert any(notification["attribution"] == "target" for notification in arrived)
    assert {Path(mail["file"]) for mail in arrived} == {path.relative_to(home) for path in (home / "kept").iterdir()}
    assert (home / "kept").stat().st_mode & 0o077 == 0


def test_the_first_bounce_ends_an_audit_that_was_to_fail_fast(home: Path) -> None:
    began = time.monotonic()
    words = ["--wait=60s", "--grace=50s", "--rate=2/s", "--quiet", "--format=json", "--fail-fast"]
    done = bsaudit(home, "probe", "bad.test", "good.test", *words)

    assert (done.returncode, done.stderr) == (1, "")
    assert time.monotonic() - began < 20
    report = json.loads(done.stdout)
    assert (report["verdict"], report["run"]["state"], report["run"]["complete"]) == (
        "backscatter",
        "interrupted",
        False,
    )
    bad, good = report["targets"]
    assert (bad["verdict"], good["verdict"]) == ("backscatter", "inconclusive"), "what was not ended is not clean"
    assert "cancelled" in {probe["state"] for target in report["targets"] for probe in target["probes"]}


def test_nothing_that_may_be_accepted_ends_an_audit(home: Path) -> None:
    (home / "baseline.json").write_text(bsaudit(home, "probe", "bad.test", *QUICK, "--quiet", "--format=json").stdout)
    done = bsaudit(home, "probe", "bad.test", *QUICK, "--fail-fast", "--baseline=baseline.json")
    assert (done.returncode, "--fail-fast" in done.stderr) == (2, True)


@pytest.mark.parametrize("route", ["relay", "direct"])
def test_the_example_says_what_stands_in_the_servers_own_log(home: Path, route: str) -> None:
    done = bsaudit(home, "probe", "bad.test", *QUICK, f"--route={route}", "--quiet", "--format=json", "--save=kept2")
    report = json.loads(done.stdout)
    example = report["targets"][0]["example"]
    notice = (home / example["notification"]["file"]).read_text()
    # The oldest line of the returned copy is our relay's, where one was used; the next is the server's own.
    lines = re.findall(r"^Received: (.*(?:\n\s.*)*)", notice, re.MULTILINE)
    received = " ".join(lines[-2 if route == "relay" else -1].split())

    assert f"by {example['host']['name']}" in received
    assert f"id {example['queue_id']}" in received
    assert example["client"]["ehlo"] in received
    assert example["client"]["address"] in received
    assert example["accepted"]["reply"].startswith("250 ")
    assert bool(example["transcript"]) == (route == "direct")
    assert example["notification"]["first_lines"]
    assert f"bsaudit {report['tool']['version']}" in bsaudit(home, "report", report["run"]["id"]).stdout


def test_what_was_put_off_names_the_command_that_waits(home: Path) -> None:
    report = json.loads(bsaudit(home, "probe", "slow.test", *QUICK, "--quiet", "--format=json").stdout)
    steps = [step["command"] for step in report["targets"][0]["next"]]
    assert steps == [f"{report['run']['again']} --wait auto"]


def above_the_table(report: str) -> str:
    """Return a report on several targets without the table at its end, which has a line a target."""
    return re.split(r"^(?:BACKSCATTER|INCONCLUSIVE|NOT AUDITED|CLEAN)  ", report, maxsplit=1, flags=re.MULTILINE)[0]


def test_one_of_several_targets_that_does_not_exist_wears_no_verdict(home: Path) -> None:
    done = bsaudit(home, "probe", "good.test", "nowhere.test", *QUICK, "--quiet", "--authorized-by=me")

    assert done.returncode == 4
    assert "good.test   CLEAN" in done.stdout
    assert "nowhere.test   NOT AUDITED" in done.stdout
    assert above_the_table(done.stdout).count("does not exist") == 1
    assert "nowhere.test does not exist" in done.stderr
    alone = bsaudit(home, "probe", "nowhere.test", *QUICK, "--quiet", "--authorized-by=me")
    assert (alone.returncode, alone.stdout) == (2, "")


def test_what_fails_for_all_targets_is_told_once(home: Path) -> None:
    done = bsaudit(home, "probe", "good.test", "bad.test", *QUICK, "--quiet", "--relay=smtp://127.0.0.1:9?tls=none")

    assert done.returncode == 4
    assert above_the_table(done.stdout).count("NOT AUDITED") == 2
    assert above_the_table(done.stdout).count("was refused") == 1


def test_a_named_address_that_does_not_exist_is_said_to_be_so(home: Path) -> None:
    words = ("--probe=spam:gtube", "--wait=60s", "--grace=1s", "--valid-recipient=nobody@good.test", "--quiet")
    done = bsaudit(home, "probe", "good.test", *words)

    assert done.returncode == 3
    assert done.stdout.count("no such address at RCPT, 550 5.1.1") == 2
    assert "masked" not in done.stdout.replace(
        "bsaudit help masked", ""
    )  # its name in the JSON, under which it is explained
    assert "nobody@good.test, which was named, does not exist" in " ".join(done.stdout.split())
    assert "--valid-recipient ADDR" in done.stdout


def test_the_doctor_finds_everything_in_order(home: Path) -> None:
    done = bsaudit(home, "doctor", "good.test", "--wait=60s", "--quiet")

    assert done.returncode == 0, done.stdout + done.stderr
    found = {tuple(line.split(maxsplit=1)) for line in done.stdout.splitlines()}
    assert {state for state, _ in found} <= {"ok", "note"}
    parts = ("journal", "dns", "relay", "catch", "catch MX", "catch control", "NDN control", "relay calibration")
    for part in (*parts, "reverse-path", "way back", "target good.test"):
        assert any(rest.startswith(part) for _, rest in found), part


def test_collect_finds_nothing_new_and_says_so(home: Path) -> None:
    report = json.loads(bsaudit(home, "probe", "good.test", *QUICK, "--quiet", "--format=json").stdout)
    done = bsaudit(home, "collect", report["run"]["id"][:6], "--wait=1s", "--format=json")

    assert done.returncode == 0
    assert "0 new messages" in done.stderr
    assert json.loads(done.stdout)["changes"] == []
