"""What `explain` says of one message, through the function that the command and the public API share."""

from __future__ import annotations

import hashlib

import pytest

from bsaudit.judge.explain import explain
from bsaudit.model.knowledge import Knowledge, Party
from bsaudit.model.mail import Route
from bsaudit.model.notification import Attribution, Kind
from bsaudit.model.probe import Reached
from tests.support.notifications import FAILED, dsn

OWN = {"reverse_path": "bounce@own.example", "from_address": "ann@own.example", "reply_to": "help@own.example"}


def bounce(*header: str) -> bytes:
    """Return a bounce with these lines in the place of its To."""
    return dsn(FAILED).replace("To: ann@sender.example", "\n".join(header), 1).encode()


def test_without_knowledge_the_message_speaks_and_nobody_is_accused() -> None:
    raw = bounce("To: ann@own.example")
    told = explain(raw)
    assert (told.notification.kind, told.attribution, told.backscatter) == (Kind.NDN, Attribution.UNKNOWN, None)
    assert told.notification.reached is Reached.UNKNOWN
    assert told.notification.sha256 == hashlib.sha256(raw).hexdigest()
    assert told.notification.recipients[0].final_recipient == "bob@inner.dest.example"


@pytest.mark.parametrize(
    ("header", "reached"),
    [
        (["To: bounce@own.example"], Reached.REVERSE_PATH),
        (["To: Ann <ann@own.example>"], Reached.FROM),
        (["To: HELP@Own.Example"], Reached.REPLY_TO),
        (["Delivered-To: bounce@own.example", "To: ann@own.example"], Reached.REVERSE_PATH),
        (["Delivered-To: inner@store.example", "To: ann@own.example"], Reached.FROM),
        (["To: somebody@else.example"], Reached.UNKNOWN),
        (["To: bounce@own.example.net"], Reached.UNKNOWN),
    ],
)
def test_the_address_that_it_came_to_is_told(header: list[str], reached: Reached) -> None:
    known = Knowledge(route=Route.RELAY, **OWN)
    assert explain(bounce(*header), knowledge=known).notification.reached is reached


def test_an_address_that_stands_in_two_places_tells_nothing() -> None:
    known = Knowledge(route=Route.RELAY, **(OWN | {"from_address": "bounce@own.example"}))
    assert explain(bounce("To: bounce@own.example"), knowledge=known).notification.reached is Reached.UNKNOWN


def test_addresses_alone_accuse_nobody() -> None:
    told = explain(
        bounce("Received: by mx.own.example; Mon, 1 Jun 2026 10:00:01 +0000", "To: ann@own.example"),
        knowledge=Knowledge(route=Route.RELAY, **OWN),
    )
    assert (told.attribution, told.backscatter) == (Attribution.UNKNOWN, None)


def test_with_the_parties_known_the_target_is_named_by_evidence() -> None:
    client = "from mx.dest.example (mx.dest.example [203.0.113.20])"
    received = f"Received: {client} by mx.own.example; Mon, 1 Jun 2026 10:00:01 +0000"
    known = Knowledge(
        route=Route.DIRECT,
        catch=Party(hosts=frozenset({"mx.own.example"})),
        target=Party(hosts=frozenset({"mx.dest.example"}), addresses=frozenset({"203.0.113.20"})),
        **OWN,
    )
    told = explain(bounce(received, "To: bounce@own.example"), knowledge=known)
    assert (told.attribution, told.backscatter) == (Attribution.TARGET, True)
    assert told.notification.reached is Reached.REVERSE_PATH
    assert told.notification.evidence
