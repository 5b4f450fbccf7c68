"""Never wrong: known scenes, bent by any combination of what real servers do, are decided rightly or not at all.

The names, the products and the twists are drawn at random; nothing here is one of the laboratory's scenarios.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bsaudit.judge.attribution import attribute
from bsaudit.model.knowledge import Party
from bsaudit.model.notification import Attribution
from tests.support.bounces import Machine, Scene, World, by_inner, by_relay, by_target, line
from tests.support.samples import samples

Twist = Callable[[Scene, World], Scene]

LABELS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=8)
PRODUCTS = st.sampled_from(["postfix", "exim", "sendmail", "qmail"])
SCENES = st.sampled_from([by_relay, by_target, by_inner])
PUBLIC = [f"{net}.{n}" for net in ("192.0.2", "198.51.100", "203.0.113") for n in range(1, 60)]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Return hosts with names and addresses of their own, each side in an organisation of its own."""
    orgs = draw(st.lists(LABELS, min_size=7, max_size=7, unique=True))
    addresses = draw(st.lists(st.sampled_from(PUBLIC), min_size=7, max_size=7, unique=True))
    tld = draw(st.sampled_from(["example", "com", "co.uk", "net"]))
    hosts = [Machine(f"{draw(LABELS)}.{org}x.{tld}", at) for org, at in zip(orgs, addresses, strict=True)]
    auditor, relay, catch, target, inner, third, smart = hosts
    return World(
        auditor=auditor,
        relay=relay,
        catch=catch,
        target=target,
        inner=inner,
        third=third,
        smart=smart,
        domain=target.name.partition(".")[2],
    )


def free_text(scene: Scene, world: World) -> Scene:
    return scene.but(reporting="", returned=None)


def no_returned(scene: Scene, world: World) -> Scene:
    return scene.but(returned=None)


def no_report(scene: Scene, world: World) -> Scene:
    return scene.but(reporting="")


def no_own_lines(scene: Scene, world: World) -> Scene:
    return scene.with_trace(*scene.bounce.trace[:1])


def no_lines(scene: Scene, world: World) -> Scene:
    return scene.with_trace()


def nameless_sender(scene: Scene, world: World) -> Scene:
    return scene.but(sender="postmaster@localhost", message_id="")


def unknown_egress(scene: Scene, world: World) -> Scene:
    stranger = Machine("out31.pool.example.org", "198.18.7.7")
    return scene.with_trace(line(world.catch, stranger), *scene.bounce.trace[1:])


def unknown_egress_no_name(scene: Scene, world: World) -> Scene:
    """The greeting stays what it was; the address is new, and has no name."""
    writer = {Attribution.RELAY: world.relay, Attribution.TARGET: world.target}.get(scene.truth, world.inner)
    return scene.with_trace(line(world.catch, Machine(writer.name, "198.18.7.8", "")), *scene.bounce.trace[1:])


def foreign_smarthost(scene: Scene, world: World) -> Scene:
    trace = [value.replace(f"by {world.catch.name}", f"by {world.smart.name}") for value in scene.bounce.trace]
    return scene.with_trace(line(world.catch, world.smart), *trace)


def through_our_relay(scene: Scene, world: World) -> Scene:
    """A relay that rewrites the reverse-path, or serves the target as smarthost: it adds a line as it must."""
    if scene.truth is Attribution.RELAY:
        return scene
    trace = [value.replace(f"by {world.catch.name}", f"by {world.relay.name}") for value in scene.bounce.trace]
    return scene.with_trace(line(world.catch, world.relay), *trace)


def hidden_behind_our_relay(scene: Scene, world: World) -> Scene:
    """It also takes every line of the past away."""
    return scene.with_trace(line(world.catch, world.relay))


def by_the_relays_name(scene: Scene, world: World) -> Scene:
    return _calling_itself(scene, world, world.relay.name)


