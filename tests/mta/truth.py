"""What is true of every target, as data: what each probe must show, by each route, and the verdict that follows.

Each row says for one target what its configuration makes it do; the letters stand for the probes of the default plan in
the order of `PROBES`. `python -m tests.mta.truth` prints the table as the page docs/truth-table.md.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

PROBES = (
    "unknown-recipient/random",
    "unknown-recipient/role",
    "unknown-recipient/tagged",
    "spam/gtube",
    "spam/offer",
    "virus/eicar",
    "virus/zip",
    "banned-attachment/double-extension",
    "mixed-recipients/unknown",
)
DIRECT_PROBES = (*PROBES, "null-reverse-path/unknown", "null-reverse-path/valid")


@dataclass(frozen=True)
class Shown:
    """The outcome that a letter stands for, and who must have written the notifications of it, by route."""

    outcome: str
    relayed: frozenset[str] = frozenset()
    direct: frozenset[str] = frozenset()
    words: str = ""


RELAY, TARGET, BEYOND = frozenset({"relay"}), frozenset({"target"}), frozenset({"beyond_target"})
NOBODY: frozenset[str] = frozenset()
LETTERS = {
    "R": Shown("rejected", RELAY, NOBODY, "refused in the session; by the relay route the relay says so"),
    "B": Shown("bounced", TARGET, TARGET, "accepted, and bounced by the target"),
    "I": Shown("bounced", BEYOND, BEYOND, "accepted, and bounced by a host behind the target"),
    "D": Shown("delay_notified", TARGET, TARGET, "accepted, and the target warned of a delay"),
    "S": Shown("accepted_silently", words="accepted, which is shown, and nothing came back"),
    "U": Shown("unresolved", words="nothing came back, and nothing shows that it was accepted"),
    "F": Shown("deferred", RELAY, NOBODY, "put off until the relay gave up or the wait ended"),
    "X": Shown("unreachable", RELAY, NOBODY, "not reached"),
}
LAST = ("unknown-recipient/tagged",)
MIXED = "mixed-recipients/unknown"
ANY = "?"  # depends on the order in which the probes reach the target


@dataclass(frozen=True)
class Truth:
    """One target. `relay` and `direct` are `VERDICT LETTERS`; spaces between letters are for the reader.

    `without_dsn` is the relay route through a relay that offers no DSN; by default what `relay` says, with silence
    unresolved and a clean verdict inconclusive, since acceptance is not shown. `both` is by the relay and directly to
    the mail exchangers that it does not use, by default what `relay` says; `both_without_dsn` the same through a relay
    that offers no DSN: where unknown users are refused silence leaves gaps, and takes nothing away. `quick` rows
    are tried through every relay.
    """

    target: str
    what: str
    relay: str
    direct: str
    without_dsn: str = ""
    both: str = ""
    quick: bool = False

    @property
    def domain(self) -> str:
        return f"{self.target}.example"

    def seen(self, route: str) -> tuple[str, dict[str, str]]:
        """Return the verdict and the letter of each probe by `route`, one of the columns of the page."""
        row = self.row(route)
        verdict, _, letters = row.partition(" ")
        probes = DIRECT_PROBES if route == "direct" else PROBES
        return verdict, dict(zip(probes, letters.replace(" ", ""), strict=True))

    def row(self, route: str) -> str:
        match route:
            case "without_dsn":
                return self.without_dsn or _without_dsn(self.relay)
            case "both":
                return self.both or self.relay
            case "both_without_dsn":
                return _without_dsn(self.both or self.relay, asked=True)
            case _:
                return str(getattr(self, route))


def _without_dsn(row: str, *, asked: bool = False) -> str:
    verdict, _, letters = row.partition(" ")
    if asked:
        return f"{verdict} {letters.replace('S', 'U')}"
    return f"{verdict.replace('clean', 'inconclusive')} {letters.replace('S', 'U')}"


REFUSES = ("clean RRS RS RS S R", "clean RRS RS RS S R RS")
REFUSES_USERS = ("clean RRS SS SS S R", "clean RRS SS SS S R RS")
BOUNCES = ("backscatter BBS BS BS S B", "backscatter BBS BS BS S B SS")
BOUNCES_USERS = ("backscatter BBS SS SS S B", "backscatter BBS SS SS S B SS")
ALWAYS_BOUNCES = ("backscatter BBB BB BB B B", "backscatter BBB BB BB B B SS")

TABLE = (
    Truth("postfix-rejects", "Postfix: unknown users and test content refused", *REFUSES, quick=True),
    Truth("postfix-gateway", "Postfix gateway before a host that refuses", *BOUNCES, quick=True),
    Truth("postfix-bounces", "Postfix without a list of its users", *BOUNCES_USERS),
    Truth("exim-rejects", "Exim: unknown users and test content refused", *REFUSES, quick=True),
    Truth("exim-bounces", "Exim that verifies nobody at RCPT", *BOUNCES_USERS, quick=True),
    Truth("opensmtpd-rejects", "OpenSMTPD as it comes", *REFUSES_USERS),
    Truth("opensmtpd-gateway", "OpenSMTPD gateway before a host that refuses", *BOUNCES, quick=True),
    Truth("broken-starttls", "OpenSMTPD whose STARTTLS fails: mail comes in plain text", *REFUSES_USERS),
    Truth("haraka-rejects", "Haraka with a plugin that knows users and test content", *REFUSES),
    Truth("haraka-bounces", "Haraka that knows only its domains", *BOUNCES, quick=True),
    Truth("sendmail-rejects", "Sendmail as it comes", *REFUSES_USERS),
    Truth("sendmail-gateway", "Sendmail gateway before a host that refuses", *BOUNCES, quick=True),
    Truth(
        "courier-rejects",
        "Courier: unknown users refused, also with a tag it does not know",
        "clean RRR SS SS S R",
        "clean RRR SS SS S R RS",
    ),
    Truth("courier-gateway", "Courier gateway with backscatter switched on", *BOUNCES, quick=True),
    Truth(
        "courier-suppresses",
        "Courier gateway as it comes: drops its bounces, and refuses an address for a while after a failure",
        "inconclusive ??? ?? ?? ? ?",
        "inconclusive ??? ?? ?? ? ? ??",
    ),
    Truth("qpsmtpd-bounces", "qpsmtpd that knows only its domains, before a Postfix that sends on", *BOUNCES),
    Truth(
        "chasquid-forwards",
        "chasquid that forwards unknown users' mail to a host elsewhere that refuses it",
        "backscatter BBB SS SS S B",
        "backscatter BBB SS SS S B SS",
        quick=True,
    ),
    Truth(
        "backup-mx",
        "primary that refuses, backup that takes everything; a relay sees the primary only",
        "inconclusive RRS RS RS S R",
        "backscatter BRS RS RS S R RS",
        both="backscatter BRS RS RS S R",
    ),
    Truth(
        "primary-down",
        "primary down, the backup takes everything",
        BOUNCES[0],
        "backscatter BXX XX XX X X XX",
        both=BOUNCES[0],
    ),
    Truth(
        "inner-bounces",
        "gateway before a host that bounces by itself",
        "backscatter IIS SS SS S I",
        "backscatter IIS SS SS S I SS",
        quick=True,
    ),
    Truth("verifies", "gateway that asks the host behind it (address verification)", *REFUSES),
    Truth("strips-received", "gateway that removes Received lines", *BOUNCES, quick=True),
    Truth("borrowed-name", "gateway that calls itself by the relay's name in its bounces", *BOUNCES, quick=True),
    Truth("half-borrowed", "Exim gateway with the relay's name in its Received lines", *BOUNCES),
    Truth("localhost-name", "gateway called localhost.localdomain", *BOUNCES),
    Truth("bounces-through-relay", "gateway whose bounces leave through the relay itself", *BOUNCES),
    Truth("bounces-through-smarthost", "gateway whose bounces leave through a provider", *BOUNCES, quick=True),
    Truth("late-bounce", "accepts, tries for 6 s, then bounces", *ALWAYS_BOUNCES),
    Truth(
        "delay-notice",
        "Exim that warns of a delay",
        "backscatter DDD DD DD D D",
        "backscatter DDD DD DD D D SS",
    ),
    Truth(
        "delay-unasked",
        "Postfix that warns of a delay unless DSNs were asked for",
        "inconclusive UUU UU UU U U",
        "inconclusive UUS SS SS S U SS",
        without_dsn="backscatter DDD DD DD D D",
    ),
    Truth("greylists", "greylisting for 2 s", *REFUSES),
    Truth(
        "greylists-long",
        "greylisting for longer than the wait",
        "inconclusive FFF FF FF F F",
        "inconclusive FFF FF FF F F FF",
    ),
    Truth(
        "discards",
        "drops unknown users' mail and test content without a word",
        "inconclusive SSS US US S S",
        "clean SSS SS SS S S SS",
    ),
    Truth(
        "alias-fails",
        "the valid address is an alias of nobody",
        "backscatter RRB RB RB B B",
        "backscatter RRB RB RB B B RS",
    ),
    Truth(
        "alias-abroad",
        "the valid address is forwarded to a host elsewhere that refuses it",
        "backscatter RRB BB BB B B",
        "backscatter RRB BB BB B B RS",
    ),
    Truth("callout", "Exim that tests the reverse-path by a callout", *REFUSES),
    Truth(
        "amavis-bounces",
        "amavisd behind the queue that bounces",
        "backscatter RRS BS BB B R",
        "backscatter RRS BS BB B R RS",
    ),
    Truth(
        "amavis-rejects",
        "amavisd before the queue that refuses",
        "clean RRS RS RR R R",
        "clean RRS RS RR R R RS",
    ),
    Truth("implicit-mx", "no MX record, only an address", *REFUSES),
    Truth("dead-mx", "an MX that refuses connections", "inconclusive XXX XX XX X X", "inconclusive XXX XX XX X X XX"),
)

# By `--route both` are tried the targets whose verdict it may change, and the quick ones.
BY_BOTH = tuple(row for row in TABLE if row.quick or row.both or row.relay.startswith("clean"))
# Exim as it is set up here, the relay without DSN, gives up on who was put off once.
BY_BOTH_WITHOUT_DSN = tuple(row for row in BY_BOTH if row.target != "greylists")
COLUMNS = {
    "relay": "by relay",
    "without_dsn": "by a relay without DSN",
    "direct": "direct",
    "both": "by both",
    "both_without_dsn": "by both, relay without DSN",
}


def page() -> str:
    """Return docs/truth-table.md."""
    head = (
        "# The truth table of the proving ground\n\n"
        "What each server of `tests/mta` does, and what `bsaudit` must say of it. Made by\n"
        "`python -m tests.mta.truth`; `tests/mta/test_truth.py` compares it with the reports of the\n"
        "installed command.\n\n"
        "The letters stand for the probes, in this order: unknown recipient (random, role, tagged) · spam (GTUBE,\n"
        "offer) · virus (EICAR, zipped) · banned attachment · mixed recipients · and by the direct route a\n"
        "notification to an unknown and to a valid recipient. An empty cell is not tried.\n\n"
    )
    legend = "".join(f"- **{letter}** {shown.outcome}: {shown.words}\n" for letter, shown in LETTERS.items())
    legend += f"- **{ANY}** depends on the order in which the probes arrive\n\n"
    titles = ("target", "what it is", *COLUMNS.values())
    rows = f"| {' | '.join(titles)} |\n{'|---' * len(titles)}|\n"
    for truth in TABLE:
        cells = (_cell(truth, route) for route in COLUMNS)
        rows += f"| {truth.target} | {truth.what} | {' | '.join(cells)} |\n"
    return head + legend + rows


def _cell(truth: Truth, route: str) -> str:
    if truth not in {"both": BY_BOTH, "both_without_dsn": BY_BOTH_WITHOUT_DSN}.get(route, TABLE):
        return ""
    verdict, _, letters = truth.row(route).partition(" ")
    return f"{verdict}<br>`{letters}`"


if __name__ == "__main__":
    sys.stdout.write(page())
