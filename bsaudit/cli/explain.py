"""`bsaudit explain`: what is this bounce, who wrote it, is it backscatter."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import click

from bsaudit.adapters.mailfiles import StoredMessage, messages, paths_from
from bsaudit.cli.exit_codes import BACKSCATTER, CLEAN, INCONCLUSIVE, USAGE
from bsaudit.cli.explain_knowledge import Known, knowledge_from
from bsaudit.cli.format_option import FormatChoice
from bsaudit.errors import UsageError
from bsaudit.judge.explain import Explained, Unreadable, explained
from bsaudit.model.knowledge import Knowledge
from bsaudit.model.notification import Notification
from bsaudit.ndn import read
from bsaudit.report.formats import Document, messages_renderer
from bsaudit.text import clean_line

# Lines leave at least this often, so that a reader of a slow pipe sees them promptly.
FLUSH_S = 0.2
# Progress on a terminal: not for what is done at once
PROGRESS_AFTER_S = 1.0
OUTPUT_BUFFER = 64 * 1024


@click.command()
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
@click.option("--quiet", is_flag=True, help="No progress on the terminal.")
def command(
    *, files: tuple[str, ...], files_from: str | None, form: str, offline: bool, quiet: bool, **known: Any
) -> int:
    """Read bounces and tell what they are, who wrote them, about whom, why, with the evidence.

    FILE is a message, an mbox, a Maildir, or - for standard input. Without options about relay and target only
    what the messages say of themselves is told.
    """
    if not files and files_from is None:
        raise UsageError("explain: no FILE was named", remedy='Name a message, an mbox, a Maildir, or "-".')
    knowledge = knowledge_from(Known(**known), offline=offline)
    output = _Output(form, progress=not quiet and sys.stderr.isatty())
    try:
        return _explain_all(messages(_paths(files, files_from, output), waiting=output.flush), knowledge, output)
    finally:
        output.close()


def _paths(files: Sequence[str], files_from: str | None, output: _Output) -> Iterable[str]:
    listed: Iterator[str] = iter(())
    if files_from is not None:
        listed = paths_from(files_from, waiting=output.flush)
    return _guarded(chain(files, listed), files_from)


def _guarded(paths: Iterator[str], source: str | None) -> Iterator[str]:
    try:
        yield from paths
    except OSError as error:
        raise UsageError(f"--files-from {source}: {error.strerror}") from error


def _explain_all(stored: Iterable[StoredMessage], knowledge: Knowledge | None, output: _Output) -> int:
    gc.freeze()  # what is loaded stays: no need to look through it again and again
    shown: set[bool | None] = set()
    failed = False
    for message in stored:
        if message.error is not None:
            failed = True
            output.unreadable(Unreadable(file=message.file, error=clean_line(message.error)))
            continue
        explained = _explain(message, knowledge, output)
        shown.add(explained.backscatter)
    return _exit_code(shown, failed=failed)


def _explain(message: StoredMessage, knowledge: Knowledge | None, output: _Output) -> Explained:
    notification = read(message.raw, brief=knowledge is None and output.render.brief)
    told = explained(notification, knowledge, sha256=message.sha256, file=message.file, index=message.index)
    output.explained(told, notification)
    return told


def _exit_code(shown: set[bool | None], *, failed: bool) -> int:
    """1 if any message is backscatter, 2 if a file cannot be read, 3 if one is unknown, else 0."""
    if True in shown:
        return BACKSCATTER
    if failed:
        return USAGE
    return INCONCLUSIVE if None in shown else CLEAN


class _Output:
    """Writes one message after another, in input order, and progress to a terminal."""

    def __init__(self, form: str, *, progress: bool) -> None:
        self.render = messages_renderer(form)
        self._stream = sys.stdout.buffer
        self._pending: list[bytes] = []
        self._size = 0
        self._flushed = self._shown_at = time.monotonic()
        self._progress = progress
        self._count = 0

    def explained(self, explained: Explained, notification: Notification) -> None:
        self._put(self.render.explained(explained, notification))

    def unreadable(self, unreadable: Unreadable) -> None:
        click.echo(f"bsaudit: {clean_line(unreadable.file)}: {unreadable.error}", err=True)
        self._put(self.render.unreadable(unreadable))

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

    def _put(self, data: bytes) -> None:
        self._pending += (self.render.between if self._count else self.render.head, data)
        self._count += 1
        self._size += len(data)
        now = time.monotonic()
        if self._size > OUTPUT_BUFFER or now - self._flushed > FLUSH_S:
            self.flush()
        if self._progress and now - self._shown_at > PROGRESS_AFTER_S:
            self._shown_at = now
            click.echo(f"\r{self._count} messages", err=True, nl=False)
