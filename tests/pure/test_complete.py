"""Whatever the recipes of docs/recipes.md add has its test, so that a recipe half followed does not pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bsaudit.ndn.dialects import DIALECTS
from bsaudit.ndn.dialects.forms import FORMS
from bsaudit.report import formats
from bsaudit.report.formats import FORMATS, Document
from tests.support.notifications import SAMPLES

TESTS = Path(__file__).parent
# Dialects of which there is no composed example yet; they were measured on real mail. No new one belongs here.
OWED = {
    "amazon", "amazon-sns", "aol", "auto-reply", "auto-submitted", "barracuda", "challenge", "communigate", "courier",
    "domino", "feedback-report", "googlegroups", "groupwise", "hmailserver", "interscan", "james", "list-manager",
    "mailfoundry", "mailmarshal", "mdaemon", "mdn", "mfilter", "office365", "openmail", "phquery", "postfix", "sina",
    "surfcontrol", "virus-notice", "zoho",
}  # fmt: skip


def test_every_dialect_has_an_example() -> None:
    names = {dialect.name for dialect in DIALECTS if dialect.name != "form"} | {form.name for form in FORMS}
    assert names - {dialect for _, dialect, *_ in SAMPLES.values()} <= OWED


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_read_by_a_test(name: str) -> None:
    module = FORMATS[name].renderers[Document.REPORT].partition(":")[0]
    imported = re.compile(rf"^from bsaudit\.report(?: import .*\b{module}\b|\.{module} )", re.MULTILINE)
    assert any(imported.search(file.read_text()) for file in (TESTS / "report").glob("test_*.py"))


def test_every_renderer_stands_in_the_table() -> None:
    named = {renderer for row in FORMATS.values() for renderer in row.renderers.values()}
    written = {
        f"{file.stem}:{name}"
        for file in Path(formats.__file__).parent.glob("*.py")
        for name in re.findall(r"^def (\w+)\(\w+: [^()]+, _?look: Look\) -> bytes:", file.read_text(), re.MULTILINE)
    }
    assert written
    assert written <= named
