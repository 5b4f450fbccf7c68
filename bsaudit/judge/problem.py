"""What a probe that came back shows to be wrong at the target. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from bsaudit.judge.advice_table import Problem
from bsaudit.judge.questions import report_for
from bsaudit.model.notification import Attribution, Kind, Reason
from bsaudit.model.probe import Outcome, ProbeRecord, ReturnedMail
from bsaudit.model.report import NotificationEntry, ProbeEntry
from bsaudit.probe.catalogue import content_of, content_of_shape
from bsaudit.probe.content import Tries

_BY_OUTCOME = {
    Outcome.AUTOREPLIED: Problem.REPLY,
    Outcome.CHALLENGED: Problem.REPLY,
    Outcome.DELAY_NOTIFIED: Problem.DELAY,
}
_BY_KIND = {
    "mailbox-full": Problem.QUOTA,
    "autoresponder": Problem.CONTENT,  # whoever returns instead of answering has a rule of its own
    "challenge": Problem.CONTENT,
    "forwarder": Problem.FORWARD,
    "mailing-list": Problem.FORWARD,
}
_BY_TRIAL = {Tries.RECIPIENT: Problem.RECIPIENT, Tries.SIZE: Problem.CONTENT, Tries.CONTENT: Problem.CONTENT}
# What was wrong is what the bounce says: a spam probe may come back because the mailbox is full, or gone.
_BY_REASON = {
    Reason.MAILBOX_FULL: Problem.QUOTA,
    Reason.USER_UNKNOWN: Problem.RECIPIENT,
    Reason.MAILBOX_DISABLED: Problem.RECIPIENT,
    Reason.SPAM: Problem.CONTENT,
    Reason.VIRUS: Problem.CONTENT,
}
_BY_NOTICE = {Kind.DELAY: Problem.DELAY, Kind.CHALLENGE: Problem.REPLY, Kind.VIRUS_NOTICE: Problem.CONTENT}
_BY_KIND_OF_NOTICE = {**_BY_NOTICE, Kind.AUTOREPLY: Problem.REPLY}
_TOLD_BY_REASON = frozenset({Problem.CONTENT, Problem.RECIPIENT})


def problem_of(record: ProbeRecord) -> Problem:
    """Return what the target did wrong with a probe, by its outcome, its kind and what came back."""
    outcome = record.settlement.outcome if record.settlement else Outcome.UNRESOLVED
    reasons = (
        report_for(mail, record.probe).reason for mail in written_by_target(record) if mail.notification.recipients
    )
    return _problem(outcome, record.probe.kind, content_of(record.probe).tries, reasons)


def problem_of_entry(entry: ProbeEntry) -> Problem:
    """Return the same of a probe as a report tells of it."""
    written = [one for one in entry.notifications if one.attribution is Attribution.TARGET]
    reasons = (recipient.reason for one in written for recipient in one.recipients[:1])
    return _problem(entry.outcome, entry.kind, content_of_shape(entry.kind, entry.shape).tries, reasons)


def problem_of_cause(cause: str) -> Problem | None:
    """Return what a server did wrong that wrote for a cause of a survey: a reason, or a kind that is its own reason."""
    found = (problem for table in (_BY_REASON, _BY_KIND_OF_NOTICE) for name, problem in table.items() if name == cause)
    return next(found, None)


def problem_of_notice(notice: NotificationEntry) -> Problem:
    """Return what a server did wrong that wrote this, as far as that shows without the message that it is about."""
    reasons = (recipient.reason for recipient in notice.recipients)
    told = next((_BY_REASON[reason] for reason in reasons if reason in _BY_REASON), Problem.ANY)
    return _BY_NOTICE.get(notice.kind, told)


def _problem(outcome: Outcome, kind: str, tries: Tries, reasons: Iterable[Reason]) -> Problem:
    problem = _BY_OUTCOME.get(outcome) or _BY_KIND.get(kind, _BY_TRIAL[tries])
    if problem not in _TOLD_BY_REASON:
        return problem
    return next((_BY_REASON[reason] for reason in reasons if reason in _BY_REASON), problem)


def written_by_target(record: ProbeRecord) -> list[ReturnedMail]:
    """Return what the target's own hosts wrote, at the border where the cure belongs; not those behind them."""
    return [mail for mail in record.returned if mail.attributed.attribution is Attribution.TARGET]
