"""docs/kinds.md, generated from the catalogue and the words below: `python -m docs.generate.kinds > docs/kinds.md`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from bsaudit.model.mail import Route
from bsaudit.model.probe import Control
from bsaudit.model.settings import DEFAULT_MAX_PROBES, DEFAULT_RATE
from bsaudit.probe.catalogue import CATALOGUE, ProbeKind, Shape, To

_HEAD = """\
# Kinds of probes

Generated from the catalogue: `python -m docs.generate.kinds > docs/kinds.md`. `bsaudit probe --list-kinds` prints the
same in short.

Ask for one with `--probe KIND` (its default shapes), `--probe KIND:SHAPE` or `--probe KIND:all`; leave one out with
`--skip`. What is sent word for word: `bsaudit probe TARGET --dry-run --verbose`.

A rejection counts only when its reason fits the probe, or when it says too little and the same host took the positive
control (an ordinary message to the valid recipient) in the same run. Every other rejection is
[`masked`](outcomes.md#masked), and so is one that came before the server had heard what the probe is about, or that
speaks of the client or the sender. Unless a section says otherwise: `rejected` and `accepted_silently` are good,
`bounced`, `delay_notified` and `challenged` are backscatter.
"""

_PLAN = """\

## The default plan

At most {messages} messages to a target, {rate:g} a second (`--max-probes`, `--rate`). The most telling shape of each
kind goes before the second shape of any. What there is no room for is named beside a clean verdict; a mail exchanger
that got nothing forbids one. Nor does a host get more than [it usually stands](harm.md): on the direct route `role` and
`tagged` are one unknown recipient too many for a host that agreed to nothing. What a target is sent when nothing else
is asked for:

| | by relay | direct |
|---|---|---|
{rows}

The first bounce of a target is followed, while the number of messages allows it, by the same message without NOTIFY
(would it have bounced without DSN?) and, with a second `--catch-address`, by one from a reverse-path that SPF does
not vouch for. The first answer that cannot be read, where a report of success was asked for, is followed by the same
without NOTIFY, too: is it such a report? Naming an address (`--full-recipient`, `--autoresponder`, …) or a `--rule`
adds its kind.
"""

_CONTROLS_HEAD = """\

## Controls

Messages whose fate is known beforehand, unless our own side, the relay or the target's valid recipient fails: without
them nothing else means anything. All but `positive`, `asked` and `trusted` go to our own side alone.

| control | meaning |
|---|---|
"""

# What each shows when it comes out as it should.
_CONTROLS = {
    Control.CATCH: "an ordinary message reaches the catch mailbox",
    Control.CATCH_SECOND: "… by the second `--catch-address`",
    Control.NDN: "a notification reaches the catch mailbox",
    Control.NDN_RETURN: "… through a relay that rewrites the reverse-path",
    Control.CALIBRATION_REFUSED: "how the relay's own NDN reads when our own side refuses a message",
    Control.CALIBRATION_UNREACHABLE: "… when a host under our own domain does not answer",
    Control.ENTRANCE: "what is left at a catch domain's mail exchanger that does not greet as our catch MX reaches it",
    Control.AWAITED: "nothing is sent: mail that comes to it is a stranger's (`doctor --wait-for-mail`)",
    Control.CONTENT: "test content comes through the relay as it was sent",
    Control.CLOSING: "a notification still reaches the catch mailbox after the last quiet time",
    Control.ASKED: "asked at RCPT by `--route both`, where the relay goes: somebody who exists, and nobody",
    Control.TRUSTED: "asked at RCPT: whether the target takes us for a user of its own",
    Control.POSITIVE: "the target takes an ordinary message to the valid recipient",
}

# What an administrator should know of a kind beyond its row in the catalogue.
_PROSE = {
    "unknown-recipient": """\
The question behind most backscatter. A server that says 250 to mail for nobody must write to the reverse-path later
(RFC 5321 §6.1), and the reverse-path is forged. Edges that know no users, backup MXs and gateways are the usual
culprits, so on the direct route the first shape goes to every address of every MX. `role` looks like a name that a
pattern may let pass; `tagged` is the valid recipient with a tag, which an edge may strip and an inner host refuse:
where tags are delivered, silence is right. `utf8` is sent only where SMTPUTF8 is offered; elsewhere nobody can send
such mail, which is as good as refusing it. `alias` goes to each `--alias-domain` that the same mail exchangers serve;
naming one adds it.""",
    "spam": """\
`gtube` is known to every filter by heart, and some reject it before any other rule: a server that rejects it may still
bounce other spam. That is what `offer` is for. `uri` carries the test points of URI blocklists.""",
    "virus": """\
The EICAR test file, plain, zipped, or zipped twice. It is harmless and every scanner knows it. A scanner behind the
queue that notifies "the sender" of a worm writes to somebody whose address the worm forged.""",
    "banned-attachment": "A text file called like a program behind a second extension.",
    "mixed-recipients": """\
One transaction, two recipients: the valid one and nobody. A proper server refuses one at RCPT and takes the other.
`content` sends test content to both.""",
    "null-reverse-path": """\
`unknown` is a notification to somebody who does not exist. It may be rejected or dropped, but not answered: a bounce of
a bounce never ends (finding `ndn-bounces-a-bounce`). `valid` asks at RCPT whether real users can be notified at all; a
refusal is the finding `refuses-null-reverse-path` (servers that sign their reverse-paths, BATV, may refuse it to
untagged addresses).""",
    "phish": "Experimental: no filter that honours GTPHISH is known, so silence is the expected answer.",
    "oversize": """\
Larger than the SIZE that the server announced by 64 KiB, at most 64 MiB altogether. Costs traffic. Where no SIZE is
announced, or a larger one, silence shows nothing.""",
    "rule": """\
A whole message (.eml) or a piece of one; what is missing is added. One probe for each `--rule FILE`.

Every octet stays, but fields that name somebody else (To, Resent-To, Delivered-To …) or keep servers silent
(Precedence, List-Id, Auto-Submitted …) do not go out. The plan and `--dry-run` name those that nothing replaces: a rule
that matches one of them is not tried.""",
    "mailbox-full": "A rejection with 4.2.2 or 5.2.2 at RCPT is right; accepting and bouncing later is not.",
    "mailbox-disabled": "As for an unknown recipient: the edge has to know.",
    "autoresponder": """\
An answer to ordinary mail is a finding, not backscatter, and judged by RFC 3834: null reverse-path, Auto-Submitted, to
the reverse-path and not to From or Reply-To, once a sender, never to lists. An answer to `spam` is backscatter. The
`list` shape is the one probe that carries List-Id and Precedence.""",
    "challenge": "A request to prove oneself, sent to whoever was written into the reverse-path, is backscatter.",
    "forwarder": """\
Mail goes on to a third party, so its owner's permission is needed too (`--third-party-permission`, or a yes on the
terminal). What the destination returns through the forwarder is the finding `forwards-and-returns`. One that passes
the destination's refusal on in the session is right.""",
    "mailing-list": """\
Sent as somebody who is no member, after confirmation. "Held for approval" to a forged sender is what spammed people
get.""",
    "postmaster": "Compared with a name that nobody has, in the same session: both accepted means unknown.",
    "contact": """\
Not planned but followed up, on the direct route: where a bounce tells people to write to an address of the target's own
domain, the target is asked at RCPT whether that address exists (finding `no-contact`).""",
    "abuse": "Compared with a name that nobody has, in the same session: both accepted means unknown.",
}

