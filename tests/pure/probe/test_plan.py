"""The plan: what is sent, to whom, in which order, and never more than was agreed."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from bsaudit.audit.permission import consented, third_parties
from bsaudit.errors import NotAuthorized, UsageError
from bsaudit.model.mail import MailExchanger, Route
from bsaudit.model.probe import Control, Probe, Role
from bsaudit.model.run import TargetRecord
from bsaudit.model.settings import AuditSettings, Tagging
from bsaudit.probe.addressing import Numbers, Sender, Way
from bsaudit.probe.catalogue import CATALOGUE, KINDS, Shape
from bsaudit.probe.content import SPAM
from bsaudit.probe.own_side import plan_calibration, plan_catch_controls, plan_content_controls
from bsaudit.probe.plan import Choice, choose, note_left_out, plan_target, strangers
from bsaudit.probe.plan import test_contents as contents_of
from bsaudit.probe.tagging import domain_of

TARGET = TargetRecord(
    target="acme.example",
    domain="acme.example",
    mail_exchangers=(
        MailExchanger(host="mx1.acme.example", preference=10, addresses=("192.0.2.1", "2001:db8::1")),
        MailExchanger(host="mx2.acme.example", preference=20, addresses=("192.0.2.2",)),
    ),
)
SETTINGS = AuditSettings(targets=("acme.example",), catch_addresses=("me@inbox.example",), relay_permission="yes")
ADDRESSES = ("full_recipients", "disabled_recipients", "autoresponders", "forwarders", "mailing_lists")


def sender(route: Route = Route.RELAY) -> Sender:
    return Sender(run_id="r", key=b"k", catch_address="me@inbox.example", tagging=Tagging.PLUS, route=route)


def plan(settings: AuditSettings = SETTINGS, target: TargetRecord = TARGET) -> list[Probe]:
    return plan_target(sender(settings.route), Numbers(), target, choose(settings), settings)


def test_the_default_plan_begins_with_the_positive_control_and_fits_twelve_messages() -> None:
    probes = plan()
    assert probes[0].control == "positive"
    assert len(probes) <= 12
    assert [p.kind for p in probes[1:5]] == ["unknown-recipient", "spam", "virus", "banned-attachment"]


def test_a_small_budget_keeps_the_most_telling_shape_of_each_kind() -> None:
    probes = plan(replace(SETTINGS, max_probes=4))
    assert [(p.kind, p.shape) for p in probes] == [
        ("positive", "ordinary"),
        ("unknown-recipient", "random"),
        ("spam", "gtube"),
        ("virus", "eicar"),
    ]


def test_the_direct_route_asks_every_address_of_every_mx() -> None:
    probes = plan(replace(SETTINGS, route=Route.DIRECT, max_probes=50))
    everywhere = {
        ("mx1.acme.example", "192.0.2.1"),
        ("mx1.acme.example", "2001:db8::1"),
        ("mx2.acme.example", "192.0.2.2"),
    }
    for kind, shape in (("positive", "ordinary"), ("unknown-recipient", "random")):
        asked = {(p.mail_exchanger, p.address) for p in probes if (p.kind, p.shape) == (kind, shape)}
        assert asked == everywhere


def test_by_both_routes_the_relay_carries_the_plan_and_the_others_are_tried_directly() -> None:
    hosts = tuple(
        MailExchanger(host=f"mx{n}.example.org", preference=preference, addresses=(f"192.0.2.{n}",))
        for n, preference in enumerate((10, 10, 20), start=1)
    )
    settings = replace(SETTINGS, route=Route.BOTH)
    probes = plan(settings, replace(TARGET, mail_exchangers=hosts))
    asked = [probe for probe in probes if probe.control is Control.ASKED]
    assert [probe.mail_exchanger for probe in asked] == ["mx1.example.org", "mx2.example.org"]
    assert all(probe.rcpt_only and probe.route is Route.DIRECT for probe in asked)
    assert {recipient.role for probe in asked for recipient in probe.recipients[1:]} == {Role.UNKNOWN}
    by_relay = [(p.kind, p.shape) for p in probes if p.route is Route.RELAY]
    assert by_relay == [(p.kind, p.shape) for p in plan(SETTINGS)]
    direct = [p for p in probes if p.route is Route.DIRECT and p not in asked]
    assert {p.mail_exchanger for p in direct} == {"mx3.example.org"}
    assert [p.kind for p in direct] == ["positive", "trusted", "unknown-recipient"]


def test_a_zone_that_names_many_hosts_has_no_more_of_them_asked_than_it_gets_messages() -> None:
    """They may be anybody's; what they were not asked is named, and so keeps the target from clean."""
    hosts = tuple(MailExchanger(host=f"mx.victim{n}.example", addresses=(f"192.0.2.{n}",)) for n in range(50))
    settings, target = replace(SETTINGS, route=Route.BOTH), replace(TARGET, mail_exchangers=hosts)
    asked = {probe.mail_exchanger for probe in plan(settings, target) if probe.control is Control.ASKED}
    assert asked == {host.host for host in hosts[: settings.max_probes]}
    note_left_out(target, choose(settings), settings)
    assert set(target.not_asked) == {host.host for host in hosts} - asked


