"""A check that tries some probes once more has seen both runs: what the first showed is not lost by it."""

from __future__ import annotations

from msgspec.structs import replace

from bsaudit.judge.exit_policy import ExitPolicy, FailOn, exit_code, unmet
from bsaudit.judge.repeated import together
from bsaudit.model.probe import CountsAs, Outcome
from bsaudit.model.report import Basis, Finding, PlannedOut, ProbeEntry, Report, Severity, TargetEntry, Verdict
from tests.support.reports import TOOL, probe


def entry(*probes: ProbeEntry, **fields: object) -> TargetEntry:
    told = {"verdict": Verdict.CLEAN, "basis": Basis.MIXED, "explanation": "nothing seen", **fields}
    return TargetEntry(target="a.example", domain="a.example", probes=probes, **told)  # type: ignore[arg-type]


def finding(name: str, *probes: str) -> Finding:
    return Finding(id=name, severity=Severity.MEDIUM, title="", detail="", reference="", probe_ids=probes)


SILENT = replace(probe(Outcome.ACCEPTED_SILENTLY, CountsAs.GOOD, kind="unknown-recipient", shape="random"), id="p01")
BUSY = replace(probe(Outcome.DEFERRED, CountsAs.INCONCLUSIVE, kind="spam", shape="gtube"), id="p02")
REFUSED = replace(probe(Outcome.REJECTED, CountsAs.GOOD, kind="spam", shape="gtube"), id="p01")
FIRST = entry(
    SILENT,
    BUSY,
    verdict=Verdict.INCONCLUSIVE,
    findings=(finding("accepts-unknown", "p01"), finding("slow", "p02"), finding("answers", "p01", "p02")),
    planned_out=(PlannedOut(probes=("virus:eicar",), reason="the host gets no more"),),
    messages_sent=3,
)
AGAIN = entry(REFUSED, findings=(finding("answers", "p01"),), messages_sent=2)


def test_what_was_not_tried_again_stands_as_it_was() -> None:
    whole = together(FIRST, AGAIN, "7f3a")
    assert [(one.id, one.outcome) for one in whole.probes] == [
        ("7f3a-p01", Outcome.ACCEPTED_SILENTLY),
        ("p01", Outcome.REJECTED),
    ]
    assert (whole.verdict, whole.messages_sent, whole.planned_out) == (Verdict.CLEAN, 5, FIRST.planned_out)
    assert whole.explanation == (
        "nothing seen; run 7f3a before it showed unknown-recipient; "
        "planned out in run 7f3a: virus:eicar (the host gets no more)"
    )


def test_what_was_found_is_found_unless_all_of_it_was_tried_again() -> None:
    found = {one.id: one.probe_ids for one in together(FIRST, AGAIN, "7f3a").findings}
    assert found == {"accepts-unknown": ("7f3a-p01",), "answers": ("7f3a-p01", "p01")}


def test_a_pipeline_asks_both_runs() -> None:
    """Else a server that greylists one probe was rid of its findings, and what is required was shown by nothing."""
    report = Report(tool=TOOL, run=None, verdict=Verdict.CLEAN, exit_code=0, targets=(together(FIRST, AGAIN, "7f3a"),))
    required = ExitPolicy(require=("unknown-recipient", "spam"))
    assert (list(unmet(report, required)), exit_code(report, required)) == ([], 0)
    assert exit_code(report, ExitPolicy(fail_on=FailOn.MEDIUM)) == 1
