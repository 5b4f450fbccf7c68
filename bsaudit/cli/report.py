"""`bsaudit report`: an earlier run again, in any format."""

from __future__ import annotations

from typing import Any

import click

from bsaudit.cli import options
from bsaudit.cli.asked import Asked
from bsaudit.cli.output import Output
from bsaudit.cli.running import run
from bsaudit.model.report import Report


@click.command()
@click.argument("run_id", metavar="[RUN]", required=False)
@options.settings(*options.REPORT, *options.JOURNAL)
@click.pass_obj
def command(asked: Asked, /, *, run_id: str | None, **given: Any) -> int:
    """Render RUN again (the first letters of its id will do; default: the latest).

    What came back is read and judged afresh, by what this version knows; nothing is sent and nothing is fetched.
    Exits with the code of the run's verdict.
    """
    config = options.configured(asked, given)
    output = Output(asked, color=config.values.color, verbose=config.values.verbose)
    report = run(_report(config.values.journal, run_id))
    output.finish(report)
    return report.exit_code


async def _report(journal_url: str | None, run_id: str | None) -> Report:
    from bsaudit.adapters.clock import SystemClock  # noqa: PLC0415 — after the usage was checked
    from bsaudit.adapters.journal import open_journal  # noqa: PLC0415
    from bsaudit.audit import rebuild  # noqa: PLC0415

    journal = open_journal(journal_url)
    try:
        record = await journal.load(run_id)
        return await rebuild(record, journal.stored_arrivals(record.id), SystemClock().now())
    finally:
        await journal.close()
