"""A clean verdict speaks for every part of the target that takes mail, or says for which it does not."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bsaudit.judge.tried import address_note, clean_so_far, exchanger_entries, provider_note, tried
from bsaudit.model.mail import LogEntry, LogStatus, MailExchanger, Reply, Route, Stage
from bsaudit.model.notification import Action, Attribution, Kind
from bsaudit.model.probe import Acceptance, Control, CountsAs, Outcome, ProbeRecord, ReturnedMail, Settlement
from bsaudit.model.run import TargetRecord
from tests.support.judged import NOW, came, probe, taken

OWN = tuple(MailExchanger(host=f"mx{n}.acme.example", preference=n, addresses=(f"192.0.2.{n}",)) for n in (1, 2))
PROVIDER = tuple(MailExchanger(host=f"mx{n}.carrier.test", preference=n, addresses=(f"192.0.2.{n}",)) for n in (1, 2))


def target(*exchangers: MailExchanger) -> TargetRecord:
    return TargetRecord(target="acme.example", domain="acme.example", mail_exchangers=exchangers)


def refused(remote: str | None = "mx1.acme.example") -> ProbeRecord:
    ndn = came(Kind.NDN, Attribution.RELAY, code=550, text="550 no such user", remote=remote)
    return ProbeRecord(probe=probe(), submission=taken(), returned=(ndn,))


def asked(host: str, *, stage: Stage | None = Stage.RCPT) -> ProbeRecord:
    submission = replace(taken(accepted=False, code=550 if stage else 0), stage=stage)
    if stage is Stage.RCPT:
        submission = replace(submission, recipient_replies={"who@acme.example": Reply(code=550)})
    return ProbeRecord(probe=replace(probe(route=Route.DIRECT), mail_exchanger=host), submission=submission)


@pytest.mark.parametrize(
    ("exchangers", "records", "words"),
    [
        (OWN, [refused()], "clean so far at mx1.acme.example; mx2.acme.example not tried"),
        (OWN, [refused("[192.0.2.2]")], "clean so far at mx2.acme.example; mx1.acme.example not tried"),
        (OWN, [refused(), refused("mx2.acme.example")], None),
        (OWN, [refused(None)], "clean so far; mx1.acme.example, mx2.acme.example not tried"),
        (OWN[:1], [refused("hub.acme.example")], None),  # there is but one, whatever the relay calls it
        (OWN[:1], [], "clean so far; mx1.acme.example not tried"),
        (PROVIDER, [refused("mx1.carrier.test")], None),
        (PROVIDER, [refused("mx1.acme.example")], "clean so far; mx1.carrier.test, mx2.carrier.test not tried"),
        ((OWN[0], PROVIDER[1]), [refused()], "clean so far at mx1.acme.example; mx2.carrier.test not tried"),
        (OWN, [asked("mx1.acme.example"), asked("mx2.acme.example")], None),
        (
            OWN,
            [asked("mx1.acme.example"), asked("mx2.acme.example", stage=None)],
            "clean so far at mx1.acme.example; mx2.acme.example not tried",
        ),
    ],
)
def test_what_is_open(exchangers: tuple[MailExchanger, ...], records: list[ProbeRecord], words: str | None) -> None:
    assert clean_so_far(tried(target(*exchangers), records)) == words


def test_the_relays_log_names_the_host_too() -> None:
    record = ProbeRecord(probe=probe(), submission=taken())
    entry = LogEntry(queue_id="1", recipient="who@acme.example", status=LogStatus.BOUNCED, address="192.0.2.1")
    record.submission = replace(record.submission, log=entry)
    assert [mx.host for mx in tried(target(*OWN), [record]).answered] == ["mx1.acme.example"]


@pytest.mark.parametrize(
    "hearsay",
    [
        came(Kind.DELAY, Attribution.RELAY, code=451, action=Action.DELAYED, remote="mx2.acme.example"),
        came(Kind.NDN, Attribution.RELAY, code=451, remote="mx2.acme.example"),  # gave up: it never decided
        came(Kind.NDN, Attribution.UNKNOWN, code=550, remote="mx2.acme.example"),
    ],
)
def test_who_only_put_it_off_or_is_named_by_a_stranger_has_not_answered(hearsay: ReturnedMail) -> None:
    record = refused()
    record.returned += (hearsay,)
    assert tried(target(*OWN), [record]).answered == (OWN[0],)


def test_the_only_host_there_is_answered_where_acceptance_was_shown_at_all() -> None:
    record = ProbeRecord(probe=probe(), submission=taken())
    assert tried(target(OWN[0]), [record]).answered == ()
    shown = Acceptance(shown_by="mailbox", at=NOW)
    record.settlement = Settlement(
        outcome=Outcome.ACCEPTED_SILENTLY, counts_as=CountsAs.GOOD, explanation="so it was", accepted=shown
    )
    assert tried(target(OWN[0]), [record]).answered == (OWN[0],)
    assert tried(target(*OWN), [record]).answered == ()


def test_only_the_question_about_nobody_counts_where_it_was_asked() -> None:
    positive, spam = refused(), ProbeRecord(probe=probe("spam"), returned=refused().returned)
    positive.probe = replace(positive.probe, control=Control.POSITIVE)
    assert tried(target(*OWN), [positive]).answered == ()
    assert tried(target(*OWN), [spam, refused("mx2.acme.example")]).answered == (OWN[1],)
    assert tried(target(*OWN), [positive, spam]).answered == (OWN[0],)


def test_of_one_providers_hosts_one_answers_for_all_and_the_report_says_so() -> None:
    shown = tried(target(*PROVIDER), [refused("mx1.carrier.test")])
    assert list(provider_note(shown)) == [
        "mx1.carrier.test answered for mx2.carrier.test, which are the same provider's",
    ]


def test_the_report_says_of_each_host_whether_it_was_tried() -> None:
    nameless = MailExchanger(host="mx3.acme.example", preference=3)
    aimed = target(*OWN, nameless)
    entries = exchanger_entries(aimed, tried(aimed, [refused()]))
    assert [(entry.host, entry.tried, entry.reason) for entry in entries] == [
        ("mx1.acme.example", True, None),
        ("mx2.acme.example", False, "no probe was answered by it"),
        ("mx3.acme.example", False, "it has no address"),
    ]


@pytest.mark.parametrize(
    ("addresses", "heard", "said"),
    [
        (("192.0.2.1",), (), False),
        (("192.0.2.1", "2001:db8::1"), (), True),  # by relay nobody saw to which it went
        (("192.0.2.1", "192.0.2.7"), ("192.0.2.1",), True),
        (("192.0.2.1", "192.0.2.7"), ("192.0.2.1", "192.0.2.7"), False),
    ],
)
def test_each_address_may_be_another_machine(addresses: tuple[str, ...], heard: tuple[str, ...], said: bool) -> None:
    mx = replace(OWN[0], addresses=addresses)
    direct = [asked(mx.host) for _ in heard]
    records = [replace(one, probe=replace(one.probe, address=at)) for one, at in zip(direct, heard, strict=True)]
    records = records or [refused()]
    shown = tried(target(mx), records)
    words = "not each address of mx1.acme.example was seen to answer, and each may be another machine's"
    assert list(address_note(records, shown)) == ([words] if said else [])
    of_a_provider = replace(PROVIDER[0], addresses=addresses)
    assert not list(
        address_note([refused(of_a_provider.host)], tried(target(of_a_provider), [refused(of_a_provider.host)]))
    )