def by_a_bare_word(scene: Scene, world: World) -> Scene:
    return _calling_itself(scene, world, "mail")


def by_localdomain(scene: Scene, world: World) -> Scene:
    return _calling_itself(scene, world, "localhost.localdomain")


def _calling_itself(scene: Scene, world: World, name: str) -> Scene:
    if scene.truth is not Attribution.TARGET:
        return scene
    bounce, old = scene.bounce, world.target.name
    return scene.but(
        trace=tuple(value.replace(old, name) for value in bounce.trace),
        returned=None if bounce.returned is None else tuple(value.replace(old, name) for value in bounce.returned),
        reporting=bounce.reporting and name,
        sender=bounce.sender.replace(old, name),
        message_id=bounce.message_id.replace(old, name),
        remote=bounce.remote,
    )


def no_calibration(scene: Scene, world: World) -> Scene:
    return scene.knowing(calibration=())


def no_catch(scene: Scene, world: World) -> Scene:
    return scene.knowing(catch=Party())


def no_target_hosts(scene: Scene, world: World) -> Scene:
    return scene.knowing(target=Party(domains=scene.knowledge.target.domains))


def no_target_addresses(scene: Scene, world: World) -> Scene:
    return scene.knowing(target=replace(scene.knowledge.target, addresses=frozenset()))


def no_target_domain(scene: Scene, world: World) -> Scene:
    return scene.knowing(target=replace(scene.knowledge.target, domains=frozenset()))


def no_target(scene: Scene, world: World) -> Scene:
    return scene.knowing(target=Party())


def no_relay_addresses(scene: Scene, world: World) -> Scene:
    return scene.knowing(relay=replace(scene.knowledge.relay, addresses=frozenset()))


def no_relay(scene: Scene, world: World) -> Scene:
    return scene.knowing(relay=Party())


def no_recipient(scene: Scene, world: World) -> Scene:
    return scene.knowing(recipient=None)


def our_inner_host(scene: Scene, world: World) -> Scene:
    inner = line("imap.mailhotel.example.net", Machine(world.catch.name, "10.0.0.3"))
    return scene.with_trace(inner, *scene.bounce.trace)


def forged_boundary(scene: Scene, world: World) -> Scene:
    if scene.truth is Attribution.RELAY:
        return scene
    return scene.with_trace(*scene.bounce.trace, line(world.catch, world.relay))


def relay_filter(scene: Scene, world: World) -> Scene:
    """The relay scans this message, though not the calibrated one."""
    if not scene.bounce.returned:
        return scene
    local = (
        line(world.relay, Machine("localhost", "127.0.0.1")),
        line("localhost", Machine(world.relay.name, "127.0.0.1")),
    )
    return scene.but(returned=(*scene.bounce.returned[:-1], *local, scene.bounce.returned[-1]))


def relay_hub_of_a_strange_name(scene: Scene, world: World) -> Scene:
    """The relay's NDN about this message comes from a hub that calibration did not show."""
    if scene.truth is not Attribution.RELAY:
        return scene
    hub = Machine("out8.bigpool.example.org", "198.18.9.9")
    returned = scene.bounce.returned
    return scene.but(
        trace=(line(world.catch, hub), line(hub)),
        sender=f"MAILER-DAEMON@{hub.name}",
        reporting=scene.bounce.reporting and hub.name,
        returned=None if returned is None else (line(hub, world.relay), *returned),
    )


TWISTS: tuple[Twist, ...] = (
    free_text,
    no_returned,
    no_report,
    no_own_lines,
    no_lines,
    nameless_sender,
    unknown_egress,
    unknown_egress_no_name,
    foreign_smarthost,
    through_our_relay,
    hidden_behind_our_relay,
    by_the_relays_name,
    by_a_bare_word,
    by_localdomain,
    no_calibration,
    no_catch,
    our_inner_host,
    forged_boundary,
    relay_filter,
    relay_hub_of_a_strange_name,
)


