"""Somebody who holds a probe's token writes to it, by real sessions, while the audit goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import aiosmtplib
import msgspec
import pytest

from bsaudit.lab.dns import Record, pointer
from bsaudit.lab.laboratory import FIRST_TARGET, Lab, domain, laboratory
from bsaudit.lab.loopback import PREFIX
from bsaudit.lab.relay import RelayHabits
from bsaudit.lab.targets import Behaviours
from bsaudit.model.event import Event, Sent
from bsaudit.model.mail import Route
from bsaudit.model.probe import Probe
from bsaudit.model.report import ProbeEntry, TargetEntry, Verdict
from bsaudit.wiring.runs import run_audit, stored_report
from tests.support.audits import ENOUGH, GRACE_S, RATE, check, only, side_by_side
from tests.support.signing import record, record_name, signed, zone_text

# What nobody answers for is waited for to the end.
WAIT_S = 8.0
STRANGER = "127.99.0.9"
TARGET = f"{PREFIX}.{FIRST_TARGET}"
MX = "mx.{}.test"

Forgery = Callable[[Probe, str], str]
Answered = tuple[TargetEntry, ProbeEntry]  # a target, and the probe that somebody answered


def notice(probe: Probe, mx: str) -> str:
    """Return an NDN in the target's name."""
    return (
        f"Received: from {mx} ({mx} [{TARGET}])\r\n"
        "\tby mx.catch.test with ESMTP id 7; Mon, 2 Mar 2026 10:02:11 +0000\r\n"
        f"Authentication-Results: mx.catch.test; dkim=pass header.d={mx}\r\n"
        f"From: MAILER-DAEMON@{mx}\r\nTo: {probe.reverse_path}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        f"Message-ID: <f1@{mx}>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=B\r\n\r\n"
        "--B\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered: no such user.\r\n"
        f"--B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; {mx}\r\n\r\n"
        f"Final-Recipient: rfc822; {probe.recipients[0].address}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
        f"--B\r\nContent-Type: text/rfc822-headers\r\n\r\nReceived: from mail.relay.test by {mx} with ESMTP id 1;"
        f" Mon, 2 Mar 2026 10:02:11 +0000\r\nMessage-ID: {probe.message_id}\r\n\r\n--B--\r\n"
    )


def mere_notice(probe: Probe, mx: str) -> str:
    """Return the same by somebody who was told the addresses and nothing more."""
    return notice(probe, mx).replace(f"Message-ID: {probe.message_id}\r\n", "Subject: x\r\n")


def signed_notice(probe: Probe, mx: str) -> str:
    return signed(mere_notice(probe, mx).encode(), mx.removeprefix("mx.")).decode()


def out_of_office(probe: Probe, mx: str) -> str:
    return (
        f"From: {probe.recipients[0].address}\r\nTo: {probe.reverse_path}\r\n"
        "Subject: Automatic reply: out of office\r\n"
        f"Message-ID: <a1@{mx}>\r\nAuto-Submitted: auto-replied\r\nIn-Reply-To: {probe.message_id}\r\n\r\n"
        "I am out of the office.\r\n"
    )


async def _forged(
    label: str,
    route: Route,
    forgery: Forgery,
    source: str,
    *records: Record,
    habits: RelayHabits | None = None,
    **changes: Any,
) -> Answered:
    """Audit a target, and answer the first probe for nobody that was handed over, at once, greeting as the target.

    Returns that probe, too: several are on their way at a time, and the first to be handed over is not always the
    first of the plan.
    """
    mx, sent, answered = MX.format(label), list[asyncio.Task[None]](), list[str]()
    async with laboratory(habits, {label: Behaviours.TABLE[label]}, records) as lab:

        def answer(event: Event) -> None:
            if isinstance(event, Sent) and event.probe.kind == "unknown-recipient" and not sent:
                writing = _write(lab, source, mx, event.probe.reverse_path, forgery(event.probe, mx))
                answered.append(event.probe.id)
                sent.append(asyncio.get_running_loop().create_task(writing))

        aimed = lab.settings(domain(label), wait_s=WAIT_S, grace_s=GRACE_S, rate=RATE)
        changes = {"max_probes": ENOUGH, "route": route} | changes
        report = await run_audit(msgspec.structs.replace(aimed, **changes), answer)
        await sent[0]
    check(report)
    target = only(report)
    return target, next(probe for probe in target.probes if probe.id == answered[0])


