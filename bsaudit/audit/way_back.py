"""The way back, looked after: our own entrances, what earlier runs showed, and whether it is open to the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from bsaudit.audit.controls import patience
from bsaudit.audit.own_mail import exchange
from bsaudit.audit.state import Live
from bsaudit.errors import CatchError, DnsError, NoMailHost, NoSuchDomain, RelayError, TargetRefused
from bsaudit.judge.cases import case_of
from bsaudit.judge.condition import is_recent
from bsaudit.judge.outcome import judge, standing
from bsaudit.model.mail import Route
from bsaudit.model.probe import Outcome, Probe, ProbeRecord
from bsaudit.model.run import RunKind, RunRecord, TargetRecord
from bsaudit.model.way_back import CLOSED, Grade, ShownBy, WayBack
from bsaudit.probe.addressing import Sender, Way
from bsaudit.probe.own_side import plan_closing, plan_closing_calibration
from bsaudit.probe.tagging import domain_of

# What an earlier run showed is believed so long: a day's round of audits shares it.
EARLIER = timedelta(hours=24)
# As many earlier runs are looked at; more than a day of them is a fleet's, whose runs are batches.
EARLIER_RUNS = 50


async def find_entrances(live: Live) -> None:
    """Learn the mail exchangers of our own catch domain. Raises CatchError where it leads nowhere.

    Where nobody can be asked, nothing is shown, which is no error: a network may be closed. Nor is it one where the
    target was named by --mx: such a server may have been told the way by other means than DNS, and has to show it.
    """
    domain = domain_of(live.run.catch_address or "")
    try:
        live.run.catch_exchangers = await live.tools.resolver.mail_exchangers(domain, live.settings.catch_mx_port)
    except (NoSuchDomain, NoMailHost, TargetRefused) as error:
        if live.settings.mx is None:
            raise _leads_nowhere(live, error.message) from error
    except DnsError:
        pass
    else:
        if not any(exchanger.addresses for exchanger in live.run.catch_exchangers):
            raise _leads_nowhere(live, f"no mail exchanger of {domain} has an address")


def _leads_nowhere(live: Live, why: str) -> CatchError:
    return CatchError(
        f"no notification can reach the catch address {live.run.catch_address}: {why}",
        remedy="Check the spelling of --catch-address, and that its domain has an MX record that leads to the mailbox.",
    )


async def remember(live: Live) -> None:
    """Take over what runs of the last day showed of the way to the same mailbox, unless they had it from others."""
    run = live.run
    for known in await live.tools.journal.runs(EARLIER_RUNS):
        same = _mailbox_of(known) == _mailbox_of(run)
        if known.id == run.id or not same or not is_recent(known.started_at, run.started_at, EARLIER):
            continue
        if run.earlier is CLOSED:
            run.earlier = _remembered(known.way_back, known, run.started_at)
        for target in run.targets:
            for same_target in (other for other in known.targets if other.target == target.target):
                _take_over(target, same_target, _remembered(same_target.way_back, known, run.started_at))


def _take_over(target: TargetRecord, known: TargetRecord, way: WayBack) -> None:
    """Believe an earlier run of the addresses that a target still has: a new server, of --mx or its zone, is none."""
    theirs = {address for exchanger in target.mail_exchangers for address in exchanger.addresses}
    hosts = theirs & {known.way_back.from_, *known.way_back_from}
    if way is CLOSED or not hosts:
        return
    target.earlier = way if target.earlier is CLOSED else target.earlier
    target.earlier_from = tuple(sorted(hosts.union(target.earlier_from)))


def _mailbox_of(run: RunRecord) -> tuple[object, ...]:
    """Return what has to be the same for an earlier run's way back to be this one's."""
    return run.settings.catch, run.catch_address, run.catch_addresses


def _remembered(way: WayBack, run: RunRecord, now: datetime) -> WayBack:
    """Return what an earlier run showed itself, as this one may have it: what it showed is no older than a day."""
    if way.grade not in {Grade.STRANGERS, Grade.TARGET} or (way.at and not is_recent(way.at, now, EARLIER)):
        return CLOSED
    return replace(way, shown_by=ShownBy.EARLIER_RUN, from_=f"run {run.id}")


async def close(live: Live, sender: Sender) -> None:
    """See whether our own side still takes mail after the last quiet time, where silence is to mean something."""
    if not any(map(_is_silent, live.run.probes)) or not (live.run.relay or live.own_way_is_public):
        return
    live.phase("close", "checking that notifications still come back")
    for probe in _closing(live, sender):
        if live.learned.still_open:
            break
        try:
            await exchange(live, [probe], patience_s=patience(live))
        except RelayError as error:
            live.failed(error)
            break
    await _settle_again(live, live.run.probes)


def _closing(live: Live, sender: Sender) -> Iterator[Probe]:
    if live.run.relay is None:
        yield plan_closing(replace(sender, route=Route.DIRECT), live.numbers, live.own_way)
        return
    relayed = replace(sender, route=Route.RELAY)
    yield plan_closing(relayed, live.numbers, Way())
    yield plan_closing_calibration(relayed, live.numbers)


def _is_silent(record: ProbeRecord) -> bool:
    settled = record.settlement
    silent = settled is not None and (settled.outcome is Outcome.ACCEPTED_SILENTLY or settled.unshown)
    return record.probe.target is not None and silent


async def _settle_again(live: Live, records: Iterable[ProbeRecord]) -> None:
    """Settle what has come to mean something else: acceptance was shown meanwhile, or our own side has closed."""
    now = live.tools.clock.now()
    for record in records:
        if record.probe.target is None or record.settlement is None:
            continue
        fresh = standing(judge(case_of(record, live.inquiry)), now, wait_over=True)
        known = record.settlement
        if fresh is not None and (fresh.outcome, fresh.unshown) != (known.outcome, known.unshown):
            await live.settle(record, fresh)


async def note_way_back(live: Live) -> None:
    """Journal what this run has shown of the way back, for the runs of the next day."""
    run = live.run
    # Of an audit, what was open to its end; a doctor's look has none, but whoever takes it over has.
    if live.learned.still_open or (run.kind is RunKind.DOCTOR and live.learned.still_open is None):
        run.way_back = live.learned.strangers
        for target in run.targets:
            shown = live.inquiry.heard_from(target)
            if shown is not CLOSED:
                target.way_back, target.way_back_from = shown, live.inquiry.heard_hosts(target)
                await live.tools.journal.target(run.id, target)
    await live.tools.journal.update(run)
