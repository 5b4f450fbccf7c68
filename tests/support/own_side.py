"""Own sides that the embedded laboratory can break: settings and DNS, by the numbers of docs/own-side.md."""

from __future__ import annotations

from typing import Any, NamedTuple

import aiosmtplib
from msgspec import Struct

from bsaudit.errors import DnsError
from bsaudit.lab.delivery import TIMEOUT_S
from bsaudit.lab.dns import Record
from bsaudit.lab.host import Host
from bsaudit.lab.laboratory import CATCH, CATCH_DOMAIN
from bsaudit.lab.mail import Envelope
from bsaudit.lab.targets import Bouncing, Discarding
from bsaudit.model.mail import Route
from tests.support import other_catch
from tests.support.other_catch import CatchMx

DIRECT = {"route": Route.DIRECT}
ALONE = DIRECT | {"relay": None}  # nobody but ourselves carries the controls
ELSEWHERE = "audit@broken.test"
NOBODY_THERE = f"{CATCH.address.rpartition('.')[0]}.99"


class Broken(NamedTuple):
    """What is wrong, and how a run with a guilty target then ends. A doctor sees each of them."""

    number: int
    changes: dict[str, Any]
    records: tuple[Record, ...]
    code: int


def mx(*targets: str) -> tuple[Record, ...]:
    return tuple(Record("broken.test", "MX", f"10 {target}.") for target in targets)


# What is wrong with our own side: settings, DNS; and whether that is an error (4) or leaves everything open (3).
GONE = (*mx("gone.test"), Record("gone.test", "A", NOBODY_THERE))
# Where nobody listens, and who connects hears so at once.
SIX = (*mx("six.test"), Record("six.test", "AAAA", "::1"))
LITERAL = {"catch_addresses": (f"audit@[{NOBODY_THERE}]",)}
AT_BROKEN = {"catch_addresses": (ELSEWHERE,)}
MISSPELT, TAKES_ALL = {"catch_addresses": ("audit@cacth.test",)}, {"catch_addresses": ("audit@silent.test",)}
ROWS: dict[str, Broken] = {
    "catch domain misspelt": Broken(1, MISSPELT, (), 4),
    "catch domain misspelt, by ourselves": Broken(1, ALONE | MISSPELT, (), 4),
    "MX of a host that takes everything": Broken(2, TAKES_ALL, (), 4),
    "MX of a host that takes everything, by ourselves": Broken(2, ALONE | TAKES_ALL, (), 4),
    "MX without an address": Broken(3, AT_BROKEN, mx("nowhere.test"), 4),
    "null MX": Broken(4, AT_BROKEN, (Record("broken.test", "MX", "0 ."),), 4),
    "MX where nobody listens": Broken(5, AT_BROKEN, GONE, 4),
    "MX where nobody listens, by ourselves": Broken(5, ALONE | AT_BROKEN, GONE, 4),
    "unqualified name": Broken(13, {"catch_addresses": ("audit@catch",)}, (), 4),
    "IPv6 addresses only": Broken(10, AT_BROKEN, SIX, 4),
    "IPv6 addresses only, by ourselves": Broken(10, ALONE | AT_BROKEN, SIX, 4),
    "literal of another machine": Broken(12, LITERAL, (), 4),
    "literal of another machine, by ourselves": Broken(12, ALONE | LITERAL, (), 4),
}


class Insisting(Bouncing):
    """Writes to nobody in plain text."""

    def write_to(self, address: str, content: bytes) -> None:
        self._spawn(self._write(address, content))

    async def _write(self, address: str, content: bytes) -> None:
        if await self._offers_tls(address.rpartition("@")[2]):
            super().write_to(address, content)

    async def _offers_tls(self, domain: str) -> bool:
        try:
            exchanger, *_ = await self.network.resolver.mail_exchangers(domain)
            host = exchanger.addresses[0]
            async with aiosmtplib.SMTP(host, self.network.port, start_tls=False, timeout=TIMEOUT_S) as client:
                await client.ehlo()
                return client.supports_extension("starttls")
        except (DnsError, aiosmtplib.SMTPException, OSError):
            return False


