"""Whose probe a session at our own catch MX asked for, by the token in its address or by the address itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any, cast

import pytest
from msgspec.structs import replace

from bsaudit.audit.intake import KEPT, KEPT_OCTETS, Intake
from bsaudit.audit.rebuild import reread
from bsaudit.judge.inquiry import Inquiry
from bsaudit.judge.lost import lost_for
from bsaudit.model.mail import Arrival, CatchSession, Host, Verified
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


class Disk:
    """A journal that counts what it is to keep."""

    def __init__(self) -> None:
        self.octets, self.sessions_kept = 0, 0

    async def arrived(self, _run: str, arrival: Arrival, _probe: str) -> None:
        self.octets += len(arrival.raw)

    async def sessions(self, _run: str, sessions: list[CatchSession]) -> None:
        self.sessions_kept += len(sessions)


@pytest.mark.parametrize(("size", "count"), [(100, 200), (1 << 20, 40)])
def test_who_floods_an_address_of_ours_fills_no_disk_and_clears_nobody(size: int, count: int) -> None:
    flooded, spared = (ProbeRecord(probe=probe(one)) for one in ("p01", "p02"))
    disk, inquiry = Disk(), Inquiry(run(flooded, spared, targets=[TARGET]))
    raw = f"To: {flooded.probe.reverse_path}\r\nSubject: x\r\n\r\n".encode() + b"x\r\n" * (size // 3)

    async def main() -> list[bool]:
        intake = Intake(inquiry, cast("Any", disk), None, None)
        arrivals = [Arrival(uid=str(number), raw=raw, seen_at=NOW) for number in range(count)]
        return [await intake.take(arrival) is not None for arrival in arrivals]

    taken = asyncio.run(main())
    kept = min(KEPT, KEPT_OCTETS // len(raw))
    assert taken == [True] * kept + [False] * (count - kept)
    assert disk.octets == kept * len(raw)
    assert disk.sessions_kept == 1
    assert [len(list(lost_for(one, inquiry.run.sessions))) for one in (flooded, spared)] == [1, 0]


def test_what_comes_to_two_probes_in_one_transaction_is_silence_for_neither() -> None:
    """Two domains on one host: it may return the mail of both in one message."""
    records = [ProbeRecord(probe=probe(one)) for one in ("p01", "p02", "p03")]
    inquiry = Inquiry(run(*records, targets=[TARGET]))
    to = records[1].probe.reverse_path, records[0].probe.from_address, records[1].probe.reply_to
    arrival = Arrival(uid="1", raw=b"Subject: x\r\n\r\n", seen_at=NOW, envelope_to=to)
    taken = asyncio.run(Intake(inquiry, cast("Any", Disk()), None, None).take(arrival))
    assert taken is not None
    assert (taken.record, taken.also) == (records[1], (records[0],))
    assert [[mail.uid for mail in record.returned] for record in records] == [["1"], ["1"], []]

    async def stored() -> AsyncIterator[tuple[Arrival, str | None]]:
        yield arrival, None

    again = run(*(ProbeRecord(probe=record.probe) for record in records), targets=[TARGET])
    asyncio.run(reread(again, stored()))
    assert [record.returned for record in again.probes] == [record.returned for record in records]


class Hanging:
    """A DNS that does not answer: the zone of whoever brought the message may be his own."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def signatures(self, *_: Any) -> tuple[()]:
        self.asked.set()
        return await asyncio.Future()


def test_what_came_while_the_run_ends_is_no_silence() -> None:
    """The bounce of a probe that was settled meanwhile is in the report of the run, and not in the next one only."""
    record = ProbeRecord(probe=probe("p01"))
    disk, inquiry = Disk(), Inquiry(run(record, targets=[TARGET]))
    arrival = Arrival(uid="1", raw=f"To: {record.probe.reverse_path}\r\n\r\n".encode(), seen_at=NOW)

    async def main() -> None:
        dns = Hanging()
        taking = asyncio.ensure_future(Intake(inquiry, cast("Any", disk), None, cast("Any", dns)).take(arrival))
        await dns.asked.wait()
        taking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taking

    asyncio.run(main())
    assert disk.octets == len(arrival.raw)
    assert [mail.uid for mail in record.returned] == ["1"]
