"""The real pipeline against the laboratory: every behaviour by both routes, every habit of the relay."""

from __future__ import annotations

import asyncio
import shutil
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from bsaudit.audit import Tools, audit
from bsaudit.audit.pace import Pace
from bsaudit.errors import Interrupted, NotAuthorized
from bsaudit.lab.dns import text
from bsaudit.lab.laboratory import CATCH_ADDRESS, domain, laboratory
from bsaudit.lab.relay import RelayHabits
from bsaudit.lab.targets import Behaviours
from bsaudit.model.event import Event, Phase, Sending, Sent, Settled
from bsaudit.model.mail import Route
from bsaudit.model.notification import Attribution
from bsaudit.model.probe import State
from bsaudit.model.report import Basis, Report, TargetEntry, Verdict
from bsaudit.model.run import RunState
from bsaudit.model.settings import AuditSettings
from bsaudit.wiring.runs import stored_report
from bsaudit.wiring.tools import journal_at, tools_for
from tests.support.audits import RATE, audited, of_kind, only, outcomes


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where both of these audits are."""
    return f"sqlite:///{tmp_path_factory.mktemp('journal')}/journal.db"


@pytest.fixture(scope="module")
def relayed(journal: str) -> Report:
    """One audit of every target of the laboratory by its relay."""
    return audited(*Behaviours.TABLE, journal_url=journal)


@pytest.fixture(scope="module")
def direct(journal: str) -> Report:
    """The same by the direct route."""
    # A greylisted probe is tried again when half of the wait is over.
    return audited(*Behaviours.TABLE, route=Route.DIRECT, wait_s=12.0, journal_url=journal)


def check_attributions(report: Report) -> None:
    """Compare who is said to have written each notification with who truly did: the host that connected."""
    relay = set(report.run.relay.addresses) if report.run and report.run.relay else set()
    for target in report.targets:
        own = {address for exchanger in target.mail_exchangers for address in exchanger.addresses}
        for probe in target.probes:
            for notification in probe.notifications:
                peer = notification.handed_over_by.address
                if notification.attribution.is_target_side:
                    assert peer in own, (probe.id, notification)
                elif notification.attribution is Attribution.RELAY:
                    assert peer in relay, (probe.id, notification)
                else:
                    raise AssertionError((probe.id, notification))


def test_the_truth_table_by_the_relay(relayed: Report) -> None:
    found = {target.domain.partition(".")[0]: target.verdict for target in relayed.targets}
    assert found == {label: site.relay for label, site in Behaviours.TABLE.items()}
    assert (relayed.verdict, relayed.exit_code, relayed.errors) == (Verdict.BACKSCATTER, 1, ())


def test_the_truth_table_by_the_direct_route(direct: Report) -> None:
    found = {target.domain.partition(".")[0]: target.verdict for target in direct.targets}
    assert found == {label: site.direct for label, site in Behaviours.TABLE.items()}


def test_what_is_stored_of_a_target_is_what_would_be_judged_again(
    relayed: Report, direct: Report, journal: str
) -> None:
    async def stored(run: str) -> tuple[dict[str, TargetEntry], Report]:
        async with journal_at(journal) as opened:
            entries = await opened.stored_entries({domain(label): run for label in Behaviours.TABLE})
        return dict(entries), await stored_report(journal, run)

    for report in (relayed, direct):
        assert report.run is not None
        entries, rebuilt = asyncio.run(stored(report.run.id))
        assert entries == {entry.target: entry for entry in rebuilt.targets}
        assert entries == {entry.target: entry for entry in report.targets}


def test_every_notification_is_attributed_to_the_host_that_wrote_it(relayed: Report, direct: Report) -> None:
    check_attributions(relayed)
    check_attributions(direct)


@pytest.mark.parametrize(
    ("label", "kind", "outcome"),
    [
        ("good", "unknown-recipient:random", "rejected"),
        ("good", "spam:gtube", "rejected"),
        ("good", "virus:zip", "rejected"),
        ("bad", "unknown-recipient:random", "bounced"),
        ("bad", "virus:eicar", "bounced"),
        ("slow", "spam:gtube", "deferred"),
        ("silent", "unknown-recipient:random", "unresolved"),  # nothing shows that its mail would reach us
        ("silent", "banned-attachment", "accepted_silently"),
        ("qmail", "spam:gtube", "bounced"),
        ("gateway", "unknown-recipient:random", "bounced"),
        ("vacation", "unknown-recipient:random", "autoreplied"),
        ("challenge", "unknown-recipient:random", "challenged"),
        ("callout", "unknown-recipient:random", "called_out"),
        ("late", "unknown-recipient:random", "delay_notified"),
        ("grey", "unknown-recipient:random", "rejected"),
        ("dsn", "unknown-recipient:random", "rejected"),
    ],
)
def test_the_outcome_by_both_routes(relayed: Report, direct: Report, label: str, kind: str, outcome: str) -> None:
    for report in (relayed, direct):
        target = next(target for target in report.targets if target.target == f"{label}.test")
        assert outcomes(target, kind) == {outcome}


def test_only_the_direct_route_sees_the_backup_mx_bounce(relayed: Report, direct: Report) -> None:
    (by_relay,) = (target for target in relayed.targets if target.target == "backup.test")
    (by_direct,) = (target for target in direct.targets if target.target == "backup.test")
    assert outcomes(by_relay, "unknown-recipient:random") == {"rejected"}
    found = {probe.mail_exchanger: probe.outcome.value for probe in of_kind(by_direct, "unknown-recipient:random")}
    assert found == {"mx1.backup.test": "rejected", "mx2.backup.test": "bounced"}


def test_each_probe_is_settled_once_beside_two_positive_controls() -> None:
    """Each exchanger has a positive control of its own, and each of them is news to the other."""
    events: list[Event] = []
    report = audited("backup", route=Route.DIRECT, observer=events.append)
    settled = [event.probe.id for event in events if isinstance(event, Settled)]
    target = only(report)
    tried = [probe.id for probe in target.probes]
    assert {one: settled.count(one) for one in tried} == dict.fromkeys(tried, 1)


def test_repetitions_keep_the_pace_that_was_agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a bounce makes us ask once more goes to the same target, whose owner agreed to so much a second."""
    events: list[Event] = []
    left: dict[Pace, list[float]] = {}
    leave = Pace.leave

    async def remembered(pace: Pace, room: asyncio.Semaphore) -> None:
        await leave(pace, room)  # the event comes later, by as long as the journal takes
        left.setdefault(pace, []).append(time.monotonic())

    monkeypatch.setattr(Pace, "leave", remembered)
    rate = 5.0
    report = audited("bad", rate=rate, observer=events.append)
    sent = sum(isinstance(event, Sending) and event.probe.target is not None for event in events)
    assert any(probe.difference for probe in only(report).probes), "nothing was repeated"
    (to_the_target,) = (times for times in left.values() if len(times) == sent)
    gaps = [later - earlier for earlier, later in pairwise(to_the_target)]
    assert min(gaps) > 0.95 / rate, gaps


