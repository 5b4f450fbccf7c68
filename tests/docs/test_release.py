"""What a release brings: man pages of every command, and a workflow that publishes only what it tested."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from bsaudit import __version__
from bsaudit.cli.root import COMMANDS, root
from docs.generate.cli import walked
from docs.generate.man import pages, roff

ROOT = Path(__file__).parents[2]
WORKFLOW: dict[str, Any] = YAML(typ="safe").load(ROOT / ".github/workflows/release.yml")
JOBS = WORKFLOW["jobs"]

# Man pages


@pytest.fixture(scope="module")
def man() -> dict[str, str]:
    return pages()


def rendered(page: str) -> str:
    """Return what a reader sees, the lines as wide as they come."""
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed")
    words = ("mandoc", "-Tutf8", "-Owidth=400")
    done = subprocess.run(words, input=page, capture_output=True, text=True, check=True)
    return re.sub(".\b", "", done.stdout)


def test_every_command_has_a_page_with_all_its_options(man: dict[str, str]) -> None:
    contexts = list(walked(click.Context(root, info_name="bsaudit")))
    assert {f"bsaudit-{name}.1" for group in COMMANDS.values() for name in group} < set(man)
    assert len(man) == len(contexts)
    for one in contexts:
        page = man[one.command_path.replace(" ", "-") + ".1"].replace("\\", "")
        options = [param.opts[-1] for param in one.command.params if isinstance(param, click.Option)]
        assert [name for name in options if name not in page] == []


def test_mandoc_has_nothing_to_complain_of(man: dict[str, str], tmp_path: Path) -> None:
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed")
    for name, text in man.items():
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        ["mandoc", "-Tlint", "-Wwarning", *man], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("", 0)


def test_examples_stand_in_lines_of_their_own(man: dict[str, str]) -> None:
    lines = [line.strip() for line in rendered(man["bsaudit-defend.1"]).splitlines()]
    assert {"bsaudit defend postfix", "bsaudit defend --domain example.org"} <= set(lines)


def test_no_text_of_a_help_is_taken_for_a_request() -> None:
    head = '.TH "X" "1"\n.SH DESCRIPTION\n'
    text = ".TH at the start of a line\n'quoted' C:\\new \\fB-x\n\n\b\n.dotted\n  indented --as-it-is"
    seen = rendered(head + roff(text))
    assert ".TH at the start of a line 'quoted' C:\\new \\fB-x\n" in seen
    assert re.search(r"^ +\.dotted\n +indented --as-it-is$", seen, re.MULTILINE)


# The workflow


def steps(job: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for step in JOBS[job]["steps"]:
        yield step.get("uses", "").partition("@")[0], step.get("with", {})


def test_what_is_published_is_what_was_built_once_and_tested() -> None:
    assert (JOBS["publish"]["needs"], JOBS["test"]["needs"]) == ("test", "build")
    builds = {job for job in JOBS for step in JOBS[job]["steps"] if " -m build" in step.get("run", "")}
    assert builds == {"build"}
    assert ("actions/upload-artifact", {"name": "dist", "path": "dist/", "if-no-files-found": "error"}) in steps(
        "build"
    )
    for job in ("test", "publish"):
        assert ("actions/download-artifact", {"name": "dist", "path": "dist/"}) in steps(job)


def test_the_wheel_is_tested_on_every_python_that_it_names() -> None:
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    named = [one.rpartition(" ")[2] for one in classifiers if re.search(r":: 3\.\d+$", one)]
    assert JOBS["test"]["strategy"]["matrix"]["python"] == named


def test_only_the_job_that_publishes_may_say_who_we_are_and_it_runs_nothing_of_ours() -> None:
    assert {job for job in JOBS if "permissions" in JOBS[job]} == {"publish"}
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert [name for name, _ in steps("publish")] == ["actions/download-artifact", "pypa/gh-action-pypi-publish"]


def test_no_expression_goes_into_a_script() -> None:
    assert not [step for job in JOBS.values() for step in job["steps"] if "${{" in step.get("run", "")]


@pytest.mark.parametrize(("tag", "fits"), [(f"v{__version__}", True), ("v99.0.0", False), (__version__, False)])
def test_a_tag_that_is_not_the_version_ends_the_release(tag: str, fits: bool) -> None:
    (script,) = (step["run"] for step in JOBS["build"]["steps"] if "GITHUB_REF_NAME" in step.get("run", ""))
    env = {"PATH": os.environ["PATH"], "GITHUB_REF_NAME": tag}
    done = subprocess.run(["bash", "-eo", "pipefail", "-c", script], cwd=ROOT, env=env, check=False)
    assert (done.returncode == 0) is fits
