"""What the way to a host takes from an outcome, whatever that host seemed to do. Pure."""

from __future__ import annotations

from bsaudit.judge.case import Judged, settled
from bsaudit.judge.wording import whole
from bsaudit.model.probe import CountsAs, Outcome


def may_be_for_users_only(judged: Judged) -> bool:
    """Say whether a server may do so with its own users' mail only: rejections it would not spare a stranger either."""
    return judged.settlement.outcome not in {Outcome.REJECTED, Outcome.MASKED, Outcome.DEFERRED, Outcome.UNREACHABLE}


def of_a_trusted_client(judged: Judged) -> Judged:
    """Clear and accuse nobody by what a server does with mail of its own users: it owes them its bounces."""
    text = (
        f"{judged.settlement.explanation}; but the server takes us for a user of its own, whose mail it may well bounce"
    )
    settlement = whole(judged.settlement, outcome=Outcome.UNRESOLVED, counts_as=CountsAs.INCONCLUSIVE, explanation=text)
    return Judged(settlement=settlement, final_at=judged.final_at, at_once=judged.at_once)


def of_an_interceptor(judged: Judged, name: str) -> Judged:
    """Clear and accuse nobody by what somebody between us and the target may have done."""
    text = f"{judged.settlement.explanation}; but {name} answers in place of the hosts that we connect to"
    settlement = whole(judged.settlement, outcome=Outcome.UNRESOLVED, counts_as=CountsAs.INCONCLUSIVE, explanation=text)
    return Judged(settlement=whole(settlement, accepted=None), final_at=judged.final_at, at_once=judged.at_once)


def not_known(judged: Judged) -> Judged:
    """Call nothing good of which this version cannot say what it tries: the journal may be another version's."""
    text = f"{judged.settlement.explanation}; but what this probe tries is unknown to this version of bsaudit"
    settlement = settled(Outcome.UNRESOLVED, text, accepted=judged.settlement.accepted, reply=judged.settlement.reply)
    return Judged(settlement=settlement, final_at=judged.final_at, at_once=judged.at_once)
