"""What the report says of mail exchangers that a relay never showed."""

from __future__ import annotations

import sys

import pytest
from msgspec.structs import replace

from bsaudit.judge.assemble import assemble
from bsaudit.judge.inquiry import Inquiry
from bsaudit.judge.verdict import Judgement
from bsaudit.model.mail import MailExchanger, Route
from bsaudit.model.notification import Attribution, Kind
from bsaudit.model.probe import CountsAs, Outcome, ProbeRecord, Recipient, Role, Settlement
from bsaudit.model.report import Basis, PlannedOut, Verdict
from bsaudit.model.run import RunRecord
from bsaudit.model.settings import RunSettings
from tests.support.judged import NOW, TARGET, came, probe


@pytest.mark.parametrize("route", list(Route))
def test_a_report_is_made_of_whatever_is_recorded(route: Route) -> None:
    run = RunRecord(
        id="r", key=b"k", started_at=NOW, route=route, targets=[TARGET], probes=[ProbeRecord(probe=probe())]
    )
    report = assemble(Inquiry(run))
    assert (report.verdict.value, report.exit_code) == ("inconclusive", 3)


def test_mail_exchangers_that_did_not_answer_are_named_where_else_it_would_be_clean(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What `judge_target` is told; that it heads the verdict is tried where the verdict is."""
    told: list[object] = []

    def judged(*_: object, so_far: str | None, **__: object) -> Judgement:
        told.append(so_far)
        return Judgement(verdict=Verdict.INCONCLUSIVE, basis=Basis.REJECTED, explanation=str(so_far))

    monkeypatch.setattr(sys.modules["bsaudit.judge.assemble"], "judge_target", judged)
    second = MailExchanger(host="mx2.acme.example", addresses=("192.0.2.6",))
    target = replace(TARGET, mail_exchangers=(*TARGET.mail_exchangers, second))
    ndn = came(Kind.NDN, Attribution.RELAY, code=550, remote="mx.acme.example")
    record = ProbeRecord(probe=probe(), returned=(ndn,))
    run = RunRecord(id="r", key=b"k", started_at=NOW, route=Route.RELAY, targets=[target], probes=[record])
    (entry,) = assemble(Inquiry(run)).targets
    assert told == ["clean so far at mx.acme.example; mx2.acme.example not tried"]
    assert [(mx.host, mx.tried) for mx in entry.mail_exchangers] == [("mx.acme.example", True), (second.host, False)]


def test_a_clean_verdict_names_what_was_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    clean = Judgement(verdict=Verdict.CLEAN, basis=Basis.REJECTED, explanation="no backscatter seen")
    monkeypatch.setattr(sys.modules["bsaudit.judge.assemble"], "judge_target", lambda *_, **__: clean)
    target = replace(TARGET, left_out=("virus:zip",))
    run = RunRecord(
        id="r",
        key=b"k",
        started_at=NOW,
        route=Route.DIRECT,
        targets=[target],
        settings=RunSettings(lacking=("spam:gtube",)),
    )
    explanation = assemble(Inquiry(run)).targets[0].explanation
    assert "--max-probes allows: virus:zip" in explanation
    assert "owner has not agreed: spam:gtube" in explanation


def test_what_is_planned_out_and_what_a_rule_loses_are_fields_of_their_own() -> None:
    out = ("unknown-recipient:role, unknown-recipient:tagged (192.0.2.5 is asked)", "spam:offer (no room)")
    settings = RunSettings(dropped_fields=((), ("List-Id", "X-\x1b[31mTo")))
    target = replace(TARGET, planned_out=out)
    run = RunRecord(id="r", key=b"k", started_at=NOW, route=Route.DIRECT, targets=[target], settings=settings)
    report = assemble(Inquiry(run))
    assert report.targets[0].planned_out == (
        PlannedOut(probes=("unknown-recipient:role", "unknown-recipient:tagged"), reason="192.0.2.5 is asked"),
        PlannedOut(probes=("spam:offer",), reason="no room"),
    )
    assert report.run is not None
    assert [(rule.number, len(rule.dropped_fields)) for rule in report.run.rules] == [(1, 0), (2, 2)]
    assert "\x1b" not in report.run.rules[1].dropped_fields[1]


def test_a_mail_exchanger_that_got_nothing_forbids_clean() -> None:
    asked = RunRecord(
        id="r", key=b"k", started_at=NOW, route=Route.DIRECT, targets=[replace(TARGET, not_asked=("mx7.acme.example",))]
    )
    assert "nothing was sent to mx7.acme.example" in assemble(Inquiry(asked)).targets[0].explanation


@pytest.mark.parametrize(
    ("role", "outcome", "said"),
    [
        (Role.POSTMASTER, Outcome.ACCEPTED_SILENTLY, True),
        (Role.POSTMASTER, Outcome.REJECTED, False),
        (Role.VALID, Outcome.ACCEPTED_SILENTLY, False),
    ],
)
def test_content_that_postmaster_got_may_have_passed_no_filter(
    monkeypatch: pytest.MonkeyPatch, role: Role, outcome: Outcome, said: bool
) -> None:
    clean = Judgement(verdict=Verdict.CLEAN, basis=Basis.SILENCE, explanation="no backscatter seen")
    monkeypatch.setattr(sys.modules["bsaudit.judge.assemble"], "judge_target", lambda *_, **__: clean)
    settlement = Settlement(outcome=outcome, counts_as=CountsAs.GOOD, explanation="so it was")
    spam = replace(probe("spam", "gtube"), recipients=(Recipient(address="postmaster@acme.example", role=role),))
    record = ProbeRecord(probe=spam, settlement=settlement)
    run = RunRecord(id="r", key=b"k", started_at=NOW, route=Route.RELAY, targets=[TARGET], probes=[record])
    assert ("filters often spare" in assemble(Inquiry(run)).targets[0].explanation) is said
