"""Who is spared test content, which another domain's probes show at the same hosts (`--plan recipients`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from bsaudit.judge.condition import is_recent
from bsaudit.judge.further import Hosts, hosts_of, missing
from bsaudit.model.run import ContentShown, RunKind, RunRecord, RunState, TargetRecord
from bsaudit.model.settings import AuditSettings, Extent
from bsaudit.ports import Journal
from bsaudit.probe.plan import Choice, contents_of

# A filter is changed less often than that, and is looked at again every month.
EARLIER = timedelta(days=30)
# As many of the latest audits are looked at; a fleet's runs are batches.
EARLIER_RUNS = 50


async def content_known(
    run: RunRecord, settings: AuditSettings, choices: Sequence[Choice], journal: Journal
) -> Mapping[Hosts, ContentShown]:
    """Return at which of the targets' hosts earlier runs showed, by the same route, all content that would be sent."""
    known: dict[Hosts, ContentShown] = {}
    wanted: dict[Hosts, tuple[str, ...]] = {}
    for target in _spared(run, settings):
        asked = (*wanted.get(hosts_of(target), ()), *contents_of(target, choices, settings))
        wanted[hosts_of(target)] = tuple(dict.fromkeys(asked))
    for latest in await journal.runs(EARLIER_RUNS, audits=True) if wanted else ():
        alike = latest.route is run.route and latest.state is RunState.FINISHED
        recent = is_recent(latest.started_at, run.started_at, EARLIER)
        if alike and recent and _may_show(latest, wanted.keys() - known.keys()):
            for hosts, shown in _shown(await journal.load(latest.id), wanted):
                known.setdefault(hosts, shown)
    return known


def share_content(
    run: RunRecord, settings: AuditSettings, choices: Sequence[Choice], known: Mapping[Hosts, ContentShown]
) -> None:
    """Note on each target whose probes spare it test content: an earlier run's, or the first of this run's there."""
    shown = dict(known)
    for target in _spared(run, settings):
        target.content = None
        probes = contents_of(target, choices, settings)
        there = shown.setdefault(hosts_of(target), ContentShown(run=run.id, target=target.target, probes=probes))
        if (there.run, there.target) != (run.id, target.target) and probes and set(probes) <= set(there.probes):
            target.content = there


def _spared(run: RunRecord, settings: AuditSettings) -> list[TargetRecord]:
    wished = settings.plan is Extent.RECIPIENTS
    return [target for target in run.targets if target.error is None] if wished else []


def _may_show(run: RunRecord, hosts: set[Hosts]) -> bool:
    return run.kind is RunKind.AUDIT and any(hosts_of(target) in hosts for target in run.targets)


def _shown(run: RunRecord, wanted: Mapping[Hosts, tuple[str, ...]]) -> Iterator[tuple[Hosts, ContentShown]]:
    for target in run.targets:
        hosts = hosts_of(target)
        records = [record for record in run.probes if record.probe.target == target.target]
        if hosts in wanted and wanted[hosts] and not missing(wanted[hosts], records):
            yield hosts, ContentShown(run=run.id, target=target.target, probes=wanted[hosts])
