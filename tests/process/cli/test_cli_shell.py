"""The command as a user runs it: help, exit codes, errors, pipes."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from bsaudit.cli import exit_codes, guard
from bsaudit.cli.asked import Asked
from bsaudit.cli.root import COMMANDS, root
from bsaudit.errors import BsauditError, ConfigError, Interrupted, RelayError
from tests.support.commands import run

DOCS = Path(__file__).parents[3] / "docs"
COMMAND = [sys.executable, "-c", "from bsaudit.cli import main; main()"]


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))  # nobody else's journal
    for name in [name for name in os.environ if name.startswith("BSAUDIT_")]:
        monkeypatch.delenv(name)


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let the command `runs` end with `error`."""

    @click.command(context_settings={"ignore_unknown_options": True})
    @click.argument("rest", nargs=-1)
    def command(rest: tuple[str, ...]) -> int:
        raise error

    monkeypatch.setattr(type(root), "get_command", lambda self, ctx, name: command)


def test_help_names_the_commands_in_groups_and_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert guard.run(["-h"]) == 0
    shown = capsys.readouterr().out

    places = [shown.index(f"\n  {name} ") for group in COMMANDS.values() for name in group]
    assert places == sorted(places)
    assert [line for line in shown.splitlines() if line in ("Audit:", "Read:", "Set up:", "Try:")] == [
        "Audit:",
        "Read:",
        "Set up:",
        "Try:",
    ]


def test_every_listed_command_is_there_and_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for name in [name for group in COMMANDS.values() for name in group]:
        assert guard.run([name, "-h"]) == 0
        assert f"bsaudit {name}" in capsys.readouterr().out


def test_the_version_is_printed_without_the_heavy_modules() -> None:
    check = (
        "import sys\nfrom bsaudit.cli.guard import run\nassert run(['--version']) == 0\n"
        "sys.exit(str(sorted({'asyncio', 'rich', 'importlib.metadata', 'msgspec', 'dns'} & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=False)

    assert done.stdout.startswith("bsaudit ")
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("no"), 2),
        (click.UsageError("no"), 2),
        (click.ClickException("no"), 2),
        (RelayError("no"), 4),
        (BsauditError("no"), 70),
        (Interrupted("no"), 130),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (RuntimeError("no"), 70),
        (RecursionError(), 70),
        (BrokenPipeError(), 141),
        (OSError(errno.ENOSPC, "No space left on device"), 2),
        (OSError(errno.EIO, "Input/output error"), 70),
        (ExceptionGroup("tasks", [ExceptionGroup("inner", [RelayError("no")]), ConfigError("no")]), 4),
        (ExceptionGroup("tasks", [RelayError("no"), RuntimeError("no")]), 70),
    ],
)
def test_no_error_exits_1(monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int) -> None:
    monkeypatch.setattr(guard, "silence", lambda _: None)
    failing(monkeypatch, error)

    assert guard.run(["runs"]) == code


def test_an_error_is_told_with_its_remedy_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, RelayError("it said \x1b[2J\n550 no", remedy="Ask \x07 them."))
    guard.run(["runs"])

    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "bsaudit: it said \ufffd[2J 550 no\n  Ask \ufffd them.\n"


def test_a_crash_shows_a_traceback_whose_text_is_harmless(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, RuntimeError("remote \x1b]0;x\x07"))
    assert guard.run(["runs"]) == 70

    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert "RuntimeError" in shown
    assert not {"\x1b", "\x07"} & set(shown)


@pytest.mark.parametrize("args", [["runs", "--format", "json"], ["runs", "--format=json"]])
@pytest.mark.parametrize("error", [RelayError("gone", remedy="Wait."), RuntimeError("bug"), KeyboardInterrupt()])
def test_an_error_is_valid_json_where_json_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], args: list[str], error: BaseException
) -> None:
    failing(monkeypatch, error)
    code = guard.run(args)

    report = json.loads(capsys.readouterr().out)
    assert report["exit_code"] == code
    assert report["verdict"] == "inconclusive"
    assert report["errors"][0]["message"]
    assert report["targets"] == []


def test_an_error_goes_to_the_file_that_json_was_asked_for_in(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, RelayError("gone"))
    guard.run(["runs", "--format", "json=out.json"])

    assert json.loads(Path("out.json").read_text())["errors"] == [{"where": "relay", "message": "gone", "remedy": ""}]


def test_a_usage_error_is_valid_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert guard.run(["probe", "--no-such-option", "--format", "json"]) == 2
    assert json.loads(capsys.readouterr().out)["errors"][0]["where"] == "usage"


def test_json_lines_end_with_the_report_of_the_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, RelayError("gone"))
    guard.run(["runs", "--format", "jsonl"])

    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["event"] == "report"


@pytest.mark.parametrize(("code", "nagios"), [(0, 0), (1, 2), (2, 3), (3, 3), (4, 3), (70, 3), (130, 3), (141, 3)])
def test_the_nagios_family(code: int, nagios: int) -> None:
    assert exit_codes.mapped(code, nagios=True) == nagios


