"""A report without the names of those that it is about: the same thing is called the same everywhere, and by no name.

Addresses, hosts, IP addresses and ids are replaced in every text, also in what strangers wrote. What replaces them is
made from the thing itself and a key that is forgotten, so it needs no list and is the same in other processes, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import asdict, replace

from bsaudit.judge.advice_table import GENERIC, PRODUCTS
from bsaudit.judge.explain import Explained
from bsaudit.model.notification import Kind, Notification
from bsaudit.model.probe import Control, Outcome
from bsaudit.model.report import Advice, HostEntry, Listing, Paste, RunEntry
from bsaudit.model.way_back import ShownBy, WayBack
from bsaudit.probe.catalogue import CATALOGUE
from bsaudit.report.formats import Messages
from bsaudit.report.pseudonyms import Pseudonyms

Redacted = TypeVar("Redacted", bound=Struct)

# By the name of a field: what stands there is ours, or one of a few words
_OURS = frozenset(
    {
        *("kind", "shape", "control", "state", "id", "source", "shown_by", "dialect", "mta_family", "product", "zone"),
        *("confidence", "setting", "reference", "title", "tagging", "version", "part", "schema_version", "tag", "code"),
        *("default", "clause"),
        *("content", "status", "refined_status", "enhanced", "probe", "repeats", "auto_submitted"),
    }
)
_HOSTS = frozenset(
    {
        *("host", "domain", "target", "mail_exchanger", "ehlo", "helo", "rdns", "by", "reporting_mta", "remote_mta"),
        *("received_from_mta", "prose_host", "targets"),
    }
)
_IDS = frozenset({"queue_id", "message_id", "envid", "original_message_id", "sha256", "uid", "run"})
_PEOPLE = frozenset({"authorized_by", "owner", "subject"})
_FILES = frozenset({"file"})
# Words that are nobody's name, also where they are the local-part of an address or the only label of a host
_COMMON = frozenset(
    {
        *("postmaster", "abuse", "mailer-daemon", "daemon", "localhost", "relay", "target", "host", "mail", "smtp"),
        *("unknown", "support", "info", "admin", "root", "nobody", "catch", "probe", "user", "sender", "recipient"),
    }
)
# Shorter ones are replaced where they stand alone: inside other words they are chance.
_WORD = 6

_LABELS = r"(?:[\w-]++\.)+(?:xn--[\w-]+|[^\W\d_]{2,})"
_LABELS_ALONE = re.compile(_LABELS)
_ADDRESS = re.compile(rf"[^\s<>()\[\]\\,;:\"'`“”|@]++@(?:{_LABELS}|\[[^\s\]]*\]?)")
_PATTERN = re.compile(
    "|".join(
        (
            r"(?P<url>\bhttps?://[^\s<>\"'”)]+)",
            rf"(?P<address>{_ADDRESS.pattern})",
            r"(?P<six>(?:(?<=IPv6:)|(?<![\w:.]))(?:[0-9A-Fa-f]{0,4}:){2,7}(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]{0,4}))",
            r"(?P<four>(?<!\d)(?:\d{1,3}\.){3}\d{1,3}(?!\d))",
            r"(?P<queued>\b(?:queued as|id|id=)\s?(?=[\w.-]*\d)[\w.-]{5,})",
            rf"(?P<host>{_LABELS})",
            r"(?P<path>(?<![\w/.<])/(?:[\w.-]+/)+[\w.-]+)",
        )
    )
)


class Redactor:
    """Replaces what names somebody in reports, events and explained messages."""

    def __init__(self) -> None:
        self._names = Pseudonyms()
        self._learned: dict[str, str] = {}
        self._hosts: set[str] = set()  # what stands where a host does, though it may look like a word of ours
        self._pattern: re.Pattern[str] | None = None

    def __call__(self, value: Redacted) -> Redacted:
        """Return a struct without names. What was learned from earlier ones is replaced in later ones, too."""
        self.learn(value)
        redacted: Redacted = self._walk("", value, value)
        return redacted

    def learn(self, value: Struct) -> None:
        """Note the names that stand in a struct, and that its texts may hold where nothing marks them as names."""
        before = len(self._learned)
        self._learn("", value, value)
        if self._pattern is None or len(self._learned) > before:
            self._pattern = self._compiled()

    # what there is to replace

    def _learn(self, name: str, value: Any, owner: Any) -> None:
        if isinstance(value, Struct):
            for field, part in asdict(value).items():
                self._learn(field, part, value)
        elif isinstance(value, Mapping):
            for key, part in value.items():
                self._learn("", key, owner)
                self._learn(name, part, owner)
        elif isinstance(value, list | tuple | set | frozenset):
            for part in value:
                self._learn(name, part, owner)
        elif type(value) is str and value:
            self._note(name, value, owner)

    def _note(self, name: str, value: str, owner: Any) -> None:
        if _is_id(name, owner):
            self._known(value.strip("<>"), "id")
        elif _is_host(name, owner):
            self._hosts.add(value.lower())
            self._known(value.strip("[]."), "host")
        for found in _ADDRESS.findall(value):
            local = found.rpartition("@")[0]
            for part in {local, *re.split(r"[+=]", local)}:
                if len(part) >= _WORD or (_has_digit(part) and len(part) > 1):
                    self._known(part, "user")

    def _known(self, value: str, what: str) -> None:
        text = value.lower()
        if not (_is_chance(text) or _PATTERN.fullmatch(text)):
            self._learned.setdefault(text, f"{what}-{self._names.tag(text)}")

    def _compiled(self) -> re.Pattern[str]:
        learned = sorted(self._learned, key=len, reverse=True)
        own = "|".join(map(_searched, learned))
        return re.compile(f"(?P<learned>{own})|{_PATTERN.pattern}" if own else _PATTERN.pattern, re.IGNORECASE)

    # what replaces it

    def _walk(self, name: str, value: Any, owner: Any) -> Any:
        if isinstance(value, Struct):
            return replace(value, **{field: self._walk(field, part, value) for field, part in asdict(value).items()})
        if isinstance(value, Mapping):
            return {self._walk("", key, owner): self._walk(name, part, owner) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self._walk(name, part, owner) for part in value)
        if type(value) is not str or not value:
            return value
        return self._text(name, value, owner)

    def _text(self, name: str, value: str, owner: Any) -> str:
        if name in _PEOPLE or (isinstance(owner, WayBack) and owner.shown_by is ShownBy.VOUCHED):
            return f"somebody-{self._names.tag(value)}"
        if isinstance(owner, Paste):
            return self._pasted(value)
        if name in _FILES:
            return f"file-{self._names.tag(value)}"
        if _is_ours(name, owner):
            return value
        assert self._pattern is not None
        if _is_host(name, owner) and not _PATTERN.search(value):
            return f"host-{self._names.tag(value)}.invalid"
        return self._pattern.sub(self._replaced, value)

    def _pasted(self, value: str) -> str:
        """Take the domain out of what is to be pasted: all the rest is ours, also where it looks like a name."""
        for host in sorted(filter(_LABELS_ALONE.fullmatch, self._hosts), key=len, reverse=True):
            value = value.replace(host, self._names.of("host", host))
        return value

    def _replaced(self, found: re.Match[str]) -> str:
        text = found[0]
        kind = found.lastgroup
        if kind == "learned":
            return self._learned.get(text.lower(), f"id-{self._names.tag(text)}")
        if text in _own_words() and text.lower() not in self._hosts:
            return text
        return self._names.of(kind or "host", text)


def redacting(render: Messages) -> Messages:
    """Return a renderer of explained messages that names nobody."""
    redact = Redactor()

    def explained(told: Explained, notification: Notification) -> bytes:
        redact.learn(notification)
        return render.explained(redact(told), redact(notification))

    return render._replace(explained=explained, unreadable=lambda one: render.unreadable(redact(one)))


def _searched(learned: str) -> str:
    """Return the pattern of a word that was learned: a short one, or one of letters, only where it stands alone."""
    word = re.escape(learned)
    return word if len(learned) >= _WORD and _has_digit(learned) else rf"(?<![\w-]){word}(?![\w-])"


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _is_chance(text: str) -> bool:
    """Say whether a text stands in sentences of ours all the same: common words, single letters, short numbers."""
    return len(text) == 1 or (text.isdigit() and len(text) < _WORD) or text in _COMMON or text in _vocabulary()


@cache
def _vocabulary() -> frozenset[str]:
    """Return the words of the catalogue, which stand in sentences of ours."""
    names = (name for row in CATALOGUE for name in (row.kind, *(shape.name for shape in row.shapes)))
    return frozenset({word for name in names for word in (name, *name.split("-"))} | {*Control, *Outcome, *Kind})


def _is_ours(name: str, owner: Any) -> bool:
    if isinstance(owner, RunEntry) and name == "id":
        return False
    if isinstance(owner, Listing):
        return name not in {"address", "text"}  # the table's words, and codes that look like addresses
    return name in _OURS or (isinstance(owner, Advice) and name != "retest")


def _is_id(name: str, owner: Any) -> bool:
    return name in _IDS or (isinstance(owner, RunEntry) and name == "id")


def _is_host(name: str, owner: Any) -> bool:
    return name in _HOSTS or (isinstance(owner, HostEntry) and name == "name")


@cache
def _own_words() -> frozenset[str]:
    """Return what looks like a name in commands of ours: the logs of products, what the reader is to fill in."""
    found = (one[0] for product in (*PRODUCTS, GENERIC) for one in _PATTERN.finditer(product.search))
    return frozenset({"MESSAGE.eml", "YOU@YOUR.DOMAIN", "bsaudit.toml", *found})
