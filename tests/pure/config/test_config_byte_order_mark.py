"""Editors of Windows begin a file in UTF-8 with a byte order mark: whatever people write is read with one."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from bsaudit.config.accepts import read_baseline
from bsaudit.config.layers import effective
from bsaudit.config.targets_from import listed
from bsaudit.report import json
from tests.support.reports import BACKSCATTER


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file"


def written(file: Path, text: str | bytes) -> str:
    file.write_bytes(codecs.BOM_UTF8 + (text if isinstance(text, bytes) else text.encode()))
    return str(file)


def test_the_configuration(file: Path) -> None:
    config = effective({}, {}, file=written(file, 'wait = "1m"\r\n[[target]]\r\nname = "example.org"\r\n'))
    assert config.values.wait == 60
    assert [(target.name, target.line) for target in config.targets] == [("example.org", 2)]


def test_a_list_of_targets(file: Path) -> None:
    found = listed(written(file, "example.org\r\nexample.net\r\n"), (), pytest.fail)
    assert [target.name for target in found.targets] == ["example.org", "example.net"]


def test_a_baseline(file: Path) -> None:
    known = read_baseline(written(file, json.render(BACKSCATTER)), on_command_line=True, warn=pytest.fail)
    assert known is not None
    assert known["example.org"]
