"""`bsaudit report`: an earlier run again, in any format."""

from __future__ import annotations

from functools import partial
from typing import Any

import click
from msgspec import structs

from bsaudit.cli import completing, options
from bsaudit.cli.asked import Asked
from bsaudit.cli.command import VERDICT, Command
from bsaudit.cli.known import Known
from bsaudit.cli.listings import with_listings
from bsaudit.cli.notice_option import NoticeSink, notice_options, refuse_redacted
from bsaudit.cli.output import Output
from bsaudit.cli.running import run
from bsaudit.cli.say import say
from bsaudit.config.layers import Effective
from bsaudit.errors import UsageError
from bsaudit.judge.compare import changes
from bsaudit.model.report import Report

_DIFF = "Say what is different from this run, an earlier one of the same targets."
_ALL = "Write a page for every run and an index of all their targets: --format html=DIR."


@click.command(
    cls=Command,
    examples=(
        "bsaudit report",
        "bsaudit report 7f3a --format html=report.html",
        "bsaudit report 7f3a --diff 5c2e",
        "bsaudit report 7f3a --notice text=notice.txt --language de",
        "bsaudit report --all --format html=site",
    ),
    exits=VERDICT,
)
@options.RUN
@options.settings(*options.KNOWN, *options.LISTINGS, "resolver", *options.REPORT, *options.JOURNAL)
@click.option("--diff", metavar="OTHER", help=_DIFF, shell_complete=completing.runs)
@click.option("--all", "everything", is_flag=True, help=_ALL)
@notice_options
@click.option("--notice-for", metavar="TARGET", help="Of several guilty targets, the one that the notice is about.")
@click.pass_obj
def command(
    asked: Asked,
    /,
    *,
    run_id: str | None,
    diff: str | None,
    everything: bool,
    notice: NoticeSink | None,
    language: str,
    notice_for: str | None,
    **given: Any,
) -> int:
    """Render RUN again (the first letters of its id will do; default: the latest).

    What came back is read and judged afresh, by what this version knows; nothing is sent, and nothing
    is fetched but what --listings asks for.
    Exits with the code of the run's verdict, or of what is not known already (--baseline, [[accept]]).
    --diff OTHER adds what became of the targets and probes of another run.

    --all --format html=DIR writes a page for each run, and index.html with the state and trend of each target; exits 0.

    --notice writes a mail to the operator of the target instead, and exits 0. It is never sent.
    """
    from bsaudit.wiring.runs import stored_report  # heavy, and its help is not

    config = options.configured(asked, given)
    if everything:
        asked.formats = ()  # a directory: what goes wrong is told in words only
        if run_id or diff or notice:
            raise UsageError("--all is about every run: it goes without RUN, --diff and --notice")
        return _site(asked, config)
    if notice is not None:
        refuse_redacted(redact=config.values.redact)
        return _notify(config, run_id, notice, language, notice_for)
    if notice_for is not None:
        raise UsageError("--notice-for says whom a notice is about", remedy="Add --notice text.")
    output = Output(asked, color=config.values.color, verbose=config.values.verbose)
    known = Known(config)
    report = run(stored_report(config.values.journal, run_id))
    if diff is not None:
        report = _compared(report, run(stored_report(config.values.journal, diff)))
    return output.finish(with_listings(known.marked(report), config))


def _site(asked: Asked, config: Effective) -> int:
    """Write the pages of all runs. Raises UsageError for another format than a directory of pages."""
    from bsaudit.cli.site import directory, write_all

    into = directory(config.values.format)
    return run(write_all(config.values.journal, into, asked.redacted, asked.docs))


def _notify(config: Effective, run_id: str | None, sink: NoticeSink, language: str, target: str | None) -> int:
    """Write a notice about a target of a run. Raises UsageError where there is none to write."""
    from bsaudit.cli.notice import written  # brings the languages
    from bsaudit.judge.grounds import grounds_of, notifiable
    from bsaudit.wiring.runs import stored_message, stored_report

    journal = config.values.journal
    report = run(stored_report(journal, run_id))
    guilty = [one.target for one in notifiable(report)]
    if target is None and len(guilty) > 1:
        raise UsageError(
            f"several targets sent backscatter: {', '.join(guilty)}", remedy="Choose: --notice-for TARGET."
        )
    name = target or next(iter(guilty), None) or next((one.target for one in report.targets), None)
    chosen = next((one for one in report.targets if one.target == name), None)
    if chosen is None or report.run is None:
        raise UsageError(f"--notice-for {name}: the run has no such target")
    grounds = grounds_of(chosen, report)
    run_id = report.run.id
    raw = partial(stored_message, journal, run_id, grounds.notice.sha256)
    return written(grounds, sink, language, lambda: run(raw()), options.docs_of(config))


def _compared(report: Report, earlier: Report) -> Report:
    """Return a report that says what became of an earlier one. Raises UsageError for a run beside itself."""
    if report.run is None or earlier.run is None or report.run.id == earlier.run.id:
        raise UsageError("--diff names the run itself", remedy='"bsaudit runs" lists the others.')
    found = changes(report, earlier)
    if not found:
        say(f"bsaudit: nothing is different from run {earlier.run.id}")
    return structs.replace(report, changes=found)
