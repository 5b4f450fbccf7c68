"""For every doubt about a target, the command that would settle it. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from bsaudit.judge.again_command import again, found_by
from bsaudit.judge.inquiry import Inquiry
from bsaudit.judge.match import settled_by_naming
from bsaudit.judge.silence import is_for_nobody
from bsaudit.judge.tried import Tried
from bsaudit.judge.unshown import is_unshown
from bsaudit.model.mail import Route
from bsaudit.model.notification import RECEIPTS, Attribution
from bsaudit.model.probe import Control, CountsAs, Outcome, ProbeRecord, ReturnedMail
from bsaudit.model.report import Next, Verdict
from bsaudit.model.run import RunState, TargetRecord
from bsaudit.model.way_back import Grade
from bsaudit.text import clean_line


class Doubts(Struct, frozen=True, kw_only=True):
    """What a doubt is seen by. `records` are the target's, positive controls among them."""

    target: TargetRecord
    inquiry: Inquiry
    shown: Tried
    records: Sequence[ProbeRecord]

    @property
    def outcomes(self) -> set[Outcome]:
        settlements = (record.settlement for record in self.records)
        return {settlement.outcome for settlement in settlements if settlement is not None}


def next_steps(verdict: Verdict, target: TargetRecord, inquiry: Inquiry, shown: Tried) -> tuple[Next, ...]:
    """Return what to do next, the most telling first; nothing where all is known."""
    if verdict is Verdict.BACKSCATTER or target.error is not None:
        return ()
    doubts = Doubts(target=target, inquiry=inquiry, shown=shown, records=inquiry.probes_of(target.target))
    steps: dict[str, Next] = {}
    for rule in _RULES if verdict is Verdict.INCONCLUSIVE else _OF_CLEAN:
        for step in rule(doubts):
            steps.setdefault(step.command, step)
    return tuple(steps.values())


def _repeat(doubts: Doubts, *options: str, why: str) -> Next:
    """Return the command that repeats the run with these options: the options alone, where no command began it."""
    command = again(doubts.inquiry.run)
    return Next(command=" ".join(filter(None, [command, *options])), why=clean_line(why))


def _unfinished(doubts: Doubts) -> Iterator[Next]:
    run = doubts.inquiry.run
    if run.state is RunState.INTERRUPTED and again(run) is not None:
        command = " ".join(filter(None, ["bsaudit collect", run.id, found_by(run)]))
        yield Next(command=command, why="the run was cut short: answers may have come since")


def _own_side(doubts: Doubts) -> Iterator[Next]:
    learned = doubts.inquiry.learned
    commanded = again(doubts.inquiry.run) is not None
    if commanded and doubts.records and not (learned.catch_works and learned.ndn_arrives):
        command = " ".join(filter(None, ["bsaudit doctor", found_by(doubts.inquiry.run)]))
        yield Next(command=command, why="our own side did not work: this tries it alone")


def _put_off(doubts: Doubts) -> Iterator[Next]:
    if Outcome.DEFERRED in doubts.outcomes:
        why = "it put mail off with 4xx, as greylisting does: whoever tries again for longer gets an answer"
        yield _repeat(doubts, "--wait auto", why=why)


def _unshown(doubts: Doubts) -> Iterator[Next]:
    if not any(map(is_unshown, doubts.records)):
        return
    if doubts.inquiry.run.route is Route.RELAY:
        yield _repeat(doubts, "--route both", why="nothing shows whether it took the message: this asks it directly")
    yield _repeat(doubts, "--relay-log FILE", why="the relay's log shows what a relay without DSN does not")
    yield _repeat(doubts, "--relay URL", why="a relay that offers DSN shows it, too")


def _not_tried(doubts: Doubts) -> Iterator[Next]:
    names = ", ".join(mx.host for mx in doubts.shown.open)
    if names and doubts.shown.answered and doubts.inquiry.run.route is Route.RELAY:
        yield _repeat(doubts, "--route both", why=f"the relay did not use {names}: this goes there directly")


def _too_few(doubts: Doubts) -> Iterator[Next]:
    if doubts.target.not_asked or doubts.target.left_out:
        yield _repeat(doubts, "--max-probes N", why="not everything was tried: more messages than it allows")


