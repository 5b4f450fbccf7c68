"""Messages out of files: single messages, mbox, Maildir, standard input. Streaming: any size in constant memory.

Of each message the beginning is kept (`ndn.mime.READ_WINDOW`), the rest only hashed.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import re
import stat
import sys
import zlib
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from io import RawIOBase
from pathlib import Path
from typing import BinaryIO, ClassVar, cast

from msgspec import Struct

from bsaudit.adapters.regular import open_regular
from bsaudit.ndn.mime import READ_WINDOW

CHUNK = 256 * 1024  # read at once; large enough that the system calls do not count
STDIN = "-"
# RFC 4155: "From ", an address, a time in the form of asctime(3), which some write otherwise; Thunderbird now writes
# neither. A header field follows. So "From " that begins a line of somebody's text, as not all delivery agents quote
# it, separates nothing.
SEPARATOR = re.compile(
    rb"From (?:[^\r\n]{0,500}?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? [^\r\n]{0,40}?\d{1,2}:\d\d[^\r\n]{0,60})?\r?\n"
    rb"(?=[A-Za-z][A-Za-z0-9\-]{0,76}[ \t]{0,8}:|>?From )"
)
_FROM = b"\nFrom "
# The longest separating line, and the field name behind it, that a decision needs
_LOOKAHEAD = 1024
# By these names a file is one message, even where a "From " line of some mailbox still stands in front
_SINGLE = (".eml", ".msg", ".mht", ".EML", ".MSG")

GZIP = b"\x1f\x8b"
# How files begin that hold mail but are none (file(1) knows them by these, too)
_WRAPPED = (
    (GZIP, "compressed with gzip; unpack it first, or: zcat FILE | bsaudit explain -"),
    (b"BZh", "compressed with bzip2; unpack it first, or: bzcat FILE | bsaudit explain -"),
    (b"\xfd7zXZ", "compressed with xz; unpack it first, or: xzcat FILE | bsaudit explain -"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd; unpack it first, or: zstdcat FILE | bsaudit explain -"),
    (b"PK\x03\x04", "a zip archive; unpack it first"),
    (b"\xd0\xcf\x11\xe0", "an Outlook .msg file; save the message as .eml"),
    (b"\xff\xfe", "UTF-16 text; save the message as it came"),
)

Waiting = Callable[[], None]


class StoredMessage(Struct):
    """One message of a file; `raw` is its beginning. `error`: it cannot be read."""

    file: str
    index: int
    raw: bytes = b""
    error: str | None = None
    digest: str = ""  # of all of it, where `raw` is not

    count: ClassVar[int] = 1

    @property
    def size(self) -> int:
        """How many octets of it are here."""
        return len(self.raw)

    @property
    def sha256(self) -> str:
        """The digest of all its bytes: many who read messages do not ask for it."""
        return self.digest or hashlib.sha256(self.raw).hexdigest()


class Stretch(Struct):
    """Messages of an mbox that lie one behind the other, each whole: to travel together, and to be parted there.

    `index` is that of the first; `ends` are where each ends in `data`.
    """

    file: str
    index: int
    data: bytes
    ends: list[int]

    @property
    def count(self) -> int:
        """How many messages there are."""
        return len(self.ends)

    @property
    def size(self) -> int:
        """How many octets there are."""
        return len(self.data)

    def messages(self) -> Iterator[StoredMessage]:
        """Yield each message."""
        start = 0
        for index, end in enumerate(self.ends, self.index):
            yield StoredMessage(self.file, index, self.data[start:end])
            start = end


Stored = StoredMessage | Stretch


def messages(paths: Iterable[str], *, unpack: bool = False) -> Iterator[StoredMessage]:
    """Yield every message of `paths`, in order: files, mboxes, Maildirs, `-`. Never raises for a file's sake.

    `unpack` reads gzip, too.
    """
    return apart(stored(paths, unpack=unpack))


def apart(found: Iterable[Stored]) -> Iterator[StoredMessage]:
    """Yield each message of what lies together."""
    for one in found:
        if isinstance(one, Stretch):
            yield from one.messages()
        else:
            yield one


def stored(paths: Iterable[str], *, waiting: Waiting = lambda: None, unpack: bool = False) -> Iterator[Stored]:
    """Yield the same, what lies together in an mbox together: for whoever hands it on.

    `waiting` is called before a read that may block: the moment to flush what was written so far.
    """
    for path in paths:
        try:
            yield from _of_path(path, waiting, unpack=unpack)
        except OSError as error:
            yield StoredMessage(_shown(path), 0, error=error.strerror or str(error))


def between(path: str, start: int, stop: int) -> Iterator[Stored]:
    """Yield the messages of a file from one octet to another: what others write behind it meanwhile is for later.

    Where no message begins there, the one before was not whole when it was read: its rest is passed over.
    """
    try:
        with open_regular(path) as stream:
            stream.seek(start)
            part, file = cast("BinaryIO", _UpTo(stream, stop - start)), _shown(path)
            if start:
                yield from _mbox(part, _read(part, lambda: None), file, lambda: None, resumed=True)
            else:
                yield from _of_stream(part, file, lambda: None, single=path.endswith(_SINGLE))
    except OSError as error:
        yield StoredMessage(_shown(path), 0, error=error.strerror or str(error))


class _UpTo:
    """So many octets of a stream."""

    def __init__(self, stream: BinaryIO, left: int) -> None:
        self._stream, self._left = stream, left

    def read(self, size: int) -> bytes:
        data = self._stream.read(min(size, self._left))
        self._left -= len(data)
        return data


def paths_from(source: str, *, waiting: Waiting) -> Iterator[str]:
    """Yield the paths listed in the file `source` (or `-`), one a line, as they come. Raises OSError."""
    rest = b""
    with _opened(source) as stream:
        while chunk := _read(stream, waiting):
            lines, _, rest = (rest + chunk).rpartition(b"\n")
            yield from (path for line in os.fsdecode(lines).split("\n") if (path := line.removesuffix("\r")))
    if rest:
        yield os.fsdecode(rest)


def _of_path(path: str, waiting: Waiting, *, unpack: bool) -> Iterator[Stored]:
    if path == STDIN:
        yield from _of_stream(sys.stdin.buffer, STDIN, waiting, single=False)
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        state = os.fstat(descriptor)
        if stat.S_ISDIR(state.st_mode):
            yield from _of_directory(path, waiting)
            return
        single = path.endswith(_SINGLE)
        first = os.read(descriptor, min(state.st_size or CHUNK, CHUNK))
        if unpack and first.startswith(GZIP):
            yield from _unpacked(descriptor, path, waiting)
            return
        _refuse_wrapped(first)
        if len(first) == state.st_size and (single or not _is_mbox(first)):  # nearly every bounce
            yield StoredMessage(_shown(path), 0, first)
            return
        with open(descriptor, "rb", buffering=0, closefd=False) as stream:
            yield from _of_stream(stream, _shown(path), waiting, single=single, first=first)
    finally:
        os.close(descriptor)


def _unpacked(descriptor: int, path: str, waiting: Waiting) -> Iterator[Stored]:
    single = path.removesuffix(".gz").endswith(_SINGLE)
    os.lseek(descriptor, 0, os.SEEK_SET)
    with open(descriptor, "rb", closefd=False) as stream, gzip.open(stream) as plain:
        try:
            yield from _of_stream(cast("BinaryIO", plain), _shown(path), waiting, single=single)
        except (EOFError, zlib.error) as error:
            raise OSError(errno.EIO, f"compressed with gzip, and damaged or cut off: {error}") from error


def _of_directory(path: str, waiting: Waiting) -> Iterator[Stored]:
    """Yield what lies in a Maildir's cur and new, or in another directory, in the order of the names."""
    maildir = [Path(path, name) for name in ("cur", "new") if Path(path, name).is_dir()]
    folders = maildir or [Path(path)]
    if not maildir and not any(file.is_file() for file in Path(path).iterdir()):
        raise OSError(errno.ENOENT, "neither a Maildir nor a directory of messages")
    for folder in folders:
        for file in sorted(folder.iterdir()):
            if file.is_file() and not file.name.startswith("."):
                try:
                    with open_regular(file) as stream:
                        yield from _of_stream(stream, _shown(str(file)), waiting, single=len(folders) > 1)
                except OSError as error:
                    yield StoredMessage(_shown(str(file)), 0, error=error.strerror or str(error))


