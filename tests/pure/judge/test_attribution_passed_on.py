"""Mail that others passed on: who wrote it, and whose name and address the report gives to whom."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bsaudit.judge.attribution import attribute
from bsaudit.model.knowledge import Party
from bsaudit.model.mail import Host
from bsaudit.model.notification import Attributed, Attribution
from tests.support.bounces import Machine, Scene, World, by_inner, by_relay, by_target, calibration, knowledge, line

WORLD = World()
FREE_TEXT = {"reporting": "", "returned": None, "sender": "postmaster@acme.example", "message_id": ""}
TARGET = Host(host=WORLD.target.name, address=WORLD.target.address)


def judged(scene: Scene) -> Attributed:
    return attribute(scene.bounce.read(), scene.knowledge)


def test_the_relay_that_passed_it_on_is_not_named_as_the_writer() -> None:
    trace = (line(WORLD.catch, WORLD.relay), line(WORLD.relay, WORLD.target))
    found = judged(by_target().with_trace(*trace).but(**FREE_TEXT))
    assert (found.attribution, found.written_by) == (Attribution.TARGET, TARGET)
    assert found.handed_over_by.host == WORLD.relay.name


@pytest.mark.parametrize("own_line", [True, False])
def test_the_provider_that_passed_it_on_is_not_named_as_the_writer(own_line: bool) -> None:
    trace = (line(WORLD.catch, WORLD.smart), line(WORLD.smart, WORLD.target))
    scene = by_target().with_trace(*trace, *((line(WORLD.target),) if own_line else ())).but(**FREE_TEXT)
    found = judged(scene)
    assert (found.attribution, found.written_by.host) == (Attribution.TARGET, WORLD.target.name)
    assert found.handed_over_by.host == WORLD.smart.name


def test_the_gateway_that_passed_an_inner_hosts_bounce_on_is_not_named_as_the_writer() -> None:
    trace = (line(WORLD.catch, WORLD.target), line(WORLD.target, WORLD.inner))
    found = judged(by_inner().with_trace(*trace).but(reporting="", returned=None))
    assert (found.attribution, found.written_by.host) == (Attribution.BEYOND_TARGET, WORLD.inner.name)


@pytest.mark.parametrize("own_line", [True, False])
def test_free_text_through_a_provider_and_then_our_relay(own_line: bool) -> None:
    """A relay that rewrites the reverse-path gets it from the target's provider: its line says so, theirs the rest."""
    trace = (line(WORLD.catch, WORLD.relay), line(WORLD.relay, WORLD.smart), line(WORLD.smart, WORLD.target))
    scene = by_target().with_trace(*trace, *((line(WORLD.target),) if own_line else ())).but(**FREE_TEXT)
    found = judged(scene)
    assert (found.attribution, found.written_by.host) == (Attribution.TARGET, WORLD.target.name)


def test_free_text_through_a_provider_that_says_nothing_and_then_our_relay_is_unknown() -> None:
    trace = (line(WORLD.catch, WORLD.relay), line(WORLD.relay, WORLD.smart))
    assert judged(by_target(accepted=False).with_trace(*trace).but(**FREE_TEXT)).attribution == Attribution.UNKNOWN


def test_a_line_that_names_neither_client_nor_host_is_no_further_host() -> None:
    """Some name themselves by a bare address when they take mail out of their own queue."""
    scene = by_target()
    own = "by 2001:db8:22:1234:b0:3e:a95f:9 with SMTP id v12csp1; Mon, 2 Mar 2026 10:02:12 +0000"
    assert judged(scene.but(returned=(own, *(scene.bounce.returned or ())))).attribution == Attribution.TARGET
    handed_on = "from mx.acme.example by 10.0.0.9 with SMTP id v12csp1; Mon, 2 Mar 2026 10:02:12 +0000"
    inner = scene.with_trace(line(WORLD.catch, WORLD.smart)).but(
        reporting="", returned=(handed_on, *(scene.bounce.returned or ()))
    )
    assert judged(inner).attribution == Attribution.BEYOND_TARGET


def relay_in_free_text(words: str, *, sender: str = "mailer@carrier.example") -> Scene:
    """Return a relay that writes `words` about each recipient, without a line or a report."""
    mute = {"reporting": "", "returned": None, "sender": sender, "message_id": ""}
    trace = (line(WORLD.catch, WORLD.relay),)
    shown = replace(calibration(WORLD), **mute, trace=trace, prose=words.format("refuse@inbox.example"))
    scene = replace(by_relay(), knowledge=knowledge(WORLD, shown))
    return scene.with_trace(*trace).but(**mute, prose=words.format(WORLD.recipient))


