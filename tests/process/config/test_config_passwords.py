"""Passwords that a command gives: the settings run it, so this is no pure test."""

from __future__ import annotations

from pathlib import Path

import pytest

from bsaudit.config.layers import effective
from bsaudit.config.settings import audit_settings
from bsaudit.errors import ConfigError
from bsaudit.model.settings import AuditSettings, CatchKind

GOOD = {"relay": "smtp://h?tls=none", "catch": "maildir:/tmp/m", "catch_address": ("probe@example.net",)}
AUTH = {**GOOD, "relay": "smtp://me@h"}


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def settings(options: dict[str, object], environ: dict[str, str] | None = None) -> AuditSettings:
    environ = environ or {}
    return audit_settings(effective(options, environ), ["example.org"], environ)


def revealed(found: AuditSettings) -> str:
    assert found.relay is not None
    assert found.relay.password is not None
    return found.relay.password.reveal()


def test_the_password_file_and_command_give_their_first_line() -> None:
    Path("pw").write_text("s3cret \r\nnotes\n")
    Path("from_windows").write_text("s3cret \r\nnotes\n", "utf-8-sig")

    assert revealed(settings(AUTH, {"BSAUDIT_RELAY_PASSWORD_FILE": "pw"})) == "s3cret "
    assert revealed(settings(AUTH, {"BSAUDIT_RELAY_PASSWORD_FILE": "from_windows"})) == "s3cret "
    assert revealed(settings(AUTH, {"BSAUDIT_RELAY_PASSWORD_COMMAND": "cat pw"})) == "s3cret "


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"BSAUDIT_RELAY_PASSWORD_FILE": "missing"}, "missing cannot be read: No such file"),
        ({"BSAUDIT_RELAY_PASSWORD_COMMAND": "sh -c 'echo hunter2; exit 3'"}, "it exited with 3"),
        ({"BSAUDIT_RELAY_PASSWORD_COMMAND": "no-such-command-here"}, "No such file"),
        ({"BSAUDIT_RELAY_PASSWORD_COMMAND": "'"}, "failed"),
        ({"BSAUDIT_RELAY_PASSWORD_COMMAND": "true"}, "gave no password"),
        ({}, "no password for me at the relay"),
    ],
)
def test_a_password_that_cannot_be_had_is_explained_without_it(environ: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        settings(AUTH, environ)
    assert "hunter2" not in caught.value.message


def test_the_valid_recipients_mailbox_has_a_password_of_its_own() -> None:
    options = {**GOOD, "valid_mailbox": "imaps://postmaster@h/INBOX"}
    with pytest.raises(ConfigError, match="at the valid recipient's mailbox") as caught:
        settings(options, {"BSAUDIT_CATCH_PASSWORD": "x"})
    assert "BSAUDIT_VALID_PASSWORD" in caught.value.remedy

    found = settings(options, {"BSAUDIT_VALID_PASSWORD": "y"}).valid_mailbox
    assert found is not None
    assert found.password is not None
    assert (found.kind, found.folders, found.password.reveal()) == (CatchKind.IMAP, ("INBOX",), "y")

    Path("pw").write_text("from-file\n")
    for name, value in (("PASSWORD_FILE", "pw"), ("PASSWORD_COMMAND", "cat pw")):
        found = settings(options, {f"BSAUDIT_VALID_{name}": value}).valid_mailbox
        assert found is not None
        assert found.password is not None
        assert found.password.reveal() == "from-file"
