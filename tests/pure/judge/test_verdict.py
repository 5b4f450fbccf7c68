"""The verdict: backscatter if anything shows it, clean only if everything held."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bsaudit.judge.case import COUNTS_AS
from bsaudit.judge.learn import Learned
from bsaudit.judge.qualification import qualification
from bsaudit.judge.tried import Tried
from bsaudit.judge.verdict import exit_code, judge_target, overall, positive_held
from bsaudit.model.mail import Host, Reply, Submission
from bsaudit.model.notification import Attribution, Kind
from bsaudit.model.probe import Acceptance, Control, CountsAs, Difference, Outcome, ProbeRecord, Settlement, State
from bsaudit.model.report import Basis, ErrorEntry, TargetEntry, Verdict
from bsaudit.model.way_back import Grade, ShownBy, WayBack
from tests.support.judged import GOOD, NOW, OPEN, came, probe


def settled(outcome: Outcome, **more: object) -> ProbeRecord:
    settlement = Settlement(outcome=outcome, counts_as=COUNTS_AS[outcome], explanation="so it was")
    return ProbeRecord(probe=replace(probe(), **more), state=State.SETTLED, settlement=settlement)


def positive(*, held: bool = True) -> ProbeRecord:
    record = settled(
        Outcome.ACCEPTED_SILENTLY if held else Outcome.UNRESOLVED, control=Control.POSITIVE, kind="positive"
    )
    if held:
        record.settlement = replace(record.settlement, accepted=Acceptance(shown_by="dsn", at=NOW))
    return record


@pytest.mark.parametrize(
    ("outcome", "held"), [(Outcome.REJECTED, False), (Outcome.MASKED, False), (Outcome.DEFERRED, None)]
)
def test_only_a_refusal_says_that_the_server_takes_no_ordinary_mail(outcome: Outcome, held: bool | None) -> None:
    """Then that it refuses nobody's mail as well shows nothing of how it treats that."""
    assert positive_held(settled(outcome, control=Control.POSITIVE)) is held
    assert positive_held(positive()) is True


def verdict(*records: ProbeRecord, learned: Learned = GOOD, complete: bool = True):  # noqa: ANN201
    return judge_target(records, learned, grace_s=300, complete=complete)


def test_clean_names_its_basis() -> None:
    rejected, silent = settled(Outcome.REJECTED), settled(Outcome.ACCEPTED_SILENTLY)
    assert verdict(positive(), rejected).basis is Basis.REJECTED
    assert verdict(positive(), silent).basis is Basis.SILENCE
    assert verdict(positive(), rejected, silent).basis is Basis.MIXED
    assert "unknown-recipient" in verdict(positive(), rejected).explanation


@pytest.mark.parametrize(
    "bad", [outcome for outcome in Outcome if COUNTS_AS[outcome] in {CountsAs.INCONCLUSIVE, CountsAs.FINDING}]
)
def test_one_probe_that_is_not_good_forbids_clean(bad: Outcome) -> None:
    assert verdict(positive(), settled(Outcome.REJECTED), settled(bad)).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("bad", [o for o in Outcome if COUNTS_AS[o] is CountsAs.BACKSCATTER])
def test_one_probe_that_shows_it_is_enough_even_where_controls_failed(bad: Outcome) -> None:
    assert verdict(positive(held=False), settled(bad), complete=False).verdict is Verdict.BACKSCATTER


@pytest.mark.parametrize(
    "learned",
    [
        replace(GOOD, catch_works=False),
        replace(GOOD, ndn_arrives=False),
        replace(GOOD, calibrated=False),
        replace(GOOD, rewrites_reverse_path=True),
    ],
)
def test_a_control_that_failed_forbids_clean(learned: Learned) -> None:
    assert verdict(positive(), settled(Outcome.REJECTED), learned=learned).verdict is Verdict.INCONCLUSIVE


def test_without_positive_control_probes_or_end_there_is_no_clean() -> None:
    rejected = settled(Outcome.REJECTED)
    assert verdict(rejected).verdict is Verdict.INCONCLUSIVE
    assert verdict(positive(held=False), rejected).verdict is Verdict.INCONCLUSIVE
    assert verdict(positive()).verdict is Verdict.INCONCLUSIVE
    assert verdict(positive(), rejected, complete=False).verdict is Verdict.INCONCLUSIVE
    assert verdict(positive(), rejected, ProbeRecord(probe=probe())).verdict is Verdict.INCONCLUSIVE


