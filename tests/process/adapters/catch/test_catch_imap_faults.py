"""The connection to an IMAP server fails at each command: an error in time, or the message all the same, once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from msgspec import Struct

from bsaudit.adapters.catch import imap_session, imap_watch, imap_wire
from bsaudit.errors import CatchError
from bsaudit.model.mail import Arrival
from tests.support.faults import CONNECTION, Do, Fault, faulty
from tests.support.imap import NDN, Server, at, playing

LIMIT_S = 1.0
PATIENCE_S = 20.0
BYE = b"* BYE going down\r\n"
# Before the folder is open a failure is told at once; afterwards the connection is made anew.
OPENING = {
    "connection": CONNECTION,
    "CAPABILITY": rb"\S+ CAPABILITY",
    "AUTHENTICATE": rb"\S+ AUTHENTICATE",
    "LIST": rb"\S+ LIST",
    "EXAMINE": rb"\S+ EXAMINE",
}
WATCHING = {"SEARCH": rb"\S+ UID SEARCH", "FETCH": rb"\S+ UID FETCH", "IDLE": rb"\S+ IDLE", "DONE": b"DONE"}
FAULTS = (
    (Do.CUT, b""),
    (Do.RESET, b""),
    (Do.CUT_REPLY, b""),
    (Do.STALL, b""),
    (Do.STALL_REPLY, b""),
    (Do.SAY_AND_CUT, BYE),
    (Do.SAY, b"? what is this\r\n"),
)


class Case(Struct, frozen=True):
    fault: Fault
    opening: bool


def _cases() -> Iterator[tuple[str, Case]]:
    for name, begins in (OPENING | WATCHING).items():
        for do, text in FAULTS:
            if begins == CONNECTION and do in (Do.CUT_REPLY, Do.STALL_REPLY):
                continue
            yield f"{name} {do.name}", Case(Fault(begins, do, text), name in OPENING)
        if begins != CONNECTION:
            yield f"{name} DRIP", Case(Fault(begins, Do.DRIP), opening=False)


CASES = dict(_cases())


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_session, "CONNECT_TIMEOUT_S", LIMIT_S)
    monkeypatch.setattr(imap_session, "READ_TIMEOUT_S", LIMIT_S)
    monkeypatch.setattr(imap_session, "IDLE_RENEW_S", LIMIT_S)
    monkeypatch.setattr(imap_wire, "ANSWER_S", 4 * LIMIT_S)
    monkeypatch.setattr(imap_watch, "BACKOFF_S", (0.05,))


def _tier(name: str) -> Sequence[pytest.MarkDecorator]:
    """Return the long tier for what waits longest and shows least beside its neighbours."""
    return [pytest.mark.long] if name.endswith(("DRIP", "STALL_REPLY")) else []


@pytest.mark.parametrize("name", [pytest.param(name, marks=_tier(name)) for name in CASES])
def test_the_connection_fails(name: str) -> None:
    case = CASES[name]
    with playing() as server:
        if case.opening:
            with pytest.raises(CatchError) as caught:
                asyncio.run(_arrivals(server, case.fault))
            assert caught.value.remedy
            assert caught.value.exit_code == 4
        else:
            found, hits = asyncio.run(_arrivals(server, case.fault))
            assert [arrival.raw for arrival in found] == [NDN.encode()]
            assert hits == 1


async def _arrivals(server: Server, fault: Fault) -> tuple[list[Arrival], int]:
    """Return all that comes until the fault has struck and everything has been looked at once more."""
    async with faulty("127.0.0.1", server.port, fault) as proxy, asyncio.timeout(PATIENCE_S):
        mailbox = at("127.0.0.1", proxy.port)
        try:
            await mailbox.open()
            found = [await anext(mailbox.arrivals())]
            await proxy.struck.wait()
            found += await mailbox.new_arrivals()
        finally:
            await mailbox.close()
    return found, proxy.hits
