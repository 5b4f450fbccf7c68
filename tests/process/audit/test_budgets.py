"""What a mail exchanger is sent, counted by the mail exchanger itself."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bsaudit.judge.budget import RELAY_DAY
from bsaudit.lab.dns import Record
from bsaudit.lab.laboratory import AGREEMENT, Lab, laboratory
from bsaudit.lab.loopback import PREFIX
from bsaudit.lab.targets import Behaviours
from bsaudit.model.event import Event, Phase
from bsaudit.model.ledger import DAY_S, Booking, Charge, Limit
from bsaudit.model.mail import Route
from bsaudit.model.report import Report, Verdict
from bsaudit.model.settings import AuditSettings, Extent, HostAgreement
from bsaudit.wiring.runs import run_audit
from bsaudit.wiring.tools import journal_at

ADDRESS = f"{PREFIX}.200"
RATE, BUDGET, REFUSED = 20.0, 12, 4
AGREED = HostAgreement(match=ADDRESS, authorized_by="the test", rate=RATE, budget=BUDGET, refused=REFUSED)


class Counting:
    """A mail exchanger that knows postmaster, a, b, c and d, and writes down what it is asked."""

    def __init__(self, greeting: str = "220 mx.many.test ESMTP", organisation: Counting | None = None) -> None:
        self.greeting, self.organisation = greeting, organisation
        self.begun: list[float] = []
        self.at_once = self.most_at_once = self.questions = self.refused = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        counted = [self, *([self.organisation] if self.organisation else [])]
        for one in counted:
            one.begun.append(asyncio.get_running_loop().time())
            one.at_once += 1
            one.most_at_once = max(one.most_at_once, one.at_once)
        try:
            await self._talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            for one in counted:
                one.at_once -= 1
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{self.greeting}\r\n".encode())
        while line := (await reader.readline()).decode().strip().upper():
            match line.split()[0]:
                case "MAIL":
                    self.questions += 1
                    answer = "250 2.1.0 Ok"
                case "RCPT" if re.search("<(POSTMASTER|[ABCD])@", line):
                    answer = "250 2.1.5 Ok"
                case "RCPT":
                    self.refused += 1
                    answer = "550 5.1.1 no such user here"
                case "DATA":
                    writer.write(b"354 go ahead\r\n")
                    await reader.readuntil(b"\r\n.\r\n")
                    answer = "250 2.0.0 Ok: queued as 4F2A"
                case "QUIT":
                    return
                case _:
                    answer = "250 mx.many.test"
            writer.write(f"{answer}\r\n".encode())

    def check(self, agreed: HostAgreement | None = None) -> None:
        agreed = agreed or AGREED
        assert agreed.budget is not None
        assert agreed.refused is not None
        assert 0 < self.questions <= agreed.budget
        assert self.refused <= agreed.refused
        assert self.most_at_once <= (agreed.connections or 1)
        self.check_pace(agreed.rate or 1.0)

    def check_pace(self, rate: float) -> None:
        """Look at it as a whole: how soon this process hears of a session is the machine's affair."""
        assert self.begun[-1] - self.begun[0] > 0.6 * (len(self.begun) - 1) / rate


@asynccontextmanager
async def many(domains: Iterable[str], mx: Counting, records: Sequence[Record] = ()) -> AsyncIterator[Lab]:
    """Run a laboratory in whose DNS these domains have `mx` as their only mail exchanger."""
    records = [*records, *(Record(domain, "MX", "10 mx.many.test.") for domain in domains)]
    records.append(Record("mx.many.test", "A", ADDRESS))
    # A second catch mailbox, for a second run at once.
    records += [Record("other.test", "MX", "10 mx.other.test."), Record("mx.other.test", "A", f"{PREFIX}.201")]
    async with (
        laboratory(None, {"good": Behaviours.TABLE["good"]}, records) as lab,
        await asyncio.start_server(mx.serve, ADDRESS, lab.mx_port),
    ):
        yield lab


def aimed(lab: Lab, targets: Iterable[str], **changes: Any) -> AuditSettings:
    settings = lab.settings(*targets, wait_s=30.0, grace_s=0.5, rate=50.0)
    return msgspec.structs.replace(settings, **({"hosts": (AGREED, AGREEMENT), "route": Route.DIRECT} | changes))


def audited(targets: Iterable[str], mx: Counting, **changes: Any) -> tuple[Report, list[str]]:
    """Return the report, and what was said of the plan before anything went out."""
    targets = tuple(targets)
    said: list[str] = []

    def observe(event: Event) -> None:
        if isinstance(event, Phase) and event.name in {"plan", "stop"}:
            said.append(event.text)

    async def main() -> Report:
        async with many({target.rpartition("@")[2] for target in targets}, mx) as lab:
            return await run_audit(aimed(lab, targets, **changes), observe)

    return asyncio.run(main()), said


def at_once(
    lab: Lab, halves: Iterable[Iterable[str]], tmp_path: Path, **changes: Any
) -> list[Coroutine[Any, Any, Report]]:
    """Return two runs with one journal, each with a catch mailbox of its own."""
    own = {"journal_url": f"sqlite:///{tmp_path}/journal.db"} | changes
    first, second = (aimed(lab, half, **own) for half in halves)
    catch = msgspec.structs.replace(second.catch, host=f"{PREFIX}.201")
    second = msgspec.structs.replace(second, catch=catch, catch_addresses=("audit@other.test",))
    return [run_audit(first), run_audit(second)]