async def _write(lab: Lab, source: str, greeting: str, to: str, content: str) -> None:
    client = aiosmtplib.SMTP(
        hostname=lab.catch, port=lab.mx_port, source_address=(source, 0), local_hostname=greeting, start_tls=False
    )
    async with client:
        await client.sendmail("", [to], content)


def audit(label: str, route: Route, forgery: Forgery, source: str, *records: Record, **changes: Any) -> Answered:
    return asyncio.run(_forged(label, route, forgery, source, *records, **changes))


BY_STRANGERS = [(route, forgery) for route in (Route.RELAY, Route.DIRECT) for forgery in (notice, out_of_office)]


@pytest.fixture(scope="module")
def open_ones() -> dict[object, Answered]:
    """Return the targets of audits that wait to their end, which they do side by side."""
    anybodys = pointer(STRANGER, "mx.good.test")

    audits: dict[object, Coroutine[Any, Any, Answered]] = {
        (route, forgery): _forged("good", route, forgery, STRANGER) for route, forgery in BY_STRANGERS
    }
    audits |= {("answered", route, forgery): _forged("good", route, forgery, TARGET) for route, forgery in BY_STRANGERS}
    return side_by_side({**audits, "a name": _forged("good", Route.RELAY, notice, STRANGER, anybodys)})


@pytest.mark.parametrize(("route", "forgery"), BY_STRANGERS)
def test_a_token_and_any_host_convict_nobody(open_ones: dict[object, Answered], route: Route, forgery: Forgery) -> None:
    target, probe = open_ones[route, forgery]
    assert (target.verdict, probe.outcome) == (Verdict.INCONCLUSIVE, "unresolved")
    (finding,) = [finding for finding in target.findings if finding.id == "contradicted-notice"]
    assert STRANGER in finding.detail
    assert "550" in finding.detail
    assert finding.probe_ids == (probe.id,)


@pytest.mark.parametrize("route", [Route.RELAY, Route.DIRECT])
def test_the_same_from_the_targets_own_address_convicts(route: Route) -> None:
    """Some filters reject, and write to the sender all the same."""
    target, _ = audit("good", route, mere_notice, TARGET)
    assert target.verdict is Verdict.BACKSCATTER


@pytest.mark.parametrize(("route", "forgery"), BY_STRANGERS)
def test_not_where_it_answers_what_the_target_was_never_given(
    open_ones: dict[object, Answered], route: Route, forgery: Forgery
) -> None:
    """Somebody sent the target a message with the probe's address, and was answered there."""
    target, probe = open_ones["answered", route, forgery]
    assert (target.verdict, probe.outcome) == (Verdict.INCONCLUSIVE, "unresolved")
    assert "somebody else may have sent one in our name" in target.explanation


@pytest.mark.parametrize("forgery", [notice, out_of_office])
def test_the_same_from_a_host_that_nobody_knows_convicts_whoever_took_the_probe(forgery: Forgery) -> None:
    """The target's own egress may have neither reverse name nor SPF; nobody else knew the address."""
    target, probe = audit("silent", Route.DIRECT, forgery, STRANGER)
    assert target.verdict is Verdict.BACKSCATTER
    (told,) = [mail for mail in probe.notifications if mail.handed_over_by.address == STRANGER]
    assert "acceptance" in {piece.source for piece in told.evidence}


def test_an_egress_is_known_by_a_name_that_leads_back_also_when_dns_has_forgotten_it(tmp_path: Path) -> None:
    """What DNS said stands in the journal: the report says next year what it says today."""
    own = (pointer(STRANGER, "out7.good.test"), Record("out7.good.test", "A", STRANGER))
    journal_url = f"sqlite:///{tmp_path / 'journal'}"
    target, probe = audit("good", Route.RELAY, mere_notice, STRANGER, *own, journal_url=journal_url)
    assert target.verdict is Verdict.BACKSCATTER
    later = only(asyncio.run(stored_report(journal_url, None)))  # the laboratory, and its DNS, are gone
    again = next(one for one in later.probes if one.id == probe.id)
    assert (later.verdict, again.notifications) == (target.verdict, probe.notifications)


