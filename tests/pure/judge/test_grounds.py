"""Whom a notice may be written to: nobody of whom it was not proven, and it names no host but his."""

from __future__ import annotations

from itertools import product

import pytest
from msgspec.structs import replace

from bsaudit.errors import UsageError
from bsaudit.judge.advice_table import Problem
from bsaudit.judge.assemble import assemble
from bsaudit.judge.explain import explained
from bsaudit.judge.grounds import grounds_of, grounds_of_message, notifiable
from bsaudit.model.knowledge import Party
from bsaudit.model.notification import Attribution, Strength
from bsaudit.model.report import Report, Verdict
from bsaudit.ndn import read
from bsaudit.report.notice import text_notice
from tests.support.bounces import by_relay, by_target
from tests.support.court import (
    CATCHES,
    CUSTOMER,
    GREETING,
    MESSAGES,
    NEIGHBOUR,
    NOT_SHOWN,
    REFUSED,
    SHOWN,
    STRANGER,
    WORLD,
    Court,
    Fate,
    twins,
)
from tests.support.guilty import PROOF, bounce, bounced, guilty, of_product
from tests.support.reports import CLEAN, INCONCLUSIVE

FORGERS = [STRANGER, GREETING, NEIGHBOUR, CUSTOMER]
INNOCENT = [word for one in FORGERS for word in (one.address, one.name) if word != WORLD.target.name]


def report_of(court: Court) -> Report:
    court.verdict()
    return assemble(court.inquiry)


@pytest.mark.parametrize(
    ("message", "client", "fate", "catch"), [*product(MESSAGES, FORGERS, REFUSED + NOT_SHOWN, CATCHES)]
)
def test_no_forgery_gets_anybody_a_notice(message: str, client: str, fate: Fate, catch: str) -> None:
    court = Court(fate)
    court.receive(MESSAGES[message], client, catch)
    report = report_of(court)
    assert notifiable(report) == []
    with pytest.raises(UsageError, match="no notice"):
        grounds_of(report.targets[0], report)


@pytest.mark.parametrize(("message", "fate", "catch"), [*twins(REFUSED + NOT_SHOWN + SHOWN, CATCHES)])
def test_a_guilty_targets_notice_names_none_of_those_who_forged_beside_it(message: str, fate: Fate, catch: str) -> None:
    court = Court(fate)
    if not fate.shown:  # else nobody but the target's side knew the address
        for after, client in enumerate(FORGERS, 2):
            court.receive(MESSAGES[message], client, catch, after=after)
    court.receive(MESSAGES[message], WORLD.target, catch, after=9)
    report = report_of(court)
    (target,) = notifiable(report)
    said = text_notice(grounds_of(target, report), "en").decode()
    assert WORLD.target.address in said
    assert not [word for word in INNOCENT if word in said]


@pytest.mark.parametrize("report", [CLEAN, INCONCLUSIVE], ids=["clean", "inconclusive"])
def test_who_was_not_convicted_gets_none(report: Report) -> None:
    with pytest.raises(UsageError, match=f"it is {report.verdict}"):
        grounds_of(report.targets[0], report)


def test_weak_evidence_is_not_enough_whatever_the_verdict() -> None:
    weak = tuple(replace(one, strength=Strength.WEAK) for one in PROOF)
    report = guilty(bounced(bounce(proof=weak)))
    assert report.verdict is Verdict.BACKSCATTER
    with pytest.raises(UsageError, match="neither decisively nor strongly"):
        grounds_of(report.targets[0], report)


def test_strong_evidence_for_somebody_else_is_none() -> None:
    relay = tuple(replace(one, supports=Attribution.RELAY) for one in PROOF)
    report = guilty(bounced(bounce(proof=relay)))
    with pytest.raises(UsageError, match="neither decisively nor strongly"):
        grounds_of(report.targets[0], report)


def test_what_a_run_proved_is_told() -> None:
    report = of_product("exim")
    grounds = grounds_of(report.targets[0], report)
    assert (grounds.domain, grounds.host) == ("acme.example", "mx.acme.example [192.0.2.5]")
    assert grounds.problems == (Problem.RECIPIENT,)
    assert [one.product for one in grounds.advice] == ["Exim"]
    assert [one.strength for one in grounds.proof] == [Strength.DECISIVE]
    assert grounds.run is not None
    assert (grounds.run.id, grounds.run.only_own_senders) == ("7f3a9c", True)


def test_a_message_is_told_of_where_its_writer_is_proven_and_nowhere_else() -> None:
    for scene, proven in ((by_target(), True), (by_relay(), False)):
        notification = scene.bounce.read()
        told = explained(notification, scene.knowledge, sha256="0", file="x.eml")
        if proven:
            grounds = grounds_of_message(told, notification, scene.knowledge.target)
            assert WORLD.target.name in grounds.host
            assert not told.notification.written_by_claimed
            assert grounds.domain == "acme.example"
        else:
            with pytest.raises(UsageError, match="not backscatter"):
                grounds_of_message(told, notification, scene.knowledge.target)
    unknown = explained(notification, None, sha256="0", file="x.eml")
    with pytest.raises(UsageError, match="not known to be backscatter") as refused:
        grounds_of_message(unknown, notification, Party())
    assert "--target-host" in refused.value.remedy


def test_a_host_that_calls_itself_by_a_strangers_name_has_not_the_stranger_accused() -> None:
    """Where its address has no name of its own, that which it gives itself is no more than its word."""
    scene = by_target()
    raw = scene.bounce.raw().replace(WORLD.target.name.encode(), b"mx.victim.example")
    ours = b"from mx.victim.example (mx.victim.example ["
    assert ours in raw
    notification = read(raw.replace(ours, b"from mx.victim.example (unknown [", 1))
    told = explained(notification, scene.knowledge, sha256="0", file="x.eml")
    assert told.notification.written_by.host == "mx.victim.example"
    assert told.notification.written_by_claimed
    grounds = grounds_of_message(told, notification, scene.knowledge.target)
    assert grounds.host == WORLD.target.address
    said = text_notice(grounds, "en").decode()
    assert f"Subject: Backscatter from {WORLD.target.address}: " in said
    assert f"swaks --server {WORLD.target.address} " in said


@pytest.mark.parametrize("named", ["boss@victim.example", "u@a.example,postmaster", ""])
def test_a_message_names_nobody_to_whom_the_notice_about_it_goes(named: str) -> None:
    """A guilty server that writes a stranger's address into its report would have him told, as of his server."""
    scene = by_target()
    notification = scene.bounce.read()
    theirs = tuple(replace(one, final_recipient=named, original_recipient=named) for one in notification.recipients)
    notification = replace(notification, recipients=theirs, original_to=named)
    told = explained(notification, scene.knowledge, sha256="0", file="x.eml")
    target = scene.knowledge.target
    for known, domain in ((target, "acme.example"), (replace(target, domains=frozenset()), "acme.example")):
        grounds = grounds_of_message(told, notification, known)
        assert grounds.domain == domain
        assert text_notice(grounds, "en").startswith(b"To: postmaster@acme.example\n")
    with pytest.raises(UsageError, match="nobody said whose that host is"):
        grounds_of_message(told, notification, Party(addresses=target.addresses))
