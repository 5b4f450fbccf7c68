"""What a run noticed beside its verdict: one function a finding, one table of them. Pure.

A finding names what it rests on (`probe_ids`) and where the rule stands. `findings_ndn` has those about the
notifications themselves, `findings_contacts` the one about who can be written to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec.structs import replace

from bsaudit.judge import findings_contacts, findings_ndn
from bsaudit.judge.case import PERMANENT, TRANSIENT
from bsaudit.judge.finding_row import FindingRow
from bsaudit.judge.findings_ndn import ndn_findings, once
from bsaudit.judge.questions import refusal_of, tested
from bsaudit.judge.theirs import is_nobodys, why_of_another
from bsaudit.judge.wording import quoted
from bsaudit.model.mail import Route
from bsaudit.model.notification import Attribution, Kind
from bsaudit.model.probe import CountsAs, Difference, Outcome, Probe, ProbeRecord, Reached, ReturnedMail, Role
from bsaudit.model.report import Finding, Severity
from bsaudit.probe.catalogue import CATALOGUE, content_of
from bsaudit.probe.content import LIST_POST, Tries

_FAILURES = frozenset({Kind.NDN, Kind.DELAY, Kind.VIRUS_NOTICE})
_ANSWERS = frozenset({Kind.AUTOREPLY, Kind.CHALLENGE})
_NOTICES = _FAILURES | _ANSWERS


class Row(FindingRow, frozen=True):
    """One finding on a probe: `look` returns what was seen of it, in a sentence, or None."""

    look: Callable[[ProbeRecord], str | None]


def find(records: Sequence[ProbeRecord]) -> tuple[Finding, ...]:
    """Return the findings on one target, each once with all its probes, in the order of the table."""
    found: dict[str, Finding] = {}
    for row in TABLE:
        for record in records:
            detail = row.look(record)
            if detail is not None:
                _add(found, row.found(detail, [record.probe.id]))
    for record in records:
        for finding in ndn_findings(_kind_by_content(record.probe), record.returned, record.probe.id):
            _add(found, finding)
    return tuple(found.values())


def _kind_by_content(probe: Probe) -> str:
    """Return the kind whose content a probe carries: spam goes to somebody on vacation, and to two recipients, too."""
    content = content_of(probe)
    carriers = (row.kind for row in CATALOGUE for shape in row.shapes if shape.content is content)
    return next(carriers, probe.kind) if content.tries is Tries.CONTENT else probe.kind


def _add(found: dict[str, Finding], finding: Finding) -> None:
    known = found.get(finding.id)
    found[finding.id] = replace(known, probe_ids=known.probe_ids + finding.probe_ids) if known else finding


def _from_target(record: ProbeRecord, kinds: Iterable[Kind]) -> Iterator[ReturnedMail]:
    wanted = frozenset(kinds)
    return (
        mail
        for mail in record.returned
        if mail.attributed.attribution.is_target_side and mail.notification.kind in wanted
    )


def _forwards_and_returns(record: ProbeRecord) -> str | None:
    settlement = record.settlement
    if settlement is None or settlement.outcome is not Outcome.BOUNCED:
        return None
    third = any(mail.attributed.attribution is Attribution.BEYOND_TARGET for mail in record.returned)
    if (third and settlement.counts_as is CountsAs.FINDING) or _destination_refused(record):
        return "what it forwards and the destination will not take comes back to the forged sender"
    return None


def _destination_refused(record: ProbeRecord) -> bool:
    """Say whether a forwarder returned what another host refused: its report names that host (RFC 3464 §2.3.5)."""
    forwards = any(recipient.role is Role.FORWARDER for recipient in record.probe.recipients)
    reports = (report for mail in _from_target(record, {Kind.NDN}) for report in mail.notification.recipients)
    return forwards and any(report.remote_mta for report in reports)


def _called_out(record: ProbeRecord) -> str | None:
    if record.settlement is None or not record.settlement.called_out:
        return None
    return "it connects to the mail exchanger of whoever stands in the reverse-path, forged or not"


def _only_authenticated(record: ProbeRecord) -> str | None:
    settlement = record.settlement
    if settlement is None or settlement.outcome is not Outcome.BOUNCED or settlement.counts_as is not CountsAs.FINDING:
        return None
    third = any(mail.attributed.attribution is Attribution.BEYOND_TARGET for mail in record.returned)
    return None if third else "it bounces, but only to reverse-paths that SPF vouches for; forged ones seldom are"


def _wrong_address(record: ProbeRecord) -> str | None:
    for mail in _from_target(record, _FAILURES | _ANSWERS):
        if mail.reached in {Reached.FROM, Reached.REPLY_TO}:
            place = "From" if mail.reached is Reached.FROM else "Reply-To"
            return f"it wrote to the address in {place}, not to the reverse-path"
    return None


def _answers_lists(record: ProbeRecord) -> str | None:
    if content_of(record.probe) is not LIST_POST or not any(_from_target(record, _ANSWERS)):
        return None
    return "a message with List-Id and Precedence: list was answered"


def _answers_again(record: ProbeRecord) -> str | None:
    answers = once(_from_target(record, {Kind.AUTOREPLY}))
    if record.probe.recipients[0].role is Role.AUTORESPONDER and len(answers) > 1:
        return "the same sender was answered more than once within minutes"
    return None


def _answer_loops(record: ProbeRecord) -> str | None:
    if any(mail.notification.null_reverse_path is False for mail in _from_target(record, {Kind.AUTOREPLY})):
        return "the answer has a reverse-path of its own, so that two such programs can answer each other for ever"
    return None


def _answer_unmarked(record: ProbeRecord) -> str | None:
    if any(not mail.notification.auto_submitted for mail in _from_target(record, {Kind.AUTOREPLY})):
        return "the answer does not say that a machine wrote it"
    return None


def _answers_automatically(record: ProbeRecord) -> str | None:
    settlement = record.settlement
    if settlement is None or settlement.outcome is not Outcome.AUTOREPLIED:
        return None
    return "it answers ordinary mail automatically" if settlement.counts_as is CountsAs.FINDING else None


def _refuses_null(record: ProbeRecord) -> str | None:
    return _refused_at_rcpt(record, "null-reverse-path")


def _no_postmaster(record: ProbeRecord) -> str | None:
    return _refused_at_rcpt(record, "postmaster")


def _no_abuse(record: ProbeRecord) -> str | None:
    return _refused_at_rcpt(record, "abuse")


def _refused_at_rcpt(record: ProbeRecord, kind: str) -> str | None:
    settlement = record.settlement
    if record.probe.kind != kind or not record.probe.rcpt_only or settlement is None:
        return None
    return settlement.explanation if settlement.outcome is Outcome.REJECTED else None


def _no_contact(record: ProbeRecord) -> str | None:
    return _refused_at_rcpt(record, "contact")


def _accepts_unknown(record: ProbeRecord) -> str | None:
    settlement = record.settlement
    random = record.probe.kind == "unknown-recipient" and record.probe.shape == "random"
    if not random or settlement is None or settlement.outcome is not Outcome.ACCEPTED_SILENTLY:
        return None
    return "it takes mail for people who do not exist; where that mail goes cannot be seen from outside"


def _answers_differently(record: ProbeRecord) -> str | None:
    submission = record.submission
    if submission is None or submission.put_off is None:
        return None
    second = submission.recipient_replies.get(tested(record.probe).address, submission.reply)
    if second is None or TRANSIENT <= second.code < PERMANENT:
        return None
    return f"the first try was put off, the second was not: {quoted(submission.put_off)}"


def _only_with_notify(record: ProbeRecord) -> str | None:
    settlement, submission = record.settlement, record.submission
    if record.probe.difference is not Difference.WITHOUT_NOTIFY or settlement is None or submission is None:
        return None
    if not submission.accepted or record.returned:  # refused, put off or answered in another way says nothing of it
        return None
    return "the same message without NOTIFY did not come back: forged mail, which has none, may be treated otherwise"


def _contradicts(record: ProbeRecord) -> str | None:
    """Look for a notice of nobody that we know, against what the target said, or in the target's name."""
    for mail in record.returned:
        if not is_nobodys(mail, record) or mail.notification.kind not in _NOTICES:
            continue
        peer = mail.attributed.handed_over_by
        whence = " ".join(filter(None, (peer.host, f"[{peer.address}]" if peer.address else None))) or "an unseen host"
        told = f"the notice ({mail.notification.kind.value}) came from {whence}"
        told += f"; {another}" if (another := why_of_another(mail, record)) else ", not shown to be the target's host"
        refusal = refusal_of(record)
        if refusal is not None:
            whose = "the target itself" if record.probe.route is Route.DIRECT else "somebody, by the relay's report,"
            return f"{told}; {whose} had refused this message: {quoted(refusal)}"
        if any(piece.supports.is_target_side for piece in mail.attributed.evidence):
            return f"{told}, and says that it is"
    return None


