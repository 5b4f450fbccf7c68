"""What it shows that something came to a probe's own address: each probe has addresses that nobody was told of. Pure.

They are known to the relay and to the host that it was handed to, from MAIL onward, and to whoever took the message.
Once the target is shown to have taken it, what comes to such an address was caused by that, whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bsaudit.judge.case import TRANSIENT
from bsaudit.judge.learn import target_party
from bsaudit.judge.questions import logs_target, shows_acceptance, tested
from bsaudit.model.knowledge import Party
from bsaudit.model.mail import LogStatus, Route, Signature, Submission
from bsaudit.model.notification import RECEIPTS
from bsaudit.model.probe import Place, Probe, ProbeRecord, Reached, ReturnedMail
from bsaudit.model.run import TargetRecord

# The places of a probe that are told to others than those who get the message: the session's, and addresses of ours.
ADDRESSES = frozenset({Place.REVERSE_PATH, Place.FROM, Place.REPLY_TO, Place.ENVID})


def accepted_before(
    record: ProbeRecord, target: TargetRecord | None, relay: Party, reached: Reached, at: datetime
) -> bool:
    """Say whether the target had been shown to take a probe when, at that time, something came to one of its addresses.

    Direct: by the final 250, in the session that we held ourselves. By relay: by a report of the relay, or of an
    identified host of the target, or by the relay's log.
    """
    submission = record.submission
    if target is None or submission is None or reached is Reached.UNKNOWN or record.probe.rcpt_only:
        return False
    if record.probe.route is Route.DIRECT:
        return _in_session(record.probe, submission)
    if any(_time_of(mail) <= at for mail in record.returned if _shows_it(mail, record.probe, target, relay)):
        return True
    log = submission.log
    return log is not None and log.status is LogStatus.SENT and logs_target(log, target_party(target), relay)


def signed_by(signatures: Iterable[Signature], probe: Probe) -> dict[str, bool]:
    """Return who signed a message, and whether for this probe: what was signed for another can be sent here once more.

    Either it was signed as written to one of the probe's addresses; or with what only who got the message itself can
    tell. An address of ours in the body is not enough: who knows it may have it quoted by whoever answers him.
    """
    found: dict[str, bool] = {}
    for signature in signatures:
        found[signature.domain] = found.get(signature.domain, False) or _is_for(signature, probe)
    return found


def _is_for(signature: Signature, probe: Probe) -> bool:
    inside = (probe.place_of(token) for token in signature.body if token in probe.tokens)
    return any(token in probe.tokens for token in signature.to) or any(place not in ADDRESSES for place in inside)


def _in_session(probe: Probe, submission: Submission) -> bool:
    reply = submission.recipient_replies.get(tested(probe).address)
    return submission.accepted is True and (reply is None or reply.code < TRANSIENT)


def _shows_it(mail: ReturnedMail, probe: Probe, target: TargetRecord, relay: Party) -> bool:
    return mail.notification.kind in RECEIPTS and shows_acceptance(mail, probe, target_party(target), relay)


def _time_of(mail: ReturnedMail) -> datetime:
    """Return when a report was written, which may overtake what it reports; never later than it was here."""
    return min(mail.notification.date or mail.arrived_at, mail.arrived_at)
