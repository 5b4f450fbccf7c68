"""What the controls teach about a relay that does not leave the reverse-path alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bsaudit.judge.learn import Learned, learn
from bsaudit.model.mail import MailExchanger, Route
from bsaudit.model.notification import Attributed, Attribution, Kind, Notification
from bsaudit.model.probe import Control, Probe, ProbeRecord, Reached, Recipient, ReturnedMail, Role
from bsaudit.model.run import RelayFacts, RunRecord
from bsaudit.ndn.trace import Trace
from tests.support.bounces import WORLD, line

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ADDRESS = "catch+b1@inbox.example"


def control(name: str, reverse_path: str) -> ProbeRecord:
    """Return a control that came through, and the reverse-path that it arrived with."""
    message_id = f"<{name}@inbox.example>"
    trace = Trace(lambda: [line(WORLD.catch, WORLD.relay), line(WORLD.relay, WORLD.auditor)])
    came = ReturnedMail(
        notification=Notification(
            kind=Kind.OTHER,
            message_id=message_id,
            reverse_path=reverse_path,
            trace=trace,
        ),
        attributed=Attributed(attribution=Attribution.CATCH),
        reached=Reached.UNKNOWN,
        arrived_at=NOW,
        uid=name,
        sha256="0",
    )
    sent = Probe(
        id=name,
        kind="control",
        control=name,
        shape="plus",
        route=Route.RELAY,
        recipients=(Recipient(address=ADDRESS, role=Role.CATCH),),
        reverse_path=ADDRESS,
        from_address=ADDRESS,
        reply_to=ADDRESS,
        message_id=message_id,
        envid="e",
        tokens={},
        content="ordinary",
    )
    return ProbeRecord(probe=sent, returned=(came,))


def learned(reverse_path: str) -> Learned:
    """Return what a run learns whose mail arrives with this reverse-path, to which a DSN was returned."""
    return learn(
        RunRecord(
            id="r1",
            key=b"k",
            started_at=NOW,
            route=Route.RELAY,
            catch_exchangers=(MailExchanger(host=WORLD.catch.name),),
            relay=RelayFacts(host=WORLD.relay.name),
            probes=[control(Control.CATCH, reverse_path), control(Control.NDN_RETURN, "")],
        )
    )


def test_a_relay_that_leaves_the_reverse_path_alone_is_trusted() -> None:
    assert not learned(ADDRESS).rewrites_reverse_path
    assert learned(ADDRESS).trustworthy


@pytest.mark.parametrize(
    "rewritten",
    ["SRS0=Zx=4T=inbox.example=catch+b1@carrier.example", "prvs=0123456789=catch+b1@inbox.example"],
    ids=["in the relay's domain", "signed, as BATV does"],
)
def test_a_relay_that_rewrites_it_is_trusted_if_a_dsn_to_that_address_comes_back(rewritten: str) -> None:
    assert learned(rewritten).rewrites_reverse_path
    assert learned(rewritten).trustworthy


def test_a_reverse_path_that_is_made_of_the_recipient_proves_nothing_about_other_recipients() -> None:
    """Some forwarders write the sender's whole address before the recipient's domain: there its bounces go."""
    assert not learned("catch+b1+fwd_from=catch+b1=inbox.example@inbox.example").trustworthy
