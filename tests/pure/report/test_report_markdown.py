"""Markdown, read by markdown-it with GitHub's tables."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from lxml import html
from markdown_it import MarkdownIt

from bsaudit.model.report import Report
from bsaudit.report import json as as_json
from bsaudit.report import markdown
from bsaudit.report.formats import Look
from bsaudit.report.view import view
from tests.support.reports import BACKSCATTER, EVERY, FAILED, HOSTILE

LOOK = Look(datetime(2026, 3, 1, tzinfo=UTC))
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def page(report: Report) -> html.HtmlElement:
    return html.fromstring(READER.render(markdown.render(report, LOOK).decode()))


def shown(document: html.HtmlElement) -> str:
    return " ".join(document.text_content().split())


@pytest.mark.parametrize("name", EVERY)
def test_every_probe_of_the_json_is_a_row(name: str) -> None:
    told = json.loads(as_json.render(EVERY[name]))
    probes = [probe for target in told["targets"] for probe in target["probes"]]
    controls = told["run"]["controls"] if told["run"] else []
    positive = [one for one in controls if one["control"] == "positive"]
    assert len(page(EVERY[name]).findall(".//tbody/tr")) == len(probes + positive)


@pytest.mark.parametrize("name", EVERY)
def test_it_says_word_for_word_what_the_view_says(name: str) -> None:
    said, seen = view(EVERY[name]), shown(page(EVERY[name]))
    for target in said.targets:
        for text in (target.name, target.verdict, *(cell for row in target.rows for cell in (row.probe, row.outcome))):
            assert " ".join(text.split()) in seen
    sections = [*said.sections, *(section for target in said.targets for section in target.sections)]
    for line in (line for section in sections for line in section.lines):
        assert " ".join(line.text.split()) in seen


def test_nothing_that_a_stranger_wrote_is_markup() -> None:
    document = page(HOSTILE)
    tags = {element.tag for element in document.iter() if isinstance(element.tag, str)}
    assert tags <= {"div", "h2", "p", "strong", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}
    assert " @all" not in markdown.render(HOSTILE, LOOK).decode(), "it calls nobody"


@pytest.mark.parametrize(
    "text",
    [
        "# x",
        "- x",
        "+ x",
        "1. x",
        "1.",
        "0.5 s",
        "2) x",
        "=== x",
        "> x",
        "---",
        "a_b_c",
        "_x_",
        "$x$",
        "~~x~~",
        "&lt;",
        "a | b",
        "\\",
    ],
)
def test_a_text_is_a_paragraph_of_that_text(text: str) -> None:
    assert html.fromstring(READER.render(markdown.escaped(text))).text_content().strip() == text


def test_the_verdict_is_the_heading_and_an_error_has_its_remedy() -> None:
    assert [one.text_content() for one in page(BACKSCATTER).findall(".//h2")] == ["❌ example.org: BACKSCATTER"]
    assert "Error: relay: the relay refused the password" in shown(page(FAILED))
