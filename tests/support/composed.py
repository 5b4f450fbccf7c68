"""Mailboxes composed of known parts: answers to a person's own mail, backscatter, and mail that is no notice.

A `World` is a person with a way to send, and what `survey` is told of it. What came back is put together at random, by
a seed: who greeted how, which lines stand below, how the original was named, in which product's words it is told, and
whether whoever returned it writes lines of its own. Who forges a sender writes the sender's relay into its lines, too.
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
GATEWAY = f"from gateway (gateway [10.0.0.7]) by {REPORTER} (Postfix) with ESMTP id 4GATE"
FORWARDER, FORWARDED = "fw.forwarder.example", "from fw.forwarder.example (fw.forwarder.example [192.0.2.61])"
# Products whose notices the tests know, with the copy in it
_FORMS = [
    text.replace("sender.example", OWN_DOMAIN).removeprefix("Return-Path: <>\n")
    for text, *_ in SAMPLES.values()
    if ORIGINAL in text
]
_FAILED = FAILED.replace("bob@inner.dest.example", "b.miller@inner.dest.example").replace(
    "Original-Recipient: rfc822;bob@dest.example\n", ""
)
_COPY = ORIGINAL.replace("sender.example", OWN_DOMAIN).partition("\nbody")[0]
_NAMED = ["mail.hoster.example", "srv7.cloud.example", "out3.esp.example", "mx.other.example"]


class World(NamedTuple):
    """`relay`: the name by which others see it, None where its address has none; `greets` as what."""

    own: Own
    relay: str | None
    address: str
    greets: str


def _sent(count: int) -> list[tuple[str, list[str]]]:
    return [(f"<sent-{number}@laptop>", ["bob@dest.example"]) for number in range(count)]


SENT = 200
# Of a Sent folder that lacks what a program on a server sends
UNSENT = 0.1
WORLDS = {
    "host": World(own_from([OWN_DOMAIN, OWN_HOST]), OWN_HOST, OWN_ADDRESS, OWN_HOST),
    "host without a reverse name": World(own_from([OWN_DOMAIN, OWN_HOST]), None, OWN_ADDRESS, OWN_HOST),
    "address": World(own_from([OWN_DOMAIN, OWN_ADDRESS]), None, OWN_ADDRESS, "ann-server"),
    "provider": World(own_from([OWN_DOMAIN, PROVIDER]), PROVIDER, PROVIDER_ADDRESS, PROVIDER),
    "domain": World(own_from([OWN_DOMAIN]), OWN_HOST, OWN_ADDRESS, OWN_HOST),
    "domain, provider": World(own_from([OWN_DOMAIN]), PROVIDER, PROVIDER_ADDRESS, PROVIDER),
    "guessed": World(guessed([f"ann@{OWN_DOMAIN}"]), PROVIDER, PROVIDER_ADDRESS, PROVIDER),
    "sent": World(own_from([OWN_DOMAIN, OWN_HOST]).having_sent(_sent(SENT)), OWN_HOST, OWN_ADDRESS, OWN_HOST),
    "everything": World(
        own_from([OWN_DOMAIN, OWN_HOST, OWN_ADDRESS]).having_sent(_sent(SENT)), OWN_HOST, OWN_ADDRESS, OWN_HOST
    ),
    "sent, provider": World(own_from([OWN_DOMAIN]).having_sent(_sent(SENT)), PROVIDER, PROVIDER_ADDRESS, PROVIDER),
}


def composed(world: World, seed: int, count: int) -> Iterator[tuple[bytes, Pile]]:
    """Yield messages, and the pile that is the truth of each."""
    draw = Random(seed)
    for number in range(count):
        kind = draw.choices((Pile.OWN, Pile.BACKSCATTER, Pile.OTHER), (4, 5, 1))[0]
        if kind is Pile.OTHER:
            yield NEWSLETTER, kind
            continue
        yield _own(world, draw, number) if kind is Pile.OWN else _foreign(world, draw), kind


def _told(copy: str, draw: Random) -> bytes:
    """Return a notice with the copy, in the words of some product."""
    if draw.random() < 0.4:
        return notice(copy, body=draw.choice(("", "Pills\n")), fields=_FAILED)
    peer = received(f"from {REPORTER} ({REPORTER} [{REPORTER_ADDRESS}])", f"mx.{OWN_DOMAIN}", "ESMTPS")
    head = f"Return-Path: <>\nDelivered-To: ann@{OWN_DOMAIN}\n{peer}Date: {DATE}\n"
    return (head + draw.choice(_FORMS).replace(_COPY, copy)).encode()


def _answered(references: str) -> bytes:
    """Return an automatic answer, which names what it answers and what that says that it answers."""
    peer = received(f"from {REPORTER} ({REPORTER} [{REPORTER_ADDRESS}])", f"mx.{OWN_DOMAIN}", "ESMTPS")
    return (
        f"Return-Path: <>\nDelivered-To: ann@{OWN_DOMAIN}\n{peer}From: bob@dest.example\nTo: ann@{OWN_DOMAIN}\n"
        f"Subject: Out of office\nDate: {DATE}\nAuto-Submitted: auto-replied\n{references}\nI am away until Monday.\n"
    ).encode()


def _own(world: World, draw: Random, number: int) -> bytes:
    if draw.random() < 0.3:
        return _by_own_relay(world, draw, number)
    return _told(original(*_own_hops(world, draw), message_id=_own_id(world, draw, number)), draw)


def _by_own_relay(world: World, draw: Random, number: int) -> bytes:
    """Return what the person's relay wrote itself, when the recipient's server refused."""
    name = world.greets if "." in world.greets else OWN_HOST
    return notice(
        original(_submission(world, draw), message_id=_own_id(world, draw, number)),
        fields=FAILED.replace(REPORTER, name),
        peer=f"from {name} ({world.relay or 'unknown'} [{world.address}])",
        sender=f"MAILER-DAEMON@{name}",
    )


def _own_id(world: World, draw: Random, number: int) -> str:
    if world.own.sent and draw.random() > UNSENT:
        return f"<sent-{number % SENT}@laptop>"
    return f"<{number}@{draw.choice(['pc', OWN_DOMAIN, world.greets if '.' in world.greets else 'pc'])}>"


def _submission(world: World, draw: Random) -> str:
    """Return the line by which the person's relay took it in; some do not say that it asked for a login."""
    customer = f"from pc (203-0-113-9.dyn.{world.greets.partition('.')[2] or 'isp.example'} [203.0.113.9])"
    return draw.choice(
        (
            f"from [10.0.0.5] (203-0-113-9.dyn.isp.example [203.0.113.9]) by {world.greets} (Postfix) with ESMTPSA",
            f"from pc (pc [10.0.0.5]) by {world.greets} (Postfix) with ESMTP id 4D",
            f"by {world.greets} (Postfix, from userid 1000) id 4D",
            f"{customer} by {world.greets} with ESMTP id 4D",
        )
    )


