"""Every kind of evidence decides somewhere: without its row in the table, its scene ends in another answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from bsaudit.judge.attribution import attribute, evidence
from bsaudit.model.knowledge import Party
from bsaudit.model.mail import Host, Route
from bsaudit.model.notification import Attribution, Strength
from tests.support.bounces import Scene, World, by_inner, by_relay, by_target, calibration, knowledge, line

WORLD = World()
MUTE = {"reporting": "", "returned": None, "sender": "postmaster@localhost", "message_id": ""}


def handed_over() -> Scene:
    """Return free text that nobody signs; only the connection tells."""
    return by_target().with_trace(line(WORLD.catch, WORLD.target)).but(**MUTE)


def signature() -> Scene:
    """Return what a host of the target's hands over whose address nobody knows, but whose greeting SPF vouches for."""
    signed = f"Authentication-Results: {WORLD.catch.name}; spf=pass smtp.helo=out.acme.example"
    scene = by_target(accepted=False).with_trace(line(WORLD.catch, WORLD.smart)).but(**MUTE, headers=(signed,))
    above = f"Received: {line(WORLD.catch, WORLD.smart)}"
    scene = scene.with_trace().but(headers=(signed, above))
    return scene.knowing(authserv_ids=frozenset({WORLD.catch.name}))


def returned_trace() -> Scene:
    """Return what an inner host writes and the target hands over without a line: the copy has been further in."""
    return (
        by_inner().with_trace(line(WORLD.catch, WORLD.target)).but(**{**MUTE, "returned": by_inner().bounce.returned})
    )


def birth() -> Scene:
    """Return free text through the relay, which says whom it took it from."""
    return by_target().with_trace(line(WORLD.catch, WORLD.relay), line(WORLD.relay, WORLD.target)).but(**MUTE)


def reporter() -> Scene:
    """Return what a relay without lines of its own writes about a host that nobody is asked for."""
    bare = {"trace": (line(WORLD.catch, WORLD.relay),), "sender": "postmaster@localhost", "returned": None}
    known = knowledge(WORLD, replace(calibration(WORLD), **bare))
    return replace(by_relay(), knowledge=known).but(**bare, remote="", prose="Otherwise than ever.")


def received_from() -> Scene:
    """Return what an inner host writes that returns nothing of the original, but says whence it came."""
    return by_inner().but(returned=None, received_from=WORLD.target.name)


def quoted() -> Scene:
    """Return what a relay writes that calls itself by a bare word and leaves no line."""
    nameless = {**MUTE, "reporting": "mail", "trace": (line(WORLD.catch, WORLD.relay),)}
    known = knowledge(WORLD, replace(calibration(WORLD), **nameless))
    return replace(by_relay(), knowledge=known).but(**nameless)


def recipient() -> Scene:
    """Return what a third party writes that returns nothing of the original, from a host that the user named."""
    world = replace(WORLD, inner=WORLD.third)
    scene = by_inner(world).but(returned=None, final="somebody@elsewhere.example")
    return scene.knowing(accepted=False, named=Party(addresses=frozenset({WORLD.third.address})))


def sender() -> Scene:
    """Return what the relay's host hands over and its words call the relay's, From the target: it clears nobody."""
    scene = by_relay().but(sender="postmaster@acme.example", message_id="t1@mx.acme.example")
    return replace(scene, truth=Attribution.UNKNOWN)


def likeness() -> Scene:
    """Return what a relay writes that says neither its name nor where the message was born."""
    anonymous = {**MUTE, "sender": "mailer@carrier.example", "trace": (line(WORLD.catch, WORLD.relay),)}
    known = knowledge(WORLD, replace(calibration(WORLD), **anonymous))
    return replace(by_relay(), knowledge=known).but(**anonymous)


def acceptance() -> Scene:
    """Return free text of a stranger's, about mail that the target was shown to take."""
    return by_target().with_trace(line(WORLD.catch, WORLD.third)).but(**MUTE)


def named() -> Scene:
    """Return free text of a host that nobody but the user calls the target's, about mail that nobody saw taken."""
    scene = by_target(accepted=False).with_trace(line(WORLD.catch, WORLD.third)).but(**MUTE)
    return replace(scene.knowing(named=Party(addresses=frozenset({WORLD.third.address}))), truth=Attribution.TARGET)