TABLE: tuple[Row, ...] = (
    Row("contradicted-notice", Severity.INFO, "A notice that nobody answers for", "RFC 5321 §7.1", _contradicts),
    Row(
        "forwards-and-returns",
        Severity.MEDIUM,
        "Forwards mail and returns what the destination refuses",
        "RFC 5321 §3.9",
        _forwards_and_returns,
    ),
    Row(
        "callout",
        Severity.MEDIUM,
        "Tests reverse-paths by SMTP callout",
        "backscatterer.org lists callouts",
        _called_out,
    ),
    Row(
        "bounces-authenticated",
        Severity.LOW,
        "Bounces to authenticated reverse-paths",
        "RFC 7208 §2.6",
        _only_authenticated,
    ),
    Row("answers-wrong-address", Severity.MEDIUM, "Answers to From or Reply-To", "RFC 3834 §4", _wrong_address),
    Row("answers-lists", Severity.MEDIUM, "Answers mailing-list mail", "RFC 3834 §2", _answers_lists),
    Row("answers-repeatedly", Severity.LOW, "Answers the same sender again", "RFC 3834 §2", _answers_again),
    Row("answer-reverse-path", Severity.LOW, "Answer with a reverse-path of its own", "RFC 3834 §3.3", _answer_loops),
    Row("answer-unmarked", Severity.LOW, "Answer without Auto-Submitted", "RFC 3834 §3.1.7", _answer_unmarked),
    Row("answers", Severity.INFO, "Answers automatically", "RFC 3834", _answers_automatically),
    Row("refuses-null-reverse-path", Severity.MEDIUM, "Refuses notifications", "RFC 1123 §5.2.9", _refuses_null),
    Row("no-postmaster", Severity.LOW, "No postmaster", "RFC 5321 §4.5.1", _no_postmaster),
    Row("no-abuse", Severity.LOW, "No abuse mailbox", "RFC 2142 §2", _no_abuse),
    Row("no-contact", Severity.LOW, "Names a contact that does not exist", "RFC 5321 §4.5.1", _no_contact),
    Row("accepts-unknown", Severity.INFO, "Accepts unknown recipients", "RFC 5321 §6.1", _accepts_unknown),
    Row("second-try-differs", Severity.INFO, "Greylisting or the like", "RFC 6647", _answers_differently),
    Row(
        "bounces-with-notify",
        Severity.INFO,
        "Bounces only where DSNs were asked for",
        "RFC 3461 §4.1",
        _only_with_notify,
    ),
)

EVERY: tuple[FindingRow, ...] = (
    *TABLE,
    *findings_ndn.TABLE,
    *findings_contacts.TABLE,
)
