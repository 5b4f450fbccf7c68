"""From a planned probe to the bytes that go out (RFC 5322, CRLF line ends). Pure: the time is handed in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bsaudit.model.probe import Probe
from bsaudit.probe.catalogue import content_of
from bsaudit.probe.letter import Letter, footer


def compose(
    probe: Probe,
    *,
    at: datetime,
    authorized_by: str | None = None,
    contact: str | None = None,
    rules: Sequence[str] = (),
    octets: int = 0,
) -> bytes:
    """Return the message of `probe` as it goes over the wire, not yet dot-stuffed.

    `rules` are the user's own texts, of which `probe.rule` is one; `octets` is the least size of an oversize message.
    """
    text = footer(probe, authorized_by, contact)
    return content_of(probe).write(Letter(probe=probe, at=at, footer=text, rules=rules, octets=octets))
