"""Programs that Postfix gives a message and that hand it in again, by sendmail(1): content filters, forwarders.

Nothing joins the two but the reverse-path. What such a program hands in is as local as what it was given. The lines
come in either order.
"""

from __future__ import annotations

from typing import Protocol

from bsaudit.logs.recent import Recent
from bsaudit.logs.tally import Notice

# Messages that programs hold at once, about: what was given longer ago is not what is handed in.
MAX_HELD = 100


class HandedIn(Protocol):
    """A message from sendmail(1), and the notice about it."""

    local: bool
    about: Notice | None


class Programs:
    """What the programs of one queue were given, and what was handed in, by reverse-path."""

    def __init__(self) -> None:
        self._given: Recent[bytes, bool] = Recent(MAX_HELD)
        self._handed_in: Recent[bytes, HandedIn] = Recent(MAX_HELD)

    def given(self, sender: bytes | None, *, local: bool) -> None:
        """Note that a program was given a message from this sender."""
        if not sender:
            return
        mail = self._handed_in.find(sender)
        if mail is None:
            self._given.put(sender, local)
            return
        self._handed_in.drop(sender)
        mail.local = local
        if mail.about is not None:
            mail.about.local = local

    def handed_in(self, sender: bytes, mail: HandedIn) -> None:
        """Note a message that came from sendmail(1). A bare name is a user's own."""
        if b"@" not in sender:
            return
        local = self._given.find(sender)
        if local is None:
            self._handed_in.put(sender, mail)
            return
        self._given.drop(sender)
        mail.local = local
