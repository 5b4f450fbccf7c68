"""The original message that came back inside a notification."""

from __future__ import annotations

from dataclasses import dataclass

from bsaudit.model.notification import Returned
from bsaudit.ndn.mime import Fields, Part, split_head

MESSAGE_TYPES = frozenset({"message/rfc822", "message/global", "text/rfc822", "message/x-rfc822", "message/partial"})
HEADER_TYPES = frozenset(
    {"text/rfc822-headers", "message/rfc822-headers", "message/global-headers", "text/rfc822-header"}
)


@dataclass(slots=True)
class Original:
    """Its header, and how much came back. `payload`: body or attachment, and with it any virus."""

    fields: Fields
    returned: Returned
    payload: bool

    def first(self, name: str) -> str:
        values = self.fields.get(name)
        return values[0] if values else ""


NOTHING = Original({}, Returned.NONE, payload=False)


def find_part(leaves: list[Part]) -> Part | None:
    """Return the part that holds the original: the last one, as RFC 6522 §3 has it third."""
    for leaf in reversed(leaves):
        if leaf.content_type in MESSAGE_TYPES or leaf.content_type in HEADER_TYPES:
            return leaf
    # a part that forgot to say that it is a message: its header is the original's
    for leaf in leaves[1:]:
        if "received" in leaf.fields or ("message-id" in leaf.fields and "from" in leaf.fields):
            return leaf
    return None


def read_original(source: Part | str | None) -> Original:
    if source is None:
        return NOTHING
    if isinstance(source, Part) and source.content_type not in MESSAGE_TYPES | HEADER_TYPES:
        payload = bool(source.body) and not source.body.isspace()
        return Original(source.fields, Returned.FULL if payload else Returned.HEADERS, payload)
    text = source if isinstance(source, str) else _raw_text(source)
    text = text.lstrip("\n")
    if not text.strip():
        return NOTHING
    fields, body = split_head(text)
    if not fields:
        return NOTHING
    payload = bool(body) and not body.isspace()
    return Original(fields, Returned.FULL if payload else Returned.HEADERS, payload)


def _raw_text(part: Part) -> str:
    # RFC 2046 §5.2.1 forbids encoding a message, and some encode it all the same
    if part.first("content-transfer-encoding").lower() in {"base64", "quoted-printable"}:
        return part.text
    return part.body
