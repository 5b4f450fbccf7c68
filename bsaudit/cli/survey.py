"""`bsaudit survey`: a pile of backscatter received: who sends it, why, whom to tell."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice

import click

from bsaudit.adapters.mailboxes import Mailbox
from bsaudit.adapters.mailfiles import STDIN, StoredMessage
from bsaudit.cli.exit_codes import CLEAN, INTERRUPTED, USAGE
from bsaudit.cli.format_option import FormatChoice
from bsaudit.cli.jobs import Item, Jobs, cores, opened
from bsaudit.cli.moment import moment
from bsaudit.cli.output import Sink, look, put
from bsaudit.cli.say import say_error
from bsaudit.cli.survey_progress import Progress
from bsaudit.config.values import Color
from bsaudit.errors import UsageError
from bsaudit.model.survey import Pile, Seen, Shown, SurveyMailbox
from bsaudit.report.formats import Document, survey_renderer
from bsaudit.survey.own import Own, guessed, own_from
from bsaudit.survey.reading import NO_MESSAGE, delivered_to, message_id_of, reading, written
from bsaudit.survey.result import result
from bsaudit.survey.tally import Tally
from bsaudit.text import clean_line

# What one's own is, is guessed from so many messages.
GUESS_FROM = 256


@click.command()
@click.argument("mailboxes", metavar="MAILBOX...", nargs=-1, type=click.Path(allow_dash=True))
@click.option(
    "--own",
    metavar="DOMAIN|HOST|ADDRESS",
    multiple=True,
    help="What is yours: domains, hosts and addresses that you send by. [repeatable]",
)
@click.option("--sent", metavar="MAILBOX", multiple=True, type=click.Path(), help="Your Sent folder. [repeatable]")
@click.option("--since", metavar="WHEN", help='Count what came since: "7d", "12h", 2026-03-01 or a time (UTC).')
@click.option("--format", "form", type=FormatChoice(Document.SURVEY), default="text", show_default=True)
@click.option("--jobs", metavar="N", type=click.IntRange(1, 512), help="Processes to read with; default: all cores.")
@click.option("--quiet", is_flag=True, help="No progress on the terminal.")
def command(
    *,
    mailboxes: tuple[str, ...],
    own: tuple[str, ...],
    sent: tuple[str, ...],
    since: str | None,
    form: str,
    jobs: int | None,
    quiet: bool,
) -> int:
    """Sort a mailbox full of bounces: backscatter, answers to your own mail, what cannot be told; and who wrote it.

    MAILBOX is an mbox, a Maildir, a directory of messages, a message, each plain or compressed with gzip; or - for
    standard input. Nothing is changed or marked. Exits 0 whatever it finds.

    \b
    bsaudit survey --own example.org --own mail.example.org ~/Maildir
    bsaudit survey --own example.org --sent ~/mail/sent ~/mail/bounces.mbox --format json
    """  # noqa: D301 -- click's mark for lines that stay as they are
    if not mailboxes:
        raise UsageError("survey: no MAILBOX was named", remedy='Name an mbox, a Maildir, or "-" for standard input.')
    start = None if since is None else written(datetime.fromtimestamp(moment(since), UTC))
    boxes, failed = _opened(mailboxes)
    whose = _own(own, sent, boxes)
    survey = _Survey(Tally(start), whose, Progress(boxes, quiet=quiet), jobs or cores())
    interrupted = survey.read(boxes)
    for error in (*failed, *survey.failed):
        say_error(error.message, error.remedy)
    if not any(box.messages for box in survey.read_boxes) and (failed or survey.failed):
        return USAGE
    sink = Sink(form)
    report = result(survey.tally, whose, survey.read_boxes, survey.gaps, interrupted=interrupted)
    put(sink, survey_renderer(form)(report, look(sink, Color.AUTO)))
    return INTERRUPTED if interrupted else USAGE if failed or survey.failed else CLEAN


def _opened(paths: Sequence[str]) -> tuple[list[Mailbox], list[UsageError]]:
    """Return the mailboxes that can be read, and why the others cannot."""
    boxes: list[Mailbox] = []
    failed: list[UsageError] = []
    for path in dict.fromkeys(paths):
        try:
            boxes.append(Mailbox(path))
        except UsageError as error:
            failed.append(error)
    return boxes, failed


def _own(named: Sequence[str], sent: Sequence[str], boxes: Sequence[Mailbox]) -> Own:
    """Return what is the user's own: as named, else guessed from the first messages; with the Sent folder."""
    try:
        own = own_from(named)
    except ValueError as error:
        raise UsageError(
            f"--own {clean_line(str(error))}", remedy="Write --own example.org or --own 192.0.2.25."
        ) from None
    if not named:
        own = guessed(filter(None, map(delivered_to, _first(boxes))))
    ids = filter(None, (message_id_of(message.raw) for path in sent for message in _messages(Mailbox(path))))
    return own.having_sent(ids)


def _first(boxes: Sequence[Mailbox]) -> Iterator[bytes]:
    readable = (message for box in boxes if box.name != STDIN for message in _messages(box))
    return (message.raw for message in islice(readable, GUESS_FROM))


def _messages(box: Mailbox) -> Iterator[StoredMessage]:
    return opened((piece.item for piece in box.pieces()), unpack=True)


class _Survey:
    """The reading of all mailboxes: what they come to, and what went wrong."""

    def __init__(self, tally: Tally, own: Own, progress: Progress, count: int) -> None:
        self.tally = tally
        self.failed: list[UsageError] = []
        self.gaps: list[str] = []
        self.read_boxes: list[SurveyMailbox] = []
        self._progress = progress
        self._jobs = Jobs(partial(_seen, own=own), self._put, count)
        self._errors: list[str] = []

    def read(self, boxes: Iterable[Mailbox]) -> bool:
        """Read all; tell whether somebody stopped it. What was read until then is counted."""
        gc.freeze()  # what is loaded stays: no need to look through it again and again
        try:
            for box in boxes:
                self._read(box)
        except KeyboardInterrupt:
            return True
        finally:
            self._jobs.close()
            self._progress.end()
        return False

    def _read(self, box: Mailbox) -> None:
        before = self.tally.messages + self.tally.skipped
        self._errors = []
        try:
            for piece in box.pieces():
                self._jobs.add(piece.item)
                self._progress.step(piece.size)
            self._jobs.drain()
        finally:
            count = self.tally.messages + self.tally.skipped - before
            self._told(box, count)

    def _told(self, box: Mailbox, count: int) -> None:
        self.gaps += box.gaps
        if not count and self._errors:
            self.failed.append(UsageError(f"{box.name}: {self._errors[0]}"))
        elif not count:
            self.gaps.append(f"{box.name}: empty")
        error = self._errors[0] if self._errors else None
        self.read_boxes.append(SurveyMailbox(mailbox=box.name, messages=count, error=error))

    def _put(self, found: Sequence[Seen]) -> None:
        for seen in found:
            if seen.error is not None:
                self.tally.unreadable += 1
                self._errors.append(seen.error)
            else:
                self.tally.add(seen)


def _seen(items: Iterable[Item], own: Own) -> list[Seen]:
    return [_read(message, own) for message in opened(items, unpack=True)]


def _read(message: StoredMessage, own: Own) -> Seen:
    error = message.error or (None if message.raw.strip() else NO_MESSAGE)
    if error is None:
        return reading(message.raw, own, file=message.file, index=message.index)
    file, why = clean_line(message.file), clean_line(error)
    return Seen(file=file, index=message.index, pile=Pile.OTHER, shown=Shown.NO_NOTICE, kind="other", error=why)
