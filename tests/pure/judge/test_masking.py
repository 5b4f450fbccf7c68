"""Refusals as real servers word them: which answer a probe, and which speak of something else.

In every row the same host took an ordinary message to the valid recipient, as one that exempts postmaster from its
blocklists does: the comparison alone must not clear.
"""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bsaudit.adapters.replies import read_reply
from bsaudit.judge.case import Case
from bsaudit.judge.outcome import judge
from bsaudit.model.mail import Route, Stage, Submission
from bsaudit.model.probe import CountsAs, Outcome, ProbeRecord, Recipient, Role, Settlement
from tests.support.judged import GOOD, GRACE, NOW, OPEN, TARGET, probe, taken

CONTENT = {"spam": "gtube", "virus": "eicar", "oversize": "oversize"}


def refused(
    kind: str, stage: Stage, said: str, *, shape: str | None = None, positive: bool | None = True
) -> Settlement:
    """Return what a probe by the direct route shows that was refused with `said` (code and text, lines apart)."""
    lines = said.split("\n")
    reply = read_reply(int(lines[0][:3]), "\n".join(line[4:] for line in lines))
    one = replace(probe(kind, CONTENT.get(kind, "ordinary"), Route.DIRECT), shape=shape)
    submission = Submission(accepted=False, submitted_at=NOW, finished_at=NOW, stage=stage, reply=reply)
    record = ProbeRecord(probe=one, submission=submission)
    return judge(
        Case(record=record, learned=GOOD, target=TARGET, grace_s=GRACE, way_back=OPEN, positive=positive)
    ).settlement


ABOUT_THE_RECIPIENT = [
    "550 5.1.1 <who@acme.example>: Recipient address rejected: User unknown in relay recipient table",
    "550 5.1.1 <who@acme.example>... User unknown",
    "550 5.4.1 Recipient address rejected: Access denied. For more information see https://aka.ms/EXOSmtpErrors",
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    "550-5.1.1 The email account that you tried to reach does not exist. Please try\n550 5.1.1 double-checking",
    "550 Unrouteable address",
    "550 #5.1.0 Address rejected.",
    "550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550",
    "554 delivery error: dd This user doesn't have a yahoo.com account (who@acme.example) [-5]",
    "553 sorry, no mailbox here by that name (#5.7.1)",
    "550 Requested action not taken: mailbox unavailable",
    "550 5.2.1 The email account that you tried to reach is disabled",
    "550 Benutzer unbekannt",
    "550 5.1.1 收件人不存在",
    # These say too little; the valid recipient was taken, and this one was not.
    "550 5.7.1 Access denied",
    "554 5.7.1 Rejected",
    "550 Administrative prohibition",
    "550 denied by policy",
]
ABOUT_WHO_SENDS = [
    "554 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using zen.spamhaus.org",
    "550 5.7.606 Access denied, banned sending IP [192.0.2.9]",
    "550 rejected because 192.0.2.9 is in a black list at list.example",
    "550-JunkMail rejected - relay [192.0.2.9] is in an RBL\n550 see the list's page",
    "554-mx.acme.example\n554 Your access to this mail system has been rejected due to poor reputation",
    "550 Blocked - see https://check.example/?ip=192.0.2.9",
    "550 5.7.1 Dynamic IP not allowed",
    "550 We do not accept mail from your country",
    "550 Ihre IP-Adresse ist auf einer Blacklist gelistet",
    "550 Mail rejeté: adresse IP sur liste noire",
    "550 5.7.23 Message rejected due to: SPF fail - not authorized",
    "550 SPF check failed.",
    "550 spf=fail",
    "550 5.7.26 Unauthenticated email from inbox.example is not accepted due to domain's DMARC policy.",
    "550 5.7.20 No passing DKIM signature found",
    "550 5.7.25 Client host rejected: cannot find your hostname",
    "554-Bad DNS PTR resource record.\n554 For explanation visit our page",
    "550 5.7.1 <relay.local>: Helo command rejected: Host not found",
    "550 Invalid HELO",
    "550-Verification failed for <me@inbox.example>\n550 Sender verify failed",
    "550 5.1.0 <me@inbox.example>: Sender address rejected: User unknown in local recipient table",
    "553 5.1.8 <me@inbox.example>... Domain of sender address me@inbox.example does not exist",
    "550 5.7.1 Sender domain blocked",
    "550 Absender abgelehnt",
    "530 5.7.0 Must issue a STARTTLS command first",
    "530 Authentication required",
    "550 You must log in first",
    "550 5.7.10 Encryption needed",
    "521 5.2.1 (CON:B1)",
]
OF_ANOTHER_KIND = [
    "554 5.7.1 <who@acme.example>: Relay access denied",
    "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
    "550 5.7.1 rate limit exceeded",
    "550 5.5.3 Too many recipients",
    "552 5.2.2 Mailbox full",
    "552 5.3.4 Message size exceeds fixed limit",
    "550 5.7.1 this message is spam",
    "555 5.5.4 Unsupported option: NOTIFY=SUCCESS",
]