def _of_stream(
    stream: BinaryIO | RawIOBase, file: str, waiting: Waiting, *, single: bool, first: bytes | None = None
) -> Iterator[Stored]:
    if first is None:
        first = _read(stream, waiting)
        _refuse_wrapped(first)
    if single or not _is_mbox(first):
        yield _whole(stream, first, file, waiting)
    else:
        yield from _mbox(stream, first, file, waiting)


def _is_mbox(first: bytes) -> bool:
    return first.removeprefix(BOM_UTF8).lstrip(b"\r\n").startswith(b"From ")


def _refuse_wrapped(first: bytes) -> None:
    """Mail in another wrapping would pass for a message without a header."""
    for beginning, what in _WRAPPED:
        if first.startswith(beginning):
            raise OSError(errno.EINVAL, what)


def _whole(stream: BinaryIO | RawIOBase, first: bytes, file: str, waiting: Waiting) -> StoredMessage:
    message = _Growing()
    chunk = first
    while chunk:
        message.add(chunk)
        chunk = _read(stream, waiting)
    return message.done(file, 0)


def _mbox(
    stream: BinaryIO | RawIOBase, first: bytes, file: str, waiting: Waiting, *, resumed: bool = False
) -> Iterator[Stored]:
    """Split at separators that follow an empty line; what looks like one but is not stays in its message.

    `resumed`: what stands before the first of them is none.
    """
    index = 0
    message = _Growing()  # what is not whole in what was read at once
    # The first separator stands behind a line end, too; an editor's mark (U+FEFF) is none of it.
    held = b"\n" + first.removeprefix(BOM_UTF8)
    at_end = begun = False
    while held:
        found, at = _separators(held, begun=begun, at_end=at_end)
        if found:
            message.add(held[: found[0]])
            if begun:
                yield message.done(file, index)
                index += 1
            message, begun = _Growing(), True
            if len(found) > 1:
                ends = [end - found[0] for end in found[1:]]
                yield Stretch(file, index, held[found[0] : found[-1]], ends)
                index += len(ends)
        start = found[-1] if found else 0
        keep = len(held) if at_end else max((at if at >= 0 else len(held) - len(_FROM)) - 2, start)
        message.add(held[start:keep])  # but for the empty line in front of a separator
        held = held[keep:]
        chunk = b"" if at_end else _read(stream, waiting)
        at_end = not chunk
        held += chunk
    if begun or not resumed:
        yield message.done(file, index)