def test_what_is_only_asked_at_rcpt_counts_as_no_message() -> None:
    settings = replace(SETTINGS, route=Route.DIRECT, kinds=("postmaster", "abuse"), max_probes=3)
    kinds = [p.kind for p in plan(settings)]
    assert kinds == ["positive", "trusted", "postmaster", "abuse"]


def test_unknown_recipients_differ_every_time_and_lie_in_the_targets_domain() -> None:
    addresses = [r.address for p in plan() for r in p.recipients if r.role is Role.UNKNOWN]
    assert len(set(addresses)) == len(addresses)
    assert {domain_of(address) for address in addresses} == {"acme.example"}


def test_every_address_that_may_be_answered_is_our_own() -> None:
    named = {name: (f"{name}@acme.example",) for name in ADDRESSES}
    everything = replace(SETTINGS, max_probes=99, rules=("x",), **named)
    for route in Route:
        kinds = tuple(f"{row.kind}:all" for row in CATALOGUE if row.shapes and route in row.routes)
        for probe in plan(replace(everything, route=route, kinds=kinds)):
            for address in (probe.reverse_path, probe.from_address, probe.reply_to):
                assert address == "" or domain_of(address) == "inbox.example"


def test_content_goes_to_the_valid_recipient_of_the_same_domain_else_to_postmaster() -> None:
    named = replace(SETTINGS, valid_recipients=("a@other.example", "b@acme.example"))
    assert {p.recipients[0].address for p in plan(named) if p.kind == "spam"} == {"b@acme.example"}
    assert {p.recipients[0].address for p in plan() if p.kind == "spam"} == {"postmaster@acme.example"}


def test_a_recipient_is_the_targets_however_its_domain_is_spelt() -> None:
    named = replace(SETTINGS, valid_recipients=("b@bücher.example",), forwarders=("f@Bücher.example",))
    probes = plan(named, replace(TARGET, target="xn--bcher-kva.example", domain="xn--bcher-kva.example"))
    spam = next(probe for probe in probes if probe.kind == "spam")
    assert [recipient.address for recipient in spam.recipients] == ["b@xn--bcher-kva.example"]


def test_kinds_that_need_an_address_come_with_it_and_not_without() -> None:
    assert "mailbox-full" not in {p.kind for p in plan()}
    assert "mailbox-full" in {p.kind for p in plan(replace(SETTINGS, full_recipients=("f@acme.example",)))}
    assert "mailbox-full" not in {p.kind for p in plan(replace(SETTINGS, full_recipients=("f@other.example",)))}


@pytest.mark.parametrize(
    ("kind", "remedy"), [("mailbox-full", "--full-recipient"), ("rule", "--rule"), ("oversize", "--route direct")]
)
def test_a_kind_asked_for_by_name_that_cannot_be_tried_is_told_before_anything_is_sent(kind: str, remedy: str) -> None:
    with pytest.raises(UsageError) as caught:
        choose(replace(SETTINGS, kinds=("unknown-recipient", kind)))
    assert kind in caught.value.message
    assert remedy in caught.value.message + caught.value.remedy


def test_a_target_that_no_probe_concerns_gets_no_positive_control_either() -> None:
    two = ("acme.example", "other.example")
    assert plan(replace(SETTINGS, targets=two, kinds=("mailbox-full",), full_recipients=("f@other.example",))) == []


def test_an_autoresponder_is_asked_twice_by_the_same_sender_at_the_very_end() -> None:
    probes = plan(replace(SETTINGS, autoresponders=("v@acme.example",), max_probes=30))
    again = probes[-1]
    first = next(p for p in probes if p.id == again.repeats)
    assert (again.reverse_path, again.from_address) == (first.reverse_path, first.from_address)
    assert again.message_id != first.message_id


def test_every_address_that_was_named_is_tried() -> None:
    away = ("v@acme.example", "w@acme.example", "v@acme.example", "x@other.example")
    probes = plan(replace(SETTINGS, autoresponders=away, kinds=("autoresponder:ordinary",)))[1:]
    assert [p.recipients[0].address for p in probes] == ["v@acme.example", "w@acme.example"] * 2
    assert [p.repeats for p in probes] == [None, None, probes[0].id, probes[1].id]


