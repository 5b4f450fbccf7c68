"""Small questions that an outcome asks of one notification. Pure."""

from __future__ import annotations

import re
from datetime import datetime

from bsaudit.judge.learn import Learned
from bsaudit.judge.naming import names_target
from bsaudit.judge.parties import is_qualified, organisation
from bsaudit.judge.wording import at_time
from bsaudit.model.knowledge import Party
from bsaudit.model.mail import LogEntry, LogStatus, Reply, ReplySource, Route, Stage, Submission
from bsaudit.model.notification import Action, Attribution, Hop, Kind, Reason, RecipientReport, Strength
from bsaudit.model.probe import Probe, ProbeRecord, Recipient, ReturnedMail, Role
from bsaudit.ndn.reason import reason_of
from bsaudit.probe.catalogue import content_of
from bsaudit.probe.content import Tries

_EMPTY = RecipientReport()
_PERMANENT = 500  # RFC 5321 §4.2.1
_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")

# At which command the quoted reply fell, as relays put it in prose. Sendmail's ">>> DATA" is not among them: with
# pipelining it names the command sent last, not the one refused.
_STAGES = (
    (re.compile(r"in reply to end of DATA|after end of data|end of data", re.IGNORECASE), Stage.END_OF_DATA),
    (re.compile(r"(?:in reply to|after(?: pipelined)?|sending) RCPT TO", re.IGNORECASE), Stage.RCPT),
    (re.compile(r"(?:in reply to|after(?: pipelined)?|sending) MAIL FROM", re.IGNORECASE), Stage.MAIL),
    (re.compile(r"(?:in reply to|after(?: pipelined)?|sending) DATA", re.IGNORECASE), Stage.DATA),
    (re.compile(r"(?:in reply to|after(?: pipelined)?) (?:HELO|EHLO)", re.IGNORECASE), Stage.HELO),
    (re.compile(r"refused to talk to me|after initial connection", re.IGNORECASE), Stage.CONNECT),
)


def session_reason(reply: Reply, stage: Stage | None) -> Reason:
    """Return why a server refused, from its own words and from when it said them."""
    said_to = "in reply to RCPT TO" if stage is Stage.RCPT else ""
    return reason_of(reply.text, said_to, reply.enhanced, reply.code)


def report_for(mail: ReturnedMail, probe: Probe) -> RecipientReport:
    """Return what a notification says of the recipient under test: the failure, if it tells several things."""
    reports = mail.notification.recipients
    own = {recipient.address.lower() for recipient in probe.recipients}
    tried = [r for r in reports if tested(probe).address.lower() in named_in(r)]
    about = tried or [r for r in reports if named_in(r) & own]
    failed = [r for r in about or reports if r.action in {Action.FAILED, None}]
    return next(iter(failed or about or reports), _EMPTY)


def is_about_company(mail: ReturnedMail, probe: Probe) -> bool:
    """Say whether a notification is about other recipients of the probe only, not about the one under test."""
    others = {recipient.address.lower() for recipient in probe.recipients} - {tested(probe).address.lower()}
    reports = mail.notification.recipients
    return bool(reports) and all(named_in(report) & others for report in reports)


def is_in_the_name_of_nobody(mail: ReturnedMail, probe: Probe) -> bool:
    """Say whether an automatic answer cannot be an existing person's.

    In company it may be the valid recipient's, and so it may where he was written to with a tag (RFC 3834 judges
    those); unless it names the one who does not exist as its author.
    """
    if probe.shape == "tagged":
        return False
    nobody = {recipient.address.lower() for recipient in probe.recipients if recipient.role is Role.UNKNOWN}
    return len(nobody) == len(probe.recipients) or _low(mail.notification.from_address) in nobody


def quoted_reply(report: RecipientReport) -> Reply | None:
    """Return the SMTP reply that a notification quotes; the Status field is not one (some servers invent it)."""
    if report.reply_code is None:
        return None
    text = report.diagnostic_code or ""
    enhanced = _ENHANCED.search(text)
    for prefix in (str(report.reply_code), enhanced[1] if enhanced else ""):
        text = text.strip(" -").removeprefix(prefix)
    return Reply(
        code=report.reply_code,
        enhanced=enhanced[1] if enhanced else None,
        text=text.strip(" -"),
        source=ReplySource.NOTIFICATION,
    )


def refusal_of(record: ProbeRecord) -> Reply | None:
    """Return with which words the target refused the recipient under test: to us, or as the relay quotes it."""
    submission = record.submission
    if submission is not None and record.probe.route is Route.DIRECT:
        refused = submission.reply if submission.accepted is False else None
        reply = submission.recipient_replies.get(tested(record.probe).address, refused) or refused
        return reply if reply is not None and reply.code >= _PERMANENT else refused
    relayed = (mail for mail in record.returned if mail.attributed.attribution is Attribution.RELAY)
    replies = (quoted_reply(report_for(mail, record.probe)) for mail in relayed if mail.notification.kind is Kind.NDN)
    return next((reply for reply in replies if reply is not None and reply.code >= _PERMANENT), None)


def quoted_stage(mail: ReturnedMail) -> Stage | None:
    return next((stage for pattern, stage in _STAGES if pattern.search(mail.notification.prose)), None)


