"""Somebody came to bring a message to a probe's address, and our own side did not get it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from bsaudit.judge.lost import lost_for
from bsaudit.model.mail import CatchSession, Host
from bsaudit.model.notification import Attribution, Kind
from bsaudit.model.probe import ProbeRecord
from tests.support.judged import NOW, came, probe

PROBE = probe()
PEER = Host(address="192.0.2.5")
SESSION = CatchSession(at=NOW, peer=PEER, rcpt_to=(PROBE.reverse_path.upper(),), data=True, lost=True)


@pytest.mark.parametrize(
    ("session", "counts"),
    [
        (SESSION, True),
        (replace(SESSION, rcpt_to=(), refused_to=(PROBE.reverse_path,), data=False), True),  # there was no room
        (replace(SESSION, rcpt_to=("somebody@inbox.example",)), False),
        (replace(SESSION, lost=False), False),
    ],
)
def test_what_was_lost_is_that_of_the_probe_whose_address_it_named(session: CatchSession, counts: bool) -> None:
    assert bool(list(lost_for(ProbeRecord(probe=PROBE), [session]))) is counts


@pytest.mark.parametrize(
    ("peer", "after_s", "kind", "counts"),
    [
        (PEER, 60, Kind.NDN, False),
        (PEER, -60, Kind.NDN, True),
        (Host(address="192.0.2.6"), 60, Kind.NDN, True),
        (PEER, 60, Kind.SUCCESS, True),  # written beside the bounce that was lost, perhaps
        (PEER, 60, Kind.RELAYED, True),
    ],
)
def test_what_the_same_host_brings_later_is_not_lost(peer: Host, after_s: float, kind: Kind, counts: bool) -> None:
    mail = replace(came(kind, Attribution.RELAY), peer=peer, arrived_at=NOW + timedelta(seconds=after_s))
    assert bool(list(lost_for(ProbeRecord(probe=PROBE, returned=(mail,)), [SESSION]))) is counts