def test_all_of_a_kind_can_be_left_out() -> None:
    for name in ("spam", "spam:all"):
        assert "spam" not in {p.kind for p in plan(replace(SETTINGS, skip=(name,)))}


def test_a_shape_can_be_asked_for_alone_or_left_out() -> None:
    assert [(p.kind, p.shape) for p in plan(replace(SETTINGS, kinds=("unknown-recipient:quoted",)))][1:] == [
        ("unknown-recipient", "quoted")
    ]
    assert "offer" not in {p.shape for p in plan(replace(SETTINGS, skip=("spam:offer",)))}


@pytest.mark.parametrize("name", ["spma", "spam:gtub", "unknown-recipient:"])
def test_what_is_not_in_the_catalogue_is_a_usage_error(name: str) -> None:
    if name.endswith(":"):
        assert choose(replace(SETTINGS, kinds=(name,)))
        return
    with pytest.raises(UsageError):
        choose(replace(SETTINGS, kinds=(name,)))


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("mailbox-full", "--full-recipient"),
        ("mailbox-disabled:disabled", "--disabled-recipient"),
        ("autoresponder:all", "--autoresponder"),
        ("forwarder", "--forwarder"),
        ("mailing-list", "--mailing-list"),
        ("rule", "--rule"),
        ("postmaster", "direct route"),
        ("null-reverse-path", "direct route"),
        ("contact", "follows a bounce"),
        ("unknown-recipient:alias", "--alias-domain"),
    ],
)
def test_what_is_asked_for_and_cannot_be_sent_is_a_usage_error(kind: str, why: str) -> None:
    elsewhere = dict.fromkeys(ADDRESSES, ("somebody@other.example",))
    for more in ({}, elsewhere):
        with pytest.raises(UsageError, match=why):
            choose(replace(SETTINGS, kinds=("spam", kind), **more))


def test_addresses_in_the_domain_of_no_target_are_told() -> None:
    settings = replace(SETTINGS, valid_recipients=("a@acme.example", "b@acme.exmaple"), forwarders=("f@other.example",))
    assert strangers(settings) == ("b@acme.exmaple", "f@other.example")
    with pytest.raises(UsageError, match="nothing is left"):
        choose(replace(settings, kinds=("spam:uri",), skip=("spam",)))


def exchangers(count: int, *addresses: str) -> TargetRecord:
    hosts = [
        MailExchanger(host=f"mx{n}.acme.example", preference=n, addresses=tuple(a.format(n) for a in addresses))
        for n in range(count)
    ]
    return replace(TARGET, mail_exchangers=tuple(hosts))


def test_each_mail_exchanger_is_asked_before_any_is_asked_again() -> None:
    many = exchangers(3, "192.0.2.1{}", "192.0.2.2{}", "2001:db8::{}", "2001:db8::1{}")
    asked = [p.address for p in plan(replace(SETTINGS, route=Route.DIRECT), many) if p.shape == "random"]
    assert asked == ["192.0.2.10", "2001:db8::0", "192.0.2.11", "2001:db8::1", "192.0.2.12", "2001:db8::2"]


def test_another_domain_of_the_target_is_tried_where_one_was_named() -> None:
    target = replace(TARGET, aliases=("acme.test", "acme.invalid"))
    settings = replace(SETTINGS, alias_domains=("acme.test", "acme.invalid", "other.example"))
    asked = [p.recipients[0].address for p in plan(settings, target) if p.shape == "alias"]
    assert [domain_of(address) for address in asked] == ["acme.test", "acme.invalid"]
    assert "alias" not in {p.shape for p in plan(SETTINGS, target)}


def test_what_the_budget_leaves_out_is_noted() -> None:
    direct = replace(SETTINGS, route=Route.DIRECT)
    few, many = exchangers(2, "192.0.2.{}"), exchangers(7, "192.0.2.{}")
    for target in (few, many):
        note_left_out(target, choose(direct), direct)
    assert few.not_asked == ()
    assert few.left_out == ("unknown-recipient:tagged",)
    assert many.not_asked == ("mx6.acme.example",)
    assert "spam:gtube" in many.left_out
    assert len([p for p in plan(direct, many) if not p.rcpt_only]) == 12
    relayed = replace(few, left_out=())
    note_left_out(relayed, choose(SETTINGS), SETTINGS)
    assert (relayed.left_out, relayed.not_asked) == ((), ())


def test_test_content_needs_the_relay_owners_consent() -> None:
    silent = replace(SETTINGS, relay_permission=None)
    choices, lacking = consented(silent, choose(silent))
    assert {choice.kind.kind for choice in choices} == {"unknown-recipient", "mixed-recipients"}
    assert "spam:gtube" in lacking
    with pytest.raises(NotAuthorized, match="relay whose owner"):
        consented(replace(silent, kinds=("spam",)), choose(replace(silent, kinds=("spam",))))
    direct = replace(silent, route=Route.DIRECT)
    assert consented(direct, choose(direct))[1] == ()


