"""What a mail exchanger is sent, counted by the mail exchanger itself."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bsaudit.lab.dns import Record
from bsaudit.lab.laboratory import AGREEMENT, Lab, laboratory
from bsaudit.lab.loopback import PREFIX
from bsaudit.lab.targets import Behaviours
from bsaudit.model.event import Event, Phase
from bsaudit.model.mail import Route
from bsaudit.model.report import Report, Verdict
from bsaudit.model.settings import AuditSettings, HostAgreement
from bsaudit.wiring.runs import run_audit

ADDRESS = f"{PREFIX}.200"
RATE, BUDGET, REFUSED = 20.0, 12, 4
AGREED = HostAgreement(match=ADDRESS, authorized_by="the test", rate=RATE, budget=BUDGET, refused=REFUSED)


class Counting:
    """A mail exchanger that knows postmaster, a, b, c and d, and writes down what it is asked."""

    def __init__(self, greeting: str = "220 mx.many.test ESMTP") -> None:
        self.greeting = greeting
        self.begun: list[float] = []
        self.at_once = self.most_at_once = self.questions = self.refused = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.begun.append(asyncio.get_running_loop().time())
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self._talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.at_once -= 1
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

    def check(self) -> None:
        assert 0 < self.questions <= BUDGET
        assert self.refused <= REFUSED
        assert self.most_at_once == 1
        # As a whole: how soon this process hears of a session is the machine's affair.
        assert self.begun[-1] - self.begun[0] > 0.6 * (len(self.begun) - 1) / RATE


@asynccontextmanager
async def many(domains: Iterable[str], mx: Counting) -> AsyncIterator[Lab]:
    """Run a laboratory in whose DNS these domains have `mx` as their only mail exchanger."""
    records = [Record(domain, "MX", "10 mx.many.test.") for domain in domains]
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


def test_four_addresses_of_one_domain_share_what_their_host_agreed_to() -> None:
    mx = Counting()
    report, said = audited([f"{name}@one.test" for name in "abcd"], mx)
    mx.check()
    assert len(report.targets) == 4
    assert any("planned out" in text and ADDRESS in text for text in said)


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
            own = {"journal_url": f"sqlite:///{tmp_path}/journal.db"}
            first, second = (aimed(lab, [target], **own) for target in ("one.test", "two.test"))
            catch = msgspec.structs.replace(second.catch, host=f"{PREFIX}.201")
            second = msgspec.structs.replace(second, catch=catch, catch_addresses=("audit@other.test",))
            await asyncio.gather(run_audit(first), run_audit(second))

    asyncio.run(main())
    mx.check()


@pytest.mark.parametrize("greeting", ["521 5.3.2 no mail here", "554 5.7.1 go away"])
def test_a_host_that_wants_no_mail_is_asked_once(greeting: str) -> None:
    mx = Counting(greeting)
    _, said = audited(["one.test"], mx)
    assert len(mx.begun) == 1
    assert any(greeting.partition(" ")[0] in text for text in said)
