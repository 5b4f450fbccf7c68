"""What an outcome is judged from, what a judgement is, and what each outcome counts as."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from bsaudit.judge.learn import Learned
from bsaudit.model.mail import CatchSession
from bsaudit.model.probe import CountsAs, Outcome, ProbeRecord, Settlement
from bsaudit.model.queue import QueueWatch
from bsaudit.model.run import Sleep, TargetRecord
from bsaudit.model.way_back import CLOSED, WayBack

# RFC 5321 §4.2.1: 4yz is a transient, 5yz a permanent negative completion reply.
TRANSIENT, PERMANENT = 400, 500

COUNTS_AS = {
    Outcome.REJECTED: CountsAs.GOOD,
    Outcome.ACCEPTED_SILENTLY: CountsAs.GOOD,
    Outcome.BOUNCED: CountsAs.BACKSCATTER,
    Outcome.DELAY_NOTIFIED: CountsAs.BACKSCATTER,
    Outcome.AUTOREPLIED: CountsAs.FINDING,  # or backscatter: to spam, or in the name of nobody
    Outcome.CHALLENGED: CountsAs.BACKSCATTER,
    Outcome.CALLED_OUT: CountsAs.FINDING,
    Outcome.MASKED: CountsAs.INCONCLUSIVE,
    Outcome.DEFERRED: CountsAs.INCONCLUSIVE,
    Outcome.REFUSED_BY_RELAY: CountsAs.INCONCLUSIVE,
    Outcome.UNREACHABLE: CountsAs.INCONCLUSIVE,
    Outcome.UNRESOLVED: CountsAs.INCONCLUSIVE,
}


class Case(Struct, frozen=True, kw_only=True):
    """All that one outcome is judged from.

    `positive` is the positive control of the same host, as far as it is settled: True accepted, False turned down. By
    relay it may have gone to another one: `positive_host` is the host that took it, where that is known.
    `silent_unauthenticated` says that the same probe from a reverse-path that SPF does not vouch for was accepted and
    stayed unanswered. `delivers` says that the positive control to the same recipient was seen in his mailbox.
    `way_back` is how far it was shown that mail from the target reaches us, `still_open` that our own side still took
    mail after the last quiet time (None: nothing asked it), `secluded` why others may not find the way that the relay
    found, `inside` that the target has addresses of a private network, `trusted` that it takes us for its own user.
    `vouched` says that somebody vouches for the way back, `both` that its hosts are asked directly as well.
    `automatic` are (by uid) the messages that cannot be read and that a machine wrote.
    `intercepted` is who answers in place of the hosts that we connect to, if that was seen.
    `callouts` are the sessions in which our own catch MX was asked for this probe's reverse-path and sent nothing.
    `lost` are those in which somebody came to bring it a message that our side did not get.
    `asleep` are the times when our own catch MX, which takes the run's mail, was not there to take any.
    `queue` is what was seen of the target's own queue, as far as that is all there is between its mail and us.
    """

    record: ProbeRecord
    learned: Learned
    target: TargetRecord
    grace_s: float
    positive: bool | None = None
    positive_host: str | None = None
    callouts: tuple[CatchSession, ...] = ()
    lost: tuple[CatchSession, ...] = ()
    silent_unauthenticated: bool = False
    delivers: bool = False
    way_back: WayBack = CLOSED
    still_open: bool | None = None
    secluded: str | None = None
    inside: bool = False
    trusted: bool = False
    vouched: bool = False
    both: bool = False
    intercepted: str | None = None
    automatic: tuple[str, ...] = ()
    asleep: tuple[Sleep, ...] = ()
    queue: QueueWatch | None = None


class Judged(Struct, frozen=True, kw_only=True):
    """`final_at` None: only the end of the wait makes it final, unless it was so `at_once`."""

    settlement: Settlement
    final_at: datetime | None = None
    at_once: bool = False


def at_once(outcome: Outcome, explanation: str, **more: object) -> Judged:
    return Judged(settlement=settled(outcome, explanation, **more), at_once=True)


def settled(outcome: Outcome, explanation: str, **more: object) -> Settlement:
    counts_as = more.pop("counts_as", COUNTS_AS[outcome])
    return Settlement(outcome=outcome, counts_as=counts_as, explanation=explanation, **more)  # type: ignore[arg-type]
