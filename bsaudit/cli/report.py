"""`bsaudit report`: an earlier run again, in any format."""

from __future__ import annotations

from typing import Any

import click

from bsaudit.cli import options
from bsaudit.cli.asked import Asked
from bsaudit.cli.output import Output
from bsaudit.cli.running import run


@click.command()
@click.argument("run_id", metavar="[RUN]", required=False)
@options.settings(*options.REPORT, *options.JOURNAL)
@click.pass_obj
def command(asked: Asked, /, *, run_id: str | None, **given: Any) -> int:
    """Render RUN again (the first letters of its id will do; default: the latest).

    What came back is read and judged afresh, by what this version knows; nothing is sent and nothing is fetched.
    Exits with the code of the run's verdict.
    """
    from bsaudit.wiring.runs import stored_report  # heavy, and its help is not

    config = options.configured(asked, given)
    output = Output(asked, color=config.values.color, verbose=config.values.verbose)
    report = run(stored_report(config.values.journal, run_id))
    return output.finish(report)
