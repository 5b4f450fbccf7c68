"""The user's own message or snippet (`--rule`), as it goes out: octet by octet what it was, but nobody else's address.

Pure. The header is read line by line rather than parsed: whatever a parser would repair is what a rule may match.
"""

from __future__ import annotations

import email.errors
import email.header
import re
from collections.abc import Iterator, Sequence

from bsaudit.errors import UsageError

CRLF = b"\r\n"
# RFC 5321 §2.3.8: nothing but CRLF ends a line, and a server may take the others for ends all the same.
_LINE_END = re.compile(rb"\r\n|\r|\n")
# RFC 5322 §2.2: what begins with a field name and a colon is a header; §4.5 lets a blank stand before the colon.
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
_MBOX = re.compile(rb"From .*")  # the line that mbox files put in front of a message
# Ours in every message: what the file said in their place is replaced and needs no word.
_REPLACED = frozenset({"from", "to", "reply-to", "date", "message-id", "sender", "received", "return-path"})
# Where somebody may be answered, notified or sent a copy: RFC 5322 §3.6, RFC 8098, and what mail systems made up.
_NAMES_SOMEBODY = re.compile(
    r"(?:.+-)?(?:to|from|cc|bcc|sender|author|recipients?|return-path)|resent-.*|(?:return-receipt|disposition|delivered|arc)-.*"
    r"|abuse.*|generate-delivery-report|(?:x-)?confirm-reading.*"
)
# For which servers keep silent: RFC 3834 §5, RFC 2919, RFC 2369; Microsoft; what automatic mail is known by elsewhere.
_HUSHES = re.compile(
    r"(?:x-)?auto-?(?:submitted|generated|reply|respond|response).*|(?:x-)?precedence|list-.*|(?:x-)?mailing-list"
    r"|x-(?:.+-)?loop|x-ms-exchange-.*|x-failed-.*|feedback-id"
)
# An `@` in these is no address; in a Subject it is only read.
_HARMLESS = frozenset({"subject", "references", "in-reply-to", "content-id", "content-type", "content-disposition"})


def octets(rule: str) -> bytes:
    """Return the octets of a rule's text. Raises UsageError for text that stands for none."""
    try:
        return rule.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise UsageError("a rule's text holds what no file does (lone surrogates)") from error


def rule_message(rule: str, ours: Sequence[tuple[str, str]]) -> bytes:
    """Return the message of a rule with the fields `ours` in front, and without those that must go."""
    fields, body = _split(octets(rule))
    kept = [field for field in fields if _reason_to_drop(field) is None]
    own = [f"{name}: {value}".encode() for name, value in ours]
    return CRLF.join([*own, *kept, b"", body])


def dropped_fields(rule: str) -> tuple[str, ...]:
    """Return the names of the fields that do not go out and that nothing of ours replaces."""
    fields, _ = _split(octets(rule))
    return tuple(dict.fromkeys(_name(field) for field in fields if _reason_to_drop(field) is _SAID))


def _split(raw: bytes) -> tuple[list[bytes], bytes]:
    """Return the header's fields, folded lines and all, and the body; a snippet is a body alone."""
    lines = _LINE_END.split(raw)
    if lines and _MBOX.fullmatch(lines[0]):
        del lines[0]
    if not (lines and _FIELD.match(lines[0])):
        return [b"Subject: A test of your rule"], CRLF.join(lines)
    fields: list[bytes] = []
    for at, line in enumerate(lines):
        if line[:1] in (b" ", b"\t") and line.strip():
            fields[-1] += CRLF + line
        elif _FIELD.match(line):
            fields.append(line)
        else:  # an empty line ends the header; so does, for the body's sake, what is no field
            return fields, CRLF.join(lines[at + (not line.strip()) :])
    return fields, b""


# Why a field does not go out: replaced by one of ours, or dropped, of which the user is told.
_OURS, _SAID = "ours", "said"


def _reason_to_drop(field: bytes) -> str | None:
    name = _name(field).lower()
    if name in _REPLACED:
        return _OURS
    if _NAMES_SOMEBODY.fullmatch(name) and name not in _HARMLESS:
        return _SAID
    return _SAID if _HUSHES.fullmatch(name) or (name not in _HARMLESS and _holds_address(field)) else None


def _name(field: bytes) -> str:
    found = _FIELD.match(field)
    return found[1].decode("ascii") if found else ""


def _holds_address(field: bytes) -> bool:
    text = field.partition(b":")[2].decode("latin-1")
    return "@" in text or any("@" in word for word in _decoded(text))


def _decoded(text: str) -> Iterator[str]:
    """Yield the words of a field as a reader of mail shows them (RFC 2047)."""
    try:
        for word, _ in email.header.decode_header(text):
            yield word if isinstance(word, str) else word.decode("latin-1")
    except (ValueError, email.errors.HeaderParseError):  # no encoded word: it says nothing but itself
        return
