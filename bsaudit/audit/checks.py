"""What `doctor` says of one thing that was tried."""

from __future__ import annotations

from msgspec import Struct


class Check(Struct, frozen=True, kw_only=True):
    """One thing that was tried. `ok` None: it could not be told."""

    name: str
    ok: bool | None
    text: str
    remedy: str = ""