def test_where_nothing_was_sent_the_failure_is_the_reason_and_not_controls_that_were_never_tried() -> None:
    found = judge_target([], Learned(), grace_s=300, complete=False, failure="the relay refused the password")
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.explanation == "nothing was sent to it; the run failed: the relay refused the password"


def test_a_message_that_may_have_gone_out_is_not_called_unsent() -> None:
    maybe = ProbeRecord(probe=replace(probe(), control=Control.POSITIVE, kind="positive"), state=State.MAYBE_SENT)
    assert "nothing was sent" not in verdict(maybe, complete=False).explanation


def test_probes_that_ended_alike_are_told_once_with_their_number() -> None:
    def called_out(kind: str, code: int) -> ProbeRecord:
        record = settled(Outcome.CALLED_OUT, kind=kind)
        told = f"refused with {code}, and 192.0.2.9 tested the reverse-path"
        record.settlement = replace(record.settlement, explanation=told, reply=Reply(code=code, text="no"))
        return record

    found = verdict(positive(), called_out("unknown-recipient", 550), called_out("spam", 554), called_out("virus", 554))
    told = "unknown-recipient: refused with 550, and 192.0.2.9 tested the reverse-path (likewise 2 more: spam, virus)"
    assert found.explanation == told


def test_what_was_refused_with_different_replies_is_told_apart() -> None:
    records = [settled(Outcome.MASKED), settled(Outcome.MASKED)]
    for record, code in zip(records, (550, 554), strict=True):
        record.settlement = replace(record.settlement, explanation=f"with {code}", reply=Reply(code=code, text="no"))
    explanation = verdict(positive(), *records).explanation
    assert "with 550" in explanation
    assert "with 554" in explanation


def test_the_headline_counts_the_rows_of_the_table() -> None:
    twin = settled(Outcome.BOUNCED, difference=Difference.WITHOUT_NOTIFY)
    own = settled(Outcome.ACCEPTED_SILENTLY, control=Control.TRUSTED)
    told = verdict(positive(), settled(Outcome.BOUNCED), twin, settled(Outcome.REJECTED), own).explanation
    assert ": 2 of 4 probes came back as backscatter; " in told


@pytest.mark.parametrize(
    ("outcome", "kind", "plainly"),
    [
        (Outcome.BOUNCED, "unknown-recipient", "accepts mail for unknown users and bounces it to whoever is named"),
        (Outcome.BOUNCED, "virus", "accepts mail whose content it does not want and bounces it to whoever is named"),
        (Outcome.BOUNCED, "mailbox-full", "accepts mail for a full mailbox and bounces it to whoever is named"),
        (Outcome.AUTOREPLIED, "unknown-recipient", "answers mail automatically, to whoever is named as sender"),
        (Outcome.CHALLENGED, "unknown-recipient", "asks whoever is named as sender to prove to be a person"),
        (Outcome.DELAY_NOTIFIED, "unknown-recipient", "accepts mail that it cannot deliver yet and warns whoever"),
    ],
)
def test_guilt_is_said_in_plain_words_first(outcome: Outcome, kind: str, plainly: str) -> None:
    content = "eicar" if kind == "virus" else "ordinary"
    guilty = settled(outcome, kind=kind, content=content, mail_exchanger="mx.acme.example")
    guilty.settlement = replace(guilty.settlement, counts_as=CountsAs.BACKSCATTER)
    assert verdict(guilty).explanation.startswith(f"mx.acme.example {plainly}")


