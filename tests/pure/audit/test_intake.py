"""Whose probe a session at our own catch MX asked for, by the token in its address or by the address itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, cast

import pytest
from msgspec.structs import replace

from bsaudit.audit.intake import Intake
from bsaudit.judge.inquiry import Inquiry
from bsaudit.model.mail import CatchSession, Host, Verified
from bsaudit.model.probe import Probe, ProbeRecord
from tests.support import tokened
from tests.support.judged import NOW, TARGET
from tests.support.own_controls import run


def probe(probe_id: str) -> Probe:
    return replace(tokened.probe(probe_id), target=TARGET.target)


LOOKED_UP = Verified(address="192.0.2.7", names=("mx.acme.example",))


class World:
    """Our catch MX with one session, the journal, and DNS."""

    def __init__(self, address: str) -> None:
        self._session = CatchSession(at=NOW, peer=Host(address="192.0.2.7"), rcpt_to=(address,))

    def sessions(self, *journalled: Any) -> tuple[CatchSession, ...] | Any:
        return asyncio.sleep(0) if journalled else (self._session,)

    async def verify(self, _address: str, _domains: Iterable[str]) -> Verified:
        return LOOKED_UP


@pytest.mark.parametrize(
    ("asked", "verified"),
    [
        (probe("p02").reverse_path.upper(), LOOKED_UP),
        ("Audit@inbox.example", LOOKED_UP),  # the address of a probe without a token
        ("me@inbox.example", None),
    ],
)
def test_dns_is_asked_who_asked_for_an_address_of_a_probe(asked: str, verified: Verified | None) -> None:
    untagged = replace(probe("p03"), reverse_path="audit@inbox.example")
    records = [ProbeRecord(probe=one) for one in (probe("p01"), probe("p02"), untagged)]
    world = cast("Any", World(asked))
    (session,) = asyncio.run(Intake(Inquiry(run(*records, targets=[TARGET])), world, None, world).take_sessions(world))
    assert session.verified == verified
