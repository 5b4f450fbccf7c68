"""The index of all targets, read by lxml."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lxml import html as reader
from msgspec.structs import replace

from bsaudit.model.report import Report
from bsaudit.model.state import Condition, TargetState
from bsaudit.report.formats import Look
from bsaudit.report.site import Site, page_name
from tests.support.reports import BACKSCATTER, CLEAN, HOSTILE, INCONCLUSIVE, START

LOOK = Look(datetime(2026, 3, 1, tzinfo=UTC))


def of(report: Report, target: str, number: int) -> Report:
    """Return a report of the run with this number, about a target of this name."""
    assert report.run is not None
    run = replace(report.run, id=f"run{number}", started_at=START + timedelta(days=number))
    return replace(report, run=run, targets=(replace(report.targets[0], target=target),))


def index(*reports: Report) -> reader.HtmlElement:
    site = Site()
    for report in reports:
        site.add(report)
    return reader.document_fromstring(site.index(LOOK).decode())


def cells(row: reader.HtmlElement) -> list[str]:
    return [" ".join(cell.text_content().split()) for cell in row.xpath("./td")]


def test_a_row_tells_how_a_target_stands_and_what_its_runs_showed_as_time_went() -> None:
    document = index(
        of(CLEAN, "a.example", 3),
        of(BACKSCATTER, "b.example", 2),
        of(INCONCLUSIVE, "a.example", 1),
        of(BACKSCATTER, "a.example", 0),
    )
    guilty, clean = document.xpath("//tbody/tr")
    assert cells(guilty)[1:] == ["BACKSCATTER", "B", "2026-03-03"]
    assert cells(clean)[1:] == ["CLEAN", "B?C", "2026-03-04"]
    assert clean.xpath("./td[1]/a")[0].text == "a.example"
    assert clean.xpath("./td[1]/a/@href") == ["run-run3.html"], "to its latest run"
    assert clean.xpath("./td[3]/a/@href") == ["run-run0.html", "run-run1.html", "run-run3.html"]
    assert "1 BACKSCATTER" in document.body.text_content()


def test_the_state_over_all_runs_goes_before_what_the_latest_showed() -> None:
    latest = of(CLEAN, "a.example", 1)
    state = TargetState(target="a.example", state=Condition.BACKSCATTER, note="one good run of two")
    (row,) = index(replace(latest, targets=(replace(latest.targets[0], state=state),))).xpath("//tbody/tr")
    assert cells(row)[1:3] == ["BACKSCATTER", "C"]
    assert "one good run of two" in cells(row)[0]


def test_what_strangers_wrote_is_text_and_no_name_leads_out_of_the_directory() -> None:
    document = index(HOSTILE, of(CLEAN, "<script>alert(1)</script>", 1))
    assert not document.xpath("//script")
    assert "<script>alert(1)</script>" in document.body.text_content()
    assert page_name("../../etc/passwd\0") == "run-------etc-passwd-.html"
