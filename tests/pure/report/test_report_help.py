"""Words in reports lead to where they are explained: into the published documentation, or to `bsaudit help`."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import cache

import pytest
from lxml import html as reader
from msgspec.structs import replace

from bsaudit.cli.reference import told
from bsaudit.config.convert import SiteUrl
from bsaudit.judge.grounds import grounds_of
from bsaudit.model.probe import CountsAs
from bsaudit.model.report import Report
from bsaudit.report.arf import arf_notice
from bsaudit.report.formats import Document, Look, fitting, logs_renderer, report_renderer, survey_renderer
from bsaudit.report.help_pages import NOWHERE, Docs, page_of
from bsaudit.report.notice import text_notice
from bsaudit.report.notice_words.languages import LANGUAGES
from bsaudit.report.site import Site
from docs.site_words import pages
from tests.support.counted import a_survey, some_logs
from tests.support.guilty import of_product
from tests.support.reports import ALL, CLEAN, RECORDED

NOW = datetime(2026, 3, 3, tzinfo=UTC)
URL = "https://docs.example.net/bsaudit"
DOCS = Docs(URL)
LINKED = ("html", "markdown", "sarif", "text")
EVERY = ALL | RECORDED


@cache
def there() -> set[str]:
    """Return the pages, which take long to write for every process that only looks what tests there are."""
    written = {name.replace(".md", ".html") for name, _ in pages()}
    return written | {"why-not-bounce.html", "fix.html", "outcomes.html", "check.html", "survey.html", "logs.html"}


def rendered(form: str, report: Report, docs: Docs = DOCS, *, color: bool = False, hyperlinks: bool = False) -> str:
    return report_renderer(form)(report, Look(NOW, docs=docs, color=color, hyperlinks=hyperlinks)).decode()


def words(report: Report) -> set[str]:
    """Return what somebody has to understand: what is not good, and what was found."""
    probes = [
        probe for target in report.targets for probe in target.probes if probe.state not in {"planned", "cancelled"}
    ]
    asked = {probe.outcome.value for probe in probes if probe.counts_as is not CountsAs.GOOD}
    return asked | {finding.id for target in report.targets for finding in target.findings}


@pytest.mark.parametrize("form", LINKED)
@pytest.mark.parametrize("name", EVERY)
def test_every_word_leads_to_a_page_that_there_is(name: str, form: str) -> None:
    said = rendered(form, EVERY[name])
    found = {one.removeprefix(f"{URL}/") for one in re.findall(rf"{re.escape(URL)}/[\w./-]+", said)}
    assert found <= there()
    if form != "sarif":
        assert {page_of(word) for word in words(EVERY[name])} <= found
    assert URL not in rendered(form, EVERY[name], NOWHERE)


@pytest.mark.parametrize("name", EVERY)
def test_where_nothing_is_published_a_report_names_the_command_that_explains(name: str) -> None:
    for form in ("text", "markdown", "html"):
        said = rendered(form, EVERY[name], NOWHERE)
        shown = reader.document_fromstring(said).text_content() if form == "html" else said
        commands = set(re.findall(r"bsaudit help ([\w-]+)", shown.replace("\\", "")))
        assert commands <= words(EVERY[name])
        assert bool(commands) == bool(words(EVERY[name]))
        assert all(map(told, commands))


def test_formats_for_programs_stay_as_they_are() -> None:
    for form in set(fitting(Document.REPORT)) - {*LINKED, "github"}:
        assert URL not in rendered(form, of_product("postfix")), form


def test_a_terminal_opens_the_page_of_an_outcome_and_a_pipe_is_told_its_address_in_words() -> None:
    report = of_product("postfix")
    opened = rendered("text", report, color=True, hyperlinks=True)
    links = re.findall(r"\x1b\]8;[^;]*;([^\x1b]+)\x1b\\(?:\x1b\[[\d;]*m)?([^\x1b]+)", opened)
    assert {(f"{URL}/help/bounced.html", "BOUNCED"), (f"{URL}/help/{FOUND}.html", FOUND)} <= set(links)
    for color, hyperlinks in ((True, False), (False, True), (False, False)):
        said = rendered("text", report, color=color, hyperlinks=hyperlinks)
        assert "\x1b]8" not in said
        assert f"{URL}/help/bounced.html" in said


FOUND = "ndn-not-machine-readable"


def test_a_link_takes_no_column_of_a_table() -> None:
    report = of_product("exim")
    visible = re.sub(r"\x1b\]8;[^\x1b]*\x1b\\|\x1b\[[\d;]*m", "", rendered("text", report, color=True, hyperlinks=True))
    assert [line.rstrip() for line in visible.splitlines()] == rendered("text", report).splitlines()


def test_nothing_is_explained_where_there_is_nothing_to_explain() -> None:
    assert "Help" not in rendered("text", CLEAN)
    assert "bsaudit help" not in rendered("text", CLEAN, NOWHERE)


def test_a_shape_stands_on_the_page_of_its_kind_and_every_rule_of_sarif_on_one() -> None:
    assert page_of("spam:gtube") == page_of("spam") == "help/spam.html"
    (run,) = json.loads(rendered("sarif", CLEAN))["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert {rule["helpUri"].removeprefix(f"{URL}/") for rule in rules} <= there()
    assert len(rules) > 20


def test_pages_of_surveys_and_logs_and_the_index_lead_to_what_explains_them() -> None:
    site = Site()
    site.add(CLEAN)
    look = Look(NOW, docs=DOCS)
    shown = (
        survey_renderer("html")(a_survey("x"), look),
        logs_renderer("html")(some_logs("x"), look),
        site.index(look),
    )
    for document, page in zip(shown, ("survey", "logs", "check"), strict=True):
        assert reader.document_fromstring(document.decode()).xpath("//footer//a/@href") == [f"{URL}/{page}.html"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notice_leads_to_the_pages_or_names_the_commands(language: str) -> None:
    report = of_product("postfix")
    grounds = grounds_of(report.targets[0], report)
    said = text_notice(grounds, language, DOCS).decode()
    found = {line.strip().removeprefix(f"{URL}/") for line in said.splitlines() if URL in line}
    assert found == {"why-not-bounce.html", "fix.html", "help/bounced.html", f"help/{FOUND}.html"}
    assert URL in arf_notice(grounds, language, b"", NOW, DOCS).decode()
    alone = text_notice(grounds, language).decode()
    assert re.findall(r"^  bsaudit help (\S+)$", alone, re.MULTILINE) == ["bounced", FOUND]
    assert "://" not in text_notice(replace(grounds, advice=()), language).decode()


@pytest.mark.parametrize("raw", ["https://docs.example.net", "http://10.0.0.1:8000/docs/", "https://d.example/a/b-c/"])
def test_the_address_of_a_site_is_taken_without_the_slash_at_its_end(raw: str) -> None:
    assert SiteUrl.parse(raw) == raw.rstrip("/")


@pytest.mark.parametrize(
    "raw", ["docs.example.net", "javascript:alert(1)", "https://", "https://d.example/?q", 'https://d.example/"x', ""]
)
def test_what_is_no_address_of_a_site_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match="not the address of a site"):
        SiteUrl.parse(raw)
