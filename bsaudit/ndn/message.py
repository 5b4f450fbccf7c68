"""A scanned message with the questions that dialects ask of it."""

from __future__ import annotations

import re

from bsaudit.ndn.decode import decoded_words
from bsaudit.ndn.html import plain_text
from bsaudit.ndn.lookup import folded, lazy
from bsaudit.ndn.mime import READ_WINDOW, Part, parse
from bsaudit.ndn.words import DAEMON

_ADDRESS = re.compile(r"<([^<>\s]{0,320})>")
_BARE_ADDRESS = re.compile(r"[^\s<>()\",;:]{1,128}@[^\s<>()\",;]{1,255}")
DELIVERED_FIELDS = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to")
# Mail systems say what happened in their first lines; some say it in two languages.
OPENING_WINDOW = 3000
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")


# A daemon of mail; bug trackers have daemons, too
_MAIL_DAEMON = re.compile(r"(?<![\w.\-])(?:m|mail|mailer|smtp|mta)?[\-_. ]?daemon\b")
# Fields that only non-delivery notifications carry: Exim and Gmail, Microsoft 365
_REPORT_FIELDS = frozenset({"x-failed-recipients", "x-ms-exchange-message-is-ndr"})

# HTML that forgot to say so
_BARE_HTML = re.compile(r"\s{0,50}<(?:html|body|br|p|div|table|!doctype)\b", re.IGNORECASE)
# One of them stands in whatever may be called a message
_MAIL_FIELDS = frozenset({"from", "to", "subject", "date", "received", "return-path", "message-id", "content-type"})


class Message:
    """One message and what its header says; everything is worked out at most once."""

    def __init__(self, raw: bytes) -> None:
        self.top: Part = parse(raw)
        self.leaves: list[Part] = self.top.leaves()
        self.content_type: str = self.top.content_type
        self.truncated: bool = len(raw) >= READ_WINDOW
        # of every message, whatever it is
        self.subject: str = decoded_words(self.first("subject"))
        self.folded_subject: str = folded(self.subject)
        self.from_address: str | None = address(self.first("from"))

    def first(self, name: str) -> str:
        return self.top.first(name)

    def part(self, *content_types: str) -> Part | None:
        """Return the first part of one of these types."""
        for leaf in self.leaves:
            if leaf.content_type in content_types:
                return leaf
        return None

    @property
    def has_header(self) -> bool:
        """Tell a message from other data, in which a colon may stand too."""
        return not _MAIL_FIELDS.isdisjoint(self.top.fields)

    @lazy
    def report_type(self) -> str:
        """Return what Content-Type calls the report (RFC 6522 §3), in lower case; "" where it calls it nothing."""
        named = "report-type" in self.top.first("content-type").lower()  # parameters are worked out for few messages
        return self.top.params.get("report-type", "").lower() if named else ""

    @lazy
    def from_daemon(self) -> bool:
        """From names a mail system, or nobody."""
        sender = self.sender.casefold()
        mailbox, at, host = sender.rpartition("@")
        if "daemon" in mailbox and _MAIL_DAEMON.search(mailbox):
            return True
        words = mailbox.replace("-", " ").replace("_", " ")  # however the words of its name are joined
        return DAEMON.found_in(f"{words}{at}{host}") or "<>" in sender or not sender.strip()

    @lazy
    def from_mail_system(self) -> bool:
        """Tell whether the header says that a mail system, and no person or shop, wrote this."""
        fields = self.top.fields
        if self.from_daemon or not _REPORT_FIELDS.isdisjoint(fields):
            return True
        if self.content_type == "multipart/report" and "delivery" in self.report_type:
            return True
        mailer = self.top.first("x-mailer")
        return "SMTP32" in mailer or "Internet Mail Service" in mailer

    @lazy
    def sender(self) -> str:
        """Return the From field, encoded words undone."""
        return decoded_words(self.top.first("from"))

    @lazy
    def addressees(self) -> tuple[str, ...]:
        """Whom the message was sent and delivered to."""
        found = (address(value) for name in DELIVERED_FIELDS for value in self.top.all(name))
        return tuple(dict.fromkeys(one for one in found if one))

    @lazy
    def null_reverse_path(self) -> bool:
        """RFC 5321 §4.5.5; some servers write MAILER-DAEMON where others write <>."""
        values = self.top.all("return-path")
        return bool(values) and values[0].strip("<> ").upper() in {"", "MAILER-DAEMON"}

    @lazy
    def looks_automatic(self) -> bool:
        """Tell whether a field says that a program wrote; weak, and true of bounces and bulk mail too."""
        return self.marked_automatic or "reply" in self.top.first("from").partition("@")[0].lower()

    @lazy
    def marked_automatic(self) -> bool:
        """As `looks_automatic`, but not by the address alone, which is that of every shop."""
        return (
            self.null_reverse_path
            or self.top.first("auto-submitted").lower().startswith("auto-")
            or "x-auto-response-suppress" in self.top.fields
            or self.top.first("precedence").lower() in {"bulk", "junk", "auto_reply"}
            or self.content_type == "multipart/report"
        )

    @lazy
    def opening(self) -> str:
        """Return the beginning of the prose, for looking up words."""
        return folded(self.lead)

    @lazy
    def _prose_part(self) -> Part | None:
        """Return the first text part, plain before HTML."""
        first = None
        for leaf in self.leaves:
            if leaf.content_type == "text/plain" and leaf.body and not leaf.body.isspace():
                return leaf
            if first is None and leaf.content_type == "text/html":
                first = leaf
        return first

    @property
    def has_link(self) -> bool:
        """Tell whether there is somewhere to go to, shown or behind a word of HTML."""
        part = self._prose_part
        return part is not None and "://" in part.text[: 4 * OPENING_WINDOW]

    @lazy
    def prose(self) -> str:
        """Return what is written for people, as they see it."""
        part = self._prose_part
        if part is None:
            return ""
        text = part.text
        return plain_text(text) if part.content_type == "text/html" or _BARE_HTML.match(text) else text

    @lazy
    def lead(self) -> str:
        """Return the beginning of the prose as it stands, where dialects leave their marks."""
        return self.prose[:OPENING_WINDOW]


def address(value: str) -> str | None:
    """Return the address of a From-like field: in angle brackets, or the first thing with an @."""
    if not value:
        return None
    match = None
    for match in _ADDRESS.finditer(value):
        if "@" in match[1]:
            return match[1]
    bare = _BARE_ADDRESS.search(value)
    if bare:
        return bare[0]
    return match[1] or None if match else None


def message_id(value: str) -> str | None:
    """Return a Message-ID field's value with its brackets; what has none is given back as it stands."""
    if not value:
        return None
    match = _MESSAGE_ID.search(value)
    return match[0] if match else value.split(maxsplit=1)[0]


def message_ids(values: list[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for value in values:
        for one in _MESSAGE_ID.findall(value):
            found[one] = None
    return tuple(found)[:MAX_REFERENCES]


MAX_REFERENCES = 100  # RFC 5322 sets no limit; threads longer than this tell nothing more
