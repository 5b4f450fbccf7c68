"""What users get wrong: a short error that says where and what to do, exit 2, before anything is sent."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from bsaudit.cli import guard
from tests.support.commands import BARE, run
from tests.support.disk import no_room_on, small_disk
from tests.support.installed import COMMAND
from tests.support.mailboxes import NEWSLETTER, mbox

HEAD = 'relay = "smtp://me@127.0.0.1:1?tls=none"\ncatch = "maildir:m"\ncatch_address = "a@b.test"\n'
TARGET = '[[target]]\nname = "example.org"\n'
PASSWORD = {"BSAUDIT_RELAY_PASSWORD": "x"}
# root may read everything
NO_ROOT = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
# the configuration, the words after the command, where it is, what to do
MISTAKES: dict[str, tuple[str, str, str, str]] = {
    "a misspelt key": (f'{HEAD}catch_adress = "x"\n', "", "bsaudit.toml:4: ", "did you mean catch_address?"),
    "a misspelt key of a target": (f'{HEAD}{TARGET}intervall = "1d"\n', "", "bsaudit.toml:6: target 1", "interval?"),
    "a missing secret": (f"{HEAD}{TARGET}", "", "no password for me at the relay", "Set BSAUDIT_RELAY_PASSWORD"),
    "an unreadable secret": (
        f'relay_password_file = "secret"\n{HEAD}{TARGET}',
        "",
        "relay_password_file: the password file secret cannot be read: Is a directory",
        "Its first line",
    ),
    "a configuration that is none": ("relay = = 1\n", "", "bsaudit.toml", "line 1"),
    "an unreadable configuration": (f"{HEAD}{TARGET}", "--config secret", "secret cannot be read", '"bsaudit init"'),
    "an unreadable list": (f"{HEAD}{TARGET}", "--targets-from secret", "--targets-from secret", "takes a file"),
    "an unreadable baseline": (
        f"{HEAD}{TARGET}",
        "--baseline nope.json",
        "--baseline nope.json is not there",
        "Write one",
    ),
    "a list in UTF-16": (f"{HEAD}{TARGET}", "--targets-from utf16", "utf16 cannot be read: it is in UTF-16", "UTF-8"),
    "a baseline in UTF-16": (f"{HEAD}{TARGET}", "--baseline utf16", "--baseline utf16", "as > of Windows PowerShell"),
    "a configuration in UTF-16": (f"{HEAD}{TARGET}", "--config utf16", "utf16 cannot be read", "save it as UTF-8"),
    "a template": (
        TARGET,
        "",
        "--relay, --catch, --catch-address missing",
        "Fill in relay, catch, catch_address in bsaudit.t",
    ),
    "a target in two tables": (f"{HEAD}{TARGET}{TARGET}", "", "bsaudit.toml:6: example.org", "(the first in line 4)"),
    "a duration without a unit": (f'{HEAD}{TARGET}max_age = "36"\n', "", "bsaudit.toml:6: target 1", 'write "24h"'),
    "an option without a unit": (f"{HEAD}{TARGET}", "--for 6", "--for", 'write "24h"'),
    "an output that cannot be": (
        f"{HEAD}{TARGET}",
        "--format csv=/dev/null/x",
        "--format csv=/dev/null/x",
        "Name a file",
    ),
    "a target that is none": (f"{HEAD}{TARGET}", "exmple.org", "exmple.org", "did you mean example.org?"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_place_and_its_remedy(name: str, tmp_path: Path) -> None:
    text, words, place, remedy = MISTAKES[name]
    (tmp_path / "secret").mkdir()
    (tmp_path / "utf16").write_text(text, "utf-16")
    (tmp_path / "bsaudit.toml").write_text(text)
    env = BARE | {"XDG_STATE_HOME": str(tmp_path), **({} if "secret" in name else PASSWORD)}
    done = run("check", "--format=json", *words.split(), cwd=tmp_path, env=env)

    said = done.stderr.decode()
    assert done.returncode == 2, said
    assert place in said
    assert remedy in said
    assert len(said.splitlines()) <= 2
    assert said.startswith("bsaudit: ")
    if "csv" not in words:
        assert place.split(":")[0] in json.loads(done.stdout)["errors"][0]["message"]


@pytest.mark.parametrize("wrong", ["bogus = 1\n", "= =\n", f"{TARGET}bogus = 1\n"])
def test_a_mistake_in_the_configuration_of_a_plugin_is_not_critical(wrong: str, tmp_path: Path) -> None:
    """Nagios takes 2 for backscatter. What a profile says holds for nobody who did not ask for it."""
    file = tmp_path / "bsaudit.toml"
    words = ["status", f"--config={file}", f"--journal=sqlite:///{tmp_path}/journal.db"]
    file.write_text(f'exit_codes = "nagios"\n{wrong}')
    assert (guard.run(words), guard.run([*words, "--exit-codes=standard"])) == (3, 2)
    file.write_text(f'[profile.x]\nexit_codes = "nagios"\n{wrong}')
    assert guard.run(words) == 2


def test_who_reads_text_gets_no_json_where_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "bsaudit.toml").write_text(f"{HEAD}{TARGET}")
    words = ("check", "--format=text", "--format=junit=/dev/null/x")
    done = run(*words, cwd=tmp_path, env=BARE | PASSWORD | {"XDG_STATE_HOME": str(tmp_path)})
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"bsaudit: --format junit=/dev/null/x: ")


@pytest.mark.parametrize("name", ["json", "jsonl", "junit", "sarif", "html", "csv"])
@pytest.mark.parametrize(
    "words", [("status", "--max-age", "soon"), ("check", "exmple.org"), ("status", "--no-such-option")], ids=" ".join
)
def test_a_mistake_costs_no_report_of_an_earlier_run(words: tuple[str, ...], name: str, tmp_path: Path) -> None:
    (tmp_path / "bsaudit.toml").write_text(f"{HEAD}{TARGET}")
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("a good report\n")
    formats = [f"--format={name}={file.name}" for file in (old, new)]
    env = BARE | PASSWORD | {"XDG_STATE_HOME": str(tmp_path)}
    done = run(*words, *formats, cwd=tmp_path, env=env)
    assert done.returncode == 2
    assert old.read_text() == "a good report\n"
    assert "old is left as it was" in done.stderr.decode()
    assert new.read_bytes(), "where there is none, the error is told there"


def test_what_a_nightly_check_runs_into_takes_the_place_of_an_earlier_report(tmp_path: Path) -> None:
    """The configuration was edited: the command is that of last night, and exits 2."""
    (tmp_path / "bsaudit.toml").write_text(f"{HEAD}{TARGET}intervall = '1d'\n")
    report = tmp_path / "report.json"
    report.write_text("a good report\n")
    env = BARE | PASSWORD | {"XDG_STATE_HOME": str(tmp_path)}
    done = run("check", "--format=json=report.json", cwd=tmp_path, env=env)
    assert done.returncode == 2, done.stderr
    assert json.loads(report.read_bytes())["errors"]


def test_in_a_directory_that_was_deleted_files_are_not_found_and_reports_are_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert guard.run(["runs"]) == 0
    assert guard.run(["survey", "--own", "example.org", "bounces.mbox"]) == 2
    assert "the working directory was deleted" in capsys.readouterr().err


@pytest.mark.parametrize(("command", "remedy"), [("runs", "Let the user who runs this read it"), ("init", "--force")])
def test_a_configuration_that_one_may_not_read_is_there_all_the_same(tmp_path: Path, command: str, remedy: str) -> None:
    (tmp_path / "bsaudit.toml").touch(mode=0o200)
    done = subprocess.run([*NO_ROOT, COMMAND, command], cwd=tmp_path, env=BARE, capture_output=True, check=False)
    assert done.returncode == 2
    assert remedy in done.stderr.decode()


def test_on_a_full_disk_nothing_is_lost_and_nothing_left_behind(tmp_path: Path) -> None:
    """`init --force` emptied a configuration that was filled in; each `--since last` left an empty file."""
    (tmp_path / "mail").write_bytes(mbox(NEWSLETTER))
    with small_disk(tmp_path / "disk", 1 << 16) as disk:
        (disk / "bsaudit.toml").write_text(HEAD)
        (disk / "bsaudit" / "survey").mkdir(parents=True)
        with no_room_on(disk):
            done = run("init", "--force", cwd=disk)
            assert (done.returncode, done.stderr) == (
                2,
                b"bsaudit: bsaudit.toml cannot be written: No space left on device\n",
            )
            done = run("survey", "--since", "last", "mail", cwd=tmp_path, env=BARE | {"XDG_STATE_HOME": str(disk)})
            assert b"cannot be written: No space left on device" in done.stderr
        assert (disk / "bsaudit.toml").read_text() == HEAD
        assert [path.name for path in disk.rglob("*") if path.is_file()] == ["bsaudit.toml"]


def test_a_home_that_is_somebody_elses_is_no_defect(tmp_path: Path) -> None:
    """`sudo -u audit bsaudit runs`, from root's directory or with root's HOME."""
    tmp_path.chmod(0)
    env = BARE | {"XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run([*NO_ROOT, COMMAND, "runs"], env=env, capture_output=True, check=False, timeout=30)
    tmp_path.chmod(0o700)
    said = done.stderr.decode()
    assert done.returncode == 2, said
    assert f"whether there is {tmp_path}/bsaudit/bsaudit.toml cannot be seen: Permission denied" in said
    assert "--config FILE" in said
