"""`bsaudit lab`: the embedded laboratory in the foreground, to aim probes at."""

from __future__ import annotations

import asyncio
import shlex
from pathlib import Path

import click

from bsaudit.cli.exit_codes import CLEAN
from bsaudit.cli.running import run
from bsaudit.errors import UsageError

CONFIG = """\
# Aims bsaudit at the embedded laboratory that `bsaudit lab` runs; the ports change with every start.
relay = "smtp://lab@{relay}:{port}?tls=none"
relay_password_command = "echo lab"
catch = "sink://{catch}:{port}"
catch_address = ["{address}"]
resolver = "{dns}:{dns_port}"
port = {port}
authorized_by = "the laboratory, for itself"
relay_permission = "the laboratory's own relay"
wait = "10s"
grace = "2s"
rate = 20
"""


@click.command()
@click.option("--config", "path", type=click.Path(dir_okay=False, path_type=Path), help="Write a bsaudit.toml for it.")
@click.option("--no-dsn", is_flag=True, help="The relay offers no delivery status notifications (RFC 3461).")
@click.option("--rewrite", is_flag=True, help="The relay rewrites the reverse-path (SRS).")
@click.option("--filter", "filters", is_flag=True, help="The relay's own filter refuses GTUBE.")
def command(path: Path | None, *, no_dsn: bool, rewrite: bool, filters: bool) -> int:
    """Run the embedded lab until Ctrl-C: DNS, a relay and a target of every behaviour, all on loopback.

    Prints a command that aims a probe at it.
    """
    try:
        run(_serve(path, no_dsn=no_dsn, rewrite=rewrite, filters=filters))
    except KeyboardInterrupt:
        click.echo("\nThe laboratory is closed.", err=True)
    return CLEAN


async def _serve(path: Path | None, *, no_dsn: bool, rewrite: bool, filters: bool) -> None:
    from bsaudit.lab.laboratory import CATCH_ADDRESS, Lab, domain, laboratory  # noqa: PLC0415
    from bsaudit.lab.relay import RelayHabits  # noqa: PLC0415
    from bsaudit.lab.targets import Behaviours  # noqa: PLC0415

    def configuration(lab: Lab) -> str:
        return CONFIG.format(
            relay=lab.relay[0],
            catch=lab.catch,
            address=CATCH_ADDRESS,
            dns=lab.resolver[0],
            dns_port=lab.resolver[1],
            port=lab.mx_port,
        )

    habits = RelayHabits(offers_dsn=not no_dsn, rewrites_reverse_path=rewrite, filters_gtube=filters)
    async with laboratory(habits) as lab:
        if path is not None:
            _write(path, configuration(lab))
        for label, site in Behaviours.TABLE.items():
            click.echo(f"  {domain(label):16} {site.about}")
        click.echo("\nAim a probe at one of them, in another terminal:\n")
        click.echo(f"  {_probe(lab.targets[0], path, configuration(lab))}\n")
        click.echo("Ctrl-C ends the laboratory.", err=True)
        await asyncio.Event().wait()


_WRAPPING = '[]"'


def _probe(target: str, path: Path | None, configuration: str) -> str:
    """Return the command that aims a probe: with the file if there is one, else with every option spelled out."""
    if path is not None:
        return f"bsaudit probe {target} --config {shlex.quote(str(path))}"
    words = ["BSAUDIT_RELAY_PASSWORD=lab bsaudit probe", target]
    for line in configuration.splitlines()[1:]:
        name, _, value = line.partition(" = ")
        if name != "relay_password_command":
            words.append(f"--{name.replace('_', '-')} {shlex.quote(value.strip(_WRAPPING))}")
    return " \\\n    ".join(words)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
