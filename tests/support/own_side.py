"""Own sides that the embedded laboratory can break: settings and DNS, by the numbers of docs/own-side.md."""

from __future__ import annotations

from typing import Any, NamedTuple

from bsaudit.lab.dns import Record
from bsaudit.lab.laboratory import CATCH
from bsaudit.model.mail import Route

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
SIX = (*mx("six.test"), Record("six.test", "AAAA", "2001:db8::1"))
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
    "MX where nobody listens, by ourselves": Broken(5, ALONE | AT_BROKEN, GONE, 3),
    "unqualified name": Broken(13, {"catch_addresses": ("audit@catch",)}, (), 4),
    "IPv6 addresses only": Broken(10, AT_BROKEN, SIX, 4),
    "IPv6 addresses only, by ourselves": Broken(10, ALONE | AT_BROKEN, SIX, 3),
    "literal of another machine": Broken(12, LITERAL, (), 4),
    "literal of another machine, by ourselves": Broken(12, ALONE | LITERAL, (), 3),
}
