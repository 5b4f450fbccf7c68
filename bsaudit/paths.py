"""Paths as people write them."""

from __future__ import annotations

import os
from pathlib import Path


def user_path(text: str) -> Path:
    """Return the path with `~` and `~user` replaced; a home that nobody has stays, and is not found."""
    return Path(os.path.expanduser(text))  # noqa: PTH111 — Path.expanduser raises RuntimeError there
