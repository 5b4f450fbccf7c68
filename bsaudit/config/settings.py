"""The effective values as `AuditSettings`: URLs read, secrets fetched, contradictions refused."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bsaudit.config.again import recipe_of
from bsaudit.config.convert import HostPort
from bsaudit.config.layers import Effective
from bsaudit.config.secrets import password
from bsaudit.config.targets import JOINED
from bsaudit.config.urls import catch_settings, imap_settings, relay_settings, valid_mailbox_settings, without_password
from bsaudit.config.values import Values
from bsaudit.errors import ConfigError, UsageError
from bsaudit.model.domain import ascii_address
from bsaudit.model.mail import Route
from bsaudit.model.settings import AuditSettings, CatchKind, CatchPlace, CatchSettings, RelaySettings
from bsaudit.paths import user_path, user_text
from bsaudit.probe.addressing import refuse_detour
from bsaudit.text import clean_line

SMTP_PORT = 25
DNS_PORT = 53
RULE_LIMIT = 1 << 20  # a probe is a courtesy: what a rule of the target matches fits in far less
_PARTS = {"relay": "relay", "catch": "catch mailbox", "valid": "valid recipient's mailbox"}
# What the user says of permission, handed on as it is.
_SAID = (
    "authorized_by",
    "expected_mx",
    "relay_permission",
    "third_party_permission",
    "contact",
    "about_url",
)
# What is named of the targets, each as often as one likes.
_AT_TARGETS = (*JOINED, "target_host")
_START = 'Try "bsaudit demo" first; "bsaudit init" writes a configuration file, "bsaudit doctor" tests it.'


def audit_settings(
    config: Effective, targets: Sequence[str], environ: Mapping[str, str], *, needs: Sequence[str] | None = None
) -> AuditSettings:
    """Return everything that an audit of `targets` needs. Raises UsageError or ConfigError.

    `needs` names the settings without which it cannot go on, None: what the route needs. Relay and catch mailbox
    that are not needed are left out, and their passwords not asked for. A relay carries the controls by every route.
    """
    values = config.values
    needed = _needed(values) if needs is None else needs
    _refuse_missing(config, needed)
    _refuse_contradictions(config)
    return AuditSettings(
        targets=tuple(targets),
        route=values.route,
        relay=_relay(values, environ) if "relay" in needed or needs is None else None,
        mx=_pair(values.mx, values.port),
        port=values.port,
        catch=_mailbox("catch", values.catch, values, environ) if "catch" in needed else None,
        catch_addresses=tuple(map(ascii_address, values.catch_address)),
        catch_vouched_by=values.catch_vouched_by,
        tagging=values.tagging,
        **(_witnesses(values, environ) if needs is None else {}),
        rules=tuple(map(_rule, values.rule)),
        kinds=values.probe,
        skip=values.skip,
        plan=values.plan,
        wait_s=float(values.wait),
        wait_auto=values.wait.auto,
        grace_s=_grace(config),
        resolver=resolver_of(values),
        ca_file=_path(values.ca_file),
        insecure=values.insecure,
        rate=float(values.rate),
        max_probes=values.max_probes,
        **{name: getattr(values, name) for name in _SAID},
        **{name + "s": getattr(values, name) for name in _AT_TARGETS},
        hosts=config.hosts,
        journal_url=values.journal,
        save_dir=_path(values.save),
        recipe=recipe_of(config),
    )


def _refuse_missing(config: Effective, needed: Sequence[str]) -> None:
    missing = [name for name in needed if not getattr(config.values, name)]
    if missing:
        options = ", ".join("--" + name.replace("_", "-") for name in missing)
        filled = f'Fill in {", ".join(missing)} in {config.file}, then try "bsaudit doctor".'
        remedy = filled if config.file else _START
        raise UsageError(f"nothing says how mail goes out and comes back: {options} missing", remedy=remedy)


def _refuse_contradictions(config: Effective) -> None:
    values = config.values
    refuse_detour(values.route, values.mx.host if values.mx else None)
    if values.route is Route.RELAY and config.sources["port"] == "--port":
        raise UsageError("--port belongs to the direct route", remedy="Add --route direct, or leave it out.")
    if config.is_set("grace") and values.grace > values.wait:
        raise UsageError(
            f"--grace {values.grace} is longer than --wait {values.wait}: no silence would ever settle",
            remedy="Wait at least as long as the grace.",
        )
    if not _grace(config):
        raise UsageError(
            "--grace or --wait of 0 s: silence that nobody listens to proves nothing",
            remedy="Give bounces time to come: minutes for servers that are not your own.",
        )
    if config.sources["journal"] == "--journal" and values.journal != without_password(values.journal or ""):
        raise UsageError(
            "--journal holds a password",
            remedy="Leave it to ~/.pgpass or PGPASSWORD: others can read the command line.",
        )
    _refuse_both(values.probe, values.skip)
    for address in values.catch_address:
        _refuse_bare(address)


def _path(text: str | None) -> str | None:
    return None if text is None else str(user_path(text))


def _grace(config: Effective) -> float:
    """Return the quiet time in seconds; by default it leaves half of a short wait for the answers themselves."""
    values = config.values
    return float(values.grace if config.is_set("grace") else min(values.grace, values.wait / 2))


def _needed(values: Values) -> tuple[str, ...]:
    back = ("catch", "catch_address")
    return ("relay", *back) if values.route.relayed else back


def _refuse_both(kinds: Sequence[str], skip: Sequence[str]) -> None:
    both = sorted(set(kinds) & set(skip))
    if both:
        raise UsageError(f"--probe and --skip both name {both[0]}", remedy="Leave one of them out.")


def _refuse_bare(address: str) -> None:
    local, at, domain = address.rpartition("@")
    if not (at and local and domain):
        raise UsageError(f"--catch-address {address}: not a mail address", remedy="Write probe@catch.example.net.")


def _relay(values: Values, environ: Mapping[str, str]) -> RelaySettings | None:
    if values.relay is None:
        return None
    relay = relay_settings(values.relay)
    if relay.user is None:
        return relay
    secret = None if values.relay_token_command else password("relay", relay.user, values, environ)
    if secret is None and not values.relay_token_command:
        raise _no_password("relay", relay.user)
    return msgspec.structs.replace(relay, password=secret, token_command=values.relay_token_command or None)


def _mailbox(part: str, url: str | None, values: Values, environ: Mapping[str, str]) -> CatchSettings | None:
    """Return the mailbox at `url`, with what opens it; `part` ("catch" or "valid") begins the names of its secrets."""
    if url is None:
        return None
    return _opened(part, catch_settings(url) if part == "catch" else valid_mailbox_settings(url), values, environ)


def imap_mailbox(url: str, values: Values, environ: Mapping[str, str]) -> CatchSettings:
    """Return the mailbox at an IMAP URL, with what opens the catch mailbox. Raises UsageError, ConfigError."""
    settings = imap_settings(url)
    return _opened("catch", settings, values, environ, at=settings.host)


def recorded_catch(place: CatchPlace, config: Effective, environ: Mapping[str, str]) -> CatchSettings:
    """Return the mailbox that a run recorded (`CatchSettings.place`), with what opens it. Raises ConfigError."""
    return _opened("catch", CatchSettings(**msgspec.structs.asdict(place)), config.values, environ)


def _opened(
    part: str, settings: CatchSettings, values: Values, environ: Mapping[str, str], at: str | None = None
) -> CatchSettings:
    """Add what opens a mailbox: only an IMAP server asks for it. `at`: what it is called, if not as `part` is."""
    if settings.kind is not CatchKind.IMAP:
        return settings
    token_command = getattr(values, f"{part}_token_command")
    secret = None if token_command else password(part, settings.user, values, environ)
    if secret is None and not token_command:
        raise _no_password(part, settings.user or "", at)
    return msgspec.structs.replace(settings, password=secret, token_command=token_command or None)


def _witnesses(values: Values, environ: Mapping[str, str]) -> dict[str, Any]:
    return {
        "relay_log": values.relay_log,
        "target_queue": _target_queue(values),
        "valid_mailbox": _mailbox("valid", values.valid_mailbox, values, environ),
    }


def _target_queue(values: Values) -> str | None:
    command = values.target_queue
    try:
        words = shlex.split(command or "")
    except ValueError:  # an open quote
        words = []
    if command is not None and not words:
        raise UsageError(
            f'--target-queue "{clean_line(command)}" is no command',
            remedy='It has to print the target\'s queue: --target-queue "docker exec mail postqueue -j"',
        )
    return command


def _rule(name: str) -> str:
    """Return the text of a rule's file; a message is mail, so octets that are no UTF-8 are kept as they are."""
    try:
        with user_path(name).open("rb") as stream:
            content = stream.read(RULE_LIMIT + 1)
    except OSError as error:
        raise UsageError(f"--rule {name}: {error.strerror}") from error
    if len(content) > RULE_LIMIT:
        raise UsageError(f"--rule {name}: larger than {RULE_LIMIT} octets", remedy="A rule needs no more to match.")
    return user_text(content, "surrogateescape")


def _no_password(part: str, user: str, at: str | None = None) -> ConfigError:
    return ConfigError(
        f"no password for {user} at {at or 'the ' + _PARTS[part]}",
        remedy=f"Set BSAUDIT_{part.upper()}_PASSWORD, or {part}_password_file, {part}_password_command, {part}_keyring "
        f"or {part}_token_command in the configuration file.",
    )


def resolver_of(values: Values) -> tuple[str, int] | None:
    """Return the DNS server that `--resolver` names."""
    return _pair(values.resolver, DNS_PORT)


def _pair(value: HostPort | None, port: int) -> tuple[str, int] | None:
    return None if value is None else (value.host, value.port or port)