class Hushing(Bouncing):
    """Bounces nothing that looks like bulk mail."""

    async def accepted(self, envelope: Envelope) -> None:
        if "Precedence" not in envelope.header:
            await super().accepted(envelope)


class Validating(Bouncing):
    """Resolves nothing of a zone whose keys do not fit."""

    def write_to(self, address: str, content: bytes) -> None:
        if address.rpartition("@")[2] != CATCH_DOMAIN:
            super().write_to(address, content)


class Otherwise(Struct, frozen=True, kw_only=True):
    """A catch mailbox beside the built-in one, and a guilty target. `seen` stands in what a doctor says, if it can.

    Where a bounce has to come in time, `wait_s` has room for a machine that is busy; else silence is waited out.
    """

    number: int
    wait_s: float = 4.0
    catch: type[CatchMx] = CatchMx
    behaviour: type[Host] = Bouncing
    records: tuple[Record, ...] = ()
    changes: dict[str, Any] = {}
    disarms: bool = False
    adds: str = ""
    signs: bool = False
    codes: tuple[int, ...] = (3,)
    seen: str = ""


BOGUS = (Record(CATCH_DOMAIN, "DS", f"12345 13 2 {'ab' * 32}"),)
TARGETS_MX = (Record("bad.test", "MX", f"5 {CATCH.name}."),)
DISARMING = {"kinds": ("spam:gtube",)}  # the contents that it takes away
NO_NDN = "not so: a DSN reaches the catch mailbox"
OTHER_CATCHES: dict[str, Otherwise] = {
    "DNSSEC broken": Otherwise(number=11, behaviour=Validating, records=BOGUS, seen="no DNSKEY that matches"),
    "hairpin only": Otherwise(number=18, catch=other_catch.OnlyOurselves, codes=(4,), seen="did not reach"),
    "hairpin only, by ourselves": Otherwise(
        number=18, catch=other_catch.OnlyOurselves, changes=ALONE, seen="not shown to be open to strangers"
    ),
    "one address for all": Otherwise(number=19, catch=other_catch.Proxied, codes=(1, 3), seen="hides who connects"),
    "no PTR": Otherwise(number=26, catch=other_catch.Picky),
    "no PTR, direct": Otherwise(number=26, catch=other_catch.Picky, changes=DIRECT),
    "no STARTTLS": Otherwise(number=29, behaviour=Insisting),
    "no STARTTLS, direct": Otherwise(number=29, behaviour=Insisting, changes=DIRECT),
    "BATV": Otherwise(number=30, wait_s=12.0, catch=other_catch.SignsItsOwn, signs=True, codes=(1,), seen=NO_NDN),
    "BATV, and silence": Otherwise(number=30, catch=other_catch.SignsItsOwn, signs=True, behaviour=Discarding),
    "rate limit": Otherwise(number=32, catch=other_catch.Limited),
    "mailbox full": Otherwise(number=32, catch=other_catch.FillsUp),
    "mailbox full, direct": Otherwise(number=32, catch=other_catch.FillsUp, changes=DIRECT),
    "second hop": Otherwise(number=36, catch=other_catch.Forwarding),
    "second hop, direct": Otherwise(number=36, catch=other_catch.Forwarding, changes=DIRECT),
    "half open": Otherwise(number=37, catch=other_catch.HalfOpen),
    "half open, direct": Otherwise(number=37, catch=other_catch.HalfOpen, changes=DIRECT),
    "lagging": Otherwise(number=37, catch=other_catch.Lagging, behaviour=Discarding, seen="a bounce may be on its way"),
    "content taken away": Otherwise(
        number=39, disarms=True, behaviour=Hushing, changes=DISARMING, seen="not shown to pass on"
    ),
    "Precedence added": Otherwise(number=39, adds="Precedence: bulk", behaviour=Hushing, seen="adds precedence"),
    "one host": Otherwise(
        number=40, catch=other_catch.Shared, records=TARGETS_MX, seen="the catch mailbox's host as well"
    ),
    "one host, direct": Otherwise(
        number=40, catch=other_catch.Shared, records=TARGETS_MX, changes=DIRECT, seen="host as well"
    ),
}
SOUND = Otherwise(number=0, wait_s=60.0)
