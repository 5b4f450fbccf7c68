"""Five runs as the laboratory gave them, for the tests of every format: clean, guilty, inconclusive, failed, hostile.

`python -m tests.support.recorded` runs them again and writes tests/recorded anew: after the report has a new field.
"""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from bsaudit.adapters.smtpd import Session
from bsaudit.adapters.smtpd.syntax import Transaction
from bsaudit.cli.output import error_report
from bsaudit.errors import BsauditError
from bsaudit.lab.laboratory import Lab, domain, laboratory
from bsaudit.lab.mail import Envelope, Result
from bsaudit.lab.relay import RelayHabits
from bsaudit.lab.targets import Behaviours, Bouncing, Machine, Site
from bsaudit.model.report import Report, Verdict
from bsaudit.model.settings import AuditSettings, Secret
from bsaudit.report import json
from bsaudit.wiring.runs import run_audit
from tests.support.reports import RECORDED_IN

WAIT_S, GRACE_S, RATE = 20.0, 1.0, 50.0
# What fits into one line of SMTP: markup of every format, control characters, commands of pipelines
EVIL = "\x1b[2J\x07]]><!--&amp;<script>\"'\\|`*_[x](http://x)@all =1+1 ::error::x %0A,;{}=$(id) example.org bsaudit"


class Hostile(Bouncing):
    """Refuses some unknown recipients and bounces the others, in words that are meant for whoever prints them."""

    def refuses(self, session: Session, transaction: Transaction, recipient: str) -> str | None:
        return f"550 5.1.1 {EVIL}" if "," in recipient or recipient[0] in "abcdefghijkl" else None

    async def accepted(self, envelope: Envelope) -> None:
        for recipient in envelope.recipients:
            if not recipient.address.startswith("postmaster@"):
                self.bounce(envelope, recipient, Result(code=550, text=f"550 5.1.1 {EVIL}"))


GUILTY = Verdict.BACKSCATTER
HOSTILE = Site(about="bounces in hostile words", machines=(Machine(behaviour=Hostile),), relay=GUILTY, direct=GUILTY)
SITES = {**Behaviours.TABLE, "hostile": HOSTILE}
# name: the target, and the habits of the relay
RUNS = {
    "clean": ("good", RelayHabits()),
    "guilty": ("bad", RelayHabits()),
    "inconclusive": ("silent", RelayHabits(offers_dsn=False)),
    "failed": ("good", RelayHabits()),
    "hostile": ("hostile", RelayHabits()),
}


def settings(lab: Lab, name: str) -> AuditSettings:
    aimed = lab.settings(domain(RUNS[name][0]), wait_s=WAIT_S, grace_s=GRACE_S, rate=RATE)
    assert aimed.relay is not None
    return replace(aimed, relay=replace(aimed.relay, password=Secret("wrong"))) if name == "failed" else aimed


async def record(name: str) -> Report:
    label, habits = RUNS[name]
    async with laboratory(habits, {label: SITES[label]}) as lab:
        try:
            return await run_audit(settings(lab, name))
        except BsauditError as error:
            return error_report(error)


if __name__ == "__main__":
    for each in RUNS:
        (RECORDED_IN / f"{each}.json").write_bytes(json.render(asyncio.run(record(each))))