def test_two_spellings_of_a_domain_are_one_target_with_one_budget() -> None:
    report = audited("good", targets=("good.test", "GOOD.test."))
    assert [target.target for target in report.targets] == ["good.test"]


def test_a_copy_that_cannot_be_kept_is_told_and_stops_no_audit(tmp_path: Path) -> None:
    def remove(event: Event) -> None:
        if isinstance(event, Phase) and event.name == "probes":
            shutil.rmtree(kept)  # as good as a full disk: no file can be written there any more

    kept = tmp_path / "kept"
    report = audited("good", save_dir=str(kept), observer=remove)
    (error,) = report.errors
    assert (error.where, report.verdict, report.exit_code) == ("save", Verdict.CLEAN, 4)
    assert report.run is not None
    assert report.run.complete


def test_a_rejection_is_told_with_stage_and_reply(relayed: Report, direct: Report) -> None:
    for report, source in ((relayed, "notification"), (direct, "session")):
        (probe,) = of_kind(report.targets[0], "unknown-recipient:random")
        assert probe.stage == "rcpt"
        assert probe.reply is not None
        assert (probe.reply.code, probe.reply.enhanced, probe.reply.source) == (550, "5.1.1", source)
        (spam,) = of_kind(report.targets[0], "spam:gtube")
        assert spam.stage == "end_of_data"


def test_a_bounce_names_its_writer(relayed: Report) -> None:
    bad = next(target for target in relayed.targets if target.target == "bad.test")
    (probe,) = [one for one in of_kind(bad, "unknown-recipient:random") if one.notifications][:1]
    assert probe.written_by is not None
    assert probe.written_by.host == "mx.bad.test"
    assert "mx.bad.test" in probe.explanation
    assert probe.accepted is not None


def test_an_answer_to_from_is_seen_as_one(relayed: Report) -> None:
    target = next(target for target in relayed.targets if target.target == "challenge.test")
    (probe,) = of_kind(target, "spam:gtube")[:1]
    assert {n.reached.value for n in probe.notifications if n.kind == "challenge"} == {"from"}


def test_a_clean_verdict_says_what_it_rests_on(relayed: Report) -> None:
    found = {target.domain: target.basis for target in relayed.targets if target.verdict is Verdict.CLEAN}
    assert found["good.test"] in {Basis.MIXED, Basis.REJECTED}


