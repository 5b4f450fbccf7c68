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

import pytest

from bsaudit.cli.output import sinks
from bsaudit.cli.root import COMMANDS as NAMES
from bsaudit.config.layers import effective, unknown_variables
from bsaudit.config.settings import audit_settings
from tests.support.command_line import parsed

ROOT = Path(__file__).parents[2]
PAGES = [path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")) if path.name != "cli.md"]
# What stands there in the syntax of something else is looked at by tests/docs/test_examples.py
EXAMPLES = [path for path in ROOT.glob("examples/**/*") if path.is_file() and path.suffix not in (".toml", ".md")]
SETTINGS = sorted(path for path in ROOT.glob("examples/*/*.toml"))
DEMO = "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/bsaudit demo"
TESTS = "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/python -m pytest"
# What a page leaves to the reader
PASSWORDS = {"BSAUDIT_RELAY_PASSWORD": "x", "BSAUDIT_CATCH_PASSWORD": "x"}
PLACEHOLDERS = {"RUN": "7f3a", "TARGET": "example.org", "TARGET...": "example.org", "ADDR:PORT": "127.0.0.1:25"}


def in_page(text: str) -> Iterator[str]:
    """Yield the commands in a page's code: whole lines of a block, or what stands between back-ticks."""
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        yield from re.findall(r"(?:^|&& )(?:\S*/)?(bsaudit .*)$", block.replace("\\\n", ""), re.MULTILINE)
    yield from re.findall(r"`(bsaudit [^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def in_example(text: str) -> Iterator[str]:
    """Yield what stands as a command in a script, a unit or a table; what a sentence quotes is none."""
    names = "|".join(name for group in NAMES.values() for name in group)
    joined = re.sub(r"(?m)^\s*#.*$", "", text).replace("\\\n", " ")
    yield from re.findall(rf"(?<![\"`\w])(bsaudit (?:{names})\b[^\n|]*)", joined)


COMMANDS = [
    *((path.name, command) for path in PAGES for command in in_page(path.read_text())),
    *((path.name, command) for path in EXAMPLES for command in in_example(path.read_text())),
]


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
    with_commands = {
        "crontab",
        "action.yml",
        "bsaudit.service",
        "bsaudit.cfg",
        "sudoers",
        "gitlab-ci.yml",
        "github.yml",
    }
    assert with_commands <= {where for where, _ in COMMANDS}
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


CONFIGURED = [
    *(pytest.param(path.read_text(), id=path.name) for path in SETTINGS),
    *(
        pytest.param(block, id=f"{path.name} {number}")
        for path in PAGES
        if path.name != "listed.md"  # whose tables stand in files of their own
        for number, block in enumerate(re.findall(r"```toml\n(.*?)```", path.read_text(), re.DOTALL))
        if not block.startswith("[project")  # is the package's
    ),
]


@pytest.mark.parametrize("text", CONFIGURED)
def test_every_configuration_can_be_read(text: str, tmp_path: Path) -> None:
    (tmp_path / "bsaudit.toml").write_text(text)
    config = effective({}, {}, file=str(tmp_path / "bsaudit.toml"))
    assert config.targets or config.hosts or config.accepts or len(set(config.sources.values())) > 1
    assert all(audit_settings(config, [target.name], PASSWORDS) for target in config.targets if config.values.catch)


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
