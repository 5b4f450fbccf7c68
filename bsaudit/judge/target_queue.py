"""The target's own queue: what a listing of it says, and from when on silence is silence by it. Pure.

A message that a server took stays in its queue until it was delivered, dropped, or answered by a notification, which
stands there from before the message is gone until another server has taken it (Postfix, Exim and OpenSMTPD write the
one before they remove the other). So a queue that is empty after the final 250 holds nothing of ours back any more. It
says nothing of what another server took over: hence the quiet time, `Grade.TARGET`, and what `is_whole` finds. Nor does
an empty listing say whose it is: that is the word of whoever named the command, until mail of ours was seen in one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from bsaudit.judge.case import Case
from bsaudit.model.notification import Kind
from bsaudit.model.probe import ProbeRecord, Role
from bsaudit.model.queue import Emptiness, QueueWatch
from bsaudit.model.run import TargetRecord
from bsaudit.model.way_back import Grade

# How long it must be seen empty: a listing reads one directory after the other, and a message may move meanwhile; and
# what has just left the queue is at our own side within that time, on which the closing control has the last word.
QUIET_S = 5.0
# Looks that are farther apart than this are not one emptiness.
GAP_S = 2.5

_PROGRAM = re.compile(r"(?<![\w.-])(postqueue|mailq|sendmail|exim4?|smtpctl)(?![\w.-])")
# What is printed of an empty queue: by Postfix, by Sendmail, and by `exim -bpc`.
_EMPTY = re.compile(r"Mail queue is empty|\S+ is empty|Total requests: 0")
_COUNT = re.compile(r"\d+")
# What is printed of one that is not: by `postqueue -j` and -p, by Sendmail, Exim and smtpctl.
_PENDING = re.compile(
    r'\{.*"queue_id"|-*Queue ID-|-- \d+ [KMG]?bytes in \d+ Request|Total requests: [1-9]|\s*\(?\d+ requests?\)?'
    r"|\d+[smhdw]\s+\S+\s+\w{6}-\w{6,11}-\w{2,4}\s|[0-9a-f]{16}\|"
)
# Programs that print a message a line: `postqueue -j` and smtpctl.
_ON_A_LINE = re.compile(r"\s*(?:\{|[0-9a-f]{16}\|)")
# What `exim -bp` prints of one message, between empty lines: a head that ends so where it is frozen and from <> (before
# which the name of a local user stands that gave another sender), and its recipients, marked where they have got it.
_DEAD = re.compile(r"\d+[smhdw]\s+\S+\s+\w{6}-\w{6,11}-\w{2,4} <> \*\*\* frozen \*\*\*")
_RECIPIENT = re.compile(r"(?:\+?D\s+)?(\S+)")
# Programs behind these have queues of their own, and a forwarder's mail lies in somebody else's.
_ELSEWHERE = frozenset({Role.LIST, Role.AUTORESPONDER, Role.FORWARDER})


def program_in(command: str) -> str | None:
    """Return the program in a command that shows a queue; None where it has none that we know."""
    found = _PROGRAM.search(command)
    return found[1] if found else None


def is_empty(command: str, output: str, domains: Collection[str] = ()) -> bool | None:
    """Say whether a listing shows an empty queue; None for one that cannot be read.

    `domains` are the target's own: what lies frozen there for an address in one of them, from <>, does not count.
    """
    messages = re.split(r"\n\s*\n", output)
    alive = [message for message in messages if not _is_dead(message, domains)]
    lines = [line for message in alive for line in _lines(message)]
    if not lines:
        return True if len(alive) < len(messages) or _keeps_silent(command) else None
    if re.search(r"\s-bpc\b", command):
        counts = [int(line) for line in lines if _COUNT.fullmatch(line)]
        return not any(counts) if len(counts) == len(lines) else None
    if all(_EMPTY.fullmatch(line) for line in lines):
        return True
    return False if any(_PENDING.match(line) for line in lines) else None


def _is_dead(message: str, domains: Collection[str]) -> bool:
    """Say whether Exim keeps this message frozen though nothing can come of it: sent from <> to nobody at the target.

    About that nobody is written to (RFC 5321 §4.5.5), whatever becomes of it: `auto_thaw` leaves it alone, and what
    `ignore_bounce_errors_after` tries once more and `timeout_frozen_after` ends is dropped. All else that is frozen
    counts: with a sender it bounces once it is thawed, and from <> to us it is a bounce that our side did not take.
    """
    head, *recipients = _lines(message) or [""]
    named = [_RECIPIENT.fullmatch(line) for line in recipients]
    return (
        _DEAD.fullmatch(head) is not None
        and bool(named)
        and all(one is not None and one[1].rpartition("@")[2].lower() in domains for one in named)
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def has_any(sent: Iterable[tuple[str, str]], listing: str) -> bool:
    """Say whether a message with one of these senders, and its recipient, is in the queue: all name the sender first.

    What answers one has the sender for its recipient, and may lie in the queue of our own side.
    """
    messages = [message for block in re.split(r"\n\s*\n", listing.lower()) for message in _apart(block)]
    pairs = [(sender.lower(), recipient.lower()) for sender, recipient in sent]
    return any(
        sender in message and recipient in message.partition(sender)[2]
        for message in messages
        for sender, recipient in pairs
    )


def _apart(block: str) -> list[str]:
    """Return the messages of a block: two of the programs print each on a line of its own."""
    return _lines(block) if _ON_A_LINE.match(block) else [block]


def _keeps_silent(command: str) -> bool:
    """Say whether a command prints nothing of an empty queue; of another one, that is no answer."""
    program = program_in(command)
    if program == "postqueue":
        return re.search(r"\s-\w*j", command) is not None
    return program is not None and program != "sendmail" and not re.search(r"\s-bpc\b", command)


def looked(watch: QueueWatch, at: datetime, *, empty: bool, before: bool, ours: bool = False) -> QueueWatch:
    """Return what is known after one more look, which began at `at`; `before` says what the last one found."""
    if ours and watch.ours_at is None:
        watch = replace(watch, ours_at=at)
    *kept, last = watch.empty or (None,)
    if last is not None and empty and before and at - last.until <= timedelta(seconds=GAP_S):
        grown = Emptiness(from_=last.from_, until=at)
        return replace(watch, empty=(*_proving(kept), grown))
    more = (Emptiness(from_=at, until=at),) if empty else ()
    return replace(watch, empty=(*_proving(watch.empty), *more))


def _proving(empty: Iterable[Emptiness | None]) -> tuple[Emptiness, ...]:
    """Return what lasted long enough to settle anything: of a busy queue nothing piles up."""
    return tuple(one for one in empty if one is not None and _lasted(one) >= QUIET_S)


def _lasted(one: Emptiness) -> float:
    return (one.until - one.from_).total_seconds()


def hosts_of(targets: Iterable[TargetRecord]) -> frozenset[frozenset[str]]:
    """Return the servers that take the targets' mail, each as its addresses: a queue is that of one."""
    return frozenset(
        frozenset(exchanger.addresses) or frozenset({exchanger.host})
        for target in targets
        if target.error is None
        for exchanger in target.mail_exchangers
    )


