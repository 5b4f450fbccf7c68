"""One `check` of two hundred targets: nobody gets more than was agreed to, it takes little memory and one screen."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from bsaudit.adapters.smtpd import Session
from bsaudit.adapters.smtpd.syntax import Transaction
from bsaudit.lab import laboratory as whole
from bsaudit.lab.dns import Record, text
from bsaudit.lab.host import Host
from bsaudit.lab.laboratory import CATCH_ADDRESS, CATCH_DOMAIN, FIRST_TARGET, RELAY, Lab, domain, laboratory
from bsaudit.lab.loopback import PREFIX
from bsaudit.lab.relay import Relay
from bsaudit.lab.targets import Behaviours, Site
from bsaudit.model.settings import Extent
from tests.support.commands import BARE
from tests.support.installed import COMMAND
from tests.support.memory import Memory

LOG = logging.getLogger(__name__)

LIMIT_KB = 120_000_000 // 1024
COLUMNS, LINES = 80, 24
# How many there are of each: most are good, as in life, and the others fit on one screen.
MANY = {"good": 177, "dsn": 10, "bad": 4, "qmail": 2, "gateway": 2, "slow": 2, "silent": 2, "vacation": 1}
DESERVED = {f"{kind}-{number}": Behaviours.TABLE[kind] for kind, many in MANY.items() for number in range(many)}
VERDICTS = {domain(label): site.relay.value for label, site in DESERVED.items()}
SHARED = f"{PREFIX}.{FIRST_TARGET}"  # of the first, which takes mail for others, too
RELAY_RATE, RELAY_BUDGET = 30, 4000
MX_RATE, MX_BUDGET, MX_REFUSED = 40, 2000, 600
CONFIG = """\
relay = "smtp://{user}@{relay[0]}:{relay[1]}?tls=none"
relay_password_command = "echo {password}"
relay_permission = "itself"
catch = "sink://{catch}:{port}?public={catch}:{port}"
catch_address = "{address}"
resolver = "{resolver[0]}:{resolver[1]}"
plan = "{plan}"
wait = "5m"
grace = "1s"
rate = "20/s"
retry_after = "0s"
[[host]]
match = "{relay[0]}"
authorized_by = "its operator"
rate = "{relay_rate}/s"
budget = {relay_budget}
[[host]]
match = "{network}.0/24"
authorized_by = "its operator"
rate = "{mx_rate}/s"
budget = {mx_budget}
refused = {mx_refused}
"""


class Sent:
    """What hosts were sent, as they counted it themselves: by their addresses, when, and how many were refused."""

    def __init__(self) -> None:
        self.begun: dict[str, list[float]] = defaultdict(list)
        self.refused: dict[str, int] = defaultdict(int)

    def counted(self, behaviour: type[Host]) -> type[Host]:
        """Return a host that does the same for whatever domain it is asked for, and counts."""
        sent = self

        class Counted(behaviour):  # type: ignore[misc, valid-type]
            domain = ""

            async def mail(self, session: Session, transaction: Transaction) -> str | None:
                sent.begun[self.place.address].append(time.monotonic())
                return await super().mail(session, transaction)  # type: ignore[no-any-return]

            def at_rcpt(self, session: Session, transaction: Transaction, recipient: str) -> str | None:
                self.domain = recipient.rpartition("@")[2].lower()
                reply = super().at_rcpt(session, transaction, recipient)
                sent.refused[self.place.address] += bool(reply and reply.startswith("5"))
                return reply  # type: ignore[no-any-return]

        return Counted

    def site(self, site: Site) -> Site:
        machines = (replace(one, behaviour=self.counted(one.behaviour)) for one in site.machines)
        return replace(site, machines=tuple(machines))

    def check(self) -> None:
        relayed = self.begun.pop(RELAY.address)
        assert len(relayed) <= RELAY_BUDGET
        assert all(later - at >= 59 for at, later in zip(relayed, relayed[RELAY_RATE * 60 :], strict=False))
        assert max(map(len, self.begun.values())) <= MX_BUDGET
        assert max(self.refused.values()) <= MX_REFUSED
        begun = self.begun[SHARED]  # as a whole: how soon this process hears of a session is the machine's affair
        assert len(begun) - 1 <= MX_RATE * (begun[-1] - begun[0])


def at_one_host(others: int) -> Iterator[Record]:
    """Return the records by which as many good targets have the mail exchanger of the first."""
    for number in range(1, others + 1):
        name = domain(f"good-{number}")
        yield Record(name, "MX", f"10 mx.{domain('good-0')}.")
        yield text(name, "v=spf1 mx -all")
        yield text(f"_bsaudit.{name}", f"v=bsaudit1; catch={CATCH_DOMAIN}")


def configured(lab: Lab, plan: Extent) -> str:
    config = CONFIG.format(
        relay=lab.relay,
        user=Relay.user,
        password=Relay.password,
        catch=lab.catch,
        port=lab.mx_port,
        address=CATCH_ADDRESS,
        resolver=lab.resolver,
        plan=plan.value,
        relay_rate=RELAY_RATE,
        relay_budget=RELAY_BUDGET,
        network=PREFIX,
        mx_rate=MX_RATE,
        mx_budget=MX_BUDGET,
        mx_refused=MX_REFUSED,
    )
    return config + "".join(f'[[target]]\nname = "{name}"\n' for name in VERDICTS)


async def checked(folder: Path, plan: Extent, others: int, sent: Sent) -> tuple[int | None, bytes, bytes, int]:
    """Check them all; return exit code, stdout and stderr, and the most memory that it had, in kB."""
    shared = {f"good-{number}" for number in range(1, others + 1)}
    sites = {label: sent.site(site) for label, site in DESERVED.items() if label not in shared}
    async with laboratory(sites=sites, records=at_one_host(others)) as lab:
        (folder / "bsaudit.toml").write_text(configured(lab, plan))
        process = await asyncio.create_subprocess_exec(
            *(COMMAND, "check", "--format=text", "--format=json=all.json"),
            cwd=folder,
            env=BARE | {"XDG_STATE_HOME": str(folder), "COLUMNS": str(COLUMNS)},
            stdout=-1,
            stderr=-1,
        )
        memory = Memory(process)
        memory.start()
        shown, said = await process.communicate()
        memory.stop()
        return process.returncode, shown, said, max(memory.most.values())


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("plan", "others"),
    [
        pytest.param(Extent.FULL, 0, id="each has a host of its own"),
        pytest.param(Extent.RECIPIENTS, 120, id="most are at one host"),
    ],
)
def test_two_hundred_targets_in_one_check(
    plan: Extent, others: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = Sent()
    monkeypatch.setattr(whole, "Relay", sent.counted(Relay))
    began = time.monotonic()
    code, shown, said, most_kb = asyncio.run(checked(tmp_path, plan, others, sent))
    mails = sum(map(len, sent.begun.values()))
    LOG.warning("%.0f s, %d kB at most, %d mails", time.monotonic() - began, most_kb, mails)

    assert b"Traceback" not in said
    assert code == 1
    report = json.loads((tmp_path / "all.json").read_bytes())
    assert {target["target"]: target["verdict"] for target in report["targets"]} == VERDICTS
    assert not [target["target"] for target in report["targets"] if target["planned_out"]]
    sent.check()
    assert most_kb <= LIMIT_KB
    lines = shown.decode().splitlines()
    assert len(lines) <= LINES
    assert max(map(len, lines)) <= COLUMNS
    assert "9 of 200 BACKSCATTER: bad-0.test, " in "\n".join(lines[-3:])
