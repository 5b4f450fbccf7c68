"""`bsaudit check` and `bsaudit status` against the laboratory, by the commands."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from bsaudit.judge.condition import advance
from bsaudit.model.history import Observation, Policy, Shown
from bsaudit.wiring.tools import journal_at
from tests.support.commands import BARE, run
from tests.support.logs import BOUNCE
from tests.support.schema import strict

TABLES = """
[[target]]
name = "good.test"
valid_recipient = "postmaster@good.test"
log = ["no-such.log"]

[[target]]
name = "bad.test"
authorized_by = "its owner"
log = "mail.log"

[[target]]
name = "nowhere.test"

[[target]]
name = "dsn.test"
expected_mx = ["other.dsn.test"]
"""
QUICK = 'probe = ["unknown-recipient:random"]\nwait = "60s"\ngrace = "1s"\n'
HOOK = """\
import sys
with open("changes.jsonl", "ab") as stream:
    stream.write(sys.stdin.buffer.read())
"""


@pytest.fixture(scope="module")
def home(lab: Path) -> Path:
    laboratory = (lab / "lab.toml").read_text()
    kept = "".join(line for line in laboratory.splitlines(keepends=True) if not line.startswith(("wait", "grace")))
    (lab / "hook.py").write_text(HOOK)
    stamp = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    (lab / "mail.log").write_text(BOUNCE.replace("Mar  1 10:00:00", stamp))
    hook = f"on_change = '{sys.executable} hook.py'\njournal = \"sqlite:///{lab}/checks.db\"\n"
    (lab / "check.toml").write_text(hook + QUICK + kept + TABLES)
    return lab


def bsaudit(home: Path, *words: str) -> CompletedProcess[bytes]:
    return run(*words, "--config=check.toml", cwd=home, env=BARE | {"XDG_STATE_HOME": str(home)})


def read(done: CompletedProcess[bytes]) -> dict[str, object]:
    report = json.loads(done.stdout)
    strict().validate(report)
    return dict(report)


@pytest.fixture(scope="module")
def checked(home: Path) -> CompletedProcess[bytes]:
    return bsaudit(home, "check", "--format=json", "--quiet")


STATES = {
    "good.test": "clean",
    "bad.test": "backscatter",
    "nowhere.test": "not_auditable",
    "dsn.test": "not_auditable",  # its mail exchangers are not those for which permission was given
}


def states(report: dict[str, object]) -> dict[str, str]:
    targets = report["targets"]
    assert isinstance(targets, list)
    return {target["target"]: target["state"]["state"] for target in targets}


def test_each_target_has_its_state_and_none_holds_up_another(checked: CompletedProcess[bytes]) -> None:
    report = read(checked)
    assert states(report) == STATES
    assert (checked.returncode, report["exit_code"], report["verdict"]) == (1, 1, "backscatter")
    assert {"part": "relay", "ok": True, "note": ""} in report["check"]["own_side"]  # type: ignore[index]


def test_a_targets_own_log_is_a_number_beside_its_state(home: Path, checked: CompletedProcess[bytes]) -> None:
    for report in (read(checked), read(bsaudit(home, "status", "--format=json"))):
        logs = {target["target"]: target["log"] for target in report["targets"]}  # type: ignore[attr-defined]
        assert (logs["bad.test"]["notices"], logs["bad.test"]["exceeded"]) == (1, None)
        assert "No such file" in logs["good.test"]["error"]
        assert logs["nowhere.test"] is None
    status = bsaudit(home, "status", "--format=openmetrics").stdout.decode()
    assert 'bsaudit_target_log_notices{target="bad.test"} 1\n' in status
    assert 'bsaudit_target_log_read{target="good.test"} 0\n' in status
    quiet = (home / "check.toml").read_text().replace('log = "mail.log"\n', "")
    (home / "quiet.toml").write_text(quiet)
    words = ("status", "bad.test", "--config=quiet.toml", "--format=json")
    (target,) = read(run(*words, cwd=home, env=BARE | {"XDG_STATE_HOME": str(home)}))["targets"]  # type: ignore[misc]
    assert target["log"] is None, "the configuration does not name it any more"


@pytest.mark.usefixtures("checked")
def test_a_clean_target_with_more_notices_than_allowed_exits_1(home: Path) -> None:
    text = (home / "check.toml").read_text().replace('log = ["no-such.log"]', 'log = "mail.log"\nmax_notices = 0')
    (home / "limit.toml").write_text(text.replace("on_change", "# on_change"))
    words = ("good.test", "--config=limit.toml", f"--journal=sqlite:///{home}/limit.db")
    for command in ("check", "status"):
        done = run(command, *words, cwd=home, env=BARE)
        assert done.returncode == 1
        assert done.stdout.decode().splitlines()[-2:] == [
            "1 of 1 with more notices in the own log than max_notices: good.test",
            "1 of 1 CLEAN",
        ]


def test_the_status_is_what_the_check_said_and_names_where_a_target_stands(
    home: Path, checked: CompletedProcess[bytes]
) -> None:
    done = bsaudit(home, "status", "--format=json")
    told, report = read(checked), read(done)
    assert report["targets"] == told["targets"]
    assert (done.returncode, report["run"]) == (1, None)
    lines = (home / "check.toml").read_text().splitlines()
    for target in report["targets"]:  # type: ignore[attr-defined]
        assert lines[target["state"]["line"]] == f'name = "{target["target"]}"'


@pytest.mark.usefixtures("checked")
@pytest.mark.parametrize(
    ("words", "code"),
    [(["good.test"], 0), (["nowhere.test"], 4), (["good.test", "bad.test"], 1), (["good.test", "--max-age=1s"], 3)],
)
def test_status_exits_by_the_worst_state(home: Path, words: list[str], code: int) -> None:
    if "--max-age=1s" in words:  # no second may have passed
        words = [words[0], "--max-age=0.001s"]
    assert bsaudit(home, "status", *words).returncode == code


@pytest.mark.usefixtures("checked")
def test_the_worst_stands_first_and_last(home: Path) -> None:
    lines = bsaudit(home, "status").stdout.decode().splitlines()
    assert lines[0].startswith("BACKSCATTER  bad.test      since")
    assert lines[-1] == "1 of 4 BACKSCATTER: bad.test"
    assert len(lines) == 4 + 1 + 3


def test_on_change_is_told_of_new_states_and_of_nothing_else(home: Path, checked: CompletedProcess[bytes]) -> None:
    changes = home / "changes.jsonl"
    told = [json.loads(line) for line in changes.read_text().splitlines()]
    assert {one["target"]: (one["before"], one["after"]) for one in told} == {
        target: ("undecided", state) for target, state in STATES.items()
    }
    run_id = read(checked)["run"]["id"]  # type: ignore[index]
    assert {one["run"] for one in told} == {run_id}
    changes.unlink()

    again = bsaudit(home, "check", "good.test", "--quiet")
    assert again.returncode == 0
    assert not changes.exists()
    assert again.stdout.decode().splitlines()[-1] == "1 of 1 CLEAN"


@pytest.mark.usefixtures("checked")
def test_what_was_checked_lately_is_not_due(home: Path) -> None:
    done = bsaudit(home, "check", "--due", "--quiet")
    assert (done.returncode, done.stderr) == (0, b"bsaudit: no target is due\n")


@pytest.mark.usefixtures("checked")
def test_whose_turn_it_is_not_keeps_its_gauges(home: Path) -> None:
    """Else an alert about it would end with the next check of others, or of nobody."""
    words = ("check", "--due", "--quiet", "--format=openmetrics")
    done = run(
        *words, f"--config={with_accept(home, '2999-12-31')}", cwd=home, env=BARE | {"XDG_STATE_HOME": str(home)}
    )
    lines = done.stdout.decode().splitlines()
    for target, state in STATES.items():
        assert f'bsaudit_target_state{{target="{target}",state="{state}"}} 1' in lines
    assert any(line.startswith('bsaudit_target_accept_expiry_timestamp_seconds{target="bad.test"}') for line in lines)
    report = read(bsaudit(home, "check", "--due", "--quiet", "--format=json"))
    others = {one["target"]: one["state"] for one in report["check"]["others"]}  # type: ignore[index]
    assert (others, report["targets"]) == (STATES, [])


@pytest.mark.usefixtures("checked")
def test_a_plugin_tells_of_those_whose_turn_it_is_not(home: Path) -> None:
    """Else the service were OK between two nights; of those that were not asked for it says nothing."""
    plugin = ("check", "--due", "--quiet", "--format=nagios", "--exit-codes=nagios")
    for words, code, said in (((), 2, b"CRITICAL - 1 of 4: bad.test"), (("good.test",), 0, b"OK - 1 of 1 clean")):
        done = bsaudit(home, *plugin, *words)
        assert (done.returncode, done.stdout.startswith(b"BACKSCATTER " + said)) == (code, True)


@pytest.mark.usefixtures("checked")
def test_status_tells_of_the_targets_that_a_check_looks_at(home: Path) -> None:
    """Not of those alone that have a table: of a list, most have none, and one that bounces would pass for clean."""
    (home / "listed.txt").write_text("good.test\nbad.test\nnever.test\n")
    text = (home / "check.toml").read_text().partition("[[target]]")[0]
    (home / "listed.toml").write_text('targets_from = "listed.txt"\n' + text + '[[target]]\nname = "good.test"\n')

    def status(*words: str) -> CompletedProcess[bytes]:
        return run("status", *words, cwd=home, env=BARE | {"XDG_STATE_HOME": str(home)})

    done = status("--config=listed.toml", "--format=json")
    found = {"good.test": "clean", "bad.test": "backscatter", "never.test": "undecided"}
    assert (done.returncode, states(read(done))) == (1, found)
    (home / "listed.txt").write_text("good.test\nno domain\n")
    done = status("--config=check.toml", "--targets-from=listed.txt")
    assert (done.returncode, done.stderr.startswith(b"bsaudit: listed.txt:2: ")) == (4, True)
    (home / "listed.txt").write_text("# a command that fails prints nothing\n")
    assert status("--config=check.toml", "--targets-from=listed.txt").returncode == 2


def test_a_failure_of_our_own_changes_no_state_and_is_told_once(home: Path, checked: CompletedProcess[bytes]) -> None:
    done = bsaudit(home, "check", "--relay=smtp://127.0.0.1:1?tls=none", "--format=json", "--quiet")
    report = read(done)
    assert (done.returncode, report["exit_code"]) == (4, 4)
    assert done.stderr.splitlines()[0] == b"bsaudit: smtp://127.0.0.1:1: the connection was refused"
    assert done.stderr.count(b"bsaudit:") == 1
    assert not (home / "changes.jsonl").exists()

    status = bsaudit(home, "status", "--format=json")
    assert states(read(status)) == states(read(checked))
    broken = [part["part"] for part in read(status)["check"]["own_side"] if not part["ok"]]  # type: ignore[index]
    assert broken == ["relay"]
    assert bsaudit(home, "status", "good.test").returncode == 4


def test_a_check_that_has_no_time_has_shown_nothing_of_anybody(home: Path) -> None:
    """Neither of the targets nor of our own side, whose last word stands."""
    url = f"--journal=sqlite:///{home}/hurried.db"
    plugin = ("--format=nagios", "--exit-codes=nagios", url)
    done = bsaudit(home, "check", "good.test", "bad.test", "--for=0s", *plugin)
    assert (done.returncode, done.stderr) == (3, b"bsaudit: 2 of 2 not begun in this check: good.test, bad.test\n")
    assert done.stdout.startswith(b"BACKSCATTER UNKNOWN - 2 of 2 undecided: good.test, bad.test")
    status = bsaudit(home, "status", "--own-side", *plugin)
    assert (status.returncode, b"no check has shown anything of it yet" in status.stdout) == (3, True)
    assert bsaudit(home, "check", "good.test", "--for=0s", "--quiet", url).returncode == 3


def test_targets_from_a_command_with_duplicates_merged(home: Path) -> None:
    words = (
        "--targets-from=printf '\\357\\273\\277good.test # ours\\n\\nGOOD.test.\\nno domain'",
        "--shard=1/1",
        "--for=1h",
    )
    done = bsaudit(home, "check", *words, "--quiet", "--format=json")
    report = read(done)
    assert states(report) == {"good.test": "clean"}
    assert done.stderr.startswith(b"bsaudit: --targets-from names good.test more than once\n")
    assert b":4: 'no domain' is not a domain\n" in done.stderr
    assert (done.returncode, report["exit_code"], report["verdict"]) == (4, 4, "clean")


ACCEPT = """
[[accept]]
target = "bad.test"
probe = "unknown-recipient:random"
reason = "the old gateway goes in May"
owner = "A. Admin"
expires = {expires}
"""


def with_accept(home: Path, expires: str) -> str:
    (home / "accept.toml").write_text((home / "check.toml").read_text() + ACCEPT.format(expires=expires))
    return "accept.toml"


@pytest.mark.usefixtures("checked")
def test_what_is_accepted_is_backscatter_that_fails_nothing_until_it_expires(home: Path) -> None:
    def status(expires: str, *words: str) -> CompletedProcess[bytes]:
        config = with_accept(home, expires)
        return run("status", *words, f"--config={config}", cwd=home, env=BARE | {"XDG_STATE_HOME": str(home)})

    done = status("2999-12-31", "bad.test", "--format=json")
    report = read(done)
    assert (done.returncode, report["verdict"]) == (0, "backscatter")
    (known,) = report["baseline"]["known"]  # type: ignore[index]
    assert (known["probe"], known["owner"]) == ("unknown-recipient:random", "A. Admin")
    assert report["targets"][0]["state"]["accepted"] == "the old gateway goes in May"  # type: ignore[index]
    assert "BACKSCATTER (accepted)" in status("2999-12-31", "bad.test").stdout.decode()

    late = status("2020-01-31", "bad.test")
    assert late.returncode == 1
    assert "accepted only until 2020-01-31: bad.test unknown-recipient:random" in late.stderr.decode()


def test_a_check_beside_an_earlier_report_fails_for_what_is_new_alone(
    home: Path, checked: CompletedProcess[bytes]
) -> None:
    known = home / "known.json"
    known.write_bytes(checked.stdout)
    done = bsaudit(home, "check", "bad.test", f"--baseline={known}", "--format=json", "--quiet")
    report = read(done)
    assert (done.returncode, report["verdict"]) == (0, "backscatter")
    assert report["baseline"]["known"] and not report["baseline"]["new"]  # type: ignore[index] # noqa: PT018

    known.write_text('{"targets": [{"target": "bad.test", "verdict": "clean"}]}')
    assert bsaudit(home, "status", "bad.test", f"--baseline={known}").returncode == 1


WRONG = [
    (["status", "--baseline=no-such.json"], "--baseline no-such.json is not there"),
    (["status", "--baseline=check.toml"], "is no JSON report of bsaudit"),
    (["check", "--baseline=check.toml", "--format=json=./check.toml"], "what is new would be known the next time"),
    (["check", "goed.test"], "goed.test is no target of the configuration; did you mean good.test?"),
    (["check", "--targets-from=no-such-file"], "neither a file nor a command that works"),
    (["check", "--shard=5/4"], 'write "2/4" for the second of four'),
    (["check", "--for=6"], "a duration without a unit"),
    (["check", "--interval=24"], "a duration without a unit"),
    (["status", "--max-age=soon"], "not a duration"),
]


@pytest.mark.parametrize(("words", "said"), WRONG)
def test_what_is_wrong_is_told_with_a_remedy(home: Path, words: list[str], said: str) -> None:
    done = bsaudit(home, *words)
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert done.stdout == b""


def test_our_own_side_is_a_service_of_its_own(home: Path, checked: CompletedProcess[bytes]) -> None:
    del checked
    words = ["status", "--own-side", "--format=nagios", "--exit-codes=nagios", f"--journal=sqlite:///{home}/own.db"]
    done = bsaudit(home, *words)
    assert done.returncode == 3
    assert done.stdout.startswith(b"BACKSCATTER UNKNOWN - own side: check: no check was made yet")
    assert bsaudit(home, "check", "bad.test", "--quiet", words[-1]).returncode == 1
    done = bsaudit(home, *words)
    assert (done.returncode, done.stdout.partition(b" at 2")[0]) == (
        0,
        b"BACKSCATTER OK - own side: relay, catch, dns, journal",
    )
    assert len(done.stdout.splitlines()[0].partition(b" | ")[0]) <= 80
    old = bsaudit(home, *words, "--max-age=0s")
    assert (old.returncode, b"the last check began on" in old.stdout) == (3, True)


def test_a_plugin_exits_with_what_it_says(home: Path) -> None:
    """One good run does not mend: the words are those of the state, and Nagios goes by the exit code."""
    url = f"sqlite:///{home}/plugin.db"

    async def bounced() -> None:
        guilty = Observation(
            shown=Shown.BACKSCATTER, at=datetime.now(UTC), began_at=datetime.now(UTC), bounced=("spam:gtube",)
        )
        async with journal_at(url) as journal:
            await journal.advance("good.test", partial(advance, seen=guilty, policy=Policy(max_age_s=1e6)))

    asyncio.run(bounced())
    words = ("good.test", "--format=nagios", "--exit-codes=nagios", f"--journal={url}")
    for command in ("check", "status"):
        done = bsaudit(home, command, *words)
        assert done.stdout.startswith(b"BACKSCATTER CRITICAL - 1 of 1: good.test"), command
        assert done.returncode == 2, command
