"""A whole audit, and the report of an earlier one, each in one call: adapters built, used and closed."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import AsyncIterator

from msgspec.structs import replace

from bsaudit.adapters.clock import SystemClock
from bsaudit.audit import audit, rebuild
from bsaudit.audit.histories import note_known
from bsaudit.audit.tools import Confirm, Tools
from bsaudit.errors import Interrupted, JournalError, UsageError
from bsaudit.model.domain import ascii_address
from bsaudit.model.probe import ProbeRecord, State
from bsaudit.model.report import Report
from bsaudit.model.run import RunRecord, RunState
from bsaudit.model.settings import AuditSettings
from bsaudit.ports import Journal, Observer
from bsaudit.wiring.standing import with_listings
from bsaudit.wiring.tools import journal_at, tools_for

_OPEN = frozenset({State.SENT, State.MAYBE_SENT})


async def run_audit(
    settings: AuditSettings, observer: Observer | None = None, *, confirm: Confirm | None = None
) -> Report:
    """Audit the targets of `settings` and return the report, as `bsaudit probe` prints it.

    `observer` is told of everything as it happens; `confirm` is asked for a permission that nobody gave.

    What fails on our own side stands in the report's `errors`. Raises UsageError (NotAuthorized, TargetRefused) before
    anything is sent, RelayError, CatchError or JournalError for what cannot be opened, Interrupted when cancelled.
    """
    _refuse_incomplete(settings)
    settings = replace(settings, catch_addresses=tuple(map(ascii_address, settings.catch_addresses)))
    async with tools_for(settings, observer or (lambda _: None)) as tools:
        try:
            report = await audit(settings, tools, confirm=confirm)
        except Interrupted as stopped:
            await _count(stopped.report, settings, tools)
            raise
        await _count(report, settings, tools)
    if settings.listings:
        report = await with_listings(report, settings.resolver, settings.journal_url)
    return report


async def _count(report: object, settings: AuditSettings, tools: Tools) -> None:
    """Count what a run proves of targets that are checked, also one that was interrupted; a check sees to its own."""
    if isinstance(report, Report) and not settings.unattended:
        await note_known(report, tools.journal, tools.clock.now())


def _refuse_incomplete(settings: AuditSettings) -> None:
    """Say what is missing where no command line has looked at the settings before."""
    needed: dict[str, object] = {
        "targets": settings.targets,
        "catch": settings.catch,
        "catch_addresses": settings.catch_addresses,
    }
    if settings.route.relayed:
        needed["relay"] = settings.relay
    missing = [name for name, value in needed.items() if not value]
    if missing:
        raise UsageError(f"the settings lack {', '.join(missing)}", remedy="docs/python.md shows a complete example.")


async def stored_run(journal_url: str | None, run_id: str | None) -> RunRecord:
    """Return a run as it is recorded (None: the latest). Raises UsageError or JournalError."""
    async with journal_at(journal_url) as journal:
        return await journal.load(run_id)


# How far back an interrupted run is looked for: older answers than those of the last twenty audits do not come.
LOOK_BACK = 20


async def open_run(journal_url: str | None) -> RunRecord:
    """Return the latest audit of which something sent is not settled, or else the latest that sent anything.

    One under way takes what comes by itself; it, and one that sent nothing, is returned only where there is no other.
    Raises as `stored_run`.
    """
    async with journal_at(journal_url) as journal:
        sent: RunRecord | None = None
        for listed in await journal.runs(LOOK_BACK, audits=True):
            with contextlib.suppress(JournalError):  # a damaged one does not hide the others
                run = await journal.load(listed.id)
                if run.state is RunState.RUNNING:
                    continue
                if any(record.state in _OPEN for record in _of_targets(run)):
                    return run
                if sent is None and has_sent(run):
                    sent = run
        return sent or await journal.load(None)


def has_sent(run: RunRecord) -> bool:
    """Say whether a run turned to a target with anything, of which something may come."""
    return any(record.submission is not None for record in _of_targets(run))


def _of_targets(run: RunRecord) -> list[ProbeRecord]:
    """Return the run's probes of its targets, and not the controls of our own side."""
    return [record for record in run.probes if record.probe.target is not None]


async def stored_report(journal_url: str | None, run_id: str | None) -> Report:
    """Return the report of an earlier run (None: the latest), judged afresh. Raises UsageError or JournalError."""
    async with journal_at(journal_url) as journal:
        return await report_of(await journal.load(run_id), journal)


async def report_of(run: RunRecord, journal: Journal) -> Report:
    """Return the report of a run that was loaded from `journal`. Raises JournalError."""
    return await rebuild(run, journal.stored_arrivals(run.id), SystemClock().now())


# More audits than one journal holds
ALL_RUNS = 1_000_000


async def each_report(journal_url: str | None) -> AsyncIterator[Report | JournalError]:
    """Yield the report of every audit, the latest first, judged afresh; in place of one that is damaged, the error."""
    async with journal_at(journal_url) as journal:
        for listed in await journal.runs(ALL_RUNS, audits=True):
            try:
                yield await report_of(await journal.load(listed.id), journal)
            except JournalError as error:
                yield error


async def stored_message(journal_url: str | None, run_id: str, sha256: str | None) -> bytes:
    """Return a message that came back in a run, as it is kept. Raises UsageError or JournalError."""
    async with journal_at(journal_url) as journal:
        async for arrival, _ in journal.stored_arrivals(run_id):
            if hashlib.sha256(arrival.raw).hexdigest() == sha256:
                return arrival.raw
    raise UsageError("the message that came back is no longer in the journal", remedy="--notice text does without it.")
