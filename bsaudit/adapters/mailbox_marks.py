"""Where an earlier survey of a mailbox ended, so that the next reads only what is new; and where that is kept."""

from __future__ import annotations

import hashlib
import os
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from msgspec import DecodeError, Struct, json
from platformdirs import user_state_path

from bsaudit.adapters.new_file import NewFile
from bsaudit.errors import UsageError

# Of a file's beginning, and of what stands before the place where it ended: a rotated one begins otherwise
_PROBE = 1024
_DIGITS = 32


class Extent(Struct, frozen=True):
    """An mbox up to an octet, known again by what stands around it."""

    size: int = 0
    head: str = ""
    tail: str = ""

    @classmethod
    def of(cls, mark: bytes | None) -> Extent:
        """Return what a mark says; what says nothing is an empty one."""
        try:
            return json.decode(mark, type=cls) if mark else cls()
        except DecodeError:
            return cls()

    @classmethod
    def found(cls, stream: BinaryIO, size: int) -> bytes:
        """Return the mark of a file that was read so far."""
        return json.encode(_extent(stream, size))

    def reached(self, stream: BinaryIO, size: int) -> int:
        """Return from where to read a file on: from the beginning, if it is another one by now."""
        return self.size if 0 < self.size <= size and _extent(stream, self.size) == self else 0


def _extent(stream: BinaryIO, size: int) -> Extent:
    return Extent(size, _digest(stream, 0, min(size, _PROBE)), _digest(stream, max(0, size - _PROBE), size))


def _digest(stream: BinaryIO, start: int, end: int) -> str:
    stream.seek(start)
    return hashlib.sha256(stream.read(end - start)).hexdigest()[:_DIGITS]


class Names:
    """The files of a Maildir that were read, by 8 octets each: a million of them are 8 MB."""

    def __init__(self, mark: bytes | None) -> None:
        self._known = array("Q")
        if mark and len(mark) % self._known.itemsize == 0:
            self._known.frombytes(mark)

    @staticmethod
    def of(paths: Iterable[str]) -> bytes:
        """Return the mark of these files."""
        return array("Q", sorted(array("Q", map(_short, paths)))).tobytes()

    def __contains__(self, path: str) -> bool:
        if not self._known:
            return False
        short = _short(path)
        at = bisect_left(self._known, short)
        return at < len(self._known) and self._known[at] == short


class Taken:
    """Files of a Maildir as they are taken, in the order in which the directory names them."""

    def __init__(self) -> None:
        self._shorts = array("Q")

    def __bool__(self) -> bool:
        return bool(self._shorts)

    def add(self, path: str) -> None:
        self._shorts.append(_short(path))

    def names(self) -> Names:
        return Names(array("Q", sorted(self._shorts)).tobytes())


def _short(path: str) -> int:
    """Return the digest of a message's name: without the flags behind the colon, which change when it is read."""
    name = os.path.basename(path).partition(":")[0]  # noqa: PTH119 -- a million times
    return int.from_bytes(hashlib.blake2b(os.fsencode(name), digest_size=8).digest(), "big")


class Marks:
    """The marks, one file each, in the state directory."""

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory or user_state_path("bsaudit") / "survey"

    def load(self, mailbox: str) -> bytes | None:
        try:
            return self._file(mailbox).read_bytes()
        except OSError:
            return None

    def save(self, mailbox: str, mark: bytes) -> None:
        """Keep a mark, whole or not at all. Raises UsageError."""
        file = self._file(mailbox)
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            new = NewFile(file)
            new.write(mark)
            new.finish(over=True)
        except OSError as error:
            raise UsageError(
                f"--since last: {file} cannot be written: {error.strerror}",
                remedy="The next one reads all of it again.",
            ) from error

    def _file(self, mailbox: str) -> Path:
        return self._directory / hashlib.sha256(os.fsencode(mailbox)).hexdigest()[:_DIGITS]
