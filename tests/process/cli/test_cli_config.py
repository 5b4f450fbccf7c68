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
