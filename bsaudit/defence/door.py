"""One's own door: what a domain publishes against senders that are forged in its name. Pure.

Bounces come because strangers believe a forged sender. What lets them disbelieve it in the session: SPF (RFC 7208),
DMARC (RFC 7489), and for names that send nothing the null MX (RFC 7505 §4.2: a sender there can be refused at once).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from bsaudit.model import dmarc
from bsaudit.text import clean_line

_ALL = re.compile(r"(?:^|\s)([-~?+]?)all\s*$", re.IGNORECASE)


class Door(Struct, frozen=True, kw_only=True):
    """What was found: `texts` at the name itself, `dmarc_texts` below it, `mail_exchangers` (`.` is the null MX).

    What could not be looked up is in `errors`, and says nothing.
    """

    domain: str
    texts: Sequence[str] | None = ()
    dmarc_texts: Sequence[str] | None = ()
    mail_exchangers: Sequence[str] | None = ()
    errors: Sequence[str] = ()

    def told(self) -> Iterator[str]:
        """Yield what stands there, and the records to publish."""
        yield f"The own door of {self.domain}:"
        yield from (f"  unknown: {clean_line(error)}" for error in self.errors)
        if self.texts is not None:
            yield f"  SPF: {self._spf()}"
        if self.dmarc_texts is not None:
            yield f"  DMARC: {self._dmarc()}"
        if self.mail_exchangers is not None:
            shown = ", ".join(map(clean_line, self.mail_exchangers))
            yield f"  MX: {shown or 'none; mail goes to its address, if it has one'}"
        yield from ("", "If it sends mail, name all that sends it, then refuse the rest:")
        yield f'  {self.domain}.  IN TXT  "v=spf1 mx -all"'
        yield f'  _dmarc.{self.domain}.  IN TXT  "v=DMARC1; p=reject; rua=mailto:postmaster@{self.domain}"'
        yield "If it sends none, as most names do:"
        yield f'  {self.domain}.  IN TXT  "v=spf1 -all"'
        yield f'  _dmarc.{self.domain}.  IN TXT  "v=DMARC1; p=reject"'
        yield f"  {self.domain}.  IN MX  0 ."

    def _spf(self) -> str:
        found = [text for text in self.texts or () if text.lower().split(" ")[0] == "v=spf1"]
        if not found:
            return "none: nobody can tell a forged sender from yours"
        if len(found) > 1:
            return "several records, which is an error: receivers ignore them all (RFC 7208 §4.5)"
        shown = clean_line(found[0])
        if "redirect=" in found[0].lower():
            return f"{shown} (decided elsewhere)"
        match = _ALL.search(found[0])
        ending = (match[1] or "+") if match else "?"
        return {
            "-": f"{shown} (good: the rest is refused)",
            "~": f"{shown} (soft: most receivers take forged senders all the same, unless DMARC says reject)",
        }.get(ending, f"{shown} (says nothing against forged senders)")

    def _dmarc(self) -> str:
        found = dmarc.records(self.dmarc_texts or ())
        if len(found) != 1:
            return "several records, which is none (RFC 7489 §6.6.3)" if found else "none"
        told = {"reject": "good", "quarantine": "soft: receivers file it as spam"}
        return f"{clean_line(found[0])} ({told.get(dmarc.policy(found[0]), 'only watches: nothing is refused')})"
