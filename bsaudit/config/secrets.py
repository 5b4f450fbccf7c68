"""Passwords: from the environment, a file, a command or a keyring; never from argv, never shown."""

from __future__ import annotations

import importlib
import shlex
import subprocess
from collections.abc import Callable, Mapping

from bsaudit.config.values import Values
from bsaudit.durations import duration
from bsaudit.errors import ConfigError
from bsaudit.model.settings import Secret
from bsaudit.paths import user_path, user_text, why_unread

# A password command may ask a person to touch a key or unlock a store; longer than this nobody is there.
COMMAND_TIMEOUT_S = 60.0
# Of a password file; a token has a few thousand octets, a device has no end.
FILE_LIMIT = 1 << 16


def password(part: str, user: str | None, values: Values, environ: Mapping[str, str]) -> Secret | None:
    """Return the password of `part` ("relay", "catch" or "valid"), None if none was configured. Raises ConfigError."""
    text = environ.get(f"BSAUDIT_{part.upper()}_PASSWORD")
    if text:
        return Secret(text)
    for suffix, fetch in _SOURCES.items():
        where = getattr(values, f"{part}_{suffix}")
        if where:
            return _fetched(f"{part}_{suffix}", where, user, fetch)
    return None


def _fetched(name: str, where: str, user: str | None, fetch: Callable[[str, str], str | None]) -> Secret:
    try:
        text = fetch(where, user or "")
    except ConfigError as error:
        raise ConfigError(f"{name}: {error.message}", remedy=error.remedy) from error
    if not text:
        raise ConfigError(f"{name} gave no password", remedy="Its first line has to be the password.")
    return Secret(text)


def _from_file(where: str, _user: str) -> str:
    try:
        with user_path(where).open("rb") as stream:
            return _first_line(user_text(stream.read(FILE_LIMIT)))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"the password file {where} cannot be read: {why_unread(error)}",
            remedy="Its first line has to be the password.",
        ) from error


def _from_command(where: str, _user: str) -> str:
    try:
        done = subprocess.run(  # the user's own command, run without a shell
            shlex.split(where), stdout=subprocess.PIPE, timeout=COMMAND_TIMEOUT_S, check=True, text=True
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise ConfigError(
            f"the password command failed: {_reason(error)}",
            remedy="Try it by hand: its first line has to be the password.",
        ) from error
    return _first_line(done.stdout)


def _reason(error: Exception) -> str:
    """Say why without `str(error)`, which may quote the command's output."""
    if isinstance(error, subprocess.CalledProcessError):
        return f"it exited with {error.returncode}"
    if isinstance(error, subprocess.TimeoutExpired):
        return f"no answer within {duration(COMMAND_TIMEOUT_S)}"
    return getattr(error, "strerror", None) or type(error).__name__


def _from_keyring(where: str, user: str) -> str | None:
    try:
        keyring = importlib.import_module("keyring")
    except ImportError as error:
        raise ConfigError(
            "a keyring is configured, but the keyring package is not installed",
            remedy="Install it with: pip install 'bsaudit[keyring]'",
        ) from error
    try:
        found: str | None = keyring.get_password(where, user)
    except keyring.errors.KeyringError as error:
        raise ConfigError(f"the keyring failed: {type(error).__name__}", remedy="Unlock it and try again.") from error
    if found is None:
        raise ConfigError(
            f"the keyring has no password for {user or 'this user'} in {where}",
            remedy=f"Store it with: keyring set {shlex.quote(where)} {shlex.quote(user)}",
        )
    return found


def _first_line(text: str) -> str:
    """Return the first line, as `pass show` prints it: the rest is notes."""
    return text.partition("\n")[0].rstrip("\r")


_SOURCES: dict[str, Callable[[str, str], str | None]] = {
    "password_file": _from_file,
    "password_command": _from_command,
    "keyring": _from_keyring,
}
