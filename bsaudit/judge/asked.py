"""The outcome of a probe that only asked at RCPT. Nothing was sent, so nothing can come back."""

from __future__ import annotations

import re

from msgspec.structs import replace

from bsaudit.judge.case import PERMANENT, TRANSIENT, Case, Judged, at_once
from bsaudit.judge.masking import mask
from bsaudit.judge.questions import session_reason
from bsaudit.judge.wording import AT_STAGE, quoted
from bsaudit.model.mail import Reply, Stage, Submission
from bsaudit.model.probe import Acceptance, CountsAs, Outcome

# A server that tags its own senders (BATV) rightly refuses <> to an address that never sent.
_BATV = re.compile(
    r"batv|prvs|\b(?:un)?tag(?:ged)?\b|did not (?:send|originate)|never sent|bounce|backscatter|signature",
    re.IGNORECASE,
)


def judge_asked(case: Case, submission: Submission) -> Judged:
    """Return what the replies to RCPT say, by comparison with somebody who does not exist where one was asked for."""
    address = case.record.probe.recipients[0].address
    answered = submission.recipient_replies.get(address)
    reply, stage = (answered, Stage.RCPT) if answered else (submission.reply, submission.stage)
    if reply is None:
        return at_once(Outcome.UNREACHABLE, f"RCPT was not reached: {submission.error or 'no reply'}", stage=stage)
    if reply.code >= PERMANENT:
        return _refused(case, address, reply, stage)
    if reply.code >= TRANSIENT or answered is None:
        return at_once(Outcome.DEFERRED, f"{address} was put off: {quoted(reply)}", stage=stage, reply=reply)
    return _taken(case, address, submission)


def judge_both_asked(case: Case, submission: Submission) -> Judged:
    """Return what a host that the relay goes to says at RCPT to somebody who exists and, beside him, to nobody.

    What it does with a message of the relay's that it accepts does not show here.
    """
    valid, nobody = (recipient.address for recipient in case.record.probe.recipients)
    host, reply = case.record.probe.mail_exchanger, submission.recipient_replies.get(nobody)
    if reply is None:
        said = quoted(submission.reply) if submission.reply else submission.error or "no reply"
        return at_once(Outcome.UNREACHABLE, f"RCPT was not reached at {host}: {said}", stage=submission.stage)
    if reply.code < TRANSIENT:
        text = f"{host} takes somebody who does not exist at RCPT, which does not show what it does then"
        return at_once(Outcome.UNRESOLVED, text, stage=Stage.RCPT, reply=reply)
    if reply.code < PERMANENT:
        return at_once(Outcome.DEFERRED, f"{host} put it off at RCPT: {quoted(reply)}", stage=Stage.RCPT, reply=reply)
    known = submission.recipient_replies[valid].code < TRANSIENT
    masked = mask(replace(case, positive=known or None), reply, session_reason(reply, Stage.RCPT), Stage.RCPT)
    text = (
        f"{host} refuses somebody who does not exist at RCPT{', and takes ' + valid if known else ''}: {quoted(reply)}"
    )
    outcome = Outcome.MASKED if masked else Outcome.REJECTED
    return at_once(outcome, f"{text}: {masked}" if masked else text, stage=Stage.RCPT, reply=reply)


def judge_trusted(case: Case, submission: Submission) -> Judged:
    """Return what it means that the target would, or would not, pass mail on to our own catch address."""
    host = case.record.probe.mail_exchanger
    reply = submission.recipient_replies.get(case.record.probe.recipients[0].address) or submission.reply
    if reply is None:
        return at_once(Outcome.UNREACHABLE, f"RCPT was not reached: {submission.error or 'no reply'}")
    if reply.code < TRANSIENT:
        text = f"{host} takes mail for other domains from us, as from users of its own"
        return at_once(Outcome.UNRESOLVED, text, stage=Stage.RCPT, reply=reply)
    return at_once(Outcome.REJECTED, f"{host} passes nothing on for us: {quoted(reply)}", stage=Stage.RCPT, reply=reply)


def _refused(case: Case, address: str, reply: Reply, stage: Stage | None) -> Judged:
    text = f"{address} is refused{f' {AT_STAGE[stage]}' if stage else ''}: {quoted(reply)}"
    null = case.record.probe.reverse_path == ""
    if null and _BATV.search(reply.text):
        masked = f"{text}: the server knows which of its users sent something (BATV), so this says nothing"
        return at_once(Outcome.MASKED, masked, stage=stage, reply=reply)
    # <> may be refused as soon as it is said, before any recipient
    why = mask(case, reply, session_reason(reply, stage), Stage.RCPT if null and stage is Stage.MAIL else stage)
    if why:
        return at_once(Outcome.MASKED, f"{text}: {why}", stage=stage, reply=reply)
    return at_once(Outcome.REJECTED, text, counts_as=CountsAs.FINDING, stage=stage, reply=reply)


def _taken(case: Case, address: str, submission: Submission) -> Judged:
    accepted = Acceptance(shown_by="session", at=submission.finished_at)
    others = case.record.probe.recipients[1:]
    replies = [submission.recipient_replies.get(other.address) for other in others]
    if any(reply is None or reply.code < TRANSIENT for reply in replies):
        text = f"{address} is accepted at RCPT, but so is a random name: whether it exists is unknown"
        return at_once(Outcome.UNRESOLVED, text, accepted=accepted, stage=Stage.RCPT)
    text = f"{address} is accepted at RCPT" + ("; a random name is not" if others else "; nothing was sent")
    return at_once(Outcome.ACCEPTED_SILENTLY, text, accepted=accepted, stage=Stage.RCPT)
