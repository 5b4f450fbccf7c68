"""One's own door: what a domain publishes against senders that are forged in its name. Pure.

Bounces come because strangers believe a forged sender. What lets them disbelieve it in the session: SPF (RFC 7208),
DMARC (RFC 7489), and for names that send nothing the null MX (RFC 7505 §4.2: a sender there can be refused at once).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct

from bsaudit.model import dmarc
from bsaudit.model.published import Published
from bsaudit.text import clean_line

_ALL = re.compile(r"([-~?+]?)all")
_ENDINGS = {"-": Published.GOOD, "~": Published.SOFT}
_POLICIES = {"reject": Published.GOOD, "quarantine": Published.SOFT}
_SPF = {
    Published.NONE: "none: nobody can tell a forged sender from yours",
    Published.SEVERAL: "several records, which is an error: receivers ignore them all (RFC 7208 §4.5)",
    Published.ELSEWHERE: "decided elsewhere",
    Published.GOOD: "good: the rest is refused",
    Published.SOFT: "soft: most receivers take forged senders all the same, unless DMARC says reject",
    Published.OPEN: "says nothing against forged senders",
}
_DMARC = {
    Published.NONE: "none",
    Published.SEVERAL: "several records, which is none (RFC 7489 §6.6.3)",
    Published.GOOD: "good",
    Published.SOFT: "soft: receivers file it as spam",
    Published.OPEN: "only watches: nothing is refused",
}
NULL_MX = "."


class Record(NamedTuple):
    """What stands there, and what that comes to; no text where there is not just one."""

    published: Published
    text: str | None = None

    def told(self, words: dict[Published, str]) -> str:
        said = words[self.published]
        return said if self.text is None else f"{clean_line(self.text)} ({said})"


class Door(Struct, frozen=True, kw_only=True):
    """What was found: `texts` at the name itself, `dmarc_texts` below it, `mail_exchangers` (`.` is the null MX).

    `parent`: the organisation's domain, where `dmarc_texts` are its (RFC 7489 §6.6.3). What could not be looked up is
    in `errors`, and says nothing.
    """

    domain: str
    texts: Sequence[str] | None = ()
    dmarc_texts: Sequence[str] | None = ()
    parent: str | None = None
    mail_exchangers: Sequence[str] | None = ()
    errors: Sequence[str] = ()

    def told(self) -> Iterator[str]:
        """Yield what stands there, and the records to publish."""
        yield f"The own door of {self.domain}:"
        yield from (f"  unknown: {clean_line(error)}" for error in self.errors)
        for name, record, words in (("SPF", self.spf, _SPF), ("DMARC", self.dmarc, _DMARC)):
            if record.published is not Published.UNKNOWN:
                whose = f"of {self.parent}: " if self.parent and record.text and words is _DMARC else ""
                yield f"  {name}: {whose}{record.told(words)}"
        if self.mail_exchangers is not None:
            shown = ", ".join(map(clean_line, self.mail_exchangers))
            yield f"  MX: {shown or 'none; mail goes to its address, if it has one'}"
        yield from ("", "If it sends mail, name all that sends it, then refuse the rest:")
        yield from (f"  {line}" for line in (self.spf_line(), self.dmarc_line()))
        yield "If it sends none, as most names do:"
        yield from (f"  {line}" for line in self.silent_lines())

    @property
    def spf(self) -> Record:
        if self.texts is None:
            return Record(Published.UNKNOWN)
        found = [text for text in self.texts if text.lower().split(" ")[0] == "v=spf1"]
        if len(found) != 1:
            return Record(Published.SEVERAL if found else Published.NONE)
        terms = found[0].lower().split()
        # RFC 7208 §5.1: behind "all" no mechanism counts, and no redirect anywhere; §6: modifiers may stand anywhere.
        ending = next(filter(None, map(_ALL.fullmatch, terms)), None)
        if ending is None and any(term.startswith("redirect=") for term in terms):
            return Record(Published.ELSEWHERE, found[0])
        return Record(_ENDINGS.get(ending[1] if ending else "", Published.OPEN), found[0])

    @property
    def dmarc(self) -> Record:
        if self.dmarc_texts is None:
            return Record(Published.UNKNOWN)
        found = dmarc.records(self.dmarc_texts)
        if len(found) != 1:
            return Record(Published.SEVERAL if found else Published.NONE)
        return Record(
            _POLICIES.get(dmarc.policy(found[0], for_subdomain=self.parent is not None), Published.OPEN), found[0]
        )

    @property
    def null_mx(self) -> bool | None:
        """Whether it says that it takes no mail (RFC 7505); None where that is unknown."""
        return None if self.mail_exchangers is None else tuple(self.mail_exchangers) == (NULL_MX,)

    def spf_line(self) -> str:
        """Return the line of the zone for a domain that sends by its mail exchangers."""
        return f'{self.domain}.  IN TXT  "v=spf1 mx -all"'

    def dmarc_line(self) -> str:
        return f'_dmarc.{self.domain}.  IN TXT  "v=DMARC1; p=reject; rua=mailto:postmaster@{self.domain}"'

    def silent_lines(self) -> Iterator[str]:
        """Yield the lines for a name that neither sends nor takes mail."""
        yield f'{self.domain}.  IN TXT  "v=spf1 -all"'
        yield f'_dmarc.{self.domain}.  IN TXT  "v=DMARC1; p=reject"'
        yield f"{self.domain}.  IN MX  0 {NULL_MX}"
