"""`bsaudit permission`: what to publish, and how to ask for it."""

from __future__ import annotations

from typing import Any

import click

from bsaudit.cli import options
from bsaudit.cli.asked import Asked
from bsaudit.cli.command import DONE, Command
from bsaudit.cli.exit_codes import CLEAN
from bsaudit.errors import UsageError
from bsaudit.model.domain import ascii_address
from bsaudit.probe.addressing import domain_of_target
from bsaudit.probe.permission import record_name, record_text, request_mail
from bsaudit.probe.spelling import is_address
from bsaudit.probe.tagging import domain_of


@click.command(
    cls=Command,
    examples=("bsaudit permission example.org",),
    exits=DONE,
)
@click.argument("domain")
@options.settings("catch_address", "contact")
@click.pass_obj
def command(asked: Asked, /, *, domain: str, **given: Any) -> int:
    """Print the TXT record by which the owner of DOMAIN allows audits, and a mail that asks for it.

    Sends nothing, and asks no DNS.
    """
    values = options.configured(asked, given).values
    catch = next(map(ascii_address, values.catch_address), None)
    if catch is None or not is_address(catch):
        raise UsageError("no catch address given", remedy="Name the one of your audits: --catch-address ADDR.")
    name = domain_of_target(domain)
    if name.startswith("["):
        raise UsageError(f"{name} is an address: it has no TXT record", remedy="Its owner's word is --authorized-by.")
    click.echo(f'{record_name(name)}.  IN TXT  "{record_text(domain_of(catch))}"\n')
    click.echo(request_mail(name, domain_of(catch), values.contact or catch), nl=False)
    return CLEAN
