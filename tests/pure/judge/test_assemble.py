"""What the report says of mail exchangers that a relay never showed."""

from __future__ import annotations

import sys

import pytest
from msgspec.structs import replace

from bsaudit.judge.assemble import assemble
from bsaudit.judge.inquiry import Inquiry
from bsaudit.judge.verdict import Judgement
from bsaudit.model.mail import MailExchanger, Route
from bsaudit.model.probe import CountsAs, Outcome, ProbeRecord, Recipient, Role, Settlement
from bsaudit.model.report import Basis, Verdict
from bsaudit.model.run import RunRecord
from bsaudit.model.settings import RunSettings
from tests.support.judged import NOW, TARGET, probe


@pytest.mark.parametrize("route", list(Route))
def test_a_report_is_made_of_whatever_is_recorded(route: Route) -> None:
    run = RunRecord(
        id="r", key=b"k", started_at=NOW, route=route, targets=[TARGET], probes=[ProbeRecord(probe=probe())]
    )
    report = assemble(Inquiry(run))
    assert (report.verdict.value, report.exit_code) == ("inconclusive", 3)


def test_a_clean_verdict_by_relay_names_the_exchangers_it_does_not_cover(monkeypatch: pytest.MonkeyPatch) -> None:

    clean = Judgement(verdict=Verdict.CLEAN, basis=Basis.REJECTED, explanation="no backscatter seen")
    monkeypatch.setattr(sys.modules["bsaudit.judge.assemble"], "judge_target", lambda *_, **__: clean)
    second = MailExchanger(host="mx2.acme.example", addresses=("192.0.2.6",))
    target = replace(TARGET, mail_exchangers=(*TARGET.mail_exchangers, second))

    def explained(route: Route) -> str:
        run = RunRecord(id="r", key=b"k", started_at=NOW, route=route, targets=[target])
        return assemble(Inquiry(run)).targets[0].explanation

    assert "1 more" in explained(Route.RELAY)
    assert explained(Route.DIRECT) == "no backscatter seen"


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
