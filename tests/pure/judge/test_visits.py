"""What came on the day before a run shows that strangers reach us: where nothing ties it to our own side."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from bsaudit.judge.learn import learn
from bsaudit.judge.visits import visits
from bsaudit.model.knowledge import Party
from bsaudit.model.mail import Arrival, Host, MailExchanger, Route
from bsaudit.model.notification import Hop
from bsaudit.model.run import RelayFacts, RunRecord
from bsaudit.model.way_back import Grade, ShownBy, Visit
from tests.support.judged import GOOD, NOW
from tests.support.own_controls import CATCH, RELAY, control, run

YESTERDAY = NOW - timedelta(hours=23)
STRANGER = "out.elsewhere.example"
LEARNED = replace(
    GOOD,
    catch=Party(hosts=frozenset({"mx.inbox.example", "store.inbox.example"}), addresses=frozenset(CATCH.addresses)),
    relay=Party(addresses=frozenset(RELAY.addresses)),
)
OURS = "192.0.2.200"  # where our own mail comes from, as the catch MX sees it


def header(
    *,
    client: str = f"{STRANGER} ({STRANGER} [203.0.113.77])",
    to: str = "me@inbox.example",
    hours: float = 23,
    reverse_path: str = "who@elsewhere.example",
    lines: str = "",
    author: str = "who@elsewhere.example",
) -> Arrival:
    """Return the header of a message that came through our mail exchanger and was stored behind it."""
    at = (NOW - timedelta(hours=hours)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    text = (
        f"Return-Path: <{reverse_path}>\r\n"
        f"Received: from mx.inbox.example (mx.inbox.example [198.51.100.9]) by store.inbox.example; {at}\r\n"
        f"Received: from {client} by mx.inbox.example for <{to}>; {at}\r\n{lines}"
        f"From: {author}\r\nTo: me@inbox.example\r\n\r\n"
    )
    return Arrival(uid="1", raw=text.encode(), seen_at=NOW)


def seen(*, address: str = "203.0.113.77", to: str = "me@inbox.example", hours: float = 23) -> Arrival:
    """Return what our own catch MX noted of a session."""
    return Arrival(
        uid="",
        raw=b"",
        seen_at=NOW - timedelta(hours=hours),
        peer=Host(address=address),
        helo="x.example",
        envelope_from="",
        envelope_to=(to,),
    )


def direct(address: str = OURS) -> RunRecord:
    """Return a run whose own NDN control went in by the public MX, from `address`."""
    own = control(Hop(address=address), route=Route.DIRECT)
    return run(replace(own, probe=replace(own.probe, mail_exchanger=CATCH.host)), relay=None)


def test_a_strangers_visit_is_told_with_when_and_who() -> None:
    (visit,) = visits([header()], run(), LEARNED)
    assert visit == Visit(at=YESTERDAY, from_=STRANGER)
    (noted,) = visits([seen()], run(), LEARNED)
    assert (noted.at, noted.from_nobody, noted.seen) == (YESTERDAY, True, True)


FORGED = (
    "Received: from out.elsewhere.example (out.elsewhere.example [203.0.113.77]) by mx.inbox.example "
    f"for <me@inbox.example>; {YESTERDAY:%a, %d %b %Y %H:%M:%S} +0000\r\n"
)


@pytest.mark.parametrize(
    "arrival",
    [
        header(hours=25),  # by a way that may be closed today
        header(hours=-1),  # of this run, or of a wrong clock
        header(to="root"),
        header(to="me@another.example"),  # another domain's way into the same mailbox; To is a claim
        header(client="relay (smtp.carrier.example [203.0.113.4])"),  # the relay is looked at by itself
        header(client="in.inbox.example (in.inbox.example [203.0.113.80])"),  # the mailbox provider's own
        header(client="neighbour (unknown [198.51.100.77])"),  # near the catch MX, perhaps one of its networks
        header(client="gateway ([10.0.0.1])"),
        header(client="localhost ([127.0.0.1])"),
        header(client="gateway ([10.0.0.1])", lines=FORGED),
        header(reverse_path="", author="me+babcdefghijklmnop@inbox.example"),  # a control that another machine sent
        seen(hours=25),
        seen(to="me@another.example"),
        seen(address="198.51.100.9"),
        seen(to="me+babcdefghijklmnop@inbox.example"),  # perhaps a control of ours, of another day
        Arrival(uid="1", raw=b"", seen_at=YESTERDAY),
        Arrival(uid="1", raw=b"\xff\x00 nonsense", seen_at=YESTERDAY),
    ],
)
def test_what_is_perhaps_our_own_or_came_another_way_is_no_visit(arrival: Arrival) -> None:
    assert visits([arrival], run(), LEARNED) == ()


def test_what_came_to_a_tagged_address_counts_where_our_own_address_is_known() -> None:
    """A target's bounce of yesterday, that is, and not our own control."""
    tagged = "me+babcdefghijklmnop@inbox.example"
    assert visits([seen(to=tagged)], direct(), LEARNED)
    assert not visits([seen(to=tagged, address=OURS)], direct(), LEARNED)


