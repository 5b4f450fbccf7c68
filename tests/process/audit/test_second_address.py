"""A second catch address, which no SPF vouches for: silence towards it takes back an accusation."""

from __future__ import annotations

import pytest

from bsaudit.lab.dns import Record
from bsaudit.lab.laboratory import CATCH, CATCH_ADDRESS, RELAY
from bsaudit.model.probe import Difference
from bsaudit.model.report import Report, TargetEntry, Verdict
from tests.support.audits import audit_of, check, only, side_by_side

OURS = Record("second.test", "MX", f"10 {CATCH.name}.")
ANOTHER = Record("second.test", "MX", f"20 {RELAY.name}.")
NOT_PASSED = "seen with senders that pass SPF, not shown with forged-looking ones"


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    changes = {"catch_addresses": (CATCH_ADDRESS, "audit@second.test"), "kinds": ("unknown-recipient:random",)}
    records = {"ours": (OURS,), "another's, too": (OURS, ANOTHER), "nobody's": ()}
    return side_by_side(
        {name: audit_of(("bad",), None, lambda _: None, some, changes) for name, some in records.items()}
    )


def twins(target: TargetEntry) -> list[str]:
    return [probe.outcome.value for probe in target.probes if probe.difference is Difference.UNAUTHENTICATED]


def test_where_the_same_hosts_take_its_mail_it_is_tried(reports: dict[str, Report]) -> None:
    report = reports["ours"]
    check(report)
    target = only(report)
    assert (target.verdict, twins(target)) == (Verdict.BACKSCATTER, ["bounced"])
    assert NOT_PASSED not in (target.qualification or "")
    assert report.run is not None
    second = [control for control in report.run.controls if control.control == "catch-second"]
    assert [control.outcome.value for control in second] == ["accepted_silently"] * 2, "also a notification arrives"


@pytest.mark.parametrize("name", ["another's, too", "nobody's"])
def test_where_its_mail_may_go_elsewhere_it_is_not(reports: dict[str, Report], name: str) -> None:
    """A bounce that is lost there would make of a guilty server one that spares forged senders."""
    target = only(reports[name])
    assert (target.verdict, twins(target), target.qualification) == (Verdict.BACKSCATTER, [], NOT_PASSED)
