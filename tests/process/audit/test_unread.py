"""Answers in words that nobody here knows: whether a machine wrote them, and not about delivery."""

from __future__ import annotations

import pytest

from bsaudit.lab.mail import Envelope
from bsaudit.lab.relay import RelayHabits
from bsaudit.lab.targets import Behaviours, Discarding, Machine, Site
from bsaudit.model.probe import Difference
from bsaudit.model.report import TargetEntry, Verdict
from tests.support.audits import audited, only


class Latin(Discarding):
    """Answers whoever writes, for nobody who exists."""

    async def accepted(self, envelope: Envelope) -> None:
        text = "Salve! Epistula tua nobis placuit valde, et mox rescribemus. Vale."
        lines = (f"From: consul@{self.domain}", "Subject: Gratias tibi agimus", "", text, "")
        self.write_to(envelope.mail_from, "\r\n".join(lines).encode())


class LatinReceipts(Latin):
    """Says so only where a report was asked for: it may be a report of success."""

    offer_dsn = True

    async def accepted(self, envelope: Envelope) -> None:
        if "SUCCESS" in envelope.recipients[0].notify:
            await super().accepted(envelope)


def target_of(monkeypatch: pytest.MonkeyPatch, behaviour: type[Discarding], *, dsn: bool = True) -> TargetEntry:
    machine = Machine(behaviour=behaviour)
    site = Site(about="", machines=(machine,), relay=Verdict.BACKSCATTER, direct=Verdict.BACKSCATTER)
    monkeypatch.setitem(Behaviours.TABLE, "latin", site)
    kinds = ("unknown-recipient:random",)
    return only(audited("latin", kinds=kinds, wait_s=8.0, habits=RelayHabits(offers_dsn=dsn)))


def test_an_answer_that_comes_without_notify_as_well_is_automatic(monkeypatch: pytest.MonkeyPatch) -> None:
    target = target_of(monkeypatch, Latin)
    assert target.verdict is Verdict.BACKSCATTER, target.explanation
    assert [probe.difference for probe in target.probes if probe.repeats] == [Difference.WITHOUT_NOTIFY]


def test_what_comes_only_where_a_report_was_asked_for_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    target = target_of(monkeypatch, LatinReceipts)
    assert target.verdict is Verdict.INCONCLUSIVE, target.explanation
    assert [probe.difference for probe in target.probes if probe.repeats] == [Difference.WITHOUT_NOTIFY]


def test_where_no_report_was_asked_for_nothing_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    target = target_of(monkeypatch, Latin, dsn=False)
    assert target.verdict is Verdict.BACKSCATTER, target.explanation
    assert not any(probe.repeats for probe in target.probes)
