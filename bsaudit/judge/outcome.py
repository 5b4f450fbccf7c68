"""From one probe and what came back to its outcome. Pure; readable from top to bottom as a table.

`judge` always answers with the outcome as it looks so far, and with the time from which that stands: a bounce
proves itself at once; everything good has to survive a quiet time first, since some filters reject *and* notify.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import chain

from bsaudit.durations import duration
from bsaudit.judge import questions
from bsaudit.judge.asked import judge_asked, judge_both_asked, judge_trusted
from bsaudit.judge.callout import with_callout
from bsaudit.judge.case import COUNTS_AS, PERMANENT, TRANSIENT, Case, Judged, at_once, settled
from bsaudit.judge.learn import target_party
from bsaudit.judge.lost import with_lost
from bsaudit.judge.masking import mask
from bsaudit.judge.overruled import may_be_for_users_only, not_known, of_a_trusted_client, of_an_interceptor
from bsaudit.judge.silence import IN_QUEUE, doubt_silence, silent
from bsaudit.judge.target_queue import is_pending, quiet_until
from bsaudit.judge.theirs import is_nobodys, is_theirs
from bsaudit.judge.unattributed import who_cannot_be_told
from bsaudit.judge.wording import AT_STAGE, QUOTE_LIMIT, at_time, quoted, whole, writer_in_words
from bsaudit.model.mail import LogStatus, Reply, Route, Stage, Submission
from bsaudit.model.notification import RECEIPTS, Attribution, Kind, Reason
from bsaudit.model.probe import Acceptance, Control, CountsAs, Difference, Outcome, ReturnedMail, Role, Settlement
from bsaudit.probe.catalogue import content_of, is_known
from bsaudit.text import clean_line

# What a notification of the target's side makes of the probe, worst first.
_BACKSCATTER = (
    (frozenset({Kind.NDN, Kind.VIRUS_NOTICE}), Outcome.BOUNCED, "bounced"),
    (frozenset({Kind.DELAY}), Outcome.DELAY_NOTIFIED, "warned of a delay"),
    (frozenset({Kind.CHALLENGE}), Outcome.CHALLENGED, "answered with a challenge"),
    (frozenset({Kind.AUTOREPLY, Kind.MDN, Kind.REPORT}), Outcome.AUTOREPLIED, "answered automatically"),
)
_UNSOLICITED = frozenset().union(*(kinds for kinds, _, _ in _BACKSCATTER))


def judge(case: Case) -> Judged:
    """Return the outcome of a probe as it stands. Never raises."""
    judged = _judge(case)
    return of_an_interceptor(judged, case.intercepted) if case.intercepted else judged


def _judge(case: Case) -> Judged:
    submission = case.record.submission
    if submission is None:
        return at_once(Outcome.UNRESOLVED, "the probe was not sent")
    if case.record.probe.control is Control.TRUSTED:
        return judge_trusted(case, submission)
    if case.record.probe.control is Control.ASKED:
        return judge_both_asked(case, submission)
    judged = judge_asked(case, submission) if case.record.probe.rcpt_only else _by_rules(case, submission)
    if judged.settlement.counts_as is CountsAs.GOOD and not is_known(case.record.probe):
        return not_known(judged)
    return of_a_trusted_client(judged) if case.trusted and may_be_for_users_only(judged) else judged


def _by_rules(case: Case, submission: Submission) -> Judged:
    for rule in _RULES:
        judged = rule(case, submission)
        if judged is not None:
            if judged.settlement.counts_as is CountsAs.GOOD:
                judged = _unread(case, submission) or judged
            return with_lost(case, with_callout(case, judged))
    raise AssertionError("silence always has an answer")


# --- refused in the session that we held ourselves


def _refused_in_session(case: Case, submission: Submission) -> Judged | None:
    if submission.accepted is not False:
        return None
    reply, stage = submission.reply, submission.stage
    if case.record.probe.route is Route.RELAY:
        why = quoted(reply) if reply else submission.error or "no reply"
        text = f"the relay would not take it: {why}"
        return at_once(Outcome.REFUSED_BY_RELAY, text, stage=stage, reply=reply)
    if reply is None and questions.cannot_be_sent(case.record.probe, submission):
        text = f"{_host(case)} does not offer SMTPUTF8: nobody can send it mail for such an address (RFC 6531 §3.2)"
        return at_once(Outcome.REJECTED, text, stage=stage)
    if reply is None:
        text = f"{_host(case)} was not reached: {submission.error or 'no reply'}"
        return at_once(Outcome.UNREACHABLE, text, stage=stage)
    return _by_session(case, submission, reply, stage)


def _by_session(case: Case, submission: Submission, reply: Reply, stage: Stage | None) -> Judged:
    settlement = _by_reply(case, reply, questions.session_reason(reply, stage), stage, _host(case))
    if submission.put_off is not None:
        same = reply == submission.put_off
        first = "as it did at the first try" if same else f"the first try was put off: {quoted(submission.put_off)}"
        text = f"{settlement.explanation}; {first}"
        settlement = whole(settlement, explanation=text)
    return Judged(settlement=settlement, final_at=quiet_until(case, submission.finished_at))


def _refused_in_company(case: Case, submission: Submission) -> Judged | None:
    """Read the reply to the recipient under test where another one of the same transaction was accepted."""
    reply = submission.recipient_replies.get(questions.tested(case.record.probe).address)
    if case.record.probe.route is Route.RELAY or reply is None or reply.code < TRANSIENT:
        return None
    return _by_session(case, submission, reply, Stage.RCPT)


def _by_reply(case: Case, reply: Reply, reason: Reason, stage: Stage | None, host: str) -> Settlement:
    """Return what a reply of the target means: RFC 5321 §4.2.1, and whether its reason answers this probe."""
    where = f" {AT_STAGE[stage]}" if stage else ""
    if reply.code < PERMANENT:
        return settled(Outcome.DEFERRED, f"{host} put it off{where}: {quoted(reply)}", stage=stage, reply=reply)
    nobody = _named_nobody(case, reason)
    if nobody is not None and (case.record.probe.control is not None or mask(case, reply, reason, stage, host)):
        text = f"{nobody}, which was named, does not exist: {host} refused it{where}: {quoted(reply)}"
        settlement = settled(Outcome.MASKED, text, stage=stage, reply=reply)
        return whole(settlement, no_such_address=nobody)
    if case.record.probe.control is not None:
        text = f"{host} refused an ordinary message{where}: {quoted(reply)}"
        settlement = settled(Outcome.REJECTED, text, stage=stage, reply=reply)
        return whole(settlement, counts_as=CountsAs.INCONCLUSIVE)
    masked = mask(case, reply, reason, stage, host)
    if masked:
        text = f"{host} refused it{where}, {masked}: {quoted(reply)}"
        return settled(Outcome.MASKED, text, stage=stage, reply=reply)
    return settled(Outcome.REJECTED, f"{host} refused it{where}: {quoted(reply)}", stage=stage, reply=reply)


# Recipients that nobody named: made up, or there by RFC 5321 §4.5.1.
_NOT_NAMED = frozenset({Role.UNKNOWN, Role.POSTMASTER, Role.ABUSE})


def _named_nobody(case: Case, reason: Reason) -> str | None:
    """Return the address under test if the user named it and the target says that there is nobody."""
    recipient = questions.tested(case.record.probe)
    named = recipient.role not in _NOT_NAMED and reason is Reason.USER_UNKNOWN
    return recipient.address if named else None


def _host(case: Case) -> str:
    return case.record.probe.mail_exchanger or case.target.domain


# --- something came back from the target's side


def _backscatter(case: Case, submission: Submission) -> Judged | None:
    """Read what the target's side wrote; of several answers the one that accuses, then the worst."""
    answers = [
        _from_target(case, submission, mail, outcome, verb)
        for kinds, outcome, verb in _BACKSCATTER
        for mail in _mail(case, kinds)
        if is_theirs(mail, case.record)
    ]
    answers += [
        _from_target(case, submission, mail, Outcome.AUTOREPLIED, "reported success, which nobody had asked for,")
        for mail in _unasked(case, submission)
        if is_theirs(mail, case.record)
    ]
    accusing = (one for one in answers if one.settlement.counts_as is CountsAs.BACKSCATTER)
    return next(accusing, answers[0] if answers else None)


