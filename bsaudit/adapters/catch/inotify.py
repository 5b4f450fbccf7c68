"""inotify(7) for the names that turn up in directories; None where the system has none, and polling must do."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

# <sys/inotify.h>: a finished file is renamed or linked into place; careless writers create it there and close it
_MOVED_TO, _CREATE, _CLOSE_WRITE = 0x80, 0x100, 0x08
_INTERESTING = _MOVED_TO | _CREATE | _CLOSE_WRITE
_Q_OVERFLOW = 0x4000
_EVENT = struct.Struct("iIII")
_BUFFER = 64 * 1024


class Inotify:
    """Tells which files came into some directories."""

    def __init__(self, descriptor: int, directories: dict[int, Path]) -> None:
        self._descriptor = descriptor
        self._directories = directories

    def fileno(self) -> int:
        return self._descriptor

    def names(self) -> Iterator[tuple[Path, str] | None]:
        """Yield directory and name of each file that came since the last call; None where some were lost."""
        try:
            data = os.read(self._descriptor, _BUFFER)
        except BlockingIOError:
            return
        at = 0
        while at < len(data):
            watch, mask, _, length = _EVENT.unpack_from(data, at)
            at += _EVENT.size
            name = data[at : at + length].rstrip(b"\0")
            at += length
            if mask & _Q_OVERFLOW:
                yield None
            elif name and watch in self._directories:
                yield self._directories[watch], os.fsdecode(name)

    def close(self) -> None:
        os.close(self._descriptor)


def watch(directories: Sequence[Path]) -> Inotify | None:
    """Return a watch over `directories`, or None if the system grants none."""
    try:
        libc = ctypes.CDLL(None)
        descriptor = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, AttributeError):
        return None
    if descriptor < 0:
        return None
    watches = {libc.inotify_add_watch(descriptor, os.fsencode(d), _INTERESTING): d for d in directories}
    if -1 in watches:
        os.close(descriptor)
        return None
    return Inotify(descriptor, watches)
