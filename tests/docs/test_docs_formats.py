"""The page on formats tells of each of them."""

from __future__ import annotations

import re
from pathlib import Path

from bsaudit.report.formats import FORMATS, Document

PAGE = (Path(__file__).parents[2] / "docs/formats.md").read_text()


def test_the_table_names_every_format_once_and_in_order() -> None:
    named = re.findall(r"^\| `(\w+)` \|", PAGE.partition("\n## ")[0], re.MULTILINE)
    assert [name for name in named if name in FORMATS] == [
        row.name for row in FORMATS.values() if Document.REPORT in row.renderers
    ]


def test_every_format_for_machines_has_a_section() -> None:
    assert set(re.findall(r"^## (\w+)$", PAGE, re.MULTILINE)) >= set(FORMATS) - {"text", "json", "jsonl"}