def test_the_newest_of_each_kind_is_kept() -> None:
    came = [header(hours=hours, reverse_path=path) for hours in (3, 2, 4) for path in ("", "who@elsewhere.example")]
    assert {(visit.at, visit.from_nobody) for visit in visits(came, run(), LEARNED)} == {
        (NOW - timedelta(hours=2), True),
        (NOW - timedelta(hours=2), False),
    }


OTHER = Visit(at=YESTERDAY, from_=STRANGER)


def shown(record: RunRecord, *found: Visit) -> Grade:
    way = learn(replace(record, visits=found)).strangers
    assert way.grade is Grade.NONE or (way.shown_by, way.from_, way.at) == (ShownBy.ARRIVAL, STRANGER, YESTERDAY)
    return way.grade


@pytest.mark.parametrize("visit", [OTHER, replace(OTHER, from_nobody=True), replace(OTHER, seen=True)])
def test_a_visit_and_our_own_notification_by_the_public_mx_show_the_way(visit: Visit) -> None:
    assert shown(direct(), visit) is Grade.STRANGERS
    assert shown(run(relay=None), visit) is Grade.NONE  # nothing of ours has come
    assert shown(direct()) is Grade.NONE


@pytest.mark.parametrize("address", ["198.51.100.9", "198.51.100.20", "10.0.0.4", "127.0.0.1"])
def test_where_we_are_no_stranger_to_the_catch_mx_mail_of_persons_does_not_show_that_notifications_come(
    address: str,
) -> None:
    """Some servers take mail from <> from their own networks only."""
    assert shown(direct(address), OTHER) is Grade.NONE
    assert shown(direct(address), replace(OTHER, from_nobody=True)) is Grade.STRANGERS
    assert shown(direct(address), replace(OTHER, seen=True)) is Grade.STRANGERS  # our own server has no such rule


def test_the_relay_is_not_believed_to_be_a_stranger_where_it_is_the_catch_mx() -> None:
    facts = RelayFacts(host=CATCH.host, addresses=CATCH.addresses)
    relayed = run(control(Hop(address=CATCH.addresses[0])), relay=facts)
    assert shown(relayed, OTHER) is Grade.NONE
    assert shown(relayed, replace(OTHER, from_nobody=True)) is Grade.STRANGERS


def test_a_catch_domain_with_several_mail_exchangers_names_each_of_them() -> None:
    second = MailExchanger(host="mx2.inbox.example", addresses=("192.0.2.200",))
    near = header(client="neighbour (unknown [192.0.2.201])")
    assert visits([near], run(), LEARNED)
    assert not visits([near], run(catch_exchangers=(CATCH, second)), LEARNED)
