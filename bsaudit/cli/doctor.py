"""`bsaudit doctor`: is everything of our own side in order? Nothing is sent to any target."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Coroutine
from typing import Any

import click
import msgspec
from msgspec.structs import replace

from bsaudit.audit import check_setup
from bsaudit.audit.setup import Ask
from bsaudit.cli import options
from bsaudit.cli.asked import Asked
from bsaudit.cli.command import DONE, Command
from bsaudit.cli.exit_codes import CLEAN, SERVICE
from bsaudit.cli.output import use_color
from bsaudit.cli.running import Progress, run
from bsaudit.cli.say import say
from bsaudit.config.settings import audit_settings
from bsaudit.config.values import Color
from bsaudit.errors import BsauditError
from bsaudit.model.report import SCHEMA_VERSION
from bsaudit.model.settings import AuditSettings, CatchKind, CatchSettings
from bsaudit.ports import CatchMailbox, Clock, Resolver, Submitter
from bsaudit.text import clean_line
from bsaudit.wiring.tools import relay_log, tools_for, valid_mailbox_of

# (what was found, what is worth knowing about it)
Finding = tuple[str, str]
# These were told before the controls were sent.
TOLD = frozenset({"relay", "catch"})
FORMS = ("text", "json", "nagios")
_FORMAT = "A line for each thing that was looked at, one JSON document, or a plugin's output."
_STATES = {True: "ok", False: "problem", None: "unknown"}
_COLORS = {"ok": "green", "note": "cyan", "problem": "red", "skipped": "yellow", "unknown": "yellow"}


@click.command(
    cls=Command,
    examples=(
        "bsaudit doctor",
        "bsaudit doctor example.org",
        "bsaudit doctor --format nagios --exit-codes nagios",
    ),
    exits={
        0: "our own side works",
        2: DONE[2],
        4: "the relay, the catch mailbox, DNS or the journal failed",
    },
)
@click.argument("targets", metavar="[TARGET]...", nargs=-1)
@options.settings(
    *options.ROUTE,
    *options.CATCH,
    *options.WITNESSES,
    "wait",
    "relay_permission",
    *options.NETWORK,
    *options.JOURNAL,
    "color",
    "quiet",
    "exit_codes",
)
@click.option("--wait-for-mail", is_flag=True, help="Print an address and wait for mail that you write from elsewhere.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "nagios"]), default="text", show_default=True, help=_FORMAT
)
@click.pass_obj
def command(asked: Asked, /, targets: tuple[str, ...], *, wait_for_mail: bool, form: str, **given: Any) -> int:
    """Test DNS, relay and catch mailbox, then send the controls to yourself. No target is touched.

    Each TARGET is looked up in DNS and not written to: does it share hosts with the relay, or with the catch mailbox?
    """
    config = options.configured(asked, given)
    asked.formats = (form,)
    settings = audit_settings(config, targets, os.environ)
    progress = Progress(config)
    printer = _PRINTERS[form](config.values.color)

    def ask(address: str) -> None:
        progress.pause()
        text = f"write to {address} from an account elsewhere, within {config.values.wait}"
        printer.tell("note", "way back", text)
        if form != "text":  # which is printed when it is too late
            say(f"bsaudit: {text}")

    try:
        code = run(_examine(settings, printer, progress, ask if wait_for_mail else None))
    finally:
        progress.pause()
    printer.end()
    asked.finished = True
    return code


PART_WIDTH = len("relay calibration")


class Printer:
    """Prints one line for each thing that was looked at, and remembers the exit code."""

    def __init__(self, color: Color) -> None:
        self._color = use_color(color, sys.stdout)
        self.code = CLEAN

    def tell(self, state: str, part: str, text: str, remedy: str = "") -> None:
        label = click.style(f"{state:8}", fg=_COLORS[state]) if self._color else f"{state:8}"
        click.echo(f"{label} {part:{PART_WIDTH}} {clean_line(text)}")
        if remedy:
            click.echo(f"{'':8} {'':{PART_WIDTH}} {clean_line(remedy)}")

    def end(self) -> None:
        """Print what is printed at the end."""

    def problem(self, part: str, error: BsauditError) -> None:
        self.tell("problem", part, error.message, error.remedy)
        self.code = self.code or error.exit_code


class JsonPrinter(Printer):
    """Prints one document at the end, with an entry for each thing that was looked at."""

    def __init__(self, color: Color) -> None:
        super().__init__(color)
        self._told: list[dict[str, str]] = []

    def tell(self, state: str, part: str, text: str, remedy: str = "") -> None:
        """Keep it for the document."""
        told = {"state": state, "part": part, "text": clean_line(text), "remedy": clean_line(remedy)}
        self._told.append(told)

    def end(self) -> None:
        """Print the document."""
        document = {"schema_version": SCHEMA_VERSION, "exit_code": self.code, "checks": self._told}
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())


_WORDS = {"relay": "relay", "catch": "catch mailbox", "dns": "DNS"}


class NagiosPrinter(JsonPrinter):
    """Prints the output of a plugin: the service of our own side, whose trouble is never CRITICAL."""

    def end(self) -> None:
        """Print the first problem, or that there is none, and below it each thing that was looked at."""
        problems = [f"{one['part']}: {one['text']}" for one in self._told if one["state"] == "problem"]
        held = {one["part"] for one in self._told if one["state"] == "ok"}
        work = ", ".join(words for part, words in _WORDS.items() if part in held)
        head = f"UNKNOWN - {problems[0]}" if problems else f"OK - {work} work"
        lines = [f"BSAUDIT {head}", *("{state} {part}: {text} {remedy}".format_map(one) for one in self._told)]
        click.echo("\n".join(line.replace("|", "/").rstrip() for line in lines))


_PRINTERS = dict(zip(FORMS, (Printer, JsonPrinter, NagiosPrinter), strict=True))


async def _examine(settings: AuditSettings, printer: Printer, progress: Progress, ask: Ask | None) -> int:
    async with tools_for(_own_side(settings)) as tools:
        printer.tell("ok", "journal", "is there and can be written")
        if _needs_dns(settings):
            await _try(printer, "dns", _dns(settings, tools.resolver))
        else:
            printer.tell("note", "dns", "not needed, and not looked at")
        if tools.submitters.relay is not None:
            await _try(printer, "relay", _relay(settings, tools.submitters.relay))
        await _try(printer, "catch", _catch(settings, tools.mailbox))
        await _witnesses(settings, printer, tools.clock)
    if printer.code == CLEAN:
        await _controls(settings, printer, progress, ask)
    else:
        printer.tell("skipped", "controls", "mend the problems above first")
    return printer.code


def _own_side(settings: AuditSettings) -> AuditSettings:
    """Leave out what only a target's audit needs: it is looked at by itself."""
    return replace(settings, relay_log=None, valid_mailbox=None)