@pytest.mark.parametrize(
    ("writer", "named"),
    [
        (Host(host="mx.acme.example"), "mx.acme.example"),
        (Host(host="out7.provider.example", address="192.0.2.5"), "out7.provider.example"),  # as DNS has it
        (Host(host="mx.victim.example"), "the mail server of acme.example"),  # as it calls itself
        (Host(), "the mail server of acme.example"),
    ],
)
def test_the_headline_names_nobody_by_the_accused_hosts_word_alone(writer: Host, named: str) -> None:
    guilty = settled(Outcome.BOUNCED, target="acme.example")
    guilty.settlement = replace(guilty.settlement, counts_as=CountsAs.BACKSCATTER)
    mail = came(Kind.NDN, Attribution.TARGET)
    guilty.returned = [replace(mail, attributed=replace(mail.attributed, written_by=writer))]
    assert verdict(guilty).explanation.startswith(f"{named} accepts mail for unknown users")


def test_a_mail_exchanger_that_was_not_asked_forbids_clean() -> None:
    records = (positive(), settled(Outcome.REJECTED))
    assert judge_target(records, GOOD, grace_s=300, complete=True).verdict is Verdict.CLEAN
    found = judge_target(records, GOOD, grace_s=300, complete=True, not_asked=("mx7.acme.example",))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "mx7.acme.example" in found.explanation


def test_content_that_a_target_was_spared_and_nobody_else_was_shown_forbids_clean() -> None:
    records = (positive(), settled(Outcome.REJECTED))
    found = judge_target(records, GOOD, grace_s=300, complete=True, unshown="tried nowhere to its end")
    assert (found.verdict, found.explanation) == (Verdict.INCONCLUSIVE, "tried nowhere to its end")


def test_a_repetition_decides_nothing_by_itself() -> None:
    aside = settled(Outcome.UNRESOLVED, difference=Difference.WITHOUT_NOTIFY)
    assert verdict(positive(), settled(Outcome.REJECTED), aside).verdict is Verdict.CLEAN


def test_backscatter_is_qualified_until_a_forged_looking_sender_was_bounced_too() -> None:
    bounced, twin = settled(Outcome.BOUNCED), settled(Outcome.BOUNCED, difference=Difference.UNAUTHENTICATED)

    def limited(*records: ProbeRecord, authenticated: bool | None = True) -> str | None:
        return qualification(Verdict.BACKSCATTER, records, OPEN, Tried(), authenticated=authenticated)

    assert limited(bounced) == "seen with senders that pass SPF, not shown with forged-looking ones"
    assert limited(bounced, twin) is None
    assert limited(bounced, authenticated=None) is None


@pytest.mark.parametrize(
    ("way", "outcome", "words"),
    [
        (OPEN, Outcome.ACCEPTED_SILENTLY, None),
        (WayBack(grade=Grade.STRANGERS), Outcome.ACCEPTED_SILENTLY, "other hosts than the target's"),
        (WayBack(grade=Grade.STRANGERS), Outcome.REJECTED, None),
        (WayBack(grade=Grade.VOUCHED, from_="D. Mail"), Outcome.REJECTED, "the word of D. Mail"),
        (replace(OPEN, shown_by=ShownBy.EARLIER_RUN, from_="run 7f3a"), Outcome.REJECTED, "shown by run 7f3a"),
        (WayBack(), Outcome.REJECTED, "would not have been seen"),
    ],
)
def test_clean_says_on_what_the_way_back_rests(way: WayBack, outcome: Outcome, words: str | None) -> None:
    voucher = way.from_ if way.grade is Grade.VOUCHED else None
    records = [positive(), settled(outcome)]
    said = qualification(Verdict.CLEAN, records, way, Tried(), authenticated=None, vouched_by=voucher)
    assert said is None if words is None else words in str(said)


def test_another_target_for_others_forbids_clean_and_hides_no_backscatter() -> None:
    def seen(outcome: Outcome) -> Verdict:
        records = [positive(), settled(outcome)]
        return judge_target(records, GOOD, grace_s=300, complete=True, elsewhere="a name server says so").verdict

    assert seen(Outcome.REJECTED) is Verdict.INCONCLUSIVE
    assert seen(Outcome.BOUNCED) is Verdict.BACKSCATTER


def unshown(control: Control | None = None) -> ProbeRecord:
    record = settled(Outcome.UNRESOLVED, control=control)
    record.settlement = replace(record.settlement, unshown=True)
    return record


