"""`bsaudit runs` and `bsaudit report`: what was journalled is told again."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bsaudit.adapters.journal import open_journal
from bsaudit.cli import guard
from bsaudit.model.mail import MailExchanger, Reply, Route, Stage, Submission
from bsaudit.model.probe import Probe, Recipient, Role, State
from bsaudit.model.run import RunRecord, RunState, TargetRecord
from bsaudit.model.settings import CatchKind, CatchSettings, Limits, RunSettings, Tls
from tests.support.commands import run

NOW = datetime(2026, 3, 1, 10, 2, 11, tzinfo=UTC)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def journal_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in [name for name in os.environ if name.startswith("BSAUDIT_")]:
        monkeypatch.delenv(name)
    url = f"sqlite:///{tmp_path}/journal.db"
    monkeypatch.setenv("BSAUDIT_JOURNAL", url)
    return url


@pytest.fixture
def bsaudit(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*args: str) -> tuple[int, str, str]:
        code = guard.run(args)
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def probe(probe_id: str, target: str) -> Probe:
    return Probe(
        id=probe_id,
        kind="unknown-recipient",
        route=Route.DIRECT,
        recipients=(Recipient(address=f"qz4kd8w1@{target}", role=Role.UNKNOWN),),
        reverse_path="probe@example.com",
        from_address="probe@example.com",
        reply_to="probe@example.com",
        message_id=f"<{probe_id}@example.com>",
        envid=probe_id,
        tokens=(),
        content="ordinary",
        target=target,
    )


REFUSED = Submission(
    accepted=False,
    submitted_at=NOW,
    finished_at=NOW + timedelta(seconds=1),
    stage=Stage.RCPT,
    reply=Reply(code=550, enhanced="5.1.1", text="5.1.1 \x1b[31mUser unknown"),
)


LIMITS = Limits(rate=1.0, max_probes=12, wait_s=1.0, grace_s=0.5)
CATCH = CatchSettings(kind=CatchKind.SINK, host="127.0.0.1", port=0, tls=Tls.NONE)


def journalled(
    url: str,
    run_id: str,
    target: str,
    *states: State,
    state: RunState = RunState.FINISHED,
    settings: RunSettings | None = None,
) -> None:
    """Journal a run with one probe in each of `states`."""

    async def write() -> None:
        journal = open_journal(url)
        public = settings or RunSettings(limits=LIMITS)
        run = RunRecord(id=run_id, key=b"k", started_at=NOW, route=Route.DIRECT, settings=public)
        run.catch_address = "probe@example.com"
        run.targets = [TargetRecord(target=target, domain=target, mail_exchangers=(MailExchanger(host="mx1"),))]
        await journal.begin(run)
        await journal.plan(run.id, [probe(f"{run_id}-{number}", target) for number, _ in enumerate(states)])
        for number, reached in enumerate(states):
            if reached is not State.PLANNED:
                await journal.move(run.id, f"{run_id}-{number}", State.SENDING)
                await journal.move(run.id, f"{run_id}-{number}", reached, submission=REFUSED)
        run.state, run.finished_at = state, NOW + timedelta(minutes=5)
        await journal.update(run)
        await journal.close()

    asyncio.run(write())


@pytest.mark.parametrize("words", ["report", "collect", "report --diff", "probe --again"])
def test_the_shell_completes_runs(journal_url: str, bsaudit: Run, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    journalled(journal_url, "7f3a01", "example.org")
    journalled(journal_url, "81bc02", "example.org")
    for name, text in (
        ("_BSAUDIT_COMPLETE", "fish_complete"),
        ("COMP_WORDS", f"bsaudit {words} 7"),
        ("COMP_CWORD", "7"),
    ):
        monkeypatch.setenv(name, text)
    assert bsaudit() == (0, "plain,7f3a01\n", "")
    monkeypatch.setenv("BSAUDIT_JOURNAL", "sqlite:////nowhere/at/all")
    assert bsaudit() == (0, "\n", "")


def listed(bsaudit: Run, *args: str) -> Any:
    code, out, _ = bsaudit("runs", "--format", "json", *args)
    assert code == 0
    return json.loads(out)["runs"]


def test_runs_are_listed_latest_first_with_what_remains(journal_url: str, bsaudit: Run) -> None:
    journalled(journal_url, "aaaa1111", "example.org", State.REFUSED)
    journalled(journal_url, "bbbb2222", "example.net", State.SENT, State.MAYBE_SENT, state=RunState.INTERRUPTED)

    code, out, err = bsaudit("runs")
    assert (code, err) == (0, "")
    heading, newest, older = out.splitlines()
    assert heading.split() == ["run", "started", "state", "verdict", "targets", "remains"]
    assert newest.split()[:5] == ["bbbb2222", "2026-03-01", "10:02", "UTC", "interrupted"]
    assert newest.endswith("example.net  2 of 2 open, 1 perhaps sent")
    assert older.startswith("aaaa1111")

    found = listed(bsaudit, "--limit", "1")
    assert [run["id"] for run in found] == ["bbbb2222"]
    assert found[0] | {"verdict": "inconclusive", "open": 2, "maybe_sent": 1, "probes": 2} == found[0]


@pytest.mark.parametrize("columns", ["1", "40", "80", "100"])
def test_no_width_of_the_terminal_loses_a_fact(
    journal_url: str, bsaudit: Run, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    journalled(journal_url, "aaaa1111", "a-rather-long-name.example.org", State.SENT, State.MAYBE_SENT)
    letters = []
    for width in (columns, "300"):
        monkeypatch.setenv("COLUMNS", width)
        letters.append(Counter("".join(bsaudit("runs")[1].split())))
    assert letters[0] == letters[1]


def test_the_list_as_json_lines_has_one_run_a_line(journal_url: str, bsaudit: Run) -> None:
    journalled(journal_url, "aaaa0001", "example.org", State.SENT)
    journalled(journal_url, "bbbb0002", "example.net", State.SENT)
    code, out, _ = bsaudit("runs", "--format", "jsonl")
    lines = [json.loads(line) for line in out.splitlines()]
    assert (code, {line["id"] for line in lines}) == (0, {"aaaa0001", "bbbb0002"})
    assert {line["schema_version"] for line in lines} == {1}


@pytest.mark.parametrize(("state", "waits"), [(RunState.INTERRUPTED, True), (RunState.RUNNING, False)])
def test_collect_listens_where_the_run_did_and_as_long_unless_the_run_does_so_itself(
    journal_url: str, bsaudit: Run, state: RunState, waits: bool
) -> None:
    journalled(
        journal_url,
        "aaaa0001",
        "example.org",
        State.SENT,
        state=state,
        settings=RunSettings(limits=LIMITS, catch=CATCH.place),
    )
    _, _, said = bsaudit("collect")
    assert ("waiting 1 s for late answers" in said) is waits
    assert ("still under way" in said) is not waits


def test_a_damaged_run_does_not_hide_the_others(journal_url: str, bsaudit: Run) -> None:
    journalled(journal_url, "aaaa0001", "example.org", State.SENT)
    journalled(journal_url, "bbbb0002", "example.net", State.SENT)
    spoil(
        Path(journal_url.removeprefix("sqlite:///")), "UPDATE bsaudit_probes SET probe = '{}' WHERE run_id = 'aaaa0001'"
    )
    code, out, said = bsaudit("runs", "--format", "json")
    errors = {run["id"]: run["error"] for run in json.loads(out)["runs"]}
    assert (code, errors["bbbb0002"]) == (4, None)
    assert errors["aaaa0001"]
    assert "run aaaa0001: an entry of the journal cannot be read" in said
    assert "cannot be read" in next(line for line in bsaudit("runs")[1].splitlines() if "aaaa0001" in line)


def test_no_runs_are_no_error(journal_url: str, bsaudit: Run) -> None:
    assert bsaudit("runs") == (0, "", "bsaudit: no runs yet\n")
    assert listed(bsaudit) == []


def test_a_run_that_goes_on_has_no_verdict_yet(journal_url: str, bsaudit: Run) -> None:
    journalled(journal_url, "aaaa1111", "example.org", State.PLANNED, state=RunState.RUNNING)
    (found,) = listed(bsaudit)
    assert (found["state"], found["verdict"], found["open"]) == ("running", None, 1)


def test_a_report_is_rendered_again_with_the_exit_code_of_its_verdict(journal_url: str, bsaudit: Run) -> None:
    journalled(journal_url, "aaaa1111", "example.org", State.REFUSED)
    journalled(journal_url, "bbbb2222", "example.net", State.REFUSED)

    code, out, _ = bsaudit("report", "aa", "--format", "json")
    report = json.loads(out)
    assert (report["run"]["id"], report["exit_code"]) == ("aaaa1111", code)
    assert [target["target"] for target in report["targets"]] == ["example.org"]
    assert report["targets"][0]["probes"][0]["reply"]["code"] == 550
    assert listed(bsaudit)[1]["verdict"] == report["verdict"]

    code, out, _ = bsaudit("report")  # the latest
    assert code == report["exit_code"]
    assert "example.net" in out
    assert "\x1b" not in out


def test_a_report_told_twice_is_the_same(journal_url: str, bsaudit: Run) -> None:
    journalled(journal_url, "aaaa1111", "example.org", State.REFUSED, State.SENT)
    assert bsaudit("report", "--format", "json") == bsaudit("report", "--format", "json")


def test_a_report_says_what_is_different_from_another_run(journal_url: str, bsaudit: Run) -> None:
    journalled(journal_url, "aaaa1111", "example.org", State.REFUSED)
    journalled(journal_url, "bbbb2222", "example.org", State.REFUSED, State.SENT)
    journalled(journal_url, "cccc3333", "example.org", State.REFUSED)

    _, out, _ = bsaudit("report", "bb", "--diff", "aa", "--format", "json")
    assert json.loads(out)["changes"] == [{"what": "bbbb2222-1", "before": "absent", "after": "rejected"}]
    _, out, _ = bsaudit("report", "bb", "--diff", "aa")
    assert "unknown-recipient to qz4kd8w1@example.org: rejected (was not there)" in out
    code, out, err = bsaudit("report", "cc", "--diff", "aa", "--format", "json")
    assert (json.loads(out)["changes"], json.loads(out)["exit_code"]) == ([], code)
    assert "nothing is different from run aaaa1111" in err
    assert bsaudit("report", "aa", "--diff", "aaaa1111")[0] == 2


def test_a_report_is_compared_with_what_is_known(journal_url: str, bsaudit: Run, tmp_path: Path) -> None:
    journalled(journal_url, "aaaa1111", "example.org", State.REFUSED)
    _, known, _ = bsaudit("report", "--format", "json")
    (tmp_path / "known.json").write_text(known)
    _, out, _ = bsaudit("report", "--baseline", "known.json", "--format", "json")
    assert json.loads(out)["baseline"]["file"] == "known.json"
    code, _, err = bsaudit("report", "--baseline", "gone.json")
    assert (code, "gone.json is not there" in err) == (2, True)


def test_the_trend_of_a_target_is_told_from_two_runs_on(journal_url: str, bsaudit: Run) -> None:
    journalled(journal_url, "aaaa1111", "example.org", State.REFUSED)
    journalled(journal_url, "bbbb2222", "example.net", State.REFUSED)
    assert "trend" not in bsaudit("runs")[1]
    journalled(journal_url, "cccc3333", "example.org", State.REFUSED)

    lines = bsaudit("runs")[1].splitlines()
    assert lines[-2:] == ["trend, the latest last: . clean, ? inconclusive, B backscatter", "??          example.org"]
    told = json.loads(bsaudit("runs", "--format", "json")[1])["trends"]
    assert told == [
        {"target": "example.net", "verdicts": ["inconclusive"]},
        {"target": "example.org", "verdicts": ["inconclusive", "inconclusive"]},
    ]


def test_no_such_run_is_wrong_usage(journal_url: str, bsaudit: Run) -> None:
    journalled(journal_url, "aaaa1111", "example.org", State.REFUSED)
    code, out, err = bsaudit("report", "ffff")
    assert (code, out) == (2, "")
    assert "'ffff' is no run of this journal" in err


def test_a_list_does_not_overwrite_the_report_that_a_configuration_names(
    journal_url: str, bsaudit: Run, tmp_path: Path
) -> None:
    (tmp_path / "bsaudit.toml").write_text('format = ["text", "json=report.json"]\n')
    (tmp_path / "report.json").write_text("kept")
    assert bsaudit("runs")[0] == 0
    assert (tmp_path / "report.json").read_text() == "kept"
    assert bsaudit("runs", "--format", "json=report.json")[0] == 0
    assert json.loads((tmp_path / "report.json").read_text())["runs"] == []


def newer(path: Path) -> None:
    journalled(f"sqlite:///{path}", "aaaa1111", "example.org")
    spoil(path, "UPDATE bsaudit_journal SET version = 99")


def spoil(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    ("variables", "code", "problem", "remedy"),
    [
        ({"BSAUDIT_JOURNAL": "sqlite:///garbage.db"}, 4, "not a journal: garbage.db", "move the file away"),
        ({"BSAUDIT_JOURNAL": "sqlite:///newer.db"}, 4, "written by a newer bsaudit", "Upgrade bsaudit"),
        ({"BSAUDIT_JOURNAL": "sqlite:////proc/x/journal.db"}, 4, "cannot be created", "sqlite:///PATH"),
        ({"BSAUDIT_JOURNAL": "", "XDG_STATE_HOME": "/proc"}, 4, "cannot be created", "sqlite:///PATH"),
        ({"BSAUDIT_JOURNAL": "postgresql://u:hunter2@127.0.0.1:1/x"}, 4, "u:***@127.0.0.1:1", "Check that it is reach"),
        ({"BSAUDIT_JOURNAL": "mysql://u:hunter2@127.0.0.1/x"}, 2, "of the kind 'mysql' is not known", "sqlite:///PATH"),
    ],
)
@pytest.mark.usefixtures("journal_url")
def test_a_journal_that_cannot_be_used_is_explained(
    tmp_path: Path, variables: dict[str, str], code: int, problem: str, remedy: str
) -> None:
    (tmp_path / "garbage.db").write_text("no database at all, but longer than a header would be" * 20)
    newer(tmp_path / "newer.db")
    environment = {name: value for name, value in (os.environ | variables).items() if value}
    done = run("runs", "--format", "json", cwd=tmp_path, env=environment)
    told = done.stderr.decode()
    assert done.returncode == code
    assert problem in told
    assert remedy in told
    assert "Traceback" not in told
    assert b"hunter2" not in done.stderr + done.stdout
    (error,) = json.loads(done.stdout)["errors"]
    assert problem in error["message"]


def aged(journal_url: str, *run_ids: str) -> None:
    for run_id in run_ids:
        spoil(
            Path(journal_url.removeprefix("sqlite:///")),
            f"UPDATE bsaudit_runs SET alive_at = alive_at - 8640000 WHERE id = '{run_id}'",
        )


def test_old_runs_are_pruned_and_what_is_kept_is_named(journal_url: str, bsaudit: Run) -> None:
    journalled(journal_url, "aaaa0001", "example.org", State.FAILED)
    journalled(journal_url, "bbbb0002", "example.net", State.SENT)
    journalled(journal_url, "cccc0003", "example.com", State.FAILED)
    aged(journal_url, "aaaa0001", "bbbb0002")
    code, out, said = bsaudit("runs", "--prune", "--keep", "90d")
    assert (code, out) == (0, "deleted 1 run older than 90d\n")
    assert "bsaudit collect bbbb0002" in said
    listed = json.loads(bsaudit("runs", "--format", "json")[1])["runs"]
    assert [run["id"] for run in listed] == ["cccc0003", "bbbb0002"]
    assert bsaudit("report", "aaaa0001")[0] == 2


@pytest.mark.parametrize("given", [("--prune",), ("--keep", "90d"), ("--prune", "--keep", "soon")])
def test_pruning_wants_to_know_what_to_keep(journal_url: str, bsaudit: Run, given: tuple[str, ...]) -> None:
    journalled(journal_url, "aaaa0001", "example.org", State.FAILED)
    aged(journal_url, "aaaa0001")
    assert bsaudit("runs", *given)[0] == 2
    assert len(json.loads(bsaudit("runs", "--format", "json")[1])["runs"]) == 1
