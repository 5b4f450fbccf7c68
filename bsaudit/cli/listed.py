"""`bsaudit listed`: is it on a blocklist, and what does that mean."""

from __future__ import annotations

from typing import Any

import click

from bsaudit.cli import options
from bsaudit.cli.asked import Asked
from bsaudit.cli.command import Command
from bsaudit.cli.exit_codes import CLEAN, SERVICE
from bsaudit.cli.output import fitting_sinks, look, put
from bsaudit.cli.running import run
from bsaudit.config.values import Color
from bsaudit.errors import UsageError
from bsaudit.paths import user_path, user_text, why_unread
from bsaudit.report.formats import Document, listed_renderer


@click.command(
    cls=Command,
    examples=(
        "bsaudit listed example.org",
        "bsaudit listed 192.0.2.25 --all",
        "bsaudit listed 192.0.2.25 --zones ips.backscatterer.org,bl.spamcop.net --format json",
    ),
    exits={
        0: "lists were asked, whatever they say",
        2: "nothing that was named exists, or wrong usage",
        4: "no list, or not every name, could be asked",
    },
)
@click.argument("subjects", metavar="HOST|IP|DOMAIN...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Ask every list that lives, not only those that matter.")
@click.option("--zones", metavar="ZONE[,ZONE...]", multiple=True, help="Ask these lists only.")
@click.option("--table", metavar="FILE", type=click.Path(), help="A table of lists in place of the built-in one.")
@click.option("--fresh", is_flag=True, help="Ask again what earlier answers still hold for.")
@options.settings("resolver", "format", *options.JOURNAL, prints=Document.LISTED)
@click.pass_obj
def command(
    asked: Asked,
    /,
    *,
    subjects: tuple[str, ...],
    every: bool,
    zones: tuple[str, ...],
    table: str | None,
    fresh: bool,
    **given: Any,
) -> int:
    """Ask DNS lists about addresses and names: for a domain about each address of its mail exchangers.

    No list is believed before it passed its own test entries; what refuses, fails or lists everybody is no listing.
    A listing is information and no verdict: exits 0 whatever the lists say.
    """
    if not subjects:
        raise UsageError("listed: nothing was named", remedy="Name an IP address, a host or a domain.")
    config = options.configured(asked, given)
    wanted = fitting_sinks(config, Document.LISTED)
    from bsaudit.config.settings import resolver_of
    from bsaudit.standing.table import chosen, own_table, read_table
    from bsaudit.wiring.standing import listed

    known = own_table() if table is None else read_table(_text(table), table)
    names = [zone.strip(" .").lower() for text in zones for zone in text.split(",") if zone.strip(" .")]
    rows, notes = chosen(known, names, every=every)
    report = run(
        listed(
            subjects,
            table=known,
            rows=rows,
            resolver=resolver_of(config.values),
            notes=notes,
            named=bool(names),
            journal_url=config.values.journal,
            fresh=fresh,
        )
    )
    for sink in wanted:
        put(sink, listed_renderer(sink.format)(report, look(sink, Color.NEVER)))
    return SERVICE if report.errors else CLEAN


def _text(table: str) -> str:
    try:
        return user_text(user_path(table).read_bytes())
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--table {table}: {why_unread(error)}") from error
