"""A probe, what forgers and the target's own hosts write about it, and the judgement on both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import product
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from bsaudit.adapters.signatures import check
from bsaudit.judge.cases import case_of
from bsaudit.judge.findings import find
from bsaudit.judge.inquiry import Inquiry
from bsaudit.judge.match import attribute_again, returned_mail
from bsaudit.judge.outcome import judge
from bsaudit.model.knowledge import Party
from bsaudit.model.mail import Arrival, Host, MailExchanger, Route, Stage, Submission, Verified
from bsaudit.model.probe import CountsAs, Place, Probe, ProbeRecord, Reached, Recipient
from bsaudit.model.run import RunRecord, TargetRecord
from bsaudit.ndn import read
from bsaudit.probe.tokens import Match
from tests.support.bounces import (
    Bounce,
    Machine,
    World,
    calibration,
    knowledge,
    line,
    relay_bounce,
    target_bounce,
)
from tests.support.judged import GOOD, NOW, probe, taken
from tests.support.signing import record as signing_key
from tests.support.signing import signed

WORLD = World()
SENT = Bounce(trace=(), sender=f"MAILER-DAEMON@{WORLD.target.name}", message_id=f"t1@{WORLD.target.name}")
MATCH = Match(probe_id="p01", place=Place.REVERSE_PATH, reached=Reached.REVERSE_PATH)

VERIFIED = (
    f"Authentication-Results: {WORLD.catch.name}; dkim=pass header.d=acme.example; spf=pass smtp.helo=mx.acme.example"
)

# What is claimed: each of these convicted an innocent server once.
MESSAGES = {
    "reporting": replace(SENT, reporting=WORLD.target.name, final=WORLD.recipient, diagnostic="550 5.1.1 no such user"),
    "returned trace": replace(
        SENT, reporting="foo.example", final=WORLD.recipient, returned=target_bounce(WORLD).returned
    ),
    "boundary below": replace(
        SENT, reporting="foo.example", final=WORLD.recipient, trace=(line(WORLD.catch, WORLD.target),)
    ),
    "birth": replace(SENT, reporting="foo.example", final=WORLD.recipient, trace=(line(WORLD.target),)),
    "results below": replace(
        SENT,
        reporting="foo.example",
        final=WORLD.recipient,
        headers=(VERIFIED,),
    ),
    "free text": replace(SENT, prose=f"Your message to {WORLD.recipient} could not be delivered: no such user."),
    "out of office": replace(
        SENT,
        sender=WORLD.recipient,
        subject="Automatic reply: out of office",
        prose="I am out of the office.",
    ),
}

STRANGER = Machine("attacker.example", "198.51.100.99", "")
GREETING = Machine(WORLD.target.name, "198.51.100.99", "")
NEIGHBOUR = Machine("vm77.hoster.example", "198.51.100.77", "vm77.hoster.example")
CUSTOMER = Machine("mx.acme.example", "198.51.100.77", "198-51-100-77.customers.acme.example")
POOL = Machine("out3.acme.example", "203.0.113.200")


class Fate(Struct, frozen=True):
    """What became of the probe, as we know it."""

    route: Route
    refused: bool = False
    shown: bool = False  # that the target took it


REFUSED = [Fate(Route.DIRECT, refused=True), Fate(Route.RELAY, refused=True)]
NOT_SHOWN = [Fate(Route.RELAY)]
SHOWN = [Fate(Route.DIRECT, shown=True), Fate(Route.RELAY, shown=True)]
CATCHES = ["sink", "mailbox"]
# What only whoever was given the message can write: it answers it, or returns it.
OF_THE_TEXT = "returned trace", "out of office"


def twins(fates: Iterable[Fate], *more: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """Yield messages that the target can have written, each with a fate of its probe and one of each of `more`."""
    for message, fate, *rest in product(MESSAGES, fates, *more):
        if fate != REFUSED[0] or message not in OF_THE_TEXT:
            yield message, fate, *rest


TOKENS = tuple(f"b{letter * 16}" for letter in "abcdef")  # in the order of `Place`
OWN = f"me+{TOKENS[0]}@inbox.example"
ANOTHERS = f"me+b{'z' * 16}@inbox.example"


def signing(domain: str, to: str = OWN) -> Callable[[bytes], bytes]:
    """Return who signs a message for real, as one written to the probe's own address."""
    return lambda raw: signed(raw.replace(b"catch+tag@inbox.example", to.encode()), domain)


