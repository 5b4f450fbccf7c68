"""Who wrote it? The plain cases of each product, and every trap that is known to fool an attribution."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from bsaudit.judge.attribution import attribute
from bsaudit.model.knowledge import Party
from bsaudit.model.mail import Route
from bsaudit.model.notification import Attributed, Attribution, Kind, Strength
from tests.support.bounces import (
    Machine,
    Scene,
    World,
    by_inner,
    by_relay,
    by_target,
    calibration,
    inner_bounce,
    knowledge,
    line,
    relay_bounce,
    target_bounce,
)

WORLD = World()
PRODUCTS = ["postfix", "exim", "sendmail", "qmail"]
UNKNOWN = Attribution.UNKNOWN


def judged(scene: Scene) -> Attributed:
    return attribute(scene.bounce.read(), scene.knowledge)


def answer(scene: Scene) -> Attribution:
    return judged(scene).attribution


@pytest.mark.parametrize("how", PRODUCTS)
@pytest.mark.parametrize("scene_of", [by_relay, by_target, by_inner])
def test_plain_cases_of_every_product(scene_of: Callable[..., Scene], how: str) -> None:
    scene = scene_of(how=how)
    assert answer(scene) == scene.truth


def test_the_writer_and_the_host_that_handed_over_are_named() -> None:
    found = judged(by_target())
    assert (found.written_by.host, found.written_by.address) == (WORLD.target.name, WORLD.target.address)
    assert (found.handed_over_by.host, found.handed_over_by.address) == (WORLD.target.name, WORLD.target.address)


def test_evidence_can_be_checked_against_the_message() -> None:
    scene = by_target()
    texts = [piece.text for piece in judged(scene).evidence]
    assert (
        "the returned copy carries a Received line by mx.acme.example at 10:02:11, neither our relay nor our side"
        in texts
    )
    assert any("mx.acme.example [203.0.113.5]" in text for text in texts)


def test_nobody_is_named_where_the_writer_is_unknown() -> None:
    scene = by_target().with_trace().but(reporting="", returned=None, sender="postmaster@localhost", message_id="")
    assert answer(scene) == UNKNOWN
    assert judged(scene).written_by.host is None


@pytest.mark.parametrize("how", PRODUCTS)
def test_the_direct_route_knows_no_relay(how: str) -> None:
    known = knowledge(WORLD, route=Route.DIRECT)
    bounce = replace(target_bounce(WORLD, how), returned=(line(WORLD.target, WORLD.auditor, how),))
    assert answer(Scene(bounce=bounce, knowledge=known, truth=Attribution.TARGET)) == Attribution.TARGET


def test_on_the_direct_route_any_host_that_returns_our_message_had_accepted_it() -> None:
    """The MX calls itself by a name that DNS does not know, and bounces through a host that nobody knows."""
    known = replace(knowledge(WORLD, route=Route.DIRECT), accepted=True)
    bounce = replace(
        target_bounce(WORLD),
        trace=(line(WORLD.catch, WORLD.smart), line("node3.farm.example")),
        sender="postmaster@farm.example",
        reporting="",
        returned=(line("node3.farm.example", WORLD.auditor),),
    )
    assert answer(Scene(bounce=bounce, knowledge=known, truth=Attribution.TARGET)) == Attribution.TARGET


# --- what fools an attribution, one by one --------------------------------------------------------------------------


def hub_scene(hub: Machine) -> Scene:
    """Return a relay that sends through an outgoing hub: the NDN names, and comes from, another host."""
    returned = (line(hub, WORLD.relay), line(WORLD.relay, WORLD.auditor))
    trace = (line(WORLD.catch, hub), line(hub))
    hubbed = {"trace": trace, "sender": f"MAILER-DAEMON@{hub.name}", "reporting": hub.name, "returned": returned}
    known = knowledge(WORLD, replace(calibration(WORLD), **hubbed))
    return Scene(bounce=replace(relay_bounce(WORLD), **hubbed), knowledge=known, truth=Attribution.RELAY)


def test_a_relay_behind_an_outgoing_hub() -> None:
    scene = hub_scene(Machine("out7.bigpipe.example", "192.0.2.99"))
    assert answer(scene) == Attribution.RELAY


def test_a_hub_of_a_strange_name_without_calibration_is_not_the_target() -> None:
    scene = hub_scene(Machine("out7.bigpipe.example", "192.0.2.99")).knowing(calibration=())
    assert answer(scene) == UNKNOWN


def test_another_host_of_the_relays_pool_than_the_calibrated_one() -> None:
    scene = by_relay()
    pool = Machine("out9.carrier.example", "192.0.2.77")
    scene = scene.with_trace(line(WORLD.catch, pool), line(pool)).but(
        reporting=pool.name, returned=(line(pool, WORLD.relay), line(WORLD.relay, WORLD.auditor))
    )
    assert answer(scene) == Attribution.RELAY


def test_a_relay_that_refuses_at_its_submission_host_and_sends_the_ndn_through_its_hub() -> None:
    hub = Machine("out7.bigpipe.example", "192.0.2.99")
    scene = hub_scene(hub)
    trace = (line(WORLD.catch, hub), line(hub, WORLD.relay), line(WORLD.relay))
    scene = scene.with_trace(*trace).but(reporting=WORLD.relay.name, returned=(line(WORLD.relay, WORLD.auditor),))
    assert answer(scene) == Attribution.RELAY


@pytest.mark.parametrize("calibrated", [True, False])
def test_a_relay_with_a_content_filter_of_its_own(calibrated: bool) -> None:
    """Its `by localhost` lines stand in the returned copy; at calibration, too, or only in this message."""
    filtered = (
        line(WORLD.relay, Machine("localhost", "127.0.0.1")),
        line("localhost", Machine(WORLD.relay.name, "127.0.0.1")),
        line(WORLD.relay, WORLD.auditor),
    )
    shown = replace(calibration(WORLD), returned=filtered if calibrated else calibration(WORLD).returned)
    scene = by_relay().but(returned=filtered).knowing(calibration=(shown.read(),))
    assert answer(scene) == Attribution.RELAY


def test_the_relays_own_filter_refuses_gtube() -> None:
    """Nothing was ever sent to the target: no Remote-MTA, a diagnostic of the relay's own."""
    scene = by_relay().but(remote="", diagnostic="554 5.7.1 GTUBE")
    assert answer(scene) == Attribution.RELAY


