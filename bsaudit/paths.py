"""Paths and text files as people write them."""

from __future__ import annotations

import os
from pathlib import Path


def user_path(text: str) -> Path:
    """Return the path with `~` and `~user` replaced; a home that nobody has stays, and is not found."""
    return Path(os.path.expanduser(text))  # noqa: PTH111 — Path.expanduser raises RuntimeError there


def user_text(content: bytes, errors: str = "strict") -> str:
    """Return what a file in UTF-8 says that somebody's editor wrote: those of Windows begin it with a mark (U+FEFF)."""
    return content.decode("utf-8-sig", errors)
