"""`bsaudit defend`: what keeps others' backscatter out of one's own server."""

from __future__ import annotations

from typing import Any

import click

from bsaudit.cli import options
from bsaudit.cli.asked import Asked
from bsaudit.cli.command import DONE, Command
from bsaudit.cli.exit_codes import CLEAN, SERVICE
from bsaudit.cli.running import run
from bsaudit.defence.guide import ZONE, guides, told
from bsaudit.errors import UsageError
from bsaudit.probe.spelling import is_domain


@click.command(
    cls=Command,
    examples=(
        "bsaudit defend postfix",
        "bsaudit defend spamassassin --relay-host mail.example.org",
        "bsaudit defend --domain example.org",
    ),
    exits=DONE | {4: "DNS failed"},
)
@click.argument("server", type=click.Choice(tuple(guides())), required=False)
@click.option("--zone", metavar="ZONE", default=ZONE, show_default=True, help="The list that is asked.")
@click.option("--relay-host", "relays", metavar="HOST", multiple=True, help="By which host your own mail leaves.")
@click.option("--domain", metavar="DOMAIN", help="Look at this domain's own door: SPF, DMARC, null MX.")
@options.settings("resolver")
@click.pass_obj
def command(
    asked: Asked, /, *, server: str | None, zone: str, relays: tuple[str, ...], domain: str | None, **given: Any
) -> int:
    """Print what a victim of backscatter puts into SERVER. Changes nothing.

    Only null senders and postmasters of hosts that are listed for backscatter are refused, marked or filed: anything
    more would lose the bounces of your own mail. With --domain: what the domain publishes against forged senders, and
    what it should.
    """
    if server is None and domain is None:
        raise UsageError(
            "defend: nothing was named", remedy=f"Name a server ({', '.join(guides())}) or --domain DOMAIN."
        )
    for name in (zone, *relays, *([domain] if domain else ())):
        if not is_domain(name):
            raise UsageError(f"{name!r} is no host or domain name")
    if server is not None:
        click.echo("\n".join(told(server, zone=zone, relays=relays)))
    if domain is None:
        return CLEAN
    config = options.configured(asked, given)
    from bsaudit.config.settings import resolver_of
    from bsaudit.wiring.door import own_door

    door = run(own_door(domain, resolver_of(config.values)))
    click.echo("\n".join([*([""] if server else []), *door.told()]))
    return SERVICE if door.errors else CLEAN
