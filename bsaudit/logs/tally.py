"""Counting notices, each once: to whom, of what kind, why, and what became of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from bsaudit.logs.recent import Marks
from bsaudit.model.domain import one_spelling
from bsaudit.model.notification import Reason
from bsaudit.ndn.reason import reason_of
from bsaudit.text import clean_line

# Addresses are told apart by a hash of eight bytes: so many take some 40 MB. A hostile log may name any number.
MAX_REVERSE_PATHS = 500_000
# Notices that may be named a second time (the same log in two files); older ones are taken for new.
MAX_SEEN = 200_000
# What is said about failures differs in names and numbers that are cut out; a hostile log may still make up any number.
MAX_SAYINGS = 20_000
# Days on which anything was written: a hostile log may name any.
MAX_DAYS = 10_000
# What a reply has to say stands in its beginning.
SAID_LIMIT = 2000
# RFC 5321 §4.5.3.1: 64 octets, @, 255 octets
ADDRESS_LIMIT = 320
EXAMPLE_LIMIT = 200
# A name in quotes (RFC 5321 §4.1.2) may hold anything: what ends an address, and what reads like a field of the log.
QUOTED = rb'"(?:[^"\\]|\\.){0,1000}"'


class Kind(StrEnum):
    NDN = "ndn"
    DELAY = "delay"
    SUCCESS = "success"
    AUTOREPLY = "autoreply"


class Notice:
    """One notice. `said` is the log's word on why; `local`: the original was one's own client's, None: no saying.

    `copy`: for the postmaster, or a double bounce: inside, wherever he reads it. `delivered` says what became of it.
    """

    __slots__ = ("at", "copy", "delivered", "kind", "local", "product", "reason", "said", "status", "to")

    def __init__(
        self,
        kind: Kind,
        product: str,
        to: bytes | None,
        at: float | None,
        *,
        said: bytes = b"",
        status: str | None = None,
        reason: Reason | None = None,
        local: bool | None = False,
        copy: bool = False,
    ) -> None:
        self.kind, self.product, self.to, self.at = kind, product, to, at
        self.said, self.status, self.reason, self.local, self.copy = said[:SAID_LIMIT], status, reason, local, copy
        self.delivered = False


class Tally:
    """The sums. `own` are domains; what lies below them is own, too, and so is a name without @."""

    def __init__(self, own: Iterable[str], since: float | None = None) -> None:
        self.own = frozenset(domain.strip().lower().strip(".@").encode() for domain in own)
        self.kinds: Counter[Kind] = Counter()
        self.causes: Counter[tuple[Kind, Reason | None, str]] = Counter()
        self.examples: dict[tuple[Kind, Reason | None, str], bytes] = {}
        self.days: Counter[tuple[int | None, str]] = Counter()
        self.inside = self.undelivered = self.local = 0
        self.local_unknown = False
        self.reverse_paths: set[int] = set()
        self.unread = 0  # lines about notices that are in a form that is not known
        self.full = False  # whether any table was
        self.all_days = False  # whether that of the days was
        self._since = since
        self._known_days: set[int] = set()
        self._seen: Marks[int] = Marks(MAX_SEEN)
        self._reasons: dict[tuple[bytes, str | None], Reason] = {}

    def again(self, *key: object) -> bool:
        """Tell whether this very line was seen before, and remember it."""
        mark = hash(key)
        if self._seen.find(mark):
            return True
        self._seen.add(mark)
        return False

    def is_own(self, address: bytes | None) -> bool:
        if address is None:
            return False
        _, at, domain = address.rpartition(b"@")
        domain = _spelled(domain)
        while at and domain not in self.own:
            _, at, domain = domain.partition(b".")
        # Half of a name in quotes, which a log's line was parted at, is no name of a user
        return (not address.count(b"@") and address[:1] != b'"') or domain in self.own

    def count(self, notice: Notice) -> None:
        """Take a notice whose fate is known."""
        if self._since is not None and notice.at is not None and notice.at < self._since:
            return
        to = self._beyond(notice.to)
        if notice.copy or self.is_own(to):
            self.inside += 1
            return
        day = self._day(notice.at)
        self.kinds[notice.kind] += 1
        self.days[day, notice.kind] += 1
        self._address(to)
        if not notice.delivered:
            self.undelivered += 1
            self.days[day, "undelivered"] += 1
        reason = None
        if notice.kind is Kind.NDN:
            reason = notice.reason or self._reason(notice.said, notice.status)
            self.local += bool(notice.local)
            self.local_unknown |= notice.local is None
        key = (notice.kind, reason, notice.product)
        self.causes[key] += 1
        if notice.said:
            self.examples.setdefault(key, notice.said)

    def _beyond(self, address: bytes | None) -> bytes | None:
        """Return where mail to an address goes: one that SRS made sends it on to whom it holds."""
        srs = _SRS.match(address) if address is not None else None
        if srs is None or not self.is_own(address):
            return address
        return srs[2] + b"@" + srs[1] if srs[1] else b"SRS0" + srs[4] + b"@" + srs[3]

    def _day(self, at: float | None) -> int | None:
        """Return the day of a stamp; None where so many are known that there is no room for it."""
        day = None if at is None else int(at // 86400)
        if day is None or day in self._known_days:
            return day
        if len(self._known_days) >= MAX_DAYS:
            self.all_days = True
            return None
        self._known_days.add(day)
        return day

    def _address(self, address: bytes | None) -> None:
        if address is None:
            return
        name, _, domain = address.rpartition(b"@")
        if len(self.reverse_paths) < MAX_REVERSE_PATHS:
            self.reverse_paths.add(hash((name, _spelled(domain))))
        else:
            self.full = True

    def _reason(self, said: bytes, status: str | None) -> Reason:
        """Return why, remembered by what is said without names and numbers: a log says the same thousands of times."""
        plain = _NAMES.sub(b" ", said)
        known = self._reasons.get((plain, status))
        if known is None:
            if len(self._reasons) >= MAX_SAYINGS:
                self._reasons.clear()
            reply = _REPLY.search(plain)
            known = reason_of(clean_line(plain), "", status, int(reply[1]) if reply else None)
            self._reasons[plain, status] = known
        return known


def _spelled(domain: bytes) -> bytes:
    return domain.lower() if domain.isascii() else one_spelling(domain.decode("utf-8", "replace")).encode()


# Reverse-paths of forwarded mail: SRS0=hash=time=domain=name@here, SRS1=hash=domain==hash=time=domain=name@here
_SRS = re.compile(
    rb"SRS(?:0[=+\-][^=@]{1,40}=[^=@]{1,4}=([^=@]{1,255})=([^@]{1,64})|1[=+\-][^=@]{1,40}=([^=@]{1,255})=([=+\-][^@]{1,300}))@",
    re.IGNORECASE,
)
# Addresses, hosts with their addresses, what is quoted: never a reason, always another
_NAMES = re.compile(
    rb"<[^<>]{0,400}>|\b[\w.\-]{1,255}\[[0-9a-fA-F:.IPv]{2,60}\](?::\d{1,5})?|\"[^\"]{0,400}\"|[\w.+\-=]{1,64}@[\w.\-]{1,255}"
)
_REPLY = re.compile(rb"(?<![\d.])([45]\d\d)[ \-]")
