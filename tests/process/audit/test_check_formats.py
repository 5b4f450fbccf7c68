"""One `check` of twenty targets, in every format at once: none is missing in any of them, read by other programs."""

from __future__ import annotations

import asyncio
import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from junitparser import JUnitXml
from lxml import html
from markdown_it import MarkdownIt
from prometheus_client.parser import text_string_to_metric_families

from bsaudit.lab.laboratory import AGREEMENT, CATCH_ADDRESS, laboratory
from bsaudit.lab.targets import Behaviours
from bsaudit.report.formats import Document, fitting
from tests.support.commands import BARE, run

KINDS = ("good", "bad", "silent", "dsn", "qmail")
SITES = {f"{kind}-{number}": Behaviours.TABLE[kind] for kind in KINDS for number in range(4)}
NAMES = {f"{label}.test" for label in SITES}
GUILTY = {name for name in NAMES if name.startswith(("bad", "qmail"))}
CONFIG = """\
route = "direct"
port = {port}
catch = "sink://{catch}:{port}?public={catch}:{port}"
catch_address = "{address}"
resolver = "{resolver}"
probe = ["unknown-recipient:random"]
wait = "60s"
grace = "2s"
rate = "100/s"
retry_after = "0s"
[[host]]
match = "{network}"
authorized_by = "itself"
rate = "999/s"
refused = 99
connections = 9
"""


def junit(text: str) -> set[str]:
    suites = {suite.name for suite in JUnitXml.fromstring(text.encode())}
    return {name.removeprefix("bsaudit.") for name in suites - {"bsaudit our own side"}}


def table(text: str) -> set[str]:
    return {row["target"] for row in csv.DictReader(text.splitlines()) if row["record"] == "target"}


def gauges(text: str) -> set[str]:
    families = text_string_to_metric_families(text)
    return {one.labels["target"] for family in families for one in family.samples if "target" in one.labels}


def sarif(text: str) -> set[str]:
    (run,) = json.loads(text)["runs"]
    return set(re.findall(r"[a-z]+-\d\.test", json.dumps(run["results"])))


def targets(report: str) -> set[str]:
    return {target["target"] for target in json.loads(report)["targets"]}


def named(text: str) -> set[str]:
    return set(re.findall(r"\b[a-z]+-\d\.test\b", text))


READERS: dict[str, Callable[[str], set[str]]] = {
    "text": named,
    "json": targets,
    "jsonl": lambda text: targets(json.dumps(json.loads(text.splitlines()[-1])["report"])),
    "junit": junit,
    "nagios": lambda text: named(text.partition("\n")[2]),
    "markdown": lambda text: named(str(html.fromstring(MarkdownIt().enable("table").render(text)).text_content())),
    "html": lambda text: named(str(html.fromstring(text).text_content())),
    "github": lambda text: named("\n".join(re.findall(r"^::\w+ .*?title=([^:,]+)", text, re.MULTILINE))),
    "sarif": sarif,
    "csv": table,
    "openmetrics": gauges,
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("twenty")

    async def main() -> int:
        async with laboratory(sites=SITES) as lab:
            resolver = "{}:{}".format(*lab.resolver)
            config = CONFIG.format(
                port=lab.mx_port, catch=lab.catch, address=CATCH_ADDRESS, resolver=resolver, network=AGREEMENT.match
            )
            tables = "".join(f'[[target]]\nname = "{name}"\nauthorized_by = "itself"\n' for name in sorted(NAMES))
            (folder / "bsaudit.toml").write_text(config + tables)
            formats = [f"--format={name}={folder / name}" for name in fitting(Document.REPORT)]
            environ = BARE | {"XDG_STATE_HOME": str(folder), "GITHUB_STEP_SUMMARY": str(folder / "summary")}
            done = await asyncio.to_thread(run, "check", "--quiet", *formats, cwd=folder, env=environ)
            assert b"Traceback" not in done.stderr
            return done.returncode

    assert asyncio.run(main()) == 1
    return folder


def test_every_format_has_a_reader() -> None:
    assert set(READERS) == set(fitting(Document.REPORT))


@pytest.mark.parametrize("name", READERS)
def test_all_of_them_are_there(written: Path, name: str) -> None:
    text = (written / name).read_text()
    clean = {
        target["target"]
        for target in json.loads((written / "json").read_text())["targets"]
        if target["verdict"] == "clean"
    }
    expected = NAMES - clean if name == "sarif" else NAMES  # whose results are what is not good
    assert READERS[name](text) == expected
    assert len(clean) == 8


def test_the_guilty_are_those_who_bounce(written: Path) -> None:
    suites = JUnitXml.fromstring((written / "junit").read_bytes())
    assert {suite.name.removeprefix("bsaudit.") for suite in suites if suite.failures} == GUILTY
    assert named((written / "summary").read_text()) >= NAMES
