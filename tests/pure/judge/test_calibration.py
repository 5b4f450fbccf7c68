"""What calibration teaches of the relay, and what it must not: names of the other sides, names that anybody bears."""

from __future__ import annotations

from msgspec.structs import replace

from bsaudit.judge.calibration import calibrate
from bsaudit.judge.parties import Ownership, Side, Sides
from bsaudit.model.knowledge import Party
from tests.support.bounces import Machine, World, calibration, knowledge, line

WORLD = World()
HUB = Machine("out7.bigpipe.example", "192.0.2.99")


def test_a_hub_is_learned_by_name_address_and_hop() -> None:
    shown = replace(
        calibration(WORLD),
        trace=(line(WORLD.catch, HUB), line(HUB)),
        reporting=HUB.name,
        returned=(line(HUB, WORLD.relay), line(WORLD.relay, WORLD.auditor)),
    )
    learned = calibrate(knowledge(WORLD, shown))
    assert learned.relay.hosts == {HUB.name, WORLD.relay.name}
    assert learned.relay.addresses == {HUB.address}
    assert (WORLD.relay.address, HUB.name) in learned.pairs
    assert learned.shows_trace
    assert learned.shows_birth


def test_names_that_anybody_may_bear_do_not_become_the_relays() -> None:
    shown = replace(calibration(WORLD), reporting="mail", returned=(line("mx.lan", WORLD.auditor),))
    learned = calibrate(knowledge(WORLD, shown))
    assert learned.relay.hosts == {WORLD.relay.name}
    assert {"mail", "mx.lan"} <= learned.names


def test_names_of_the_target_and_of_our_side_do_not_become_the_relays() -> None:
    shown = replace(calibration(WORLD), reporting=WORLD.target.name, returned=(line(WORLD.catch, WORLD.auditor),))
    learned = calibrate(knowledge(WORLD, shown))
    assert not {WORLD.target.name, WORLD.catch.name} & (learned.relay.hosts | learned.names)


def test_our_own_mx_does_not_become_the_relays_where_nobody_named_it() -> None:
    known = replace(knowledge(WORLD, calibration(WORLD)), catch=Party(), relay=Party())
    assert WORLD.catch.name not in calibrate(known).relay.hosts


def test_nothing_is_learned_from_nothing() -> None:
    learned = calibrate(knowledge(WORLD))
    assert learned.relay == Party()
    assert not learned.shows_trace


def sides(**parties: Party) -> Sides:
    empty = {"relay": Party(), "target": Party(), "catch": Party()}
    return Sides(**{**empty, **parties})


def test_a_loopback_name_is_nobodys_even_if_a_side_bears_it() -> None:
    own = sides(catch=Party(hosts=frozenset({"localhost"}), addresses=frozenset({"127.0.0.1"})))
    assert own.name("localhost").side is Side.OTHER
    assert own.address("127.0.0.1").side is Side.OTHER


def test_what_two_sides_share_identifies_neither() -> None:
    shared = Party(hosts=frozenset({"mx.both.example"}), addresses=frozenset({"192.0.2.1"}))
    both = sides(relay=shared, target=shared)
    assert both.name("mx.both.example").side is Side.SHARED
    assert both.address("192.0.2.1").side is Side.SHARED
    assert both.name("out.both.example").side is Side.SHARED


def test_kinship_is_of_the_organisation_not_of_the_public_suffix() -> None:
    one = sides(target=Party(hosts=frozenset({"mx.acme.co.uk"}), domains=frozenset({"acme.github.io"})))
    assert one.name("out3.acme.co.uk") == Ownership(Side.TARGET)
    assert one.name("mx.rival.co.uk").side is Side.OTHER
    assert one.name("a.acme.github.io") == Ownership(Side.TARGET)
    assert one.name("rival.github.io").side is Side.OTHER


def test_hostile_names_are_nobodys() -> None:
    one = sides(target=Party(hosts=frozenset({"mx.acme.example"})))
    for name in ("", ".", "..", "\ud800.example", "x" * 5000, "10.0.0.1", "a..b"):
        assert one.name(name).side is Side.OTHER