_TURNED_DOWN = frozenset({Outcome.REJECTED, Outcome.MASKED})


def _refused_recipient(doubts: Doubts) -> Iterator[Next]:
    for record in doubts.records:
        settled = record.settlement
        if record.probe.control is Control.POSITIVE and settled is not None and settled.outcome in _TURNED_DOWN:
            address = record.probe.recipients[0].address
            yield _repeat(doubts, "--valid-recipient ADDR", why=f"{address} was refused: name a mailbox that exists")
            return


def _trusted(doubts: Doubts) -> Iterator[Next]:
    for record in doubts.records:
        settled = record.settlement
        trusts = settled is not None and settled.outcome is Outcome.UNRESOLVED and settled.reply is not None
        if record.probe.control is Control.TRUSTED and trusts:
            yield _repeat(doubts, why="the server takes this machine for a user of its own: run it from another one")
            return


def _unknown_writer(doubts: Doubts) -> Iterator[Next]:
    unknown = [
        (record, mail)
        for record in doubts.records
        for mail in record.returned
        if mail.attributed.attribution is Attribution.UNKNOWN and mail.notification.kind not in RECEIPTS
    ]
    if not unknown:
        return
    yield from _to_be_named(doubts, unknown)
    mail = unknown[0][1]
    if mail.file is None:
        why = "who wrote what came back cannot be told: keep it, and read it with bsaudit explain --target-host HOST"
        yield _repeat(doubts, "--save DIR", why=why)
        return
    words = ["bsaudit", "explain", mail.file, "--target", doubts.target.domain, "--target-host", "HOST"]
    why = "who wrote it cannot be told: name the target's host, if it is one"
    yield Next(command=shlex.join(map(clean_line, words)), why=why)


def _to_be_named(doubts: Doubts, unknown: Iterable[tuple[ProbeRecord, ReturnedMail]]) -> Iterator[Next]:
    for record, mail in unknown:
        host = mail.attributed.handed_over_by
        if host.address and settled_by_naming(mail, record, doubts.inquiry, host.address):
            why = f"a {mail.notification.kind.value} came from {host.full}, whose host that is cannot be told: "
            yield _repeat(
                doubts, "--target-host", host.address, why=why + "if you know that it is the target's, say so"
            )
            return


def _way_back(doubts: Doubts) -> Iterator[Next]:
    closed = doubts.inquiry.way_back(doubts.target).grade is Grade.NONE
    silent = (record.settlement for record in doubts.records if record.settlement and record.settlement.accepted)
    if closed and any(one.counts_as is CountsAs.INCONCLUSIVE for one in silent):
        why = "nothing shows that mail from outside reaches the catch mailbox: say who knows that it does"
        yield _repeat(doubts, "--catch-vouched-by TEXT", why=why)


def _for_nobody(doubts: Doubts) -> Iterator[Next]:
    """Silence about nobody means something where the target's own mail is seen to reach us: ask it for some."""
    open_ones = filter(_is_silent_for_nobody, doubts.records)
    if any(doubts.inquiry.way_back_of(record, doubts.target).grade is not Grade.TARGET for record in open_ones):
        why = "nothing of this target's has reached us: a mailbox of its on vacation, that you name, would answer"
        yield _repeat(doubts, "--autoresponder ADDR", why=why)


def _is_silent_for_nobody(record: ProbeRecord) -> bool:
    settled = record.settlement
    silent = settled is not None and settled.outcome is Outcome.UNRESOLVED and settled.accepted is not None
    return silent and record.probe.control is None and is_for_nobody(record.probe)


def _not_allowed(doubts: Doubts) -> Iterator[Next]:
    if lacking := doubts.inquiry.run.settings.lacking:
        why = f"not tried without the consent of the relay's owner: {', '.join(lacking)}"
        yield _repeat(doubts, "--relay-permission TEXT", why=why)


_OF_CLEAN: tuple[Callable[[Doubts], Iterator[Next]], ...] = (_too_few, _not_allowed)
_RULES: tuple[Callable[[Doubts], Iterator[Next]], ...] = (
    _unfinished,
    _own_side,
    _trusted,
    _refused_recipient,
    _put_off,
    _not_tried,
    _unshown,
    _way_back,
    _for_nobody,
    _unknown_writer,
    *_OF_CLEAN,
)
