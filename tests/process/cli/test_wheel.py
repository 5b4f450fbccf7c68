"""Every exit code in every format, by the command that a wheel installs.

CI names that command (`BSAUDIT_OF_WHEEL`); elsewhere the wheel is built and installed first.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import re
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from junitparser import JUnitXml
from lxml import html
from prometheus_client.parser import text_string_to_metric_families

from bsaudit.lab.laboratory import AGREEMENT, CATCH_ADDRESS, Lab, laboratory
from bsaudit.lab.relay import Relay
from bsaudit.lab.targets import Behaviours
from bsaudit.report.formats import FORMATS, Document, fitting
from tests.support.commands import BARE

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[3]
NAMES = fitting(Document.REPORT)
VERDICTS = {0: "good", 1: "bad", 3: "silent"}
CODES = (0, 1, 2, 3, 4, 70, 130, 141)
CONFIG = """\
relay = "smtp://{user}@{relay}?tls=none"
catch = "sink://{catch}:{port}?public={catch}:{port}"
catch_address = "{address}"
resolver = "{resolver}"
probe = ["unknown-recipient:random"]
wait = "60s"
grace = "0.5s"
[[host]]
match = "{network}"
authorized_by = "the laboratory, for itself"
rate = "999/s"
refused = 99
connections = 9
"""
# Lets whatever an audit needs fail as only a mistake of ours does
BROKEN = """\
import sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "bsaudit.wiring.runs":
            raise RuntimeError("broken on purpose")

