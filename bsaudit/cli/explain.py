"""`bsaudit explain`: what is this bounce, who wrote it, is it backscatter."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from typing import Any, NamedTuple

import click

from bsaudit.adapters.mailfiles import StoredMessage, messages, paths_from
from bsaudit.cli.command import Command
from bsaudit.cli.exit_codes import BACKSCATTER, CLEAN, INCONCLUSIVE, USAGE
from bsaudit.cli.explain_knowledge import Known, knowledge_from
from bsaudit.cli.format_option import FormatChoice
from bsaudit.cli.jobs import Item, Jobs, cores, opened
from bsaudit.cli.notice_option import NoticeSink, notice_options, refuse_redacted
from bsaudit.errors import UsageError
from bsaudit.judge.explain import Unreadable, explained
from bsaudit.model.knowledge import Knowledge, Party
from bsaudit.ndn import read
from bsaudit.report.formats import Document, Messages, messages_renderer
from bsaudit.text import amount, clean_line

# Lines leave at least this often, so that a reader of a slow pipe sees them promptly.
FLUSH_S = 0.2
# Progress on a terminal: not for what is done at once
PROGRESS_AFTER_S = 1.0
OUTPUT_BUFFER = 64 * 1024


class Told(NamedTuple):
    """What messages come to: their renderings, how many, which of them are backscatter, why some cannot be read."""

    shown: bytes
    messages: int
    backscatter: frozenset[bool | None]
    errors: tuple[str, ...] = ()


@click.command(
    cls=Command,
    examples=(
        "bsaudit explain bounce.eml",
        "bsaudit explain --target example.org --relay-host mail.example.net bounce.eml",
        "bsaudit explain --format json - < bounce.eml",
        "bsaudit explain bounce.eml --target example.org --target-host mx.example.org --notice arf=notice.eml",
    ),
    exits={
        0: "no message is backscatter",
        1: "a message is backscatter",
        2: "a file cannot be read, or wrong usage",
        3: "of a message it is not known",
    },
)
@click.argument("files", metavar="FILE...", nargs=-1, type=click.Path(allow_dash=True))
@click.option("--route", type=click.Choice(["relay", "direct"]), default="relay", help="How the original was sent.")
@click.option("--relay-host", metavar="HOST[=ADDR[,ADDR]]", multiple=True, help="The relay it was sent through.")
@click.option("--calibration", metavar="FILE", multiple=True, type=click.Path(), help="An NDN of the relay's own.")
@click.option(
    "--target", metavar="DOMAIN", help="The domain that the original was sent to; by default the recipient's."
)
@click.option("--target-host", metavar="HOST[=ADDR...]", multiple=True, help="A mail exchanger of the target.")
@click.option("--catch-mx", metavar="HOST[=ADDR...]", multiple=True, help="A host of our own receiving side.")
@click.option("--recipient", metavar="ADDR", help="The recipient of the original.")
@click.option("--reverse-path", metavar="ADDR", help="The original's reverse-path: did the message come to it?")
@click.option("--from", "from_address", metavar="ADDR", help="The original's From: or to this address?")
@click.option("--reply-to", metavar="ADDR", help="The original's Reply-To: or to this one?")
@click.option("--offline", is_flag=True, help="Ask no DNS.")
@click.option("--files-from", metavar="FILE", type=click.Path(allow_dash=True), help="Read more paths, one a line.")
@click.option("--format", "form", type=FormatChoice(Document.MESSAGES), default="text", show_default=True)
@click.option(
    "--jobs", metavar="N", type=click.IntRange(1, 512), help="Processes for many messages; default: all cores."
)
@click.option("--quiet", is_flag=True, help="No progress on the terminal.")
@click.option("--redact", is_flag=True, help="Replace addresses, hosts, IPs and ids, the same by the same.")
@notice_options
def command(
    *,
    files: tuple[str, ...],
    files_from: str | None,
    form: str,
    offline: bool,
    jobs: int | None,
    quiet: bool,
    redact: bool,
    notice: NoticeSink | None,
    language: str,
    **known: Any,
) -> int:
    """Read bounces and tell what they are, who wrote them, about whom, why, with the evidence.

    FILE is a message, an mbox, a Maildir, or - for standard input. Without options about relay and target only
    what the messages say of themselves is told.
    """
    if not files and files_from is None:
        raise UsageError("explain: no FILE was named", remedy='Name a message, an mbox, a Maildir, or "-".')
    knowledge = knowledge_from(Known(**known), offline=offline)
    if notice is not None:
        refuse_redacted(redact=redact)
        return _notify(files, knowledge, notice, language)
    render = messages_renderer(form)
    if redact:
        from bsaudit.report.redact import redacting  # few ask for it

        render = redacting(render)
    output = _Output(render, progress=not quiet and sys.stderr.isatty())
    try:
        return _explain_all(files, files_from, knowledge, output, jobs or cores())
    finally:
        output.close()


def _notify(files: Sequence[str], knowledge: Knowledge | None, sink: NoticeSink, language: str) -> int:
    """Write a notice about the one message that is read. Raises UsageError where there is none to write."""
    from bsaudit.cli import options  # the configuration, which explaining needs not
    from bsaudit.cli.notice import written  # brings the languages
    from bsaudit.judge.grounds import grounds_of_message

    found = list(islice(messages(files), 2))
    if len(found) != 1:
        raise UsageError("--notice is about one message", remedy="Name a file that holds just one.")
    (message,) = found
    if message.error is not None:
        raise UsageError(f"{clean_line(message.file)}: {clean_line(message.error)}")
    notification = read(message.raw)
    told = explained(notification, knowledge, sha256=message.sha256, file=message.file)
    grounds = grounds_of_message(told, notification, knowledge.target if knowledge else Party())
    return written(grounds, sink, language, lambda: message.raw, options.documentation())


def _explain_all(
    files: Sequence[str], files_from: str | None, knowledge: Knowledge | None, output: _Output, count: int
) -> int:
    gc.freeze()  # what is loaded stays: no need to look through it again and again
    tell = partial(_tell_all, knowledge=knowledge, render=output.render)
    jobs = Jobs(tell, output.put, count)
    listed: Iterator[str] = iter(())
    if files_from is not None:
        listed = paths_from(files_from, waiting=partial(jobs.drain, output.flush))
    jobs.run(_guarded(chain(files, listed), files_from), output.flush)
    gc.freeze()  # nor when the interpreter ends
    return _exit_code(output.shown, failed=output.failed)


def _guarded(paths: Iterator[str], source: str | None) -> Iterator[str]:
    try:
        yield from paths
    except OSError as error:
        raise UsageError(f"--files-from {source}: {error.strerror}") from error


def _tell_all(items: Iterable[Item], knowledge: Knowledge | None, render: Messages) -> Told:
    found = [_tell(message, knowledge, render) for message in opened(items)]
    if len(found) == 1:
        return found[0]
    return Told(
        render.between.join(told.shown for told in found),
        len(found),
        frozenset().union(*(told.backscatter for told in found)),
        tuple(error for told in found for error in told.errors),
    )


def _tell(message: StoredMessage, knowledge: Knowledge | None, render: Messages) -> Told:
    if message.error is not None:
        unreadable = Unreadable(file=message.file, error=clean_line(message.error))
        why = f"{clean_line(unreadable.file)}: {unreadable.error}"
        return Told(render.unreadable(unreadable), 1, frozenset(), (why,))
    notification = read(message.raw, brief=knowledge is None and render.brief)
    told = explained(notification, knowledge, sha256=message.sha256, file=message.file, index=message.index)
    return Told(render.explained(told, notification), 1, _SINGLE[told.backscatter])


_SINGLE = {one: frozenset((one,)) for one in (True, False, None)}


def _exit_code(shown: set[bool | None], *, failed: bool) -> int:
    """1 if any message is backscatter, 2 if a file cannot be read, 3 if one is unknown, else 0."""
    if True in shown:
        return BACKSCATTER
    if failed:
        return USAGE
    return INCONCLUSIVE if None in shown else CLEAN


class _Output:
    """Writes one message after another, in input order, and progress to a terminal."""

    def __init__(self, render: Messages, *, progress: bool) -> None:
        self.render = render
        self.shown: set[bool | None] = set()
        self.failed = False
        self._stream = sys.stdout.buffer
        self._pending: list[bytes] = []
        self._size = 0
        self._flushed = self._shown_at = time.monotonic()
        self._progress = progress
        self._count = 0

    def put(self, told: Told) -> None:
        for error in told.errors:
            self.failed = True
            click.echo(f"bsaudit: {error}", err=True)
        if not told.messages:
            return
        self.shown |= told.backscatter
        self._pending += (self.render.between if self._count else self.render.head, told.shown)
        self._count += told.messages
        self._size += len(told.shown)
        now = time.monotonic()
        if self._size > OUTPUT_BUFFER or now - self._flushed > FLUSH_S:
            self.flush()
        if self._progress and now - self._shown_at > PROGRESS_AFTER_S:
            self._shown_at = now
            click.echo(f"\r{amount(self._count, 'message')}", err=True, nl=False)

    def flush(self) -> None:
        """Write out everything so far; called whenever the input may make us wait."""
        if self._pending:
            self._stream.write(b"".join(self._pending))
            self._stream.flush()
            self._pending.clear()
            self._size = 0
        self._flushed = time.monotonic()

    def close(self) -> None:
        self._pending.append(self.render.tail if self._count else self.render.head + self.render.tail)
        self.flush()
        if self._progress and self._shown_at > self._flushed:
            click.echo(err=True)
