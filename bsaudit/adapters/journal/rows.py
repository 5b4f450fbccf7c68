"""Values of the model to what a column holds, and back."""

from __future__ import annotations

import re
import threading
import zlib
from enum import StrEnum
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from bsaudit.errors import JournalError
from bsaudit.model.mail import Arrival
from bsaudit.model.run import RunRecord
from bsaudit.text import REPLACEMENT, clean_line

T = TypeVar("T")
Member = TypeVar("Member", bound=StrEnum)

ERROR_LIMIT = 300  # of a library's words about a row

# The catch mailboxes stop reading well before; this only keeps one row from filling the disk or the memory.
RAW_LIMIT = 64 * 1024 * 1024
# Below this, zlib saves less than the row costs anyway.
_WORTH_COMPRESSING = 512
_SURROGATE = re.compile("[\ud800-\udfff]")


def encode(value: object) -> str:
    """Return `value` as JSON; a lone surrogate (undecodable bytes) becomes U+FFFD: a record beats an exception."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return msgspec.json.encode(_encodable(msgspec.to_builtins(value))).decode()


def decode(text: str, kind: type[T]) -> T:
    """Return the value of type `kind` that `encode` wrote. Raises JournalError if it cannot be read."""
    try:
        return _decoder(kind).decode(text)
    except (msgspec.MsgspecError, TypeError) as error:  # a damaged SQLite file may hold a number in a text's place
        raise _unreadable(error) from error


def member(text: str, kind: type[Member]) -> Member:
    """Return the member of an enumeration that `text` names. Raises JournalError if there is none."""
    try:
        return kind(text)
    except ValueError as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> JournalError:
    return JournalError(
        f"an entry of the journal cannot be read ({clean_line(str(error), ERROR_LIMIT)})",
        remedy="It was written by another version of bsaudit, or damaged; read it with the version that wrote it.",
    )


# msgspec reads a type's annotations when it is first decoded, and crashes the process where two threads do so at once;
# each journal works in a thread of its own.
_reading_types = threading.Lock()
_decoders: dict[type, msgspec.json.Decoder[Any]] = {}


def _decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    with _reading_types:
        if kind not in _decoders:
            _decoders[kind] = msgspec.json.Decoder(kind)
        return _decoders[kind]


def encode_run(run: RunRecord) -> str:
    """Return the run's own fields; key, targets, probes and sessions have a place of their own."""
    return encode(replace(run, key=b"", targets=[], probes=[], sessions=[]))


def encode_arrival(arrival: Arrival) -> dict[str, Any]:
    """Return the columns of one arrival; `raw` beyond RAW_LIMIT is cut, and marked as truncated."""
    raw = arrival.raw[:RAW_LIMIT]
    packed = zlib.compress(raw) if len(raw) >= _WORTH_COMPRESSING else raw
    compressed = len(packed) < len(raw)
    cut = len(raw) < len(arrival.raw)
    size = len(arrival.raw) if arrival.size is None and cut else arrival.size
    return {
        "uid_digest": sha256(arrival.uid.encode("utf-8", "surrogatepass")).hexdigest(),
        "compressed": compressed,
        "raw": packed if compressed else raw,
        "data": encode(replace(arrival, raw=b"", size=size, truncated=arrival.truncated or cut)),
    }


def decode_arrival(raw: bytes, data: str, *, compressed: bool) -> Arrival:
    """Return the arrival that `encode_arrival` stored."""
    try:
        # A shared database is somebody else's input too: never inflate without a bound.
        plain = zlib.decompressobj().decompress(raw, RAW_LIMIT) if compressed else bytes(raw)
    except zlib.error as error:
        raise JournalError(f"an arrival in the journal is damaged ({error})") from error
    return replace(decode(data, Arrival), raw=plain)


def _encodable(value: Any) -> Any:
    match value:
        case str():
            return _SURROGATE.sub(REPLACEMENT, value)
        case dict():
            return {_encodable(key): _encodable(item) for key, item in value.items()}
        case list() | tuple():
            return [_encodable(item) for item in value]
    return value
