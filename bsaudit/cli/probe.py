"""`bsaudit probe`: the main command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from bsaudit.cli import completing, options
from bsaudit.cli.asked import Asked
from bsaudit.cli.command import VERDICT, Command
from bsaudit.cli.exit_codes import CLEAN
from bsaudit.cli.known import Known, refuse_known
from bsaudit.cli.listings import with_listings
from bsaudit.cli.output import Output
from bsaudit.cli.running import Progress, all_of, run
from bsaudit.cli.say import say
from bsaudit.config.batches import for_probe
from bsaudit.config.settings import audit_settings
from bsaudit.errors import UsageError
from bsaudit.model.settings import AuditSettings, CatchKind
from bsaudit.ports import Observer
from bsaudit.probe.catalogue import CATALOGUE, ProbeKind, Shape
from bsaudit.text import clean_line

_AGAIN = (
    "Repeat what an earlier run did, from its journal: its targets, way, catch, recipients, permission. Options given "
    "beside it go before; passwords and commands come from where they always come from."
)

_FAIL_FAST = "End with the first probe that came back; what is planned is not sent. Late answers: bsaudit collect."


@click.command(
    cls=Command,
    examples=(
        "bsaudit probe example.org",
        "bsaudit probe example.org --route direct --catch sink://0.0.0.0:25 --catch-address probe@catch.example.net",
        'bsaudit probe example.org --valid-recipient postmaster@example.org --authorized-by "A. Admin, its postmaster"',
        "bsaudit probe example.org --dry-run --verbose",
        "bsaudit probe --again 7f3a",
    ),
    exits=VERDICT,
)
@click.argument("targets", metavar="TARGET...", nargs=-1)
@options.settings(
    *options.ROUTE,
    *options.CATCH,
    *options.VOUCHED,
    *options.RECIPIENTS,
    *options.WITNESSES,
    *options.PLAN,
    *options.WAITING,
    *options.PERMISSION,
    *options.NETWORK,
    *options.KNOWN,
    *options.LISTINGS,
    *options.REPORT,
    "save",
    *options.JOURNAL,
    "quiet",
)
@click.option("--again", metavar="RUN", help=_AGAIN, shell_complete=completing.runs)
@click.option("--fail-fast", is_flag=True, help=_FAIL_FAST)
@click.option("--dry-run", is_flag=True, help="Print the plan, with --verbose every message, and send nothing.")
@click.option("--list-kinds", is_flag=True, help="Print the kinds of probes and exit.")
@click.pass_obj
def command(
    asked: Asked,
    /,
    targets: tuple[str, ...],
    *,
    again: str | None,
    fail_fast: bool,
    dry_run: bool,
    list_kinds: bool,
    **given: Any,
) -> int:
    """Audit each TARGET, a mail domain or one address in it: send probes, watch, report.

    What a [[target]] table of the configuration says of one that is named holds, as for "bsaudit check".

    Nothing is sent to a target before somebody has allowed it: with --authorized-by, by a TXT record at
    _bsaudit.TARGET, or by a yes on the terminal.
    """
    if list_kinds:
        return _list_kinds()
    config = options.configured(asked, given)
    if again is not None:
        from bsaudit.cli import again as earlier  # loads the journal

        config, targets = earlier.repeated(again, asked, given, config, targets)
    if not targets:
        raise UsageError("no target", remedy="Name a mail domain: bsaudit probe example.org")
    if again is None and config.targets:
        config = for_probe(config, targets)
    if dry_run:
        from bsaudit.cli import preview  # loads the resolver and the journal

        return preview.show(config, targets)
    output = Output(asked, color=config.values.color, verbose=config.values.verbose)
    settings = audit_settings(config, targets, os.environ)
    _note_missing(settings)
    from bsaudit.wiring.fail_fast import FailFast  # after the usage was checked
    from bsaudit.wiring.runs import run_audit

    known, progress, first = Known(config), Progress(config), FailFast()
    if fail_fast:
        refuse_known(config)
    watching: list[Observer] = [output, progress, first] if fail_fast else [output, progress]
    try:
        report = run(first.until_proven(run_audit(settings, all_of(watching), confirm=progress.confirm)))
    finally:
        progress.pause()
    return output.finish(with_listings(known.marked(report), config))


def _note_missing(settings: AuditSettings) -> None:
    """Say at once what may be a slip: a spool appears with its first mail, and a wrong path never does."""
    catch = settings.catch
    if catch is not None and catch.kind is CatchKind.MBOX and catch.path and not Path(catch.path).exists():
        say(f"bsaudit: {clean_line(catch.path)} (--catch) is not there yet: the first message has to create it")


def _list_kinds() -> int:
    for row in CATALOGUE:
        for line in _described(row):
            click.echo(line)
    click.echo("\nIn brackets: on request, --probe KIND:SHAPE or KIND:all. *: test content, needs --relay-permission.")
    return CLEAN


def _described(row: ProbeKind) -> Iterator[str]:
    yield row.kind if row.default else f"{row.kind}  (on request)"
    yield f"  {row.purpose}"
    shapes = f"shapes: {', '.join(map(_shape, row.shapes))}" if row.shapes else "not asked for, but followed up"
    yield f"  {shapes}; routes: {', '.join(sorted(row.routes))}"
    yield f"  proves: {row.proves}"
    if row.needs:
        yield f"  needs: {row.needs}"


def _shape(shape: Shape) -> str:
    name = f"{shape.name}*" if shape.content.needs_consent else shape.name
    return name if shape.default else f"[{name}]"