def _unasked(case: Case, submission: Submission) -> Iterator[ReturnedMail]:
    """Return the reports of success that nobody asked for: RFC 3461 §4.1 has none without NOTIFY=SUCCESS."""
    return iter(()) if submission.dsn_requested else _mail(case, RECEIPTS)


def _mail(case: Case, kinds: frozenset[Kind]) -> Iterator[ReturnedMail]:
    return (mail for mail in case.record.returned if mail.notification.kind in kinds)


def _from_target(case: Case, submission: Submission, mail: ReturnedMail, outcome: Outcome, verb: str) -> Judged:
    writer = writer_in_words(mail.attributed) or "a host of the target's side"
    accepted = questions.accepted_by_target(mail, submission)
    since = (mail.arrived_at - _began(accepted, submission, mail)).total_seconds()
    if submission.accepted is False or questions.refusal_of(case.record):
        accepted = None  # a filter that rejects, and writes to the sender all the same
    how = "in the session" if case.record.probe.route is Route.DIRECT else "by the relay's report"
    took = f"accepted{at_time(accepted)}, " if accepted else f"refused {how}, and yet "
    where = f"{took}{verb} {duration(since)} later by {writer}"
    counts_as = _counts_as(case, outcome, mail)
    if case.silent_unauthenticated:
        where += " (but not for a reverse-path that SPF does not vouch for, as forged ones are)"
    settlement = settled(
        outcome,
        where + questions.proof(mail),
        counts_as=counts_as,
        accepted=_accepted_first(case, accepted),
        written_by=mail.attributed.written_by,
        reply=questions.quoted_reply(questions.report_for(mail, case.record.probe)),
        seconds=max(0.0, (mail.arrived_at - submission.finished_at).total_seconds()),
        settled_at=mail.arrived_at,
    )
    return Judged(settlement=settlement, final_at=mail.arrived_at)


