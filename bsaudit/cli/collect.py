"""`bsaudit collect`: look again for late answers. Never sends."""

from __future__ import annotations

import os
from typing import Any

import click
from msgspec import structs

from bsaudit.audit import Collected, collect
from bsaudit.cli import options
from bsaudit.cli.asked import Asked
from bsaudit.cli.command import VERDICT, Command
from bsaudit.cli.listings import with_listings
from bsaudit.cli.output import Output
from bsaudit.cli.running import run
from bsaudit.cli.say import say
from bsaudit.config.layers import Effective
from bsaudit.config.settings import audit_settings, recorded_catch
from bsaudit.durations import duration
from bsaudit.model.report import ChangeEntry
from bsaudit.model.run import RunRecord, RunState
from bsaudit.model.settings import AuditSettings, CatchKind
from bsaudit.text import clean_line
from bsaudit.wiring.runs import has_sent, open_run, stored_run
from bsaudit.wiring.tools import tools_for

NAMED = 3  # targets of the run, where nobody named it
_WAIT = "Wait for late answers so long [default: sink:// as long as a run, a mailbox not at all]"


@click.command(
    cls=Command,
    examples=(
        "bsaudit collect",
        "bsaudit collect 7f3a --format json",
    ),
    exits=VERDICT,
)
@options.RUN
@options.settings(
    *options.CATCH, *options.NETWORK, *options.LISTINGS, *options.REPORT, "save", *options.JOURNAL, "quiet"
)
@click.option("--wait", metavar="DURATION", callback=options.duration, help=_WAIT)
@click.pass_obj
def command(asked: Asked, /, run_id: str | None, *, wait: float | None, **given: Any) -> int:
    """Read what has come back since for RUN (an id or the beginning of one; default: the latest with something open).

    Where nothing is open it is the latest that sent anything; stderr says which. The run's own catch mailbox is looked
    at once, if --catch names no other. With sink:// it listens for a while: late answers come when their senders try
    again. Nothing is sent. The report says what the late answers changed.
    """
    config = options.configured(asked, given)
    output = Output(asked, color=config.values.color, verbose=config.values.verbose)
    collected = run(_collect(run_id, config, wait))
    if not config.values.quiet:
        say(f"{collected.arrivals} new message{'s' * (collected.arrivals != 1)}")
    changes = tuple(
        ChangeEntry(what=change.what, before=change.before, after=change.after) for change in collected.changes
    )
    report = structs.replace(collected.report, changes=changes)
    return output.finish(with_listings(report, config))


def _wait_s(settings: AuditSettings, recorded: RunRecord, config: Effective) -> float:
    """Return how long to wait where nobody said: our own catch MX hears nothing before it listens."""
    if settings.catch is None or settings.catch.kind is not CatchKind.SINK:
        return 0.0
    limits = recorded.settings.limits
    return settings.wait_s if config.is_set("wait") or limits is None else limits.wait_s


async def _collect(run_id: str | None, config: Effective, wait: float | None) -> Collected:
    recorded = await (stored_run(config.values.journal, run_id) if run_id else open_run(config.values.journal))
    if run_id is None and not config.values.quiet:
        say(_which(recorded))
    settings = _settings(config, recorded)
    assert settings.catch is not None
    watched = recorded.settings.catch in (None, settings.catch.place)
    wait_s = _wait_s(settings, recorded, config) if wait is None else wait
    async with tools_for(settings) as tools:
        if not config.values.quiet and recorded.state is not RunState.RUNNING:
            _tell(wait_s, watched=watched)
        return await collect(
            recorded.id,
            mailbox=tools.mailbox,
            journal=tools.journal,
            clock=tools.clock,
            save=tools.save,
            peers=tools.peers,
            wait_s=wait_s,
            watched=watched,
        )


def _which(recorded: RunRecord) -> str:
    """Say which run is looked at, where nobody named one."""
    names = [clean_line(target.target) for target in recorded.targets]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    nothing = "" if has_sent(recorded) else "; it sent nothing to any of them, as none did of late"
    return f"run {recorded.id} of {recorded.started_at:%Y-%m-%d %H:%M} UTC: {', '.join(names[:NAMED])}{more}{nothing}"


def _tell(wait_s: float, *, watched: bool) -> None:
    if not watched:
        say("this is not the mailbox that the run watched: what it holds counts, its silence does not")
    if wait_s:
        say(f"waiting {duration(wait_s)} for late answers; Ctrl-C ends it, and what came is kept")


def _settings(config: Effective, recorded: RunRecord) -> AuditSettings:
    """Return the settings, with the run's own mailbox and addresses where nobody named others."""
    place = None if config.values.catch else recorded.settings.catch
    settings = audit_settings(config, (), os.environ, needs=() if place else ("catch",))
    if place:
        settings = structs.replace(settings, catch=recorded_catch(place, config, os.environ))
    if settings.catch_addresses:
        return settings
    # The built-in catch MX takes mail for no others than the run used.
    addresses = tuple(filter(None, (recorded.catch_address, recorded.second_address)))
    return structs.replace(settings, catch_addresses=addresses)
