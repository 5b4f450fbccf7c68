"""Findings beside the verdict: each appears when what it names was seen, once, with its probes."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bsaudit.judge.case import COUNTS_AS
from bsaudit.judge.findings import TABLE, find
from bsaudit.model.mail import Reply, Route
from bsaudit.model.notification import Attribution, Kind, Returned
from bsaudit.model.probe import (
    CountsAs,
    Difference,
    Outcome,
    ProbeRecord,
    Reached,
    Recipient,
    ReturnedMail,
    Role,
    Settlement,
)
from tests.support.judged import came, probe, taken


def record(outcome: Outcome, *mails: ReturnedMail, counts: CountsAs | None = None, **more: object) -> ProbeRecord:
    settlement = Settlement(outcome=outcome, counts_as=counts or COUNTS_AS[outcome], explanation="so it was")
    return ProbeRecord(probe=replace(probe(), **more), submission=taken(), returned=list(mails), settlement=settlement)


def answer(**more: object) -> ReturnedMail:
    mail = came(Kind.AUTOREPLY, Attribution.TARGET)
    said = {"reverse_path": "", "auto_submitted": "auto-replied"} | more
    return replace(mail, notification=replace(mail.notification, **said))


AUTORESPONDER = (Recipient(address="v@acme.example", role=Role.AUTORESPONDER),)
SCENES = {
    "contradicted-notice": replace(
        record(Outcome.UNRESOLVED, came(Kind.NDN, Attribution.UNKNOWN), route=Route.DIRECT),
        submission=taken(accepted=False, code=550, text="5.1.1 no such user"),
    ),
    "forwards-and-returns": record(
        Outcome.BOUNCED, came(Kind.NDN, Attribution.BEYOND_TARGET), counts=CountsAs.FINDING, kind="forwarder"
    ),
    "callout": record(Outcome.CALLED_OUT),  # its settlement says so, see below
    "bounces-authenticated": record(Outcome.BOUNCED, came(Kind.NDN, Attribution.TARGET), counts=CountsAs.FINDING),
    "answers-wrong-address": record(
        Outcome.AUTOREPLIED, replace(came(Kind.NDN, Attribution.TARGET), reached=Reached.FROM)
    ),
    "answers-lists": record(Outcome.AUTOREPLIED, answer(), content="list"),
    "answers-repeatedly": record(Outcome.AUTOREPLIED, answer(), answer(), recipients=AUTORESPONDER),
    "answer-reverse-path": record(Outcome.AUTOREPLIED, answer(reverse_path="v@acme.example")),
    "answer-unmarked": record(Outcome.AUTOREPLIED, answer(auto_submitted=None)),
    "answers": record(Outcome.AUTOREPLIED, answer()),
    "refuses-null-reverse-path": record(Outcome.REJECTED, kind="null-reverse-path", rcpt_only=True),
    "no-postmaster": record(Outcome.REJECTED, kind="postmaster", rcpt_only=True),
    "no-abuse": record(Outcome.REJECTED, kind="abuse", rcpt_only=True),
    "no-contact": record(Outcome.REJECTED, kind="contact", rcpt_only=True),
    "accepts-unknown": record(Outcome.ACCEPTED_SILENTLY, shape="random"),
    "second-try-differs": record(Outcome.REJECTED),
    "bounces-with-notify": record(Outcome.UNRESOLVED, difference=Difference.WITHOUT_NOTIFY),
}
SCENES["callout"].settlement = replace(SCENES["callout"].settlement, called_out=True)
SCENES["second-try-differs"].submission = replace(taken(), put_off=Reply(code=450, text="Greylisted"))


def test_every_finding_has_a_scene() -> None:
    assert set(SCENES) == {row.id for row in TABLE}


@pytest.mark.parametrize("finding", sorted(SCENES))
def test_it_is_found_where_it_was_seen(finding: str) -> None:
    found = {one.id: one for one in find([SCENES[finding]])}
    assert found[finding].probe_ids == ("p01",)
    assert found[finding].reference
    assert found[finding].detail


def test_a_forwarder_that_returns_what_the_destination_refused_is_named_as_one() -> None:
    forwarder = (Recipient(address="who@acme.example", role=Role.FORWARDER),)
    refused = came(Kind.NDN, Attribution.TARGET, code=550, remote="mx.elsewhere.example")
    failed = came(Kind.NDN, Attribution.TARGET)  # by itself: no other host is named
    found = [find([record(Outcome.BOUNCED, mail, recipients=forwarder)]) for mail in (refused, failed)]
    named = ["forwards-and-returns" in {one.id for one in findings} for findings in found]
    assert named == [True, False]


def test_spam_that_comes_back_from_a_vacationer_or_from_two_is_spam_that_comes_back() -> None:
    mail = came(Kind.NDN, Attribution.TARGET)
    whole = replace(mail.notification, returned=Returned.FULL, returned_payload=True)
    for kind in ("autoresponder", "mixed-recipients"):
        bounced = record(Outcome.BOUNCED, replace(mail, notification=whole), kind=kind, content="gtube")
        assert "ndn-returns-spam" in {one.id for one in find([bounced])}
    ordinary = record(Outcome.BOUNCED, replace(mail, notification=whole), kind="mixed-recipients")
    assert "ndn-returns-spam" not in {one.id for one in find([ordinary])}


def test_one_answer_that_is_seen_twice_is_one() -> None:
    one = answer(message_id="<a1@mx.acme.example>")
    twice = record(Outcome.AUTOREPLIED, one, one, recipients=AUTORESPONDER)
    assert "answers-repeatedly" not in {finding.id for finding in find([twice])}


def test_a_callout_is_told_beside_a_bounce_too() -> None:
    bounced = record(Outcome.BOUNCED, came(Kind.NDN, Attribution.TARGET))
    bounced.settlement = replace(bounced.settlement, called_out=True)
    assert "callout" in {one.id for one in find([bounced])}


def test_a_second_try_that_is_put_off_too_differs_from_nothing() -> None:
    greylisted = Reply(code=450, text="Greylisted")
    off = record(Outcome.DEFERRED)
    off.submission = replace(taken(accepted=False), reply=greylisted, put_off=greylisted)
    assert find([off]) == ()


@pytest.mark.parametrize("outcome", [Outcome.MASKED, Outcome.REFUSED_BY_RELAY, Outcome.DEFERRED])
def test_a_repetition_that_was_refused_says_nothing_of_notify(outcome: Outcome) -> None:
    repetition = record(outcome, difference=Difference.WITHOUT_NOTIFY)
    repetition.submission = taken(accepted=False, code=550)
    assert find([repetition]) == ()
    by_relay = record(outcome, came(Kind.NDN, Attribution.RELAY), difference=Difference.WITHOUT_NOTIFY)
    assert find([by_relay]) == ()


def test_a_clean_run_has_no_findings() -> None:
    rejected = record(Outcome.REJECTED, came(Kind.NDN, Attribution.RELAY))
    positive = record(Outcome.ACCEPTED_SILENTLY, kind="positive", control="positive")
    assert find([positive, rejected]) == ()


def test_what_others_wrote_is_no_finding_of_the_target() -> None:
    mail = replace(came(Kind.AUTOREPLY, Attribution.UNKNOWN), reached=Reached.FROM)
    assert find([record(Outcome.UNRESOLVED, mail)]) == ()


def test_the_same_finding_of_several_probes_stands_once() -> None:
    found = [one for one in find([SCENES["callout"], SCENES["callout"]]) if one.id == "callout"]
    assert [one.probe_ids for one in found] == [("p01", "p01")]
