"""Composes notifications as mail servers of several makes write them, with the writer known. From scratch."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from bsaudit.model.knowledge import Knowledge, Party
from bsaudit.model.mail import Route
from bsaudit.model.notification import Attribution, Notification
from bsaudit.ndn import read

DATE = "Mon, 2 Mar 2026 10:02:11 +0000"


class Machine(Struct, frozen=True):
    """A host: the name that it gives itself, its address, and its reverse name ("" for none)."""

    name: str
    address: str
    rdns: str | None = None

    @property
    def reverse(self) -> str:
        return self.name if self.rdns is None else self.rdns


class World(Struct, frozen=True, kw_only=True):
    """Who is who. `inner` stands behind the target, `smart` is a provider that passes mail on, `third` a stranger."""

    auditor: Machine = Machine("probe.auditor.example", "192.0.2.1")
    relay: Machine = Machine("mail.carrier.example", "192.0.2.10")
    catch: Machine = Machine("mx.inbox.example", "192.0.2.20")
    target: Machine = Machine("mx.acme.example", "203.0.113.5")
    inner: Machine = Machine("store.backend.example", "203.0.113.66")
    third: Machine = Machine("mx.elsewhere.example", "198.51.100.7")
    smart: Machine = Machine("out.provider.example", "198.51.100.40")
    domain: str = "acme.example"

    @property
    def recipient(self) -> str:
        return f"nobody-7f3a@{self.domain}"


WORLD = World()


def line(by: Machine | str, client: Machine | None = None, how: str = "postfix") -> str:
    """Return a Received value written by `by`, which took the message from `client`, in the manner of a product."""
    name = by.name if isinstance(by, Machine) else by
    if client is None:
        return {
            "postfix": f"by {name} (Postfix) id 4F1A2B; {DATE}",
            "exim": f"from Debian-exim by {name} with local (Exim 4.96) id 1abc-000-11; {DATE}",
            "sendmail": f"from localhost (localhost) by {name} (8.17.1/8.17.1) id 62A; {DATE}",
            "qmail": "(qmail 4711 invoked for bounce); 2 Mar 2026 10:02:11 -0000",
        }[how]
    seen, literal = client.reverse, f"[{client.address}]"
    exim = f"{seen} ({literal}" if seen else f"{literal} (port=1"
    qmail = f"from {seen or 'unknown'} (HELO {client.name}) ({client.address})"
    return {
        "postfix": f"from {client.name} ({seen or 'unknown'} {literal}) by {name} (Postfix) with ESMTP id 1; {DATE}",
        "exim": f"from {exim} helo={client.name}) by {name} with esmtp (Exim 4.96) id 1; {DATE}",
        "sendmail": f"from {client.name} ({seen} {literal}) by {name} (8.17.1/8.17.1) with ESMTP id 1; {DATE}",
        "qmail": f"{qmail} by {name} with SMTP; 2 Mar 2026 10:02:11 -0000",
    }[how]


class Bounce(Struct, frozen=True, kw_only=True):
    """The parts of a notification; empty parts are left out. `returned` None returns nothing of the original."""

    trace: tuple[str, ...]
    sender: str
    message_id: str = ""
    reporting: str = ""
    received_from: str = ""
    remote: str = ""
    final: str = ""
    diagnostic: str = ""
    returned: tuple[str, ...] | None = None
    prose: str = "I could not deliver your message."
    subject: str = "Undelivered Mail Returned to Sender"
    headers: tuple[str, ...] = ("Auto-Submitted: auto-replied",)

    def raw(self) -> bytes:
        head = [
            "Return-Path: <>",
            *(f"Received: {value}" for value in self.trace),
            *self.headers,
            f"From: {self.sender}",
            "To: catch+tag@inbox.example",
            f"Subject: {self.subject}",
            *([f"Message-ID: <{self.message_id}>"] if self.message_id else []),
            "MIME-Version: 1.0",
        ]
        text = ["Content-Type: text/plain; charset=utf-8", "", self.prose, ""]
        parts = [text, *([self._status()] if self.reporting else []), *([self._original()] if self._returns() else [])]
        if len(parts) == 1:
            return "\r\n".join([*head, *text]).encode()
        kind = "report; report-type=delivery-status" if self.reporting else "mixed"
        body = [entry for part in parts for entry in ("--=_b", *part)]
        return "\r\n".join(
            [*head, f'Content-Type: multipart/{kind}; boundary="=_b"', "", *body, "--=_b--", ""]
        ).encode()

    def read(self) -> Notification:
        return read(self.raw())

    def _returns(self) -> bool:
        return self.returned is not None

    def _status(self) -> list[str]:
        fields = [f"Final-Recipient: rfc822; {self.final}", "Action: failed", "Status: 5.1.1"]
        remote = [f"Remote-MTA: dns; {self.remote}"] if self.remote else []
        diagnostic = [f"Diagnostic-Code: smtp; {self.diagnostic}"] if self.diagnostic else []
        reporter = f"Reporting-MTA: dns; {self.reporting}"
        came = [f"Received-From-MTA: dns; {self.received_from}"] if self.received_from else []
        return ["Content-Type: message/delivery-status", "", reporter, *came, "", *fields, *remote, *diagnostic, ""]

    def _original(self) -> list[str]:
        received = [f"Received: {value}" for value in self.returned or ()]
        rest = ["From: catch+from@inbox.example", "Subject: probe", f"Message-ID: <b{'d' * 16}@auditor.example>"]
        return ["Content-Type: text/rfc822-headers", "", *received, *rest, ""]


class Scene(Struct, frozen=True, kw_only=True):
    """A bounce, what the auditor knows, and the truth."""

    bounce: Bounce
    knowledge: Knowledge
    truth: Attribution

    def with_trace(self, *trace: str) -> Scene:
        return replace(self, bounce=replace(self.bounce, trace=trace))

    def but(self, **changes: object) -> Scene:
        return replace(self, bounce=replace(self.bounce, **changes))

    def knowing(self, **changes: object) -> Scene:
        return replace(self, knowledge=replace(self.knowledge, **changes))


def knowledge(world: World, calibration: Bounce | None = None, route: Route = Route.RELAY) -> Knowledge:
    relay = Party(hosts=frozenset({world.relay.name}), addresses=frozenset({world.relay.address}))
    return Knowledge(
        route=route,
        relay=relay if route is Route.RELAY else Party(),
        target=Party(
            hosts=frozenset({world.target.reverse}),
            addresses=frozenset({world.target.address}),
            domains=frozenset({world.domain}),
        ),
        catch=Party(hosts=frozenset({world.catch.name}), addresses=frozenset({world.catch.address})),
        calibration=(calibration.read(),) if calibration else (),
        recipient=world.recipient,
        nobody=True,
    )


def relay_bounce(world: World, how: str = "postfix", remote: str | None = None) -> Bounce:
    """Return what the relay writes when the host `remote` (the target's, unless given) refused the message."""
    quoted = world.target.reverse if remote is None else remote
    return Bounce(
        trace=(line(world.catch, world.relay), line(world.relay, how=how)),
        sender=f"MAILER-DAEMON@{world.relay.name}",
        message_id=f"r1@{world.relay.name}",
        reporting=world.relay.name,
        remote=quoted,
        final=world.recipient,
        diagnostic="550 5.1.1 User unknown",
        returned=(line(world.relay, world.auditor, how),),
    )


def calibration(world: World, how: str = "postfix") -> Bounce:
    bounce = relay_bounce(world, how, remote=world.catch.name)
    return replace(bounce, final="refuse@inbox.example", message_id=f"c1@{world.relay.name}")


def target_bounce(world: World, how: str = "postfix") -> Bounce:
    """Return what the target writes after it had accepted the message and found no such user."""
    return Bounce(
        trace=(line(world.catch, world.target), line(world.target, how=how)),
        sender=f"MAILER-DAEMON@{world.target.name}",
        message_id=f"t1@{world.target.name}",
        reporting=world.target.name,
        final=world.recipient,
        diagnostic="unknown user",
        returned=(line(world.target, world.relay, how), line(world.relay, world.auditor)),
    )


def inner_bounce(world: World, how: str = "postfix") -> Bounce:
    """Return what a host behind the target writes, to which the target passed the message on."""
    return Bounce(
        trace=(line(world.catch, world.inner), line(world.inner, how=how)),
        sender=f"MAILER-DAEMON@{world.inner.name}",
        message_id=f"i1@{world.inner.name}",
        reporting=world.inner.name,
        final=world.recipient,
        diagnostic="unknown user",
        returned=(
            line(world.inner, world.target, how),
            line(world.target, world.relay),
            line(world.relay, world.auditor),
        ),
    )


def by_relay(world: World = WORLD, how: str = "postfix") -> Scene:
    known = knowledge(world, calibration(world, how))
    return Scene(bounce=relay_bounce(world, how), knowledge=known, truth=Attribution.RELAY)


def by_target(world: World = WORLD, how: str = "postfix", *, accepted: bool = True) -> Scene:
    known = replace(knowledge(world, calibration(world)), accepted=accepted)
    return Scene(bounce=target_bounce(world, how), knowledge=known, truth=Attribution.TARGET)


def by_inner(world: World = WORLD, how: str = "postfix", *, accepted: bool = True) -> Scene:
    known = replace(knowledge(world, calibration(world)), accepted=accepted)
    return Scene(bounce=inner_bounce(world, how), knowledge=known, truth=Attribution.BEYOND_TARGET)
