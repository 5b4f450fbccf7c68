from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bsaudit.config.convert import Duration, HostPort, Rate
from bsaudit.config.layers import effective, unknown_variables
from bsaudit.config.template import template
from bsaudit.config.values import SETTINGS
from bsaudit.errors import ConfigError, UsageError
from bsaudit.model.mail import Route


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def written(text: str, name: str = "bsaudit.toml") -> str:
    Path(name).write_text(text)
    return name


def test_option_wins_over_environment_over_profile_over_file_over_default() -> None:
    file = written('wait = "1m"\n[profile.lab]\nwait = "2m"\n')

    def wait(options: dict[str, str], environ: dict[str, str], profile: str | None) -> tuple[float, str]:
        config = effective(options, environ, file=file, profile=profile)
        return config.values.wait, config.sources["wait"]

    assert wait({"wait": "4m"}, {"BSAUDIT_WAIT": "3m"}, "lab") == (240, "--wait")
    assert wait({}, {"BSAUDIT_WAIT": "3m"}, "lab") == (180, "BSAUDIT_WAIT")
    assert wait({}, {}, "lab") == (120, "bsaudit.toml")
    assert wait({}, {}, None) == (60, "bsaudit.toml")
    assert effective({}, {}, file=written("", "empty.toml")).sources["wait"] == "default"


def test_the_file_is_found_here_then_in_the_users_directory(tmp_path: Path) -> None:
    own = tmp_path / "config" / "bsaudit" / "bsaudit.toml"
    own.parent.mkdir(parents=True)
    own.write_text("max_probes = 3\n")
    assert effective({}, {}).values.max_probes == 3

    written("max_probes = 4\n")
    assert effective({}, {}).values.max_probes == 4
    assert effective({}, {"BSAUDIT_CONFIG": str(own)}).values.max_probes == 3


def test_a_file_that_anybody_could_have_written_here_is_refused_unless_named() -> None:
    written('relay_password_command = "echo owned"\n')
    Path("bsaudit.toml").chmod(0o666)

    with pytest.raises(ConfigError, match="writable by everybody"):
        effective({}, {})
    assert effective({}, {}, file="bsaudit.toml").values.relay_password_command


def test_every_form_of_a_list_is_understood() -> None:
    file = written('valid_recipient = "a@example.org"\nskip = ["spam", "virus"]\n')

    config = effective(
        {"probe": ("unknown-recipient",)}, {"BSAUDIT_CATCH_ADDRESS": "a@example.net, b@example.net"}, file=file
    )
    assert config.values.valid_recipient == ("a@example.org",)
    assert config.values.skip == ("spam", "virus")
    assert config.values.probe == ("unknown-recipient",)
    assert config.values.catch_address == ("a@example.net", "b@example.net")