def test_a_new_content_needs_consent_wherever_it_is_sent_and_is_entered_nowhere_else() -> None:
    new = replace(SPAM, name="of-next-year")
    kind = replace(KINDS["spam"], kind="next-year", shapes=(Shape("new", content=new), Shape("ordinary")))
    choices = (Choice(kind=kind, shapes=kind.shapes),)
    kept, lacking = consented(replace(SETTINGS, relay_permission=None), choices)
    assert lacking == ("next-year:new",)
    assert [shape.name for choice in kept for shape in choice.shapes] == ["ordinary"]
    assert contents_of(choices, SETTINGS) == ((new, None),)
    assert not contents_of(kept, SETTINGS)
    probes = plan_target(sender(), Numbers(), TARGET, choices, SETTINGS)
    assert [(p.kind, p.content) for p in probes][1:] == [("next-year", "of-next-year"), ("next-year", "ordinary")]


def test_mail_that_reaches_third_parties_needs_their_permission() -> None:
    settings = replace(SETTINGS, forwarders=("f@acme.example",))
    with pytest.raises(NotAuthorized, match="reaches others"):
        third_parties(settings, choose(settings), None)
    third_parties(settings, choose(settings), lambda _: True)
    third_parties(replace(settings, third_party_permission="B. Other"), choose(settings), None)


def test_auto_tagging_tries_every_style_and_calibration_stays_at_home() -> None:
    auto = replace(sender(), tagging=Tagging.AUTO)
    assert [p.shape for p in plan_catch_controls(auto, Numbers(), Way())] == ["plus", "minus", "catchall", "none"]
    domains = [domain_of(p.recipients[0].address) for p in plan_calibration(sender(), Numbers())]
    assert domains[0] == "inbox.example"
    assert domains[1].endswith(".inbox.example")


def test_each_test_content_is_controlled_once_and_each_rule_of_the_users() -> None:
    settings = replace(SETTINGS, rules=("one", "two"), kinds=("spam:all", "mixed-recipients:content", "rule"))
    contents = contents_of(choose(settings), settings)
    assert [(content.name, rule) for content, rule in contents] == [
        ("gtube", None),
        ("offer", None),
        ("uri", None),
        ("rule", 0),
        ("rule", 1),
    ]
    probes = plan_content_controls(sender(), Numbers(), contents)
    assert [(probe.content, probe.rule, probe.target) for probe in probes] == [
        (content.name, rule, None) for content, rule in contents
    ]
    assert all("@inbox.example" in recipient.address for probe in probes for recipient in probe.recipients)


def test_the_direct_route_asks_each_host_whether_it_takes_us_for_its_own_user() -> None:
    probes = plan(replace(SETTINGS, route=Route.DIRECT, max_probes=50))
    questions = [p for p in probes if p.control is Control.TRUSTED]
    positives = [p for p in probes if p.control is Control.POSITIVE]
    assert [p.address for p in questions] == [p.address for p in positives]
    for question in questions:
        assert question.rcpt_only
        assert [(one.address, one.role) for one in question.recipients] == [(question.reverse_path, Role.CATCH)]
    assert not [p for p in plan() if p.control is Control.TRUSTED], "a relay is asked nothing of that kind"


@pytest.mark.parametrize(
    ("host", "changes", "written_to"),
    [
        ("mx.acme.example", {}, True),
        ("acme-example.mail.provider.example", {}, False),
        ("notacme.example", {}, False),
        ("mx.sister.example", {"targets": ("acme.example", "sister.example")}, True),
        ("mx.named.example", {"mx": ("mx.named.example", 25), "authorized_by": "me"}, True),
        ("mx.named.example", {"mx": ("mx.named.example", 25)}, False),
        ("192.0.2.1", {"mx": ("192.0.2.1", 25), "authorized_by": "me"}, False),
        ("a\\032b.acme.example", {}, False),
    ],
)
def test_a_mail_exchangers_own_name_is_written_to_only_where_that_was_allowed(
    host: str, changes: dict[str, Any], written_to: bool
) -> None:
    target = replace(TARGET, mail_exchangers=(MailExchanger(host=host, addresses=("192.0.2.1",)),))
    for route in Route:
        settings = replace(SETTINGS, route=route, kinds=("unknown-recipient:all",), **changes)
        at = {p.recipients[0].address.rpartition("@")[2] for p in plan(settings, target)}
        assert (host in at) is written_to
        note_left_out(target, choose(settings), settings)
        assert bool(target.planned_out) is not written_to