@pytest.mark.parametrize("said", ABOUT_THE_RECIPIENT)
def test_a_refusal_of_the_recipient_answers_the_question_about_him(said: str) -> None:
    found = refused("unknown-recipient", Stage.RCPT, said)
    assert (found.outcome, found.counts_as) == (Outcome.REJECTED, CountsAs.GOOD), found.explanation


@pytest.mark.parametrize("said", [*ABOUT_WHO_SENDS, *OF_ANOTHER_KIND])
@pytest.mark.parametrize("kind", ["unknown-recipient", "mailbox-disabled", "autoresponder"])
def test_a_refusal_because_of_who_sends_says_nothing_about_the_recipient(kind: str, said: str) -> None:
    found = refused(kind, Stage.RCPT, said)
    assert (found.outcome, found.counts_as) == (Outcome.MASKED, CountsAs.INCONCLUSIVE), found.explanation


@pytest.mark.parametrize("stage", [Stage.CONNECT, Stage.HELO, Stage.MAIL])
@pytest.mark.parametrize("said", ["550 5.1.1 User unknown", "554 5.7.1 Access denied", "550 No"])
def test_nobody_refuses_a_recipient_whom_he_has_not_been_told(stage: Stage, said: str) -> None:
    assert refused("unknown-recipient", stage, said).outcome is Outcome.MASKED


ABOUT_THE_CONTENT = [
    "554 5.7.1 Spam message rejected",
    "554 5.7.1 Gtube pattern",
    "554 5.7.0 Reject, id=123 - BANNED: .exe",
    "554 5.7.1 The message contains a URL listed in dbl.spamhaus.org",
    "550-5.7.1 [192.0.2.9] Our system has detected that this message is\n550 5.7.1 likely unsolicited mail.",
    "552 5.7.0 This message was blocked because its content presents a potential security issue.",
    "554 5.7.1 Virus found: Eicar-Test-Signature",
    "571 5.7.1 Message contains spam or virus or sender is blocked",
    "550 Administrative prohibition",
    "554 Message rejected by policy",
]


@pytest.mark.parametrize("said", ABOUT_THE_CONTENT)
@pytest.mark.parametrize("kind", ["spam", "virus"])
def test_a_refusal_of_the_content_counts_after_the_content(kind: str, said: str) -> None:
    assert refused(kind, Stage.END_OF_DATA, said).outcome is Outcome.REJECTED
    assert refused(kind, Stage.RCPT, said).outcome is Outcome.MASKED
    assert refused(kind, Stage.DATA, said).outcome is Outcome.MASKED


@pytest.mark.parametrize("said", [*ABOUT_WHO_SENDS, "550 5.1.1 User unknown", "552 5.3.4 message too large"])
def test_a_refusal_after_the_content_may_be_about_who_sends_all_the_same(said: str) -> None:
    assert refused("spam", Stage.END_OF_DATA, said).outcome is Outcome.MASKED


