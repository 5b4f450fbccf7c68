"""What `--again` repeats of an earlier run, and what it does not: commands, secrets, and where the output goes."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from bsaudit.config.layers import Effective, is_users_own
from bsaudit.config.values import SETTINGS
from bsaudit.model.settings import Raw, Recipe
from bsaudit.paths import user_path

# Where the output goes is the caller's own affair each time. A journal may be shared: what stands there is never run
# as a command, and names no file of secrets.
_EXIT = frozenset({"exit_codes", "exit_zero", "fail_on", "require"})
_OUTPUT = _EXIT | {"format", "save", "journal", "quiet", "verbose", "listings", "redact", "docs_url", "color"}
_COMMANDS = frozenset({"relay_log", "target_queue"})
_CHECK = frozenset(
    {"interval", "max_age", "recover_after", "retry_after", "on_change", "targets_from", "baseline", "fail_on_stale"}
)
_SECRETS = ("_password_file", "_password_command", "_keyring", "_token_command")
_NEVER = _OUTPUT | _COMMANDS | _CHECK
REPEATED = frozenset(name for name in SETTINGS if name not in _NEVER and not name.endswith(_SECRETS))
_FILES = frozenset({"ca_file", "rule"})
_LOCAL_MAILBOXES = ("maildir:", "mbox:")
_SQLITE = "sqlite:///"


def recipe_of(config: Effective) -> Recipe:
    """Return what `--again` needs to repeat an audit by these settings: those that were set, and where it looks."""
    asked = {name: _raw(name, getattr(config.values, name)) for name in sorted(REPEATED) if config.is_set(name)}
    return Recipe(settings=asked, found_by=shlex.join(_places(config)))


def _raw(name: str, value: Any) -> Raw:
    if isinstance(value, tuple):
        return tuple(_text(name, str(part)) for part in value)
    return value if isinstance(value, bool) else _text(name, str(value))


def _text(name: str, text: str) -> str:
    """Return a value as it means the same in another directory."""
    if name in _FILES:
        return str(user_path(text).absolute())
    scheme = next((scheme for scheme in _LOCAL_MAILBOXES if text.startswith(scheme)), None)
    if name in {"catch", "valid_mailbox"} and scheme:
        return scheme + str(user_path(text.removeprefix(scheme).removeprefix("//")).absolute())
    return text


def _places(config: Effective) -> list[str]:
    """Return the options by which a later command finds the same journal and the same secrets."""
    words: list[str] = []
    if config.file is not None and not is_users_own(config.file):
        words += ["--config", str(config.file.absolute())]
    if config.profile:
        words += ["--profile", config.profile]
    if config.sources["journal"] == "--journal":
        words += ["--journal", _anywhere(config.values.journal or "")]
    return words


def _anywhere(journal: str) -> str:
    path = journal.removeprefix(_SQLITE)
    if not journal.startswith(_SQLITE) or path.startswith((":", "/")):
        return journal
    return _SQLITE + str(Path(path).absolute())