@pytest.mark.parametrize("scene_of", [by_target, by_inner])
def test_a_relay_that_rewrites_the_reverse_path_passes_the_targets_ndn_on(scene_of: Callable[[], Scene]) -> None:
    scene = scene_of()
    writer = WORLD.target if scene.truth is Attribution.TARGET else WORLD.inner
    scene = scene.with_trace(line(WORLD.catch, WORLD.relay), line(WORLD.relay, writer), line(writer))
    assert answer(scene) == scene.truth
    assert judged(scene).handed_over_by.host == WORLD.relay.name


def test_a_target_that_uses_our_relay_as_smarthost_and_returns_free_text() -> None:
    scene = by_target().but(reporting="", returned=None, sender="postmaster@acme.example", message_id="")
    scene = scene.with_trace(line(WORLD.catch, WORLD.relay), line(WORLD.relay, WORLD.target), line(WORLD.target))
    assert answer(scene) == Attribution.TARGET


def test_free_text_without_received_lines_through_the_relays_address_is_unknown() -> None:
    scene = by_target().with_trace(line(WORLD.catch, WORLD.relay))
    scene = scene.but(
        reporting="", returned=None, sender="postmaster@acme.example", message_id="", prose="Sorry, full."
    )
    assert answer(scene) == UNKNOWN


