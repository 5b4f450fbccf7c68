"""The original message that came back inside a notification."""

from __future__ import annotations

from bsaudit.model.notification import Returned
from bsaudit.ndn.decode import as_text
from bsaudit.ndn.mime import FIELD_END, Fields, Part, cut_head, parse_fields, unfolded

MESSAGE_TYPES = frozenset({"message/rfc822", "message/global", "text/rfc822", "message/x-rfc822", "message/partial"})
HEADER_TYPES = frozenset(
    {"text/rfc822-headers", "message/rfc822-headers", "message/global-headers", "text/rfc822-header"}
)


class Original:
    """Its header, and how much came back. `payload`: body or attachment, and with it any virus.

    The header is parsed when more than a field or two of it is asked for.
    """

    __slots__ = ("_fields", "_head", "_lowered", "payload", "returned")

    def __init__(self, head: str, returned: Returned, *, payload: bool, fields: Fields | None = None) -> None:
        self._head = head
        self._lowered = f"\n{head.lower()}"
        self._fields = fields
        self.returned = returned
        self.payload = payload

    @property
    def fields(self) -> Fields:
        if self._fields is None:
            self._fields = parse_fields(self._head)
        return self._fields

    def received(self) -> list[str]:
        return self.all("received")

    def all(self, name: str) -> list[str]:
        """Return the values of all fields called `name` (lower case), unfolded."""
        if self._fields is not None:
            return self._fields.get(name, [])
        mark, found = f"\n{name}:", []
        at = self._lowered.find(mark)
        while at >= 0:
            found.append(_value(self._head, at + len(mark) - 1))
            at = self._lowered.find(mark, at + 1)
        return found

    def first(self, name: str) -> str:
        """Return the first field called `name` (lower case), unfolded."""
        if self._fields is not None:
            values = self._fields.get(name)
            return values[0] if values else ""
        mark = f"\n{name}:"
        at = self._lowered.find(mark)
        return _value(self._head, at + len(mark) - 1) if at >= 0 else ""


def _value(head: str, start: int) -> str:
    end = FIELD_END.search(head, start)
    value = head[start : end.start() if end else len(head)]
    if not value.isascii():
        value = as_text(value)
    return unfolded(value)


NOTHING = Original("", Returned.NONE, payload=False)


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
        returned = Returned.FULL if payload else Returned.HEADERS
        return Original("", returned, payload=payload, fields=source.fields)
    text = source if isinstance(source, str) else _raw_text(source)
    text = text.lstrip("\n")
    if not text or text.isspace():
        return NOTHING
    head, body = cut_head(text)
    if ":" not in head:
        return NOTHING
    payload = bool(body) and not body.isspace()
    return Original(head, Returned.FULL if payload else Returned.HEADERS, payload=payload)


def returned_text(source: Part | str | None) -> str | None:
    """Return the message that a part or prose holds, a character an octet; None where it is not there as it was."""
    if isinstance(source, Part):
        whole = source.content_type in MESSAGE_TYPES and not _is_encoded(source)
        return source.body.lstrip("\n") if whole else None
    return source.lstrip("\n") if source is not None and source.isascii() else None


def _raw_text(part: Part) -> str:
    # RFC 2046 §5.2.1 forbids encoding a message, and some encode it all the same
    return part.text if _is_encoded(part) else part.body


def _is_encoded(part: Part) -> bool:
    return part.first("content-transfer-encoding").lower() in {"base64", "quoted-printable"}
