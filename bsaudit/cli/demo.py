"""`bsaudit demo`: the real audit against the embedded laboratory; needs no network, no rights and no configuration."""

from __future__ import annotations

import click

from bsaudit.cli.asked import Asked
from bsaudit.cli.command import Command
from bsaudit.cli.exit_codes import CLEAN
from bsaudit.cli.format_option import FormatOption, format_help
from bsaudit.cli.output import Output
from bsaudit.cli.running import all_of, run, shown_on_stderr
from bsaudit.config.values import Color
from bsaudit.errors import Interrupted
from bsaudit.model.report import Report, Verdict
from bsaudit.ports import Observer
from bsaudit.report.formats import Document

EXPECTED = {
    "good.test": Verdict.CLEAN,
    "slow.test": Verdict.INCONCLUSIVE,
    "bad.test": Verdict.BACKSCATTER,  # the most telling one last: it stays on the screen
}
# A laboratory answers at once, so little patience is enough; the relay gives up on a deferring target after 2 s.
WAIT_S, GRACE_S, RATE = 8.0, 1.0, 40.0
# Something else than a verdict: the program is not in order if its own laboratory surprises it.
UNEXPECTED = 70
_FORMAT = FormatOption(Document.REPORT)
_FORMATS = f"{format_help(Document.REPORT)} [repeatable]"


@click.command(
    cls=Command,
    examples=("bsaudit demo",),
    exits={0: "each server got the verdict that it should", 70: "one did not"},
)
@click.option("--format", "formats", metavar="FORMAT[=FILE]", multiple=True, type=_FORMAT, help=_FORMATS)
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
@click.pass_obj
def command(asked: Asked, /, *, formats: tuple[str, ...], quiet: bool) -> int:
    """Probe a good, a bad and a slow server of the embedded lab, and print the real report.

    Takes about ten seconds. Exits 0 when each of the three got the verdict that it should.
    """
    asked.formats = formats
    output = Output(asked)
    progress = None if quiet else shown_on_stderr(Color.AUTO)
    try:
        report = run(_audit(output, progress))
    except Interrupted:  # with the demo its journal and its servers are gone: there is nothing to look for later
        raise Interrupted("interrupted") from None
    finally:
        if progress is not None:
            progress.pause()
    output.finish(report)
    return _compare(report)


async def _audit(output: Output, progress: Observer | None) -> Report:
    from bsaudit.lab.laboratory import laboratory  # heavy, and only the work needs it
    from bsaudit.wiring.runs import run_audit

    async with laboratory() as lab:
        settings = lab.settings(*EXPECTED, wait_s=WAIT_S, grace_s=GRACE_S, rate=RATE)
        return await run_audit(settings, all_of([output] if progress is None else [output, progress]))


def _compare(report: Report) -> int:
    """Say on stderr what was expected of each target and what was found."""
    found = {target.target: target.verdict for target in report.targets}
    right = True
    for target, verdict in EXPECTED.items():
        agrees = found.get(target) is verdict
        right = right and agrees
        mark = "as expected" if agrees else f"expected {verdict.value}"
        click.echo(f"{target}: {found[target].value if target in found else 'no verdict'} ({mark})", err=True)
    return CLEAN if right else UNEXPECTED
