"""What `doctor` sees of our own side beside the controls: who answers for us, and whom we share hosts with."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
from msgspec.structs import replace

from bsaudit.adapters.authority import ZoneServers
from bsaudit.adapters.catch.sink import Accepted
from bsaudit.adapters.catch.sink_session import Limits
from bsaudit.adapters.catch.standing import StandingCatch
from bsaudit.adapters.clock import SystemClock
from bsaudit.audit import Check, check_setup
from bsaudit.audit.setup import Ask
from bsaudit.lab.dns import DnsServer, Record
from bsaudit.lab.laboratory import CATCH, CATCH_ADDRESS, RELAY, Lab, laboratory
from bsaudit.lab.loopback import PREFIX
from bsaudit.lab.targets import Behaviours
from bsaudit.model.event import Event, Phase
from bsaudit.model.mail import Route
from bsaudit.model.report import TargetEntry, Verdict
from bsaudit.model.settings import CatchKind, CatchSettings
from bsaudit.model.way_back import Grade, ShownBy, WayBack
from bsaudit.wiring.runs import run_audit
from bsaudit.wiring.tools import resolver_at, tools_for
from tests.support.audits import GRACE_S, RATE, WAIT_S, only, side_by_side
from tests.support.own_side import ROWS

ELSEWHERE = f"{PREFIX}.200"  # a host that has nothing to do with our own side


def looked(
    *targets: str,
    records: Iterable[Record] = (),
    sites: Iterable[str] = ("good",),
    ask: Callable[[Lab], Ask] | None = None,
    **changes: Any,
) -> list[Check]:
    """Return what doctor says in a laboratory of these targets' hosts."""
    return asyncio.run(_looked(targets, records, sites, ask, changes))


async def _looked(
    targets: Iterable[str],
    records: Iterable[Record],
    sites: Iterable[str],
    ask: Callable[[Lab], Ask] | None,
    changes: dict[str, Any],
) -> list[Check]:
    async with laboratory(sites={label: Behaviours.TABLE[label] for label in sites}, records=records) as lab:
        aimed = replace(lab.settings(*targets, wait_s=WAIT_S, grace_s=GRACE_S, rate=RATE), **changes)
        async with tools_for(aimed) as tools:
            return list(await check_setup(aimed, tools, ask=ask(lab) if ask else None))


@pytest.fixture(scope="module")
def of_broken() -> dict[str, list[Check]]:
    """Return what doctor says of every broken own side of the table, looked at side by side."""
    return side_by_side(
        {
            name: _looked((), row.records, ("bad", "silent"), None, {"wait_s": 3.0} | row.changes)
            for name, row in ROWS.items()
        }
    )


@pytest.mark.parametrize("row", ROWS)
def test_it_names_what_is_broken_before_an_audit_is_wasted(of_broken: dict[str, list[Check]], row: str) -> None:
    checks = of_broken[row]
    assert [check for check in checks if check.ok is not True]
    assert all(check.remedy for check in checks if check.ok is False)


def test_it_says_that_a_zones_own_server_sends_others_elsewhere() -> None:
    """Split DNS, or a stale secondary."""
    name_server = Record("ns.catch.test", "A", f"{PREFIX}.99")

    async def main() -> list[Check]:
        records = (Record("catch.test", "NS", "ns.catch.test."), name_server)
        async with laboratory(sites={"good": Behaviours.TABLE["good"]}, records=records) as lab:
            secondary = DnsServer([Record("catch.test", "MX", "10 old.catch.test.")])
            await secondary.listen(name_server.data, lab.resolver[1])
            aimed = lab.settings(wait_s=WAIT_S, grace_s=GRACE_S, rate=RATE)
            async with tools_for(aimed) as tools, resolver_at(lab.resolver) as resolver:
                zones = ZoneServers(resolver, port=lab.resolver[1])
                checks = await check_setup(aimed, dataclasses.replace(tools, authority=zones))
            await secondary.close()
            return list(checks)

    (way,) = named(asyncio.run(main()), "way back")
    assert way.ok is None
    assert "a name server of catch.test gives old.catch.test" in way.text


def named(checks: list[Check], name: str) -> list[Check]:
    return [check for check in checks if check.name == name]


def test_it_says_who_answers_where_strangers_leave_mail_for_us() -> None:
    gone = (Record("catch.test", "MX", "20 gone.test."), Record("gone.test", "A", f"{PREFIX}.99"))
    ours, silent = named(looked(records=gone), "catch MX")
    assert ours.ok is True
    assert CATCH.address in ours.text
    assert silent.ok is None
    assert "gone.test" in silent.text
    assert "not shown" in silent.text
    (other,) = [one for one in looked_at_another() if one.ok is not True]
    assert "mx.good.test" in other.text
    assert "not our catch MX" in other.text


def looked_at_another() -> list[Check]:
    return named(looked(records=(Record("catch.test", "MX", "20 mx.good.test."),)), "catch MX")


