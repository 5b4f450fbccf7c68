"""The content filter of the lab: what a spam filter and a virus scanner behind it would say."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message

from bsaudit.probe.strings import GTUBE, URI_TEST_POINTS, eicar

# GTUBE scores by itself; the others are what a realistic offer says and where it points to.
SPAM = tuple(word.encode() for word in (GTUBE, "lowest prices of the year", *URI_TEST_POINTS))

# Archives in archives; one more level than any probe has.
DEPTH = 4


def refusal(content: bytes) -> str | None:
    """Return what is wrong with a message, in the words of a filter's reply, or None."""
    for part in _parts(content):
        if any(word in part for word in SPAM):
            return "5.7.1 Message rejected as spam"
        if any(eicar() in data for data in _unpacked(part, DEPTH)):
            return "5.7.1 Message rejected: virus found (Eicar-Test-Signature)"
    return None


def _parts(content: bytes) -> Iterator[bytes]:
    for part in message_from_bytes(content).walk():
        payload = _decoded(part)
        if payload is not None:
            yield payload


def _decoded(part: Message) -> bytes | None:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else None


def _unpacked(data: bytes, depth: int) -> Iterator[bytes]:
    yield data
    if not depth or not data.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield from _unpacked(archive.read(name), depth - 1)
    except zipfile.BadZipFile:
        return
