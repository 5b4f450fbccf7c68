"""Silence means nothing before it is shown that what a stranger's server writes would have reached us."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from bsaudit.judge.case import Case
from bsaudit.judge.inquiry import Inquiry
from bsaudit.judge.learn import Learned, learn
from bsaudit.judge.outcome import judge
from bsaudit.judge.way_back import is_inside, why_secluded
from bsaudit.model.mail import Host, MailExchanger, Route
from bsaudit.model.notification import Action, Attributed, Attribution, Hop, Kind, Notification
from bsaudit.model.probe import Control, Outcome, Probe, ProbeRecord, Recipient, ReturnedMail, Role
from bsaudit.model.run import RelayFacts
from bsaudit.model.way_back import Grade, ShownBy, WayBack
from tests.support.judged import ACCEPTED, GOOD, GRACE, NOW, OPEN, TARGET, came, probe, taken
from tests.support.own_controls import CATCH, control, run

STRANGERS = WayBack(grade=Grade.STRANGERS, shown_by=ShownBy.RELAY, at=NOW, from_="smtp.carrier.example")
VOUCHED = WayBack(grade=Grade.VOUCHED, shown_by=ShownBy.VOUCHED, from_="D. Mail")


@pytest.mark.parametrize(
    ("client", "fields", "shown"),
    [
        (Hop(rdns="out.carrier.example", address="203.0.113.4"), {}, True),
        (Hop(rdns="out.carrier.example", address="127.77.0.2"), {}, True),  # a laboratory's host
        (Hop(address="10.0.0.4"), {}, False),  # a proxy, or a network of our own
        (Hop(address="100.64.0.4"), {}, False),  # a pod, a VPN, a carrier's customer
        (Hop(address="127.0.0.1"), {}, False),
        (Hop(address="198.51.100.9"), {}, False),  # the relay is our catch MX
        (Hop(rdns="out.inbox.example", address="198.51.100.20"), {}, False),  # the mailbox provider's own relay
        # The relay is the machine that bsaudit runs on.
        (Hop(address="203.0.113.4"), {"relay": RelayFacts(host="me", seen_from="203.0.113.4")}, False),
        (Hop(address="203.0.113.4"), {"relay": None}, False),
        (Hop(address="203.0.113.4"), {"relay": RelayFacts(host="localhost", addresses=("127.0.0.1",))}, False),
    ],
)
def test_only_a_stranger_shows_the_way_of_strangers(client: Hop, fields: dict[str, object], shown: bool) -> None:
    found = learn(run(control(client), **fields)).strangers
    assert (found.grade is Grade.STRANGERS) is shown
    if shown:
        assert (found.shown_by, found.from_) == (ShownBy.RELAY, "out.carrier.example")


@pytest.mark.parametrize(
    ("client", "shown"),
    [
        (Hop(rdns="out.provider.example", address="203.0.113.9"), True),
        (Hop(rdns="out.inbox.example", address="203.0.113.9"), False),
        (Hop(address="198.51.100.9"), False),
    ],
)
def test_mail_that_somebody_writes_to_us_shows_the_way_where_it_came_from_elsewhere(
    client: Hop, *, shown: bool
) -> None:
    awaited = control(client, reverse_path="friend@provider.example")
    awaited.probe = replace(awaited.probe, control=Control.AWAITED)
    found = learn(run(control(Hop(address="10.0.0.4")), awaited)).strangers
    assert (found.shown_by is ShownBy.ARRIVAL) is shown


def test_mail_with_a_reverse_path_shows_nothing_of_notifications() -> None:
    client = Hop(address="203.0.113.4")
    assert learn(run(control(client, reverse_path="me@inbox.example"))).strangers.grade is Grade.NONE


def test_what_we_sent_to_ourselves_shows_nothing() -> None:
    assert learn(run(control(Hop(address="203.0.113.4"), route=Route.DIRECT))).strangers.grade is Grade.NONE


@pytest.mark.parametrize(
    ("address", "kind", "grade", "by"),
    [
        ("192.0.2.5", Kind.SUCCESS, Grade.TARGET, ShownBy.DSN),
        ("192.0.2.5", Kind.AUTOREPLY, Grade.TARGET, ShownBy.ARRIVAL),
        ("192.0.2.77", Kind.SUCCESS, Grade.NONE, None),
    ],
)
def test_a_message_from_the_targets_own_address_shows_its_way(
    address: str, kind: Kind, grade: Grade, by: ShownBy | None
) -> None:
    mail = replace(ACCEPTED, notification=Notification(kind=kind, reverse_path=""), attributed=handed_over(address))
    inquiry = Inquiry(run(ProbeRecord(probe=probe(), returned=(mail,)), relay=None))
    inquiry.hear(TARGET, mail)
    assert (inquiry.way_back(TARGET).grade, inquiry.way_back(TARGET).shown_by) == (grade, by)


HEARD, UNHEARD = "192.0.2.5", "192.0.2.6"
SEVERAL = replace(
    TARGET, mail_exchangers=(*TARGET.mail_exchangers, MailExchanger(host="mx2.acme.example", addresses=(UNHEARD,)))
)
FIRST, SECOND = (replace(probe(route=Route.DIRECT), mail_exchanger=mx.host) for mx in SEVERAL.mail_exchangers)
BY_SECOND = came(Kind.RELAYED, Attribution.RELAY, action=Action.RELAYED, remote="mx2.acme.example", code=250)
BY_SOME = came(Kind.RELAYED, Attribution.RELAY, action=Action.RELAYED, remote="store.acme.example", code=250)


@pytest.mark.parametrize(
    ("tried", "returned", "heard", "shown"),
    [
        (FIRST, (), {HEARD}, True),
        (SECOND, (), {HEARD}, False),
        (SECOND, (), {HEARD, UNHEARD}, True),
        (probe(), (ACCEPTED,), {HEARD}, True),
        (probe(), (BY_SECOND,), {HEARD}, False),
        (probe(), (BY_SECOND,), {UNHEARD}, True),
        (probe(), (BY_SOME,), {HEARD}, False),  # it may have been either
        (probe(), (BY_SOME,), {HEARD, UNHEARD}, True),
    ],
)
@pytest.mark.parametrize("earlier", [False, True])
def test_a_mail_exchanger_shows_its_own_way_only(
    tried: Probe, returned: tuple[ReturnedMail, ...], heard: set[str], shown: bool, earlier: bool
) -> None:
    record = ProbeRecord(probe=tried, submission=taken(), returned=returned)
    target = replace(SEVERAL, earlier=OPEN, earlier_from=tuple(heard)) if earlier else SEVERAL
    inquiry = Inquiry(run(relay=None))
    for address in () if earlier else heard:
        inquiry.hear(target, handed_back(address))
    assert inquiry.way_back(target).grade is Grade.TARGET
    assert (inquiry.way_back_of(record, target).grade is Grade.TARGET) is shown


def test_what_a_target_reports_of_the_probe_itself_shows_its_way_whoever_took_it() -> None:
    record = ProbeRecord(probe=SECOND, submission=taken(), returned=(handed_back(HEARD),))
    assert Inquiry(run(relay=None)).way_back_of(record, SEVERAL).grade is Grade.TARGET


def handed_back(address: str) -> ReturnedMail:
    note = Notification(kind=Kind.SUCCESS, reverse_path="")
    return replace(ACCEPTED, notification=note, attributed=handed_over(address))


def test_a_persons_mail_from_the_target_shows_nothing_of_its_notifications() -> None:
    note = Notification(kind=Kind.AUTOREPLY, reverse_path="who@acme.example")
    mail = replace(ACCEPTED, notification=note, attributed=handed_over("192.0.2.5"))
    inquiry = Inquiry(run(relay=None))
    inquiry.hear(TARGET, mail)
    assert inquiry.way_back(TARGET).grade is Grade.NONE


def handed_over(address: str) -> Attributed:
    return Attributed(attribution=Attribution.TARGET, handed_over_by=Host(address=address))


def test_catch_and_target_on_one_host_show_nothing() -> None:
    note = Notification(kind=Kind.SUCCESS, reverse_path="")
    mail = replace(ACCEPTED, notification=note, attributed=handed_over("192.0.2.5"))
    inquiry = Inquiry(run(relay=None, catch_exchangers=(MailExchanger(host="mx.one", addresses=("192.0.2.5",)),)))
    inquiry.hear(TARGET, mail)
    assert inquiry.way_back(TARGET).grade is Grade.NONE


def silent(way: WayBack, tried: Probe | None = None, **more: object) -> Outcome:
    record = ProbeRecord(probe=tried or spam(), submission=taken(), returned=(ACCEPTED,))
    more = {"still_open": True, "vouched": way is VOUCHED} | more
    case = Case(record=record, learned=GOOD, target=TARGET, grace_s=GRACE, way_back=way, **more)
    return judge(case).settlement.outcome


def spam() -> Probe:
    return replace(probe("spam", "gtube"), recipients=(Recipient(address="who@acme.example", role=Role.VALID),))


@pytest.mark.parametrize("way", [WayBack(), VOUCHED, STRANGERS, OPEN], ids=lambda way: str(way.grade))
@pytest.mark.parametrize(
    ("tried", "more", "enough"),
    [
        # RFC 5321 §6.1 obliges whoever took mail for nobody to write about it.
        (probe(), {}, {Grade.TARGET}),
        # It may be the valid user's; nobody may write to <>.
        (replace(probe(), shape="tagged"), {}, {Grade.VOUCHED, Grade.STRANGERS, Grade.TARGET}),
        (
            replace(probe(), reverse_path=""),
            {},
            {Grade.VOUCHED, Grade.STRANGERS, Grade.TARGET},
        ),
        (spam(), {}, {Grade.VOUCHED, Grade.STRANGERS, Grade.TARGET}),
        (spam(), {"secluded": "it is a literal"}, {Grade.VOUCHED, Grade.TARGET}),
        (spam(), {"inside": True}, {Grade.VOUCHED, Grade.TARGET}),
        (spam(), {"still_open": None}, {Grade.VOUCHED, Grade.TARGET}),  # the run was cut short
        (spam(), {"still_open": False}, set()),
    ],
)
def test_what_silence_needs_before_it_is_good(
    way: WayBack, tried: Probe, more: dict[str, object], enough: set[Grade]
) -> None:
    good = silent(way, tried, **more) is Outcome.ACCEPTED_SILENTLY
    assert good is (way.grade in enough)


def test_a_voucher_stands_also_where_more_was_shown() -> None:
    """What a relay shows does not lead others to an address literal; who vouches for it says that they find it."""
    assert silent(STRANGERS, secluded="it is a literal") is Outcome.UNRESOLVED
    assert silent(STRANGERS, secluded="it is a literal", vouched=True) is Outcome.ACCEPTED_SILENTLY
    assert silent(STRANGERS, probe(), vouched=True) is Outcome.UNRESOLVED


@pytest.mark.parametrize(
    ("way", "outcome"),
    [
        (OPEN, Outcome.ACCEPTED_SILENTLY),  # heard after it had taken the probe
        (replace(OPEN, at=NOW - timedelta(seconds=1)), Outcome.UNRESOLVED),
        (replace(OPEN, shown_by=ShownBy.EARLIER_RUN), Outcome.UNRESOLVED),
    ],
)
def test_of_a_run_that_was_cut_short_only_what_came_later_shows_anything(way: WayBack, outcome: Outcome) -> None:
    assert silent(way, still_open=None) is outcome


def test_an_earlier_run_and_a_vouching_count_where_this_run_shows_less() -> None:
    known = replace(STRANGERS, shown_by=ShownBy.EARLIER_RUN)
    assert Inquiry(run(relay=None)).way_back(TARGET).grade is Grade.NONE
    assert Inquiry(run(relay=None, vouched_by="D. Mail")).way_back(TARGET).from_ == "D. Mail"
    assert Inquiry(run(relay=None, vouched_by="D. Mail", earlier=known)).way_back(TARGET) == known
    remembered = replace(TARGET, earlier=OPEN)
    assert Inquiry(run(targets=[remembered], earlier=known)).way_back(remembered) == OPEN


@pytest.mark.parametrize(
    ("address", "exchangers", "words"),
    [
        ("me@inbox.example", (CATCH,), None),
        ("me@[198.51.100.9]", (MailExchanger(host="[198.51.100.9]", addresses=("198.51.100.9",)),), "literal"),
        ("me@catch", (CATCH,), "known everywhere"),
        ("me@catch.internal", (CATCH,), "known everywhere"),
        ("me@inbox.example", (), "not in the DNS"),
        ("me@inbox.example", (replace(CATCH, addresses=("2001:db8::9",)),), "IPv6"),
        ("me@inbox.example", (replace(CATCH, addresses=("2001:db8::9", "198.51.100.9")),), None),
    ],
)
def test_a_catch_domain_that_others_may_not_find(
    address: str, exchangers: tuple[MailExchanger, ...], words: str | None
) -> None:
    why = why_secluded(run(catch_address=address, catch_exchangers=exchangers))
    assert why is None if words is None else words in str(why)


@pytest.mark.parametrize("address", ["10.1.2.3", "100.100.2.3", "fd00::25"])
def test_a_target_in_a_private_network_is_seen_from_inside(address: str) -> None:
    inside = MailExchanger(host="mx.acme.example", addresses=(address,))
    assert is_inside(replace(TARGET, mail_exchangers=(inside,)))
    assert not is_inside(TARGET)
    assert is_inside(replace(TARGET, mail_exchangers=(inside, *TARGET.mail_exchangers)))


def test_the_closing_control_says_whether_our_side_still_takes_mail() -> None:
    closing = control(Hop(address="203.0.113.4"))
    closing.probe = replace(closing.probe, id="c09", control=Control.CLOSING)
    assert learn(run(caught())).still_open is None
    assert learn(run(caught(), closing)).still_open is True
    (came,) = closing.returned
    quoted = replace(came, notification=replace(came.notification, message_id="<digest@inbox.example>"))
    closing.returned = (quoted,)  # by our own filter, which has kept it
    assert learn(run(caught(), closing)).still_open is False
    closing.returned = (replace(quoted, notification=replace(quoted.notification, kind=Kind.NDN)),)
    assert learn(run(caught(), closing)).still_open is True
    closing.returned = ()
    assert learn(run(caught(), closing)).still_open is False
    closing.submission = None  # it was never sent
    assert learn(run(caught(), closing)).still_open is None


def caught() -> ProbeRecord:
    """Return a catch control that came through, without which there is nothing to learn from."""
    record = control(Hop(address="203.0.113.4"), reverse_path="me@inbox.example")
    record.probe = replace(record.probe, id="c01", control=Control.CATCH, shape="plus")
    record.returned = (replace(record.returned[0], arrived_at=NOW + timedelta(seconds=1)),)
    return record


ALTERED = replace(GOOD, altered="adds precedence, for which servers keep silent")
CHANGED = replace(GOOD, intact=frozenset())


@pytest.mark.parametrize(
    ("learned", "tried", "good"),
    [
        (GOOD, spam(), True),
        (CHANGED, spam(), False),
        (CHANGED, replace(spam(), kind="challenge", content="ordinary"), True),
        (ALTERED, replace(spam(), kind="challenge", content="ordinary"), False),
        (ALTERED, replace(spam(), route=Route.DIRECT), True),  # we sent it ourselves
        (CHANGED, replace(spam(), route=Route.DIRECT), True),
    ],
)
def test_silence_means_nothing_where_a_relay_changes_what_it_passes_on(
    learned: Learned, tried: Probe, *, good: bool
) -> None:
    record = ProbeRecord(probe=tried, submission=taken(), returned=(ACCEPTED,))
    case = Case(record=record, learned=learned, target=TARGET, grace_s=GRACE, way_back=OPEN)
    assert (judge(case).settlement.outcome is Outcome.ACCEPTED_SILENTLY) is good


@pytest.mark.parametrize(
    ("changes", "intact"),
    [
        ({}, True),
        ({"body": "another"}, False),
        ({"hushes": ("precedence",)}, False),
        ({"author": "account@carrier.example"}, False),
    ],
)
def test_a_content_control_has_to_come_as_it_left(changes: dict[str, object], intact: bool) -> None:
    record = control(Hop(address="203.0.113.4"), reverse_path="me@inbox.example")
    record.probe = replace(record.probe, id="c05", control=Control.CONTENT, content="gtube")
    record.submission = replace(taken(), body="digest")
    (mail,) = record.returned
    author = str(changes.pop("author", record.probe.from_address))
    mail = replace(mail, body="digest", notification=replace(mail.notification, from_address=author.upper()))
    record.returned = (replace(mail, **changes),)
    assert learn(run(caught(), record)).intact == (frozenset({("gtube", None)}) if intact else frozenset())


@pytest.mark.parametrize(
    ("arrived", "works"), [((), False), ((True,), True), ((True, True), True), ((True, False), False)]
)
def test_a_second_address_works_where_all_that_was_sent_to_it_arrives(arrived: tuple[bool, ...], works: bool) -> None:
    """Also the notification: some take none in for it, or file them elsewhere."""
    seconds = [control(Hop(address="203.0.113.4")) for _ in arrived]
    for record, has_come in zip(seconds, arrived, strict=True):
        record.probe = replace(record.probe, control=Control.CATCH_SECOND)
        record.returned = record.returned if has_come else ()
    assert learn(run(caught(), *seconds)).second_works is works
