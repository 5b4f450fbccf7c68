"""How many sessions that brought no mail the catch MX keeps: enough for any audit, and no stranger's flood."""

from __future__ import annotations

from collections import Counter

from bsaudit.model.mail import CatchSession

# The same client's questions for the same addresses: ten tell what one does.
ALIKE = 10
# A host that takes mail for a thousand targets may call out for each of its probes.
PER_PEER = 2_000
TOTAL = 20_000
# Letters of addresses after which a session counts as one more: a callout has some 50, two hundred long ones are 64 KB.
LETTERS = 512


class Quota:
    """Says of each session whether it is to be kept; `exceeded` once there were too many to keep any more."""

    def __init__(self) -> None:
        self._alike: Counter[int] = Counter()
        self._peers: Counter[str | None] = Counter()
        self._total = 0
        self.exceeded = False

    def admits(self, session: CatchSession) -> bool:
        peer = session.peer.address
        question = hash((peer, session.rcpt_to, session.refused_to))  # as it is, it may be long; the hash is keyed
        if self._alike[question] >= ALIKE or self._peers[peer] >= PER_PEER:
            return False
        if self._total >= TOTAL:
            self.exceeded = True
            return False
        weight = _weight(session)
        self._total += weight
        self._peers[peer] += weight
        self._alike[question] += 1
        return True


def _weight(session: CatchSession) -> int:
    return 1 + sum(map(len, (*session.rcpt_to, *session.refused_to))) // LETTERS
