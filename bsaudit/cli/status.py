"""`bsaudit status`: how the targets stand, by the last checks. Never sends, and judges nothing."""

from __future__ import annotations

import gc
from typing import Any

import click

from bsaudit.cli import options
from bsaudit.cli.asked import Asked
from bsaudit.cli.check import wanted, watched, with_unread
from bsaudit.cli.command import DONE, Command
from bsaudit.cli.known import Known
from bsaudit.cli.output import Output
from bsaudit.cli.running import run
from bsaudit.config.batches import policy_of
from bsaudit.config.layers import Effective
from bsaudit.config.targets import ConfiguredTarget, chosen
from bsaudit.config.targets_from import Listed
from bsaudit.errors import UsageError
from bsaudit.model.report import Report
from bsaudit.probe.addressing import canonical

# These show nothing of an entry but what is kept of it in brief.
_BRIEF = frozenset({"text", "nagios", "openmetrics"})
_OWN_SIDE = "Tell of our own side alone, as the last check saw it, and whether one was made lately."


@click.command(
    cls=Command,
    examples=(
        "bsaudit status",
        "bsaudit status example.org --format json",
        "bsaudit status --own-side --format nagios --exit-codes nagios",
    ),
    exits={
        0: "every target is clean",
        1: "a target is backscatter",
        2: DONE[2],
        3: "a target is undecided",
        4: "our own side failed, or a target could not be audited",
    },
)
@options.TARGETS
@options.settings("max_age", "targets_from", *options.KNOWN, *options.REPORT, *options.JOURNAL)
@click.option("--own-side", is_flag=True, help=_OWN_SIDE)
@click.pass_obj
def command(asked: Asked, /, names: tuple[str, ...], *, own_side: bool, **given: Any) -> int:
    """Print how the targets stand that "bsaudit check" looked at: all that are configured, or those that are named.

    Read from the journal as the runs left it, in milliseconds: nothing is sent, and nothing judged. Exits by the worst
    state: 1 backscatter, 4 our own side failed or a target could not be audited, 3 undecided, 0 clean. --own-side is a
    service of its own for a monitoring system: 4 where it failed, or where no check was made for --max-age.
    """
    config = options.configured(asked, given)
    output = Output(asked, color=config.values.color, verbose=config.values.verbose)
    gc.disable()  # what is read stays to the end; to look through a million objects again and again took half the time
    try:
        return output.finish(_stored(config, names, own_side=own_side))
    finally:
        gc.enable()


def _stored(config: Effective, names: tuple[str, ...], *, own_side: bool) -> Report:
    """Return what is to be told. Raises UsageError where nothing was checked yet."""
    from bsaudit.wiring.states import of_own_side, stored_states

    named = config.targets or config.values.targets_from  # else all that were ever checked
    every, unread = wanted(config) if named and not own_side else Listed(())
    targets = chosen(every, names) if every else _named(names)
    known = {target.name: watched(target, config) for target in targets}
    max_age = config.values.max_age if config.sources["max_age"] == "--max-age" else None
    names_only = {form.partition("=")[0] for form in config.values.format} <= _BRIEF and not config.values.verbose
    report = run(stored_states(config.values.journal, known, max_age, in_brief=names_only or own_side))
    if own_side:
        return of_own_side(report, max_age or policy_of(_OURSELVES, config.values).max_age_s)
    if not report.targets:
        raise UsageError("no target was checked yet", remedy='"bsaudit check" does it.')
    return with_unread(Known(config).marked(report, states=True), unread)


_OURSELVES = ConfiguredTarget(name="our own side")


def _named(names: tuple[str, ...]) -> list[ConfiguredTarget]:
    return [ConfiguredTarget(name=name) for name in dict.fromkeys(map(canonical, names))]
