"""A relay without DSN: what was refused is known all the same, and what stays open is named. Pure.

Where the target's hosts were asked directly (`--route both`) and refuse who does not exist, silence about other probes
leaves a gap in a clean verdict, as probes do that were not sent; it is no doubt about what was refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from bsaudit.judge.case import TRANSIENT
from bsaudit.judge.questions import tested
from bsaudit.model.mail import Route, Stage
from bsaudit.model.probe import Control, Outcome, ProbeRecord, Role
from bsaudit.probe.catalogue import content_of
from bsaudit.probe.content import Tries


def gaps(records: Sequence[ProbeRecord]) -> tuple[ProbeRecord, ...]:
    """Return the probes of a target that a clean verdict may leave open: none before its hosts have said that much."""
    asked = [record for record in records if record.probe.control is Control.ASKED]
    # Hosts that the relay comes to only where a better one takes no mail were tried directly, and not just asked.
    heard = asked or [record for record in records if _refused_for_nobody(record, Route.DIRECT)]
    if not heard or not all(map(_knows_its_users, asked)):
        return ()
    if not any(_refused_for_nobody(record, Route.RELAY) for record in records):
        return ()
    return tuple(record for record in records if record.probe.control is None and is_unshown(record))


def gap_text(open_probes: Sequence[ProbeRecord]) -> str | None:
    """Say which probes stay open beside a clean verdict, if any."""
    if not open_probes:
        return None
    names = ", ".join(dict.fromkeys(f"{record.probe.kind}:{record.probe.shape}" for record in open_probes))
    return f"nothing came back for {names}, and without a DSN nothing shows that it was accepted"


def is_unshown(record: ProbeRecord) -> bool:
    return record.settlement is not None and record.settlement.unshown


def takes_the_recipient(control: ProbeRecord, records: Sequence[ProbeRecord]) -> bool:
    """Say whether the recipient of a positive control was shown to be taken at RCPT, though not its message.

    Either the host itself said so, or the relay quotes for him a refusal of content at the final dot. Not at DATA:
    Sendmail names that command under pipelining, and RFC 2920 §3.1 allows 354 without recipients.
    """
    if not is_unshown(control):
        return False
    if any(record.probe.control is Control.ASKED and _knows_its_users(record) for record in records):
        return True
    address = tested(control.probe).address
    return any(_is_refused_content(record) and tested(record.probe).address == address for record in records)


def _knows_its_users(asked: ProbeRecord) -> bool:
    """Say whether a host took somebody who exists at RCPT, and refused nobody beside him."""
    if asked.submission is None or asked.settlement is None or asked.settlement.outcome is not Outcome.REJECTED:
        return False
    reply = asked.submission.recipient_replies.get(asked.probe.recipients[0].address)
    return reply is not None and reply.code < TRANSIENT


def _refused_for_nobody(record: ProbeRecord, route: Route) -> bool:
    probe, settlement = record.probe, record.settlement
    tried = probe.control is None and probe.route is route and tested(probe).role is Role.UNKNOWN
    return tried and settlement is not None and settlement.outcome is Outcome.REJECTED


def _is_refused_content(record: ProbeRecord) -> bool:
    settlement = record.settlement
    relayed = record.probe.route is Route.RELAY and content_of(record.probe).tries is Tries.CONTENT
    if not relayed or settlement is None or settlement.outcome is not Outcome.REJECTED:
        return False
    return settlement.stage is Stage.END_OF_DATA
