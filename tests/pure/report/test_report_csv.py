"""CSV, read by the standard library."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from bsaudit.model.report import Report
from bsaudit.report import csv as as_csv
from bsaudit.report import json as as_json
from bsaudit.report.formats import Look
from tests.support.reports import BACKSCATTER, BOUNCED, EVERY, FAILED, HOSTILE, notification

LOOK = Look(datetime(2026, 3, 1, tzinfo=UTC))


def rows(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv.render(report, LOOK).decode(), newline=""), strict=True))


@pytest.mark.parametrize("name", EVERY)
def test_every_target_probe_control_and_error_of_the_json_is_a_row(name: str) -> None:
    told = json.loads(as_json.render(EVERY[name]))
    expected = Counter(
        target=len(told["targets"]),
        probe=sum(len(target["probes"]) for target in told["targets"]),
        control=len(told["run"]["controls"]) if told["run"] else 0,
        error=len(told["errors"]),
    )
    assert Counter(row["record"] for row in rows(EVERY[name])) == +expected
    assert all(set(row) == set(as_csv.COLUMNS) for row in rows(EVERY[name])), "as many cells as names"


def test_a_row_holds_what_the_probe_showed() -> None:
    (bounced,) = [row for row in rows(BACKSCATTER) if row["counts_as"] == "backscatter"]
    told = {name: bounced[name] for name in ("target", "kind", "mail_exchanger", "outcome", "written_by", "seconds")}
    assert told == {
        "target": "example.org",
        "kind": "unknown-recipient",
        "mail_exchanger": "mx2.example.org",
        "outcome": "bounced",
        "written_by": "mx2.example.org",
        "seconds": "4.100",
    }
    (rejected,) = [row for row in rows(BACKSCATTER) if row["mail_exchanger"] == "mx1.example.org"]
    assert (rejected["code"], rejected["enhanced"], rejected["reply"]) == ("550", "5.1.1", "User unknown")
    assert rows(BACKSCATTER)[0]["verdict"] == "backscatter"
    assert rows(FAILED)[0]["explanation"] == "the relay refused the password. Check the user name."


def test_a_name_that_the_writer_alone_gives_itself_is_told_as_that() -> None:
    claimed = replace(BOUNCED, notifications=(notification(written_by_claimed=True),))
    (target,) = BACKSCATTER.targets
    told = rows(replace(BACKSCATTER, targets=(replace(target, probes=(claimed,)),)))
    assert "calls itself mx2.example.org" in {row["written_by"] for row in told}


def test_no_cell_is_a_formula() -> None:
    assert as_csv._cell("=cmd|' /C calc'!A0") == "'=cmd|' /C calc'!A0"
    assert not [cell for row in rows(HOSTILE) for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
