"""Further domains of a host: what one domain's probes show of test content spares the others it. Pure.

It is never a domain's own proof: the report says where, by which run and for whom it was shown.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bsaudit.judge.inquiry import Inquiry
from bsaudit.model.probe import CountsAs, ProbeRecord
from bsaudit.model.run import TargetRecord

# Everything by which a target's mail exchangers are known: others may filter otherwise.
Hosts = frozenset[tuple[str, int, frozenset[str]]]


def hosts_of(target: TargetRecord) -> Hosts:
    return frozenset((one.host.lower(), one.port, frozenset(one.addresses)) for one in target.mail_exchangers)


def missing(probes: Collection[str], records: Sequence[ProbeRecord]) -> tuple[str, ...]:
    """Return those of `probes` (`KIND:SHAPE`) that do not stand among `records` as settled and good, each time."""
    good: dict[str, bool] = {}
    for record in records:
        settled = record.settlement is not None and record.settlement.counts_as is CountsAs.GOOD
        name = f"{record.probe.kind}:{record.probe.shape}"
        good[name] = good.get(name, True) and settled
    return tuple(name for name in probes if not good.get(name, False))


def content_doubt(target: TargetRecord, inquiry: Inquiry) -> str | None:
    """Say what this run was to show by another target, and did not; an earlier run's was seen before it counted."""
    shown = target.content
    if shown is None or shown.run != inquiry.run.id:
        return None
    open_yet = missing(shown.probes, inquiry.probes_of(shown.target))
    if not open_yet:
        return None
    return f"content: not shown as good for {shown.target}, at the same hosts: {', '.join(open_yet)}"


def content_note(target: TargetRecord) -> str | None:
    """Say by whom it was shown what the target's hosts do with test content, where it was spared that itself."""
    if target.content is None:
        return None
    hosts = ", ".join(dict.fromkeys(exchanger.host for exchanger in target.mail_exchangers))
    return f"content: shown at {hosts} by run {target.content.run}, for {target.content.target}"
