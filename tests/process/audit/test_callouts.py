"""Who asked our catch MX for a probe's address, where no mail exchanger of the target's did: DNS says it in time."""

from __future__ import annotations

import asyncio
import smtplib

from bsaudit.lab.dns import Record, pointer
from bsaudit.lab.laboratory import CATCH, Lab, laboratory
from bsaudit.lab.loopback import PREFIX
from bsaudit.lab.targets import Behaviours
from bsaudit.model.event import Event, Sent
from bsaudit.model.probe import Probe
from bsaudit.model.report import Report
from bsaudit.wiring.runs import run_audit
from tests.support.audits import GRACE_S, RATE, WAIT_S, only

EGRESS, STRANGER = f"{PREFIX}.77", f"{PREFIX}.78"
RECORDS = (
    pointer(EGRESS, "out.good.test"),
    Record("out.good.test", "A", EGRESS),
    pointer(STRANGER, "out.good.test"),  # which does not lead back
)


def ask(lab: Lab, peer: str, probe: Probe) -> None:
    with smtplib.SMTP(CATCH.address, lab.mx_port, "out.good.test", source_address=(peer, 0)) as session:
        session.helo()
        session.mail("")
        session.rcpt(probe.reverse_path)


def test_a_callout_is_the_targets_where_its_hosts_name_leads_back() -> None:
    asked: dict[str, str] = {}

    async def main() -> Report:
        async with laboratory(None, {"good": Behaviours.TABLE["good"]}, RECORDS) as lab:
            asking: list[asyncio.Future[None]] = []

            def observe(event: Event) -> None:
                peer = next((peer for peer in (EGRESS, STRANGER) if peer not in asked), None)
                if isinstance(event, Sent) and event.probe.kind == "unknown-recipient" and peer is not None:
                    asked[peer] = event.probe.id
                    asking.append(asyncio.ensure_future(asyncio.to_thread(ask, lab, peer, event.probe)))

            report = await run_audit(lab.settings("good.test", wait_s=WAIT_S, grace_s=GRACE_S, rate=RATE), observe)
            await asyncio.gather(*asking)
            return report

    found = {probe.id: probe for probe in only(asyncio.run(main())).probes}
    theirs, nobodys = found[asked[EGRESS]], found[asked[STRANGER]]
    assert theirs.outcome == "called_out"
    assert "out.good.test tested the reverse-path" in theirs.explanation
    assert nobodys.outcome == "unresolved"
    assert f"{STRANGER} tested the reverse-path" in nobodys.explanation