def test_a_target_behind_a_foreign_smarthost() -> None:
    scene = by_target()
    scene = scene.with_trace(line(WORLD.catch, WORLD.smart), line(WORLD.smart, WORLD.target), line(WORLD.target))
    assert answer(scene) == Attribution.TARGET


def test_a_relay_that_is_the_catch_mx_too() -> None:
    both = {"catch": Party(hosts=frozenset({WORLD.relay.name}), addresses=frozenset({WORLD.relay.address}))}
    own = by_relay().with_trace(line(WORLD.relay)).knowing(**both)
    assert answer(own) == Attribution.RELAY
    theirs = by_target().with_trace(line(WORLD.relay, WORLD.target), line(WORLD.target)).knowing(**both)
    assert answer(theirs) == Attribution.TARGET


def test_a_relay_that_takes_the_message_in_for_us_though_our_mx_is_another() -> None:
    assert answer(by_relay().with_trace(line(WORLD.relay))) == Attribution.RELAY
    theirs = by_target().with_trace(line(WORLD.relay, WORLD.target), line(WORLD.target))
    assert answer(theirs) == Attribution.TARGET


MASKS = [
    Machine(WORLD.relay.name, WORLD.target.address, WORLD.target.name),
    Machine(WORLD.relay.name, WORLD.target.address, ""),
    Machine("localhost.localdomain", WORLD.target.address, ""),
    Machine("mail", WORLD.target.address, WORLD.target.name),
    Machine("mx.corp.lan", WORLD.target.address, ""),
]


@pytest.mark.parametrize("mask", MASKS, ids=["relay", "relay-no-ptr", "localdomain", "bare", "private"])
@pytest.mark.parametrize("how", PRODUCTS)
def test_a_target_that_calls_itself_by_another_name(mask: Machine, how: str) -> None:
    known = knowledge(WORLD, calibration(WORLD))
    masked = Scene(bounce=target_bounce(replace_target(mask), how), knowledge=known, truth=Attribution.TARGET)
    assert answer(masked) == Attribution.TARGET
    elsewhere = Machine(mask.name, "198.51.100.200", "")
    bounce = target_bounce(replace_target(elsewhere), how)
    assert answer(replace(masked, bounce=bounce)) in {Attribution.TARGET, UNKNOWN}


def replace_target(machine: Machine) -> World:
    return replace(WORLD, target=machine)


def test_a_target_by_the_relays_name_from_an_unknown_address_is_known_by_the_line_too_many() -> None:
    """It took the message from the relay's egress, and no NDN of the relay shows such a line."""
    mask = Machine(WORLD.relay.name, "198.51.100.200", "")
    assert answer(replace(by_target(), bounce=target_bounce(replace_target(mask)))) == Attribution.TARGET


def lineless_relay() -> Scene:
    """Return a relay whose own NDNs carry no Received line of its own."""
    trace = (line(WORLD.catch, WORLD.relay),)
    known = knowledge(WORLD, replace(calibration(WORLD), trace=trace))
    return Scene(bounce=replace(relay_bounce(WORLD), trace=trace), knowledge=known, truth=Attribution.RELAY)


def test_a_relay_whose_ndns_carry_no_line_of_its_own() -> None:
    assert answer(lineless_relay()) == Attribution.RELAY


def test_the_relays_name_without_the_line_that_its_own_ndns_carry_clears_nobody() -> None:
    """A target that bears the relay's name may send through the relay, which takes all lines away."""
    assert answer(by_relay().with_trace(line(WORLD.catch, WORLD.relay))) == UNKNOWN


def test_a_report_by_the_relays_name_that_quotes_an_inner_host_does_not_clear_the_target() -> None:
    assert answer(lineless_relay().but(remote="10.1.2.3")) == UNKNOWN
    assert answer(lineless_relay().but(remote="store.backend.example")) == UNKNOWN