sys.meta_path.insert(0, Finder())
"""
READERS: dict[str, Callable[[str], object]] = {
    "text": str,
    "json": json.loads,
    "jsonl": lambda text: [json.loads(line) for line in text.splitlines()],
    "junit": lambda text: JUnitXml.fromstring(text.encode()),
    "nagios": lambda text: re.match(r"BACKSCATTER (OK|WARNING|CRITICAL|UNKNOWN) - ", text),
    "markdown": lambda text: text.startswith(("## ", "**Error:** ")),
    "html": lambda text: html.fromstring(text).tag == "html",
    "github": lambda text: re.match(r"::(error|warning|notice) ", text),
    "sarif": json.loads,
    "csv": lambda text: list(csv.DictReader(text.splitlines(), strict=True)),
    "openmetrics": lambda text: list(text_string_to_metric_families(text)),
}


class Ended(NamedTuple):
    code: int | None
    out: str
    err: str


Ends = dict[tuple[int, str], Ended]


def built(folder: Path) -> str:
    """Build the wheel and install it into an environment of its own; return its command."""
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", folder, ROOT], check=True)
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([folder / "venv/bin/pip", "-q", "install", wheel], check=True)
    return str(folder / "venv/bin/bsaudit")


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> str:
    return os.environ.get("BSAUDIT_OF_WHEEL") or built(tmp_path_factory.mktemp("wheel"))


async def ended(command: str, folder: Path, *words: str, env: Mapping[str, str] = {}, press: bool = False) -> Ended:
    """Run a command to its end; `press` Ctrl-C when it has begun."""
    environ = BARE | {"XDG_STATE_HOME": str(folder), "BSAUDIT_RELAY_PASSWORD": Relay.password} | dict(env)
    process = await asyncio.create_subprocess_exec(command, *words, cwd=folder, env=environ, stdout=PIPE, stderr=PIPE)
    assert process.stderr is not None
    told = b""
    if press:
        told = await process.stderr.readline()
        process.send_signal(signal.SIGINT)
    out, err = await process.communicate()
    return Ended(process.returncode, out.decode(), (told + err).decode())


async def unread(command: str, folder: Path, *words: str) -> Ended:
    """Run a command whose reader has gone away."""
    reader, writer = os.pipe()
    os.close(reader)
    environ = BARE | {"XDG_STATE_HOME": str(folder)}
    process = await asyncio.create_subprocess_exec(command, *words, cwd=folder, env=environ, stdout=writer, stderr=PIPE)
    os.close(writer)
    _, err = await process.communicate()
    return Ended(process.returncode, "", err.decode())


def configure(folder: Path, lab: Lab) -> None:
    places = {"relay": "{}:{}".format(*lab.relay), "resolver": "{}:{}".format(*lab.resolver), "catch": lab.catch}
    values = places | {"user": Relay.user, "address": CATCH_ADDRESS, "network": AGREEMENT.match}
    (folder / "bsaudit.toml").write_text(CONFIG.format(port=lab.mx_port, **values))
    (folder / "broken").mkdir()
    (folder / "broken/sitecustomize.py").write_text(BROKEN)


async def every(command: str, folder: Path) -> Ends:
    """Bring about every exit code in every format."""
    found: Ends = {}
    runs = {}
    for code, label in VERDICTS.items():
        done = await ended(command, folder, "probe", f"{label}.test", "--format=json")
        runs[code] = json.loads(done.out)["run"]["id"]
    probe = ("probe", "silent.test")

    async def without_an_audit() -> None:
        broken = {"PYTHONPATH": str(folder / "broken")}
        for name in NAMES:
            form = f"--format={name}"
            for code, run in runs.items():
                found[code, name] = await ended(command, folder, "report", run, form)
            found[2, name] = await ended(command, folder, *probe, "--no-such-option", form)
            found[70, name] = await ended(command, folder, *probe, form, env=broken)
            found[141, name] = await unread(command, folder, "report", runs[1], form)

    async def by_audits() -> None:  # one at a time: they share the catch MX
        for name in NAMES:
            form = f"--format={name}"
            found[4, name] = await ended(command, folder, *probe, "--relay=smtp://127.0.0.1:1?tls=none", form)
            found[130, name] = await ended(command, folder, *probe, form, press=True)

    await asyncio.gather(without_an_audit(), by_audits())
    return found


@pytest.fixture(scope="module")
def ends(command: str, tmp_path_factory: pytest.TempPathFactory) -> Ends:
    folder = tmp_path_factory.mktemp("ends")

    async def main() -> Ends:
        async with laboratory(sites={label: Behaviours.TABLE[label] for label in VERDICTS.values()}) as lab:
            configure(folder, lab)
            return await every(command, folder)

    return asyncio.run(main())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("code", CODES)
def test_an_exit_code_is_the_same_in_every_format_and_what_was_printed_can_be_read(
    ends: Ends, code: int, name: str
) -> None:
    done = ends[code, name]
    assert done.code == code, done
    assert ("Traceback" in done.err) == (code == 70)
    if code == 141:
        assert done.err == ""
    elif code in VERDICTS or code == 4 or FORMATS[name].tells_errors:
        assert READERS[name](done.out), done.out
    if code in VERDICTS and (code, name) != (0, "sarif"):
        assert f"{VERDICTS[code]}.test" in done.out
    if code in (2, 4, 70):
        assert re.search(r"^ *bsaudit: ", done.err, re.MULTILINE), done.err


def test_a_new_user_sees_green_and_red_by_what_the_page_says_word_for_word(command: str, tmp_path: Path) -> None:
    _, _, section = (ROOT / "docs/ci.md").read_text().partition("## Try it first")
    lab, good, bad = re.findall(r"^bsaudit .+$", section, re.MULTILINE)
    env = BARE | {"PATH": f"{Path(command).parent}:{os.environ['PATH']}", "XDG_STATE_HOME": str(tmp_path)}
    with subprocess.Popen(["sh", "-c", f"exec {lab}"], cwd=tmp_path, env=env, stdout=PIPE, text=True) as servers:
        assert servers.stdout is not None
        assert any("bsaudit probe" in line for line in servers.stdout)
        for words, code in ((good, 0), (bad, 1)):
            done = subprocess.run(["sh", "-c", words], cwd=tmp_path, env=env, capture_output=True, check=False)
            assert done.returncode == code, done
            assert bool(JUnitXml.fromfile(str(tmp_path / "junit.xml")).failures) == bool(code)
        servers.send_signal(signal.SIGINT)