def _accepted_first(case: Case, accepted: datetime | None) -> Acceptance | None:
    if accepted is None:
        return None
    return Acceptance(shown_by="session" if case.record.probe.route is Route.DIRECT else "dsn", at=accepted)


def _began(accepted: datetime | None, submission: Submission, mail: ReturnedMail) -> datetime:
    """Return from when the time to the answer counts.

    Received lines know whole seconds, and clocks differ: the target's word counts only where it is later than our own
    hand-over (the relay was put off, say) and earlier than the answer.
    """
    if accepted is not None and submission.finished_at < accepted < mail.arrived_at:
        return accepted
    return submission.finished_at


def _counts_as(case: Case, outcome: Outcome, mail: ReturnedMail) -> CountsAs:
    """Return what mail from the target's side counts as.

    A bounce that only authenticated senders get is a finding; so is what a third party wrote about mail that the
    target forwarded to it, and an automatic answer, except to spam or in the name of nobody (RFC 3834 judges those).
    """
    if questions.is_third_party(mail, case.record.probe):
        return CountsAs.FINDING
    if mail.notification.kind in RECEIPTS and case.record.probe.route is Route.RELAY:
        return CountsAs.FINDING  # nobody but the relay knows whether it asked for a report
    if outcome is not Outcome.AUTOREPLIED:
        return CountsAs.FINDING if case.silent_unauthenticated else COUNTS_AS[outcome]
    probe = case.record.probe
    bad = (is_known(probe) and content_of(probe).needs_consent) or questions.is_in_the_name_of_nobody(mail, probe)
    return CountsAs.BACKSCATTER if bad else CountsAs.FINDING


# --- the relay reported, or somebody whom we cannot name


