"""What every command's help has: options that are found, examples that work, exit codes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from bsaudit.cli.command import Command
from bsaudit.cli.exit_codes import MEANING
from bsaudit.cli.root import HELP_OPTIONS, root
from bsaudit.config.template import sections, template
from docs.generate.cli import walked
from tests.support.command_line import parsed

ALL = {
    one.command_path: one
    for one in walked(click.Context(root, info_name="bsaudit", help_option_names=HELP_OPTIONS, terminal_width=100))
    if not isinstance(one.command, click.Group)
}
EXAMPLES = [line for one in ALL.values() if isinstance(one.command, Command) for line in one.command.examples]


def parts(text: str) -> dict[str, str]:
    """Return what stands below each heading of a help."""
    found = re.split(r"^(\S[^\n]*):\n", text, flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


@pytest.mark.parametrize("name", ALL)
def test_every_command_ends_with_examples_of_its_own_and_its_exit_codes(name: str) -> None:
    *_, examples, exits = found = parts(ALL[name].get_help())
    assert (examples, exits) == ("Examples", "Exit codes")
    lines = [line.strip() for line in found["Examples"].strip().splitlines()]
    assert lines
    assert all(re.search(rf"(^|\| ){name}\b", line) for line in lines)
    codes = [int(code) for code in re.findall(r"^  (\d+)  ", found["Exit codes"], re.MULTILINE)]
    assert codes == sorted(codes)
    assert 0 in codes
    assert set(codes) <= set(MEANING)


@pytest.mark.parametrize("line", EXAMPLES)
def test_every_example_is_understood(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bounce.eml").touch()
    _, *words = shlex.split(line.rpartition("| ")[2].partition(" <")[0])
    parsed(words)


@pytest.mark.parametrize("name", ["bsaudit probe", "bsaudit check", "bsaudit report"])
def test_many_options_stand_in_the_sections_of_the_configuration_file(name: str) -> None:
    found = parts(ALL[name].get_help())
    of_file = {one.partition(". ")[0].partition(" (")[0] for one in re.findall(r"^## (.+)$", template(), re.MULTILINE)}
    assert set(sections().values()) == of_file
    assert {*found} - {"Options", "Configuration and help", "Examples", "Exit codes"} <= of_file
    assert "--format" in found["Reports"]
    assert "--help" in found["Configuration and help"]
    options = [param.opts[-1] for param in ALL[name].command.params if isinstance(param, click.Option)]
    shown = re.findall(r"^  (?:-\w, )?(--[\w-]+)", "".join(found.values()), re.MULTILINE)
    assert sorted([*options, "--help"]) == sorted(shown), "each once"


def test_few_options_stand_together() -> None:
    assert list(parts(ALL["bsaudit defend"].get_help())) == ["Options", "Examples", "Exit codes"]
