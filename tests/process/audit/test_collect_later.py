"""`collect` days after the run: what has come since is found, what was there before is not, and the run is kept up."""

from __future__ import annotations

import asyncio
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from bsaudit.adapters.catch import open_mailbox
from bsaudit.adapters.clock import SystemClock
from bsaudit.adapters.journal import open_journal
from bsaudit.audit import Collected, collect
from bsaudit.model.mail import MailExchanger, Reply, Route, Stage, Submission
from bsaudit.model.probe import State
from bsaudit.model.run import RunRecord, RunState, TargetRecord
from bsaudit.model.settings import CatchKind, CatchSettings
from tests.support.tokened import probe

PROBE = replace(probe("p1"), route=Route.DIRECT, target="acme.example")
BOUNCE = f"""\
Return-Path: <>
Received: from mx1.acme.example (mx1.acme.example [203.0.113.5]) by mx.inbox.example; Mon, 2 Mar 2026 10:02:11 +0000
From: MAILER-DAEMON@mx1.acme.example
To: {PROBE.reverse_path}
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

This is the mail system at host mx1.acme.example.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx1.acme.example

Final-Recipient: rfc822; nobody@acme.example
Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

Message-ID: {PROBE.message_id}
From: probe@example.com

--b--
"""


async def _left_behind(journal_url: str, maildir: Path, days: int) -> None:
    """Journal a run that ended `days` ago, with a message that the target took and said nothing of."""
    then = datetime.now(UTC) - timedelta(days=days)
    mailbox = open_mailbox(_settings(maildir), clock=SystemClock())
    run = RunRecord(id="7f3a", key=b"k", started_at=then, route=Route.DIRECT, catch_kind="maildir")
    run.catch_position = await mailbox.open()
    await mailbox.close()
    run.catch_address = "me@inbox.example"
    exchanger = MailExchanger(host="mx1.acme.example", addresses=("203.0.113.5",))
    run.targets = [TargetRecord(target="acme.example", domain="acme.example", mail_exchangers=(exchanger,))]
    taken = Submission(
        accepted=True, submitted_at=then, finished_at=then, stage=Stage.END_OF_DATA, reply=Reply(code=250, text="Ok")
    )
    journal = open_journal(journal_url)
    await journal.begin(run)
    await journal.plan(run.id, [PROBE])
    await journal.move(run.id, PROBE.id, State.SENDING)
    await journal.move(run.id, PROBE.id, State.SENT, submission=taken)
    run.state, run.finished_at = RunState.FINISHED, then + timedelta(minutes=5)
    await journal.update(run)
    await journal.close()


async def _collect(journal_url: str, maildir: Path) -> Collected:
    journal = open_journal(journal_url)
    mailbox = open_mailbox(_settings(maildir), clock=SystemClock())
    try:
        return await collect("7f3a", mailbox=mailbox, journal=journal, clock=SystemClock())
    finally:
        await mailbox.close()
        await journal.close()


def _settings(maildir: Path) -> CatchSettings:
    return CatchSettings(kind=CatchKind.MAILDIR, path=str(maildir))


@pytest.mark.parametrize("days", [1, 10, 400])
def test_an_answer_of_days_later_is_found_once(tmp_path: Path, days: int) -> None:
    maildir, journal_url = tmp_path / "Maildir", f"sqlite:///{tmp_path}/journal.db"
    for part in ("new", "cur", "tmp"):
        (maildir / part).mkdir(parents=True)
    (maildir / "cur" / "1600000000.old.host:2,S").write_text(BOUNCE)
    then = time.time() - days * 86_400
    for part in ("new", "cur"):
        os.utime(maildir / part, (then, then))
    asyncio.run(_left_behind(journal_url, maildir, days))

    (maildir / "new" / f"{int(time.time())}.M1.host").write_text(BOUNCE)
    first = asyncio.run(_collect(journal_url, maildir))
    assert first.arrivals == 1
    ((found,),) = [target.probes for target in first.report.targets]
    assert found.outcome.value != "accepted_silently"
    assert {change.what for change in first.changes} >= {"p1"}

    again = asyncio.run(_collect(journal_url, maildir))
    assert (again.arrivals, again.changes) == (0, ())
    assert again.report.targets[0].probes[0].outcome is found.outcome
