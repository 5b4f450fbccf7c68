"""A relay without DSN and a target that keeps silent: what shows acceptance where the user can open one door more."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bsaudit.lab.laboratory import domain
from bsaudit.lab.relay import RelayHabits
from bsaudit.model.event import Event, Sent
from bsaudit.model.probe import Outcome
from bsaudit.model.report import Report, Verdict
from bsaudit.model.settings import CatchKind, CatchSettings, Tls
from bsaudit.ports import Observer
from tests.support import audits

LABEL = "silent"
LINE = (
    "Nov 23 10:00:01 mail postfix/smtp[1]: {queue_id}: to=<{to}>, relay={host}[{address}]:25, delay=0.1, "
    "delays=0/0/0/0.1, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n"
)


class Relay:
    """Writes the relay's log as the messages go out, as a Postfix would."""

    def __init__(self, log: Path, *, host: str, address: str) -> None:
        self._log, self._host, self._address = log, host, address

    def __call__(self, event: Event) -> None:
        if isinstance(event, Sent) and event.probe.target and event.submission.queue_id:
            to = event.probe.recipients[0].address
            line = LINE.format(queue_id=event.submission.queue_id, to=to, host=self._host, address=self._address)
            with self._log.open("a") as stream:
                stream.write(line)


class Delivery:
    """Puts what the target took into the valid recipient's Maildir, as a delivery agent would."""

    text = "Message-ID: {id}\r\nFrom: {sender}\r\n\r\nHello\r\n"

    def __init__(self, maildir: Path) -> None:
        self._maildir = maildir

    def __call__(self, event: Event) -> None:
        if isinstance(event, Sent) and event.probe.target:
            text = self.text.format(id=event.probe.message_id, sender=event.probe.from_address)
            (self._maildir / "new" / f"1.{event.probe.id}.mx").write_text(text)


class Filter(Delivery):
    """Tells the valid recipient what it keeps from him."""

    text = "Message-ID: <1@mx>\r\nFrom: filter@silent.test\r\n\r\nKept from you: {id} of {sender}\r\n"


IN_VAIN_S = 2.0  # a run that waits for what never comes waits to the end


def audited(
    observer: Observer = lambda _: None,
    kinds: Sequence[str] = ("banned-attachment",),
    wait_s: float = audits.WAIT_S,
    **witnesses: Any,
) -> Report:
    times = {"wait_s": wait_s, "grace_s": 0.5}
    return audits.audited(
        LABEL, habits=RelayHabits(offers_dsn=False), observer=observer, kinds=tuple(kinds), **times, **witnesses
    )


def shown_by(report: Report) -> Sequence[str | None]:
    return [probe.accepted.shown_by if probe.accepted else None for probe in report.targets[0].probes]


def test_without_a_witness_silence_proves_nothing() -> None:
    report = audited(wait_s=IN_VAIN_S)
    assert report.verdict is Verdict.INCONCLUSIVE
    assert shown_by(report) == [None]


def test_the_relays_log_shows_acceptance(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.touch()
    report = audited(Relay(log, host=f"mx.{domain(LABEL)}", address="192.0.2.1"), relay_log=str(log))
    assert shown_by(report) == ["log"]
    assert [probe.outcome for probe in report.targets[0].probes] == [Outcome.ACCEPTED_SILENTLY]
    assert report.verdict is Verdict.CLEAN, report.targets[0].explanation


def test_the_log_is_heard_about_the_recipient_under_test_only(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.touch()
    relay = Relay(log, host=f"mx.{domain(LABEL)}", address="192.0.2.1")
    report = audited(
        relay, relay_log=str(log), kinds=("mixed-recipients",), wait_s=IN_VAIN_S
    )  # the log speaks of the valid one
    assert shown_by(report) == [None]
    assert report.verdict is Verdict.INCONCLUSIVE


def test_a_log_that_names_another_host_shows_nothing(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.touch()
    relay = Relay(log, host="hub.elsewhere.test", address="192.0.2.1")
    report = audited(relay, relay_log=str(log), wait_s=IN_VAIN_S)
    assert shown_by(report) == [None]
    assert report.verdict is Verdict.INCONCLUSIVE


def mailbox_in(path: Path) -> CatchSettings:
    for name in ("new", "cur", "tmp"):
        (path / name).mkdir()
    return CatchSettings(kind=CatchKind.MAILDIR, path=str(path), tls=Tls.NONE)


def test_what_only_quotes_a_probe_is_no_delivery_of_it(tmp_path: Path) -> None:
    """It may have been put off, or refused, all the same."""
    report = audited(Filter(tmp_path), valid_mailbox=mailbox_in(tmp_path), wait_s=IN_VAIN_S)
    assert shown_by(report) == [None]
    assert report.verdict is Verdict.INCONCLUSIVE


def test_the_valid_recipients_mailbox_shows_acceptance(tmp_path: Path) -> None:
    report = audited(Delivery(tmp_path), valid_mailbox=mailbox_in(tmp_path))

    assert shown_by(report) == ["mailbox"]
    assert report.verdict is Verdict.CLEAN, report.targets[0].explanation