def _unattributed(case: Case, submission: Submission) -> Judged | None:
    unsolicited = chain(_mail(case, _UNSOLICITED), _unasked(case, submission))
    unknown = next((mail for mail in unsolicited if is_nobodys(mail, case.record)), None)
    if unknown is None:
        return None
    text = who_cannot_be_told(case, unknown)
    return Judged(settlement=settled(Outcome.UNRESOLVED, text, settled_at=unknown.arrived_at))


def _reported(case: Case, submission: Submission) -> Judged | None:
    probe = case.record.probe
    from_relay = (m for m in _mail(case, frozenset({Kind.NDN})) if m.attributed.attribution is Attribution.RELAY)
    reports = [mail for mail in from_relay if not questions.is_about_company(mail, probe)]
    if not reports:
        return None
    mail = reports[-1]
    settlement = whole(
        _by_relay_ndn(case, mail),
        settled_at=mail.arrived_at,
        seconds=max(0.0, (mail.arrived_at - submission.finished_at).total_seconds()),
    )
    return Judged(settlement=settlement, final_at=quiet_until(case, mail.arrived_at))


# What the relay's own NDN says where it quotes no host of the target.
_WITHOUT_TARGET = {
    Reason.HOST_UNKNOWN: (Outcome.UNREACHABLE, "the relay found no way to it"),
    Reason.NETWORK: (Outcome.UNREACHABLE, "the relay could not reach it"),
    Reason.EXPIRED: (Outcome.DEFERRED, "the relay gave up trying"),
}


def _by_relay_ndn(case: Case, mail: ReturnedMail) -> Settlement:
    report = questions.report_for(mail, case.record.probe)
    reply = questions.quoted_reply(report)
    stage = questions.quoted_stage(mail)
    if questions.quotes_target(report, target_party(case.target), case.learned):
        if reply is None:
            text = "the relay says that the target refused it, but not in which words"
            return settled(Outcome.UNRESOLVED, text, stage=stage)
        host = report.remote_mta or case.target.domain
        return _by_reply(case, reply, report.reason, stage, host)
    if reply is not None and reply.code < PERMANENT:
        return settled(Outcome.DEFERRED, f"the relay gave up trying: {quoted(reply)}", stage=stage, reply=reply)
    outcome, text = _WITHOUT_TARGET.get(
        report.reason, (Outcome.REFUSED_BY_RELAY, "the relay itself would not pass it on; the target was not asked")
    )
    why = f": {report.diagnostic_code}" if report.diagnostic_code else ""
    return settled(outcome, text + why, stage=stage, reply=reply)


# --- something came back that we cannot read

_OUR_SIDES = frozenset({Attribution.CATCH, Attribution.RELAY})


def _unread(case: Case, submission: Submission) -> Judged | None:
    """Take a message that says nothing we know for no silence: only the probe's recipient knew that address of ours."""
    mail = next((m for m in _mail(case, frozenset({Kind.OTHER})) if m.attributed.attribution not in _OUR_SIDES), None)
    if mail is None or submission.accepted is None:
        return None
    if mail.uid in case.automatic:
        return _from_target(
            case, submission, mail, Outcome.AUTOREPLIED, "answered by a machine, in words unknown here,"
        )
    who = writer_in_words(mail.attributed) or "somebody unknown"
    text = f"a message came back from {who}, but what it is cannot be told"
    shown = _acceptance(case, submission)
    return Judged(
        settlement=settled(Outcome.UNRESOLVED, text, accepted=shown[0] if shown else None, settled_at=mail.arrived_at),
        final_at=mail.arrived_at + timedelta(seconds=case.grace_s),
    )


# --- nothing that speaks against it came back


def _silence(case: Case, submission: Submission) -> Judged:
    if submission.accepted is None:
        text = f"cut short ({submission.error}): whether it was accepted is unknown, and it is never sent again"
        return Judged(settlement=settled(Outcome.UNRESOLVED, text))
    shown = _acceptance(case, submission)
    if shown is None:
        # A repetition without NOTIFY can show acceptance only by bouncing; it is not worth the whole wait.
        brief = case.record.probe.difference is Difference.WITHOUT_NOTIFY
        final_at = submission.finished_at + timedelta(seconds=case.grace_s) if brief else None
        return Judged(settlement=_without_acceptance(case, submission), final_at=final_at)
    acceptance, since = shown
    if is_pending(case, since):
        return Judged(settlement=settled(Outcome.UNRESOLVED, IN_QUEUE, accepted=acceptance))
    doubt = doubt_silence(case, since)
    settlement = settled(Outcome.UNRESOLVED, doubt, accepted=acceptance) if doubt else silent(case, acceptance, since)
    return Judged(settlement=settlement, final_at=quiet_until(case, since))


