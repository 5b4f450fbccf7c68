"""Is what the target's side wrote about this probe, and shown to be theirs? Pure.

Whoever has read one address of ours can send mail with it himself: the target's answer to that is real, and comes from
the target's own host, but it is no answer to our probe.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bsaudit.judge.case import PERMANENT
from bsaudit.judge.questions import named_in, quoted_reply, quoted_stage, refusal_of, report_for
from bsaudit.model.mail import Route, Stage
from bsaudit.model.notification import RECEIPTS, Attribution, Kind, Notification
from bsaudit.model.probe import Place, Probe, ProbeRecord, ReturnedMail
from bsaudit.probe.tokens import tokens_in

# Of a reply at DATA relays say that it fell there where they had sent everything at once (RFC 2920 §3.1).
_BEFORE_THE_TEXT = frozenset({Stage.CONNECT, Stage.HELO, Stage.STARTTLS, Stage.AUTH, Stage.MAIL, Stage.RCPT})
# What only whoever has the message can write.
_ANSWERS = frozenset(Kind) - {Kind.NDN, Kind.OTHER}


def is_theirs(mail: ReturnedMail, record: ProbeRecord) -> bool:
    """Say whether the target's side wrote a message about this probe.

    Not by a user's word against a refusal that was seen or quoted.
    """
    return mail.attributed.attribution.is_target_side and not _is_in_doubt(mail, record)


def is_nobodys(mail: ReturnedMail, record: ProbeRecord) -> bool:
    """Say whether it cannot be told who wrote a message, or about what."""
    return mail.attributed.attribution is Attribution.UNKNOWN or _is_in_doubt(mail, record)


def rests_on_word(record: ProbeRecord) -> bool:
    """Say whether all that the target's side wrote of a probe, unasked, is of that side by the user's word alone."""
    unasked = (mail for mail in record.returned if mail.notification.kind not in RECEIPTS)
    theirs = [mail for mail in unasked if is_theirs(mail, record)]
    return bool(theirs) and all(mail.attributed.on_word for mail in theirs)


def named_hosts(record: ProbeRecord) -> Iterator[str]:
    """Return the hosts that the user named and whose mail counted, as they were seen."""
    for mail in record.returned:
        by = mail.attributed.handed_over_by
        if mail.attributed.on_word and is_theirs(mail, record):
            yield by.short or "the host named"


def why_of_another(mail: ReturnedMail, record: ProbeRecord) -> str | None:
    """Say why what the target's side wrote answers something else than this probe, if it does."""
    notification = mail.notification
    if not mail.attributed.attribution.is_target_side:
        return None
    if mail.of_another:
        return "it names a message that is not ours: somebody else may have sent that in our name"
    if not _was_refused_unseen(record) or not (
        _named(notification) or notification.kind in _ANSWERS or _is_about_others(notification, record.probe)
    ):
        return None
    return (
        "this probe was refused before the target had any message to answer or return: somebody else may have sent "
        "one in our name"
    )


def names_another(notification: Notification, probes: Iterable[Probe]) -> bool:
    """Say whether a message names others, and none of `probes`.

    A Message-ID that reads like ours is none, nor one that holds an address of ours: who knows that can write it.
    """
    named = _named(notification)
    tokens = set(tokens_in(named.encode("utf-8", "surrogateescape")))
    return bool(named) and not any(probe.token(Place.MESSAGE_ID) in tokens for probe in probes)


def _named(notification: Notification) -> str:
    return " ".join(filter(None, (notification.original_message_id, *notification.references)))


def _is_in_doubt(mail: ReturnedMail, record: ProbeRecord) -> bool:
    return _is_word_against_refusal(mail, record) or why_of_another(mail, record) is not None


def _is_word_against_refusal(mail: ReturnedMail, record: ProbeRecord) -> bool:
    refused = record.submission is not None and record.submission.accepted is False
    return mail.attributed.on_word and (refused or refusal_of(record) is not None)


def _was_refused_unseen(record: ProbeRecord) -> bool:
    """Say whether the target never got the text of a probe: by our own session, or as the relay quotes the refusal."""
    submission, probe = record.submission, record.probe
    if submission is None:
        return False
    if submission.accepted is False:
        return probe.route is Route.RELAY or submission.stage in _BEFORE_THE_TEXT | {Stage.DATA}
    if probe.route is Route.DIRECT or len(probe.recipients) != 1:
        return False
    relayed = (mail for mail in record.returned if mail.attributed.attribution is Attribution.RELAY)
    return any(_quotes_early_refusal(mail, probe) for mail in relayed if mail.notification.kind is Kind.NDN)


def _quotes_early_refusal(mail: ReturnedMail, probe: Probe) -> bool:
    reply = quoted_reply(report_for(mail, probe))
    return reply is not None and reply.code >= PERMANENT and quoted_stage(mail) in _BEFORE_THE_TEXT


def _is_about_others(notification: Notification, probe: Probe) -> bool:
    """Say whether a report names recipients, and none of them is the probe's."""
    own = {recipient.address.lower() for recipient in probe.recipients}
    named = set[str]().union(*map(named_in, notification.recipients)) - {""}
    return bool(named) and not named & own