# --- relays


def test_without_dsn_silence_shows_nothing() -> None:
    report = audited("silent", "good", "bad", habits=RelayHabits(offers_dsn=False), wait_s=4.0)
    silent, good, bad = report.targets
    assert silent.verdict is Verdict.INCONCLUSIVE
    assert outcomes(silent, "unknown-recipient:random") == {"unresolved"}
    assert outcomes(good, "unknown-recipient:random") == {"rejected"}
    assert good.verdict is Verdict.INCONCLUSIVE  # the positive control could not be shown to be accepted
    assert bad.verdict is Verdict.BACKSCATTER
    check_attributions(report)


def test_by_both_routes_each_target_gets_the_verdict_of_the_direct_one() -> None:
    labels = ("good", "bad", "backup", "silent", "dsn")
    report = audited(*labels, route=Route.BOTH)
    found = {target.domain.partition(".")[0]: target.verdict for target in report.targets}
    assert found == {label: Behaviours.TABLE[label].direct for label in labels}
    backup = report.targets[labels.index("backup")]
    tried = {(probe.mail_exchanger, probe.outcome.value) for probe in of_kind(backup, "unknown-recipient:random")}
    assert tried == {(None, "rejected"), ("mx2.backup.test", "bounced")}
    assert [mx.tried for mx in backup.mail_exchangers] == [True, True]
    check_attributions(report)


def test_without_dsn_both_routes_clear_what_is_refused_and_name_what_stays_open() -> None:
    report = audited("good", "silent", "bad", route=Route.BOTH, habits=RelayHabits(offers_dsn=False), wait_s=4.0)
    good, silent, bad = report.targets
    assert good.verdict is Verdict.CLEAN, good.explanation
    assert outcomes(good, "banned-attachment") == {"unresolved"}
    assert "banned-attachment:double-extension" in str(good.qualification)
    assert "banned-attachment" not in good.explanation
    assert silent.verdict is Verdict.INCONCLUSIVE  # that nobody is taken at RCPT shows nothing
    assert bad.verdict is Verdict.BACKSCATTER


def test_without_dsn_refusals_alone_make_a_verdict() -> None:
    """The relay quotes that the valid recipient's message was refused at the final dot: he was taken at RCPT."""
    kinds = ("unknown-recipient:random", "spam:gtube")
    report = audited("good", habits=RelayHabits(offers_dsn=False), kinds=kinds, wait_s=4.0)
    assert (only(report).verdict, only(report).basis) == (Verdict.CLEAN, Basis.REJECTED), only(report).explanation
    unread = audited("good", habits=RelayHabits(offers_dsn=False), kinds=kinds[:1], wait_s=4.0)
    assert only(unread).verdict is Verdict.INCONCLUSIVE
    assert "--route both" in only(unread).explanation


def test_a_relay_that_keeps_rewritten_bounces_leaves_everything_silent_unresolved() -> None:
    habits = RelayHabits(rewrites_reverse_path=True, keeps_bounces=True)
    report = audited("bad", "silent", habits=habits, wait_s=4.0)
    for target in report.targets:
        assert target.verdict is Verdict.INCONCLUSIVE
        assert outcomes(target, "unknown-recipient:random") == {"unresolved"}
        assert "rewrites the reverse-path" in target.explanation
    assert report.run is not None
    assert report.run.relay is not None
    assert report.run.relay.rewrites_reverse_path is True
    assert report.exit_code == 3


def test_a_rewriting_relay_that_passes_bounces_on_is_seen_through() -> None:
    report = audited("good", "bad", habits=RelayHabits(rewrites_reverse_path=True))
    good, bad = report.targets
    assert (good.verdict, bad.verdict) == (Verdict.CLEAN, Verdict.BACKSCATTER)
    writers = {n.attribution for probe in bad.probes for n in probe.notifications if n.kind == "ndn"}
    assert writers == {Attribution.TARGET}  # though the relay's host handed them over


def test_the_relays_own_filter_is_not_the_targets_rejection() -> None:
    target = only(audited("silent", habits=RelayHabits(filters_gtube=True)))
    assert outcomes(target, "spam:gtube") == {"refused_by_relay"}
    assert target.verdict is Verdict.INCONCLUSIVE


# --- our own side


def test_a_catch_control_that_never_arrives_ends_the_run() -> None:
    elsewhere = CATCH_ADDRESS.replace("catch.test", "silent.test")  # a mailbox that swallows everything
    report = audited("silent", "bad", catch_addresses=(elsewhere,), wait_s=1.0)
    (error,) = report.errors
    assert (error.where, report.exit_code, report.verdict) == ("catch", 4, Verdict.INCONCLUSIVE)
    assert elsewhere in error.message
    assert error.remedy
    assert not any(target.probes for target in report.targets)


