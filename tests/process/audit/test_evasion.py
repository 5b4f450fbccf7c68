"""A target that was handed several probes, and tries to clear itself by what it knows of them."""

from __future__ import annotations

import asyncio
import smtplib

import pytest

from bsaudit.lab.laboratory import CATCH, Lab, laboratory
from bsaudit.lab.targets import Behaviours
from bsaudit.model.event import Event, Sent
from bsaudit.model.mail import Route
from bsaudit.model.probe import Probe
from bsaudit.model.report import Report, Verdict
from bsaudit.wiring.runs import run_audit
from tests.support.audits import GRACE_S, RATE, WAIT_S

# The only mail exchanger of this laboratory's only target.
TARGET = "127.77.0.10"
BOUNCE = """\
From: MAILER-DAEMON@mx.silent.test
To: {to}
Message-ID: {message_id}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x

Your message could not be delivered: no such user here.

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.silent.test

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user here

--x--
"""


def bounce(lab: Lab, probe: Probe, message_id: str) -> None:
    """Write from the target's address to a probe's reverse-path."""
    text = BOUNCE.format(to=probe.reverse_path, message_id=message_id, recipient=probe.recipients[0].address)
    with smtplib.SMTP(CATCH.address, lab.mx_port, "mx.silent.test", source_address=(TARGET, 0)) as session:
        session.sendmail("", [probe.reverse_path], text.replace("\n", "\r\n"))


@pytest.mark.parametrize("borrowed", [True, False])
def test_a_bounce_under_another_probes_message_id_is_a_bounce(borrowed: bool) -> None:
    handed: list[Probe] = []

    async def main() -> Report:
        async with laboratory(None, {"silent": Behaviours.TABLE["silent"]}) as lab:
            writing: list[asyncio.Future[None]] = []

            def observe(event: Event) -> None:
                if not isinstance(event, Sent) or event.probe.kind != "unknown-recipient":
                    return
                handed.append(event.probe)
                if len(handed) == 2:
                    first, second = handed
                    message_id = second.message_id if borrowed else "<1@mx.silent.test>"
                    writing.append(asyncio.ensure_future(asyncio.to_thread(bounce, lab, first, message_id)))

            aimed = lab.settings("silent.test", wait_s=WAIT_S, grace_s=GRACE_S, rate=RATE)
            report = await run_audit(aimed, observe)
            await asyncio.gather(*writing)
            return report

    report = asyncio.run(main())
    (target,) = report.targets
    assert target.verdict is Verdict.BACKSCATTER, target.explanation
    assert handed[0].route is Route.RELAY
    assert {probe.id for probe in target.probes if probe.outcome == "bounced"} >= {handed[0].id}
