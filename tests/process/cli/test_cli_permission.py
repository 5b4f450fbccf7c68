"""`bsaudit permission`: what its owner publishes is what an audit looks for."""

from __future__ import annotations

import email
from email.policy import default
from pathlib import Path

import pytest

from bsaudit.cli import guard
from bsaudit.probe.permission import allows, denies


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def test_it_prints_the_record_and_a_mail_that_asks_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    args = ("permission", "Acme.example", "--catch-address=me@inbox.example", "--contact=me@work.example")
    assert guard.run(list(args)) == 0
    record, _, mail = capsys.readouterr().out.partition("\n\n")

    name, text = record.split("  IN TXT  ")
    assert name == "_bsaudit.acme.example."
    assert allows([text.strip('"')], "inbox.example")
    parsed = email.message_from_string(mail, policy=default)
    assert parsed["To"] == "postmaster@acme.example"
    body = parsed.get_content()
    assert record in body
    assert "me@work.example" in body
    assert [line for line in body.splitlines() if '"' in line and denies([line.split('"')[1]])]


@pytest.mark.parametrize(
    "args",
    [["acme.example"], ["acme.example\nx", "--catch-address=a@b.example"], ["[192.0.2.1]", "--catch-address=a@b"]],
)
def test_without_a_name_for_the_record_it_is_a_usage_error(args: list[str]) -> None:
    assert guard.run(["permission", *args]) == 2
