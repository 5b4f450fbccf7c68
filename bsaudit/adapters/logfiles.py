"""Log files → blocks of whole lines: plain, compressed with gzip, bzip2, xz or zstd, or standard input; one pass."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import re
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from typing import Any, BinaryIO, NamedTuple

from bsaudit.errors import UsageError
from bsaudit.paths import IN_UTF_16, UTF_16
from bsaudit.text import clean_line

STDIN = "-"
# A block is cut into lines at once: large enough that cutting costs nothing, small enough to stay in the cache.
BLOCK = 1 << 20
# A line that has no end: what is longer is read in pieces. Replies of 100 KB were seen.
MAX_LINE = 4 << 20
_ZSTD = b"\x28\xb5\x2f\xfd"
_HEAD = 8
# What a crash leaves where a line was to be written: the next stands right behind it
_NULS = re.compile(rb"\0+")


class LogFile(NamedTuple):
    """An open log: when it was last written, and its lines, in blocks, without their ends."""

    name: str
    modified: float
    blocks: Iterator[list[bytes]]


def open_log(path: str, stack: ExitStack) -> LogFile:
    """Open a log; the `stack` closes it. Raises UsageError where it cannot be read."""
    try:
        stream: BinaryIO = sys.stdin.buffer if path == STDIN else stack.enter_context(open(path, "rb"))  # noqa: PTH123, SIM115
        facts = os.fstat(stream.fileno())
        plain = _unpacked(stream, stack, path)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    modified = facts.st_mtime if path != STDIN else time.time()
    return LogFile(path, modified, _blocks(plain, path))


def _unpacked(stream: BinaryIO, stack: ExitStack, path: str) -> Any:
    """Return a stream of the text, by how the file begins: rotated logs are named in many ways."""
    head = stream.peek(_HEAD)[:_HEAD] if hasattr(stream, "peek") else b""
    if head.startswith(b"\x1f\x8b"):
        return stack.enter_context(gzip.open(stream))
    if head.startswith(b"BZh"):
        return stack.enter_context(bz2.open(stream))
    if head.startswith(b"\xfd7zXZ"):
        return stack.enter_context(lzma.open(stream))
    if head.startswith(_ZSTD):
        return stack.enter_context(_zstd()(stream))
    if head.startswith(UTF_16):
        raise _unreadable(path, IN_UTF_16)
    return stream


def _zstd() -> Callable[..., Any]:
    for name in ("compression.zstd", "backports.zstd"):  # in the standard library from Python 3.14
        try:
            opened: Callable[..., Any] = import_module(name).open
        except ImportError:
            continue
        return opened
    raise UsageError(
        "logs: nothing here can read zstd", remedy='Install "bsaudit[zstd]", or: zstdcat FILE | bsaudit logs -'
    )


def _blocks(stream: Any, path: str) -> Iterator[list[bytes]]:
    """Yield whole lines. What was read before a file broke off is kept: a log may be rotated while it is read."""
    read = getattr(stream, "read1", stream.read)
    rest = b""
    try:
        while block := read(BLOCK):
            lines, rest = whole_lines(rest, block)
            if lines:
                yield lines
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise _unreadable(path, str(error) or type(error).__name__) from error
    if rest:
        yield [rest]


def whole_lines(rest: bytes, block: bytes) -> tuple[list[bytes], bytes]:
    """Return the lines that end in a block, without their ends, and what stays of it."""
    if b"\0" in block:
        block = _NULS.sub(b"\n", block)
    *lines, rest = (rest + block).split(b"\n") if rest else block.split(b"\n")
    return ([*lines, rest], b"") if len(rest) > MAX_LINE else (lines, rest)


def _unreadable(path: str, why: str) -> UsageError:
    return UsageError(f"{clean_line(path)}: {clean_line(why)}")
