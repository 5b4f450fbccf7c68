"""From a planned probe to the bytes that go out (RFC 5322, CRLF line ends). Pure: the time is handed in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bsaudit.model.probe import Probe
from bsaudit.probe.catalogue import content_of
from bsaudit.probe.letter import NOBODYS, Letter, Signature


def compose(
    probe: Probe,
    *,
    at: datetime,
    sign: Signature = NOBODYS,
    rules: Sequence[str] = (),
    octets: int = 0,
) -> bytes:
    """Return the message of `probe` as it goes over the wire, not yet dot-stuffed.

    `sign` says whose it is, in the body or, where that is the user's, in a field; never in the Subject.
    `rules` are the user's own texts, of which `probe.rule` is one; `octets` is the least size of an oversize message.
    """
    return content_of(probe).write(Letter(probe=probe, at=at, sign=sign, rules=rules, octets=octets))