def test_exit_zero_forgives_verdicts_and_nothing_else() -> None:
    assert [code for code in exit_codes.MEANING if exit_codes.mapped(code, zero=True) == 0] == [0, 1, 3]
    assert exit_codes.mapped(1, zero=True, nagios=True) == 0
    assert exit_codes.mapped(4, zero=True, nagios=True) == 3


def test_errors_before_parsing_follow_the_family_that_argv_names() -> None:
    assert guard.run(["probe", "--exit-codes", "nagios", "--no-such-option"]) == 3
    assert guard.run(["no-such-command", "--exit-codes=nagios"]) == 3


@pytest.mark.parametrize(
    ("args", "formats"),
    [
        (["probe", "--format", "json", "--format=jsonl=x"], ("json", "jsonl=x")),
        (["probe", "--", "--format", "json"], ()),
        (["probe", "--format"], ()),
    ],
)
def test_what_was_asked_is_read_from_argv(args: list[str], formats: tuple[str, ...]) -> None:
    assert Asked.of(args).formats == formats


def test_the_exit_codes_page_names_every_code() -> None:
    page = (DOCS / "exit-codes.md").read_text()
    for code, meaning in exit_codes.MEANING.items():
        assert f"| {code} | {exit_codes.mapped(code, nagios=True)} | {meaning} |" in page


