"""The wording of reports: how outcomes and verdicts read to people."""

from __future__ import annotations

from datetime import datetime

from bsaudit.durations import duration
from bsaudit.judge.wording import AT_STAGE, own_word
from bsaudit.model.mail import Host, Reply, Stage
from bsaudit.model.probe import Control, CountsAs, Difference, Outcome, Probe
from bsaudit.model.report import Basis, Paste, ProbeEntry, Verdict
from bsaudit.probe.catalogue import KINDS

VERDICT = {
    Verdict.CLEAN: "CLEAN",
    Verdict.BACKSCATTER: "BACKSCATTER",
    Verdict.INCONCLUSIVE: "INCONCLUSIVE",
}

NOT_AUDITED = "NOT AUDITED"  # no verdict: nothing was sent to it

BASIS = {
    Basis.REJECTED: "every probe was rejected",
    Basis.SILENCE: "nothing came back",
    Basis.MIXED: "rejected, or nothing came back",
    Basis.EVIDENCE: "shown by what came back",
    Basis.NONE: "nothing was shown either way",
}

# What counts as backscatter is said in capitals: it must be seen without color, too.
OUTCOME = {
    Outcome.REJECTED: "rejected",
    Outcome.ACCEPTED_SILENTLY: "accepted, silent",
    Outcome.BOUNCED: "bounced",
    Outcome.DELAY_NOTIFIED: "delay notice",
    Outcome.AUTOREPLIED: "auto-reply",
    Outcome.CHALLENGED: "challenged",
    Outcome.CALLED_OUT: "called out",
    Outcome.MASKED: "masked: rejected for another reason",
    Outcome.DEFERRED: "deferred",
    Outcome.REFUSED_BY_RELAY: "refused by the relay",
    Outcome.UNREACHABLE: "unreachable",
    Outcome.UNRESOLVED: "unresolved",
}

DIFFERENCE = {
    Difference.NOTHING: "again",
    Difference.WITHOUT_NOTIFY: "without NOTIFY",
    Difference.UNAUTHENTICATED: "unauthenticated",
}

OBLIGED = (
    "RFC 5321 §6.1 obliges a server to notify the sender of mail that it has accepted and cannot deliver. So the fault "
    "is not the notice but the 250 before it: §3.3 has the server refuse in the session what it knows that it will not "
    "deliver, and §6.2 warns of writing to senders of hostile mail, who are forged. Who answers 5xx owes no notice."
)

NO_SUCH_ADDRESS = "no such address"
NEVER_SENT = frozenset({"planned", "cancelled"})
MAYBE_SENT = "maybe_sent"


# What the comparison of two runs says beside outcomes and verdicts
_OTHER = {"not_audited": NOT_AUDITED, "absent": "not there"}


def value(name: str) -> str:
    """Return an outcome or a verdict by its name in JSON, in words; a name that is none stays."""
    known = {
        **_OTHER,
        **{outcome.value: text for outcome, text in OUTCOME.items()},
        **{v.value: VERDICT[v] for v in VERDICT},
    }
    return known.get(name, name)


def label(probe: Probe | ProbeEntry) -> str:
    """Return what a probe is called: "spam (gtube)", "unknown-recipient (random), without NOTIFY".

    The shape is left out where the kind has only one.
    """
    if probe.control == Control.POSITIVE:
        return "positive control"
    kind = KINDS.get(probe.kind)
    name = f"{probe.kind} ({probe.shape})" if probe.shape and not (kind and len(kind.shapes) == 1) else probe.kind
    return f"{name}, {DIFFERENCE[probe.difference]}" if probe.difference else name


def shortened(address: str, domain: str) -> str:
    """Return an address without its domain where that is the target's own."""
    return f"{address.removesuffix(f'@{domain}')}@" if address.endswith(f"@{domain}") else address


def addresses(probe: Probe | ProbeEntry) -> str:
    """Return to whom a probe went."""
    return ", ".join(recipient.address for recipient in probe.recipients)


def outcome(probe: ProbeEntry) -> str:
    """Return the outcome as the report's table tells it: "rejected at RCPT, 550 5.1.1"."""
    if probe.state in NEVER_SENT:
        return "not sent"
    words = NO_SUCH_ADDRESS if probe.no_such_address else OUTCOME[probe.outcome]
    if probe.counts_as is CountsAs.BACKSCATTER:
        words = words.upper()
    if probe.state == MAYBE_SENT:
        return f"{words}: perhaps sent"
    if probe.outcome is Outcome.ACCEPTED_SILENTLY:
        if probe.stage is Stage.RCPT:  # nothing was sent that could be answered
            return "accepted at RCPT"
        return words if probe.seconds is None else f"{words} for {duration(probe.seconds)}"
    at = f" {AT_STAGE[probe.stage]}" if probe.stage and probe.reply else ""
    return f"{words}{at}{_comma_code(probe.reply)}"


def _comma_code(reply: Reply | None) -> str:
    if reply is None:
        return ""
    return f", {reply.code} {reply.enhanced}" if reply.enhanced else f", {reply.code}"


def after(probe: ProbeEntry) -> str:
    """Return how long the outcome took; silence says it in the outcome itself."""
    if probe.seconds is None or probe.outcome is Outcome.ACCEPTED_SILENTLY:
        return ""
    return duration(probe.seconds)


def writer(probe: ProbeEntry) -> str:
    """Return who wrote what decided a probe; a name that nobody but its bearer gives is told as that."""
    by = probe.written_by or Host()
    claimed = any(one.written_by_claimed and one.written_by == by for one in probe.notifications)
    return own_word(by) if claimed else by.short


def place(paste: Paste) -> str:
    """Return where lines are to be pasted, and how often."""
    return f"{paste.file}, {'a line for each valid address, ' if paste.for_each_address else ''}{paste.where}"


def period(start: datetime, end: datetime | None) -> str:
    """Return when a run took place: "2026-11-23 10:02 to 10:04 UTC"."""
    text = f"{start:%Y-%m-%d %H:%M}"
    if end is None:
        return f"{text} UTC"
    same_day = start.date() == end.date()
    return f"{text} to {end:%H:%M} UTC" if same_day else f"{text} to {end:%Y-%m-%d %H:%M} UTC"