def _acceptance(case: Case, submission: Submission) -> tuple[Acceptance, datetime] | None:
    """Return how acceptance was shown and when we knew: the final 250, or a DSN that names the target."""
    if case.record.probe.route is Route.DIRECT:
        taken = Acceptance(shown_by="session", at=submission.finished_at), submission.finished_at
        return taken if submission.accepted else None
    target, relay = target_party(case.target), case.learned.relay
    for mail in _mail(case, RECEIPTS):
        if questions.shows_acceptance(mail, case.record.probe, target, relay):
            return Acceptance(shown_by="dsn", at=mail.notification.date or mail.arrived_at), mail.arrived_at
    log = submission.log
    if log is not None and log.status is LogStatus.SENT and questions.logs_target(log, target, relay):
        at = log.seen_at or submission.finished_at
        return Acceptance(shown_by="log", at=at), at
    # In company it is the valid recipient's copy, and says nothing of somebody who does not exist.
    alone = len(case.record.probe.recipients) == 1 or questions.tested(case.record.probe).role is not Role.UNKNOWN
    if submission.delivered_at is not None and alone:
        return Acceptance(shown_by="mailbox", at=submission.delivered_at), submission.delivered_at
    return None


def _without_acceptance(case: Case, submission: Submission) -> Settlement:
    log = submission.log
    if any(mail.attributed.attribution is Attribution.RELAY for mail in _mail(case, frozenset({Kind.DELAY}))):
        return settled(Outcome.DEFERRED, "the relay is still trying; the target only put it off so far")
    if log is not None and log.status is LogStatus.DEFERRED:
        return settled(
            Outcome.DEFERRED, f"the relay is still trying; its log says: “{clean_line(log.reply, QUOTE_LIMIT)}”"
        )
    text = "nothing came back, and nothing shows that the target accepted it: the relay may still be trying"
    if not case.record.probe.notify or submission.dsn_requested:
        return settled(Outcome.UNRESOLVED, text)
    ways = "--route direct" if case.both else "--route both"
    text += f" (it offers no DSN, which would tell; --relay-log, --valid-mailbox or {ways} can)"
    return settled(Outcome.UNRESOLVED, text, unshown=doubt_silence(case) is None)


# What came back goes first: some filters reject *and* notify.
_RULES: tuple[Callable[[Case, Submission], Judged | None], ...] = (
    _backscatter,
    _unattributed,
    _refused_in_session,
    _reported,
    _refused_in_company,
    _unread,
    _silence,
)


def standing(judged: Judged, watched_until: datetime, *, wait_over: bool) -> Settlement | None:
    """Return the settlement that stands: its quiet time has passed, or the wait is over. None: it may still change.

    Silence stands only if somebody listened for the whole of it.
    """
    if judged.at_once or (judged.final_at is not None and watched_until >= judged.final_at):
        return judged.settlement
    if not wait_over:
        return None
    if judged.settlement.outcome is Outcome.ACCEPTED_SILENTLY and judged.final_at is not None:
        return _too_short(judged.settlement, (judged.final_at - watched_until).total_seconds())
    return judged.settlement


def _too_short(silent: Settlement, missing_s: float) -> Settlement:
    grace_s = silent.seconds or 0.0
    heard = duration(max(0.0, grace_s - missing_s))
    accepted = at_time(silent.accepted.at) if silent.accepted else ""
    text = f"accepted{accepted}, but the wait was over after {heard} of quiet, and {duration(grace_s)} were asked for"
    return settled(Outcome.UNRESOLVED, text, accepted=silent.accepted)