@pytest.mark.parametrize(
    "words", ["Your message could not be delivered: {} is unknown", "Ihre Nachricht an <{}> kam nicht an."]
)
def test_a_relays_own_words_are_known_again_about_another_recipient(words: str) -> None:
    assert judged(relay_in_free_text(words)).attribution == Attribution.RELAY


def test_words_that_begin_with_the_recipient_are_not_alike() -> None:
    assert judged(relay_in_free_text("{} is unknown")).attribution == Attribution.UNKNOWN


def test_the_relays_words_from_another_address_are_not_its_own() -> None:
    scene = relay_in_free_text("Your message could not be delivered: {} is unknown")
    assert judged(scene.but(sender="postmaster@acme.example")).attribution == Attribution.UNKNOWN


def test_an_address_that_anybody_may_write_from_is_nobodys() -> None:
    scene = relay_in_free_text("Your message could not be delivered: {} is unknown", sender="MAILER-DAEMON@localhost")
    assert judged(scene).attribution == Attribution.UNKNOWN


def test_a_report_by_a_word_that_anybody_may_bear_is_the_relays_if_its_own_are_so() -> None:
    """It writes no line for its own mail, but one for mail that it takes in: this was not taken in."""
    named = {"reporting": "unknown", "sender": "postmaster-dsn@unknown", "message_id": "d1@unknown", "remote": ""}
    trace = (line(WORLD.catch, WORLD.relay),)
    words = "Delivery of your message to {} failed"
    shown = replace(calibration(WORLD), **named, trace=trace, prose=words.format("refuse@inbox.example"))
    scene = replace(by_relay(), knowledge=knowledge(WORLD, shown)).with_trace(*trace)
    alike = scene.but(**named, prose=words.format(WORLD.recipient))
    assert judged(alike).attribution == Attribution.RELAY
    assert judged(alike.but(remote="10.1.2.3")).attribution == Attribution.UNKNOWN
    assert judged(alike.but(reporting="localhost")).attribution == Attribution.UNKNOWN
    passed_on = alike.with_trace(*trace, line(WORLD.relay, Machine("unknown", "203.0.113.9", "")))
    assert judged(passed_on).attribution == Attribution.UNKNOWN


def test_an_inner_name_of_the_mailbox_makes_nobody_a_third_party() -> None:
    """Told of the recipient only: the gateway writes about the name that the host behind it knows."""
    scene = by_target().but(returned=None, final="nobody-7f3a@store.acme.example").knowing(target=Party())
    assert judged(scene).attribution == Attribution.UNKNOWN
    third = by_target().but(returned=None, final="somebody@elsewhere.example", reporting=WORLD.third.name)
    third = third.with_trace(line(WORLD.catch, WORLD.third))
    assert judged(third).attribution == Attribution.BEYOND_TARGET


def test_a_bounce_of_the_targets_given_for_calibration_does_not_clear_the_target() -> None:
    scene = by_target().knowing(calibration=(by_target().bounce.read(),))
    assert judged(scene).attribution == Attribution.TARGET
    domain_only = scene.knowing(target=Party(domains=frozenset({"acme.example"})))
    assert judged(domain_only).attribution == Attribution.TARGET


def test_a_mail_domain_is_not_named_as_a_host() -> None:
    found = judged(by_target().but(reporting="acme.example", sender="postmaster-dsn@acme.example"))
    assert (found.attribution, found.written_by) == (Attribution.TARGET, TARGET)


def test_a_machine_that_the_relay_took_it_from_gives_it_no_name() -> None:
    """A filter of the relay on another machine: the relay is the writer, whatever the filter is called."""
    scanner = Machine("scan.bigfilter.example", "203.0.113.250")
    trace = (line(WORLD.catch, WORLD.relay), line(WORLD.relay, scanner))
    known = knowledge(WORLD, replace(calibration(WORLD), trace=trace))
    found = judged(replace(by_relay().with_trace(*trace), knowledge=known))
    assert (found.attribution, found.written_by.host) == (Attribution.RELAY, WORLD.relay.name)
