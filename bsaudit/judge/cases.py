"""Putting together what an outcome is judged from. Pure: shared by the live run and by the rebuilt one."""

from __future__ import annotations

from collections.abc import Sequence

from bsaudit.judge.automatic import is_automatic
from bsaudit.judge.callout import callouts_for
from bsaudit.judge.case import TRANSIENT, Case
from bsaudit.judge.inquiry import Inquiry
from bsaudit.judge.interceptor import find_interceptor
from bsaudit.judge.lost import lost_for
from bsaudit.judge.questions import tested
from bsaudit.judge.target_queue import is_whole
from bsaudit.judge.verdict import positive_held
from bsaudit.judge.way_back import is_inside, why_secluded
from bsaudit.model.mail import LogStatus, Route
from bsaudit.model.notification import Action, Kind
from bsaudit.model.probe import Control, Difference, Outcome, Probe, ProbeRecord, Role
from bsaudit.model.run import RunState
from bsaudit.model.settings import CatchKind
from bsaudit.probe.catalogue import content_of
from bsaudit.probe.content import Tries


def case_of(record: ProbeRecord, inquiry: Inquiry) -> Case:
    """Return what the outcome of `record`, a probe of a target, is judged from."""
    target = inquiry.target(record.probe.target)
    assert target is not None
    others = inquiry.probes_of(target.target)
    return Case(
        record=record,
        learned=inquiry.learned,
        target=target,
        callouts=tuple(callouts_for(record.probe, target, inquiry.run.sessions, inquiry.learned.relay)),
        lost=tuple(lost_for(record, inquiry.run.sessions)),
        grace_s=inquiry.run.grace_s,
        positive=_positive(record, others),
        positive_host=_positive_host(record, others),
        silent_unauthenticated=_silent_unauthenticated(record, others),
        delivers=_delivers(record, others),
        way_back=inquiry.way_back_of(record, target),
        still_open=_still_open(inquiry),
        secluded=why_secluded(inquiry.run),
        inside=is_inside(target),
        vouched=inquiry.run.vouched_by is not None,
        trusted=_is_trusted(record, others),
        both=inquiry.run.route is Route.BOTH,
        automatic=_automatic(record, inquiry, others),
        intercepted=_interceptor(record, inquiry, others),
        asleep=tuple(inquiry.run.asleep) if inquiry.run.catch_kind == CatchKind.SINK else (),
        queue=inquiry.run.queue if is_whole(others) else None,
    )


def _automatic(record: ProbeRecord, inquiry: Inquiry, others: Sequence[ProbeRecord]) -> tuple[str, ...]:
    unread = (mail for mail in record.returned if mail.notification.kind is Kind.OTHER)
    return tuple(mail.uid for mail in unread if is_automatic(mail, record, others, inquiry.learned.tagging))


def _interceptor(record: ProbeRecord, inquiry: Inquiry, others: Sequence[ProbeRecord]) -> str | None:
    if record.probe.route is not Route.DIRECT:
        return None
    return find_interceptor(inquiry.run, inquiry.learned, others)


def _is_trusted(record: ProbeRecord, others: Sequence[ProbeRecord]) -> bool:
    """Say whether the host that a probe went to would have passed mail on for us."""
    return any(
        reply.code < TRANSIENT
        for other in others
        if other.probe.control is Control.TRUSTED
        and other.probe.address == record.probe.address
        and other.submission is not None
        for reply in other.submission.recipient_replies.values()
    )


def _still_open(inquiry: Inquiry) -> bool | None:
    """Say whether our own side takes mail to the end; while the run goes on, the end is yet to be seen."""
    known = inquiry.learned.still_open
    return True if known is None and inquiry.run.state is RunState.RUNNING else known


def _delivers(record: ProbeRecord, others: Sequence[ProbeRecord]) -> bool:
    """Say whether the ordinary message to the same recipient was seen in his own mailbox (`--valid-mailbox`)."""
    return any(
        other.submission is not None
        and other.submission.delivered_at is not None
        and tested(other.probe).address == tested(record.probe).address
        for other in others
        if other.probe.control is Control.POSITIVE
    )


def _silent_unauthenticated(record: ProbeRecord, others: Sequence[ProbeRecord]) -> bool:
    """Say whether the target takes such mail silently from a reverse-path that SPF does not vouch for.

    A budget of a dozen messages does not allow a twin for every bounce: one answers for all that ask the same.
    """
    twins = [
        other.settlement.outcome
        for other in others
        if other.probe.difference is Difference.UNAUTHENTICATED
        and other is not record
        and other.settlement is not None
        and _question(other.probe) == _question(record.probe)
    ]
    return bool(twins) and all(outcome is Outcome.ACCEPTED_SILENTLY for outcome in twins)


def _question(probe: Probe) -> tuple[str | None, Role, str | None]:
    """Return what a probe asks, however it is addressed: of which target, about whom, with which test content."""
    return probe.target, tested(probe).role, probe.content if content_of(probe).tries is Tries.CONTENT else None


def _positive_host(record: ProbeRecord, others: Sequence[ProbeRecord]) -> str | None:
    """Return which host took the positive control, as the relay names it (in its report, else in its log)."""
    if record.probe.route is not Route.RELAY:
        return None
    controls = (other for other in others if other.probe.control is Control.POSITIVE and other is not record)
    control = next((other for other in controls if other.probe.route is Route.RELAY), None)
    if control is None:
        return None
    reports = (report for mail in control.returned for report in mail.notification.recipients)
    named = (report.remote_mta for report in reports if report.action in _TAKEN and report.remote_mta)
    log = control.submission.log if control.submission else None
    return next(named, log.host if log and log.status is LogStatus.SENT else None)


_TAKEN = frozenset({Action.RELAYED, Action.DELIVERED, Action.EXPANDED})


def _positive(record: ProbeRecord, others: Sequence[ProbeRecord]) -> bool | None:
    """Return whether the positive control of the same host held, was turned down, or is not known yet."""
    for other in others:
        same = other.probe.address == record.probe.address
        if same and other.probe.control is Control.POSITIVE and other is not record:
            return positive_held(other)
    return None
