"""Mailboxes composed of known parts: answers to a person's own mail, backscatter, and mail that is no notice.

A `World` is a person with a way to send, and what `survey` is told of it. What came back is put together at random, by
a seed: who greeted how, which lines stand below, how the original was named, in which product's words it is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from bsaudit.model.survey import Pile
from bsaudit.survey.own import Own, guessed, own_from
from tests.support.mailboxes import (
    DATE,
    NEWSLETTER,
    OWN_ADDRESS,
    OWN_DOMAIN,
    OWN_HOST,
    REPORTER,
    REPORTER_ADDRESS,
    notice,
    original,
    received,
)
from tests.support.notifications import FAILED, ORIGINAL, SAMPLES

PROVIDER, PROVIDER_ADDRESS = "smtp.provider.example", "192.0.2.99"
HUB = f"from hub.dest.example (hub.dest.example [192.0.2.45]) by {REPORTER} (Postfix) with ESMTP id 4HUB"
# Products whose notices the tests know, with the copy in it
_FORMS = [
    text.replace("sender.example", OWN_DOMAIN).removeprefix("Return-Path: <>\n")
    for text, *_ in SAMPLES.values()
    if ORIGINAL in text
]
_COPY = ORIGINAL.replace("sender.example", OWN_DOMAIN).partition("\nbody")[0]
_NAMED = ["mail.hoster.example", "srv7.cloud.example", "out3.esp.example", "mx.other.example"]


class World(NamedTuple):
    """`relay`: the name by which others see it, None where its address has none; `greets` as what."""

    own: Own
    relay: str | None
    address: str
    greets: str


def _sent(count: int) -> list[str]:
    return [f"<sent-{number}@laptop>" for number in range(count)]


SENT = 200
WORLDS = {
    "host": World(own_from([OWN_DOMAIN, OWN_HOST]), OWN_HOST, OWN_ADDRESS, OWN_HOST),
    "host without a reverse name": World(own_from([OWN_DOMAIN, OWN_HOST]), None, OWN_ADDRESS, OWN_HOST),
    "address": World(own_from([OWN_DOMAIN, OWN_ADDRESS]), None, OWN_ADDRESS, "ann-server"),
    "provider": World(own_from([OWN_DOMAIN, PROVIDER]), PROVIDER, PROVIDER_ADDRESS, PROVIDER),
    "domain": World(own_from([OWN_DOMAIN]), OWN_HOST, OWN_ADDRESS, OWN_HOST),
    "domain, provider": World(own_from([OWN_DOMAIN]), PROVIDER, PROVIDER_ADDRESS, PROVIDER),
    "guessed": World(guessed([f"ann@{OWN_DOMAIN}"]), PROVIDER, PROVIDER_ADDRESS, PROVIDER),
    "sent": World(own_from([OWN_DOMAIN, OWN_HOST]).having_sent(_sent(SENT)), OWN_HOST, OWN_ADDRESS, OWN_HOST),
}


def composed(world: World, seed: int, count: int) -> Iterator[tuple[bytes, Pile]]:
    """Yield messages, and the pile that is the truth of each."""
    draw = Random(seed)
    for number in range(count):
        kind = draw.choices((Pile.OWN, Pile.BACKSCATTER, Pile.OTHER), (4, 5, 1))[0]
        if kind is Pile.OTHER:
            yield NEWSLETTER, kind
            continue
        copy = _own_copy(world, draw, number) if kind is Pile.OWN else _foreign_copy(world, draw)
        yield _told(copy, draw), kind


def _told(copy: str, draw: Random) -> bytes:
    """Return a notice with the copy, in the words of some product."""
    if draw.random() < 0.4:
        return notice(copy, body=draw.choice(("", "Pills\n")), fields=FAILED)
    peer = received(f"from {REPORTER} ({REPORTER} [{REPORTER_ADDRESS}])", f"mx.{OWN_DOMAIN}", "ESMTPS")
    head = f"Return-Path: <>\nDelivered-To: ann@{OWN_DOMAIN}\n{peer}Date: {DATE}\n"
    return (head + draw.choice(_FORMS).replace(_COPY, copy)).encode()


def _own_copy(world: World, draw: Random, number: int) -> str:
    seen = world.relay or "unknown"
    relay = f"from {world.greets} ({seen} [{world.address}])"
    submission = draw.choice(
        (
            f"from [10.0.0.5] (203-0-113-9.dyn.isp.example [203.0.113.9]) by {world.greets} (Postfix) with ESMTPSA",
            f"from pc (pc [10.0.0.5]) by {world.greets} (Postfix) with ESMTP id 4D",
            f"by {world.greets} (Postfix, from userid 1000) id 4D",
        )
    )
    hops = draw.choice(
        ([relay, submission], [relay, submission], [HUB, f"{relay} by hub.dest.example", submission], [relay])
    )
    if draw.random() < 0.1:
        hops = []
    makers = ["pc", OWN_DOMAIN, world.greets if "." in world.greets else "pc"]
    named = f"<sent-{number % SENT}@laptop>" if world.own.sent else f"<{number}@{draw.choice(makers)}>"
    return original(*hops, message_id=named)


def _foreign_copy(world: World, draw: Random) -> str:
    address = f"203.0.113.{draw.randrange(1, 250)}"
    dynamic = f"{address.replace('.', '-')}.dyn.isp.example"
    name = draw.choice((dynamic, dynamic, dynamic, "unknown", "unknown", *_NAMED))
    greeting = draw.choice(
        (
            name,
            name,
            "user-pc",
            f"[{address}]",
            OWN_DOMAIN,
            OWN_DOMAIN,
            world.greets,
            REPORTER,
            "dest.example",
            "localhost",
        )
    )
    below = draw.choice(
        (
            (),
            (),
            (),
            (f"from [10.1.1.{draw.randrange(250)}] by {draw.choice((greeting, name))} with ESMTP id 4A",),
            (f"from {OWN_HOST} ({OWN_HOST} [{OWN_ADDRESS}]) by relay.elsewhere.example with ESMTP id 4A",),
            (f"from pc (pc [10.0.0.5]) by {OWN_HOST} (Postfix) with ESMTPSA id 4A",),
        )
    )
    hops = [f"from {greeting} ({name} [{address}])", *below]
    if draw.random() < 0.2:
        hops = [HUB, f"{hops[0]} by hub.dest.example", *below]
    if draw.random() < 0.1:
        hops = []
    maker = draw.choice(("pc", OWN_DOMAIN, OWN_DOMAIN, name, "mail.gmail.com", "user-pc"))
    return original(*hops, message_id=f"<{draw.randrange(10**9)}@{maker}>", subject=f"Cheap pills {draw.randrange(99)}")
