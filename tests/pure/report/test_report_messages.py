"""Who wrote a message, in words."""

from __future__ import annotations

import pytest

from bsaudit.model.mail import Host
from bsaudit.model.notification import Attribution, Kind
from bsaudit.model.probe import CountsAs, Outcome
from bsaudit.model.report import NotificationEntry
from bsaudit.report import words
from bsaudit.report.messages import written_by
from bsaudit.report.timeline import timeline
from tests.support.reports import probe

SEEN, CLAIMED = Host(host="mx.a.example", address="192.0.2.5"), Host(host="mx.victim.example")
OWN = Host(host="mx.b.example")  # by no address, but in the writer's own organisation


@pytest.mark.parametrize(
    ("side", "writer", "told"),
    [
        (Attribution.TARGET, SEEN, "the target, mx.a.example [192.0.2.5]"),
        (Attribution.TARGET, CLAIMED, "the target, which calls itself mx.victim.example"),
        (Attribution.BEYOND_TARGET, CLAIMED, "a system behind the target, which calls itself mx.victim.example"),
        (Attribution.TARGET, OWN, "the target, mx.b.example"),
        (Attribution.RELAY, OWN, "the relay, mx.b.example"),
        (Attribution.TARGET, Host(address="192.0.2.5"), "the target, 192.0.2.5"),
        (Attribution.UNKNOWN, Host(), "unknown"),
    ],
)
def test_a_name_that_a_host_gives_itself_is_told_as_that(side: Attribution, writer: Host, told: str) -> None:
    """It may be a stranger's, who is not to be taken for the source of it."""
    claimed = writer is CLAIMED
    entry = NotificationEntry(
        kind=Kind.NDN, attribution=side, written_by=writer, written_by_claimed=claimed, handed_over_by=Host()
    )
    assert written_by(entry).startswith(told)
    shown = probe(Outcome.BOUNCED, CountsAs.BACKSCATTER, written_by=writer, notifications=(entry,))
    assert words.writer(shown).startswith("calls itself ") is claimed
    assert ("a host that calls itself " in " ".join(moment.what for moment in timeline(shown))) is claimed
