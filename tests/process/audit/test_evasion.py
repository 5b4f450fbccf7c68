"""A target that was handed several probes, and tries to clear itself by what it knows of them."""

from __future__ import annotations

import asyncio
import smtplib
import threading

import msgspec
import pytest

from bsaudit.lab.laboratory import CATCH, Lab, laboratory
from bsaudit.lab.targets import Behaviours
from bsaudit.model.event import Event, Sent
from bsaudit.model.mail import Route
from bsaudit.model.probe import Control, Probe
from bsaudit.model.report import Report, TargetEntry, Verdict
from bsaudit.wiring.runs import run_audit
from tests.support.audits import GRACE_S, RATE, WAIT_S, only, side_by_side

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


def lost(lab: Lab, probe: Probe, over: threading.Event) -> None:
    """Begin to bring a bounce from the target's address, and break off once `over` is set."""
    with smtplib.SMTP(CATCH.address, lab.mx_port, "mx.silent.test", source_address=(TARGET, 0)) as session:
        session.ehlo()
        session.docmd("MAIL FROM:<>")
        session.docmd(f"RCPT TO:<{probe.reverse_path}>")
        session.docmd("DATA")
        session.send(b"Subject: Undelivered Mail\r\n")
        over.wait(30)
        session.close()


def delivered(lab: Lab, probe: Probe) -> None:
    """Tell that a message was delivered, as was asked for: this target's own mail reaches us."""
    text = BOUNCE.replace("Action: failed", "Action: delivered").replace("5.1.1", "2.0.0").replace("550", "250")
    text = text.replace("could not be", "was").replace(": no such user here", "").replace("no such user here", "ok")
    bounce(lab, probe, "<2@mx.silent.test>", text.replace("Undelivered Mail Returned to Sender", "Delivered"))


@pytest.fixture(scope="module")
def lossy() -> dict[object, TargetEntry]:
    """Return what is said of a target whose bounces did not get through, by how they were lost."""

    async def main(*, lose: bool, late: bool = True) -> TargetEntry:
        over = threading.Event()
        if not late:
            over.set()
        async with laboratory(None, {"silent": Behaviours.TABLE["silent"]}) as lab:
            writing: list[asyncio.Future[None]] = []

            def observe(event: Event) -> None:
                if not isinstance(event, Sent) or event.probe.target is None:
                    return
                if event.probe.control is Control.POSITIVE:
                    writing.append(asyncio.ensure_future(asyncio.to_thread(delivered, lab, event.probe)))
                elif event.probe.control is None and lose:
                    writing.append(asyncio.ensure_future(asyncio.to_thread(lost, lab, event.probe, over)))

            aimed = lab.settings("silent.test", wait_s=WAIT_S, grace_s=GRACE_S, rate=RATE)
            aimed = msgspec.structs.replace(aimed, route=Route.DIRECT, kinds=("unknown-recipient:random",))
            report = await run_audit(aimed, observe)
            over.set()
            await asyncio.gather(*writing)
            return only(report)

    return side_by_side({"none": main(lose=False), "late": main(lose=True), "broken off": main(lose=True, late=False)})


def test_without_a_bounce_it_is_clean(lossy: dict[object, TargetEntry]) -> None:
    assert lossy["none"].verdict is Verdict.CLEAN


@pytest.mark.parametrize("how", ["late", "broken off"])
def test_a_bounce_that_does_not_get_through_is_no_silence(lossy: dict[object, TargetEntry], how: str) -> None:
    assert lossy[how].verdict is Verdict.INCONCLUSIVE
    assert f"{TARGET} came" in lossy[how].explanation


def bounce(lab: Lab, probe: Probe, message_id: str, form: str = BOUNCE) -> None:
    """Write from the target's address to a probe's reverse-path."""
    text = form.format(to=probe.reverse_path, message_id=message_id, recipient=probe.recipients[0].address)
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


def test_a_bounce_of_the_ordinary_message_under_its_own_message_id_is_a_bounce() -> None:
    """Whoever was handed it knows that Message-ID; our own message come through it is not."""

    async def main() -> Report:
        async with laboratory(None, {"silent": Behaviours.TABLE["silent"]}) as lab:
            writing: list[asyncio.Future[None]] = []

            def observe(event: Event) -> None:
                if isinstance(event, Sent) and event.probe.control is Control.POSITIVE:
                    told = asyncio.to_thread(bounce, lab, event.probe, event.probe.message_id)
                    writing.append(asyncio.ensure_future(told))

            aimed = lab.settings("silent.test", wait_s=WAIT_S, grace_s=GRACE_S, rate=RATE)
            report = await run_audit(msgspec.structs.replace(aimed, kinds=("spam:gtube",)), observe)
            await asyncio.gather(*writing)
            return report

    assert only(asyncio.run(main())).verdict is Verdict.BACKSCATTER
