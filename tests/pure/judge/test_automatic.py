"""A message in words that nobody here knows: a machine's, by when it came and by another one like it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from bsaudit.judge.automatic import is_automatic
from bsaudit.judge.case import Case
from bsaudit.judge.outcome import judge
from bsaudit.model.notification import Attribution, Kind
from bsaudit.model.probe import CountsAs, Outcome, Probe, ProbeRecord, Reached, ReturnedMail
from bsaudit.model.settings import Tagging
from tests.support.judged import GOOD, NOW, OPEN, TARGET, came, probe, taken

TEXT = "Asante kwa barua pepe yako. Ofisi imefungwa hadi Jumatatu."


def said(text: str = TEXT, *, after: float, by: Attribution = Attribution.TARGET) -> ReturnedMail:
    mail = came(Kind.OTHER, by, after=after)
    return replace(mail, notification=replace(mail.notification, prose=text))


def answered(mail: ReturnedMail, **more: object) -> ProbeRecord:
    return ProbeRecord(probe=replace(probe(), id="p02"), submission=replace(taken(), **more), returned=(mail,))


def automatic(record: ProbeRecord, *others: ProbeRecord, tagging: Tagging = Tagging.PLUS) -> bool:
    return is_automatic(record.returned[0], record, others, tagging)


def test_nobody_answers_within_a_minute() -> None:
    assert automatic(answered(said(after=20)))
    assert not automatic(answered(said(after=90)))


def test_two_alike_are_a_machines_whatever_differs_each_time() -> None:
    one = answered(said(f"{TEXT} Ref 17, me+aaa1@inbox.example", after=300))
    same = answered(said(f"{TEXT} Ref 18, me+bbb2@inbox.example", after=400))
    assert automatic(one, same)
    assert not automatic(one, answered(said("Habari, umetuandikia kwa makosa, tafadhali.", after=400)))
    assert not automatic(one, replaced(same, 700))
    assert not automatic(answered(said("Ndiyo", after=300)), answered(said("Ndiyo", after=300)))


def replaced(record: ProbeRecord, after: float) -> ProbeRecord:
    mail = replace(record.returned[0], arrived_at=NOW + timedelta(seconds=after))
    return ProbeRecord(probe=record.probe, submission=record.submission, returned=(mail,))


@pytest.mark.parametrize(
    "record",
    [
        answered(said(after=5), dsn_requested=True),  # a report of success that we asked for
        answered(said(after=5), accepted=None),
        answered(replace(said(after=5), reached=Reached.FROM)),  # people write to From
        answered(said(after=5, by=Attribution.UNKNOWN)),
        answered(said(after=5, by=Attribution.RELAY)),
    ],
)
def test_what_may_be_something_else_is_not_taken_for_it(record: ProbeRecord) -> None:
    assert not automatic(record)


def test_without_tagged_addresses_nobody_knows_what_was_answered() -> None:
    assert not automatic(answered(said(after=5)), tagging=Tagging.NONE)


@pytest.mark.parametrize(
    ("one", "counts_as"), [(probe(), CountsAs.BACKSCATTER), (probe("challenge"), CountsAs.FINDING)]
)
def test_an_answer_in_the_name_of_nobody_is_backscatter_and_an_existing_persons_a_finding(
    one: Probe, counts_as: CountsAs
) -> None:
    mail = said(after=5)
    record = ProbeRecord(probe=one, submission=taken(), returned=(mail,))
    case = Case(record=record, learned=GOOD, target=TARGET, grace_s=300, way_back=OPEN)
    assert judge(case).settlement.outcome is Outcome.UNRESOLVED
    found = judge(replace(case, automatic=(mail.uid,))).settlement
    assert (found.outcome, found.counts_as) == (Outcome.AUTOREPLIED, counts_as)
    assert "answered by a machine" in found.explanation
