"""Outcomes, read from what one probe went through: each row of the table, and each way to get it wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from bsaudit.judge.case import Case
from bsaudit.judge.learn import Learned
from bsaudit.judge.outcome import judge, standing
from bsaudit.judge.questions import is_in_queue
from bsaudit.judge.secrecy import accepted_before
from bsaudit.model.knowledge import Party
from bsaudit.model.mail import (
    CatchSession,
    Host,
    LogEntry,
    LogStatus,
    Reply,
    ReplySource,
    Route,
    Spf,
    SpfResult,
    Stage,
    Submission,
    Verified,
)
from bsaudit.model.notification import (
    Action,
    Attribution,
    Evidence,
    Kind,
    Reason,
    RecipientReport,
    Strength,
)
from bsaudit.model.probe import (
    Control,
    CountsAs,
    Outcome,
    Probe,
    ProbeRecord,
    Reached,
    Recipient,
    ReturnedMail,
    Role,
    Settlement,
)
from bsaudit.model.run import Sleep
from bsaudit.model.settings import Tagging
from tests.support.judged import ACCEPTED, GOOD, GRACE, NOW, OPEN, TARGET, came, probe, taken


def outcome(one: Probe, submission: Submission | None, *mails: ReturnedMail, **more: object) -> Settlement:
    record = ProbeRecord(probe=one, submission=submission, returned=list(mails))
    case = Case(record=record, learned=more.pop("learned", GOOD), target=TARGET, grace_s=GRACE, way_back=OPEN, **more)
    return judge(case).settlement


RELAY, DIRECT = Route.RELAY, Route.DIRECT
REFUSED = {"code": 550, "text": "550 5.1.1 User unknown", "reason": Reason.USER_UNKNOWN, "remote": "mx.acme.example"}


# --- through the relay


def test_the_relays_own_ndn_that_quotes_the_target_shows_a_rejection() -> None:
    found = outcome(probe(), taken(), came(Kind.NDN, Attribution.RELAY, **REFUSED))
    assert (found.outcome, found.counts_as) == (Outcome.REJECTED, CountsAs.GOOD)
    assert found.reply == Reply(code=550, enhanced="5.1.1", text="User unknown", source=ReplySource.NOTIFICATION)


@pytest.mark.parametrize("by", [Attribution.TARGET, Attribution.BEYOND_TARGET])
def test_an_ndn_of_the_targets_side_is_backscatter_whatever_else_came(by: Attribution) -> None:
    found = outcome(probe(), taken(), came(Kind.NDN, Attribution.RELAY, **REFUSED), came(Kind.NDN, by), ACCEPTED)
    assert (found.outcome, found.counts_as) == (Outcome.BOUNCED, CountsAs.BACKSCATTER)
    assert "mx.acme.example" in found.explanation


def test_the_relays_own_ndn_that_quotes_the_target_without_a_reply_shows_nothing() -> None:
    found = outcome(probe(), taken(), came(Kind.NDN, Attribution.RELAY, remote="mx.acme.example"))
    assert (found.outcome, found.counts_as) == (Outcome.UNRESOLVED, CountsAs.INCONCLUSIVE)


def test_an_ndn_of_nobody_known_neither_accuses_nor_clears() -> None:
    found = outcome(probe(), taken(), came(Kind.NDN, Attribution.UNKNOWN, **REFUSED), ACCEPTED)
    assert (found.outcome, found.counts_as) == (Outcome.UNRESOLVED, CountsAs.INCONCLUSIVE)


@pytest.mark.parametrize(
    ("kind", "expected", "counts"),
    [
        (Kind.DELAY, Outcome.DELAY_NOTIFIED, CountsAs.BACKSCATTER),
        (Kind.VIRUS_NOTICE, Outcome.BOUNCED, CountsAs.BACKSCATTER),
        (Kind.CHALLENGE, Outcome.CHALLENGED, CountsAs.BACKSCATTER),
        (Kind.AUTOREPLY, Outcome.AUTOREPLIED, CountsAs.BACKSCATTER),
    ],
)
def test_whatever_the_target_writes_in_the_name_of_nobody_is_backscatter(
    kind: Kind, expected: Outcome, counts: CountsAs
) -> None:
    found = outcome(probe(), taken(), came(kind, Attribution.TARGET))
    assert (found.outcome, found.counts_as) == (expected, counts)


def test_an_automatic_answer_to_ordinary_mail_is_a_finding_and_to_spam_backscatter() -> None:
    answer = came(Kind.AUTOREPLY, Attribution.TARGET)
    assert outcome(probe("challenge"), taken(), answer).counts_as is CountsAs.FINDING
    assert outcome(probe("spam", "gtube"), taken(), answer).counts_as is CountsAs.BACKSCATTER


@pytest.mark.parametrize("kind", [Kind.SUCCESS, Kind.RELAYED])
@pytest.mark.parametrize(
    ("by", "route", "asked", "expected"),
    [
        (Attribution.TARGET, Route.DIRECT, False, CountsAs.BACKSCATTER),
        (Attribution.TARGET, Route.DIRECT, True, CountsAs.GOOD),
        (Attribution.UNKNOWN, Route.DIRECT, False, CountsAs.INCONCLUSIVE),
        (Attribution.TARGET, Route.RELAY, False, CountsAs.FINDING),
        (Attribution.TARGET, Route.RELAY, True, CountsAs.GOOD),
        (Attribution.RELAY, Route.RELAY, True, CountsAs.INCONCLUSIVE),  # it names no host of the target's
    ],
)
def test_a_report_of_success_that_nobody_asked_for_is_an_automatic_answer(
    kind: Kind, by: Attribution, route: Route, asked: bool, expected: CountsAs
) -> None:
    report = came(kind, by, action=Action.DELIVERED)
    found = outcome(probe(route=route), replace(taken(), dsn_requested=asked), report)
    assert found.counts_as is expected
    assert (found.outcome is Outcome.AUTOREPLIED) is (expected in {CountsAs.BACKSCATTER, CountsAs.FINDING})


def test_an_answer_that_may_be_an_existing_persons_accuses_nobody() -> None:
    answer = came(Kind.AUTOREPLY, Attribution.TARGET)
    tagged = replace(probe(), shape="tagged")
    assert outcome(tagged, taken(), answer).counts_as is CountsAs.FINDING
    both = (
        Recipient(address="ok@acme.example", role=Role.VALID),
        Recipient(address="no@acme.example", role=Role.UNKNOWN),
    )
    mixed = replace(probe("mixed-recipients"), recipients=both)
    for author, counts in (
        ("ok@acme.example", CountsAs.FINDING),
        (None, CountsAs.FINDING),
        ("No@acme.example", CountsAs.BACKSCATTER),
    ):
        signed = replace(answer, notification=replace(answer.notification, from_address=author))
        assert outcome(mixed, taken(), signed).counts_as is counts
    spam = replace(mixed, content="gtube")
    assert outcome(spam, taken(), answer).counts_as is CountsAs.BACKSCATTER
    assert outcome(mixed, taken(), came(Kind.CHALLENGE, Attribution.TARGET)).counts_as is CountsAs.BACKSCATTER


def test_silence_counts_only_where_a_dsn_names_the_targets_mx() -> None:
    assert outcome(probe(), taken(), ACCEPTED).outcome is Outcome.ACCEPTED_SILENTLY
    assert outcome(probe(), taken()).outcome is Outcome.UNRESOLVED
    assert "queue" not in outcome(probe(), taken(), ACCEPTED).explanation
    hub = came(Kind.RELAYED, Attribution.RELAY, action=Action.RELAYED, remote="hub.carrier.example", code=250)
    assert outcome(probe(), taken(), hub).outcome is Outcome.UNRESOLVED
    local = came(Kind.SUCCESS, Attribution.RELAY, action=Action.DELIVERED)
    assert outcome(probe(), taken(), local).outcome is Outcome.UNRESOLVED


def test_a_hub_of_the_relays_in_the_targets_domain_is_not_the_target() -> None:
    """Who audits his own provider through it: what its hub took, or refused, the mail exchanger was not asked for."""
    hub = "hub.acme.example"
    known = replace(GOOD, relay=Party(hosts=frozenset({hub})))
    relayed = came(Kind.RELAYED, Attribution.RELAY, action=Action.RELAYED, remote=hub, code=250)
    assert outcome(probe(), taken(), relayed, learned=known).outcome is Outcome.UNRESOLVED
    assert outcome(probe(), taken(), relayed).outcome is Outcome.ACCEPTED_SILENTLY
    refused = came(Kind.NDN, Attribution.RELAY, **REFUSED | {"remote": hub})
    assert outcome(probe(), taken(), refused, learned=known).outcome is Outcome.REFUSED_BY_RELAY
    assert outcome(probe(), taken(), refused).outcome is Outcome.REJECTED


def test_a_relay_without_dsn_is_named_as_the_reason_why_acceptance_is_not_shown() -> None:
    assert "it offers no DSN" in outcome(probe(), taken()).explanation
    assert "DSN" not in outcome(probe(), replace(taken(), dsn_requested=True)).explanation
    assert "DSN" not in outcome(replace(probe(), notify=False), taken()).explanation


def test_the_relays_log_or_the_recipients_mailbox_show_acceptance_too() -> None:
    entry = LogEntry(queue_id="Q", recipient="who@acme.example", status=LogStatus.SENT, host="mx.acme.example")
    logged = outcome(probe(), replace(taken(), log=entry))
    assert (logged.outcome, logged.accepted.shown_by) == (Outcome.ACCEPTED_SILENTLY, "log")
    elsewhere = replace(entry, host="hub.carrier.example")
    assert outcome(probe(), replace(taken(), log=elsewhere)).outcome is Outcome.UNRESOLVED
    delivered = outcome(probe(), replace(taken(), delivered_at=NOW))
    assert (delivered.outcome, delivered.accepted.shown_by) == (Outcome.ACCEPTED_SILENTLY, "mailbox")


def test_what_the_relays_log_shows_late_has_its_quiet_time_from_then_on() -> None:
    late = NOW + timedelta(seconds=900)
    entry = LogEntry(queue_id="Q", recipient="who@acme.example", status=LogStatus.SENT, host="mx.acme.example")
    record = ProbeRecord(probe=probe(), submission=replace(taken(), log=replace(entry, seen_at=late)))
    judged = judge(Case(record=record, learned=GOOD, target=TARGET, grace_s=GRACE, way_back=OPEN))
    assert standing(judged, late + timedelta(seconds=GRACE / 2), wait_over=False) is None
    assert standing(judged, late + timedelta(seconds=GRACE), wait_over=False) is not None


def test_what_the_relays_log_puts_off_is_deferred() -> None:
    entry = LogEntry(queue_id="Q", recipient="who@acme.example", status=LogStatus.DEFERRED, reply="451 greylisted")
    found = outcome(probe(), replace(taken(), log=entry))
    assert found.outcome is Outcome.DEFERRED
    assert "451 greylisted" in found.explanation


def test_the_valid_recipients_copy_says_nothing_of_the_one_in_his_company() -> None:
    both = (
        Recipient(address="ok@acme.example", role=Role.VALID),
        Recipient(address="who@acme.example", role=Role.UNKNOWN),
    )
    mixed = replace(probe("mixed-recipients"), recipients=both)
    assert outcome(mixed, replace(taken(), delivered_at=NOW)).outcome is Outcome.UNRESOLVED
    content = replace(mixed, content="gtube")
    assert outcome(content, replace(taken(), delivered_at=NOW)).outcome is Outcome.ACCEPTED_SILENTLY


def test_the_valid_recipients_mailbox_tells_delivery_from_discarding() -> None:
    spam = probe("spam", "gtube", Route.DIRECT)
    assert "delivered to the valid recipient" in outcome(spam, replace(taken(), delivered_at=NOW)).explanation
    assert "kept from the valid recipient" in outcome(spam, taken(), delivers=True).explanation
    assert "valid recipient" not in outcome(spam, taken()).explanation


def test_what_the_relay_itself_refuses_in_company_is_no_rejection_by_the_target() -> None:
    both = (
        Recipient(address="ok@acme.example", role=Role.VALID),
        Recipient(address="who@acme.example", role=Role.UNKNOWN),
    )
    refused = replace(taken(), recipient_replies={"who@acme.example": Reply(code=550, text="5.1.1 User unknown")})
    by_relay, directly = (replace(probe("mixed-recipients", route=way), recipients=both) for way in (RELAY, DIRECT))
    assert outcome(by_relay, refused).outcome is Outcome.UNRESOLVED
    assert outcome(directly, refused).outcome is Outcome.REJECTED


def test_a_relay_that_owes_a_report_is_still_trying() -> None:
    def queued(*mails: ReturnedMail, route: Route = Route.RELAY, **more: object) -> bool:
        submission = replace(taken(), **{"dsn_requested": True, **more})
        return is_in_queue(ProbeRecord(probe=probe(route=route), submission=submission, returned=list(mails)))

    sent = LogEntry(queue_id="Q", recipient="who@acme.example", status=LogStatus.SENT)
    assert queued()
    assert queued(came(Kind.DELAY, Attribution.RELAY))
    assert queued(came(Kind.OTHER, Attribution.UNKNOWN), log=replace(sent, status=LogStatus.DEFERRED))
    assert not queued(ACCEPTED)
    assert not queued(log=sent)
    assert not queued(delivered_at=NOW)
    assert not queued(dsn_requested=False)
    assert not queued(accepted=None)
    assert not queued(route=Route.DIRECT)


@pytest.mark.parametrize(
    "learned",
    [
        replace(GOOD, ndn_arrives=False),
        replace(GOOD, content_arrives=False),
        replace(GOOD, rewrites_reverse_path=True),
        replace(GOOD, catch_seconds=GRACE + 1),
    ],
)
def test_silence_proves_nothing_where_a_bounce_might_not_reach_us(learned: Learned) -> None:
    found = outcome(probe("spam", "gtube"), taken(), ACCEPTED, learned=learned)
    assert found.outcome is Outcome.UNRESOLVED


def test_what_the_relay_does_to_the_reverse_path_does_not_matter_where_mail_goes_directly() -> None:
    found = outcome(probe(route=DIRECT), taken(), learned=replace(GOOD, rewrites_reverse_path=True))
    assert found.outcome is Outcome.ACCEPTED_SILENTLY


@pytest.mark.parametrize(
    ("since", "until", "stands"), [(0, 9, False), (GRACE - 1, GRACE + 9, False), (-9, -1, True), (GRACE + 1, 999, True)]
)
def test_silence_proves_nothing_while_our_own_catch_mx_was_away(since: float, until: float, *, stands: bool) -> None:
    away = Sleep(since=NOW + timedelta(seconds=since), until=NOW + timedelta(seconds=until))
    found = outcome(probe(route=DIRECT), taken(), asleep=(away,))
    assert (found.outcome is Outcome.ACCEPTED_SILENTLY) is stands


def test_a_log_that_says_that_the_target_put_it_off_shows_no_acceptance() -> None:
    entry = LogEntry(queue_id="Q", recipient="who@acme.example", status=LogStatus.DEFERRED, host="mx.acme.example")
    for status in LogStatus.DEFERRED, LogStatus.SENT:
        submission = replace(taken(), log=replace(entry, status=status))
        record = ProbeRecord(probe=probe(), submission=submission)
        assert accepted_before(record, TARGET, Party(), Reached.REVERSE_PATH, NOW) is (status is LogStatus.SENT)


def test_the_reason_for_naming_the_writer_is_not_what_speaks_for_another() -> None:
    mail = came(Kind.NDN, Attribution.TARGET)
    pieces = tuple(
        Evidence(source="from", supports=side, strength=Strength.WEAK, text=f"it says {side}")
        for side in (Attribution.RELAY, Attribution.TARGET)
    )
    found = outcome(probe(), taken(), replace(mail, attributed=replace(mail.attributed, evidence=pieces)))
    assert found.explanation.endswith("(it says target)")


def test_a_rewriting_relay_that_is_proven_to_return_ndns_is_as_good_as_another() -> None:
    proven = replace(GOOD, rewrites_reverse_path=True, returns_foreign_ndns=True)
    assert outcome(probe(), taken(), ACCEPTED, learned=proven).outcome is Outcome.ACCEPTED_SILENTLY


@pytest.mark.parametrize("by", [Attribution.TARGET, Attribution.BEYOND_TARGET, Attribution.UNKNOWN])
def test_a_message_that_cannot_be_read_is_no_silence(by: Attribution) -> None:
    found = outcome(probe(), taken(), ACCEPTED, came(Kind.OTHER, by))
    assert (found.outcome, found.counts_as) == (Outcome.UNRESOLVED, CountsAs.INCONCLUSIVE)
    assert found.accepted is not None
    assert (
        outcome(probe(), taken(), came(Kind.OTHER, by), came(Kind.NDN, Attribution.TARGET)).outcome is Outcome.BOUNCED
    )


def test_the_relays_own_filter_is_not_the_targets_rejection() -> None:
    own = came(Kind.NDN, Attribution.RELAY, code=554, text="554 5.7.1 Message rejected as spam", reason=Reason.SPAM)
    assert outcome(probe("spam", "gtube"), taken(), own).outcome is Outcome.REFUSED_BY_RELAY
    hub = came(
        Kind.NDN, Attribution.RELAY, code=554, text="554 spam", reason=Reason.SPAM, remote="filter.carrier.example"
    )
    assert outcome(probe("spam", "gtube"), taken(), hub).outcome is Outcome.REFUSED_BY_RELAY


@pytest.mark.parametrize("route", [Route.RELAY, Route.DIRECT])
@pytest.mark.parametrize(
    ("kind", "by", "expected"),
    [
        (Kind.NDN, Attribution.TARGET, Outcome.BOUNCED),
        (Kind.NDN, Attribution.BEYOND_TARGET, Outcome.BOUNCED),
        (Kind.NDN, Attribution.UNKNOWN, Outcome.UNRESOLVED),
        (Kind.OTHER, Attribution.TARGET, Outcome.UNRESOLVED),
        (Kind.OTHER, Attribution.UNKNOWN, Outcome.UNRESOLVED),
    ],
)
def test_who_rejects_and_writes_all_the_same_has_not_rejected(
    route: Route, kind: Kind, by: Attribution, expected: Outcome
) -> None:
    if route is Route.DIRECT:
        refusal = taken(accepted=False, code=550, text="User unknown", stage=Stage.RCPT)
        found = outcome(probe(route=route), refusal, came(kind, by))
        assert found.accepted is None
        assert "refused in the session, and yet bounced" in found.explanation or expected is Outcome.UNRESOLVED
    else:
        found = outcome(probe(), taken(), came(Kind.NDN, Attribution.RELAY, **REFUSED), came(kind, by))
    assert found.outcome is expected


def test_a_third_partys_notice_does_not_hide_the_targets_own() -> None:
    third = came(Kind.NDN, Attribution.BEYOND_TARGET)
    third = replace(third, notification=replace(third.notification, recipients=(ELSEWHERE,)))
    assert outcome(probe(), taken(), third).counts_as is CountsAs.FINDING
    assert outcome(probe(), taken(), third, came(Kind.NDN, Attribution.TARGET)).counts_as is CountsAs.BACKSCATTER


ELSEWHERE = RecipientReport(final_recipient="other@third.example", action=Action.FAILED)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (Reason.HOST_UNKNOWN, Outcome.UNREACHABLE),
        (Reason.NETWORK, Outcome.UNREACHABLE),
        (Reason.EXPIRED, Outcome.DEFERRED),
    ],
)
def test_where_the_relay_never_reached_the_target_nothing_is_known(reason: Reason, expected: Outcome) -> None:
    found = outcome(probe(), taken(), came(Kind.NDN, Attribution.RELAY, reason=reason, text="no route"))
    assert (found.outcome, found.counts_as) == (expected, CountsAs.INCONCLUSIVE)


def test_failed_with_a_4xx_reply_is_deferred_until_it_expired() -> None:
    late = came(Kind.NDN, Attribution.RELAY, code=451, text="451 4.7.1 Try later", remote="mx.acme.example")
    assert outcome(probe(), taken(), late).outcome is Outcome.DEFERRED


# --- masking


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (Reason.SPAM, "550 5.7.1 blocked using a blocklist"),
        (Reason.RATE, "550 too many messages"),
        (Reason.RELAY_DENIED, "550 5.7.1 relaying denied"),
        (Reason.POLICY, "550 5.7.23 SPF validation failed"),
    ],
)
def test_a_rejection_for_another_reason_is_masked(reason: Reason, text: str) -> None:
    mail = came(Kind.NDN, Attribution.RELAY, code=550, text=text, reason=reason, remote="mx.acme.example")
    assert outcome(probe(), taken(), mail).outcome is Outcome.MASKED


def test_a_vague_refusal_counts_where_the_valid_recipient_was_accepted_by_the_same_host() -> None:
    vague = came(
        Kind.NDN, Attribution.RELAY, code=550, text="550 Access denied", reason=Reason.POLICY, remote="mx.acme.example"
    )
    assert outcome(probe(), taken(), vague).outcome is Outcome.MASKED
    assert outcome(probe(), taken(), vague, positive=True).outcome is Outcome.REJECTED
    same, other = "MX.acme.example.", "mx2.acme.example"
    assert outcome(probe(), taken(), vague, positive=True, positive_host=same).outcome is Outcome.REJECTED
    elsewhere = outcome(probe(), taken(), vague, positive=True, positive_host=other)
    assert elsewhere.outcome is Outcome.MASKED
    assert "taken by mx2.acme.example" in elsewhere.explanation
    unnamed = came(Kind.NDN, Attribution.RELAY, code=550, text="550 Access denied", reason=Reason.POLICY)
    reticent = replace(GOOD, names_remote=False)
    named = outcome(probe(), taken(), unnamed, positive=True, positive_host=other, learned=reticent)
    assert named.outcome is Outcome.REJECTED
    plain = came(Kind.NDN, Attribution.RELAY, **REFUSED)
    assert outcome(probe(), taken(), plain, positive=True, positive_host=other).outcome is Outcome.REJECTED


def test_nothing_counts_where_even_an_ordinary_message_is_refused() -> None:
    mail = came(Kind.NDN, Attribution.RELAY, **REFUSED)
    assert outcome(probe(), taken(), mail, positive=False).outcome is Outcome.MASKED


def test_content_cannot_be_refused_before_it_was_seen() -> None:
    early = taken(accepted=False, code=554, text="5.7.1 spam source", stage=Stage.RCPT)
    assert outcome(probe("spam", "gtube", Route.DIRECT), early).outcome is Outcome.MASKED
    late = taken(accepted=False, code=554, text="5.7.1 spam", stage=Stage.END_OF_DATA)
    assert outcome(probe("spam", "gtube", Route.DIRECT), late).outcome is Outcome.REJECTED


# --- directly


def test_the_direct_route_sees_the_reply_itself() -> None:
    unknown = taken(accepted=False, code=550, text="User unknown", stage=Stage.RCPT)
    found = outcome(
        probe(route=Route.DIRECT), replace(unknown, reply=Reply(code=550, enhanced="5.1.1", text="Unknown"))
    )
    assert (found.outcome, found.stage) == (Outcome.REJECTED, Stage.RCPT)
    assert outcome(probe(route=Route.DIRECT), taken()).outcome is Outcome.ACCEPTED_SILENTLY
    refused = taken(accepted=False, code=0)
    assert outcome(probe(route=Route.DIRECT), refused).outcome is Outcome.UNREACHABLE


def test_no_such_user_at_rcpt_is_a_rejection_whatever_the_code() -> None:
    refused = taken(accepted=False, code=550, stage=Stage.RCPT)
    reply = Reply(code=550, enhanced="5.7.1", text="No such user!")
    assert outcome(probe(route=Route.DIRECT), replace(refused, reply=reply)).outcome is Outcome.REJECTED


def test_a_first_try_that_was_put_off_is_said() -> None:
    second = taken(accepted=False, code=550, text="User unknown", stage=Stage.RCPT)
    found = outcome(probe(route=Route.DIRECT), replace(second, put_off=Reply(code=450, text="Greylisted")))
    assert found.outcome is Outcome.REJECTED
    assert "Greylisted" in found.explanation
    off = taken(accepted=False, code=450, text="Greylisted", stage=Stage.RCPT)
    again = outcome(probe(route=Route.DIRECT), replace(off, put_off=Reply(code=450, text="Greylisted")))
    assert again.outcome is Outcome.DEFERRED
    assert again.explanation.count("Greylisted") == 1
    assert "at the first try" in again.explanation


@pytest.mark.parametrize("limit", [None, 0, 1 << 30])
def test_a_message_that_exceeds_no_limit_is_not_oversize(limit: int | None) -> None:
    large = probe("oversize", "oversize", Route.DIRECT)
    found = outcome(large, replace(taken(), size_limit=limit))
    assert found.outcome is Outcome.UNRESOLVED
    assert "size limit" in found.explanation
    assert outcome(large, replace(taken(), size_limit=30000)).outcome is Outcome.ACCEPTED_SILENTLY
    assert outcome(large, taken(), came(Kind.NDN, Attribution.TARGET)).outcome is Outcome.BOUNCED


def test_who_does_not_offer_smtputf8_takes_no_mail_for_such_addresses() -> None:
    utf8 = replace(probe(route=Route.DIRECT), recipients=(Recipient(address="jürgen@acme.example", role=Role.UNKNOWN),))
    unsaid = replace(taken(accepted=False, code=0, stage=Stage.MAIL), error="not offered")
    assert outcome(utf8, unsaid).outcome is Outcome.REJECTED
    assert "SMTPUTF8" in outcome(utf8, unsaid).explanation
    # Where it was offered, the connection died at MAIL.
    assert outcome(utf8, replace(unsaid, smtputf8_offered=True)).outcome is Outcome.UNREACHABLE
    assert outcome(probe(route=Route.DIRECT), unsaid).outcome is Outcome.UNREACHABLE


def test_after_the_final_dot_nobody_knows() -> None:
    assert outcome(probe(route=Route.DIRECT), taken(accepted=None, code=0)).outcome is Outcome.UNRESOLVED


def test_in_company_the_one_who_does_not_exist_decides() -> None:
    both = (
        Recipient(address="ok@acme.example", role=Role.VALID),
        Recipient(address="no@acme.example", role=Role.UNKNOWN),
    )
    mixed = replace(probe("mixed-recipients", route=Route.DIRECT), recipients=both)
    replies = {"ok@acme.example": Reply(code=250), "no@acme.example": Reply(code=550, enhanced="5.1.1", text="unknown")}
    assert outcome(mixed, replace(taken(), recipient_replies=replies)).outcome is Outcome.REJECTED
    accepted = dict.fromkeys(replies, Reply(code=250))
    assert outcome(mixed, replace(taken(), recipient_replies=accepted)).outcome is Outcome.ACCEPTED_SILENTLY


def test_in_company_the_relay_is_heard_about_the_one_under_test_only() -> None:
    both = (
        Recipient(address="who@acme.example", role=Role.VALID),
        Recipient(address="no@acme.example", role=Role.UNKNOWN),
    )
    mixed = replace(probe("mixed-recipients"), recipients=both)
    about_valid = came(Kind.NDN, Attribution.RELAY, **REFUSED)
    report = about_valid.notification.recipients[0]
    nobody = replace(report, final_recipient="no@acme.example", diagnostic_code="550 5.7.1 relaying denied")
    nobody = replace(nobody, reason=Reason.RELAY_DENIED)
    assert outcome(mixed, taken(), about_valid).outcome is Outcome.UNRESOLVED
    of_both = replace(about_valid, notification=replace(about_valid.notification, recipients=(report, nobody)))
    assert outcome(mixed, taken(), of_both).outcome is Outcome.MASKED


def test_in_company_the_content_is_read_for_the_one_who_exists() -> None:
    both = (
        Recipient(address="ok@acme.example", role=Role.VALID),
        Recipient(address="no@acme.example", role=Role.UNKNOWN),
    )
    mixed = replace(probe("mixed-recipients", "gtube", route=Route.DIRECT), recipients=both)
    replies = {"ok@acme.example": Reply(code=250), "no@acme.example": Reply(code=550, enhanced="5.1.1", text="unknown")}
    assert outcome(mixed, replace(taken(), recipient_replies=replies)).outcome is Outcome.ACCEPTED_SILENTLY
    spam = taken(accepted=False, code=554, text="this is spam", stage=Stage.END_OF_DATA)
    assert outcome(mixed, replace(spam, recipient_replies=replies)).outcome is Outcome.REJECTED


# --- callouts, authentication, the relay's word


def test_a_callout_makes_a_finding_of_what_was_good_and_leaves_worse_as_it_is() -> None:
    at = NOW + timedelta(seconds=1.5)
    session = CatchSession(at=at, peer=Host(address="192.0.2.5"), rcpt_to=("me+bt@inbox.example",))
    rejected = came(Kind.NDN, Attribution.RELAY, **REFUSED)
    found = outcome(probe(), taken(), rejected, callouts=(session,))
    assert found.outcome is Outcome.CALLED_OUT
    assert "mx.acme.example tested the reverse-path" in found.explanation
    assert "1.5 s after our transaction began" in found.explanation
    bounced = outcome(probe(), taken(), came(Kind.NDN, Attribution.TARGET), callouts=(session,))
    assert (bounced.outcome, bounced.called_out) == (Outcome.BOUNCED, True)
    assert "tested the reverse-path" in bounced.explanation


@pytest.mark.parametrize(
    ("route", "peer", "after", "tagging", "shown"),
    [
        (Route.RELAY, Host(address="192.0.2.5"), 9, Tagging.PLUS, True),
        (Route.RELAY, Host(address="198.51.100.9"), 0, Tagging.PLUS, False),
        (Route.RELAY, Host(address="198.51.100.9", host="out.acme.example"), 9, Tagging.PLUS, True),
        (Route.DIRECT, Host(address="198.51.100.9"), 9, Tagging.PLUS, False),
        # In our own session nobody else is told the address, unless it is that of all probes.
        (Route.DIRECT, Host(address="198.51.100.9"), 0, Tagging.PLUS, True),
        (Route.DIRECT, Host(address="198.51.100.9"), 0, Tagging.NONE, False),
        (Route.DIRECT, Host(address="192.0.2.5"), 0, Tagging.NONE, True),
    ],
)
def test_a_callout_by_a_host_that_nobody_knows_accuses_nobody(
    route: Route, peer: Host, after: float, tagging: Tagging, *, shown: bool
) -> None:
    """Whoever was told the address may ask for it."""
    session = CatchSession(at=NOW + timedelta(seconds=after), peer=peer, rcpt_to=("me+bt@inbox.example",))
    answers = (came(Kind.NDN, Attribution.RELAY, **REFUSED),) if route is Route.RELAY else ()
    refused = taken(accepted=False, code=550, text="5.1.1 no such user", stage=Stage.RCPT)
    submission = taken() if route is Route.RELAY else refused
    learned = replace(GOOD, tagging=tagging)
    found = outcome(probe(route=route), submission, *answers, callouts=(session,), learned=learned)
    assert found.outcome is (Outcome.CALLED_OUT if shown else Outcome.UNRESOLVED)
    assert found.called_out is shown
    assert ("nobody knows that host" in found.explanation) is not shown


EGRESS = "198.51.100.9"
NAMES_EGRESS = Spf(result=SpfResult.PASS, term=f"ip4:{EGRESS}", own=True)


@pytest.mark.parametrize(
    ("verified", "who", "shown"),
    [
        (Verified(address=EGRESS, names=("out.acme.example",)), "out.acme.example tested", True),
        (
            Verified(address=EGRESS, names=(), spf={"acme.example": NAMES_EGRESS}),
            "SPF of acme.example names, tested",
            True,
        ),
        (Verified(address=EGRESS, names=("host.evil.example",)), "host.evil.example tested", False),
        (Verified(address=EGRESS), "198.51.100.9 tested", False),
    ],
)
def test_who_called_out_is_known_by_what_dns_said_then(verified: Verified, who: str, *, shown: bool) -> None:
    session = CatchSession(
        at=NOW + timedelta(seconds=9),
        peer=Host(address=EGRESS),
        rcpt_to=("me+bt@inbox.example",),
        verified=verified,
    )
    rejected = came(Kind.NDN, Attribution.RELAY, **REFUSED)
    found = outcome(probe(), taken(), rejected, callouts=(session,))
    assert found.outcome is (Outcome.CALLED_OUT if shown else Outcome.UNRESOLVED)
    assert who in found.explanation


def test_where_one_organisation_audits_itself_a_name_of_it_is_nobodys() -> None:
    session = CatchSession(
        at=NOW + timedelta(seconds=9),
        peer=Host(address=EGRESS),
        rcpt_to=("me+bt@inbox.example",),
        verified=Verified(address=EGRESS, names=("monitor.acme.example",)),
    )
    ours = replace(GOOD, catch=Party(domains=frozenset({"acme.example"})))
    rejected = came(Kind.NDN, Attribution.RELAY, **REFUSED)
    assert outcome(probe(), taken(), rejected, callouts=(session,), learned=ours).outcome is Outcome.UNRESOLVED


def test_a_bounce_that_only_authenticated_senders_get_is_a_finding() -> None:
    bounced = came(Kind.NDN, Attribution.TARGET)
    found = outcome(probe(), taken(), bounced, silent_unauthenticated=True)
    assert (found.outcome, found.counts_as) == (Outcome.BOUNCED, CountsAs.FINDING)
    assert "SPF" in found.explanation
    assert "SPF" not in outcome(probe(), taken(), bounced).explanation


@pytest.mark.parametrize("kind", [Kind.NDN, Kind.OTHER])
@pytest.mark.parametrize("claimed", [True, False])
def test_a_name_that_only_its_bearer_gives_is_told_as_that(kind: Kind, *, claimed: bool) -> None:
    mail = came(kind, Attribution.TARGET)
    found = outcome(probe(), taken(), replace(mail, attributed=replace(mail.attributed, claimed=claimed)))
    assert "mx.acme.example" in found.explanation
    assert ("a host that calls itself mx.acme.example" in found.explanation) is claimed


def test_a_third_party_behind_a_forwarder_is_a_finding() -> None:
    forwarded = replace(probe("forwarder"), recipients=(Recipient(address="who@acme.example", role=Role.FORWARDER),))
    found = outcome(forwarded, taken(), came(Kind.NDN, Attribution.BEYOND_TARGET))
    assert found.counts_as is CountsAs.FINDING


# --- when a reading stands


def test_a_bounce_stands_at_once_and_a_rejection_only_after_the_grace() -> None:
    def judged(*mails: ReturnedMail):  # noqa: ANN202
        record = ProbeRecord(probe=probe(), submission=taken(), returned=list(mails))
        return judge(Case(record=record, learned=GOOD, target=TARGET, grace_s=GRACE, way_back=OPEN))

    soon, later = NOW + timedelta(seconds=5), NOW + timedelta(seconds=GRACE + 5)
    assert standing(judged(came(Kind.NDN, Attribution.TARGET)), soon, wait_over=False)
    rejected = judged(came(Kind.NDN, Attribution.RELAY, **REFUSED))
    assert not standing(rejected, soon, wait_over=False)
    assert standing(rejected, later, wait_over=False)
    unshown = judged()
    assert not standing(unshown, later, wait_over=False)
    assert standing(unshown, soon, wait_over=True)


def test_silence_stands_only_if_somebody_listened_for_the_whole_of_it() -> None:
    record = ProbeRecord(probe=probe(route=Route.DIRECT), submission=taken())
    silent = judge(Case(record=record, learned=GOOD, target=TARGET, grace_s=GRACE, way_back=OPEN))
    early, enough = NOW + timedelta(seconds=GRACE / 2), NOW + timedelta(seconds=GRACE + 5)
    for wait_over in (True, False):
        stands = standing(silent, enough, wait_over=wait_over)
        assert stands is not None
        assert stands.outcome is Outcome.ACCEPTED_SILENTLY
    assert standing(silent, early, wait_over=False) is None
    too_short = standing(silent, early, wait_over=True)
    assert too_short is not None
    assert (too_short.outcome, too_short.counts_as) == (Outcome.UNRESOLVED, CountsAs.INCONCLUSIVE)
    assert "of quiet" in too_short.explanation


@pytest.mark.parametrize(
    ("submission", "mail", "expected"),
    [
        (taken(), [came(Kind.NDN, Attribution.TARGET)], Outcome.UNRESOLVED),  # its own user's mail it may well bounce
        (taken(), [], Outcome.UNRESOLVED),
        (taken(accepted=False, code=550, text="5.1.1 no such user", stage=Stage.RCPT), [], Outcome.REJECTED),
    ],
)
def test_a_server_that_takes_us_for_its_own_user_is_neither_cleared_nor_accused(
    submission: Submission, mail: list[ReturnedMail], expected: Outcome
) -> None:
    found = outcome(probe(route=Route.DIRECT), submission, *mail, trusted=True)
    assert found.outcome is expected
    assert ("user of its own" in found.explanation) is (expected is Outcome.UNRESOLVED)


@pytest.mark.parametrize(
    ("code", "expected", "good"),
    [
        (250, Outcome.UNRESOLVED, False),
        (554, Outcome.REJECTED, True),
        (450, Outcome.REJECTED, True),
        (0, Outcome.UNREACHABLE, False),
    ],
)
def test_whether_it_does_is_asked_for_our_own_address(code: int, expected: Outcome, *, good: bool) -> None:
    question = replace(probe(route=Route.DIRECT), control=Control.TRUSTED, rcpt_only=True)
    replies = {"who@acme.example": Reply(code=code, text="so be it")} if code else {}
    found = outcome(question, replace(taken(accepted=False, code=0), recipient_replies=replies))
    assert (found.outcome, found.counts_as is CountsAs.GOOD) == (expected, good)
