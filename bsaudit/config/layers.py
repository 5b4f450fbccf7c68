"""Option > environment > profile > file > default, and where each value came from."""

from __future__ import annotations

import difflib
import os
import re
import stat
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import platformdirs
from msgspec import Struct

from bsaudit.config.accepts import accepts
from bsaudit.config.convert import convert
from bsaudit.config.hosts import agreements
from bsaudit.config.places import line_of, nearest, place
from bsaudit.config.targets import ConfiguredTarget, configured_targets, typed
from bsaudit.config.values import ENVIRONMENT_PREFIX, SETTINGS, Setting, Values
from bsaudit.errors import ConfigError, UsageError
from bsaudit.model.baseline import Accept
from bsaudit.model.settings import HostAgreement
from bsaudit.paths import user_path, user_text, why_unread

FILE_NAME = "bsaudit.toml"
DEFAULT = "default"
_TABLES = ("host", "target", "accept")  # [[…]], each read by a module of its own
_FOR_PLUGIN = re.compile(r"""^[ \t]*exit_codes[ \t]*=[ \t]*["']nagios["']""", re.MULTILINE)
AGAIN = "--again"  # as an earlier run had it
# Variables of ours that are no settings: where to look, and the secrets themselves.
SPECIAL_VARIABLES = frozenset(
    {
        "BSAUDIT_CONFIG",
        "BSAUDIT_PROFILE",
        "BSAUDIT_RELAY_PASSWORD",
        "BSAUDIT_CATCH_PASSWORD",
        "BSAUDIT_VALID_PASSWORD",
        "BSAUDIT_SPAMCOP_ADDRESS",
    }
)
TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off", ""})


class Effective(Struct, frozen=True):
    """The values that hold, and for each its source: "--wait", "BSAUDIT_WAIT", "bsaudit.toml", "default"."""

    values: Values
    sources: dict[str, str]
    file: Path | None
    profile: str | None = None
    hosts: tuple[HostAgreement, ...] = ()
    targets: tuple[ConfiguredTarget, ...] = ()
    accepts: tuple[Accept, ...] = ()

    def is_set(self, name: str) -> bool:
        return self.sources[name] != DEFAULT


def effective(
    options: Mapping[str, Any],
    environ: Mapping[str, str],
    *,
    file: str | None = None,
    profile: str | None = None,
    again: Mapping[str, Any] | None = None,
) -> Effective:
    """Put the layers together. `options` holds raw texts by setting name; None and () mean "not given".

    `again` holds settings of an earlier run, None for those that were not set: only an option overrides them.

    Raises UsageError for a bad option or variable, ConfigError for the file.
    """
    path = config_path(file or environ.get("BSAUDIT_CONFIG"))
    profile = profile or environ.get("BSAUDIT_PROFILE")
    found = _from_file(path, profile)
    found |= _from_environment(environ)
    found = {name: one for name, one in found.items() if name not in (again or {})}
    found |= _given(again or {}, lambda _: AGAIN)
    found |= _given(options, lambda setting: setting.option)
    values = Values(**{name: value for name, (value, _) in found.items()})
    sources = {name: found[name][1] if name in found else DEFAULT for name in SETTINGS}
    if path is None:
        return Effective(values, sources, None, profile)
    table, text = _read(path)
    hosts = agreements(table.get("host", []), str(path), text)
    targets = configured_targets(table.get("target", []), str(path), text)
    accepted = accepts(table.get("accept", []), str(path), text)
    return Effective(values, sources, path, profile, hosts, targets, accepted)


def profiles(environ: Mapping[str, str], file: str | None = None) -> tuple[str, ...]:
    """Return the names of the file's profiles. Raises ConfigError."""
    path = config_path(file or environ.get("BSAUDIT_CONFIG"))
    found = {} if path is None else _read(path)[0].get("profile", {})
    return tuple(found) if isinstance(found, dict) else ()


def is_for_plugin(environ: Mapping[str, str], file: str | None = None) -> bool:
    """Say whether the file asks for a plugin's exit codes; it may be wrong elsewhere, which is not to be CRITICAL."""
    try:
        path = config_path(file or environ.get("BSAUDIT_CONFIG"))
        text = user_text(path.read_bytes()) if path else ""
    except (OSError, UnicodeDecodeError, UsageError):
        return False
    return _FOR_PLUGIN.search(f"\n{text}".partition("\n[")[0]) is not None


Found = dict[str, tuple[Any, str]]  # value and source, by name


def _given(raws: Mapping[str, Any], source: Callable[[Setting], str]) -> Found:
    given = {SETTINGS[name]: raw for name, raw in raws.items() if raw not in (None, (), False)}
    return {one.name: (_typed(one, raw, source(one)), source(one)) for one, raw in given.items()}


def _from_environment(environ: Mapping[str, str]) -> Found:
    return {
        setting.name: (_typed(setting, _split(setting, environ[setting.variable]), setting.variable), setting.variable)
        for setting in SETTINGS.values()
        if setting.variable in environ
    }