_WHOM = {
    To.RANDOM: "nobody, under a name that cannot be guessed",
    To.ROLE: "nobody, under a name that looks like a role",
    To.TAGGED: "the valid recipient with a tag",
    To.LONG: "nobody, with a local-part of 64 octets",
    To.QUOTED: "nobody, with a quoted local-part",
    To.UTF8: "nobody, with a local-part beyond ASCII",
    To.MX_HOST: "nobody at the mail exchanger's own name",
    To.ALIAS: "nobody, at another domain of the target (`--alias-domain`)",
    To.MIXED: "the valid recipient and nobody",
    To.WITH_RANDOM: "the address and nobody",
}


def page() -> str:
    """Return the page: the default plan, then a section for each kind in the order of the catalogue."""
    return _HEAD + _plan() + _controls() + "".join("\n" + "\n".join(_section(row)) + "\n" for row in CATALOGUE)


def _controls() -> str:
    return _CONTROLS_HEAD + "".join(f"| `{control}` | {_CONTROLS[control]} |\n" for control in Control)


def _plan() -> str:
    rows = [("the positive control", "yes", "to each address of each MX")]
    rows += [(f"[{row.kind}](#{row.kind}), {shape.name}", *_goes(row, shape)) for row, shape in _default_shapes()]
    table = "\n".join(f"| {name} | {relay} | {direct} |" for name, relay, direct in rows)
    return _PLAN.format(messages=DEFAULT_MAX_PROBES, rate=DEFAULT_RATE, rows=table)


def _default_shapes() -> Iterator[tuple[ProbeKind, Shape]]:
    return ((row, shape) for row in CATALOGUE if row.default for shape in row.shapes if shape.default)


def _goes(row: ProbeKind, shape: Shape) -> tuple[str, str]:
    asked = "at RCPT only" if shape.rcpt_only else "yes"
    direct = "to each address of each MX" if shape.each_exchanger else asked
    return asked if Route.RELAY in row.routes else "no", direct if Route.DIRECT in row.routes else "no"


def _section(row: ProbeKind) -> Iterator[str]:
    yield f"## {row.kind}\n"
    yield f"{row.purpose[0].upper()}{row.purpose[1:]}. What it proves: {row.proves}.\n"
    yield f"{_PROSE[row.kind]}\n"
    yield f"- {'In the default plan' if row.default else 'On request'}; routes: {', '.join(sorted(row.routes))}."
    if row.needs:
        option, comma, more = row.needs.partition(",")
        yield f"- Needs `{option}`{comma}{more}."
    fits = ", ".join(sorted(reason.value for reason in row.fits))
    yield f"- A rejection counts when its reason is {fits}." if fits else "- No reason of a rejection fits by itself."
    if row.shapes:
        yield from _shapes(row)


def _shapes(row: ProbeKind) -> Iterator[str]:
    yield "\n| shape | to | content | |\n|---|---|---|---|"
    for shape in row.shapes:
        yield f"| `{shape.name}` | {_whom(row, shape)} | {_content(shape)} | {', '.join(_notes(row, shape))} |"


def _whom(row: ProbeKind, shape: Shape) -> str:
    if shape.to is not To.NAMED:
        return _WHOM[shape.to]
    return "the valid recipient" if row.role in ("valid", "unknown") else f"the address named ({row.role.value})"


def _content(shape: Shape) -> str:
    return "none" if shape.rcpt_only else shape.content.title


def _notes(row: ProbeKind, shape: Shape) -> Iterator[str]:
    if row.default and not shape.default:
        yield "on request"
    if shape.content.needs_consent:
        yield "test content"
    if shape.null_reverse_path:
        yield "from `<>`"
    if shape.repeat:
        yield "sent twice"
    if shape.fits:
        yield f"also fits: {', '.join(sorted(reason.value for reason in shape.fits))}"


if __name__ == "__main__":
    click.echo(page(), nl=False)