@pytest.mark.parametrize(("text", "value"), [("1", True), ("yes", True), ("TRUE", True), ("off", False), ("", False)])
def test_a_flag_in_the_environment(text: str, value: bool) -> None:
    assert effective({}, {"BSAUDIT_INSECURE": text}).values.insecure is value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('cach = "x"', r"unknown key cach \(did you mean catch\?\)"),
        ('[profiles.lab]\nwait = "1m"', r"unknown key profiles \(did you mean profile\?\)"),
        ("relay = 5", r"relay: expected text$"),
        ('catch-address = ["a@b"]', r"did you mean catch_address\?"),
        ('[profile.lab]\nwiat = "1m"', r"unknown key profile\.lab\.wiat \(did you mean wait\?\)"),
        ("max_probes = 0", "max_probes: "),
        ('max_probes = "many"', "max_probes: expected a whole number"),
        ("wait = true", "wait: "),
        ('wait = "5 minutes"', "wait: not a duration"),
        ("insecure = 3", "insecure: expected true or false"),
        ('route = "air"', "route: one of relay, direct"),
        ("wait = ", "not TOML"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        effective({}, {}, file=written(text), profile="lab" if "profile" in text else None)
    assert caught.value.exit_code == 2


def test_a_password_in_the_file_is_refused_with_the_other_ways() -> None:
    with pytest.raises(ConfigError) as caught:
        effective({}, {}, file=written('relay_password = "hunter2"'))

    assert "relay_password_command" in caught.value.remedy
    assert "hunter2" not in caught.value.message + caught.value.remedy


def test_a_profile_that_is_not_there_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"staging.*did you mean staging1\?"):
        effective({}, {}, file=written("[profile.staging1]\n"), profile="staging")
    Path("bsaudit.toml").unlink()
    with pytest.raises(ConfigError, match="no configuration file"):
        effective({}, {}, profile="staging")


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"a = 1\na = 2\n"])
def test_a_file_that_cannot_be_read_is_a_configuration_error(content: bytes | None) -> None:
    if content is not None:
        Path("bad.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=r"bad\.toml"):
        effective({}, {}, file="bad.toml")


def test_mistakes_in_options_and_variables_name_the_option_and_the_variable() -> None:
    with pytest.raises(UsageError, match=r"^--wait: not a duration"):
        effective({"wait": "soon"}, {})
    with pytest.raises(UsageError, match=r"^BSAUDIT_MAX_PROBES: expected a whole number"):
        effective({}, {"BSAUDIT_MAX_PROBES": "x"})
    with pytest.raises(UsageError, match=r"^--port: "):
        effective({"port": "70000"}, {})


def test_a_misspelt_variable_is_noticed_and_a_secret_is_not_one() -> None:
    assert unknown_variables({"BSAUDIT_WIAT": "1", "BSAUDIT_RELAY_PASSWORD": "x", "PATH": "/"}) == ["BSAUDIT_WIAT"]


def test_the_template_names_every_key_and_each_example_is_valid() -> None:
    uncommented = [line.removeprefix("# ") for line in template().splitlines() if " = " in line]
    keys, _, _ = "\n".join(uncommented).partition('route = "direct"')

    assert set(tomllib.loads(keys)) == set(SETTINGS)
    assert effective({}, {}, file=written(keys)).values.route is Route.RELAY


def test_the_published_example_is_the_template() -> None:
    example = Path(__file__).parents[3] / "examples/bsaudit.toml"
    assert example.read_text() == template(), "run: bsaudit init --force examples/bsaudit.toml"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("15m", 900), ("1h30m", 5400), ("2d", 172800), ("0.5s", 0.5), ("1H", 3600)],
)
def test_durations(text: str, seconds: float) -> None:
    assert Duration.parse(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "-5m", "5x", "5m!", "1e3", "inf", "nan", "5 m"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        Duration.parse(text)


def test_what_no_calendar_holds_is_no_duration() -> None:
    """As who writes 1000000d means never: `status` ended with a traceback."""
    assert Duration.parse("36525d") == 36525 * 86400
    with pytest.raises(ValueError, match="a hundred years: write 36525d at most"):
        Duration.parse("36526d")


@given(st.integers(0, 10**7))
def test_a_duration_is_shown_as_it_is_written(seconds: int) -> None:
    assert Duration.parse(str(Duration(seconds))) == seconds


@pytest.mark.parametrize(("text", "rate"), [("1", 1), ("2/s", 2), ("30/m", 0.5), ("36/h", 0.01)])
def test_rates(text: str, rate: float) -> None:
    assert Rate.parse(text) == pytest.approx(rate)


@pytest.mark.parametrize("text", ["0", "0/s", "-1", "1/x", "fast"])
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(ValueError, match="not a rate"):
        Rate.parse(text)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("mx.example.org", "mx.example.org", None),
        ("192.0.2.1:2525", "192.0.2.1", 2525),
        ("[2001:db8::1]:25", "2001:db8::1", 25),
        ("2001:db8::1", "2001:db8::1", None),
    ],
)
def test_hosts_and_ports(text: str, host: str, port: int | None) -> None:
    assert HostPort.parse(text) == HostPort(host, port)


@pytest.mark.parametrize("text", ["", ":25", "a:0", "a:65536", "a:b", "[::1", "[::1]x", "a b", "a:²"])
def test_what_is_no_host(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        HostPort.parse(text)


def test_the_environment_is_not_read_behind_our_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BSAUDIT_WAIT", "1s")
    assert "BSAUDIT_WAIT" in os.environ
    assert effective({}, {}).sources["wait"] == "default"
