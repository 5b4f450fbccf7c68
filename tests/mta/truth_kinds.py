"""What is true of the targets of `kinds`, as data: what each probe must show, and the verdict that follows.

A row holds by every route that its run declares. `shows` names each probe that the run sends to the target, as
KIND/SHAPE; the repetition of a probe ends in `again`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.mta import kinds
from tests.mta.places import CATCH_MX, CATCH_USER, SINK_DOMAIN

RELAY, DIRECT = "relay", "direct"
BOTH = (RELAY, DIRECT)
# Relays through which answers of every form are harder to attribute: one rewrites reverse-paths, one is no Postfix.
SRS, COURIER = "srs", "courier"


@dataclass(frozen=True)
class Truth:
    """One target in one run. `findings` are those about who answers whom and how that must be there, no others."""

    target: str
    what: str
    verdict: str
    shows: Mapping[str, str]
    findings: frozenset[str] = frozenset()
    named: tuple[str, ...] = ()  # options that name an address at the target, with its local-part

    @property
    def domain(self) -> str:
        return f"{self.target}.example"

    @property
    def options(self) -> list[str]:
        names, users = self.named[::2], self.named[1::2]
        return [word for name, user in zip(names, users, strict=True) for word in (name, f"{user}@{self.domain}")]


@dataclass(frozen=True)
class Run:
    """Several targets audited by one command, by each of `routes`."""

    rows: tuple[Truth, ...]
    kinds: tuple[str, ...]
    routes: tuple[str, ...] = BOTH
    options: tuple[str, ...] = ()
    catch: tuple[str, ...] = ()
    quick: bool = False


FULL, DISABLED, VACATION, FORWARDER, LIST = (
    "--full-recipient",
    "--disabled-recipient",
    "--autoresponder",
    "--forwarder",
    "--mailing-list",
)
# Findings that the rows speak of; those about the text of an NDN have tests of their own.
ABOUT_ANSWERS = frozenset({
    "answers",
    "answers-wrong-address",
    "answers-lists",
    "answer-reverse-path",
    "answer-unmarked",
    "forwards-and-returns",
    "callout",
    "bounces-authenticated",
    "refuses-null-reverse-path",
    "no-postmaster",
    "no-abuse",
    "no-contact",
    "ndn-bounces-a-bounce",
})  # fmt: skip


def vacation(ordinary: str, spam: str, on_list: str, again: str) -> dict[str, str]:
    names = ("ordinary", "spam", "list", "ordinary again")
    return {
        f"autoresponder/{name}": outcome for name, outcome in zip(names, (ordinary, spam, on_list, again), strict=True)
    }


NAMED = (
    Truth(
        "quota-at-delivery",
        "Postfix before Dovecot: the quota is found exceeded at delivery (LMTP)",
        "backscatter",
        {"mailbox-full/full": "bounced"},
        named=(FULL, "full"),
    ),
    Truth(
        "quota-at-rcpt",
        "Postfix asks Dovecot's quota-status before it accepts",
        "clean",
        {"mailbox-full/full": "rejected"},
        named=(FULL, "full"),
    ),
    Truth(
        "disabled-behind",
        "an account that the mail store behind the edge does not know",
        "backscatter",
        {"mailbox-disabled/disabled": "bounced"},
        named=(DISABLED, "former"),
    ),
    Truth(
        "disabled-at-rcpt",
        "an account refused at RCPT as disabled",
        "clean",
        {"mailbox-disabled/disabled": "rejected"},
        named=(DISABLED, "former"),
    ),
    Truth(
        "sieve-vacation",
        "Pigeonhole's vacation, behind a filter that refuses spam",
        "inconclusive",
        vacation("autoreplied", "rejected", "accepted_silently", "accepted_silently"),
        frozenset({"answers"}),
        (VACATION, "away"),
    ),
    Truth(
        "vacation1",
        "vacation(1) from .forward: answers spam too, with a reverse-path of its own and unmarked",
        "backscatter",
        vacation("autoreplied", "autoreplied", "accepted_silently", "accepted_silently"),
        frozenset({"answers", "answer-reverse-path", "answer-unmarked"}),
        (VACATION, "away"),
    ),
    Truth(
        "exim-vacation",
        "Exim's vacation: answers Reply-To, spam too",
        "backscatter",
        vacation("autoreplied", "autoreplied", "accepted_silently", "accepted_silently"),
        frozenset({"answers", "answers-wrong-address"}),
        (VACATION, "away"),
    ),
    Truth(
        "sieve-reject",
        "Pigeonhole's reject: an MDN that refuses, after acceptance (RFC 5429)",
        "backscatter",
        vacation("bounced", "rejected", "bounced", "bounced"),
        named=(VACATION, "stern"),
    ),
    Truth(
        "forwards-refused",
        "forwards to a host elsewhere that refuses, and returns that",
        "backscatter",
        {"forwarder/ordinary": "bounced"},
        frozenset({"forwards-and-returns"}),
        (FORWARDER, "abroad"),
    ),
    Truth(
        "forwards-on",
        "forwards to a host elsewhere that accepts and bounces: a third party wrote that",
        "inconclusive",
        {"forwarder/ordinary": "bounced"},
        frozenset({"forwards-and-returns"}),
        (FORWARDER, "afar"),
    ),
    Truth(
        "pipe-fails",
        "Postfix: the program in .forward fails",
        "backscatter",
        {"forwarder/ordinary": "bounced"},
        named=(FORWARDER, "broken"),
    ),
    Truth(
        "exim-pipe-fails",
        "Exim: the program in .forward fails",
        "backscatter",
        {"forwarder/ordinary": "bounced"},
        named=(FORWARDER, "broken"),
    ),
    Truth(
        "mlmmj",
        "a list that tells those who are no members, at the address in From",
        "inconclusive",
        {"mailing-list/non-member": "autoreplied"},
        frozenset({"answers", "answers-wrong-address", "answer-reverse-path", "answer-unmarked"}),
        (LIST, "talk"),
    ),
)
CHALLENGED = (
    Truth("challenges", "a challenge to every stranger", "backscatter", {"challenge/stranger": "challenged"}),
    Truth("pipe-fails", "no challenge", "clean", {"challenge/stranger": "accepted_silently"}),
)
RULED = (
    Truth("rule-in-session", "its own rule refuses at the end of data", "clean", {"rule/rule": "rejected"}),
    Truth("rule-behind", "its own rule applied behind the queue", "backscatter", {"rule/rule": "bounced"}),
)
MASKED = {"unknown-recipient/random": "masked", "spam/gtube": "masked", "spam/offer": "masked"}
OFFERED = {"unknown-recipient/random": "rejected", "spam/gtube": "rejected", "spam/offer": "bounced"}
SPARED = {"unknown-recipient/random": "masked", "spam/gtube": "accepted_silently", "spam/offer": "accepted_silently"}
CONTENT = (
    Truth("blocklists", "refuses everything: the client is on a blocklist", "inconclusive", MASKED),
    Truth(
        "spares-the-known",
        "refuses clients on a blocklist, but for the valid recipient",
        "inconclusive",
        SPARED,
    ),
    Truth("refuses-spf", "refuses everything: SPF does not vouch for the reverse-path", "inconclusive", MASKED),
    Truth(
        "bounces-offers", "refuses GTUBE in the session, bounces other spam behind the queue", "backscatter", OFFERED
    ),
    Truth("suppresses-bulk", "bounces what a filter found, except mail that looks automatic", "backscatter", OFFERED),
)


def session(unknown: str, valid: str, postmaster: str, abuse: str, oversize: str) -> dict[str, str]:
    return {
        "null-reverse-path/unknown": unknown,
        "null-reverse-path/valid": valid,
        "postmaster/postmaster": postmaster,
        "abuse/abuse": abuse,
        "oversize/oversize": oversize,
    }


TAKEN = "accepted_silently"
SESSION = (
    Truth(
        "size-in-session",
        "a size limit announced and kept; postmaster and abuse exist",
        "clean",
        session("rejected", TAKEN, TAKEN, TAKEN, "rejected"),
    ),
    Truth(
        "size-behind",
        "a size limit behind the queue, that the edge does not announce; its bounce names a contact that is not there",
        "backscatter",
        session("rejected", TAKEN, TAKEN, TAKEN, "bounced") | {"contact/None": "rejected"},
        frozenset({"no-contact"}),
    ),
    Truth(
        "no-postmaster",
        "neither postmaster nor abuse",
        "inconclusive",
        session("rejected", TAKEN, "rejected", "rejected", "rejected"),
        frozenset({"no-postmaster", "no-abuse"}),
    ),
    Truth(
        "tags-bounces",
        "tags its own reverse-paths (BATV) and refuses <> to an address without a tag",
        "inconclusive",
        session("rejected", "masked", TAKEN, TAKEN, "rejected"),
    ),
    Truth(
        "answers-notifications",
        "answers the author of everything for unknown users, notifications too",
        "backscatter",
        session("bounced", TAKEN, "unresolved", "unresolved", "rejected"),
        frozenset({"answers-wrong-address", "ndn-bounces-a-bounce"}),
    ),
)
VOUCHED = (
    Truth(
        "authenticated-only",
        "Exim that bounces what SPF vouches for, and drops the rest",
        "inconclusive",
        {"unknown-recipient/random": "bounced", "unknown-recipient/role": "bounced"},
        frozenset({"bounces-authenticated"}),
    ),
    Truth(
        "postfix-bounces",
        "bounces whoever is in the reverse-path",
        "backscatter",
        {"unknown-recipient/random": "bounced", "unknown-recipient/role": "bounced"},
    ),
)
CALLED_OUT = (
    Truth(
        "verifies-senders",
        "Postfix that tests reverse-paths (reject_unverified_sender)",
        "inconclusive",
        {"unknown-recipient/random": "called_out"},
        frozenset({"callout"}),
    ),
    Truth("postfix-rejects", "no callout", "clean", {"unknown-recipient/random": "rejected"}),
)


def shapes(outcome: str, tagged: str) -> dict[str, str]:
    names = ("random", "role", "long", "quoted", "utf8", "mx-host")
    return {f"unknown-recipient/{name}": outcome for name in names} | {"unknown-recipient/tagged": tagged}


SHAPED = (
    Truth("postfix-rejects", "nobody of any shape is taken for somebody", "clean", shapes("rejected", TAKEN)),
    Truth("postfix-gateway", "everybody of any shape is taken", "backscatter", shapes("bounced", TAKEN)),
)
# Served by the same host as its alias: that host is Postfix, and knows its users in every domain.
ALIASED = (
    Truth(
        "size-in-session", "its other domain knows nobody else either", "clean", {"unknown-recipient/alias": "rejected"}
    ),
)
RUNS = {
    "named": Run(
        NAMED,
        ("mailbox-full", "mailbox-disabled", "autoresponder", "forwarder", "mailing-list"),
        (RELAY, SRS, COURIER, DIRECT),
        options=("--third-party-permission", "the proving ground"),
    ),
    "challenge": Run(CHALLENGED, ("challenge",), (RELAY, SRS, DIRECT), quick=True),
    "rule": Run(RULED, ("rule",), quick=True),
    "content": Run(CONTENT, ("unknown-recipient:random", "spam")),
    "shapes": Run(SHAPED, ("unknown-recipient:all",)),
    "alias": Run(ALIASED, ("unknown-recipient:alias",), options=("--alias-domain", "rule-in-session.example")),
    "session": Run(SESSION, ("null-reverse-path", "postmaster", "abuse", "oversize"), (DIRECT,)),
    "vouched": Run(
        VOUCHED,
        ("unknown-recipient:random", "unknown-recipient:role"),
        (RELAY,),
        catch=(
            *("--catch", f"imaps://{CATCH_USER}@{CATCH_MX}"),
            *("--catch-address", f"{CATCH_USER}@{kinds.VOUCHED}", "--catch-address", f"{CATCH_USER}@{kinds.UNVOUCHED}"),
        ),
    ),
    "callout": Run(
        CALLED_OUT,
        ("unknown-recipient:random",),
        (RELAY,),
        catch=("--catch", "sink://198.51.100.3:25", "--catch-address", f"probe@{SINK_DOMAIN}"),
    ),
}
