"""`bsaudit survey`: a pile of backscatter received: who sends it, why, whom to tell."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

import click
from msgspec.msgpack import Decoder, Encoder

from bsaudit.adapters.mailbox_imap import ImapFolder
from bsaudit.adapters.mailbox_marks import Marks
from bsaudit.adapters.mailboxes import Source
from bsaudit.adapters.mailfiles import StoredMessage
from bsaudit.cli import options
from bsaudit.cli.asked import Asked
from bsaudit.cli.command import DONE, Command
from bsaudit.cli.exit_codes import CLEAN, INTERRUPTED
from bsaudit.cli.format_option import FormatChoice
from bsaudit.cli.interrupts import Interrupts
from bsaudit.cli.jobs import Item, Jobs, cores, opened
from bsaudit.cli.moment import moment
from bsaudit.cli.output import Sink, look, put
from bsaudit.cli.running import run
from bsaudit.cli.say import say_error
from bsaudit.cli.survey_mailboxes import Opening
from bsaudit.cli.survey_notice import Telling, host_notice_options, refuse_others, telling
from bsaudit.cli.survey_own import own_side
from bsaudit.cli.survey_progress import Progress
from bsaudit.cli.survey_write import Writing, write_options, writing
from bsaudit.config.layers import Effective
from bsaudit.config.settings import resolver_of
from bsaudit.config.values import Color
from bsaudit.errors import BsauditError, UsageError
from bsaudit.model.survey import Pile, Seen, Shown, SurveyMailbox, SurveyReport
from bsaudit.report.formats import Document, Look, survey_renderer
from bsaudit.report.help_pages import NOWHERE
from bsaudit.report.survey import line
from bsaudit.survey.own import Own
from bsaudit.survey.reading import NO_MESSAGE, Signed, nobody_signed, reading, written
from bsaudit.survey.result import result
from bsaudit.survey.tally import Tally
from bsaudit.text import clean_line

LAST = "last"
_SINCE = (
    'Count what came since: "7d", 2026-03-01 or a time (UTC); "last": read what is new since the last survey with it.'
)
_MAILBOX = 'Name an mbox, a Maildir, a directory of messages, a message, or "-" for standard input.'


@click.command(
    cls=Command,
    examples=(
        "bsaudit survey --own example.org --own mail.example.org ~/Maildir",
        "bsaudit survey --own example.org --sent ~/mail/sent ~/mail/bounces.mbox --format json",
        "bsaudit survey --own mail.example.org --pile backscatter --write bounces.mbox ~/Maildir",
        "bsaudit survey --own example.org --own mail.example.org --notice mx.example.com --language de ~/Maildir",
        "bsaudit survey --own example.org --since last imaps://ann%40example.org@imap.example.org/INBOX,Junk",
    ),
    exits=DONE | {4: "a mailbox cannot be read"},
)
@click.argument("mailboxes", metavar="MAILBOX...", nargs=-1, type=click.Path(allow_dash=True))
@click.option(
    "--own",
    metavar="DOMAIN|HOST|ADDRESS",
    multiple=True,
    help="What is yours: domains, hosts and addresses that you send by. [repeatable]",
)
@click.option("--sent", metavar="MAILBOX", multiple=True, type=click.Path(), help="Your Sent folder. [repeatable]")
@click.option("--since", metavar="WHEN", help=_SINCE)
@click.option("--format", "form", type=FormatChoice(Document.SURVEY), default="text", show_default=True)
@click.option("--jobs", metavar="N", type=click.IntRange(1, 512), help="Processes to read with; default: all cores.")
@click.option("--quiet", is_flag=True, help="No progress on the terminal.")
@click.option(
    "--dkim", is_flag=True, help="Ask DNS for your domains' DKIM keys: whole copies that they signed are yours."
)
@click.option(
    "--door", is_flag=True, help="Ask DNS what your domains publish against forged senders: SPF, DMARC, null MX."
)
@click.option("--listings", is_flag=True, help="Ask DNS lists and contact databases about the hosts that sent most.")
@write_options
@host_notice_options
@options.settings("catch_token_command", "resolver", "ca_file", "insecure", *options.JOURNAL)
@click.pass_obj
def command(
    asked: Asked,
    /,
    *,
    mailboxes: tuple[str, ...],
    own: tuple[str, ...],
    sent: tuple[str, ...],
    since: str | None,
    form: str,
    jobs: int | None,
    quiet: bool,
    dkim: bool,
    door: bool,
    listings: bool,
    **given: Any,
) -> int:
    """Sort a mailbox full of bounces: backscatter, answers to your own mail, what cannot be told; and who wrote it.

    MAILBOX is an mbox, a Maildir, a directory of messages, a message, each plain or compressed with gzip; - for
    standard input; or imaps://USER@HOST/FOLDER, with its password in BSAUDIT_CATCH_PASSWORD. Nothing is changed or
    marked as read. Exits 0 whatever it finds.
    """
    if not mailboxes:
        raise UsageError("survey: no MAILBOX was named", remedy=_MAILBOX)
    refuse_others(given, since, form)
    write = writing(given["pile"], given["write"], mailboxes, form)
    marks = Marks() if since == LAST else None
    start = None if since in {None, LAST} else written(datetime.fromtimestamp(moment(since or ""), UTC))
    configured = partial(options.configured, asked, given)
    docs = options.documentation(given["config"], given["profile"]) if form == "html" or given["notice"] else NOWHERE
    opening = Opening(marks, configured)
    boxes, failed = opening.all(mailboxes)
    whose = own_side(own, sent, boxes, opening)
    survey = _Survey(
        Tally(start),
        whose,
        Progress(boxes, quiet=quiet),
        count=jobs or cores(),
        marks=marks,
        lines=_line if form == "jsonl" else None,
        write=write,
        notice=(notice := telling(given, whose, docs)),
        signed=_signatures(whose, configured()) if dkim else nobody_signed,
    )
    survey.read(boxes)
    how = look(Sink(form), Color.AUTO, docs=docs)
    asking = _Asking(configured, door=door, listings=listings)
    put_out = _rendered(form, how) if notice is None else notice.written
    return max(_print(survey, [*failed, *survey.failed], asking, put_out), _kept(survey))


class _Asking(NamedTuple):
    """What DNS is asked when all is read."""

    configured: Callable[[], Effective]
    door: bool
    listings: bool

    def completed(self, report: SurveyReport) -> SurveyReport:
        if not (self.door or self.listings):
            return report
        from bsaudit.wiring.survey import with_doors, with_listings  # slow to load, and seldom wanted

        values = self.configured().values
        resolver = resolver_of(values)
        if self.door:
            report = run(with_doors(report, resolver))
        return run(with_listings(report, resolver, values.journal)) if self.listings else report


def _rendered(form: str, how: Look) -> Callable[[SurveyReport], int]:
    def rendered(report: SurveyReport) -> int:
        put(Sink(form), survey_renderer(form)(report, how))
        return CLEAN

    return rendered


def _print(
    survey: _Survey, failed: Sequence[BsauditError], asking: _Asking, put_out: Callable[[SurveyReport], int]
) -> int:
    """Say what went wrong and what was found; return what to exit with."""
    empty = bool(failed) and not any(box.messages for box in survey.read_boxes)
    failed = [*failed, *(() if empty else survey.written())]
    for error in failed:
        say_error(error.message, error.remedy)
    status = max((error.exit_code for error in failed), default=CLEAN)
    if empty or survey.written_to_stdout:
        return INTERRUPTED if survey.interrupted else status
    put_out(asking.completed(survey.report()))
    return INTERRUPTED if survey.interrupted else status


def _kept(survey: _Survey) -> int:
    """Remember what was read, now that it is told: of what was lost on the way the next survey tells."""
    failed = survey.keep()
    for error in failed:
        say_error(error.message, error.remedy)
    return max((error.exit_code for error in failed), default=CLEAN)


def _signatures(own: Own, config: Effective) -> Signed:
    from bsaudit.wiring.survey import OwnSignatures  # slow to load, and seldom wanted

    return OwnSignatures(own, resolver_of(config.values))


Lines = Callable[[Seen], object] | None


def _line(seen: Seen) -> None:
    sys.stdout.buffer.write(line(seen))


class _Survey:
    """The reading of all mailboxes: what they come to, and what went wrong."""

    def __init__(
        self,
        tally: Tally,
        own: Own,
        progress: Progress,
        *,
        count: int,
        marks: Marks | None,
        lines: Lines,
        write: Writing | None,
        notice: Telling | None,
        signed: Signed,
    ) -> None:
        self.tally = tally
        self.failed: list[BsauditError] = []
        self.gaps: list[str] = []
        self.read_boxes: list[SurveyMailbox] = []
        self.interrupted = False
        self._own = own
        self._progress = progress
        self._marks = marks
        self._lines = lines
        self._write = write
        self._notice = notice.collected if notice is not None else None
        self._box: Source | None = None
        kept = _Kept(
            write.pile if write is not None and write.takes_messages else None,
            self._notice.host if self._notice is not None else None,
        )
        self._jobs = Jobs(partial(_seen, own=own, kept=kept, signed=signed), self._put, count)
        self._errors: list[str] = []
        self._read_to: dict[str, bytes] = {}
        self._interrupts = Interrupts()

    @property
    def written_to_stdout(self) -> bool:
        return self._write is not None and self._write.to_stdout

    def written(self) -> Sequence[BsauditError]:
        """Write the pile that is asked for; return why it could not be."""
        if self._write is None:
            return ()
        self.gaps += self._write.finish()
        return (self._write.failure,) if self._write.failure is not None else ()

    def report(self) -> SurveyReport:
        """Return what was found."""
        return result(self.tally, self._own, self.read_boxes, self.gaps, interrupted=self.interrupted)

    def read(self, boxes: Sequence[Source]) -> None:
        """Read all; what was read until somebody stops it is counted."""
        gc.freeze()  # what is loaded stays: no need to look through it again and again
        if any(isinstance(box, ImapFolder) for box in boxes):
            self._jobs.begin()  # before there are threads
        try:
            with self._interrupts:
                for box in boxes:
                    self._read(box)
        except KeyboardInterrupt:
            self.interrupted = True
        finally:
            self._jobs.close()
            self._progress.end()

    def _read(self, box: Source) -> None:
        before = self.tally.messages + self.tally.skipped
        self._errors, self._box = [], box
        whole = False
        try:
            with closing(box.pieces()) as pieces:
                for piece in pieces:
                    self._jobs.add(piece.item)
                    self._progress.step(piece.size, piece.messages)
            self._jobs.drain()
            whole = True
        except BsauditError as error:
            self._jobs.drain()
            self._errors.append(error.message)
            self.failed.append(error)
        finally:
            self._told(box, self.tally.messages + self.tally.skipped - before)
            self._reached(box, whole=whole)

    def _reached(self, box: Source, *, whole: bool) -> None:
        mark = box.mark(whole=whole) if self._marks is not None else None
        if mark is not None:
            self._read_to[box.key] = mark

    def keep(self) -> list[BsauditError]:
        """Save where the mailboxes ended, once all is told; return why that was not possible."""
        failed: list[BsauditError] = []
        if self._marks is None or (self._write is not None and self._write.failure is not None):
            return failed  # what is not written is read again
        for key, mark in self._read_to.items():
            try:
                self._marks.save(key, mark)
            except UsageError as error:
                failed.append(error)
        return failed

    def _told(self, box: Source, count: int) -> None:
        self.gaps += box.gaps
        told = any(self._errors[:1] == [one.message] for one in self.failed)
        if not count and self._errors and not told:
            remedy = _MAILBOX if self._errors[0] == NO_MESSAGE else ""
            self.failed.append(UsageError(f"{box.name}: {self._errors[0]}", remedy=remedy))
        elif self._errors:
            self.gaps.append(f"{box.name}: {self._errors[0]}")
        elif not count:
            self.gaps.append(f"{box.name}: {'nothing new' if self._marks else 'empty'}")
        error = self._errors[0] if self._errors else None
        self.read_boxes.append(SurveyMailbox(mailbox=box.name, messages=count, error=error))

    def _put(self, found: bytes) -> None:
        for seen, raw in _FOUND.decode(found):
            with self._interrupts.held:  # what is marked as read is counted, and what is counted is kept
                self._count(seen, raw)
            if self._lines is not None:
                self._lines(seen)
        if self._lines is not None:
            sys.stdout.buffer.flush()

    def _count(self, seen: Seen, raw: bytes) -> None:
        assert self._box is not None  # whence it comes
        self._box.note(seen.index, None if seen.error in {None, NO_MESSAGE} else seen.file)
        if seen.error is not None:
            self.tally.unreadable += 1
            self._errors.append(seen.error)
        elif self.tally.add(seen):
            self._counted(seen, raw)

    def _counted(self, seen: Seen, raw: bytes) -> None:
        assert self._box is not None
        if self._write is not None and seen.pile is self._write.pile:
            self._write.add(self._box, seen, raw)
        if self._notice is not None:
            self._notice.add(seen, raw)


class _Kept(NamedTuple):
    """Which messages are wanted themselves: of a pile, or what of backscatter a host wrote."""

    pile: Pile | None
    host: str | None

    def wants(self, seen: Seen) -> bool:
        of_host = self.host is not None and seen.pile is Pile.BACKSCATTER and seen.host == self.host
        return seen.pile is self.pile or of_host


class _Found(NamedTuple):
    """What was seen of a message; the message too, where it is kept."""

    seen: Seen
    raw: bytes = b""


# Between processes: pickling takes five times as long
_FOUND = Decoder(list[_Found])
_ENCODER = Encoder()


def _seen(items: Iterable[Item], own: Own, kept: _Kept, signed: Signed) -> bytes:
    """Return what was seen of each message, a list of `_Found`."""
    messages = ((_read(message, own, signed), message.raw) for message in opened(items, unpack=True))
    return _ENCODER.encode([_Found(seen, raw if kept.wants(seen) else b"") for seen, raw in messages])


def _read(message: StoredMessage, own: Own, signed: Signed) -> Seen:
    error = message.error or (None if message.raw.strip() else NO_MESSAGE)
    if error is None:
        return reading(message.raw, own, file=message.file, index=message.index, signed=signed)
    file, why = clean_line(message.file), clean_line(error)
    return Seen(file=file, index=message.index, pile=Pile.OTHER, shown=Shown.NO_NOTICE, kind="other", error=why)
