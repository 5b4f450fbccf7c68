"""The token in the greeting of our own catch MX: who meets it at a public MX knows that mail comes here.

A standing `bsaudit catch` leaves its token beside the mail, for later runs to know it by.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from pathlib import Path

from bsaudit.adapters.regular import NotRegular, open_regular

NAME = "bsaudit-greeting"
OCTETS = 8
_TOKEN = re.compile(rb"[0-9a-f]{16}")


def new_nonce() -> str:
    return secrets.token_hex(OCTETS)


def leave_nonce(directory: Path, nonce: str) -> None:
    """Leave it for later runs, in place of the last one, whole or not at all. Raises OSError."""
    written = directory / f"{NAME}.new"
    written.unlink(missing_ok=True)
    with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(nonce.encode())
    written.rename(directory / NAME)


def read_nonce(directory: Path) -> str | None:
    with contextlib.suppress(OSError, NotRegular), open_regular(directory / NAME) as file:
        found = _TOKEN.fullmatch(file.read(2 * OCTETS + 1))
        return found[0].decode() if found else None
    return None
