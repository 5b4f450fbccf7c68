"""A lean MIME scanner: bytes → a tree of parts.

Bounces are small and odd: broken boundaries, CR-only line ends, 8-bit headers. The standard library's parser is
both too slow for piles of them and too tidy. Here the message becomes one `str` in which each character is one
byte (latin-1), so that nothing can fail to decode; what a person reads is decoded per part (`bsaudit.ndn.decode`).
"""

from __future__ import annotations

import re

from bsaudit.ndn.decode import as_text, decoded_body

# How much of one message is read. An NDN says what it has to say in its first parts and RFC 3464 §2 has them before
# the returned message; what a longer one returns is payload. 1 MiB holds every returned header that servers accept.
READ_WINDOW = 1 << 20
# Postfix cuts a header block at 100 KiB (header_size_limit), sendmail at 32 KiB: twice that is still mail.
HEADER_WINDOW = 200 * 1024
MAX_FIELDS = 1000  # an MTA adds about ten; a mailing list of forwarders a hundred
MAX_PARTS = 50  # of one multipart; a DSN has three
MAX_DEPTH = 6  # a DSN inside a gateway's multipart inside a list's: three

_PARAMETER = re.compile(r';\s*([\w*.\-]+)\s*=\s*(?:"([^"]*)"?|([^\s;]+))')
_GUESSED_BOUNDARY = re.compile(r"^--(\S{1,200})\nContent-", re.MULTILINE | re.IGNORECASE)
_BLANK_HEAD = re.compile(r"\n[ \t]*\n")
# A line that begins with white space goes on with the field above (RFC 5322 §2.2.3)
FIELD_END = re.compile(r"\n(?![ \t])")

_BYTE_ORDER_MARK = "\xef\xbb\xbf"  # of UTF-8, as latin-1

Fields = dict[str, list[str]]


# Names that stand in every mail: looking one up is cheaper than lowering it
_COMMON_NAMES = (
    "Received", "From", "To", "Subject", "Date", "Message-ID", "Message-Id", "MIME-Version", "Mime-Version",
    "Content-Type", "Content-Transfer-Encoding", "Return-Path", "Delivered-To", "X-Original-To",
    "Auto-Submitted", "In-Reply-To", "References", "Reply-To", "Sender", "Cc", "DKIM-Signature",
    "Authentication-Results", "Received-SPF", "X-Mailer", "X-Received", "Precedence", "List-Id", "List-Post",
    "List-Help", "List-Unsubscribe", "List-Subscribe", "List-Archive", "Errors-To", "X-BeenThere",
    "X-Mailman-Version", "Content-Description", "Content-Disposition", "X-Failed-Recipients", "X-Spam-Status",
    "X-Spam-Level", "User-Agent", "Organization", "X-Priority", "Thread-Index", "Thread-Topic", "Importance",
)  # fmt: skip
_KNOWN_NAMES = {name: name.lower() for name in _COMMON_NAMES}
# The key of what no field says, but their order: no field name has a colon (RFC 5322 §2.2).
RECEIVED_ABOVE = "authentication-results:received"


class Part:
    """One entity (RFC 2045 §2.4): its header fields, and either its body or its parts."""

    __slots__ = ("_params", "_text", "body", "content_type", "defect", "fields", "parts")

    def __init__(self, fields: Fields, body: str, default_type: str) -> None:
        self.fields = fields
        self.body = body
        self.parts: list[Part] = []
        self.defect: str | None = None
        self._text: str | None = None
        self._params: dict[str, str] | None = None
        stated = fields.get("content-type")
        # up to the first blank, too: some forget the semicolon
        words = stated[0].partition(";")[0].split(None, 1) if stated else None
        self.content_type = words[0].lower() if words else default_type

    def first(self, name: str) -> str:
        """Return the first field called `name` (lower case), unfolded; "" where there is none."""
        values = self.fields.get(name)
        return values[0] if values else ""

    def all(self, name: str) -> list[str]:
        return self.fields.get(name, [])

    @property
    def params(self) -> dict[str, str]:
        """The parameters of Content-Type, names in lower case."""
        if self._params is None:
            value = self.first("content-type")
            self._params = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(value)}
        return self._params

    @property
    def text(self) -> str:
        """The body as a person reads it: transfer encoding and charset undone, as far as they can be."""
        if self._text is None:
            self._text = self._decode()
        return self._text

    def _decode(self) -> str:
        encoding = self.first("content-transfer-encoding").lower()
        plain = self.body.isascii() and encoding in {"", "7bit", "8bit"}
        if plain and "\x1b" not in self.body:
            return self.body
        return decoded_body(self.body, encoding, self.params.get("charset", ""))

    def defects(self) -> list[str]:
        """Return what is wrong with this entity and those in it."""
        own = [self.defect] if self.defect else []
        return own + [defect for part in self.parts for defect in part.defects()]

    def leaves(self) -> list[Part]:
        """All parts that have no parts, in order."""
        if not self.parts:
            return [self]
        return [leaf for part in self.parts for leaf in part.leaves()]


