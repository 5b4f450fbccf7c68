"""The commented configuration file that `bsaudit init` writes; examples/bsaudit.toml is the same text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from bsaudit.config.layers import as_text
from bsaudit.config.values import SETTINGS, Setting

COMMENT_WIDTH = 100

_HEAD = """\
# bsaudit configuration. Each key is an option of the same name (--catch-address) and a variable
# (BSAUDIT_CATCH_ADDRESS); options win over variables, variables over this file.
# Look at the outcome with "bsaudit config show", test it with "bsaudit doctor".
#
# Passwords never stand here: set BSAUDIT_RELAY_PASSWORD, BSAUDIT_CATCH_PASSWORD and
# BSAUDIT_VALID_PASSWORD, or name a file, a command or a keyring service below.
"""

_TAIL = """
# A profile overrides keys when it is asked for: bsaudit probe --profile staging …
#
# [profile.staging]
# route = "direct"
# mx = "127.0.0.1:2525"
# authorized_by = "our own staging server"

# Targets that "bsaudit check" looks at; each may have its own recipients, route, permission and interval.
#
# [[target]]
# name = "example.org"
# valid_recipient = "postmaster@example.org"
# authorized_by = "A. Admin, postmaster of example.org, by mail on 1 March"
# expected_mx = ["mx1.example.org", "mx2.example.org"]
# log = ["/var/log/mail.log.1", "/var/log/mail.log"]  # the server's own, or a command that prints it
# max_notices = 50  # more of them to outside addresses in one interval exit 1

# Backscatter that somebody lives with, for a while (docs/check.md).
#
# [[accept]]
# target = "example.org"
# probe = "unknown-recipient"  # a kind, or one shape of it; left out: whatever bounces there
# reason = "the old gateway goes in May, ticket 42"
# owner = "A. Admin"
# expires = 2026-05-31

# What the operator of a host, an organisation or the relay agreed to, beyond the defaults (docs/harm.md).
#
# [[host]]
# match = "mx.example.org"  # an address, a network, or a name with all below it
# authorized_by = "D. Host, who runs it, by mail on 1 March"
# rate = "5/s"
# budget = 500  # messages a run and a day
# refused = 50  # unknown recipients in ten minutes
# connections = 4
"""

_TITLES = {
    "route": "How probes go out",
    "catch": "Where answers are read",
    "valid_recipient": "Addresses at the targets",
    "rule": "What to try, and for how long",
    "authorized_by": "Permission. Nothing is sent to a target that nobody allowed.",
    "interval": "Checks of configured targets (bsaudit check)",
    "baseline": "What is known already",
    "resolver": "The network",
    "format": "Reports",
}

_EXAMPLES = {
    "relay": '"smtp://auditor@mail.example.net:587"',
    "relay_password_file": '"~/.config/bsaudit/relay-password"',
    "relay_password_command": '"pass show mail/auditor"',
    "relay_keyring": '"bsaudit"',
    "relay_token_command": '"oauth2-token relay"',
    "target_queue": '"docker exec mail postqueue -j"',
    "relay_log": '"ssh mail.example.net journalctl --since -1h -u postfix"',
    "mx": '"mx.example.org:25"',
    "catch": '"imaps://auditor@imap.example.net/INBOX,Junk"',
    "catch_password_file": '"~/.config/bsaudit/catch-password"',
    "catch_password_command": '"pass show mail/catch"',
    "catch_keyring": '"bsaudit"',
    "catch_token_command": '"oauth2-token catch"',
    "catch_address": '["probe@catch.example.net"]',
    "catch_vouched_by": '"D. Mail, who runs catch.example.net, on 1 March"',
    "valid_recipient": '["postmaster@example.org"]',
    "valid_mailbox": '"imaps://postmaster@imap.example.org/INBOX,Junk"',
    "valid_password_file": '"~/.config/bsaudit/valid-password"',
    "valid_password_command": '"pass show mail/postmaster"',
    "valid_keyring": '"bsaudit"',
    "valid_token_command": '"oauth2-token valid"',
    "full_recipient": '["full@example.org"]',
    "disabled_recipient": '["gone@example.org"]',
    "autoresponder": '["vacation@example.org"]',
    "forwarder": '["forward@example.org"]',
    "mailing_list": '["list@example.org"]',
    "alias_domain": '["example.com"]',
    "target_host": '["out.example.org", "192.0.2.40"]',
    "rule": '["rule.eml"]',
    "probe": '["unknown-recipient", "spam"]',
    "skip": '["virus"]',
    "authorized_by": '"A. Admin, postmaster of example.org, by mail on 1 March"',
    "expected_mx": '["mx1.example.org", "mx2.example.org"]',
    "relay_permission": '"B. Relay, mail.example.net, ticket 42"',
    "third_party_permission": '"C. Other, owner of the forwarded mailbox"',
    "contact": '"postmaster@example.net"',
    "max_age": '"74h"',
    "retry_after": '"45m"',
    "on_change": '"notify-us"',
    "targets_from": '"targets.txt"',
    "require": '["unknown-recipient"]',
    "baseline": '"known.json"',
    "about_url": '"https://example.net/mail-tests"',
    "resolver": '"192.0.2.53"',
    "ca_file": '"/etc/ssl/own-ca.pem"',
    "docs_url": '"https://docs.example.net/bsaudit"',
    "save": '"arrivals"',
    "journal": '"postgresql+psycopg://bsaudit@db.example.net/bsaudit"',
}


def template() -> str:
    """Return the file: every key with its meaning, commented out."""
    return _HEAD + "".join(_entry(setting) for setting in SETTINGS.values()) + _TAIL


def sections() -> dict[str, str]:
    """Return the heading below which each setting stands, in a word or a few."""
    found, title = {}, ""
    for name in SETTINGS:
        title = _TITLES.get(name, title).partition(". ")[0].partition(" (")[0]
        found[name] = title
    return found


def _entry(setting: Setting) -> str:
    value = _EXAMPLES.get(setting.name) or as_text(setting.default)
    return "\n".join([*_comments(setting), f"# {setting.name} = {value}", ""])


def _comments(setting: Setting) -> Iterator[str]:
    if setting.name in _TITLES:
        yield f"\n## {_TITLES[setting.name]}"
    choices = f" ({', '.join(setting.choices)})" if setting.choices else ""
    yield ""
    yield from textwrap.wrap(setting.description + choices, COMMENT_WIDTH, initial_indent="# ", subsequent_indent="# ")
