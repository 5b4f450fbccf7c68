"""`config show`: what holds, where it comes from, and nothing secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from bsaudit.cli import guard

FILE = """
wait = "5m"
on_change = "notify --token=s3cret"

[[host]]
match = "mx.example.org"
authorized_by = "D. Host"

[[target]]
name = "example.org"
valid_recipient = "postmaster@example.org"

[[accept]]
target = "example.org"
reason = "ticket 42"
owner = "A. Admin"
expires = 2026-12-31
"""


def test_what_was_changed_is_shown_alone_with_the_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bsaudit.toml"
    file.write_text(FILE)
    assert guard.run(["config", "show", "--changed", "--config", str(file)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"# file: {file}",
        f'wait      = "5m"  # {file}',
        f"on_change = (set, not shown)  # {file}",
        "[[host]] mx.example.org  # D. Host",
        '[[target]] example.org: valid_recipient = ["postmaster@example.org"]  # line 9',
        "[[accept]] example.org: ticket 42  # until 2026-12-31",
    ]


def test_without_a_file_nothing_was_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert guard.run(["config", "show", "--changed"]) == 0
    assert capsys.readouterr().out == "# file: none found\n"


SECRET = "s3cret"
COMMANDS = f"""
relay_log = "ssh -i {SECRET} relay journalctl"
target_queue = "docker exec -e TOKEN={SECRET} mail postqueue -j"
targets_from = "curl -u me:{SECRET} https://example.org/targets"
relay_password_command = "pass --key {SECRET} relay"
on_change = "notify --token={SECRET}"

[[target]]
name = "example.org"
log = ["ssh -i {SECRET} mx journalctl"]
log_own = ["example.org"]
"""


def test_of_commands_the_program_is_shown_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Such a listing is pasted into a ticket."""
    file = tmp_path / "bsaudit.toml"
    file.write_text(COMMANDS)
    assert guard.run(["config", "show", "--changed", "--config", str(file)]) == 0
    told = capsys.readouterr().out
    assert SECRET not in told
    assert all(f'"{program} …"' in told for program in ("ssh", "docker", "curl"))


@pytest.mark.parametrize(
    "words",
    [
        ["check", f"--targets-from=no-such-program {SECRET}"],
        ["check", f"--targets-from=sh -c 'echo =' {SECRET}"],
        ["probe", "example.org"],
    ],
)
def test_a_command_that_fails_is_told_without_its_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    """What failed stands in the logs of a pipeline."""
    file = tmp_path / "bsaudit.toml"
    own = 'relay = "smtp://me@127.0.0.1:1"\ncatch = "maildir:."\ncatch_address = ["me@example.net"]\n'
    file.write_text(f'{own}relay_password_command = "false {SECRET}"\n')
    assert guard.run([*words, "--config", str(file), "--format=json"]) == 2
    told = capsys.readouterr()
    assert "command" in told.err or "sh …:1: '=' is not a domain" in told.err
    assert SECRET not in told.err + told.out
