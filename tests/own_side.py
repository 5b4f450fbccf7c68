"""The forty ways in which an own side is broken, and what bsaudit says to each: prints docs/own-side.md.

The rows themselves are tried by test_own_side.py, test_other_mx.py and test_other_catch.py in tests/process/audit (in
the embedded laboratory), and by tests/mta/test_own_side_network.py (in a network of real servers, with nftables and a
Postfix as catch MX).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tests.mta import own_side as network
from tests.support import own_side as laboratory

# A dagger: nothing that a doctor can see from here.
FORTY = (
    "the catch domain is misspelt",
    "its MX is a foreign host that takes everything",
    "its MX has no address",
    "it has a null MX (RFC 7505)",
    "its MX has an address where nobody listens for us",
    "of an equal pair of MXs one is an old server",
    "a backup MX elsewhere takes mail and holds it",
    "split DNS: we see our own MX, others see another",
    "a stale secondary name server",
    "the MX has IPv6 addresses only, the target has none",
    "DNSSEC is broken, for targets that validate",
    "an address literal, which the target does not write to †",
    "a name that only the relay knows",
    "port 25 is open to the relay only †",
    "port 25 is dropped",
    "the catch MX listens on 2525, and nothing redirects",
    "port 25 is translated to an old host",
    "only the way through our own router works",
    "a proxy hides who connects",
    "a limit on connections †",
    "the port closes in the middle of a run",
    "outgoing port 25 ends in a proxy",
    "a proxy on outgoing port 25 bounces by itself, the target is innocent",
    "the catch MX blocks the target only †",
    "mail from <> is refused, except from its own networks",
    "hosts without PTR or SPF are refused †",
    "DMARC refuses the target's MAILER-DAEMON †",
    "greylisting beyond the grace, the relay exempt †",
    "no STARTTLS, and the target insists †",
    "BATV refuses what it did not sign",
    "tagged addresses are refused from outside",
    "a limit, or a full mailbox, in the middle of a run †",
    "the wrong folder",
    "bounces in free text are dropped, DSNs pass †",
    "another account's address",
    "the second hop of a forward refuses †",
    "the mailbox lags behind",
    "the relay delivers to the catch itself, and nobody else can",
    "the relay disarms content, or adds Precedence",
    "catch and target are one host",
)
# Tried by tests of their own in the embedded laboratory, with exit codes as in the tables.
BESIDE = {6: (4,), 7: (3,), 8: (3,), 9: (3,), 21: (3,), 39: (3,)}
SEEN_BESIDE = {6, 7, 8, 9}
RUNS = {4: "error, exit 4", 3: "inconclusive, exit 3", 1: "backscatter, exit 1"}
HEAD = """# The own side, broken

What bsaudit says of a guilty server (row 23: of an innocent one) when something is wrong with our own side. Never
clean, never exit 0. Made by `python -m tests.own_side` from the tables that the tests try: `lab` in the embedded
laboratory, `net` in a network of real servers with nftables and a Postfix as catch MX. † nothing that a `doctor` can
see from here.

"""


def page() -> str:
    lines = ["| | what is broken | tried in | ends as | doctor |", "|---|---|---|---|---|"]
    for number, text in enumerate(FORTY, start=1):
        where, codes = tried(number)
        ends = " or ".join(RUNS[code] for code in sorted(codes, reverse=True)) or "not tried"
        lines.append(f"| {number} | {text} | {', '.join(where)} | {ends} | {'sees it' if is_seen(number) else ''} |")
    lines += ["", "These only look broken, and still decide:", ""]
    lines += [f"- {row.what} ({', '.join(row.routes)})" for row in network.DECIDED]
    return HEAD + "\n".join(lines) + "\n"


def tried(number: int) -> tuple[list[str], set[int]]:
    """Return where a row is tried, and how it may end."""
    inside = [row.code for row in laboratory.ROWS.values() if row.number == number] + list(BESIDE.get(number, ()))
    inside += [code for row in laboratory.OTHER_CATCHES.values() if row.number == number for code in row.codes]
    outside = [row for row in network.ROWS if row.number == number]
    where = [*(["lab"] if inside else []), *(f"net, {route}" for route in dict.fromkeys(_routes(outside)))]
    return where, {*inside, *(code for row in outside for code in row.codes)}


def is_seen(number: int) -> bool:
    """Say whether a doctor was shown to see it."""
    inside = any(row.number == number for row in laboratory.ROWS.values())
    inside |= any(row.number == number and row.seen for row in laboratory.OTHER_CATCHES.values())
    return inside or number in SEEN_BESIDE or any(row.is_seen for row in network.ROWS if row.number == number)


def _routes(rows: list[network.Broken]) -> Iterator[str]:
    return (route for row in rows for route in row.routes)


if __name__ == "__main__":
    sys.stdout.write(page())