def test_a_reader_that_goes_away_is_no_accusation() -> None:
    process = subprocess.Popen([*COMMAND, "config", "show"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()

    assert process.wait(timeout=30) == 141
    assert errors == b""


def completed(shell: str, *words: str) -> str:
    current = words[-1] if shell == "fish" else str(len(words) - 1)
    environ = {"_BSAUDIT_COMPLETE": f"{shell}_complete", "COMP_WORDS": " ".join(words), "COMP_CWORD": current}
    done = run(cwd=Path.cwd(), env=os.environ | environ)
    assert done.returncode == 0
    assert done.stderr == b"", "it would stand in what is typed"
    return done.stdout.decode()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion_knows_commands_options_and_values(shell: str) -> None:
    assert "doctor" in completed(shell, "bsaudit", "do")
    assert "--relay-permission" in completed(shell, "bsaudit", "probe", "--relay-p")
    assert "jsonl" in completed(shell, "bsaudit", "probe", "--format", "js")


def test_shell_completion_knows_the_configured_targets(tmp_path: Path) -> None:
    def found(*words: str) -> list[str]:
        asked = {"_BSAUDIT_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
        return run("check", cwd=tmp_path, env={**os.environ, **asked}).stdout.decode().split()

    Path("own.toml").write_text('[[target]]\nname = "example.org"\n[[target]]\nname = "other.example"\n')
    assert found("bsaudit", "check", "--config", "own.toml", "ex") == ["plain,example.org"]
    assert found("bsaudit", "status", "--config", "own.toml", "ot") == ["plain,other.example"]
    Path("own.toml").write_text("not = = TOML")
    assert found("bsaudit", "check", "--config", "own.toml", "ex") == []


def completions(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> list[str]:
    """Return what fish is offered in place of the last word."""
    monkeypatch.setenv("_BSAUDIT_COMPLETE", "fish_complete")
    monkeypatch.setenv("COMP_WORDS", " ".join(words))
    monkeypatch.setenv("COMP_CWORD", words[-1])
    assert guard.run([]) == 0
    return [line.partition(",")[2] for line in capsys.readouterr().out.split()]


def test_shell_completion_knows_kinds_profiles_runs_and_ids(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def offered(*words: str) -> list[str]:
        return completions(capsys, monkeypatch, "bsaudit", *words)

    assert offered("probe", "--skip", "sp") == ["spam"]
    assert offered("probe", "--probe", "spam:g") == ["spam:gtube"]
    assert offered("help", "ndn-returns") == ["ndn-returns-virus", "ndn-returns-spam"]
    assert offered("probe", "--profile", "st") == []
    assert offered("report", "7") == []
    Path("bsaudit.toml").write_text("[profile.strict]\n[profile.loose]\n")
    assert offered("probe", "--profile", "st") == ["strict"]
    Path("bsaudit.toml").write_text("profile = 1")
    assert offered("probe", "--profile", "st") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_completion_is_printed(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    # click asks the bash it finds for its version; where there is none it still prints the script.
    assert guard.run(["completion", shell]) == 0
    assert f"_BSAUDIT_COMPLETE={shell}_complete" in capsys.readouterr().out


def test_the_script_of_bash_completes_what_is_typed(tmp_path: Path) -> None:
    (tmp_path / "bsaudit").write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{COMMAND[2]}" "$@"\n')
    (tmp_path / "bsaudit").chmod(0o755)
    typed = 'COMP_WORDS=(bsaudit expl); COMP_CWORD=1; _bsaudit_completion bsaudit; echo "${COMPREPLY[@]}"'
    done = subprocess.run(
        ["bash", "-c", f'eval "$(bsaudit completion bash)"; {typed}'],
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("explain\n", "")


# help


def test_help_says_what_an_id_means(capsys: pytest.CaptureFixture[str]) -> None:
    assert guard.run(["help", "ndn-returns-virus"]) == 0
    shown = capsys.readouterr().out
    assert "ndn-returns-virus (finding)" in shown
    assert "RFC 5321 §6.2" in shown
    assert not {"](", "**"} & set(shown.split())


def test_help_lists_what_can_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert guard.run(["help"]) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("Finding:", "ndn-returns-virus", "null-reverse-path", "Exit code:", "141"))


def test_help_of_a_command_is_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["report"], ["config", "show"]):
        assert guard.run([*words, "-h"]) == 0
        own = capsys.readouterr().out
        assert guard.run(["help", *words]) == 0
        said = capsys.readouterr().out
        assert said.startswith(own.rstrip()), "and below it what an id of the same name means"
    assert guard.run(["help", "catch"]) == 0  # a command, and a control
    shown = capsys.readouterr().out
    assert "Usage: bsaudit catch" in shown
    assert "catch (control)" in shown


def test_help_of_what_there_is_not_names_what_may_have_been_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert guard.run(["help", "bouncd"]) == 2
    assert 'Did you mean "bounced"?' in capsys.readouterr().err
    assert guard.run(["help", "config", "frobnicate"]) == 2
    assert "bsaudit help" in capsys.readouterr().err


# init and config show


def test_init_writes_a_private_file_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert guard.run(["init"]) == 0
    assert Path("bsaudit.toml").stat().st_mode & 0o777 == 0o600

    Path("bsaudit.toml").write_text("mine")
    assert guard.run(["init"]) == 2
    assert Path("bsaudit.toml").read_text() == "mine"
    assert "--force" in capsys.readouterr().err

    Path("bsaudit.toml").chmod(0o644)
    assert guard.run(["init", "--force"]) == 0
    assert Path("bsaudit.toml").read_text() != "mine"
    assert Path("bsaudit.toml").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("streams", [">&-", "2>&-", "<&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full"])
@pytest.mark.parametrize("command", ["runs", "config show", "--version", "nonsense", "nonsense --format json"])
def test_streams_that_take_nothing_never_accuse_anybody(tmp_path: Path, command: str, streams: str) -> None:
    """cron and systemd close streams, disks fill up: Python itself would exit 1, which says backscatter."""
    program = f'"{sys.executable}" -c "from bsaudit.cli import main; main()" {command}'
    done = subprocess.run(
        ["sh", "-c", f"{program} {streams}"],
        check=False,
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},  # it writes nothing, too
        capture_output=True,
        text=True,
        timeout=30,
    )
    unwritten = streams == ">/dev/full" and command != "runs"  # there are none
    assert done.returncode == (2 if "nonsense" in command or unwritten else 0), done.stderr
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr


def test_a_slip_in_a_commands_name_is_met_with_the_right_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert guard.run(["colect"]) == 2
    assert "'collect'?" in capsys.readouterr().err
    assert guard.run(["frobnicate"]) == 2
    assert "mean" not in capsys.readouterr().err


def test_a_shell_that_asks_nonsense_for_completion_accuses_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_BSAUDIT_COMPLETE", "nonsense")
    assert guard.run([]) == 2


def test_init_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    Path("bsaudit.toml").symlink_to("precious")

    assert guard.run(["init", "--force"]) == 2
    assert (tmp_path / "precious").read_text() == "mine"


def test_config_show_says_where_each_value_came_from(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("bsaudit.toml").write_text('wait = "2m"\n')
    monkeypatch.setenv("BSAUDIT_GRACE", "1m")
    assert guard.run(["config", "show"]) == 0

    shown = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert shown["wait"].endswith('= "2m"  # bsaudit.toml')
    assert shown["grace"].endswith('= "1m"  # BSAUDIT_GRACE')
    assert shown["rate"].endswith('= "1/s"  # default')


def test_config_show_shows_no_secret(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    Path("bsaudit.toml").write_text(
        'relay = "smtp://me:hunter2@h"\nrelay_password_command = "echo hunter2"\njournal = "postgresql://me:hunter2@h/d"\n'
    )
    monkeypatch.setenv("BSAUDIT_RELAY_PASSWORD", "hunter2")
    assert guard.run(["config", "show"]) == 0

    shown = capsys.readouterr().out
    assert "hunter2" not in shown
    assert "BSAUDIT_RELAY_PASSWORD" in shown


def test_a_misspelt_variable_is_mentioned(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("BSAUDIT_WIAT", "1m")
    guard.run(["config", "show"])

    assert "BSAUDIT_WIAT means nothing" in capsys.readouterr().err
