"""Our MX stands behind a proxy (Docker's, a load balancer) that shows its own private address for every client."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from bsaudit.judge.attribution import attribute
from bsaudit.judge.calibration import calibrate
from bsaudit.model.notification import Attribution
from tests.support.bounces import Bounce, Machine, Scene, World, by_inner, by_relay, by_target, calibration, line

WORLD = World()
PROXY = "172.17.0.1"


def behind_proxy(bounce: Bounce, reverse: str = "") -> Bounce:
    greeting = bounce.trace[0].split()[1]
    return replace(bounce, trace=(line(WORLD.catch, Machine(greeting, PROXY, reverse)), *bounce.trace[1:]))


def seen(scene: Scene) -> Scene:
    """Return what arrives of a scene, with a calibration that came the same way."""
    known = scene.knowing(calibration=(behind_proxy(calibration(WORLD)).read(),))
    return replace(known, bounce=behind_proxy(scene.bounce))


def answer(scene: Scene) -> Attribution:
    return attribute(scene.bounce.read(), scene.knowledge).attribution


@pytest.mark.parametrize("scene_of", [by_relay, by_target, by_inner])
def test_the_address_that_everybody_comes_from_is_not_the_relays(scene_of: Callable[..., Scene]) -> None:
    scene = seen(scene_of())
    assert answer(scene) == scene.truth


def test_a_stranger_through_the_proxy_is_unknown() -> None:
    scene = seen(by_inner(accepted=False)).but(reporting="", returned=None)
    assert answer(scene) == Attribution.UNKNOWN


def test_a_private_address_with_a_name_or_named_by_the_user_is_the_relays() -> None:
    """Networks of private addresses have relays, too."""
    scene = by_relay()
    named = scene.knowing(calibration=(behind_proxy(calibration(WORLD), WORLD.relay.name).read(),))
    assert PROXY in calibrate(named.knowledge).relay.addresses
    relay = replace(scene.knowledge.relay, addresses=frozenset({PROXY}))
    given = scene.knowing(calibration=(behind_proxy(calibration(WORLD)).read(),), relay=relay)
    assert PROXY in calibrate(given.knowledge).relay.addresses
