"""`probe --again RUN`, as the report prints it: the same audit, whatever the file and the environment say today."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import BARE, run
from tests.support.installed import told

QUICK = ("--grace=1s", "--wait=20s", "--probe=unknown-recipient:random")
VALID = "--valid-recipient=info@bad.test"


def pasted(line: str, where: Path, **environ: str) -> tuple[int, Any]:
    """Run a command line word for word, in another directory; return its exit code and its JSON."""
    done = run(*shlex.split(line)[1:], "--format=json", "--quiet", cwd=where, env=BARE | environ)
    assert b"Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout)


def did(report: Any) -> Any:
    """Return what an audit did, without what is new each time."""
    run, target = report["run"], report["targets"][0]
    probes = [
        (one["kind"], one["shape"], one["route"], one["mail_exchanger"], one["recipients"][0]["role"])
        for one in target["probes"]
    ]
    positive = next(one for one in run["controls"] if one["control"] == "positive")
    names = ("route", "catch", "limits", "authorized_by")
    to, hosts = positive["recipients"][0]["address"], target["named_hosts"]
    return target["target"], target["mail_exchangers"], hosts, probes, to, {name: run[name] for name in names}


@pytest.mark.parametrize(
    "route",
    [("--route=direct", "--mx=127.77.0.11", "--authorized-by=A. Admin of bad.test"), ("--route=relay",)],
    ids=["direct", "relay"],
)
def test_the_line_of_the_report_repeats_this_audit(lab: Path, tmp_path: Path, route: tuple[str, ...]) -> None:
    named = ("--target-host=OUT.bad.test.", "--target-host=192.0.2.7")
    _, first = told(lab, tmp_path / "j.db", "probe", "bad.test", *route, *QUICK, VALID, *named)
    assert first["targets"][0]["named_hosts"] == ["out.bad.test", "192.0.2.7"]
    elsewhere = {"BSAUDIT_ROUTE": "relay", "BSAUDIT_VALID_RECIPIENT": "x@good.test", "BSAUDIT_PORT": "1"}

    code, second = pasted(first["run"]["again"], tmp_path, **elsewhere)

    assert (code, second["verdict"]) == (1, "backscatter")
    assert did(second) == did(first)
    assert second["run"]["id"] != first["run"]["id"]


def test_what_the_run_did_not_set_is_not_taken_from_today(lab: Path, tmp_path: Path) -> None:
    _, first = told(lab, tmp_path / "j.db", "probe", "bad.test", "--route=direct", *QUICK)

    _, second = pasted(first["run"]["again"], tmp_path, BSAUDIT_MX="127.77.0.10", BSAUDIT_SKIP="unknown-recipient")

    assert did(second) == did(first)


def test_the_line_under_the_advice_repeats_what_went_wrong(lab: Path, tmp_path: Path) -> None:
    _, first = told(lab, tmp_path / "j.db", "probe", "bad.test", "--route=direct", "--mx=127.77.0.11", *QUICK[:2])
    line = first["targets"][0]["advice"][0]["retest"]

    code, second = pasted(line, tmp_path)

    assert line == f"{first['run']['again']} --probe unknown-recipient"
    assert {one["kind"] for one in second["targets"][0]["probes"]} == {"unknown-recipient"}
    assert (code, second["targets"][0]["mail_exchangers"][0]["host"]) == (1, "127.77.0.11")


def test_no_secret_and_no_command_stands_in_the_journal(lab: Path, tmp_path: Path) -> None:
    password = BARE | {"BSAUDIT_RELAY_PASSWORD": "lab"}
    words = ["probe", "bad.test", "--config=lab.toml", *QUICK, "--relay-log=echo hunter2", "--quiet"]
    journal = tmp_path / "j.db"

    run(*words, f"--journal=sqlite:///{journal}", cwd=lab, env=password)

    kept = b"".join(path.read_bytes() for path in tmp_path.glob("j.db*"))
    assert b"bad.test" in kept
    assert b"hunter2" not in kept
    assert b"echo lab" not in kept


@pytest.mark.parametrize(
    ("words", "said"),
    [(("--again=0", "bad.test"), "bad.test is one too many"), (("--again=0",), "is no run of this journal")],
)
def test_what_cannot_be_repeated_is_said_so(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    environ = BARE | {"XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    done = run("probe", *words, cwd=tmp_path, env=environ)

    assert (done.returncode, said in done.stderr.decode()) == (2, True)
