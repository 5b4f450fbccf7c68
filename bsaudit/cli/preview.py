"""`bsaudit probe --dry-run`: the plan, with --verbose the exact envelopes and messages, and nothing sent."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import click

from bsaudit.adapters.clock import SystemClock
from bsaudit.adapters.smtp_transaction import mail_command, rcpt_command
from bsaudit.audit import Composed, Preview, dry_run
from bsaudit.cli.exit_codes import CLEAN
from bsaudit.cli.running import run
from bsaudit.config.layers import Effective
from bsaudit.config.settings import audit_settings
from bsaudit.errors import UsageError
from bsaudit.model.settings import AuditSettings
from bsaudit.probe.catalogue import content_of
from bsaudit.probe.content import Tries
from bsaudit.probe.rule import dropped_fields
from bsaudit.report.plan import plan_lines
from bsaudit.text import amount, clean_block, clean_line
from bsaudit.wiring.tools import resolver_at


class _Generous:
    """A server that offers whatever a probe can make use of."""

    def __init__(self) -> None:
        self.extensions = dict.fromkeys(("size", "8bitmime", "smtputf8", "dsn"), "")


_GENEROUS = _Generous()


def show(config: Effective, targets: Sequence[str]) -> int:
    """Print the plan. No relay, no catch mailbox and no password is needed for it."""
    if config.values.format != ("text",):
        raise UsageError("--dry-run prints text only", remedy="Leave --format out.")
    settings = audit_settings(config, targets, os.environ, needs=("catch_address",))
    plan = run(_plan(settings))
    for line in _lines(plan):
        click.echo(line)
    if config.values.verbose:
        for line in _messages(plan, settings.rules):
            click.echo(line)
    else:
        click.echo('# "--verbose" prints every message.')
    return CLEAN


async def _plan(settings: AuditSettings) -> Preview:
    async with resolver_at(settings.resolver) as resolver:
        return await dry_run(settings, resolver=resolver, clock=SystemClock())


def _lines(plan: Preview) -> Iterator[str]:
    for target in plan.targets:
        hosts = ", ".join(exchanger.host for exchanger in target.mail_exchangers)
        yield clean_line(f"# {target.target}: {target.error.message if target.error else hosts}")
        if target.left_out:
            yield clean_line(f"#   left out, more messages than --max-probes allows: {', '.join(target.left_out)}")
        yield from (clean_line(f"#   planned out: {text}") for text in target.planned_out)
        if target.content:
            yield clean_line(f"#   recipients only: {target.content.target} shows the content at the same hosts")
        if target.not_asked:
            yield clean_line(f"#   so that nothing is sent to {', '.join(target.not_asked)}")
    if plan.left_out:
        yield f"# left out, the relay's owner has not agreed (--relay-permission): {', '.join(plan.left_out)}"
    own = sum(composed.probe.target is None for composed in plan.messages)
    messages = amount(len(plan.messages), "message")
    yield f"# {messages}, tagged {plan.tagging}; none is sent. Tokens are new in every run."
    yield f"# {own} of them go to our own side, before and after the others: does mail come through, and come back?"
    yield from plan_lines(composed.probe for composed in plan.messages if composed.probe.target is not None)
    yield "# A first bounce is asked for once more without NOTIFY, and (with a second catch address) unauthenticated."


def _messages(plan: Preview, rules: Sequence[str]) -> Iterator[str]:
    """Return every message as it would go over the wire."""
    yield f"# Parameters as for a server that offers {', '.join(map(str.upper, _GENEROUS.extensions))}; else without."
    for composed in plan.messages:
        yield from _message(composed, rules)


def _message(composed: Composed, rules: Sequence[str]) -> Iterator[str]:
    """Return one message as it would go over the wire, line ends apart."""
    probe = composed.probe
    where = f" to {probe.mail_exchanger} [{probe.address}]:{probe.port}" if probe.mail_exchanger else ""
    yield ""
    yield clean_line(f"# {probe.id} {probe.control or probe.kind} ({probe.shape or probe.content}){where}")
    if probe.rule is not None and (dropped := dropped_fields(rules[probe.rule])):
        yield clean_line(f"# left out of the rule, they name others or keep servers silent: {', '.join(dropped)}")
    if content_of(probe).tries is Tries.SIZE:
        yield "# padded until it is larger than the SIZE that the server announces"
    yield clean_line(mail_command(_GENEROUS, probe, composed.message))
    yield from (clean_line(rcpt_command(_GENEROUS, probe, recipient.address)) for recipient in probe.recipients)
    if probe.rcpt_only:
        yield "QUIT"
        return
    yield "DATA"
    # A rule's file may come from anywhere; nothing in it speaks to the terminal.
    yield clean_block(composed.message, limit=len(composed.message)).rstrip("\n")
    yield "."
