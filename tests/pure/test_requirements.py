"""requirements/ci.txt pins, with hashes, what pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PINNED = (ROOT / "requirements" / "ci.txt").read_text()
HOW = "write requirements/ci.txt anew: CONTRIBUTING.md, Dependencies"
ASKED_FOR = [
    *PROJECT["dependencies"],
    *(one for extra in ("test", "lint", "docs", "postgresql") for one in PROJECT["optional-dependencies"][extra]),
]
PIN = re.compile(
    r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ;\\]+)(?: ; [^\\]+)? \\\n(?P<hashes>(?: {4}--hash=.+\n?)+)", re.MULTILINE
)
VERSIONS = {pin["name"]: pin["version"] for pin in PIN.finditer(PINNED)}


@pytest.mark.parametrize("asked", ASKED_FOR)
def test_what_is_asked_for_is_pinned(asked: str) -> None:
    requirement = Requirement(asked)
    version = VERSIONS.get(canonicalize_name(requirement.name))
    assert version is not None, HOW
    assert requirement.specifier.contains(version), HOW


@pytest.mark.parametrize("asked", [*PROJECT["dependencies"], "keyring", "psycopg"])
def test_the_page_on_security_says_what_each_is_trusted_with(asked: str) -> None:
    _, _, section = (ROOT / "SECURITY.md").read_text().partition("## What we depend on")
    assert re.search(rf"^\|[^|]*\b{Requirement(asked).name}\b", section, re.MULTILINE | re.IGNORECASE)


def test_nothing_is_pinned_without_a_hash_and_nothing_says_from_where() -> None:
    assert PIN.sub("", PINNED).strip() == ""
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in re.findall(r"--hash=sha256:(\S+)", PINNED))
