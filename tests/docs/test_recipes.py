"""The recipes of docs/recipes.md, followed in a copy: the suite is green, and red where any step is left out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from bsaudit.report.notice_words.languages import LANGUAGES

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]

ROOT = Path(__file__).parents[2]
FOLDERS = ("bsaudit", "tests", "docs", "examples", "benchmarks", "requirements", ".ci", ".github")
COPIED = (*FOLDERS, *(path.name for path in ROOT.iterdir() if path.is_file()))
Step = Callable[[Path], None]


class Recipe(NamedTuple):
    """`steps` as the recipe numbers them, and the tests that watch over what it adds."""

    steps: Mapping[str, Step]
    suite: tuple[str, ...]


def written(file: str, text: str) -> Step:
    return lambda root: (root / file).write_text(text) and None


def put(file: str, *, before: str, text: str) -> Step:
    """Return a step that puts `text` in front of the last line of a file that begins with `before`."""

    def step(root: Path) -> None:
        head, found, tail = (root / file).read_text().rpartition(f"\n{before}")
        assert found, f"{file} has no line that begins with {before!r}"
        (root / file).write_text(f"{head}\n{text}{before}{tail}")

    return step


def printed(file: str) -> Step:
    """Return a step that writes a generated file anew, by its command in `.ci/generated`."""

    def step(root: Path) -> None:
        listed = (root / ".ci/generated").read_text()
        command = re.search(rf"^{re.escape(file)} python (.+)$", listed, re.MULTILINE)
        assert command is not None
        done = python(root, *command[1].split())
        (root / file).write_text(done.stdout)

    return step


def both(*steps: Step) -> Step:
    def step(root: Path) -> None:
        for one in steps:
            one(root)

    return step


def python(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run([sys.executable, *words], cwd=root, env=env, capture_output=True, text=True, check=False)


KIND = """\
    ProbeKind(
        kind="macro",
        purpose="a document with a macro",
        role=Role.VALID,
        shapes=(Shape("document", content=MACRO),),
        fits=CONTENT_REASONS,
        proves="a rule about macros applied behind the queue bounces",
        default=False,
    ),
"""
SCENE = """\
    "asked-too-much": record(Outcome.REJECTED, kind="oversize"),
"""
FINDING = """\
def _asked_too_much(record: ProbeRecord) -> str | None:
    return "it was asked for more than it takes" if record.probe.kind == "oversize" else None


"""
ROW = """\
    Row("asked-too-much", Severity.INFO, "Asked for too much", "RFC 1870 §6.1", _asked_too_much),
"""
SECTION = """\
### asked-too-much

*info* · It was asked for more than it takes.

- **Reference**: RFC 1870 §6.1.
- **Remedy**: none needed.

"""
RENDERER = '''\
"""A report in one word."""

from bsaudit.model.report import Report
from bsaudit.report.formats import Look
from bsaudit.text import clean_line


def render(report: Report, look: Look) -> bytes:
    told = [clean_line(f"{target.domain} {target.explanation}") for target in report.targets]
    return f"{report.verdict}! {' '.join(told)}!\\n".encode()
'''
READER = """\
from datetime import UTC, datetime

from bsaudit.report import shout
from bsaudit.report.formats import Look
from tests.support.reports import BACKSCATTER


def test_it_is_loud() -> None:
    assert shout.render(BACKSCATTER, Look(datetime.now(UTC))).endswith(b"!\\n")
"""
EXAMPLE = """\
    "exampleware": (
        prose(
            "MAILER-DAEMON@dest.example", "Delivery failed",
            "Exampleware could not deliver your message to bob@dest.example\\n\\n550 5.1.1 User unknown\\n",
        ),
        "exampleware", "exampleware", "bob@dest.example", "user-unknown", "5.1.1",
    ),