def quotes_target(report: RecipientReport, target: Party, learned: Learned) -> bool:
    """Say whether the relay's NDN quotes a reply of the target.

    Where the relay's calibrated NDNs name the host that refused, one that names none is the relay's own refusal
    (its outgoing filter, its DNS); where they never do, a quoted reply has to be enough.
    """
    if report.remote_mta is not None:
        return names_target(report.remote_mta, target, learned.relay)
    return not learned.names_remote and report.reply_code is not None and report.reason not in _LOCAL


_LOCAL = frozenset({Reason.HOST_UNKNOWN, Reason.NETWORK, Reason.EXPIRED})


def tested(probe: Probe) -> Recipient:
    """Return the recipient that the probe is about: in company, the one who does not exist.

    Test content is read by whoever takes the message: the one who exists.
    """
    role = Role.VALID if content_of(probe).tries is Tries.CONTENT else Role.UNKNOWN
    return next((recipient for recipient in probe.recipients if recipient.role is role), probe.recipients[0])


def cannot_be_sent(probe: Probe, submission: Submission) -> bool:
    """Say whether MAIL was not even said: a recipient beyond ASCII, and a server that offers no SMTPUTF8."""
    ascii_only = all(recipient.address.rpartition("@")[0].isascii() for recipient in probe.recipients)
    return submission.stage is Stage.MAIL and not submission.smtputf8_offered and not ascii_only


def _is_about(report: RecipientReport, probe: Probe) -> bool:
    """Say whether a report is about the recipient under test; with one recipient there is nothing to mix up."""
    return len(probe.recipients) == 1 or tested(probe).address.lower() in named_in(report)


def named_in(report: RecipientReport) -> set[str]:
    """Return the addresses that a report is about, in lower case; "" among them where one is not given."""
    return {_low(report.final_recipient), _low(report.original_recipient)}


def is_third_party(mail: ReturnedMail, probe: Probe) -> bool:
    """Say whether a host beyond the target wrote about an address that is not the target's own any more.

    That host took forwarded mail. An inner host of the target writes about the recipient that we named, or about the
    same mailbox under an inner name.
    """
    if mail.attributed.attribution is not Attribution.BEYOND_TARGET:
        return False
    forwarded = any(recipient.role is Role.FORWARDER for recipient in probe.recipients)
    # Shown by acceptance alone, it may as well be where somebody has his mail forwarded to.
    vague = any(
        one.source == "acceptance" and one.supports is Attribution.BEYOND_TARGET for one in mail.attributed.evidence
    )
    if forwarded or vague:
        return True
    local, _, domain = tested(probe).address.lower().rpartition("@")
    final = _low(report_for(mail, probe).final_recipient).rpartition("@")
    elsewhere = is_qualified(final[2]) and organisation(final[2]) != organisation(domain)
    return elsewhere and final[0] != local


def is_in_queue(record: ProbeRecord) -> bool:
    """Say whether the relay seems to be still trying: it said so, or its log does, or it owes us a report (RFC 3461).

    Asked for SUCCESS and FAILURE it reports whatever becomes of the message, unless the target takes that over.
    """
    submission = record.submission
    if submission is None or not submission.accepted or record.probe.route is not Route.RELAY:
        return False
    if any(mail.notification.kind is Kind.DELAY for mail in record.returned):
        return True
    if submission.log is not None:
        return submission.log.status is LogStatus.DEFERRED
    return submission.dsn_requested and submission.delivered_at is None and not record.returned


def logs_target(entry: LogEntry, target: Party, relay: Party) -> bool:
    """Say whether the relay's log names one of the target's mail exchangers as the host that answered."""
    return any(names_target(name, target, relay) for name in (entry.host, entry.address) if name)


def shows_acceptance(mail: ReturnedMail, probe: Probe, target: Party, relay: Party) -> bool:
    """Say whether a success notification proves that the target took the probe.

    It does if the target's side wrote it, or if the relay names one of the target's MXs as the host that it gave the
    message to (RFC 3464 §2.3.5). A "delivered" without such a name may mean a hub of the relay's own.
    """
    if mail.attributed.attribution.is_target_side:
        return any(_is_about(report, probe) for report in mail.notification.recipients) or len(probe.recipients) == 1
    return mail.attributed.attribution is Attribution.RELAY and any(
        report.remote_mta is not None and names_target(report.remote_mta, target, relay)
        for report in mail.notification.recipients
        if report.action in {Action.RELAYED, Action.DELIVERED, Action.EXPANDED} and _is_about(report, probe)
    )


def accepted_by_target(mail: ReturnedMail, submission: Submission) -> datetime | None:
    """Return when the writer's side took the original, by the Received line in the returned copy."""
    hop = _hop_by_writer(mail)
    return hop.at if hop and hop.at else submission.finished_at


def proof(mail: ReturnedMail) -> str:
    """Return, in brackets, the strongest reason for naming the writer."""
    hop = _hop_by_writer(mail)
    if hop is not None:
        return f" (its Received line{at_time(hop.at)} is in the returned copy)"
    strong = [e for e in mail.attributed.evidence if e.supports is mail.attributed.attribution]
    strong.sort(key=lambda e: list(Strength).index(e.strength))
    return f" ({strong[0].text})" if strong else ""


def _hop_by_writer(mail: ReturnedMail) -> Hop | None:
    writer = (mail.attributed.written_by.host or "").lower()
    return next((h for h in mail.notification.returned_trace if writer and (h.by or "").lower() == writer), None)


def _low(address: str | None) -> str:
    return (address or "").lower()
