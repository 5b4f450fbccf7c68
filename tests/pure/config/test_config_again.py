"""What the journal keeps of the settings, for `--again`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bsaudit.config.again import REPEATED, recipe_of
from bsaudit.config.layers import effective
from bsaudit.config.values import SETTINGS


def test_nothing_that_is_run_or_opens_a_door_is_kept() -> None:
    dangerous = {
        name for name, row in SETTINGS.items() if row.metavar in {"CMD", "COMMAND"} or "COMMAND" in row.metavar
    }
    dangerous |= {name for name in SETTINGS if "password" in name or "token" in name or "keyring" in name}

    assert not dangerous & REPEATED
    assert {"route", "mx", "port", "resolver", "catch", "catch_address", "valid_recipient", "probe"} <= REPEATED


def test_only_what_was_set_is_kept_and_means_the_same_in_another_directory(tmp_path: Path) -> None:
    file = tmp_path / "b.toml"
    file.write_text('[profile.lab]\nca_file = "ca.pem"\ncatch = "maildir:caught"\nwait = "90s"\nrelay_keyring = "k"\n')
    options = {"journal": "sqlite:///j.db", "mx": "192.0.2.1:2525", "valid_recipient": ("a@x.example", "b@x.example")}
    recipe = recipe_of(effective(options, {"BSAUDIT_PORT": "2526"}, file=str(file), profile="lab"))

    here = Path.cwd()
    assert recipe.settings == {
        "ca_file": f"{here}/ca.pem",
        "catch": f"maildir:{here}/caught",
        "mx": "192.0.2.1:2525",
        "port": "2526",
        "valid_recipient": ("a@x.example", "b@x.example"),
        "wait": "90s",
    }
    assert recipe.found_by == f"--config {file} --profile lab --journal sqlite:///{here}/j.db"


@pytest.mark.parametrize("raw", ["auto", "90s", "15m", "1h"])
def test_what_was_kept_reads_back_the_same(raw: str) -> None:
    first = effective({"wait": raw, "insecure": True, "rate": "30/m"}, {})
    second = effective({}, {"BSAUDIT_WAIT": "5s", "BSAUDIT_MX": "192.0.2.9"}, again=all_of(recipe_of(first).settings))

    assert second.values == first.values
    assert str(second.values.wait) == str(first.values.wait)


def all_of(kept: dict[str, object]) -> dict[str, object]:
    return {name: kept.get(name) for name in REPEATED}
