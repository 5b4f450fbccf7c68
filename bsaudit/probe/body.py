"""What a message looked like when it left and when it came: whether anybody on the way changed it. Pure."""

from __future__ import annotations

import email
import re
from hashlib import sha256

# RFC 5322 §2.1: an empty line ends the header.
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
# Fields that make servers keep silent (RFC 3834 §5, RFC 2919, RFC 2369; Microsoft's X-Auto-Response-Suppress).
_HUSHES = re.compile(
    rb"^(auto-submitted|precedence|list-[a-z]+|x-auto-response-suppress)[ \t]*:(?![ \t]*no[ \t]*\r?$)",
    re.IGNORECASE | re.MULTILINE,
)


def body_digest(raw: bytes) -> str:
    """Return a digest of what a message holds, part by part, however a mail system encodes, folds and separates it.

    Courier, for one, writes the MIME of what it passes on anew (RFC 2045 leaves that open); filters read what is in it.
    """
    digest = sha256()
    for part in email.message_from_bytes(raw).walk():
        if not part.is_multipart():
            payload = part.get_payload(decode=True)
            content = _tidy(payload) if isinstance(payload, bytes) else b""
            kind = (part.get_content_type(), str(part.get_content_disposition()), str(part.get_filename()))
            digest.update("\0".join((*kind, sha256(content).hexdigest(), "")).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _tidy(text: bytes) -> bytes:
    """Return `text` without what stands at the ends of its lines, and of itself."""
    return b"\n".join(line.rstrip(b" \t\r") for line in text.split(b"\n")).rstrip()


def hushing_fields(raw: bytes) -> tuple[str, ...]:
    """Return the names of the header fields, in lower case, for which servers answer less than they else would."""
    found = _END_OF_HEADER.search(raw)
    header = raw[: found.start()] if found else raw
    return tuple(dict.fromkeys(name.decode("ascii").lower() for name in _HUSHES.findall(header)))