HINGES = [
    handed_over,
    signature,
    returned_trace,
    birth,
    reporter,
    received_from,
    quoted,
    recipient,
    sender,
    likeness,
    acceptance,
    named,
]


@pytest.mark.parametrize("scene_of", HINGES)
def test_a_kind_of_evidence_decides_alone(scene_of: Callable[[], Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    scene = scene_of()
    notification = scene.bounce.read()
    assert attribute(notification, scene.knowledge).attribution == scene.truth
    broken = tuple(row for row in evidence.TABLE if row.__name__ != scene_of.__name__)
    monkeypatch.setattr(evidence, "TABLE", broken)
    assert attribute(notification, scene.knowledge).attribution != scene.truth


def test_every_row_of_the_table_has_its_scene() -> None:
    assert [row.__name__ for row in evidence.TABLE] == [scene.__name__ for scene in HINGES]


def test_a_report_by_the_relays_name_that_nobody_saw_come_and_that_returns_nothing_is_nobodys() -> None:
    """Anybody may bear a name; only a copy out of the relay's own queue would show that it is the relay's."""
    unseen = by_relay().with_trace()
    assert attribute(unseen.bounce.read(), unseen.knowledge).attribution is Attribution.RELAY
    mute = unseen.but(returned=None)
    assert attribute(mute.bounce.read(), mute.knowledge).attribution is Attribution.UNKNOWN


def test_a_line_of_our_own_side_in_the_returned_copy_is_no_host_that_accepted_the_message() -> None:
    scene = by_target().but(returned=(line(WORLD.catch, WORLD.auditor),)).knowing(route=Route.DIRECT)
    found = attribute(scene.bounce.read(), scene.knowledge).evidence
    assert "returned_trace" not in {piece.source for piece in found}


def test_a_stranger_that_took_it_from_a_stranger_is_no_host_behind_the_target() -> None:
    scene = by_target().with_trace(line(WORLD.catch, WORLD.target), line(WORLD.third, WORLD.smart))
    found = attribute(scene.bounce.read(), scene.knowledge).evidence
    assert "birth" not in {piece.source for piece in found}


def test_where_a_name_may_be_several_hosts_the_returned_copy_is_weak_evidence() -> None:
    twice = (line("mail", WORLD.smart), line("mail", WORLD.auditor))
    for returned, strength in ((twice, Strength.WEAK), (twice[1:], Strength.STRONG)):
        scene = (
            by_target().with_trace(line(WORLD.catch, WORLD.third)).but(returned=returned).knowing(route=Route.DIRECT)
        )
        found = attribute(scene.bounce.read(), scene.knowledge).evidence
        assert [piece.strength for piece in found if piece.source == "returned_trace"] == [strength]


def test_who_cannot_be_told_is_not_named() -> None:
    scene = by_target(accepted=False).with_trace(line(WORLD.catch, WORLD.third))
    found = attribute(scene.bounce.read(), scene.knowledge)
    assert (found.attribution, found.written_by) == (Attribution.UNKNOWN, Host())


def test_a_target_that_shares_a_host_with_our_own_side_is_not_told_from_it() -> None:
    scene = by_target()
    shared = frozenset({"203.0.113.6"})
    ours, theirs = (
        replace(side, addresses=side.addresses | shared) for side in (scene.knowledge.catch, scene.knowledge.target)
    )
    assert attribute(scene.bounce.read(), scene.knowing(target=theirs).knowledge).attribution is Attribution.TARGET
    both = scene.knowing(target=theirs, catch=ours)
    assert attribute(both.bounce.read(), both.knowledge).attribution is Attribution.UNKNOWN


def test_a_strangers_signature_speaks_for_nobody() -> None:
    signed = {"elsewhere.example": True}
    scene = by_target(accepted=False).with_trace(line(WORLD.catch, WORLD.third)).knowing(signatures=signed)
    found = attribute(scene.bounce.read(), scene.knowledge)
    assert "signature" not in {piece.source for piece in found.evidence}
