"""The outcome of a probe that only asked at RCPT. Nothing was sent, so nothing can come back."""

from __future__ import annotations

import re

from bsaudit.judge.case import PERMANENT, TRANSIENT, Case, Judged, at_once
from bsaudit.judge.wording import quoted
from bsaudit.model.mail import Reply, Stage, Submission
from bsaudit.model.probe import Acceptance, CountsAs, Outcome

# A server that tags its own senders (BATV) rightly refuses <> to an address that never sent.
_BATV = re.compile(r"batv|prvs|tag|did not (?:send|originate)|never sent|bounce|backscatter|signature", re.IGNORECASE)


def judge_asked(case: Case, submission: Submission) -> Judged:
    """Return what the replies to RCPT say, by comparison with somebody who does not exist where one was asked for."""
    probe = case.record.probe
    reply = submission.recipient_replies.get(probe.recipients[0].address)
    if reply is None:
        why = quoted(submission.reply) if submission.reply else submission.error or "no reply"
        outcome = Outcome.DEFERRED if _is_transient(submission.reply) else Outcome.UNREACHABLE
        return at_once(outcome, f"RCPT was not reached: {why}", stage=submission.stage, reply=submission.reply)
    address = probe.recipients[0].address
    if reply.code >= PERMANENT:
        return _refused(case, address, reply)
    if reply.code >= TRANSIENT:
        return at_once(Outcome.DEFERRED, f"{address} was put off: {quoted(reply)}", stage=Stage.RCPT, reply=reply)
    return _taken(case, address, submission)


def _refused(case: Case, address: str, reply: Reply) -> Judged:
    text = f"{address} is refused at RCPT: {quoted(reply)}"
    if case.record.probe.reverse_path == "" and _BATV.search(reply.text):
        masked = f"{text}: the server knows which of its users sent something (BATV), so this says nothing"
        return at_once(Outcome.MASKED, masked, stage=Stage.RCPT, reply=reply)
    if case.positive is False:
        masked = f"{text}: but it refused even an ordinary message to a valid recipient"
        return at_once(Outcome.MASKED, masked, stage=Stage.RCPT, reply=reply)
    return at_once(Outcome.REJECTED, text, counts_as=CountsAs.FINDING, stage=Stage.RCPT, reply=reply)


def _taken(case: Case, address: str, submission: Submission) -> Judged:
    accepted = Acceptance(shown_by="session", at=submission.finished_at)
    others = case.record.probe.recipients[1:]
    replies = [submission.recipient_replies.get(other.address) for other in others]
    if any(reply is None or reply.code < TRANSIENT for reply in replies):
        text = f"{address} is accepted at RCPT, but so is a random name: whether it exists is unknown"
        return at_once(Outcome.UNRESOLVED, text, accepted=accepted)
    text = f"{address} is accepted at RCPT" + ("; a random name is not" if others else "; nothing was sent")
    return at_once(Outcome.ACCEPTED_SILENTLY, text, accepted=accepted)


def _is_transient(reply: Reply | None) -> bool:
    return reply is not None and reply.code < PERMANENT