class Court:
    """One probe for somebody who does not exist, what came back for it, and the judgement."""

    def __init__(self, fate: Fate, *, kind: str = "unknown-recipient", content: str = "ordinary") -> None:
        exchangers = (
            MailExchanger(host=WORLD.target.name, addresses=(WORLD.target.address,)),
            MailExchanger(host="mx1.hoster.example", addresses=("203.0.113.6",)),
        )
        self.target = TargetRecord(target="acme.example", domain="acme.example", mail_exchangers=exchangers)
        self.record = ProbeRecord(probe=_probe(kind, content, fate.route), submission=_submission(fate))
        known = knowledge(WORLD, calibration(WORLD))
        run = RunRecord(id="r", key=b"k", started_at=NOW, route=fate.route, targets=[self.target], probes=[self.record])
        relay, calibrated = (known.relay, known.calibration) if fate.route is Route.RELAY else (Party(), ())
        learned = replace(GOOD, relay=relay, catch=known.catch, calibration=calibrated)
        learned = replace(learned, authserv_ids=frozenset({WORLD.catch.name}))
        self.inquiry = Inquiry(run, learned)
        if fate.route is Route.RELAY and fate.refused:
            self.receive(replace(relay_bounce(WORLD), trace=(line(WORLD.relay),)), WORLD.relay, "mailbox", after=1)
        if fate.route is Route.RELAY and fate.shown:
            self.receive(relayed(), WORLD.relay, "mailbox", after=1)

    def receive(
        self,
        bounce: Bounce,
        client: Machine,
        catch: str,
        *,
        after: float = 5,
        verified: Verified | None = None,
        sign: Callable[[bytes], bytes] = bytes,
    ) -> None:
        """Take a message in from `client`, by our own server or by a mailbox behind a mail exchanger of ours."""
        seen = client if catch == "mailbox" else replace(client, rdns="")  # the built-in catch MX looks up no names
        bounce = replace(bounce, trace=(line(WORLD.catch, seen), *bounce.trace))
        raw = sign(bounce.raw())
        found = check(raw, 0, signing_key(), TOKENS)
        arrival = Arrival(
            uid=str(after),
            raw=raw,
            seen_at=NOW + timedelta(seconds=after),
            peer=Host(address=client.address) if catch == "sink" else None,
            verified=verified,
            signatures=(found,) if found else (),
        )
        self.record.returned += (returned_mail(arrival, read(raw), MATCH, self.record, self.inquiry),)
        attribute_again(self.record, self.inquiry)

    def verdict(self) -> CountsAs:
        self.record.settlement = judge(case_of(self.record, self.inquiry)).settlement
        return self.record.settlement.counts_as

    def findings(self) -> set[str]:
        return {finding.id for finding in find([self.record])}


def _probe(kind: str, content: str, route: Route) -> Probe:
    made = probe(kind, content, route)
    role = made.recipients[0].role
    return replace(made, recipients=(Recipient(address=WORLD.recipient, role=role),), tokens=TOKENS)


def _submission(fate: Fate) -> Submission:
    if fate.route is Route.DIRECT and fate.refused:
        return taken(accepted=False, code=550, text="5.1.1 no such user", stage=Stage.RCPT)
    return taken()


def relayed() -> Bounce:
    """Return the relay's word that it handed the message to the target (RFC 3464 §2.3.3)."""

    class Relayed(Bounce, frozen=True):
        def raw(self) -> bytes:
            return super().raw().replace(b"Action: failed", b"Action: relayed").replace(b"5.1.1", b"2.0.0")

    made = replace(
        relay_bounce(WORLD),
        trace=(line(WORLD.relay),),
        diagnostic="250 2.0.0 OK",
        subject="Successful Mail Delivery Report",
        prose="Delivered.",
    )
    return Relayed(**{name: getattr(made, name) for name in made.__struct_fields__})
