"""Files that hold strangers' mail: for their owner alone, and written nowhere else than where they seem to be."""

from __future__ import annotations

import os
import stat
from pathlib import Path

MODE = 0o600


def keep(path: Path, raw: bytes) -> None:
    """Write a new file; nothing is to do where one of ours with the same content is there already.

    Raises OSError: never through a link, never over something else.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, MODE)
    except FileExistsError:
        if _kept(path) != raw:
            raise
        return
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(raw)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _kept(path: Path) -> bytes | None:
    """Return what stands in a file of ours; None for a link, a device or what somebody else owns."""
    facts = path.lstat()
    ours = stat.S_ISREG(facts.st_mode) and facts.st_uid == os.getuid()
    return path.read_bytes() if ours else None