def test_a_relay_that_calls_itself_by_a_bare_word() -> None:
    world = replace(WORLD, relay=Machine("mail", WORLD.relay.address, WORLD.relay.name))
    known = replace(knowledge(WORLD), calibration=(calibration(world).read(),))
    scene = Scene(bounce=relay_bounce(world), knowledge=known, truth=Attribution.RELAY)
    assert answer(scene.but(returned=None)) == Attribution.RELAY
    assert answer(scene.but(returned=None).knowing(calibration=())) == UNKNOWN


def test_a_relay_that_reaches_its_filter_by_its_own_address() -> None:
    """The hop from its egress to itself stands in every NDN of the relay: no stranger by its name."""
    looped = (line(WORLD.relay, WORLD.relay), line(WORLD.relay, WORLD.auditor))
    known = knowledge(WORLD, replace(calibration(WORLD), returned=looped))
    scene = replace(by_relay().but(returned=looped), knowledge=known)
    assert answer(scene) == Attribution.RELAY


def test_a_relay_whose_ndns_pass_a_filter_on_another_machine() -> None:
    scanner = Machine("scan", "203.0.113.250", "")
    trace = (line(WORLD.catch, WORLD.relay), line(WORLD.relay, scanner), line(scanner))
    known = knowledge(WORLD, replace(calibration(WORLD), trace=trace))
    scene = replace(by_relay().with_trace(*trace), knowledge=known)
    assert answer(scene.but(returned=None)) == Attribution.RELAY


def test_a_filter_on_the_relays_own_machine_is_no_other_system_whatever_it_is_called() -> None:
    local = (line("filter.lan", Machine(WORLD.relay.name, "127.0.0.1")), line(WORLD.relay, WORLD.auditor))
    found = judged(by_relay().but(returned=local))
    assert found.attribution == Attribution.RELAY
    assert "returned_trace" not in {piece.source for piece in found.evidence}


def test_a_backup_mx_that_quotes_the_primary_is_the_target() -> None:
    backup = Machine("backup.acme.example", "203.0.113.6")
    known = knowledge(WORLD, calibration(WORLD))
    target = known.target
    party = replace(target, hosts=target.hosts | {backup.name}, addresses=target.addresses | {backup.address})
    bounce = replace(
        target_bounce(replace_target(backup)), remote=WORLD.target.name, diagnostic="550 5.1.1 No such user"
    )
    scene = Scene(bounce=bounce, knowledge=replace(known, target=party), truth=Attribution.TARGET)
    assert answer(scene) == Attribution.TARGET
    assert judged(scene).written_by.host == backup.name


def test_an_outbound_host_of_the_targets_organisation() -> None:
    out = Machine("out3.acme.example", "203.0.113.200")
    scene = by_target().with_trace(line(WORLD.catch, out), line(out, WORLD.target), line(WORLD.target))
    assert answer(scene) == Attribution.TARGET


def test_an_inner_host_that_writes_through_the_gateway() -> None:
    private = Machine("store.backend.lan", "10.0.0.9")
    scene = by_inner().with_trace(line(WORLD.catch, WORLD.target), line(WORLD.target, private), line(private))
    assert answer(scene.but(reporting="", returned=None)) == Attribution.BEYOND_TARGET


def test_a_gateway_that_quotes_the_inner_host_is_itself_the_writer() -> None:
    scene = by_target().but(remote="10.0.0.9", diagnostic="550 5.1.1 No such user")
    assert answer(scene) == Attribution.TARGET


@pytest.mark.parametrize("through", ["filter", "lmtp"])
def test_a_filter_or_delivery_agent_on_the_same_machine_is_the_target(through: str) -> None:
    local = Machine(WORLD.target.name, "127.0.0.1")
    extra = {
        "filter": (line(WORLD.target, Machine("localhost", "127.0.0.1")), line("localhost", local)),
        "lmtp": (f"from {WORLD.target.name} by {WORLD.target.name} with LMTP id x; Mon, 2 Mar 2026 10:02:12 +0000",),
    }[through]
    scene = by_target()
    assert answer(scene.but(returned=(*extra, *(scene.bounce.returned or ())))) == Attribution.TARGET


