"""Every command in the documentation and the examples is understood; the README's report is real."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bsaudit.cli.output import sinks
from bsaudit.cli.root import HELP_OPTIONS, root
from bsaudit.config.layers import effective, unknown_variables

ROOT = Path(__file__).parents[2]
PAGES = [path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")) if path.name != "cli.md"]
EXAMPLES = [path for path in ROOT.glob("examples/*") if path.suffix != ".toml"]
DEMO = "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/bsaudit demo"
TESTS = "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/python -m pytest"
# What a page leaves to the reader
PLACEHOLDERS = {"RUN": "7f3a", "TARGET": "example.org", "TARGET...": "example.org", "ADDR:PORT": "127.0.0.1:25"}


def in_page(text: str) -> Iterator[str]:
    """Yield the commands in a page's code: whole lines of a block, or what stands between back-ticks."""
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        yield from re.findall(r"(?:^|&& )(?:\S*/)?(bsaudit .*)$", block.replace("\\\n", ""), re.MULTILINE)
    yield from re.findall(r"`(bsaudit [^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def in_example(text: str) -> Iterator[str]:
    joined = re.sub(r">-\n((?: {6}.*\n)+)", lambda found: " ".join(found[1].split()) + "\n", text)
    joined = re.sub(r"(?m)^#.*$", "", joined)
    yield from re.findall(r"(?:run: |- |ExecStart=)(bsaudit .*)$", joined, re.MULTILINE)


COMMANDS = [
    *((path.name, command) for path in PAGES for command in in_page(path.read_text())),
    *((path.name, command) for path in EXAMPLES for command in in_example(path.read_text())),
]


def parsed(words: list[str]) -> click.Context:
    """Return the innermost context of a command line. Raises click.UsageError for what is wrong in it."""
    command: click.Command = root
    # click keeps the help option of the first context that a command meets: -h has to be among its names.
    context = click.Context(root, info_name="bsaudit", help_option_names=HELP_OPTIONS)
    while isinstance(command, click.Group):
        name, *words = words
        found = command.get_command(context, name)
        assert found is not None, name
        command, context = found, click.Context(found, info_name=name, parent=context)
    command.parse_args(context, words)
    return context


@pytest.mark.parametrize(("where", "command"), COMMANDS)
def test_every_command_is_understood(where: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    Path("bounce.eml").touch()
    if not command.removeprefix("bsaudit").strip(" …"):
        return
    words = [PLACEHOLDERS.get(word, word) for word in shlex.split(command, comments=True) if word != "…"][1:]
    context = parsed(words)
    if context.info_name == "probe":
        options = {name: value for name, value in context.params.items() if name not in ("config", "profile")}
        known = {name: value for name, value in options.items() if name in effective({}, {}).sources}
        monkeypatch.setattr("os.access", lambda *_: True)  # the directories of an example are not this machine's
        sinks(effective(known, {}).values.format)


def test_the_examples_were_found() -> None:
    assert {path.name for path in EXAMPLES} <= {where for where, _ in COMMANDS} | {"bsaudit.timer"}
    assert len(COMMANDS) > 15


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_set_no_variable_that_means_nothing(path: Path) -> None:
    named = dict.fromkeys(re.findall(r"\b(BSAUDIT_\w+)[:=]", path.read_text()), "")
    assert unknown_variables(named) == []


def test_the_readme_has_the_two_commands_and_ci_runs_the_second() -> None:
    readme = (ROOT / "README.md").read_text()
    assert f"```sh\n{DEMO}\n```" in readme
    assert f"```sh\n{TESTS}\n```" in readme
    assert TESTS in (ROOT / ".ci/run").read_text()


def test_the_example_configuration_reads_when_uncommented() -> None:
    text = (ROOT / "examples/bsaudit.toml").read_text()
    assert tomllib.loads(re.sub(r"(?m)^# (?=\w+ = )", "", text.partition("# A profile")[0]))


WIDE = os.environ | {"COLUMNS": "140"}  # no row is folded


def normal(text: str) -> str:
    """Return a report without what differs from run to run: names made up, times, durations, counts; line ends."""
    text = re.sub(r"\b[a-z0-9]{10}@", "nobody@", text)
    text = re.sub(r"\d\d:\d\d:\d\d", "TIME", text)
    return " ".join(re.sub(r"\d+(\.\d+)? s\b(, \d+(\.\d+)? s\b)*", "SECONDS", text).split())


def test_the_report_in_the_readme_is_one_that_the_demo_prints(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("bsaudit")), "demo", "--quiet"]
    done = subprocess.run(command, cwd=tmp_path, env=WIDE, capture_output=True, text=True, check=False)
    assert done.returncode == 0

    shown = normal(done.stdout)
    (sample,) = re.findall(r"```\n(bad\.test .*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    for passage in re.split(r"…|\n {2}(?=\S)|\n {9}(?=–)", sample):
        assert normal(passage) in shown
