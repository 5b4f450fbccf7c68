"""Every kind of evidence decides somewhere: without its row in the table, its scene ends in another answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from bsaudit.judge.attribution import attribute, evidence
from bsaudit.model.notification import Attribution
from tests.support.bounces import Scene, World, by_inner, by_relay, by_target, calibration, knowledge, line

WORLD = World()
MUTE = {"reporting": "", "returned": None, "sender": "postmaster@localhost", "message_id": ""}


def handed_over() -> Scene:
    """Return free text that nobody signs; only the connection tells."""
    return by_target().with_trace(line(WORLD.catch, WORLD.target)).but(**MUTE)


def signature() -> Scene:
    signed = f"Authentication-Results: {WORLD.catch.name}; dkim=pass header.d=acme.example header.s=k"
    scene = by_target().with_trace(line(WORLD.catch, WORLD.smart)).but(**MUTE, headers=(signed,))
    return scene.knowing(authserv_ids=frozenset({WORLD.catch.name}))


def returned_trace() -> Scene:
    scene = by_target()
    returned = scene.bounce.returned
    return scene.with_trace(line(WORLD.catch, WORLD.smart)).but(**{**MUTE, "returned": returned})


def birth() -> Scene:
    """Return free text through the relay, which says whom it took it from."""
    return by_target().with_trace(line(WORLD.catch, WORLD.relay), line(WORLD.relay, WORLD.target)).but(**MUTE)


def reporter() -> Scene:
    return by_target().with_trace(line(WORLD.catch, WORLD.smart)).but(**{**MUTE, "reporting": WORLD.target.name})


def received_from() -> Scene:
    """Return what an inner host writes that returns nothing of the original, but says whence it came."""
    return by_inner().but(returned=None, received_from=WORLD.target.name)


def quoted() -> Scene:
    """Return what a relay writes that calls itself by a bare word and leaves no line."""
    nameless = {**MUTE, "reporting": "mail", "trace": (line(WORLD.catch, WORLD.relay),)}
    known = knowledge(WORLD, replace(calibration(WORLD), **nameless))
    return replace(by_relay(), knowledge=known).but(**nameless)


def recipient() -> Scene:
    """Return what a third party writes that returns nothing of the original."""
    world = replace(WORLD, inner=WORLD.third)
    return by_inner(world).but(returned=None, final="somebody@elsewhere.example")


def sender() -> Scene:
    """Return a message of which only the header was saved, before it came to anybody."""
    return by_target().with_trace().but(reporting="", returned=None)


def likeness() -> Scene:
    """Return what a relay writes that says neither its name nor where the message was born."""
    anonymous = {**MUTE, "sender": "mailer@carrier.example", "trace": (line(WORLD.catch, WORLD.relay),)}
    known = knowledge(WORLD, replace(calibration(WORLD), **anonymous))
    return replace(by_relay(), knowledge=known).but(**anonymous)


HINGES = [handed_over, signature, returned_trace, birth, reporter, received_from, quoted, recipient, sender, likeness]


@pytest.mark.parametrize("scene_of", HINGES)
def test_a_kind_of_evidence_decides_alone(scene_of: Callable[[], Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    scene = scene_of()
    notification = scene.bounce.read()
    assert attribute(notification, scene.knowledge).attribution == scene.truth
    broken = tuple(row for row in evidence.TABLE if row.__name__ != scene_of.__name__)
    monkeypatch.setattr(evidence, "TABLE", broken)
    assert attribute(notification, scene.knowledge).attribution == Attribution.UNKNOWN


def test_every_row_of_the_table_has_its_scene() -> None:
    assert [row.__name__ for row in evidence.TABLE] == [scene.__name__ for scene in HINGES]
