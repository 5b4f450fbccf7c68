from __future__ import annotations

import sys
import types
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bsaudit.cli.hook import Hook
from bsaudit.config.layers import effective
from bsaudit.config.settings import audit_settings
from bsaudit.errors import ConfigError, UsageError
from bsaudit.model.history import StateChange
from bsaudit.model.mail import Route
from bsaudit.model.settings import AuditSettings, HostAgreement
from bsaudit.model.state import Condition

GOOD = {"relay": "smtp://h?tls=none", "catch": "maildir:/tmp/m", "catch_address": ("probe@example.net",)}
AUTH = {**GOOD, "relay": "smtp://me@h"}


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def settings(options: dict[str, object], environ: dict[str, str] | None = None) -> AuditSettings:
    environ = environ or {}
    return audit_settings(effective(options, environ), ["example.org"], environ)


def test_defaults_are_the_designs() -> None:
    found = settings(GOOD)
    assert (found.wait_s, found.grace_s, found.rate, found.max_probes) == (900, 300, 1, 12)
    assert found.targets == ("example.org",)


def test_without_relay_or_catch_the_next_commands_are_named() -> None:
    with pytest.raises(UsageError, match=r"--relay, --catch, --catch-address missing") as caught:
        settings({})
    for command in ("demo", "init", "doctor"):
        assert f"bsaudit {command}" in caught.value.remedy


@pytest.mark.parametrize("blank", ["", "  "])
def test_what_is_blank_allows_nothing_and_is_no_command(blank: str) -> None:
    """As of a variable that a pipeline did not set: blanks were taken for somebody's permission."""
    texts = ("authorized_by", "relay_permission", "catch_vouched_by", "relay_token_command", "relay_password_command")
    found = settings({**AUTH}, {f"BSAUDIT_{name.upper()}": blank for name in texts} | {"BSAUDIT_RELAY_PASSWORD": "x"})
    assert not any((found.authorized_by, found.relay_permission, found.catch_vouched_by))
    assert found.relay is not None
    assert found.relay.token_command is None
    config = effective({"on_change": blank}, {})
    change = StateChange(target="a", before=Condition.CLEAN, after=Condition.UNDECIDED, at=datetime.now(UTC))
    assert Hook(config.values.on_change)(change)


def test_the_direct_route_needs_no_relay() -> None:
    found = settings({**GOOD, "relay": None, "route": "direct", "mx": "[::1]:2525"})
    assert (found.route, found.relay, found.mx) == (Route.DIRECT, None, ("::1", 2525))


def test_the_port_of_mx_falls_back_to_port() -> None:
    found = settings({**GOOD, "route": "direct", "mx": "mx.example.org", "port": "2525"})
    assert found.mx == ("mx.example.org", 2525)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"mx": "h"}, "direct route"),
        ({"port": "26"}, "direct route"),
        ({"grace": "10m", "wait": "5m"}, "--grace 10m is longer than --wait 5m"),
        ({"grace": "0"}, "silence that nobody listens to"),
        ({"wait": "0"}, "silence that nobody listens to"),
        ({"probe": ("spam",), "skip": ("spam",)}, "both name spam"),
        ({"catch_address": ("nobody",)}, "not a mail address"),
        ({"journal": "postgresql://me:hunter2@h/db"}, "holds a password"),
    ],
)
def test_contradictions_are_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        settings({**GOOD, **options})
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize("route", ["relay", "both"])
def test_a_host_that_the_environment_or_the_file_names_is_no_relays_way(route: str) -> None:
    with pytest.raises(UsageError, match=r"mx2\.example\.org belongs to the direct route"):
        settings({**GOOD, "route": route}, {"BSAUDIT_MX": "mx2.example.org"})


def test_a_home_is_a_home_wherever_a_path_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """No shell has been there: not in the file, and not behind the = of an option."""
    monkeypatch.setenv("HOME", "/home/me")
    found = settings(
        GOOD | {"save": "~/kept", "ca_file": "~/ca.pem", "catch": "sink://127.0.0.1:2525?cert=~/c&key=~/k"}
    )
    assert (found.save_dir, found.ca_file) == ("/home/me/kept", "/home/me/ca.pem")
    assert found.catch is not None
    assert (found.catch.certificate, found.catch.key) == ("/home/me/c", "/home/me/k")


def test_the_text_of_a_rule_is_read_as_it_is() -> None:
    Path("rule.eml").write_bytes(b"X-Rule: \xff\r\n")
    assert settings({**GOOD, "rule": ("rule.eml",)}).rules[0].encode("utf-8", "surrogateescape") == b"X-Rule: \xff\r\n"

    Path("rule.eml").write_text("X-Rule: 1\r\n", "utf-8-sig")  # as editors of Windows do
    assert settings({**GOOD, "rule": ("rule.eml",)}).rules == ("X-Rule: 1\r\n",)

    Path("rule.eml").write_bytes(bytes(2 << 20))
    with pytest.raises(UsageError, match="larger than"):
        settings({**GOOD, "rule": ("rule.eml",)})
    with pytest.raises(UsageError, match="No such file"):
        settings({**GOOD, "rule": ("missing.eml",)})


def test_a_file_may_hold_the_settings_of_both_routes() -> None:
    assert settings(GOOD, {"BSAUDIT_PORT": "2525"}).route is Route.RELAY


def test_a_short_wait_shortens_the_default_grace() -> None:
    assert settings({**GOOD, "wait": "1m"}).grace_s == 30


