"""Files that others can put in our way: only regular ones are opened, and nothing that is opened can block.

A FIFO blocks whoever opens it, a device may never end, and a link leads wherever its maker likes.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_QUIETLY = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


class NotRegular(OSError):
    """A FIFO, device, socket, directory, or a link where none is followed."""

    def __init__(self) -> None:
        super().__init__(errno.EINVAL, "not a regular file")


def open_regular(path: str | Path, *, follow: bool = True) -> BinaryIO:
    """Open a regular file for reading; its links are followed unless `follow` is false. Raises OSError, NotRegular."""
    if not stat.S_ISREG(Path(path).stat(follow_symlinks=follow).st_mode):  # opening a device may already do something
        raise NotRegular
    descriptor = os.open(path, _QUIETLY | (0 if follow else os.O_NOFOLLOW))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # replaced meanwhile
        os.close(descriptor)
        raise NotRegular
    return os.fdopen(descriptor, "rb")