def test_mail_forwarded_to_a_third_party_that_returns_it() -> None:
    world = replace(WORLD, inner=WORLD.third)
    scene = replace(by_inner(), bounce=replace(inner_bounce(world), final="somebody@elsewhere.example"))
    assert answer(scene) == Attribution.BEYOND_TARGET
    assert judged(scene).written_by.host == WORLD.third.name


def test_a_target_that_quotes_the_third_party_it_forwards_to() -> None:
    scene = by_target().but(final="somebody@elsewhere.example", remote=WORLD.third.name, diagnostic="550 no")
    assert answer(scene) == Attribution.TARGET


def test_a_filter_host_that_took_the_message_from_our_relays_hub_is_not_the_target() -> None:
    """A hub that calibration did not show says truly that it took the message from the relay."""
    hub = Machine("out7.bigpipe.example", "192.0.2.99")
    scene = by_relay().with_trace(line(WORLD.catch, hub), line(hub))
    assert answer(scene.but(reporting=hub.name, received_from=WORLD.relay.name, returned=None)) == UNKNOWN


def test_a_stranger_who_returns_nothing_of_the_original_is_unknown() -> None:
    scene = by_inner(accepted=False).but(returned=None)
    assert answer(scene) == UNKNOWN


# --- our own side ---------------------------------------------------------------------------------------------------


def test_hosts_behind_our_own_mx_do_not_hide_who_handed_it_over() -> None:
    inner = line("imap2.mailhotel.example", Machine(WORLD.catch.name, "10.0.0.3"))
    for scene in (by_relay(), by_target()):
        assert answer(scene.with_trace(inner, *scene.bounce.trace)) == scene.truth


def test_our_mx_may_call_itself_by_a_name_that_we_do_not_know() -> None:
    for scene in (by_relay(), by_target()):
        top = scene.bounce.trace[0].replace(WORLD.catch.name, "cluster4.mailhotel.example")
        mute = scene.but(reporting="", returned=None, sender="postmaster@localhost", message_id="")
        assert answer(mute.with_trace(top, *scene.bounce.trace[1:2])) == scene.truth
        assert judged(mute.with_trace(top)).handed_over_by == judged(scene).handed_over_by


def test_a_boundary_forged_further_down_is_not_believed() -> None:
    """The target writes a line "by our MX, from the relay" under its own."""
    scene = by_target()
    forged = line(WORLD.catch, WORLD.relay)
    assert answer(scene.with_trace(*scene.bounce.trace, forged)) == Attribution.TARGET


def test_our_own_side_wrote_it() -> None:
    scene = (
        by_target()
        .with_trace(line(WORLD.catch))
        .but(reporting="", sender=f"postmaster@{WORLD.catch.name}", message_id="")
    )
    assert answer(scene) == Attribution.CATCH


def test_a_host_of_ours_may_be_the_relay_where_nobody_says_which_that_is() -> None:
    both = Party(hosts=frozenset({WORLD.relay.name}), addresses=frozenset({WORLD.relay.address}))
    scene = by_relay().with_trace(line(WORLD.relay)).knowing(catch=both)
    assert answer(scene) == Attribution.RELAY
    assert answer(scene.knowing(relay=Party())) == UNKNOWN
    assert answer(scene.knowing(relay=Party(), route=Route.DIRECT)) == Attribution.CATCH


def test_a_notice_by_a_host_that_is_both_relay_and_catch_mx_is_unknown() -> None:
    both = Party(hosts=frozenset({WORLD.relay.name}), addresses=frozenset({WORLD.relay.address}))
    scene = by_relay().with_trace(line(WORLD.relay)).but(reporting="", returned=None).knowing(catch=both)
    notice = replace(scene.bounce.read(), kind=Kind.VIRUS_NOTICE)
    assert attribute(notice, scene.knowledge).attribution == UNKNOWN


