"""The pages say what the program says: every outcome, every finding, every link."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bsaudit import __version__
from bsaudit.judge import findings, findings_contacts, findings_ndn
from bsaudit.judge.case import COUNTS_AS
from bsaudit.model.probe import CountsAs, Outcome
from bsaudit.model.settings import DEFAULT_GRACE_S, DEFAULT_MAX_PROBES

ROOT = Path(__file__).parents[2]
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")))
TABLES = {
    "What the server does": findings.TABLE,
    "What its notifications do wrong": findings_ndn.TABLE,
    "What others find of its operator": findings_contacts.TABLE,
}


def read(page: str) -> str:
    return (ROOT / page).read_text()


def sections(text: str, level: int) -> dict[str, str]:
    """Return the text below each heading of one level, by its words."""
    parts = re.split(rf"^{'#' * level} (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_outcome_has_a_section_with_evidence_standard_and_remedy() -> None:
    found = sections(read("docs/outcomes.md"), 2)
    assert list(found) == [outcome.value for outcome in Outcome]
    for name, text in found.items():
        assert all(f"- **{part}**" in text for part in ("Evidence", "Standard", "Remedy")), name


@pytest.mark.parametrize("outcome", Outcome)
def test_what_an_outcome_counts_as_is_what_the_page_says(outcome: Outcome) -> None:
    row = next(line for line in read("docs/outcomes.md").splitlines() if line.startswith(f"| [{outcome.value}]"))
    said = row.split("|")[2].partition(";")[0].strip(" *").removeprefix("a ")
    assert CountsAs(said) is COUNTS_AS[outcome]


@pytest.mark.parametrize("title", TABLES)
def test_every_finding_has_a_section_with_its_severity_reference_and_a_remedy(title: str) -> None:
    found = sections(sections(read("docs/findings.md"), 2)[title], 3)
    rows = {row.id: row for row in TABLES[title]}
    assert list(found) == list(rows)
    for name, text in found.items():
        assert text.startswith(f"\n\n*{rows[name].severity.value}* · "), name
        assert f"- **Reference**: {rows[name].reference}.\n" in text, name
        assert "- **Remedy**: " in text, name


def anchors(page: str) -> set[str]:
    """Return the anchors of a page's headings, as the forges make them."""
    headings = re.findall(r"^#+ (.+)$", read(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_no_link_leads_nowhere(page: str) -> None:
    prose = re.sub(r"```.*?```", "", read(page), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", prose):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        place = (ROOT / page).parent / name if name else ROOT / page
        assert place.exists(), link
        if anchor:
            assert anchor in anchors(place.resolve().relative_to(ROOT).as_posix()), link


def test_the_newest_entry_of_the_changes_is_this_version() -> None:
    assert next(iter(sections(read("CHANGELOG.md"), 2))) == __version__


def test_the_numbers_that_the_readme_promises_are_the_defaults() -> None:
    assert f"at most {DEFAULT_MAX_PROBES} messages" in read("README.md")
    assert DEFAULT_GRACE_S == 5 * 60
    assert "five minutes" in read("README.md")
