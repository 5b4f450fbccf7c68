"""`bsaudit catch`: the built-in catch MX, standing alone, for later runs to read."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click
import platformdirs

from bsaudit.adapters.catch.certificate import tls_context
from bsaudit.adapters.catch.sink import Accepted
from bsaudit.adapters.catch.sink_session import Limits
from bsaudit.adapters.catch.standing import StandingCatch
from bsaudit.adapters.clock import SystemClock
from bsaudit.adapters.domain import literal_address
from bsaudit.cli.command import DONE, Command
from bsaudit.cli.exit_codes import CLEAN, INTERRUPTED
from bsaudit.cli.say import say
from bsaudit.config.convert import MAX_PORT
from bsaudit.durations import duration
from bsaudit.errors import UsageError
from bsaudit.model.domain import ascii_address, ascii_domain
from bsaudit.model.mail import CatchSession
from bsaudit.paths import user_path
from bsaudit.text import clean_line

SMTP_PORT = 25
# Sessions that are told one by one in so many seconds: who wants to know of more reads the session log.
TELL_MOST, TELL_S = 50, 10.0
DEFAULT = Limits()
Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class UserPath(click.Path):
    """A path as people write it: the shell leaves the `~` of `--maildir=~/catch` alone."""

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        return super().convert(user_path(os.fspath(value)), param, ctx)


_FILE = UserPath(dir_okay=False, path_type=Path)


def _limit(name: str, metavar: str, default: int, text: str) -> Callable[[Decorated], Decorated]:
    return click.option(name, metavar=metavar, default=default, show_default=True, type=click.IntRange(1), help=text)


@click.command(
    cls=Command,
    examples=("bsaudit catch --listen 0.0.0.0:25 --address probe@catch.example.net --maildir ~/catch",),
    exits=DONE | {4: "it cannot listen, or cannot write"},
)
@click.option("--listen", metavar="ADDR:PORT", default="0.0.0.0:25", show_default=True, help="Where to take mail.")
@click.option("--address", "addresses", metavar="ADDR", multiple=True, help="Take mail for it and its tagged variants.")
@click.option("--domain", "domains", metavar="DOMAIN", multiple=True, help="Take mail for every address in it.")
@click.option("--maildir", metavar="PATH", type=UserPath(path_type=Path), help="Where the mail is kept.")
@click.option("--session-log", metavar="FILE", type=_FILE, help="Where sessions are kept, if not in the Maildir.")
@click.option(
    "--certificate",
    metavar="FILE",
    type=_FILE,
    help="Certificate chain for STARTTLS (PEM), else one of our own.",
)
@click.option("--key", metavar="FILE", type=_FILE, help="Its private key (PEM).")
@_limit("--max-size", "OCTETS", DEFAULT.message_octets, "Longest message taken.")
@_limit("--max-connections", "N", DEFAULT.connections, "Connections at once.")
@_limit("--max-per-peer", "N", DEFAULT.connections_per_peer, "Connections at once from one address.")
@_limit("--idle", "SECONDS", int(DEFAULT.idle_s), "Silence after which a connection is closed.")
def command(
    *,
    listen: str,
    addresses: tuple[str, ...],
    domains: tuple[str, ...],
    maildir: Path | None,
    session_log: Path | None,
    certificate: Path | None,
    key: Path | None,
    max_size: int,
    max_connections: int,
    max_per_peer: int,
    idle: int,
) -> int:
    """Take returned mail for later runs.

    Mail for the given addresses goes into a Maildir, and every SMTP session into a log beside it, so that a run with
    `--catch maildir:PATH` sees both what came back and who only asked (callouts). Everything else is refused; nothing
    is relayed or answered. Stop it with Ctrl-C or SIGTERM.
    """
    place = _place(listen)
    accepted = Accepted(tuple(map(_address, addresses)), tuple(map(_domain, domains)))
    if not (accepted.addresses or accepted.domains):
        raise UsageError(
            "there is no address to take mail for",
            remedy="Name one with --address, for example probe@catch.example.org or probe@[192.0.2.1].",
        )
    teller = _Teller()
    maildir = maildir or platformdirs.user_state_path("bsaudit") / "catch"
    catch = StandingCatch(
        accepted,
        maildir=maildir,
        log=session_log,
        clock=SystemClock(),
        on_session=teller,
        on_trouble=lambda text: say(f"bsaudit: {text}"),
        limits=Limits(
            message_octets=max_size,
            connections=max_connections,
            connections_per_peer=max_per_peer,
            idle_s=idle,
        ),
        tls=tls_context(_text(certificate), _text(key), accepted.hostname),
    )
    try:
        return asyncio.run(_stand(catch, place, accepted, maildir))
    finally:
        teller.end()


async def _stand(catch: StandingCatch, place: tuple[str, int], accepted: Accepted, maildir: Path) -> int:
    """Listen until a signal comes; return the exit code that it stands for."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()

    def end(code: int) -> None:
        if not ended.done():
            ended.set_result(code)

    loop.add_signal_handler(signal.SIGINT, end, INTERRUPTED)
    loop.add_signal_handler(signal.SIGTERM, end, CLEAN)
    address = await catch.listen(*place)
    for line in _how_to_use(address, accepted, maildir):
        click.echo(line)
    try:
        return await ended
    finally:
        await catch.close()


