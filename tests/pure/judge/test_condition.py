"""A target's state from run to run, row by row of the table in docs/check.md, and over sixty nights."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from bsaudit.judge.condition import advance, aged, beginning, observe, own_side_errors, standing
from bsaudit.model.history import History, Observation, Policy, Shown
from bsaudit.model.mail import Reply
from bsaudit.model.probe import Control, CountsAs, Difference, Outcome
from bsaudit.model.report import Basis, ErrorEntry, ExchangerEntry, TargetEntry, Verdict
from bsaudit.model.state import Condition
from tests.support.reports import probe, report, run

START = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
POLICY = Policy(max_age_s=74 * 3600.0)
BOTH = ("spam:gtube", "unknown-recipient:random")


def seen(shown: Shown, night: float = 0, *, good: tuple[str, ...] = BOTH, **fields: object) -> Observation:
    bounced = ("unknown-recipient:random",) if shown is Shown.BACKSCATTER else ()
    told = {"bounced": bounced, "good": good if shown is Shown.CLEAN else (), "run": "7f3a", **fields}
    return Observation(shown=shown, at=START + night * DAY, **told)  # type: ignore[arg-type]


def after(*runs: Shown, policy: Policy = POLICY) -> History:
    history = beginning("a.example")
    for night, shown in enumerate(runs):
        history = advance(history, seen(shown, night), policy)
    return history


B, C, N, X = Shown.BACKSCATTER, Shown.CLEAN, Shown.NOTHING, Shown.NOT_AUDITABLE
OURS = Shown.OWN_SIDE
C_ = Verdict.CLEAN


@pytest.mark.parametrize(
    ("runs", "state"),
    [
        ((), Condition.UNDECIDED),
        ((B,), Condition.BACKSCATTER),
        ((C, B), Condition.BACKSCATTER),
        ((X, B), Condition.BACKSCATTER),
        ((C,), Condition.CLEAN),
        ((N, C), Condition.CLEAN),
        ((X, C), Condition.CLEAN),
        ((B, C), Condition.BACKSCATTER),
        ((B, C, C), Condition.CLEAN),
        ((B, C, N, C), Condition.CLEAN),
        ((B, C, B, C), Condition.BACKSCATTER),
        ((C, N), Condition.CLEAN),
        ((B, N), Condition.BACKSCATTER),
        ((N,), Condition.UNDECIDED),
        ((C, OURS), Condition.CLEAN),
        ((B, OURS), Condition.BACKSCATTER),
        ((OURS,), Condition.UNDECIDED),
        ((C, X), Condition.NOT_AUDITABLE),
        ((X, N), Condition.NOT_AUDITABLE),
        ((X, OURS), Condition.NOT_AUDITABLE),
        # A domain that lapses is not mended by that.
        ((B, X, C), Condition.BACKSCATTER),
        ((B, X, C, C), Condition.CLEAN),
    ],
)
def test_the_state_after_these_runs(runs: tuple[Shown, ...], state: Condition) -> None:
    assert after(*runs).state.state is state


def test_what_decides_nothing_leaves_the_time_of_the_decision() -> None:
    history = after(C, N, N)
    assert history.state.last_decided_at == START
    assert history.state.last_run_at == START + 2 * DAY
    assert (history.state.undecided_runs, after(C, N, C).state.undecided_runs) == (2, 0)


def test_our_own_side_leaves_everything_as_it_was() -> None:
    assert after(C, OURS) == after(C)


def test_a_run_that_does_not_try_what_bounced_mends_nothing() -> None:
    history = after(B)
    for night in range(1, 4):
        history = advance(history, seen(C, night, good=("spam:gtube",)), POLICY)
    assert history.state.state is Condition.BACKSCATTER
    assert history.state.note == (
        "good in 0 of the 2 runs that show it mended; this one did not try unknown-recipient:random"
    )


def test_an_exchanger_that_is_gone_keeps_nothing_from_being_mended() -> None:
    history = advance(beginning("a.example"), seen(B, bounced=("spam:gtube at mx2.a.example",)), POLICY)
    for night in range(1, 3):
        history = advance(history, seen(C, night, exchangers=("mx1.a.example",)), POLICY)
    assert history.state.state is Condition.CLEAN


def test_an_exchanger_that_the_user_named_says_nothing_of_those_that_were_published() -> None:
    """Who tries the new server before the zone names it (--mx) has not mended the old one by that."""
    new, published = ExchangerEntry(host="new.a.example"), ExchangerEntry(host="mx1.a.example", preference=10)
    own = ExchangerEntry(host="a.example")  # the implicit one (RFC 5321 §5.1)
    found = [observe(entry(C_, mail_exchangers=(mx,)), (), START, run()).exchangers for mx in (new, published, own)]
    assert found == [(), ("mx1.a.example",), ("a.example",)]
    history = advance(beginning("a.example"), seen(B, bounced=("spam:gtube at mx1.a.example",)), POLICY)
    for night in range(1, 5):
        history = advance(history, seen(C, night, good=("spam:gtube at new.a.example",)), POLICY)
    assert history.state.state is Condition.BACKSCATTER


def test_a_run_from_before_a_bounce_shows_nothing_mended_however_late_it_decides() -> None:
    """`collect` may settle an older run, and two checks may go on at once."""
    bounced = advance(beginning("a.example"), seen(B, 3, began_at=START + 2.9 * DAY), POLICY)
    history = bounced
    for night in range(4, 8):
        history = advance(history, seen(C, night, began_at=START + DAY), POLICY)
    assert replace(history, state=bounced.state) == bounced
    assert history.state.state is Condition.BACKSCATTER
    for night in range(4, 6):
        history = advance(history, seen(C, night, began_at=START + night * DAY), POLICY)
    assert history.state.state is Condition.CLEAN


def test_a_bounce_of_tomorrow_keeps_nothing_from_being_mended() -> None:
    """The clock was set back."""
    history = advance(beginning("a.example"), seen(B, 30, began_at=START + 30 * DAY), POLICY)
    for night in range(1, 3):
        history = advance(history, seen(C, night, began_at=START + night * DAY), POLICY)
    assert history.state.state is Condition.CLEAN


def test_an_ordinary_message_that_came_back_has_to_get_through_again() -> None:
    ours = probe(Outcome.BOUNCED, CountsAs.BACKSCATTER, control=Control.POSITIVE, target="a.example")
    guilty = observe(entry(Verdict.BACKSCATTER), (), START, run(controls=(ours,)))
    others = observe(replace(entry(Verdict.BACKSCATTER), target="b.example"), (), START, run(controls=(ours,)))
    assert (guilty.bounced, others.bounced) == (("positive",), ())
    assert observe(entry(C_), (), START, run()).good == ("positive",)


def test_what_only_the_second_message_of_a_sender_got_is_held_against_the_target_too() -> None:
    again = probe(Outcome.BOUNCED, CountsAs.BACKSCATTER, kind="autoresponder", difference=Difference.NOTHING)
    aside = probe(Outcome.BOUNCED, CountsAs.BACKSCATTER, kind="spam", difference=Difference.WITHOUT_NOTIFY)
    told = observe(entry(Verdict.BACKSCATTER, probes=(again, aside)), (), START, run())
    assert {name.partition(":")[0] for name in told.bounced} == {"autoresponder"}


def test_a_target_stands_with_all_that_is_held_against_it() -> None:
    """Its last run may have tried less."""
    history = advance(after(B), seen(B, 1, bounced=("spam:gtube",)), POLICY)
    assert standing(history, START + DAY, POLICY.max_age_s).bounced == ("spam:gtube", "unknown-recipient:random")
    assert standing(after(B, C, C), START + 2 * DAY, POLICY.max_age_s).bounced == ()


def test_recover_after_says_how_often() -> None:
    assert after(B, C, policy=replace(POLICY, recover_after=1)).state.state is Condition.CLEAN
    assert after(B, C, C, policy=replace(POLICY, recover_after=3)).state.state is Condition.BACKSCATTER


def test_a_target_that_bounces_now_and_then_is_not_mended() -> None:
    history = after(C, B, C, B, C, C)
    assert history.state.state is Condition.BACKSCATTER
    assert history.state.note == "intermittent, 4 of 6"
    assert after(*(C, B, C, B), *[C] * 9).state.state is Condition.CLEAN


def test_what_was_decided_too_long_ago_is_no_longer_clean() -> None:
    just, late = START + timedelta(hours=74), START + timedelta(hours=75)
    assert aged(after(C), just, POLICY.max_age_s).state.state is Condition.CLEAN
    clean, guilty = aged(after(C), late, POLICY.max_age_s).state, aged(after(B), late, POLICY.max_age_s).state
    assert (clean.state, clean.stale, clean.since_at) == (Condition.UNDECIDED, True, just)
    assert (guilty.state, guilty.stale) == (Condition.BACKSCATTER, True)


def test_what_was_decided_tomorrow_is_not_clean_today() -> None:
    """A clock that was a day, or ten years, ahead of time."""
    clean, guilty = (aged(after(shown), START - timedelta(days=1), POLICY.max_age_s).state for shown in (C, B))
    assert (clean.state, clean.stale, clean.since_at) == (Condition.UNDECIDED, True, START - timedelta(days=1))
    assert (guilty.state, guilty.stale) == (Condition.BACKSCATTER, True)
    elsewhere = START - timedelta(minutes=2)  # another machine's clock
    assert aged(after(C), elsewhere, POLICY.max_age_s).state.state is Condition.CLEAN


def entry(verdict: Verdict, **fields: object) -> TargetEntry:
    told = {"basis": Basis.NONE, "explanation": "so it is", **fields}
    return TargetEntry(target="a.example", domain="a.example", verdict=verdict, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "own_side", "shown"),
    [
        (entry(Verdict.BACKSCATTER), True, B),  # a bounce is proof, whatever failed beside it
        (entry(Verdict.INCONCLUSIVE), True, OURS),
        (entry(Verdict.CLEAN), False, C),
        (entry(Verdict.INCONCLUSIVE), False, N),
        (entry(Verdict.INCONCLUSIVE, not_audited=ErrorEntry(where="target", message="NXDOMAIN")), False, X),
        (entry(Verdict.INCONCLUSIVE, not_audited=ErrorEntry(where="permission", message="gone")), False, X),
        (entry(Verdict.INCONCLUSIVE, not_audited=ErrorEntry(where="dns", message="SERVFAIL")), False, N),
    ],
)
def test_what_a_run_says_of_a_target(told: TargetEntry, own_side: bool, shown: Shown) -> None:
    errors = [ErrorEntry(where="relay", message="gone")] if own_side else []
    assert observe(told, errors, START, run()).shown is shown


def test_a_kind_is_good_at_an_exchanger_where_every_probe_of_it_was() -> None:
    fields = {"reply": Reply(code=550, text="no"), "shape": "random"}
    probes = (
        probe(Outcome.REJECTED, CountsAs.GOOD, mail_exchanger="MX1.a.example", **fields),
        probe(Outcome.REJECTED, CountsAs.GOOD, mail_exchanger="mx2.a.example", **fields),
        probe(Outcome.UNRESOLVED, CountsAs.INCONCLUSIVE, mail_exchanger="mx2.a.example", **fields),
        probe(Outcome.BOUNCED, CountsAs.BACKSCATTER, **fields),
    )
    exchangers = (ExchangerEntry(host="MX1.a.example", preference=10),)
    told = observe(entry(Verdict.BACKSCATTER, probes=probes, mail_exchangers=exchangers), (), START, None)
    assert told.good == ("unknown-recipient:random at mx1.a.example",)
    assert told.bounced == ("unknown-recipient:random",)
    assert told.exchangers == ("mx1.a.example",)


NIGHTS = 60


def night(number: int) -> dict[str, Shown]:
    """Return what the run of one night says of four targets."""
    if number in {7, 20, 33, 44}:  # the relay is down
        return dict.fromkeys(("steady", "grey", "lapsed", "turning"), OURS)
    return {
        "steady": C,
        "grey": N if number % 3 == 1 else C,
        "lapsed": X if 30 <= number < 40 else C,
        "turning": B if 12 <= number < 25 else C,
    }


def test_sixty_nights_tell_of_what_changed_and_of_nothing_else() -> None:
    histories = {target: beginning(target) for target in night(0)}
    changes = []
    for number in range(NIGHTS):
        for target, shown in night(number).items():
            before = histories[target]
            histories[target] = advance(before, seen(shown, number), POLICY)
            if histories[target].state.state is not before.state.state:
                changes.append((number, target, histories[target].state.state.value))
            if shown is OURS:
                assert histories[target] == before
    assert changes == [
        (0, "steady", "clean"),
        (0, "grey", "clean"),
        (0, "lapsed", "clean"),
        (0, "turning", "clean"),
        (12, "turning", "backscatter"),
        (26, "turning", "clean"),
        (30, "lapsed", "not_auditable"),
        (40, "lapsed", "clean"),
    ]


def test_our_own_side_failed_where_no_name_resolved_not_where_some_did_not() -> None:
    lost = entry(Verdict.INCONCLUSIVE, not_audited=ErrorEntry(where="dns", message="SERVFAIL"))
    gone = entry(Verdict.INCONCLUSIVE, not_audited=ErrorEntry(where="target", message="NXDOMAIN"))

    def failed(*targets: TargetEntry) -> tuple[str, ...]:
        errors = tuple(one.not_audited for one in targets if one.not_audited)
        told = report(*targets, verdict=Verdict.INCONCLUSIVE, exit_code=4, errors=errors)
        return tuple(error.where for error in own_side_errors(told))

    assert failed(lost, lost) == ("dns",)
    assert failed(lost) == failed(gone, gone) == failed(lost, gone) == ()
    assert failed(lost, lost, entry(Verdict.CLEAN)) == ()