def test_four_addresses_of_one_domain_share_what_their_host_agreed_to() -> None:
    mx = Counting()
    report, said = audited([f"{name}@one.test" for name in "abcd"], mx)
    mx.check()
    assert len(report.targets) == 4
    assert any("planned out" in text and ADDRESS in text for text in said)
    assert any(ADDRESS in one.reason and one.probes for target in report.targets for one in target.planned_out)


def test_forty_five_domains_at_one_host_share_it_too_and_a_clean_one_names_what_was_not_tried() -> None:
    mx = Counting()
    report, said = audited([f"d{number}.test" for number in range(45)], mx)
    mx.check()
    clean = [target for target in report.targets if target.verdict is Verdict.CLEAN]
    assert len(clean) <= REFUSED // 2  # each needs two questions that may be refused
    told = [target for target in report.targets if "planned out: " in target.explanation]
    assert len(told) == 45
    assert {target.verdict for target in told if target not in clean} == {Verdict.INCONCLUSIVE}
    assert len({text.partition(":")[0] for text in said if "planned out" in text}) >= 40


def test_two_runs_at_once_on_one_journal_keep_to_one_budget(tmp_path: Path) -> None:
    mx = Counting()

    async def main() -> None:
        async with many(["one.test", "two.test"], mx) as lab:
            await asyncio.gather(*at_once(lab, [["one.test"], ["two.test"]], tmp_path))

    asyncio.run(main())
    mx.check()


def test_where_the_relay_was_sent_enough_the_error_says_until_when(tmp_path: Path) -> None:
    sent = datetime.now(UTC) - timedelta(hours=20)

    async def main() -> Report:
        async with laboratory(None, {"good": Behaviours.TABLE["good"]}) as lab:
            settings = aimed(lab, ["good.test"], route=Route.RELAY, journal_url=f"sqlite:///{tmp_path}/journal.db")
            settings = msgspec.structs.replace(settings, hosts=())
            assert settings.relay is not None
            day = Charge(unit=f"relay:{settings.relay.host}", limits=(Limit(RELAY_DAY, DAY_S),))
            async with journal_at(settings.journal_url) as journal:
                await journal.book([Booking(charges=(day,), latest=sent.timestamp())] * RELAY_DAY, sent.timestamp())
            return await run_audit(settings)

    report = asyncio.run(main())
    assert report.exit_code == 4
    assert f"{sent + timedelta(days=1):%Y-%m-%d %H:%M:%S} UTC" in report.errors[0].remedy


@pytest.mark.long
def test_two_hundred_domains_of_one_organisation_in_two_runs_at_once_share_what_it_agreed_to(tmp_path: Path) -> None:
    """Four mail exchangers, fifty domains at each; the agreement holds for each host, its pace for all of them."""
    agreed = HostAgreement(match="many.test", authorized_by="the test", rate=60.0, budget=40, refused=12, connections=2)
    whole = Counting()
    hosts = {f"{PREFIX}.{210 + number}": Counting(organisation=whole) for number in range(4)}
    domains = [f"d{number}.test" for number in range(200)]
    records = [Record(f"mx{place}.many.test", "A", address) for place, address in enumerate(hosts)]
    records += [Record(domain, "MX", f"10 mx{place % 4}.many.test.") for place, domain in enumerate(domains)]

    async def main() -> list[Report]:
        async with many([], whole, records) as lab, contextlib.AsyncExitStack() as listening:
            for address, mx in hosts.items():
                await listening.enter_async_context(await asyncio.start_server(mx.serve, address, lab.mx_port))
            halves = [domains[:100], domains[100:]]
            return await asyncio.gather(*at_once(lab, halves, tmp_path, hosts=(agreed, AGREEMENT)))

    reports = asyncio.run(main())
    for mx in hosts.values():
        mx.check(agreed)
    assert whole.most_at_once <= 4
    whole.check_pace(60.0)
    assert sum(mx.questions for mx in hosts.values()) > 100  # what was agreed to is used, too
    targets = [target for report in reports for target in report.targets]
    told = [target for target in targets if "planned out: " in target.explanation]
    assert (len(targets), len(told)) == (200, 200)


@pytest.mark.parametrize("greeting", ["521 5.3.2 no mail here", "554 5.7.1 go away"])
def test_a_host_that_wants_no_mail_is_asked_once(greeting: str) -> None:
    mx = Counting(greeting)
    _, said = audited(["one.test"], mx)
    assert len(mx.begun) == 1
    assert any(greeting.partition(" ")[0] in text for text in said)


def test_further_domains_of_a_host_are_spared_test_content_and_say_by_whom_it_was_shown(tmp_path: Path) -> None:
    mx = Counting()
    changes: dict[str, Any] = {
        "plan": Extent.RECIPIENTS,
        "kinds": ("unknown-recipient:random", "spam:gtube", "virus:eicar"),
        "journal_url": f"sqlite:///{tmp_path}/journal.db",
        "hosts": (AGREEMENT,),
    }

    async def main() -> list[Report]:
        async with many(["one.test", "two.test", "three.test"], mx) as lab:
            settings = [aimed(lab, targets, **changes) for targets in (["one.test", "two.test"], ["three.test"])]
            return [await run_audit(each) for each in settings]

    first, later = asyncio.run(main())
    one, two, three = (*first.targets, *later.targets)
    assert {entry.verdict for entry in (one, two, three)} == {Verdict.CLEAN}
    assert [len(entry.probes) for entry in (one, two, three)] == [3, 1, 1]
    assert first.run is not None
    assert "content" not in (one.qualification or "")
    for entry in (two, three):
        assert f"content: shown at mx.many.test by run {first.run.id}, for one.test" in (entry.qualification or "")
