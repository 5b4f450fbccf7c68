"""Whole mailboxes for `survey`: an mbox, a Maildir, a directory, a message, plain or compressed; in flat memory.

What is a file of its own is only named, so that whoever reads it may be another process.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from bsaudit.adapters.mailbox_marks import Extent, Names, Taken
from bsaudit.adapters.mailfiles import GZIP, STDIN, Stored, between, stored
from bsaudit.adapters.regular import open_regular
from bsaudit.errors import UsageError
from bsaudit.text import clean_line

_FOLDERS = ("cur", "new")
# Folders that are named as unread
MOST_NAMED = 5
# How others say that they are writing to an mbox just now
_LOCK = ".lock"


class Piece(NamedTuple):
    """What can be read by itself: messages, or a file by its name; and what part of the mailbox it is."""

    item: str | Stored
    size: int
    messages: int = 1


class Source(Protocol):
    """What `survey` reads. `pieces` may be asked for once more; `note` hears of each message that was counted.

    `unread`: the file, where it could not be read; the next survey shall try again.
    """

    name: str
    key: str  # of its mark
    total: int | None
    gaps: list[str]

    @property
    def counts_files(self) -> bool: ...

    def pieces(self) -> Generator[Piece]: ...
    def note(self, index: int, unread: str | None = None) -> None: ...
    def mark(self, *, whole: bool) -> bytes | None: ...


class Mailbox:
    """`Source` of files. Raises UsageError where there are none.

    `total` is the sum of its pieces' sizes, None where that is not known. `known`: the mark of an earlier survey, where
    this one goes on.
    """

    def __init__(self, path: str, known: bytes | None = None) -> None:
        self.name = clean_line(path)
        self.key = os.path.realpath(path)
        self.gaps: list[str] = []
        self._path = path
        self._folders: list[str] = []
        self._taken, self._unread = Taken(), Taken()
        self._before: os.stat_result | None = None
        self._start = 0
        self._packed = False
        self.total: int | None = None
        try:
            self._look(known)
        except OSError as error:
            raise UsageError(f"{self.name}: {clean_line(error.strerror or str(error))}") from error

    @property
    def counts_files(self) -> bool:
        """Whether sizes are numbers of files, and not of octets."""
        return bool(self._folders)

    def _look(self, known: bytes | None) -> None:
        if self._path == STDIN:
            return
        if Path(self._path).is_dir():
            self._folders = _folders(self._path)
            self._names = Names(known)
            self.total = sum(1 for _ in self._files())
            if not any(self._all_files()) and self._folders == [self._path] and _holds_folders(self._path):
                raise OSError(errno.ENOENT, "neither a Maildir nor a directory of messages; name what is in it")
            if below := _below(self._path, plain=self._folders == [self._path]):
                self.gaps.append(f"{self.name}: the folders below it were not read ({below}): name them, too")
            return
        with open_regular(self._path) as stream:
            self._before = os.fstat(stream.fileno())
            self._packed = stream.read(len(GZIP)).startswith(GZIP)
            self._start = Extent.of(known).reached(stream, self._before.st_size)
        if not self._packed:
            self.total = self._before.st_size - self._start
        elif self._start == self._before.st_size:
            self.total = 0
        if Path(self._path + _LOCK).exists():
            self.gaps.append(f"{self.name} is locked: another program may be writing to it")

    def pieces(self) -> Generator[Piece]:
        """Yield what is in it. Raises UsageError where it cannot be read on."""
        if self._folders:
            self._taken = Taken()
            for path in self._files():
                self._taken.add(path)
                yield Piece(path, 1)
            return
        if self.total == 0:
            return
        for found in self._stored():
            yield Piece(found, found.size, found.count)
        if self._before is not None:
            self._compare(self._before)

    def _stored(self) -> Iterator[Stored]:
        if self._before is not None and not self._packed:
            return between(self._path, self._start, self._before.st_size)
        return stored([self._path], unpack=True)

    def note(self, index: int, unread: str | None = None) -> None:
        """Remember what could not be read; else a file is known by its extent, a directory by its names."""
        del index
        if unread is not None:
            self._unread.add(unread)

    def mark(self, *, whole: bool) -> bytes | None:
        """Return what the next survey needs to read only what is new; None where this one was not read to its end."""
        if not whole or self._path == STDIN:
            return None
        if self._folders:
            return self._names_read()
        if self._unread:
            return None
        try:
            with open_regular(self._path) as stream:
                return Extent.found(stream, self._before.st_size if self._before else 0)
        except OSError:
            return None

    def _names_read(self) -> bytes:
        """Return the names of what is there and was read, now or before: what came or moved meanwhile is for later."""
        taken, unread = self._taken.names(), self._unread.names()
        known = (one for one in self._all_files() if one in self._names or (one in taken and one not in unread))
        return Names.of(known)

    def _files(self) -> Iterator[str]:
        return (path for path in self._all_files() if path not in self._names)

    def _all_files(self) -> Iterator[str]:
        for folder in self._folders:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_file() and not entry.name.startswith("."):
                        yield entry.path

    def _compare(self, before: os.stat_result) -> None:
        try:
            after = Path(self._path).stat()
        except OSError:
            self.gaps.append(f"{self.name} was moved or deleted while it was read")
            return
        if after.st_ino != before.st_ino:
            self.gaps.append(f"{self.name} was replaced while it was read: the new one was not looked at")
        elif after.st_size != before.st_size:
            self.gaps.append(f"{self.name} was written to while it was read")


def _holds_folders(path: str) -> bool:
    return any(entry.is_dir() for entry in Path(path).iterdir())


def _folders(path: str) -> list[str]:
    maildir = [os.path.join(path, name) for name in _FOLDERS if Path(path, name).is_dir()]  # noqa: PTH118 -- scandir wants text
    return maildir or [path]


def _below(path: str, *, plain: bool) -> str:
    """Return the folders that lie in a directory; in a Maildir there are others, one with what a filter calls spam."""
    within = "" if plain else _FOLDERS[0]
    with os.scandir(path) as entries:
        names = sorted(one.name for one in entries if os.path.isdir(os.path.join(one.path, within)))  # noqa: PTH112, PTH118 -- it may be forbidden
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return clean_line(", ".join(names[:MOST_NAMED]) + more)
