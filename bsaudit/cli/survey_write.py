"""`--pile PILE --write FILE` of `bsaudit survey`: what one pile holds, for whoever cleans up the mailbox."""

from __future__ import annotations

import os
import sys
from array import array
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import click

from bsaudit.adapters.mailbox_imap import WINDOW, ImapFolder, uid_set
from bsaudit.adapters.mailboxes import Source
from bsaudit.adapters.mbox_writer import mbox_entry
from bsaudit.adapters.new_file import NewFile
from bsaudit.cli.new_files import filled, finished, there_already, unwritten
from bsaudit.cli.output import make_room
from bsaudit.cli.say import say
from bsaudit.cli.survey_mailboxes import is_imap
from bsaudit.errors import UsageError
from bsaudit.model.survey import Pile, Seen
from bsaudit.ndn.mime import READ_WINDOW
from bsaudit.text import amount, clean_line

MBOX, UIDS = "mbox", "uids"
_PILES = (Pile.BACKSCATTER, Pile.OWN, Pile.CANNOT_TELL)
_WRITE = (
    "Write that pile, to clean up by: its messages as an mbox (NAME.mbox), or their UIDs on IMAP (NAME.uids; uids: on "
    "stdout, instead of the report)."
)

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class WriteSink(NamedTuple):
    """What is written, and into which file; None is stdout."""

    form: str
    path: Path | None = None


class WriteType(click.ParamType[WriteSink]):
    """`NAME.mbox`, `NAME.uids`, `uids`."""

    name = "write"

    def convert(self, value: str | WriteSink, param: click.Parameter | None, ctx: click.Context | None) -> WriteSink:
        if isinstance(value, WriteSink):
            return value
        path = Path(value).expanduser()
        if value == UIDS:
            return WriteSink(UIDS)
        if path.suffix not in {f".{MBOX}", f".{UIDS}"}:
            self.fail(f"{value!r} is neither NAME.mbox nor NAME.uids nor uids.", param, ctx)
        return WriteSink(path.suffix[1:], path)


def write_options(function: Decorated) -> Decorated:
    """Add both options to the command."""
    function = click.option("--write", metavar="NAME.mbox|NAME.uids|uids", type=WriteType(), help=_WRITE)(function)
    piles = click.Choice([pile.value for pile in _PILES])
    return click.option("--pile", type=piles, help="The pile that --write is about.")(function)


class Writing(Protocol):
    """Writes a pile. `failure`: why it could not be written; nothing is there then."""

    pile: Pile
    takes_messages: bool
    to_stdout: bool
    failure: UsageError | None

    def add(self, box: Source, seen: Seen, raw: bytes) -> None: ...
    def finish(self) -> Sequence[str]:
        """End it; return what it leaves open."""
        ...


def writing(pile: str | None, sink: WriteSink | None, mailboxes: Sequence[str], form: str) -> Writing | None:
    """Return what writes the pile, if one is to be written. Raises UsageError, before anything is read."""
    if pile is None and sink is None:
        return None
    if pile is None or sink is None:
        raise UsageError("--pile and --write go together", remedy="Write --pile backscatter --write bounces.mbox.")
    if sink.path is None and form != "text":
        raise UsageError(f"--write uids takes the place of --format {form}", remedy="Write --write NAME.uids.")
    if sink.path is not None and os.path.lexists(sink.path):
        raise there_already("--write", sink.path)
    if sink.path is not None:
        make_room(sink.path, "--write")
    if sink.form == MBOX:
        assert sink.path is not None  # only UIDs go to stdout
        return _Mbox(Pile(pile), sink.path)
    for name in mailboxes:
        if not is_imap(name):
            raise UsageError(
                f"--write uids: {clean_line(name)} is on no IMAP server",
                remedy="Write its messages: --write NAME.mbox.",
            )
    return _Uids(Pile(pile), sink.path)


class _Mbox:
    """The messages themselves, as far as they are read."""

    takes_messages = True
    to_stdout = False

    def __init__(self, pile: Pile, path: Path) -> None:
        self.pile = pile
        self.failure: UsageError | None = None
        self._path = path
        self._file: NewFile | None = None
        self._count = self._cut = 0

    def add(self, box: Source, seen: Seen, raw: bytes) -> None:
        if self.failure is not None:
            return
        at = datetime.fromisoformat(seen.at) if seen.at else None
        try:
            self._opened().write(mbox_entry(raw, at))
        except OSError as error:
            self.failure = unwritten("--write", self._path, error)
        self._count += 1
        self._cut += len(raw) >= (WINDOW if isinstance(box, ImapFolder) else READ_WINDOW)

    def _opened(self) -> NewFile:
        self._file = self._file or NewFile(self._path)
        return self._file

    def finish(self) -> Sequence[str]:
        if self.failure is None:
            self.failure = finished("--write", self._path, self._opened)
        if self.failure is not None:
            return ()
        say(f"{clean_line(str(self._path))}: {amount(self._count, 'message')}")
        cut = f"{clean_line(str(self._path))}: {amount(self._cut, 'message')} longer than what is read, and cut off"
        return (cut,) if self._cut else ()


class _Uids:
    """A line a folder: its name, UIDVALIDITY, and a sequence set (RFC 9051 §9), with tabs between."""

    takes_messages = False

    def __init__(self, pile: Pile, path: Path | None) -> None:
        self.pile = pile
        self.failure: UsageError | None = None
        self.to_stdout = path is None
        self._path = path
        self._found: dict[str, tuple[int, array[int]]] = {}

    def add(self, box: Source, seen: Seen, raw: bytes) -> None:
        del raw
        assert isinstance(box, ImapFolder)  # `writing` takes no other
        self._found.setdefault(box.name, (box.validity, array("L")))[1].append(seen.index)

    def finish(self) -> Sequence[str]:
        rows = (f"{name}\t{validity}\t{uid_set(uids)}\n" for name, (validity, uids) in self._found.items())
        text = "".join(rows).encode()
        path = self._path
        if path is None:
            sys.stdout.buffer.write(text)
            sys.stdout.buffer.flush()
        else:
            self.failure = finished("--write", path, lambda: filled(path, text))
        return ()
