"""What somebody came to bring to a probe's address, and what our own side did not take: that is no silence. Pure.

It was too long, one of too many, our side had no room, the connection broke off, or it was still on its way when the
run ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bsaudit.judge.callout import addresses_of, asked_for
from bsaudit.judge.case import Case, Judged, settled
from bsaudit.judge.wording import at_time
from bsaudit.model.mail import CatchSession
from bsaudit.model.notification import RECEIPTS
from bsaudit.model.probe import CountsAs, Outcome, ProbeRecord


def lost_for(record: ProbeRecord, sessions: Iterable[CatchSession]) -> Iterator[CatchSession]:
    """Return the sessions in which a message for this probe was lost, and did not come again from the same host."""
    own = addresses_of(record.probe)
    for session in sessions:
        if session.lost and asked_for(session) & own and not _came_again(session, record):
            yield session


def why_lost(case: Case) -> str | None:
    """Say that a message came which nobody has read, if one did."""
    if not case.lost:
        return None
    first = case.lost[0]
    return (
        f"{first.peer.address or 'somebody'} came{at_time(first.at)} to bring a message to its address, which our own "
        "side did not get: too long, too many, no room, broken off, or too late"
    )


def with_lost(case: Case, judged: Judged) -> Judged:
    """Call nothing good after which such a message came."""
    settlement, why = judged.settlement, why_lost(case)
    if why is None or settlement.counts_as is not CountsAs.GOOD:
        return judged
    text = f"{settlement.explanation}; but {why}"
    accepted, stage, reply = settlement.accepted, settlement.stage, settlement.reply
    unresolved = settled(Outcome.UNRESOLVED, text, accepted=accepted, stage=stage, reply=reply)
    return Judged(settlement=unresolved, final_at=judged.final_at, at_once=judged.at_once)


def _came_again(session: CatchSession, record: ProbeRecord) -> bool:
    """Say whether the same host brought something later: servers try again (RFC 5321 §4.5.4.1).

    Not by a report of success: a host writes that and a bounce of the same message, one for each recipient or hop.
    """
    others = (mail for mail in record.returned if mail.notification.kind not in RECEIPTS)
    return any(mail.peer == session.peer and mail.arrived_at >= session.at for mail in others)