def _separators(held: bytes, *, begun: bool, at_end: bool) -> tuple[list[int], int]:
    """Return where messages begin, and where something stands of which that cannot be told yet, else -1."""
    found: list[int] = []
    at = held.find(_FROM)
    while at >= 0 and (at + _LOOKAHEAD <= len(held) or at_end):
        if _separates(held, at, begun=begun or bool(found)):
            found.append(at + 1)
        at = held.find(_FROM, at + 1)
    return found, at


def _separates(held: bytes, at: int, *, begun: bool) -> bool:
    empty_line = not begun or held[at - 1 : at] in {b"\n", b""} or held[max(at - 2, 0) : at] == b"\n\r"
    return empty_line and SEPARATOR.match(held, at + 1) is not None


class _Growing:
    """A message while it is read: its beginning, and the digest of what is longer."""

    __slots__ = ("_hash", "_kept")

    def __init__(self) -> None:
        self._kept = bytearray()
        self._hash: hashlib._Hash | None = None

    def add(self, data: bytes) -> None:
        room = READ_WINDOW - len(self._kept)
        if self._hash is None and len(data) > room:
            self._hash = hashlib.sha256(self._kept)
        self._kept += data[: max(room, 0)]
        if self._hash is not None:
            self._hash.update(data)

    def done(self, file: str, index: int) -> StoredMessage:
        digest = self._hash.hexdigest() if self._hash is not None else ""
        return StoredMessage(file, index, bytes(self._kept), digest=digest)


def _opened(source: str) -> BinaryIO:
    return sys.stdin.buffer if source == STDIN else Path(source).open("rb", buffering=0)


def _read(stream: BinaryIO | RawIOBase, waiting: Waiting) -> bytes:
    if stream is sys.stdin.buffer:
        waiting()
        return os.read(stream.fileno(), CHUNK)
    return stream.read(CHUNK) or b""


def _shown(path: str) -> str:
    """Return a path as JSON can hold it: bytes that are no UTF-8 are replaced."""
    return path if path.isascii() else os.fsencode(path).decode("utf-8", "replace")