def _how_to_use(address: tuple[str, int], accepted: Accepted, maildir: Path) -> Iterator[str]:
    known = [*accepted.addresses, *(f"anything@{domain}" for domain in accepted.domains)]
    yield f"Listening on {_written(*address)} for {', '.join(known)}. Mail goes to {maildir}."
    yield ""
    yield "Aim a run at it:"
    example = accepted.addresses[0] if accepted.addresses else f"probe@{accepted.domains[0]}"
    tagging = "" if accepted.addresses else " --tagging catchall"
    place = shlex.quote(f"maildir:{maildir.absolute()}")
    yield f"  bsaudit probe TARGET --catch {place} --catch-address {shlex.quote(example)}{tagging}"
    yield ""
    yield from _records(address, example.rpartition("@")[2])
    if address[1] != SMTP_PORT:
        yield f"Mail servers only ever use port 25: forward it to port {address[1]} of this machine."


def _records(address: tuple[str, int], domain: str) -> Iterator[str]:
    if literal_address(domain) is not None:
        yield "An address literal needs no DNS records."
        return
    here = socket.gethostname()
    host = here if "." in here else f"mx.{domain}"
    unspecified = address[0] in ("0.0.0.0", "::")  # noqa: S104 -- compared, not bound
    kind = "AAAA" if ":" in address[0] else "A"
    yield "DNS records to set, unless a host of that very name is this machine:"
    yield f"  {domain}.  MX   10 {host}."
    yield f"  {host}.  {kind:4} {'(the public address of this machine)' if unspecified else address[0]}"
    yield f'  {domain}.  TXT  "v=spf1 a:YOUR-RELAY -all"     so that the relay may use it in a reverse-path (RFC 7208)'


class _Teller:
    """Says what each session was, and of a flood only how many there were."""

    def __init__(self) -> None:
        self._until = 0.0
        self._told = self._untold = 0

    def __call__(self, session: CatchSession, *, stored: bool) -> None:
        now = time.monotonic()
        if now >= self._until:
            self.end()
            self._until, self._told = now + TELL_S, 0
        if self._told < TELL_MOST:
            self._told += 1
            say(f"{session.at:%H:%M:%S} {_peer(session)} {_what(session, stored=stored)}")
        else:
            self._untold += 1

    def end(self) -> None:
        if self._untold:
            say(f"… and {self._untold} more sessions within {duration(TELL_S)}")
        self._untold = 0


def _peer(session: CatchSession) -> str:
    return clean_line(f"{session.helo or '(no HELO)'} [{session.peer.address}]", 120)


def _what(session: CatchSession, *, stored: bool) -> str:
    to = clean_line(", ".join(session.rcpt_to), 200)
    if session.data and not stored:
        return f"could not leave its mail to {to}"
    if session.data:
        return f"brought mail from <{clean_line(session.mail_from or '', 100)}> to {to}"
    if session.rcpt_to:
        return f"called out: asked for {to} and left"
    if session.refused_to:
        return f"was refused {clean_line(', '.join(session.refused_to), 200)}"
    return "came and went"


def _place(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > MAX_PORT:
        raise UsageError(
            f"--listen {clean_line(text)} is no address and port",
            remedy="Write ADDR:PORT, for example 192.0.2.1:25 or [2001:db8::1]:25.",
        )
    return host.removeprefix("[").removesuffix("]"), int(port)


def _address(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not (local and at and domain):
        raise UsageError(
            f"--address {clean_line(text)} is no mail address",
            remedy="Write local-part@domain; --domain takes all of it.",
        )
    return ascii_address(text)


def _domain(text: str) -> str:
    return ascii_domain(text.removeprefix("@"))


def _written(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