def parse(raw: bytes) -> Part:
    """Read a message; never raises. Only the first `READ_WINDOW` bytes are looked at."""
    return parse_text(_without_envelope(_lines(raw[:READ_WINDOW].decode("latin-1"))), 0, "text/plain")


def parse_text(text: str, depth: int, default_type: str) -> Part:
    fields, body = split_head(text)
    part = Part(fields, body, default_type)
    if part.content_type.startswith("multipart/") and depth < MAX_DEPTH:
        # RFC 2046 §5.1.5: parts of a digest are messages unless they say otherwise
        inner = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        boundary = part.params.get("boundary", "")
        if not boundary or "--" + boundary not in body:
            part.defect = "the boundary of a multipart is missing"
            boundary = _guessed(body)
        part.parts = [parse_text(piece, depth + 1, inner) for piece in _pieces(body, boundary)]
        if not part.parts:
            part.content_type = "text/plain"  # what stands there is for people
        elif len(part.parts) == MAX_PARTS:
            part.defect = f"more than {MAX_PARTS} parts; the rest is not read"
    elif part.content_type.startswith("multipart/"):
        part.defect = f"multiparts nested deeper than {MAX_DEPTH}; not read further"
    return part


def split_head(text: str) -> tuple[Fields, str]:
    """Split at the first empty line (RFC 5322 §2.1) into fields and body."""
    head, body = cut_head(text)
    return parse_fields(head), body


def cut_head(text: str) -> tuple[str, str]:
    """Split at the first empty line into the header as it stands and the body."""
    if text.startswith("\n"):
        return "", text[1:]
    end = text.find("\n\n", 0, HEADER_WINDOW)
    if end >= 0:
        return text[:end], text[end + 2 :]
    blank = _BLANK_HEAD.search(text, 0, HEADER_WINDOW)
    if blank is None:
        return text[:HEADER_WINDOW], text[HEADER_WINDOW:]
    return text[: blank.start()], text[blank.end() :]


def parse_fields(head: str) -> Fields:
    """Return the header fields by lower-case name, each name's values in order, unfolded and decoded to text.

    Beside them how many Received lines stand above each Authentication-Results, which decides whose word it is.
    """
    fields: Fields = {}
    known = _KNOWN_NAMES
    if not head.isascii():
        head = as_text(head)
    for field in FIELD_END.split(head, MAX_FIELDS)[:MAX_FIELDS]:
        name, colon, value = field.partition(":")
        if colon:
            key = known.get(name) or name.rstrip().lower()
            text = unfolded(value) if "\n" in value else value.strip()
            values = fields.get(key)
            if values is None:
                fields[key] = [text]
            else:
                values.append(text)
            if key == "authentication-results":
                fields.setdefault(RECEIVED_ABOVE, []).append(str(len(fields.get("received", ()))))
    return fields


def unfolded(value: str) -> str:
    """Return the value of a field in one line."""
    return value.replace("\n\t", " ").replace("\n ", " ").strip()


def _lines(text: str) -> str:
    """Make every line end LF: CRLF, and CR alone where that is how the message was stored."""
    if "\r" not in text:
        return text
    plain = text.replace("\r\n", "\n")
    if "\r" in plain:
        plain = text.replace("\r\r\n", "\n").replace("\r\n", "\n")
        if plain.count("\r") > plain.count("\n"):
            return plain.replace("\r", "\n")
    return plain


def _without_envelope(text: str) -> str:
    """Drop what is no header in front: an editor's byte order mark, empty lines, the mbox separator (RFC 4155)."""
    text = text.removeprefix(_BYTE_ORDER_MARK).lstrip("\n")
    while text.startswith(("From ", ">From ")):
        text = text.partition("\n")[2]
    return text


def _guessed(body: str) -> str:
    """Return what looks like the boundary, "" where nothing does."""
    guess = _GUESSED_BOUNDARY.search(body)
    return guess[1] if guess else ""


def _pieces(body: str, boundary: str) -> list[str]:
    """Split a multipart body (RFC 2046 §5.1.1); a missing closing delimiter ends with the text."""
    if not boundary:
        return []
    delimiter = "\n--" + boundary
    body = "\n" + body
    pieces: list[str] = []
    start = body.find(delimiter)
    while start >= 0 and len(pieces) < MAX_PARTS:
        line_end = body.find("\n", start + len(delimiter))
        rest = body[start + len(delimiter) : line_end if line_end >= 0 else None].rstrip()
        if rest == "--" or line_end < 0:
            break
        following = body.find(delimiter, line_end)
        if not rest:  # else it is another boundary that begins like ours
            pieces.append(body[line_end + 1 : following if following >= 0 else None])
        start = following
    return pieces