def test_the_targets_signature_convicts_also_when_its_key_is_gone(tmp_path: Path) -> None:
    """The answer came from an egress that nobody knows; signed for this probe it cannot be another's."""
    key = Record(record_name("good.test"), "TXT", zone_text(record()))
    journal_url = f"sqlite:///{tmp_path / 'journal'}"
    target, probe = audit("good", Route.RELAY, signed_notice, STRANGER, key, journal_url=journal_url)
    assert target.verdict is Verdict.BACKSCATTER
    assert any("signature by good.test" in piece.text for mail in probe.notifications for piece in mail.evidence)
    later = only(asyncio.run(stored_report(journal_url, None)))
    again = next(one for one in later.probes if one.id == probe.id)
    assert (later.verdict, again.notifications) == (target.verdict, probe.notifications)


def test_a_name_that_anybody_can_give_his_address_convicts_nobody(open_ones: dict[object, Answered]) -> None:
    target, _ = open_ones["a name"]
    assert target.verdict is Verdict.INCONCLUSIVE


def test_the_users_word_of_a_host_convicts_and_the_report_rests_on_it() -> None:
    """A relay without DSN: nobody saw the target take the probe, and no DNS names the egress of what came back."""

    async def audits(*named: tuple[str, ...]) -> list[TargetEntry]:
        how = {"habits": RelayHabits(offers_dsn=False), "kinds": ("unknown-recipient:random",), "wait_s": 2.5}
        found = await asyncio.gather(
            *(_forged("silent", Route.RELAY, notice, STRANGER, target_hosts=hosts, **how) for hosts in named)
        )
        return [target for target, _ in found]

    told, other, untold = asyncio.run(audits((STRANGER,), ("127.99.0.8", MX.format("other")), ()))
    assert (told.verdict, told.named_hosts) == (Verdict.BACKSCATTER, (STRANGER,))
    assert STRANGER in (told.qualification or "")
    assert "the word of whoever ran this audit" in (told.qualification or "")
    assert (other.verdict, untold.verdict) == (Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE)
    assert f"--target-host {STRANGER}" in {step.command for step in untold.next}


def test_who_makes_the_target_answer_an_address_of_ours_convicts_nobody() -> None:
    """He writes to somebody on holiday, as from the address of a probe, under a Message-ID that holds it."""

    async def audited(message_id: Callable[[Probe], str]) -> TargetEntry:
        sent: list[asyncio.Task[None]] = []
        async with laboratory(None, {"good": Behaviours.TABLE["good"]}) as lab:

            def write(event: Event) -> None:
                if isinstance(event, Sent) and event.probe.kind == "spam" and not sent:
                    text = f"From: x@stranger.example\r\nMessage-ID: {message_id(event.probe)}\r\n\r\nHello.\r\n"
                    sent.append(asyncio.get_running_loop().create_task(_to_the_target(lab, event.probe, text)))

            aimed = lab.settings(domain("good"), wait_s=4.0, grace_s=GRACE_S, rate=RATE)
            report = await run_audit(msgspec.structs.replace(aimed, kinds=("spam:gtube",), route=Route.DIRECT), write)
            await sent[0]
        check(report)
        return only(report)

    found = side_by_side(
        {
            "its own": audited(lambda _: "<1@stranger.example>"),
            "like ours": audited(lambda _: f"<b{'z' * 16}@stranger.example>"),
            "of the address": audited(lambda probe: f"<{probe.reverse_path}>"),
        }
    )
    assert {name: target.verdict for name, target in found.items()} == dict.fromkeys(found, Verdict.INCONCLUSIVE)
    assert all("somebody else may have sent" in target.explanation for target in found.values())


async def _to_the_target(lab: Lab, probe: Probe, content: str) -> None:
    client = aiosmtplib.SMTP(
        hostname=TARGET, port=lab.mx_port, source_address=(STRANGER, 0), local_hostname="x.test", start_tls=False
    )
    async with client:
        await client.sendmail(probe.reverse_path, [f"away@{probe.target}"], content)
