"""Was a message that nobody here can read written by a machine? By when it came, and by another one like it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bsaudit.model.mail import Submission
from bsaudit.model.notification import Kind
from bsaudit.model.probe import ProbeRecord, Reached, ReturnedMail
from bsaudit.model.settings import Tagging

# Nobody reads and answers within a minute; what two probes got alike, within ten, nobody wrote twice.
AT_ONCE_S = 60.0
ALIKE_S = 600.0
# Below that much text two messages may be alike by chance.
ENOUGH = 20
# What differs in any two messages: addresses, our tokens and theirs, numbers, times.
_OWN = re.compile(r"\S*[\d@]\S*")


def is_automatic(mail: ReturnedMail, record: ProbeRecord, others: Sequence[ProbeRecord], tagging: Tagging) -> bool:
    """Say whether `mail`, which came back for `record`, is a machine's: `others` are the probes of the same target.

    Only where it came to an address that nobody but the probe's recipient was told. Where a report of success was asked
    for, which every server words in its own way (RFC 3461 §4.1), the same has to come of the probe without NOTIFY.
    """
    submission = record.submission
    if submission is None or not submission.accepted or tagging is Tagging.NONE:
        return False
    if submission.dsn_requested:
        repetitions = [other for other in others if _is_without_notify(other, record)]
        return any(
            is_automatic(one, other, others, tagging) and _says_the_same(one, mail)
            for other in repetitions
            for one in other.returned
        )
    if mail.reached is not Reached.REVERSE_PATH or not mail.attributed.attribution.is_target_side:
        return False
    after = _after(mail, submission)
    return after <= AT_ONCE_S or (
        after <= ALIKE_S and any(_is_alike(mail, other) for other in others if other is not record)
    )


def _is_without_notify(other: ProbeRecord, record: ProbeRecord) -> bool:
    asked = other.submission is None or other.submission.dsn_requested
    return other.probe.repeats == record.probe.id and not asked


def _after(mail: ReturnedMail, submission: Submission) -> float:
    return (mail.arrived_at - submission.finished_at).total_seconds()


def _is_alike(mail: ReturnedMail, other: ProbeRecord) -> bool:
    return other.submission is not None and any(
        _says_the_same(one, mail) and _after(one, other.submission) <= ALIKE_S for one in other.returned
    )


def _says_the_same(one: ReturnedMail, mail: ReturnedMail) -> bool:
    text = _common(mail)
    return one.notification.kind is Kind.OTHER and len(text) >= ENOUGH and _common(one) == text


def _common(mail: ReturnedMail) -> str:
    """Return what a message says without what is different each time."""
    said = f"{mail.notification.subject or ''} {mail.notification.prose}"
    return " ".join(_OWN.sub("", said).split())
