"""What is different between the reports of two runs."""

from __future__ import annotations

from msgspec.structs import replace

from bsaudit.judge.compare import changes
from bsaudit.model.probe import CountsAs, Outcome
from bsaudit.model.report import ErrorEntry, Report
from tests.support.reports import BACKSCATTER, BOUNCED, CLEAN, INCONCLUSIVE, REJECTED_AT_MX1, SILENT


def differences(report: Report, earlier: Report) -> list[tuple[str, str, str]]:
    return [(one.what, one.before, one.after) for one in changes(report, earlier)]


def probing(report: Report, *probes: object) -> Report:
    return replace(report, targets=(replace(report.targets[0], probes=probes),))


def test_a_run_is_not_different_from_one_like_it_whatever_its_ids_and_random_addresses() -> None:
    other = replace(
        REJECTED_AT_MX1, id="p7", recipients=(replace(REJECTED_AT_MX1.recipients[0], address="x@example.org"),)
    )
    assert differences(probing(CLEAN, other, SILENT), probing(CLEAN, REJECTED_AT_MX1, SILENT)) == []


def test_a_verdict_and_an_outcome_that_changed_are_told_by_target_and_by_id() -> None:
    bounces = replace(REJECTED_AT_MX1, id="p4", outcome=Outcome.BOUNCED, counts_as=CountsAs.BACKSCATTER)
    assert differences(probing(BACKSCATTER, bounces), probing(CLEAN, REJECTED_AT_MX1)) == [
        ("example.org", "clean", "backscatter"),
        ("p4", "rejected", "bounced"),
    ]


def test_what_only_one_of_the_two_has_is_absent_in_the_other() -> None:
    at_mx2, at_mx1 = replace(BOUNCED, id="p2"), REJECTED_AT_MX1
    assert differences(probing(CLEAN, at_mx1, at_mx2), probing(CLEAN, at_mx1)) == [("p2", "absent", "bounced")]
    assert differences(probing(CLEAN, at_mx1), probing(CLEAN, at_mx1, at_mx2)) == [
        ("unknown-recipient at mx2.example.org to example.org", "bounced", "absent")
    ]
    more = replace(CLEAN, targets=(*CLEAN.targets, replace(CLEAN.targets[0], target="example.net")))
    assert differences(more, CLEAN) == [("example.net", "absent", "clean")]
    assert differences(CLEAN, more) == [("example.net", "clean", "absent")]


def test_two_probes_that_are_alike_are_compared_one_by_one() -> None:
    twice = probing(CLEAN, SILENT, replace(SILENT, id="p2"))
    later = probing(CLEAN, SILENT, replace(SILENT, id="p2", outcome=Outcome.UNRESOLVED))
    assert differences(later, twice) == [("p2", "accepted_silently", "unresolved")]


def test_a_target_that_was_not_audited_is_not_inconclusive() -> None:
    lost = replace(INCONCLUSIVE.targets[0], not_audited=ErrorEntry(where="dns", message="gone"), probes=())
    found = differences(replace(INCONCLUSIVE, targets=(lost,)), INCONCLUSIVE)
    assert found[0] == ("example.org", "inconclusive", "not_audited")
