"""Callouts: the target connected to our catch MX to test the reverse-path (listed by backscatterer.org)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bsaudit.durations import duration
from bsaudit.judge.case import COUNTS_AS, Case, Judged
from bsaudit.judge.learn import target_party
from bsaudit.judge.parties import Side, Sides
from bsaudit.judge.wording import at_time, whole
from bsaudit.model.knowledge import Party
from bsaudit.model.mail import CatchSession, Route
from bsaudit.model.notification import Hop
from bsaudit.model.probe import CountsAs, Outcome, Probe
from bsaudit.model.run import TargetRecord
from bsaudit.model.settings import Tagging


def addresses_of(probe: Probe) -> set[str]:
    """Return the addresses of ours that a callout about this probe asks for, in lower case."""
    return {address.lower() for address in (probe.reverse_path, probe.from_address, probe.reply_to) if address}


def asked_for(session: CatchSession) -> set[str]:
    return {address.lower() for address in (*session.rcpt_to, *session.refused_to)}


def callouts_for(
    probe: Probe, target: TargetRecord, sessions: Iterable[CatchSession], relay: Party
) -> Iterator[CatchSession]:
    """Return the sessions in which somebody asked for an address of this probe and sent nothing.

    The relay may verify senders too; what it asked is its own affair, and so is what no probe's token stands in.
    """
    own = addresses_of(probe)
    theirs = target_party(target).addresses
    for session in sessions:
        from_relay = session.peer.address in relay.addresses and session.peer.address not in theirs
        if not (session.data or session.lost or from_relay) and asked_for(session) & own:
            yield session


def with_callout(case: Case, judged: Judged) -> Judged:
    """Return a good outcome as `called_out` where the target called out; of what is worse than that it is said.

    Anybody can call out who was told the address: of a host that nobody knows to be the target's it is no finding, and
    what was good is `unresolved`.
    """
    settlement = judged.settlement
    if not case.callouts:
        return judged
    theirs = next((session for session in case.callouts if _is_the_targets(session, case)), None)
    text = f"{settlement.explanation}; and {_described(case, theirs or case.callouts[0])}"
    text += "" if theirs else ", and nobody knows that host as the target's"
    settlement = whole(settlement, explanation=text, called_out=theirs is not None)
    if settlement.counts_as is CountsAs.GOOD:
        outcome = Outcome.CALLED_OUT if theirs else Outcome.UNRESOLVED
        settlement = whole(settlement, outcome=outcome, counts_as=COUNTS_AS[outcome])
    return Judged(settlement=settlement, final_at=judged.final_at, at_once=judged.at_once)


def _is_the_targets(session: CatchSession, case: Case) -> bool:
    """Say whether a callout came from a host of the target's, or while we were telling the address to nobody else.

    Without tags all probes have one address, which other targets were told before, and which anybody may know.
    """
    submission = case.record.submission
    told = submission is not None and submission.submitted_at <= session.at <= submission.finished_at
    if told and case.record.probe.route is Route.DIRECT and case.learned.tagging is not Tagging.NONE:
        return True
    return _sides(session, case).seen(_peer(session)).of(Side.TARGET)


def _sides(session: CatchSession, case: Case) -> Sides:
    return Sides(relay=Party(), target=target_party(case.target), catch=case.learned.catch, verified=session.verified)


def _peer(session: CatchSession) -> Hop:
    return Hop(rdns=session.peer.host, address=session.peer.address)


def _described(case: Case, session: CatchSession) -> str:
    """Say who called out, and when: by the clock and from the beginning of our own transaction."""
    text = f"{_who(session, case)} tested the reverse-path by a callout{at_time(session.at)}"
    submission = case.record.submission
    if submission is None or session.at < submission.submitted_at:
        return text
    since = (session.at - submission.submitted_at).total_seconds()
    return f"{text}, {duration(since)} after our transaction began"


def _who(session: CatchSession, case: Case) -> str:
    """Name the host by what is known of it, DNS first, and say what makes it the target's where its name does not."""
    address, sides = session.peer.address, _sides(session, case)
    names = sides.names_of(_peer(session))
    known = next((mx.host for mx in case.target.mail_exchangers if address in mx.addresses), None)
    who = next(filter(sides.owns, names), None) or known or next(iter(names), None)
    domain = sides.vouching(_peer(session))
    vouched = f", which the SPF of {domain} names," if domain else ""
    return (who or address or "somebody") + vouched
