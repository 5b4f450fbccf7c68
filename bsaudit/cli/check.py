"""`bsaudit check`: the configured targets, unattended."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import click
from msgspec.structs import replace

from bsaudit.cli import options
from bsaudit.cli.asked import Asked
from bsaudit.cli.command import VERDICT, Command
from bsaudit.cli.exit_codes import BACKSCATTER, SERVICE
from bsaudit.cli.hook import Hook
from bsaudit.cli.known import Known, refuse_known
from bsaudit.cli.listings import with_listings
from bsaudit.cli.output import Output
from bsaudit.cli.running import Progress, all_of, run
from bsaudit.cli.say import say, say_error
from bsaudit.config.batches import Shard, batches, interval_of, log_of, policy_of
from bsaudit.config.convert import Span
from bsaudit.config.layers import Effective
from bsaudit.config.targets import ConfiguredTarget, chosen
from bsaudit.config.targets_from import ONE_A_LINE, Listed, listed
from bsaudit.errors import UsageError
from bsaudit.model.report import ErrorEntry, Report, TargetEntry
from bsaudit.text import clean_line

_DUE = "Only targets that were not checked within their interval."
_FOR = "Begin nothing more after this time; what was begun is ended."
_FAIL_FAST = "End with the first probe that came back: nothing more is sent, to no target, and nothing tried once more."
_SHARD = "Only this part of the targets, always the same: 2/4 is the second of four."


def span(_context: click.Context, _option: click.Parameter, raw: str | None) -> Span | None:
    """Read a duration that has to have a unit."""
    try:
        return None if raw is None else Span.parse(raw)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def shard(_context: click.Context, _option: click.Parameter, raw: str | None) -> Shard:
    """Read "2/4"."""
    if raw is None:
        return Shard()
    number, slash, of = raw.partition("/")
    if not (slash and number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise click.BadParameter('not a part of all: write "2/4" for the second of four')
    return Shard(int(number), int(of))


@click.command(
    cls=Command,
    examples=(
        "bsaudit check --due --quiet --format json=state.json",
        "bsaudit check example.org --format nagios --exit-codes nagios",
        "bsaudit check --fail-fast --baseline known.json",
    ),
    exits=VERDICT,
)
@options.TARGETS
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
    *options.CHECK,
    *options.KNOWN,
    *options.LISTINGS,
    *options.REPORT,
    "save",
    *options.JOURNAL,
    "quiet",
)
@click.option("--due", is_flag=True, help=_DUE)
@click.option("--for", "lasts", metavar="DURATION", callback=span, help=_FOR)
@click.option("--fail-fast", is_flag=True, help=_FAIL_FAST)
@click.option("--shard", metavar="I/N", callback=shard, help=_SHARD)
@click.pass_obj
def command(
    asked: Asked,
    /,
    names: tuple[str, ...],
    *,
    due: bool,
    lasts: Span | None,
    fail_fast: bool,
    shard: Shard,
    **given: Any,
) -> int:
    """Audit the targets of the configuration, each a [[target]] with its name: all of them, or those that are named.

    Nobody is asked anything. A target that cannot be audited, or that nobody allowed, holds up no other. What each run
    shows goes into the target's state ("bsaudit status"), and --on-change is told of a new one.
    """
    config = options.configured(asked, given)
    output = Output(asked, color=config.values.color, verbose=config.values.verbose)
    every, unread = wanted(config)
    named, mine = ([one for one in some if shard.has(one.name)] for some in (chosen(every, names), every))
    from bsaudit.wiring.checks import Check, run_check  # after the usage was checked

    targets = run(_due(named, config)) if due else named
    plan = Check(
        batches=tuple(batches(config, targets, os.environ)),
        watched={target.name: watched(target, config) for target in targets},
        lasts_s=lasts,
        retry_after_s=_retry_after(config, targets, fail_fast=fail_fast),
        ends_early=fail_fast,
    )
    if not targets:
        say("bsaudit: no target is due" if due else "bsaudit: this part has no target")
    if fail_fast:
        refuse_known(config)
    known, progress = Known(config), Progress(config)
    hook = Hook(config.values.on_change)
    try:
        report = run(run_check(plan, config.values.journal, all_of([output, progress]), hook))
    finally:
        progress.pause()
    _tell_of_the_rest(targets, report)
    if asked.nagios:  # a plugin's words are those of the states, also of whose turn it is not
        report = replace(report, targets=(*report.targets, *_standing(named, report, config)))
    report = known.marked(report, states=asked.nagios and bool(report.targets))
    report = with_unread(_beside_others(report, mine, config, known), unread)
    return output.finish(with_listings(report, config))


def _standing(targets: Sequence[ConfiguredTarget], report: Report, config: Effective) -> tuple[TargetEntry, ...]:
    """Return how those of the targets stand that are not in the report, as the journal has it."""
    audited = {entry.target for entry in report.targets}
    others = {target.name: watched(target, config) for target in targets if target.name not in audited}
    if not others:
        return ()
    from bsaudit.wiring.states import stored_states

    return run(stored_states(config.values.journal, others, in_brief=True)).targets


def _beside_others(report: Report, mine: Sequence[ConfiguredTarget], config: Effective, known: Known) -> Report:
    """Return the report with how the others stand: else their gauges were gone, and with them what alerts of them."""
    others = _standing(mine, report, config)
    if not others or report.check is None:
        return report
    told = known.marked(replace(report, targets=others), states=True)
    states = tuple(entry.state for entry in told.targets if entry.state is not None)
    return replace(report, check=replace(report.check, others=states))


def _tell_of_the_rest(targets: Sequence[ConfiguredTarget], report: Report) -> None:
    """Say of which targets the check came to no run: they stand as before, and no line of its own says so."""
    audited = {entry.target for entry in report.targets}
    left = [clean_line(target.name) for target in targets if target.name not in audited]
    if left:
        from bsaudit.report.summary import some_of  # brings rich

        say(f"bsaudit: {len(left)} of {len(targets)} not begun in this check: {some_of(left)}")


def _retry_after(config: Effective, targets: Sequence[ConfiguredTarget], *, fail_fast: bool) -> float:
    """Return when to try once more what was not decided; a pipeline does not wait for that, unless it was asked to."""
    pipeline = config.values.target_queue or any("target_queue" in target.values for target in targets)
    return 0.0 if fail_fast or (pipeline and not config.is_set("retry_after")) else float(config.values.retry_after)


def wanted(config: Effective) -> Listed:
    """Return the targets to look at, of which `status` tells, too. Raises UsageError where there are none."""
    found = Listed(config.targets)
    if config.values.targets_from:
        found = listed(config.values.targets_from, config.targets, say)
    if not found.targets:
        raise UsageError(
            "there is no target to check",
            remedy='Add [[target]] with name = "example.org" to bsaudit.toml, or give --targets-from.',
        )
    return found


def with_unread(report: Report, unread: str) -> Report:
    """Return the report with what was wrong with the list of targets: who stands there was not audited."""
    if not unread:
        return report
    say_error(unread, ONE_A_LINE)
    error = ErrorEntry(where="target", message=unread, remedy=ONE_A_LINE)
    code = report.exit_code if report.exit_code == BACKSCATTER else SERVICE
    return replace(report, errors=(*report.errors, error), exit_code=code)


def watched(target: ConfiguredTarget, config: Effective) -> Any:
    """Return what a check needs to know of a target beside its settings."""
    from bsaudit.wiring.checks import Watched

    log = log_of(target, config)
    return Watched(policy=policy_of(target, config.values), file=target.file, line=target.line, log=log)


async def _due(targets: Sequence[ConfiguredTarget], config: Effective) -> list[ConfiguredTarget]:
    from bsaudit.wiring.states import due

    intervals = {target.name: interval_of(target, config.values) for target in targets}
    named = {target.name: target for target in targets}
    return [named[name] for name in await due(config.values.journal, intervals)]