"""

RECIPES = {
    "dialect": Recipe(
        {
            "row": put(
                "bsaudit/ndn/dialects/forms.py",
                before='    Form("zoho"',
                text='    Form("exampleware", ("Exampleware could not deliver",)),\n',
            ),
            "example": put("tests/support/notifications.py", before="}  # fmt: skip", text=EXAMPLE),
        },
        ("tests/pure/ndn/test_dialects.py", "tests/pure/test_complete.py"),
    ),
    "kind": Recipe(
        {
            "content and row": both(
                put(
                    "bsaudit/probe/content.py",
                    before="RULE = ",
                    text='MACRO = _test("macro", "a document with a macro", by_a_person("The list", _banned))\n',
                ),
                put("bsaudit/probe/catalogue.py", before="    NOTIFICATION,", text="    MACRO,\n"),
                put("bsaudit/probe/catalogue.py", before=")\n\nKINDS", text=KIND),
            ),
            "what refusals mean": put(
                "tests/pure/judge/test_contents.py",
                before='    "rule": (',
                text='    "macro": ("macro", "document", OF_A_TEST, True),\n',
            ),
            "what an administrator should know": put(
                "docs/generate/kinds.py",
                before='    "postmaster": "',
                text='    "macro": "A document with a macro.",\n',
            ),
            "its page": printed("docs/kinds.md"),
            "a server that shows it": put(
                "tests/mta/truth_kinds.py",
                before='    "rule": Run(',
                text='    "macro": Run((Truth("scans", "…", "clean", {"macro/document": "rejected"}),), ("macro",)),\n',
            ),
        },
        (
            "tests/pure/probe",
            "tests/pure/judge/test_contents.py",
            "tests/pure/judge/test_advice.py",
            "tests/docs/test_docs_kinds.py",
            "tests/docs/test_generated.py",
            "tests/mta/test_kinds.py::test_every_row_of_the_catalogue_has_a_target",
        ),
    ),
    "finding": Recipe(
        {
            "function and row": both(
                put("bsaudit/judge/findings.py", before="TABLE: tuple", text=FINDING),
                put("bsaudit/judge/findings.py", before=")\n\nEVERY", text=ROW),
            ),
            "section": put("docs/findings.md", before="## What its notifications do wrong", text=SECTION),
            "scene": put("tests/pure/judge/test_findings.py", before='    "bounces-with-notify": record(', text=SCENE),
            "notices": both(
                *(
                    put(
                        f"bsaudit/report/notice_words/{language}.py",
                        before='        "ndn-bounces-a-bounce": Cause(',
                        text='        "asked-too-much": Cause("Too much.", "None."),\n',
                    )
                    for language in LANGUAGES
                )
            ),
        },
        ("tests/pure/judge/test_findings.py", "tests/docs/test_docs_pages.py", "tests/pure/report/test_notice.py"),
    ),
    "format": Recipe(
        {
            "renderer": written("bsaudit/report/shout.py", RENDERER),
            "row": put(
                "bsaudit/report/formats.py",
                before=")\nFORMATS",
                text='    Format("shout", {Document.REPORT: "shout:render"}),\n',
            ),
            "its test": written("tests/pure/report/test_report_shout.py", READER),
            "the page": both(
                put("docs/formats.md", before="\n## Two runs", text="| `shout` | the deaf | the verdict | nothing |\n"),
                put("docs/formats.md", before="## openmetrics", text="## shout\n\nThe verdict, loud.\n\n"),
            ),
            "the manual": printed("docs/cli.md"),
        },
        (
            "tests/pure/report",
            "tests/pure/test_complete.py",
            "tests/process/cli/test_cli_formats.py",
            "tests/docs/test_docs_formats.py",
            "tests/docs/test_generated.py",
        ),
    ),
}
# What a whole recipe leaves green beside the tests that watch over it.
EVERYTHING = ("tests/pure", "tests/docs", "tests/process/cli", "tests/process/lab")
WHOLE = [pytest.param(name, None, id=name) for name in RECIPES]
HALVES = [pytest.param(name, step, id=f"{name} without {step}") for name, one in RECIPES.items() for step in one.steps]


@pytest.mark.parametrize(("name", "left_out"), WHOLE + HALVES)
def test_a_recipe_is_whole_and_every_step_of_it_is_missed(name: str, left_out: str | None, tmp_path: Path) -> None:
    for part in COPIED:
        source = ROOT / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / part)
    recipe = RECIPES[name]
    for step, follow in recipe.steps.items():
        if step != left_out:
            follow(tmp_path)
    suite = recipe.suite if left_out else (*EVERYTHING, *recipe.suite)
    done = python(tmp_path, "-m", "pytest", "-q", "-x", "-n0", "-p", "no:cacheprovider", "-m", "not long", *suite)
    assert done.returncode in ({0} if left_out is None else {1, 2}), done.stdout + done.stderr  # 2: not even imported