def _own_hops(world: World, draw: Random) -> list[str]:
    relay, submission = f"from {world.greets} ({world.relay or 'unknown'} [{world.address}])", _submission(world, draw)
    usual = [relay, submission]
    return draw.choice(
        (
            usual,
            usual,
            usual,
            [relay],
            [HUB, f"{relay} by hub.dest.example", submission],
            [FORWARDED, f"{relay} by {FORWARDER} with ESMTP id 4F", submission],
            [GATEWAY, submission],  # who handed it to the gateway, nobody wrote
            [submission],  # whoever returned it writes no line
            [],
        )
    )


def _foreign(world: World, draw: Random) -> bytes:
    if world.own.sent and draw.random() < 0.03:  # an answer to spam that pretends to go on with what was stolen
        own, spam = f"<sent-{draw.randrange(SENT)}@laptop>", f"<{draw.randrange(10**9)}@spam.example>"
        return _answered(draw.choice((f"In-Reply-To: {spam}\n", "")) + f"References: {own} {spam}\n")
    return _told(_foreign_copy(world, draw), draw)


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
    relayed = f"from {world.greets} ({world.relay or OWN_HOST} [{world.address}])"
    taken_in = f"from pc (pc [10.0.0.5]) by {world.greets if '.' in world.greets else OWN_HOST} (Postfix) with ESMTPSA"
    below = draw.choice(
        (
            (),
            (),
            (),
            (f"from [10.1.1.{draw.randrange(250)}] by {draw.choice((greeting, name))} with ESMTP id 4A",),
            (f"{relayed} by {draw.choice((greeting, name, 'relay.elsewhere.example', 'localhost'))} with ESMTP id 4A",),
            (taken_in,),
            (f"{relayed} by {draw.choice((greeting, name))} with ESMTP id 4A", taken_in),
        )
    )
    client = f"from {greeting} ({name} [{address}])"
    hops = draw.choice(
        (
            *([client, *below] for _ in range(6)),
            [HUB, f"{client} by hub.dest.example", *below],
            [HUB, f"{client} by hub.dest.example", *below],
            [f"from {greeting} ([{address}]:4711) by {REPORTER} with [XMail 1.27 ESMTP Server] id S1", *below],
            [GATEWAY, *below],
            [*below],  # whoever returned it writes no line
            [],
        )
    )
    makers = ("pc", OWN_DOMAIN, OWN_DOMAIN, name, "mail.gmail.com", "user-pc", world.greets, "laptop")
    named = f"<{draw.randrange(10**9)}@{draw.choice(makers)}>"
    copy = original(*hops, message_id=named, subject=f"Cheap pills {draw.randrange(99)}")
    return copy.replace("bob@dest.example", f"{draw.choice(('bob', 'info', 'sales', 'carol'))}@dest.example")