def test_it_looks_up_which_hosts_a_target_shares_with_us() -> None:
    checks = looked("good.test", RELAY.name, "catch.test")
    (good,) = named(checks, "target good.test")
    assert good.ok is True
    (relay,) = named(checks, f"target {RELAY.name}")
    assert relay.ok is None
    assert "the relay's host as well" in relay.text
    (catch,) = named(checks, "target catch.test")
    assert catch.ok is None
    assert "the catch mailbox's host as well" in catch.text


BOTH = "catch.test", "good.test"


def test_an_audit_says_it_too_before_it_sends_anything_to_the_target() -> None:
    said: list[str] = []

    async def main() -> None:
        async with laboratory(sites={"good": Behaviours.TABLE["good"]}) as lab:
            aimed = lab.settings(*BOTH, wait_s=1.0, grace_s=0.3, rate=RATE)
            aimed = replace(aimed, kinds=("unknown-recipient:random",), target_hosts=(RELAY.address, ELSEWHERE))
            await run_audit(aimed, observe)

    def observe(event: Event) -> None:
        if isinstance(event, Phase):
            said.append(event.text)

    asyncio.run(main())
    (shared,) = [number for number, text in enumerate(said) if "the catch mailbox's host as well" in text]
    assert said[shared].startswith("catch.test: ")
    vain = [text for text in said if "(--target-host) is known as ours or the relay's" in text]
    assert [text.partition(" (")[0] for text in vain] == [f"{name}: {RELAY.address}" for name in BOTH]
    assert next(number for number, text in enumerate(said) if text.startswith("sending ")) > shared


def test_mail_from_elsewhere_shows_the_way_back_where_no_relay_can() -> None:
    tasks = []

    def write(lab: Lab) -> Ask:
        def ask(address: str) -> None:
            tasks.append(asyncio.ensure_future(written(lab, address)))

        return ask

    (shown,) = named(looked(ask=write, relay=None, route=Route.DIRECT), "way back")
    assert shown.ok is True
    assert "open to strangers" in shown.text
    (alone,) = named(looked(relay=None, route=Route.DIRECT), "way back")
    assert alone.ok is None
    assert "--wait-for-mail" in alone.remedy


def test_mail_of_the_day_before_shows_it_to_an_audit(tmp_path: Path) -> None:
    """A standing catch MX noted who brought it. Without it the same silence of the same server proves nothing."""

    async def main() -> list[TargetEntry]:
        async with laboratory(sites={"silent": Behaviours.TABLE["silent"]}) as lab, standing(lab, tmp_path) as catch:
            aimed = lab.settings("silent.test", wait_s=10.0, grace_s=0.3, rate=RATE)
            alone = replace(aimed, relay=None, route=Route.DIRECT, catch=catch, kinds=("spam",))
            before = await run_audit(alone)
            await written(lab, CATCH_ADDRESS)
            return [only(before), only(await run_audit(alone))]

    before, after = asyncio.run(main())
    assert (before.verdict, after.verdict) == (Verdict.INCONCLUSIVE, Verdict.CLEAN)
    assert after.way_back is not None
    assert (after.way_back.grade, after.way_back.shown_by) == (Grade.STRANGERS, ShownBy.ARRIVAL)
    assert before.way_back == WayBack()


@asynccontextmanager
async def standing(lab: Lab, maildir: Path) -> AsyncIterator[CatchSettings]:
    """Run a `bsaudit catch` in place of the laboratory's own catch MX."""
    catch = StandingCatch(
        Accepted((CATCH_ADDRESS,)),
        maildir=maildir,
        log=None,
        clock=SystemClock(),
        on_session=lambda session, *, stored: None,
        limits=Limits(),
    )
    await catch.listen(lab.catch, lab.mx_port)
    try:
        yield CatchSettings(kind=CatchKind.MAILDIR, path=str(maildir))
    finally:
        await catch.close()


async def written(lab: Lab, address: str) -> None:
    """Write to our catch address as a person does from an account elsewhere."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "who@good.test", address, "Does it arrive?"
    message.set_content("It does.")
    await aiosmtplib.send(message, hostname=lab.catch, port=lab.mx_port, source_address=(ELSEWHERE, 0), start_tls=False)


def test_a_standing_catch_is_known_by_its_greeting_as_long_as_it_listens(tmp_path: Path) -> None:
    async def main() -> tuple[list[Check], str | None]:
        async with laboratory(sites={"good": Behaviours.TABLE["good"]}) as lab:
            async with standing(lab, tmp_path) as catch:
                aimed = replace(lab.settings(wait_s=WAIT_S, grace_s=GRACE_S, rate=RATE), catch=catch)
                async with tools_for(aimed) as tools:
                    checks = await check_setup(aimed, tools)
            async with tools_for(aimed) as tools:
                return list(checks), tools.mailbox.nonce

    checks, afterwards = asyncio.run(main())
    (mx,) = named(checks, "catch MX")
    assert mx.ok is True, mx.text
    assert afterwards is None