def is_whole(records: Iterable[ProbeRecord]) -> bool:
    """Say whether nothing shows that the target hands mail on to others, whose queues nobody sees: RFC 3464 §2.3.3."""
    return not any(
        mail.notification.kind is Kind.RELAYED and mail.attributed.attribution.is_target_side
        for record in records
        for mail in record.returned
    )


def quiet_until(case: Case, since: datetime) -> datetime:
    """Return when it has been quiet long enough: after the grace, or sooner by the target's own queue."""
    by_grace = since + timedelta(seconds=case.grace_s)
    return min(by_grace, emptied(case, since) or by_grace)


def is_pending(case: Case, since: datetime) -> bool:
    """Say whether the queue was looked at and never seen empty since: then no grace makes silence good."""
    if case.queue is None or case.queue.note is not None:
        return False
    return not any(one.until >= since for one in case.queue.empty)


def emptied(case: Case, since: datetime) -> datetime | None:
    """Return when an empty queue settles what has been quiet `since` then; None where none does.

    Only where the target's own hosts were seen handing mail to us: else a notice may lie at another one on its way.
    """
    if case.queue is None or case.way_back.grade is not Grade.TARGET:
        return None
    if any(recipient.role in _ELSEWHERE for recipient in case.record.probe.recipients):
        return None
    quiet = timedelta(seconds=max(QUIET_S, 2 * (case.learned.catch_seconds or 0.0)))
    ends = ((max(one.from_, since) + quiet, one.until) for one in case.queue.empty)
    return next((end for end, until in ends if end <= until), None)
