"""`bsaudit collect`: look again for late answers. Never sends."""

from __future__ import annotations

import os
from typing import Any

import click
from msgspec import structs

from bsaudit.audit import Collected, collect
from bsaudit.cli import options
from bsaudit.cli.asked import Asked
from bsaudit.cli.output import Output
from bsaudit.cli.running import run
from bsaudit.cli.wiring import parts
from bsaudit.config.settings import audit_settings
from bsaudit.model.report import ChangeEntry
from bsaudit.model.settings import AuditSettings


@click.command()
@click.argument("run_id", metavar="[RUN]", required=False)
@options.settings(*options.CATCH, "ca_file", "insecure", *options.REPORT, "save", *options.JOURNAL, "quiet")
@click.pass_obj
def command(asked: Asked, /, run_id: str | None, **given: Any) -> int:
    """Read what has come back since for RUN (an id or the beginning of one; default: the latest run).

    Nothing is sent. The report says what the late answers changed.
    """
    config = options.configured(asked, given)
    output = Output(asked, color=config.values.color, verbose=config.values.verbose)
    settings = audit_settings(config, (), os.environ, needs=("catch",))
    collected = run(_collect(run_id, settings))
    if not config.values.quiet:
        click.echo(f"{collected.arrivals} new message{'s' * (collected.arrivals != 1)}", err=True)
    changes = tuple(
        ChangeEntry(what=change.what, before=change.before, after=change.after) for change in collected.changes
    )
    report = structs.replace(collected.report, changes=changes)
    output.finish(report)
    return report.exit_code


async def _collect(run_id: str | None, settings: AuditSettings) -> Collected:
    async with parts(settings) as built:
        return await collect(run_id, mailbox=built.mailbox, journal=built.journal, clock=built.clock, save=built.save)