def asked(outcome: Outcome = Outcome.REJECTED, code: int = 250) -> ProbeRecord:
    """Return what a host that the relay goes to said at RCPT to the valid recipient, and to nobody."""
    record = settled(outcome, control=Control.ASKED)
    replies = {record.probe.recipients[0].address: Reply(code=code)}
    record.submission = Submission(accepted=False, submitted_at=NOW, finished_at=NOW, recipient_replies=replies)
    return record


def test_without_dsn_the_hosts_word_makes_silence_a_gap_and_no_doubt() -> None:
    refused, control = settled(Outcome.REJECTED), unshown(Control.POSITIVE)
    judged = verdict(control, asked(), refused, unshown())
    assert judged.verdict is Verdict.CLEAN, judged.explanation


@pytest.mark.parametrize(
    "records",
    [
        [settled(Outcome.REJECTED), unshown()],  # nobody was asked
        [asked(Outcome.UNRESOLVED), settled(Outcome.REJECTED), unshown()],  # the host takes anybody
        [asked(code=550), settled(Outcome.REJECTED), unshown()],  # it refuses everybody
        [asked(), asked(Outcome.MASKED), settled(Outcome.REJECTED), unshown()],  # one of two hosts says nothing
        [asked(), unshown()],  # the relay quotes no refusal
        [asked(), settled(Outcome.REJECTED), settled(Outcome.UNRESOLVED)],  # more than acceptance is missing
    ],
)
def test_a_gap_needs_everything_but_acceptance(records: list[ProbeRecord]) -> None:
    assert verdict(unshown(Control.POSITIVE), *records).verdict is Verdict.INCONCLUSIVE


def test_exit_codes_one_before_four_before_three_before_zero() -> None:
    error = ErrorEntry(where="relay", message="gone")
    assert [exit_code(v, ()) for v in (Verdict.CLEAN, Verdict.BACKSCATTER, Verdict.INCONCLUSIVE)] == [0, 1, 3]
    assert [exit_code(v, (error,)) for v in (Verdict.CLEAN, Verdict.BACKSCATTER, Verdict.INCONCLUSIVE)] == [4, 1, 4]


def test_several_targets_are_as_bad_as_the_worst() -> None:
    def entry(one: Verdict) -> TargetEntry:
        return TargetEntry(target="t", domain="t", verdict=one, basis=Basis.NONE, explanation="")

    clean, guilty, unsure = map(entry, (Verdict.CLEAN, Verdict.BACKSCATTER, Verdict.INCONCLUSIVE))
    assert overall([clean, unsure, guilty]) is Verdict.BACKSCATTER
    assert overall([clean, unsure]) is Verdict.INCONCLUSIVE
    assert overall([clean, clean]) is Verdict.CLEAN
    assert overall([]) is Verdict.INCONCLUSIVE


def test_a_notification_that_may_be_anybodys_forbids_clean_and_hides_no_backscatter() -> None:
    def judged(*records: ProbeRecord) -> tuple[Verdict, str]:
        found = judge_target(records, GOOD, grace_s=300, complete=True, strays=("ndn from daemon@acme.example",))
        return found.verdict, found.explanation

    clean, explanation = judged(positive(), settled(Outcome.ACCEPTED_SILENTLY))
    assert clean is Verdict.INCONCLUSIVE
    assert "daemon@acme.example" in explanation
    assert judged(positive(), settled(Outcome.BOUNCED))[0] is Verdict.BACKSCATTER


def test_a_mail_exchanger_that_did_not_answer_heads_what_would_be_clean_and_only_that() -> None:
    so_far = "clean so far at mx1; mx2 not tried"
    open_ = judge_target([positive(), settled(Outcome.REJECTED)], GOOD, grace_s=300, complete=True, so_far=so_far)
    assert (open_.verdict, open_.basis, open_.explanation) == (Verdict.INCONCLUSIVE, Basis.REJECTED, so_far)
    masked = judge_target([positive(), settled(Outcome.MASKED)], GOOD, grace_s=300, complete=True, so_far=so_far)
    assert (masked.verdict, "clean" in masked.explanation) == (Verdict.INCONCLUSIVE, False)
    guilty = judge_target([positive(), settled(Outcome.BOUNCED)], GOOD, grace_s=300, complete=True, so_far=so_far)
    assert guilty.verdict is Verdict.BACKSCATTER
