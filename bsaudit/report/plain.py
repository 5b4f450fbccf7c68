"""Structs as plain data for JSON: every text sanitised, every time RFC 3339 in UTC, no number that JSON cannot hold."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from bsaudit.text import clean_block

# Milliseconds: finer is noise of the network.
DECIMALS = 3


def plain(value: object) -> Any:
    """Return `value` (a struct or a container) as dictionaries, lists, texts and numbers, in declared order."""
    return _walk(msgspec.to_builtins(value, builtin_types=(datetime,), str_keys=True))


def timestamp(at: datetime) -> str:
    """Return a time as RFC 3339 in UTC, to the millisecond, with Z. Naive times are taken for UTC."""
    utc = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds")[: -len("+00:00")] + "Z"


_key = lru_cache(1024)(clean_block)  # nearly all are names of fields
_NUMBERS = frozenset({int, bool, type(None)})


def _walk(value: Any) -> Any:
    kind = type(value)  # of what `to_builtins` leaves, there are no subclasses
    if kind is str:
        return clean_block(value)
    if kind is dict:
        return {_key(key): part if type(part) in _NUMBERS else _walk(part) for key, part in value.items()}
    if kind is list or kind is tuple:
        return [_walk(part) for part in value]
    if kind is datetime:
        return timestamp(value)
    if kind is float:
        return round(value, DECIMALS) if math.isfinite(value) else None
    return value
