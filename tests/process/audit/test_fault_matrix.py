"""Whole audits while the network fails, at one chosen moment: the right outcome, the right exit code, within the wait.

All of them run side by side, each in a laboratory of its own, before the first is looked at.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager

import pytest
from msgspec import Struct
from msgspec.structs import replace

from bsaudit.adapters import direct, relay, resolver, smtp_session
from bsaudit.errors import BsauditError
from bsaudit.lab.laboratory import Lab, laboratory
from bsaudit.lab.loopback import PREFIX
from bsaudit.lab.targets import Behaviours
from bsaudit.model.mail import Route
from bsaudit.model.settings import AuditSettings, Tls
from bsaudit.wiring import tools
from bsaudit.wiring.runs import run_audit
from tests.support.faults import CONNECTION, Dns, Do, Fault, faulty, faulty_dns

# Far less than a person would wait, and long enough for a loaded machine to answer where nothing fails.
LIMIT_S = 4.0
STAGES = ("connect", "greeting", "command", "data", "block", "final", "quit")
HASTY = smtp_session.Timeouts(**dict.fromkeys(STAGES, LIMIT_S))
# A control that takes longer than the grace makes silence mean nothing, and a busy machine takes its time.
WAIT_S, GRACE_S = 6.0, 2.0
# The controls may use up one wait and the probes another; a few commands run into their limit.
WITHIN_S = 2 * WAIT_S + 10 * LIMIT_S
AT_ONCE = 9
TARGET_MX = f"{PREFIX}.10"

# By relay seven messages are controls; the eighth goes to the target's postmaster, the next three to nobody.
PROBE = 9
DOT = rb"\.\r?$"
COMMANDS = {"MAIL": b"MAIL", "RCPT": b"RCPT", "DATA": b"DATA"}
CLOSING, LATER, REFUSED = b"421 4.3.2 closing\r\n", b"450 4.3.0 later\r\n", b"554 5.7.1 no\r\n"
NONSENSE = b"hello there\r\n"

# Outcomes of the unknown recipients, sorted. The third is a tag of postmaster's: the target takes it.
CLEAN = ("accepted_silently", "rejected", "rejected")
NOT_SENT = ("accepted_silently", "refused_by_relay", "rejected")
NONE_SENT = ("refused_by_relay",) * 3
UNKNOWN = ("accepted_silently", "rejected", "unresolved")  # whether it was taken is not known: its silence says nothing
ONLY_REJECTIONS = ("rejected", "rejected", "unresolved")
# Messages overtake each other on a busy machine: what is to hit the first of the three may hit the tag.
ALIKE = {NOT_SENT: ("refused_by_relay", "rejected", "rejected"), UNKNOWN: ONLY_REJECTIONS}


class Case(Struct, frozen=True, kw_only=True):
    """A fault on the way to the relay or, `direct`, to the mail exchanger; or of DNS about a name.

    `said` stands in the first error. `among`, instead of `outcomes`: it is a matter of moments how many were under way
    when a host said that it wants no more.
    """

    exit_code: int
    outcomes: tuple[str, ...] = ()
    among: frozenset[str] = frozenset()
    said: str = ""
    fault: Fault = Fault(CONNECTION, Do.CUT, nth=0)
    direct: bool = False
    tls: Tls = Tls.NONE
    dns: tuple[Dns, str] | None = None


class Ran(Struct, frozen=True, kw_only=True):
    """What became of it; `hits` says how often the fault struck."""

    exit_code: int
    outcomes: tuple[str, ...]
    said: str
    hits: int
    took_s: float


def _relay_that_cannot_be_opened() -> Iterator[tuple[str, Case]]:
    lost, silent, no_smtp = "the connection was lost", "no answer within 4 s", "not an SMTP reply: hello there"
    rows: list[tuple[str, bytes, Do, bytes, str]] = [
        ("connection", CONNECTION, Do.CUT, b"", lost),
        ("connection", CONNECTION, Do.RESET, b"", lost),
        ("connection", CONNECTION, Do.STALL, b"", silent),
        ("connection", CONNECTION, Do.SAY_AND_CUT, CLOSING, "421 4.3.2 closing"),
        ("connection", CONNECTION, Do.SAY_AND_CUT, REFUSED, "554 5.7.1 no"),
        ("connection", CONNECTION, Do.SAY_AND_CUT, NONSENSE, no_smtp),
        *(("EHLO", b"EHLO", do, b"", lost) for do in (Do.CUT, Do.RESET, Do.CUT_REPLY)),
        *(("EHLO", b"EHLO", do, b"", silent) for do in (Do.STALL, Do.STALL_REPLY)),
        ("EHLO", b"EHLO", Do.SAY, CLOSING, "421 4.3.2 closing"),
        ("EHLO", b"EHLO", Do.SAY, NONSENSE, no_smtp),
        *(("AUTH", b"AUTH", do, b"", lost) for do in (Do.CUT, Do.RESET, Do.CUT_REPLY)),
        *(("AUTH", b"AUTH", do, b"", silent) for do in (Do.STALL, Do.STALL_REPLY)),
        ("AUTH", b"AUTH", Do.SAY, LATER, "could not check the credentials"),
        ("AUTH", b"AUTH", Do.SAY, REFUSED, "refused the password"),
        ("AUTH", b"AUTH", Do.SAY, NONSENSE, no_smtp),
    ]
    for name, at, do, text, said in rows:
        yield _named("relay", name, do, text), Case(exit_code=4, said=said, fault=Fault(at, do, text))
    for do, text, said in (
        (Do.CUT, b"", lost),
        (Do.RESET, b"", lost),
        (Do.STALL, b"", silent),
        (Do.SAY_AND_CUT, NONSENSE, "does not speak TLS from the first byte"),
    ):
        fault = Fault(CONNECTION, do, text)
        yield _named("relay", "TLS handshake", do, text), Case(exit_code=4, said=said, fault=fault, tls=Tls.IMPLICIT)
    yield "relay: no STARTTLS", Case(exit_code=4, said="does not offer STARTTLS", tls=Tls.STARTTLS)


def _relay_that_fails_over_a_message() -> Iterator[tuple[str, Case]]:
    """Once: what was not sent is sent anew. Always: nothing was sent, and nobody is cleared by it."""
    for name, at in COMMANDS.items():
        for do in (Do.CUT, Do.RESET, Do.CUT_REPLY, Do.STALL, Do.STALL_REPLY, Do.DRIP):
            yield _named("relay", name, do), Case(exit_code=0, outcomes=CLEAN, fault=Fault(at, do, nth=PROBE))
        for text in (CLOSING, NONSENSE):
            once = Fault(at, Do.SAY_AND_CUT, text, nth=PROBE)
            yield _named("relay", name, Do.SAY_AND_CUT, text), Case(exit_code=0, outcomes=CLEAN, fault=once)
        for do, text in ((Do.CUT, b""), (Do.CUT_REPLY, b""), (Do.STALL, b""), (Do.SAY_AND_CUT, CLOSING)):
            ever = Fault(at, do, text, nth=PROBE, always=True)
            yield _named("relay", f"every {name}", do, text), Case(exit_code=3, outcomes=NONE_SENT, fault=ever)
        yield f"relay: first {name} cut", Case(exit_code=0, outcomes=CLEAN, fault=Fault(at, Do.CUT))
    for name, at in {**COMMANDS, "dot": DOT}.items():
        for text in (LATER, REFUSED):
            fault = Fault(at, Do.SAY, text, nth=PROBE)
            yield _named("relay", name, Do.SAY, text), Case(exit_code=3, outcomes=NOT_SENT, fault=fault)


def _relay_that_fails_at_the_final_dot() -> Iterator[tuple[str, Case]]:
    """Nothing is sent twice: what may have been sent counts by what comes back, and by nothing else."""
    for do in (Do.CUT, Do.RESET, Do.STALL):
        yield _named("relay", "dot", do), Case(exit_code=3, outcomes=UNKNOWN, fault=Fault(DOT, do, nth=PROBE))
    for do in (Do.CUT_REPLY, Do.STALL_REPLY, Do.DRIP):
        yield _named("relay", "dot", do), Case(exit_code=0, outcomes=CLEAN, fault=Fault(DOT, do, nth=PROBE))
    for do, text, outcomes in (
        (Do.CUT, b"", ("unresolved",) * 3),
        (Do.SAY, NONSENSE, ("unresolved",) * 3),
        (Do.CUT_REPLY, b"", ONLY_REJECTIONS),
        (Do.STALL_REPLY, b"", ONLY_REJECTIONS),
    ):
        fault = Fault(DOT, do, text, nth=PROBE, always=True)
        yield _named("relay", "every dot", do, text), Case(exit_code=3, outcomes=outcomes, fault=fault)


def _mail_exchanger() -> Iterator[tuple[str, Case]]:
    def row(name: str, at: bytes, do: Do, text: bytes, *outcomes: str) -> tuple[str, Case]:
        fault = Fault(at, do, text, always=True)
        code = 0 if outcomes == CLEAN else 3
        return _named("direct", name, do, text), Case(exit_code=code, outcomes=outcomes, fault=fault, direct=True)

    def wants_no_more(name: str, at: bytes, text: bytes) -> tuple[str, Case]:
        fault = Fault(at, Do.SAY_AND_CUT, text, always=True)
        among = frozenset({"unreachable", "deferred", "masked", "rejected"})
        return _named("direct", name, Do.SAY_AND_CUT, text), Case(exit_code=3, among=among, fault=fault, direct=True)

    early = {"connection": CONNECTION, "EHLO": b"EHLO", "MAIL": b"MAIL", "RCPT": b"RCPT"}
    for name, at in early.items():
        late = (Do.RESET,) if at == CONNECTION else (Do.CUT_REPLY, Do.STALL_REPLY)
        for do in (Do.CUT, Do.STALL, *late):
            yield row(name, at, do, b"", *["unreachable"] * 3)
        yield row(name, at, Do.SAY_AND_CUT, NONSENSE, *["unreachable"] * 3)
        yield wants_no_more(name, at, CLOSING)
        if name == "connection":
            yield wants_no_more(name, at, REFUSED)
        elif name != "EHLO":
            yield row(name, at, Do.SAY_AND_CUT, REFUSED, *["masked"] * 3)
    for do in (Do.CUT, Do.STALL, Do.CUT_REPLY, Do.STALL_REPLY):
        yield row("DATA", b"DATA", do, b"", "rejected", "rejected", "unreachable")
        yield row("dot", DOT, do, b"", *ONLY_REJECTIONS)
        yield row("QUIT", b"QUIT", do, b"", *CLEAN)
    for name, at in (("DATA", b"DATA"), ("dot", DOT)):
        yield wants_no_more(name, at, CLOSING)
        yield row(name, at, Do.SAY_AND_CUT, LATER, "deferred", "rejected", "rejected")
        yield row(name, at, Do.DRIP, b"", *CLEAN)
    yield row("dot", DOT, Do.SAY_AND_CUT, NONSENSE, *ONLY_REJECTIONS)


def _dns() -> Iterator[tuple[str, Case]]:
    for fault, said in (
        (Dns.SERVFAIL, "SERVFAIL"),
        (Dns.REFUSED, "REFUSED"),
        (Dns.SILENT, "was not answered within"),
        (Dns.GARBAGE, "was not answered within"),
        (Dns.CUT_SHORT, "failed"),
    ):
        for name in (".", "good.test", "mx.good.test"):
            yield f"DNS: {fault.name} about {name}", Case(exit_code=4, said=said, dns=(fault, name))
    yield "DNS: NXDOMAIN about good.test", Case(exit_code=2, said="does not exist", dns=(Dns.NXDOMAIN, "good.test"))
    for fault in (Dns.SLOW, Dns.OTHERS, Dns.TRUNCATED):
        for direct_ in (False, True):
            case = Case(exit_code=0, outcomes=CLEAN, dns=(fault, "."), direct=direct_)
            yield f"DNS: {fault.name}{' direct' * direct_}", case


def _named(way: str, name: str, do: Do, text: bytes = b"") -> str:
    return f"{way}: {name} {do.name}{' ' * bool(text)}{text.decode().strip()}"


CASES: dict[str, Case] = {}
for _group in (
    _relay_that_cannot_be_opened,
    _relay_that_fails_over_a_message,
    _relay_that_fails_at_the_final_dot,
    _mail_exchanger,
    _dns,
):
    CASES |= dict(_group())


@pytest.fixture(scope="module")
def ran(request: pytest.FixtureRequest) -> Iterator[dict[str, Ran]]:
    """Run the cases that were asked for."""
    asked = {item.callspec.params["name"] for item in request.session.items if _is_ours(item)}
    with pytest.MonkeyPatch.context() as patch:
        for module in (direct, relay):
            patch.setattr(module, "Timeouts", lambda: HASTY)
        patch.setattr(tools, "RELAY_CONNECTIONS", 1)  # so that the probes go one after the other
        patch.setitem(relay.RelaySubmitter.__init__.__kwdefaults__, "reconnect_pauses_s", (0.05, 0.1))
        for name, value in (("try_s", LIMIT_S / 3), ("lifetime_s", LIMIT_S)):
            patch.setitem(resolver.DnsResolver.__init__.__kwdefaults__, name, value)
        yield asyncio.run(_all({name: case for name, case in CASES.items() if name in asked}))


def _is_ours(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and item.function is test_the_network_fails


async def _all(cases: dict[str, Case]) -> dict[str, Ran]:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(case: Case) -> Ran:
        async with room:
            return await _run(case)

    return dict(zip(cases, await asyncio.gather(*map(one, cases.values())), strict=True))


async def _run(case: Case) -> Ran:
    async with laboratory(None, {"good": Behaviours.TABLE["good"]}) as lab:
        aimed = lab.settings("good.test", wait_s=WAIT_S, grace_s=GRACE_S, rate=50)
        aimed = replace(aimed, kinds=("unknown-recipient",), route=Route.DIRECT if case.direct else Route.RELAY)
        async with _through(case, lab, aimed) as (settings, hits):
            began = time.monotonic()
            try:
                report = await run_audit(settings)
            except BsauditError as error:
                said, code, found = error.message, error.exit_code, []
            else:
                said, code = report.errors[0].message if report.errors else "", report.exit_code
                found = [probe.outcome.value for target in report.targets for probe in target.probes]
            took_s = time.monotonic() - began
    return Ran(exit_code=code, outcomes=tuple(sorted(found)), said=said, hits=hits(), took_s=took_s)


@asynccontextmanager
async def _through(
    case: Case, lab: Lab, aimed: AuditSettings
) -> AsyncIterator[tuple[AuditSettings, Callable[[], int]]]:
    """Put the fault in its place."""
    if case.dns is not None:
        async with faulty_dns(*lab.resolver, *case.dns) as place:
            yield replace(aimed, resolver=place), lambda: 1
        return
    there = (TARGET_MX, lab.mx_port) if case.direct else lab.relay
    async with faulty(*there, case.fault) as proxy:
        assert aimed.relay is not None
        if case.direct:
            yield replace(aimed, mx=(TARGET_MX, proxy.port)), lambda: proxy.hits
        else:
            yield replace(aimed, relay=replace(aimed.relay, port=proxy.port, tls=case.tls)), lambda: proxy.hits


def _tier(name: str) -> Sequence[pytest.MarkDecorator]:
    """Return the long tier for what waits longest and shows least beside its neighbours."""
    return [pytest.mark.long] if "STALL_REPLY" in name or ("STALL" in name and "every" in name) else []


@pytest.mark.timeout(600)  # of the first, which waits for all
@pytest.mark.parametrize("name", [pytest.param(name, marks=_tier(name)) for name in CASES])
def test_the_network_fails(ran: dict[str, Ran], name: str) -> None:
    case, found = CASES[name], ran[name]
    assert found.exit_code == case.exit_code, found
    if case.among:
        assert len(found.outcomes) == len(CLEAN), found
        assert case.among >= set(found.outcomes) != {"rejected"}, found
    else:
        assert found.outcomes in {case.outcomes, ALIKE.get(case.outcomes, case.outcomes)}, found
    assert case.said in found.said
    assert bool(case.said) == (found.exit_code in {2, 4})
    assert found.hits >= (case.fault.nth > 0)
    assert found.took_s < WITHIN_S


def test_the_table_is_as_long_as_it_says() -> None:
    assert len(CASES) >= 120