def test_a_journal_password_may_come_from_the_environment() -> None:
    assert settings(GOOD, {"BSAUDIT_JOURNAL": "postgresql://me:hunter2@h/db"}).journal_url


def test_the_password_comes_from_the_environment_first() -> None:
    Path("pw").write_text("from-file\n")
    environ = {"BSAUDIT_RELAY_PASSWORD": "from-environment", "BSAUDIT_RELAY_PASSWORD_FILE": "pw"}

    assert revealed(settings(AUTH, environ)) == "from-environment"


def revealed(found: AuditSettings) -> str:
    assert found.relay is not None
    assert found.relay.password is not None
    return found.relay.password.reveal()


def test_a_token_command_replaces_the_password() -> None:
    found = settings({**AUTH, "relay_token_command": "token"})
    assert found.relay is not None
    assert (found.relay.password, found.relay.token_command) == (None, "token")


def test_the_catch_mailbox_needs_its_own_password() -> None:
    options = {**GOOD, "catch": "imaps://me@h"}
    with pytest.raises(ConfigError, match="no password for me at the catch"):
        settings(options, {"BSAUDIT_RELAY_PASSWORD": "x"})
    found = settings(options, {"BSAUDIT_CATCH_PASSWORD": "y"})
    assert found.catch is not None
    assert found.catch.password is not None
    assert found.catch.password.reveal() == "y"


def test_the_valid_recipients_mailbox_is_not_asked_for_where_nothing_is_sent() -> None:
    config = effective({**GOOD, "valid_mailbox": "imaps://postmaster@h", "relay_log": "mail.log"}, {})
    found = audit_settings(config, (), {}, needs=("catch",))
    assert (found.valid_mailbox, found.relay_log) == (None, None)


def test_the_relay_log_is_handed_on() -> None:
    assert settings({**GOOD, "relay_log": "ssh h journalctl"}).relay_log == "ssh h journalctl"


@pytest.mark.parametrize(("wait", "seconds", "auto"), [("auto", 900, True), ("AUTO", 900, True), ("20m", 1200, False)])
def test_the_wait_may_depend_on_what_was_seen(wait: str, seconds: float, auto: bool) -> None:
    found = settings({**GOOD, "wait": wait})
    assert (found.wait_s, found.wait_auto, found.grace_s) == (seconds, auto, 300)


class KeyringError(Exception):
    pass


def keyring(monkeypatch: pytest.MonkeyPatch, stored: dict[tuple[str, str], str] | None) -> None:
    def get_password(service: str, user: str) -> str | None:
        if stored is None:
            raise KeyringError
        return stored.get((service, user))

    fake = types.SimpleNamespace(get_password=get_password, errors=types.SimpleNamespace(KeyringError=KeyringError))
    monkeypatch.setitem(sys.modules, "keyring", fake)


def test_the_keyring_is_asked_for_the_user_of_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring(monkeypatch, {("bsaudit", "me"): "kept"})
    assert revealed(settings(AUTH, {"BSAUDIT_RELAY_KEYRING": "bsaudit"})) == "kept"

    keyring(monkeypatch, {})
    with pytest.raises(ConfigError, match="no password for me in bsaudit"):
        settings(AUTH, {"BSAUDIT_RELAY_KEYRING": "bsaudit"})

    keyring(monkeypatch, None)
    with pytest.raises(ConfigError, match="keyring failed"):
        settings(AUTH, {"BSAUDIT_RELAY_KEYRING": "bsaudit"})


def test_a_missing_keyring_package_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ConfigError, match="not installed") as caught:
        settings(AUTH, {"BSAUDIT_RELAY_KEYRING": "bsaudit"})
    assert "bsaudit[keyring]" in caught.value.remedy


def test_no_secret_shows_itself() -> None:
    found = settings(AUTH, {"BSAUDIT_RELAY_PASSWORD": "hunter2"})
    assert "hunter2" not in repr(found)
    assert "hunter2" not in str(found)


def test_agreements_of_hosts_come_from_the_file(tmp_path: Path) -> None:
    text = '[[host]]\nmatch = "192.0.2.0/24"\nauthorized_by = "A"\nrate = "30/m"\nbudget = 7\n'
    text += '[[host]]\nmatch = "mx.example"\nauthorized_by = "B"\n'
    (tmp_path / "b.toml").write_text(text)
    first, second = effective({}, {}, file=str(tmp_path / "b.toml")).hosts
    assert first == HostAgreement(match="192.0.2.0/24", authorized_by="A", rate=0.5, budget=7)
    assert (second.match, second.rate) == ("mx.example", None)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('host = "x"', r"\[\[host\]\]"),
        ('[[host]]\nmatch = "x"', "b.toml:1: host 1: authorized_by: is missing"),
        ('[[host]]\nauthorized_by = "x"', "b.toml:1: host 1: match: is missing"),
        (
            '[[host]]\nmatch = "x"\nauthorized_by = "y"\nbudgte = 3',
            r"b.toml:4: host 1: budgte: .*mean budget",
        ),
        (
            '[[host]]\nmatch = "x"\nauthorized_by = "y"\nbudget = 0',
            "b.toml:4: host 1: budget: expected a whole",
        ),
        ('[[host]]\nmatch = "x"\nauthorized_by = "y"\nrate = "fast"', "rate: not a rate"),
    ],
)
def test_an_agreement_that_cannot_be_read_is_told(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "b.toml").write_text(text)
    with pytest.raises(ConfigError, match=why):
        effective({}, {}, file=str(tmp_path / "b.toml"))