def test_our_own_server_saw_the_peer() -> None:
    """The built-in catch MX writes no Received line: the session says who connected."""
    scene = by_target().with_trace(line(WORLD.target)).knowing(peer_address=WORLD.target.address)
    assert answer(scene.but(reporting="", returned=None)) == Attribution.TARGET
    relay = by_relay().with_trace(line(WORLD.relay)).knowing(peer_address=WORLD.relay.address)
    assert answer(relay) == Attribution.RELAY


def test_names_and_addresses_may_be_given_in_any_form() -> None:
    world = replace(WORLD, target=Machine("mx.acme.example", "2001:db8::5"))
    known = knowledge(world, calibration(world))
    given = Party(hosts=frozenset({"MX.Acme.Example."}), addresses=frozenset({"2001:DB8:0:0::5"}))
    scene = Scene(bounce=target_bounce(world), knowledge=replace(known, target=given), truth=Attribution.TARGET)
    assert answer(scene.with_trace(line(WORLD.catch, world.target)).but(reporting="", returned=None)) == scene.truth


def test_without_a_word_about_our_side_the_topmost_line_is_its() -> None:
    for scene in (by_relay(), by_target(), by_inner()):
        assert answer(scene.knowing(catch=Party())) == scene.truth


def test_relay_and_target_that_cannot_be_told_apart_are_unknown() -> None:
    for scene in (by_relay(), by_target()):
        assert answer(scene.knowing(relay_is_target=True)) == UNKNOWN
        shared = scene.knowledge.target
        addresses = frozenset({WORLD.relay.address, WORLD.target.address})
        natted = scene.knowing(
            relay=replace(scene.knowledge.relay, addresses=addresses),
            target=replace(shared, addresses=addresses),
        )
        assert answer(natted) in {scene.truth, UNKNOWN}
        bare = natted.with_trace(scene.bounce.trace[0]).but(
            reporting="", returned=None, sender="x@y.example", message_id=""
        )
        assert answer(bare) == UNKNOWN


def test_relay_and_target_of_one_organisation_are_not_told_apart_by_their_domain() -> None:
    """Both live at one provider: its domain in a name says nothing; an exact host still does."""
    world = World(
        relay=Machine("smtp.bigmail.example", "192.0.2.10"),
        target=Machine("mx1.bigmail.example", "203.0.113.5"),
        domain="customer.example",
    )
    pool = Machine("out44.bigmail.example", "198.51.100.99")
    known = knowledge(world, calibration(world))
    bounce = replace(
        target_bounce(world),
        trace=(line(world.catch, pool),),
        reporting=pool.name,
        returned=None,
        message_id="x@y.example",
    )
    assert answer(Scene(bounce=bounce, knowledge=known, truth=UNKNOWN)) == UNKNOWN


# --- testimony and forgery ------------------------------------------------------------------------------------------


def test_a_body_forged_wholesale_does_not_convict_the_target_when_the_relay_hands_it_over() -> None:
    scene = by_target()
    own = scene.with_trace(line(WORLD.catch, WORLD.relay), line(WORLD.relay))
    assert answer(own) in {UNKNOWN, Attribution.RELAY}
    bare = scene.with_trace(line(WORLD.catch, WORLD.relay))
    assert answer(bare) == UNKNOWN
    assert all(
        piece.strength is not Strength.DECISIVE
        for piece in judged(bare).evidence
        if piece.supports is not Attribution.RELAY
    )


def test_a_target_that_writes_as_the_relay_would_is_not_cleared() -> None:
    """Everything as the relay writes it, but the address that it came from is the target's, or nobody's."""
    forged = by_relay().with_trace(line(WORLD.catch, WORLD.target), line(WORLD.relay))
    assert answer(forged) in {Attribution.TARGET, UNKNOWN}
    nobody = Machine(WORLD.relay.name, "198.51.100.200", "")
    assert answer(by_relay().with_trace(line(WORLD.catch, nobody), line(WORLD.relay))) == UNKNOWN