FEWER_FACTS: tuple[Twist, ...] = (
    no_target_hosts,
    no_target_addresses,
    no_target_domain,
    no_target,
    no_relay_addresses,
    no_relay,
    no_recipient,
    no_calibration,
    no_catch,
)
# Who bears the relay's name in every lookup, too, is told from it by what is known of the parties alone.
UNMASKED = tuple(twist for twist in TWISTS if twist is not by_the_relays_name)


def judged(scene: Scene) -> Attribution:
    return attribute(scene.bounce.read(), scene.knowledge).attribution


def is_right(scene: Scene) -> bool:
    """Say whether the answer is right or unknown; shown acceptance tells the side, not how far behind the border."""
    found = attribute(scene.bounce.read(), scene.knowledge)
    caused = any(piece.source == "acceptance" for piece in found.evidence)
    same_side = found.attribution.is_target_side and scene.truth.is_target_side
    return found.attribution in {scene.truth, Attribution.UNKNOWN} or (caused and same_side)


@samples(2)
@given(worlds(), SCENES, PRODUCTS, st.lists(st.sampled_from(TWISTS), max_size=4, unique=True))
def test_no_combination_of_twists_is_judged_wrongly(
    world: World, scene_of: Callable[..., Scene], how: str, twists: list[Twist]
) -> None:
    scene = scene_of(world, how)
    for twist in twists:
        scene = twist(scene, world)
    assert is_right(scene)


@samples(2)
@given(
    worlds(),
    SCENES,
    PRODUCTS,
    st.lists(st.sampled_from(UNMASKED), max_size=3, unique=True),
    st.lists(st.sampled_from(FEWER_FACTS), min_size=1, max_size=4, unique=True),
)
def test_fewer_facts_end_in_unknown_never_in_a_wrong_answer(
    world: World, scene_of: Callable[..., Scene], how: str, twists: list[Twist], unknown: list[Twist]
) -> None:
    scene = scene_of(world, how)
    for twist in (*twists, *unknown):
        scene = twist(scene, world)
    assert is_right(scene)


@samples(0.6)
@given(worlds(), SCENES, PRODUCTS)
def test_whatever_the_hosts_are_called_the_plain_case_is_decided(
    world: World, scene_of: Callable[..., Scene], how: str
) -> None:
    scene = scene_of(world, how)
    assert judged(scene) == scene.truth


DECIDED_ALL_THE_SAME = {
    by_relay: (no_returned, no_report, our_inner_host, relay_filter, no_calibration, no_catch, free_text),
    by_target: (
        free_text,
        no_own_lines,
        foreign_smarthost,
        through_our_relay,
        by_the_relays_name,
        by_a_bare_word,
        by_localdomain,
        no_calibration,
        no_catch,
        our_inner_host,
        forged_boundary,
        relay_filter,
    ),
    by_inner: (no_report, no_own_lines, foreign_smarthost, through_our_relay, no_calibration, our_inner_host),
}


@pytest.mark.parametrize(
    ("scene_of", "twist"),
    [(scene_of, twist) for scene_of, twists in DECIDED_ALL_THE_SAME.items() for twist in twists],
)
def test_one_twist_alone_leaves_enough_evidence(scene_of: Callable[..., Scene], twist: Twist) -> None:
    world = World()
    scene = twist(scene_of(world), world)
    assert judged(scene) == scene.truth


def test_products_can_be_anybodys() -> None:
    """The relay calibrated with one product, the target writing with the same or another: no difference."""
    world = World()
    for theirs in ("postfix", "exim", "sendmail", "qmail"):
        scene = by_target(world, theirs)
        assert judged(scene) == Attribution.TARGET
        other = replace(scene.knowledge, calibration=by_relay(world, theirs).knowledge.calibration)
        assert judged(replace(scene, knowledge=other)) == Attribution.TARGET
