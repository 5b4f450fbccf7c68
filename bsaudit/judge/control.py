"""From a control to its outcome. A control is judged by what it is there to show, not as a probe of the target."""

from __future__ import annotations

from collections.abc import Callable

from bsaudit.durations import duration
from bsaudit.judge.case import COUNTS_AS
from bsaudit.judge.learn import delivered_itself, failure_of, is_as_sent
from bsaudit.judge.wording import quoted
from bsaudit.model.notification import Attribution
from bsaudit.model.probe import Acceptance, Control, Outcome, ProbeRecord, ReturnedMail, Settlement


def judge_control(record: ProbeRecord) -> Settlement | None:
    """Return the settlement of a control on our own side, or None while it is still awaited."""
    submission = record.submission
    if submission is None:
        return None
    if submission.accepted is False:
        why = quoted(submission.reply) if submission.reply else submission.error or "no reply"
        return _settled(Outcome.REFUSED_BY_RELAY, f"not taken at submission: {why}")
    return _JUDGES[record.probe.control or Control.CATCH](record)


def _arrival(record: ProbeRecord) -> Settlement | None:
    mail = delivered_itself(record)
    if mail is None:
        return _failed(record)
    text = f"arrived after {duration(_after(record, mail))}"
    accepted = Acceptance(shown_by="session", at=mail.arrived_at)
    return _settled(Outcome.ACCEPTED_SILENTLY, text, mail, accepted, seconds_after=_after(record, mail))


def _failed(record: ProbeRecord) -> Settlement | None:
    mail = failure_of(record)
    if mail is None:
        return None
    why = next((r.diagnostic_code for r in mail.notification.recipients if r.diagnostic_code), "no reason given")
    return _settled(Outcome.REJECTED, f"came back undelivered: {why}", mail)


def _calibration(record: ProbeRecord) -> Settlement | None:
    mail = failure_of(record)
    if mail is None or mail.attributed.attribution is Attribution.CATCH:
        return None
    family = mail.notification.mta_family
    product = f" (it reads like {family})" if family else ""
    text = f"the relay's own NDN came back after {duration(_after(record, mail))}{product}"
    return _settled(Outcome.REJECTED, text, mail, seconds_after=_after(record, mail))


def _content(record: ProbeRecord) -> Settlement | None:
    mail = delivered_itself(record)
    if mail is None or is_as_sent(record, mail):
        return _arrival(record)
    return _settled(Outcome.UNRESOLVED, "it arrived, but not as it was sent: somebody on the way changed it", mail)


def _anything(record: ProbeRecord) -> Settlement | None:
    """Judge the closing control: it may have come through, or the relay wrote about it; either shows the way open."""
    return _arrival(record) if delivered_itself(record) or not record.returned else _calibration(record)


_JUDGES: dict[Control, Callable[[ProbeRecord], Settlement | None]] = {
    Control.CATCH: _arrival,
    Control.CATCH_SECOND: _arrival,
    Control.NDN: _arrival,
    Control.NDN_RETURN: _arrival,
    Control.ENTRANCE: _arrival,
    Control.AWAITED: _arrival,
    Control.CONTENT: _content,
    Control.CLOSING: _anything,
    Control.CALIBRATION_REFUSED: _calibration,
    Control.CALIBRATION_UNREACHABLE: _calibration,
}


def _after(record: ProbeRecord, mail: ReturnedMail) -> float:
    since = record.submission.finished_at if record.submission else mail.arrived_at
    return max(0.0, (mail.arrived_at - since).total_seconds())


def _settled(
    outcome: Outcome,
    text: str,
    mail: ReturnedMail | None = None,
    accepted: Acceptance | None = None,
    seconds_after: float | None = None,
) -> Settlement:
    return Settlement(
        outcome=outcome,
        counts_as=COUNTS_AS[outcome],
        explanation=text,
        accepted=accepted,
        settled_at=mail.arrived_at if mail else None,
        seconds=seconds_after,
    )


def unanswered() -> Settlement:
    """Return the settlement of a control that nothing came of within its time."""
    return _settled(Outcome.UNRESOLVED, "nothing came of it in the time given")
