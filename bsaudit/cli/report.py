"""`bsaudit report`: an earlier run again, in any format."""

from __future__ import annotations

from typing import Any

import click
from msgspec import structs

from bsaudit.cli import options
from bsaudit.cli.asked import Asked
from bsaudit.cli.output import Output
from bsaudit.cli.running import run
from bsaudit.cli.say import say
from bsaudit.errors import UsageError
from bsaudit.judge.compare import changes
from bsaudit.model.report import Report


@click.command()
@click.argument("run_id", metavar="[RUN]", required=False)
@options.settings(*options.REPORT, *options.JOURNAL)
@click.option(
    "--diff", metavar="OTHER", help="Say what is different from this run, an earlier one of the same targets."
)
@click.pass_obj
def command(asked: Asked, /, *, run_id: str | None, diff: str | None, **given: Any) -> int:
    """Render RUN again (the first letters of its id will do; default: the latest).

    What came back is read and judged afresh, by what this version knows; nothing is sent and nothing is fetched.
    Exits with the code of the run's verdict. --diff OTHER adds what became of the targets and probes of another run.
    """
    from bsaudit.wiring.runs import stored_report  # heavy, and its help is not

    config = options.configured(asked, given)
    output = Output(asked, color=config.values.color, verbose=config.values.verbose)
    report = run(stored_report(config.values.journal, run_id))
    if diff is not None:
        report = _compared(report, run(stored_report(config.values.journal, diff)))
    return output.finish(report)


def _compared(report: Report, earlier: Report) -> Report:
    """Return a report that says what became of an earlier one. Raises UsageError for a run beside itself."""
    if report.run is None or earlier.run is None or report.run.id == earlier.run.id:
        raise UsageError("--diff names the run itself", remedy='"bsaudit runs" lists the others.')
    found = changes(report, earlier)
    if not found:
        say(f"bsaudit: nothing is different from run {earlier.run.id}")
    return structs.replace(report, changes=found)
