"""`bsaudit lab`: the embedded laboratory in the foreground, to aim probes at."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bsaudit.cli.command import DONE, Command
from bsaudit.cli.exit_codes import CLEAN
from bsaudit.cli.running import run
from bsaudit.errors import UsageError

if TYPE_CHECKING:
    from bsaudit.lab.laboratory import Lab
    from bsaudit.lab.relay import RelayHabits

CONFIG = """\
# Aims bsaudit at the embedded laboratory that `bsaudit lab` runs; the ports change with every start.
# The laboratory's targets allow this audit themselves, by TXT records at _bsaudit.TARGET.
relay = "{relay}"
relay_password_command = "echo {password}"
relay_permission = "{permission}"
catch = "{catch}"
catch_address = ["{address}"]
resolver = "{resolver}"
port = {port}  # of the direct route: --route direct
wait = "{wait}"
grace = "{grace}"
rate = {rate}

# The laboratory is nobody else's: haste harms none of its hosts.
[[host]]
match = "{network}"
authorized_by = "the laboratory, for itself"
rate = "10000/s"
budget = 1000000
refused = 1000000
connections = 100
"""
# Servers on loopback answer at once, and nobody is harmed by haste.
WAIT, GRACE, RATE = "10s", "2s", 20
PERMISSION = "it is the relay of the lab"


@click.command(
    cls=Command,
    examples=("bsaudit lab",),
    exits=DONE,
)
@click.option("--config", "path", type=click.Path(dir_okay=False, path_type=Path), help="Write a bsaudit.toml for it.")
@click.option("--no-dsn", is_flag=True, help="The relay offers no delivery status notifications (RFC 3461).")
@click.option("--rewrite", is_flag=True, help="The relay rewrites the reverse-path (SRS) and passes bounces back.")
@click.option("--keep-bounces", is_flag=True, help="The relay rewrites the reverse-path and keeps the bounces.")
@click.option("--filter", "filters", is_flag=True, help="The relay's own filter refuses GTUBE.")
def command(path: Path | None, *, no_dsn: bool, rewrite: bool, keep_bounces: bool, filters: bool) -> int:
    """Run the embedded lab until Ctrl-C: DNS, a relay and a target of every behaviour, all on loopback.

    Prints commands that aim a probe at it.
    """
    from bsaudit.lab.relay import RelayHabits  # the lab is heavy, its help is not

    habits = RelayHabits(
        offers_dsn=not no_dsn,
        rewrites_reverse_path=rewrite or keep_bounces,
        keeps_bounces=keep_bounces,
        filters_gtube=filters,
    )
    try:
        run(_serve(path, habits))
    except KeyboardInterrupt:
        click.echo("\nThe laboratory is closed.", err=True)
    return CLEAN


async def _serve(path: Path | None, habits: RelayHabits) -> None:
    from bsaudit.lab.laboratory import laboratory

    async with laboratory(habits) as lab:
        if path is not None:
            _write(path, CONFIG.format_map(_values(lab)))
        for line in _lines(lab, path):
            click.echo(line)
        click.echo("Ctrl-C ends the laboratory.", err=True)
        await asyncio.Event().wait()


def _values(lab: Lab) -> dict[str, object]:
    from bsaudit.lab.laboratory import AGREEMENT, CATCH_ADDRESS
    from bsaudit.lab.relay import Relay

    return {
        "relay": f"smtp://{Relay.user}@{lab.relay[0]}:{lab.relay[1]}?tls=none",
        "password": Relay.password,
        "permission": PERMISSION,
        "catch": f"sink://{lab.catch}:{lab.mx_port}?public={lab.catch}:{lab.mx_port}",
        "address": CATCH_ADDRESS,
        "resolver": f"{lab.resolver[0]}:{lab.resolver[1]}",
        "port": lab.mx_port,
        "wait": WAIT,
        "grace": GRACE,
        "rate": RATE,
        "network": AGREEMENT.match,
    }


def _lines(lab: Lab, path: Path | None) -> Iterator[str]:
    """Say what there is, and how to aim a probe at it by each route."""
    from bsaudit.lab.laboratory import domain
    from bsaudit.lab.targets import Behaviours

    yield "The targets:\n"
    for label, site in Behaviours.TABLE.items():
        yield f"  {domain(label):16} {site.about}"
    yield "\nAim a probe at one of them, in another terminal:\n"
    for words in _probes(path, _values(lab)):
        yield f"  {words}\n"


def _probes(path: Path | None, values: dict[str, object]) -> Iterator[str]:
    """Return the commands that aim a probe: with the file if there is one, else with every option spelled out."""
    if path is not None:
        plain = f"bsaudit probe good.test --config {shlex.quote(str(path))}"
        yield from (plain, f"{plain} --route direct")
        return
    shared = ("catch", "catch-address", "resolver", "wait", "grace", "rate")
    named = values | {"catch-address": values["address"], "relay-permission": PERMISSION}
    yield _command(
        f"BSAUDIT_RELAY_PASSWORD={values['password']} bsaudit", ("relay", "relay-permission", *shared), named
    )
    yield _command("bsaudit", ("port", *shared), named, "--route direct")


def _command(program: str, names: tuple[str, ...], values: dict[str, object], *more: str) -> str:
    options = [f"--{name} {shlex.quote(str(values[name]))}" for name in names]
    return " \\\n    ".join([f"{program} probe good.test", *more, *options])


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