async def _witnesses(settings: AuditSettings, printer: Printer, clock: Clock) -> None:
    if settings.relay_log is not None:
        await _try(printer, "relay's log", _relay_log(settings.relay_log))
    mailbox = valid_mailbox_of(settings, clock)
    if settings.valid_mailbox is not None and mailbox is not None:
        await _try(printer, "valid mailbox", _opened(settings.valid_mailbox, mailbox))


async def _try(printer: Printer, part: str, look: Coroutine[object, object, Finding]) -> None:
    try:
        found, note = await look
    except BsauditError as error:
        printer.problem(part, error)
        return
    printer.tell("ok", part, found)
    if note:
        printer.tell("note", part, note)


def _needs_dns(settings: AuditSettings) -> bool:
    """Say whether there is a name to ask for: a network without DNS must not be asked for one."""
    assert settings.catch is not None
    without = settings.catch.kind is CatchKind.SINK and settings.mx is not None  # neither the way back, nor the way out
    return not (without or settings.catch_addresses[0].endswith("]"))


async def _dns(settings: AuditSettings, resolver: Resolver) -> Finding:
    domain = settings.catch_addresses[0].rpartition("@")[2]
    if settings.catch is not None and settings.catch.kind is CatchKind.SINK:
        await resolver.addresses(domain)  # whatever it answers: by DNS the targets are found
        return f"answers, and is not needed to find the catch mailbox at {settings.catch.host}", ""
    exchangers = await resolver.mail_exchangers(domain)
    hosts = ", ".join(exchanger.host for exchanger in exchangers)
    implicit = exchangers[0].preference is None
    return f"mail for {domain} goes to {hosts}", "it has no MX record: mail goes to its address" if implicit else ""


async def _relay(settings: AuditSettings, relay: Submitter) -> Finding:
    try:
        facts = await relay.open()
    finally:
        await relay.close()
    assert settings.relay is not None
    tls = (facts and facts.tls) or "no TLS"
    dsn = facts is not None and facts.dsn
    found = f"{settings.relay.url} answers ({tls}, {'DSN offered' if dsn else 'no DSN'})"
    return found, "" if dsn else "without DSN acceptance is seldom shown, and silence then proves nothing"


async def _relay_log(source: str) -> Finding:
    await relay_log(source)
    return f"{source} can be read", ""


async def _catch(settings: AuditSettings, mailbox: CatchMailbox) -> Finding:
    assert settings.catch is not None
    found, _ = await _opened(settings.catch, mailbox)
    return found, "" if mailbox.sees_sessions else "callouts are seen only by the built-in catch MX (sink://)"


async def _opened(settings: CatchSettings, mailbox: CatchMailbox) -> Finding:
    try:
        await mailbox.open()
    finally:
        await mailbox.close()
    where = settings.path or f"{settings.user or ''}@{settings.host}".removeprefix("@")
    return f"{settings.kind.value} {where} can be read", ""


async def _controls(settings: AuditSettings, printer: Printer, progress: Progress, ask: Ask | None) -> None:
    """Send the controls, which go to our own side alone, and tell of each whether it held."""
    settings = _own_side(settings)
    async with tools_for(settings, progress) as tools:
        # Without SPF no second catch address is tried: that belongs to an audit, which has a target to try it on.
        checks = await check_setup(settings, dataclasses.replace(tools, spf=None), ask=ask)
    progress.pause()
    for check in checks:
        if not (check.ok and check.name in TOLD):
            printer.tell(_STATES[check.ok], check.name, check.text, check.remedy)
    if any(check.ok is False for check in checks):
        printer.code = SERVICE