def _split(setting: Setting, text: str) -> object:
    if setting.many:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if setting.flag and text.lower() in TRUE_WORDS | FALSE_WORDS:
        return text.lower() in TRUE_WORDS
    return text


def _typed(setting: Setting, raw: object, source: str) -> Any:
    try:
        return convert(raw, setting.bare, setting.type)
    except ValueError as error:
        raise UsageError(f"{source}: {error}") from error


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Return the names in `environ` that look like ours and are not: probably misspelt."""
    known = SPECIAL_VARIABLES | {setting.variable for setting in SETTINGS.values()}
    return sorted(name for name in environ if name.startswith(ENVIRONMENT_PREFIX) and name not in known)


# the file


def config_path(named: str | None) -> Path | None:
    """Return the configuration file: the one named, else ./bsaudit.toml, else the user's own, else None."""
    if named:
        return user_path(named)
    here = Path(FILE_NAME)
    if _is_there(here):
        _refuse_strangers(here)
        return here
    own = _users_own()
    return own if _is_there(own) else None


def _is_there(path: Path) -> bool:
    """Say whether there is such a file. Raises ConfigError where the user may not look: what it says is unknown."""
    try:
        return path.is_file()
    except PermissionError as error:
        raise ConfigError(
            f"whether there is {path} cannot be seen: {error.strerror}",
            remedy="Run this in a directory that the user may enter, with HOME set to its own, or give --config FILE.",
        ) from error


def _users_own() -> Path:
    return Path(platformdirs.user_config_path("bsaudit")) / FILE_NAME


def is_users_own(path: Path) -> bool:
    """Say whether it is the file that is found wherever the command is run."""
    return path == _users_own()


def _refuse_strangers(path: Path) -> None:
    """Refuse a file that lay about in the working directory and that somebody else could have written.

    It may name commands to run (`relay_password_command`).
    """
    facts = path.stat()
    if facts.st_uid not in (os.getuid(), 0) or facts.st_mode & stat.S_IWOTH:
        raise ConfigError(
            f"{path} here belongs to somebody else or is writable by everybody",
            remedy="Name it with --config if you trust it.",
        )


def _from_file(path: Path | None, profile: str | None) -> Found:
    if path is None:
        if profile:
            raise ConfigError(
                f'no configuration file to take the profile "{profile}" from', remedy="Give --config FILE."
            )
        return {}
    table, text = _read(path)
    profiles = table.pop("profile", {})
    for name in _TABLES:
        table.pop(name, None)
    found = _typed_table(table, path, text, "")
    if profile:
        found |= _typed_table(_profile(profiles, profile, path), path, text, f"profile.{profile}")
    return found


def _remedy(error: OSError | UnicodeDecodeError) -> str:
    if isinstance(error, PermissionError):
        return "Let the user who runs this read it, or name another with --config."
    return '"bsaudit init" writes a new one.' if isinstance(error, OSError) else ""


def _read(path: Path) -> tuple[dict[str, Any], str]:
    """Return what the file says, and its text, in which lines can be counted. Raises ConfigError."""
    try:
        text = user_text(path.read_bytes())
        return tomllib.loads(text), text
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {why_unread(error)}", remedy=_remedy(error)) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error


def _profile(profiles: Any, name: str, path: Path) -> dict[str, Any]:
    if not isinstance(profiles, dict) or not isinstance(profiles.get(name), dict):
        known = profiles if isinstance(profiles, dict) else {}
        raise ConfigError(f"{path} has no [profile.{name}]{nearest(name, known)}")
    return dict(profiles[name])


def _typed_table(table: Mapping[str, Any], path: Path, text: str, header: str) -> Found:
    found: Found = {}
    for name, raw in table.items():
        key = f"{header}.{name}" if header else name
        at = place(str(path), line_of(text, header, name) or line_of(text, name))
        if name not in SETTINGS:
            near = nearest(name, (*SETTINGS, "profile", *_TABLES))
            raise ConfigError(f"{at}: unknown key {key}{near}", remedy=_hint(name))
        try:
            found[name] = (typed(name, raw), str(path))
        except ValueError as error:
            raise ConfigError(f"{at}: {key}: {error}") from error
    return found


def _hint(name: str) -> str:
    if "password" in name:
        return "Passwords do not stand in this file: see relay_password_file, relay_password_command, relay_keyring."
    return "" if difflib.get_close_matches(name, SETTINGS) else '"bsaudit config show" lists every key.'


def as_text(value: object) -> str:
    """Return a value as it would stand in the file."""
    if isinstance(value, tuple):
        return "[" + ", ".join(as_text(part) for part in value) + "]"
    if isinstance(value, bool | int) or value is None:
        return "" if value is None else str(value).lower()
    return msgspec.json.encode(str(value)).decode()
