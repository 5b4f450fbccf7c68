"""What a probe that came back shows to be wrong at the target. Pure."""

from __future__ import annotations

from bsaudit.judge.advice_table import Problem
from bsaudit.judge.questions import report_for
from bsaudit.model.notification import Attribution, Reason
from bsaudit.model.probe import Outcome, ProbeRecord, ReturnedMail
from bsaudit.probe.catalogue import content_of
from bsaudit.probe.content import Tries

_BY_OUTCOME = {
    Outcome.AUTOREPLIED: Problem.REPLY,
    Outcome.CHALLENGED: Problem.REPLY,
    Outcome.DELAY_NOTIFIED: Problem.DELAY,
}
_BY_KIND = {
    "mailbox-full": Problem.QUOTA,
    "autoresponder": Problem.REPLY,
    "challenge": Problem.REPLY,
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
_TOLD_BY_REASON = frozenset({Problem.CONTENT, Problem.RECIPIENT})


def problem_of(record: ProbeRecord) -> Problem:
    """Return what the target did wrong with a probe, by its outcome, its kind and what came back."""
    outcome = record.settlement.outcome if record.settlement else Outcome.UNRESOLVED
    tried = _BY_TRIAL[content_of(record.probe).tries]
    problem = _BY_OUTCOME.get(outcome) or _BY_KIND.get(record.probe.kind, tried)
    if problem not in _TOLD_BY_REASON:
        return problem
    reasons = (
        report_for(mail, record.probe).reason for mail in written_by_target(record) if mail.notification.recipients
    )
    return next((_BY_REASON[reason] for reason in reasons if reason in _BY_REASON), problem)


def written_by_target(record: ProbeRecord) -> list[ReturnedMail]:
    """Return what the target's own hosts wrote, at the border where the cure belongs; not those behind them."""
    return [mail for mail in record.returned if mail.attributed.attribution is Attribution.TARGET]