def test_contradictory_testimony_is_shown_and_ends_in_unknown() -> None:
    scene = by_relay().but(returned=(line(WORLD.target, WORLD.relay), line(WORLD.relay, WORLD.auditor)))
    found = judged(scene)
    assert found.attribution == UNKNOWN
    assert {Attribution.RELAY, Attribution.TARGET} <= {piece.supports for piece in found.evidence}


def test_contradictory_testimony_does_not_outweigh_what_our_own_side_saw() -> None:
    found = judged(by_target().but(reporting=WORLD.relay.name))
    assert found.attribution == Attribution.TARGET
    assert any(piece.supports is Attribution.RELAY for piece in found.evidence)


def test_nobody_but_our_own_side_verifies_signatures() -> None:
    stranger = "Authentication-Results: mx.stranger.example; dkim=pass header.d=acme.example"
    scene = by_inner(accepted=False).but(returned=None, headers=(stranger,))
    scene = scene.knowing(authserv_ids=frozenset({WORLD.catch.name}))
    assert answer(scene) == UNKNOWN


def test_under_a_line_of_we_do_not_know_whom_anybody_may_write_that_the_target_handed_over() -> None:
    """A host of our provider's that no control has shown may have written the top; the rest is the client's word."""
    unknown_mx = line("mx7.farm.example", Machine(WORLD.target.name, "198.51.100.99", ""))
    scene = by_target(accepted=False).with_trace(unknown_mx, line("gw.farm.example", WORLD.target), line(WORLD.target))
    assert answer(scene) == UNKNOWN
    assert answer(scene.with_trace(line("mx7.farm.example", WORLD.target))) == Attribution.TARGET


# --- other kinds than NDNs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.AUTOREPLY, Kind.CHALLENGE, Kind.VIRUS_NOTICE, Kind.MDN, Kind.OTHER])
def test_answers_without_report_are_attributed_by_their_way(kind: Kind) -> None:
    scene = by_target().but(
        reporting="", returned=None, sender="person@acme.example", subject="Away", prose="I am away."
    )
    notification = replace(scene.bounce.read(), kind=kind)
    assert attribute(notification, scene.knowledge).attribution == Attribution.TARGET


@pytest.mark.parametrize("kind", [Kind.AUTOREPLY, Kind.CHALLENGE, Kind.MDN])
def test_a_relay_does_not_answer_for_mailboxes(kind: Kind) -> None:
    scene = by_relay().but(reporting="", returned=None, sender="person@freemail.example", message_id="")
    notification = replace(scene.bounce.read(), kind=kind)
    assert attribute(notification, scene.knowledge).attribution == UNKNOWN


def test_a_message_from_the_target_that_the_relay_says_it_wrote_is_unknown() -> None:
    scene = by_relay().but(reporting="", returned=None, sender="postmaster@acme.example", message_id="")
    assert answer(scene) == UNKNOWN


def test_a_report_by_the_relays_name_under_a_line_of_the_target_is_unknown() -> None:
    """Nobody saw who handed it over; names contradict each other."""
    assert answer(by_relay().with_trace(line(WORLD.target))) == UNKNOWN


@pytest.mark.parametrize("kind", [Kind.SUCCESS, Kind.RELAYED, Kind.DELAY])
def test_reports_of_success_and_delay_are_attributed_like_failures(kind: Kind) -> None:
    for scene in (by_relay(), by_target()):
        notification = replace(scene.bounce.read(), kind=kind)
        assert attribute(notification, scene.knowledge).attribution == scene.truth


@pytest.mark.parametrize("kind", [Kind.SUCCESS, Kind.RELAYED])
def test_a_report_of_success_by_a_host_that_nobody_knows_shows_nothing(kind: Kind) -> None:
    """It would show acceptance, and with it clear by silence."""
    scene = by_inner()
    assert attribute(replace(scene.bounce.read(), kind=kind), scene.knowledge).attribution == UNKNOWN
