"""Any octets: nothing raises, nothing is counted twice; stamps, days, and what the document says."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from bsaudit.logs.clock import Clock
from bsaudit.model.logs import LogReport
from bsaudit.report.formats import Document, Look, fitting, logs_renderer
from docs.generate.logs import logs_schema
from tests.support.log_families import CASES
from tests.support.logs import BOUNCE, WRITTEN, report
from tests.support.samples import samples
from tests.support.schema import strict_schema

PUBLISHED = Path(__file__).parents[3] / "docs/schema/logs-1.json"
LOOK = Look(datetime(2026, 3, 2, tzinfo=UTC))
ALL = [BOUNCE, *(log for log, _ in CASES.values())]
LINES = [line for log in ALL for line in log.splitlines()]


@samples(1.5)
@given(st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=40)), max_size=60), st.binary(max_size=80))
def test_no_line_and_no_order_of_lines_breaks_it(lines: list[str], junk: bytes) -> None:
    """Whatever stands in a log, the sums agree with each other."""
    log = "\n".join(lines).encode("utf-8", "replace") + b"\n" + junk
    once = report(log).totals
    assert once.undelivered <= once.ndn_outside + once.delay_outside + once.success_outside + once.autoreply_outside
    assert sum(once.reasons.values()) == once.ndn_outside


@given(st.sampled_from(LINES), st.integers(0, 200), st.binary(min_size=1, max_size=30))
def test_a_broken_line_breaks_nothing(line: str, at: int, junk: bytes) -> None:
    raw = line.encode()
    report(raw[:at] + junk + raw[at:], raw[:at])


@pytest.mark.parametrize(
    ("line", "at"),
    [
        (b"Feb 28 23:00:00 mx", "2026-02-28T23:00:00"),
        (b"Mar  2 05:00:00 mx", "2026-03-02T05:00:00"),  # the zone is not written: it may be ahead of UTC
        (b"Mar  3 05:00:00 mx", "2025-03-03T05:00:00"),
        (b"Feb 29 05:00:00 mx", "2024-02-29T05:00:00"),
        (b"Mon Mar  2 00:00:00 2020 mx", "2020-03-02T00:00:00"),
        (b"2026-03-01T01:00:00.5+0130 mx", "2026-02-28T23:30:00"),
        (b"2026-03-01 01:00:00,123 UTC mx", "2026-03-01T01:00:00"),
        (b"@4000000069a40e2a003ed208 status", "2026-03-01T10:00:00"),
        (b"1772359200.5 new msg", "2026-03-01T10:00:00"),
        (b"Mar 99 05:00:00 mx", None),
        (b"Abc  1 05:00:00 mx", None),
        (b"GET /", None),
    ],
)
def test_a_stamp_is_the_newest_that_the_file_can_hold(line: bytes, at: str | None) -> None:
    clock = Clock()
    clock.file(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
    expected = None if at is None else datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp()
    got = clock.at(line)
    assert (got if got is None else int(got)) == expected


def test_what_was_written_before_is_not_counted() -> None:
    since = datetime(2026, 3, 1, 10, 30, tzinfo=UTC).timestamp()
    found = report(BOUNCE + BOUNCE.replace("10:00:00", "11:00:00"), since=since)
    assert found.totals.ndn_outside == 1
    assert found.totals.first == "2026-03-01T10:30:00Z"


def test_days_add_up_to_the_totals() -> None:
    found = report(BOUNCE + BOUNCE.replace("Mar  1", "Mar  2"))
    assert [(day.day, day.ndn_outside) for day in found.days] == [("2026-03-01", 1), ("2026-03-02", 1)]


def test_causes_come_with_advice_for_the_product_that_wrote() -> None:
    (cause,) = report(BOUNCE).causes
    assert (cause.kind, cause.reason, cause.count, cause.product) == ("ndn", "user-unknown", 1, "Postfix")
    assert cause.advice.product == "Postfix"
    assert "recipient" in cause.advice.setting
    assert "User unknown" in cause.example


def test_the_document_is_valid_by_the_published_schema_and_its_strict_twin() -> None:
    for log in ALL:
        document = json.loads(logs_renderer("json")(report(log), LOOK))
        jsonschema.Draft202012Validator(json.loads(PUBLISHED.read_text())).validate(document)
        jsonschema.Draft202012Validator(strict_schema(logs_schema())).validate(document)


def test_csv_has_a_row_a_day() -> None:
    rows = list(csv.DictReader(io.StringIO(logs_renderer("csv")(report(BOUNCE), LOOK).decode())))
    assert [(row["day"], row["ndn_outside"]) for row in rows] == [("2026-03-01", "1")]


def metrics(found: LogReport) -> dict[str, float]:
    families = text_string_to_metric_families(logs_renderer("openmetrics")(found, LOOK).decode())
    assert all(family.type == "gauge" and family.documentation for family in families)
    families = text_string_to_metric_families(logs_renderer("openmetrics")(found, LOOK).decode())
    return {" ".join([one.name, *one.labels.values()]): one.value for family in families for one in family.samples}


def test_openmetrics_are_gauges_of_all_totals() -> None:
    found = report(BOUNCE)
    gauges = metrics(found)
    for name, value in structs.asdict(found.totals).items():
        if isinstance(value, int):
            assert gauges.pop(f"bsaudit_logs_{name}") == value
    at = datetime(2026, 3, 1, 10, tzinfo=UTC).timestamp()
    assert gauges == {
        "bsaudit_logs_ndn_outside_by_reason user-unknown": 1,
        "bsaudit_logs_notices_by_product Postfix": 1,
        "bsaudit_logs_first_timestamp_seconds": at,
        "bsaudit_logs_last_timestamp_seconds": at,
        "bsaudit_logs_lines": BOUNCE.count("\n"),
    }


def test_of_what_is_not_known_there_is_no_gauge() -> None:
    assert metrics(report("Mar  1 10:00:00 mx sshd[1]: x\n")).keys() <= {
        *("bsaudit_logs_lines", "bsaudit_logs_first_timestamp_seconds", "bsaudit_logs_last_timestamp_seconds")
    }


def test_a_log_that_ends_before_it_is_asked_about_is_no_good_news() -> None:
    found = report(BOUNCE, since=WRITTEN)
    assert (found.totals.ndn_outside, found.totals.first, found.totals.last) == (0, None, "2026-03-01T10:00:00Z")
    assert any("the log ends on 2026-03-01T10:00:00Z, before --since 2026-03-02" in gap for gap in found.gaps)
    assert not {name for name in metrics(found) if "ndn" in name}
    for form in ("text", "html"):
        shown = logs_renderer(form)(found, LOOK).decode()
        assert "othing is known of what was written since 2026-03-02 00:00 UTC" in shown
        assert "non-delivery notice" not in shown


def test_a_stamp_that_is_yet_to_come_is_not_the_logs_end() -> None:
    """One line of a clock gone wrong made a log that ended look as if nothing had been written since."""
    found = report(BOUNCE + "2031-01-01T10:00:00Z mx postfix/qmgr[7]: AAAA9: removed\n", since=WRITTEN, now=WRITTEN)
    assert (found.totals.first, found.totals.last) == (None, "2026-03-01T10:00:00Z")
    assert any("yet to come" in gap for gap in found.gaps)
    assert b"othing is known of what was written since" in logs_renderer("text")(found, LOOK)


def test_more_days_than_the_table_holds_are_counted_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bsaudit.logs.tally.MAX_DAYS", 2)
    found = report("".join(BOUNCE.replace("Mar  1", f"Feb {day:2}") for day in range(1, 6)))
    assert (found.totals.ndn_outside, len(found.days)) == (5, 3)
    assert any("more days" in gap for gap in found.gaps)


def test_text_says_how_much_why_and_what_to_do() -> None:
    text = logs_renderer("text")(report(BOUNCE), LOOK).decode()
    assert text.startswith("2026-03-01 10:00 to 2026-03-01 10:00 UTC: 1 backscatter\n")
    assert "user-unknown (Postfix)" in text
    assert "relay_recipient_maps" in text


def test_nothing_in_a_log_reaches_a_terminal_as_it_is() -> None:
    evil = BOUNCE.replace("User unknown", "User \x1b[31m unknown \u202e")
    for form in fitting(Document.LOGS):
        shown = logs_renderer(form)(report(evil), LOOK).decode()
        assert "\x1b" not in shown
        assert "\u202e" not in shown