def test_the_lab_targets_allow_audits_by_dns_and_others_are_refused() -> None:
    report = audited("good", authorized_by=None, kinds=("unknown-recipient",))
    assert report.run is not None
    assert "TXT" in str(report.run.authorized_by)
    with pytest.raises(NotAuthorized):
        audited("good", authorized_by=None, catch_addresses=("audit@mx.catch.test",))


def test_interrupted_in_the_middle_nothing_is_forgotten() -> None:
    async def main() -> None:
        async with laboratory() as lab:
            aimed = lab.settings("silent.test", wait_s=30, grace_s=20, rate=RATE)
            async with tools_for(aimed) as tools:
                task = asyncio.ensure_future(audit_of(aimed, tools))
                with pytest.raises(Interrupted, match="nothing that was sent is forgotten") as caught:
                    await task
                run = await tools.journal.load()
        assert run.state is RunState.INTERRUPTED
        cut = {record.probe.id for record in run.probes if record.probe.target and record.state is State.MAYBE_SENT}
        assert cut
        told = only(caught.value.report)
        assert not any("was not sent" in probe.explanation for probe in told.probes if probe.id in cut)
        assert told.messages_sent > len(cut), "what may have been taken is a message, too"
        states = {record.state.value for record in run.probes if record.probe.target}
        assert "sent" in states
        assert states <= {"sent", "maybe_sent", "cancelled", "settled"}

    async def audit_of(aimed: AuditSettings, tools: Tools) -> Report:
        task = asyncio.current_task()
        assert task is not None

        sent: list[Event] = []

        def stop(event: Event) -> None:
            """Let go of one that is on its way, after another one was handed over."""
            if isinstance(event, Sent) and event.probe.target and event.probe.control is None:
                sent.append(event)
            if isinstance(event, Sending) and sent:
                task.cancel()

        return await audit(aimed, replace(tools, observer=stop))

    asyncio.run(main())


# --- mailboxes that the user names


@pytest.fixture(scope="module")
def named() -> Report:
    """One audit of the mailboxes whose behaviour is tried on request, at a good and at a bad target."""
    labels = ("good", "bad")

    def both(mailbox: str) -> tuple[str, ...]:
        return tuple(f"{mailbox}@{label}.test" for label in labels)

    return audited(
        *labels,
        kinds=("mailbox-full", "mailbox-disabled", "autoresponder", "mailing-list"),
        full_recipients=both("full"),
        disabled_recipients=both("disabled"),
        autoresponders=both("away"),
        mailing_lists=both("list"),
        third_party_permission="the laboratory",
    )


@pytest.mark.parametrize("kind", ["mailbox-full", "mailbox-disabled", "mailing-list"])
def test_a_closed_mailbox_is_refused_at_rcpt_or_bounced(named: Report, kind: str) -> None:
    good, bad = named.targets
    assert outcomes(good, kind) == {"rejected"}
    assert outcomes(bad, kind) == {"bounced"}


def test_a_vacation_is_judged_by_whom_it_answers(named: Report) -> None:
    good, bad = named.targets
    assert outcomes(good, "autoresponder:spam") <= {"rejected", "masked"}
    assert outcomes(good, "autoresponder:list") == {"accepted_silently"}
    assert outcomes(bad, "autoresponder:spam") == {"autoreplied"}
    assert {probe.counts_as.value for probe in of_kind(bad, "autoresponder:spam")} == {"backscatter"}
    assert "autoreplied" in outcomes(good, "autoresponder:ordinary")
    assert good.verdict is not Verdict.BACKSCATTER


def test_what_a_forwarders_destination_refuses_comes_back() -> None:
    target, _ = audited(
        "forward",
        "good",
        kinds=("forwarder",),
        forwarders=("forward@forward.test",),
        third_party_permission="the laboratory",
    ).targets
    assert outcomes(target, "forwarder") == {"bounced"}
    probe = of_kind(target, "forwarder")[0]
    (bounce,) = (n for n in probe.notifications if n.kind == "ndn")
    assert bounce.attribution.is_target_side
    assert bounce.recipients[0].remote_mta == "mx.good.test"


def test_an_audit_called_from_python_heeds_a_denial_and_the_lack_of_permission() -> None:
    seen: list[Event] = []
    denied = text("_bsaudit.mx.good.test", "v=bsaudit1; deny")
    with pytest.raises(NotAuthorized, match=r"mx\.good\.test must not be audited"):
        audited("good", records=[denied], observer=seen.append)
    with pytest.raises(NotAuthorized, match="nobody has allowed"):
        audited("good", authorized_by=None, catch_addresses=("a@elsewhere.test",), observer=seen.append)
    assert seen == []