def test_size_is_refused_at_mail_already() -> None:
    assert refused("oversize", Stage.MAIL, "552 5.3.4 Message size exceeds fixed limit").outcome is Outcome.REJECTED
    assert refused("oversize", Stage.CONNECT, "552 5.3.4 Message size exceeds").outcome is Outcome.MASKED
    assert refused("oversize", Stage.MAIL, "550 5.7.1 blocked using zen.spamhaus.org").outcome is Outcome.MASKED


def test_an_address_of_odd_form_may_be_refused_for_its_form() -> None:
    odd = "501 5.5.4 Syntax error in the address"
    assert refused("unknown-recipient", Stage.RCPT, odd, shape="quoted").outcome is Outcome.REJECTED
    assert refused("unknown-recipient", Stage.RCPT, odd, shape="random").outcome is Outcome.MASKED


def test_at_its_own_host_name_a_server_that_takes_no_mail_denies_relaying() -> None:
    denied = "554 5.7.1 <who@mx.acme.example>: Relay access denied"
    assert refused("unknown-recipient", Stage.RCPT, denied, shape="mx-host").outcome is Outcome.REJECTED
    assert refused("unknown-recipient", Stage.RCPT, denied, shape="random").outcome is Outcome.MASKED


def test_a_forwarder_that_passes_the_destinations_refusal_on_in_the_session_is_right() -> None:
    for stage in (Stage.RCPT, Stage.END_OF_DATA):
        assert refused("forwarder", stage, "550 5.1.1 User unknown").outcome is Outcome.REJECTED
    assert refused("forwarder", Stage.RCPT, "550 5.7.23 SPF validation failed").outcome is Outcome.MASKED
    assert refused("autoresponder", Stage.RCPT, "550 5.1.1 User unknown").outcome is Outcome.MASKED


# --- asked at RCPT


def asked(kind: str, stage: Stage, said: str, positive: bool | None = True) -> Settlement:
    reply = read_reply(int(said[:3]), said[4:])
    role = Role.VALID if kind == "null-reverse-path" else Role.POSTMASTER
    one = replace(
        probe(kind, route=Route.DIRECT),
        recipients=(Recipient(address="postmaster@acme.example", role=role),),
        rcpt_only=True,
        reverse_path="" if kind == "null-reverse-path" else "me@inbox.example",
    )
    replies = {"postmaster@acme.example": reply} if stage is Stage.RCPT else {}
    submission = replace(taken(accepted=False, stage=stage), reply=reply, recipient_replies=replies)
    record = ProbeRecord(probe=one, submission=submission)
    return judge(
        Case(record=record, learned=GOOD, target=TARGET, grace_s=GRACE, way_back=OPEN, positive=positive)
    ).settlement


@pytest.mark.parametrize("kind", ["postmaster", "abuse", "contact"])
@pytest.mark.parametrize("said", ["554 5.7.1 Client host [192.0.2.9] blocked using a blocklist", "550 SPF fail"])
def test_postmaster_is_not_missing_where_the_client_is_refused(kind: str, said: str) -> None:
    for stage in (Stage.RCPT, Stage.MAIL, Stage.CONNECT):
        assert asked(kind, stage, said).outcome is Outcome.MASKED
    assert asked(kind, Stage.RCPT, "550 5.1.1 User unknown").outcome is Outcome.REJECTED


@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT])
def test_whoever_refuses_the_null_reverse_path_is_found_out_at_mail_or_at_rcpt(stage: Stage) -> None:
    found = asked("null-reverse-path", stage, "550 5.7.1 Null sender is not accepted here")
    assert (found.outcome, found.counts_as) == (Outcome.REJECTED, CountsAs.FINDING)
    assert asked("null-reverse-path", stage, "550 5.7.1 Refused at this stage").outcome is Outcome.REJECTED
    assert asked("null-reverse-path", stage, "550 5.7.1 Not a tagged address").outcome is Outcome.MASKED
    assert asked("null-reverse-path", stage, "550 5.7.1 blocked using a blocklist").outcome is Outcome.MASKED
    assert asked("null-reverse-path", stage, "550 5.7.1 No", positive=False).outcome is Outcome.MASKED
