"""Which spellings of domains and addresses may go into a command or a header field. Pure.

What a user names is pasted from somewhere: a line break in it would be a command of its own (RFC 5321 §4.1.1), a blank
or `>` a parameter of RCPT. No mailbox that anybody uses needs them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from bsaudit.errors import UsageError
from bsaudit.model.settings import AuditSettings
from bsaudit.text import clean_line

# RFC 5321 §4.1.2 and §4.1.3, with what RFC 6531 adds; the underscore is in use.
_LITERAL = re.compile(r"\[(?:ipv6:)?[0-9a-f:.]+\]", re.IGNORECASE)
_LABEL = r"[A-Za-z0-9_\u0080-\U0010ffff-]+"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
# Dots wherever they stand: some providers gave out such addresses.
_LOCAL_PART = re.compile(r"""[A-Za-z0-9_.!#$%&'*+/=?^`{|}~\u0080-\U0010ffff-]+|"(?:[^"\\]|\\.)*\"""")
# What old servers take for the way to another one: user%other@here, other!user@here, "user@other"@here (RFC 1123
# §5.2.16). One that trusts us would send our probes there, to somebody whom nobody asked.
_ROUTE = re.compile(r"[%!@]")
_CATCH_ADDRESS = "--catch-address"  # which is our own
# Control characters, surrogates, and every kind of blank and line break.
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zs", "Zl", "Zp"})


def is_domain(text: str) -> bool:
    """Say whether `text` can be the domain of an address, or an address literal.

    Looked at in the compatibility form, in which it goes out: that of a full-width `<` is `<` (RFC 5895 §2).
    """
    shown = unicodedata.normalize("NFKC", text)
    return bool(_LITERAL.fullmatch(text) or _DOMAIN.fullmatch(shown)) and not _is_odd(shown)


def is_name(text: str) -> bool:
    """Say whether `text` can be the name of a host or domain, and no mistyped IP address: the last label has a letter.

    RFC 1123 §2.1: that is how names and addresses are told apart.
    """
    return is_domain(text) and any(map(str.isalpha, text.rstrip(".").rpartition(".")[2]))


def is_address(text: str) -> bool:
    """Say whether `text` can be an address of SMTP and of a header field, alone and without a name."""
    local_part, at, domain = text.rpartition("@")
    return bool(at and _LOCAL_PART.fullmatch(local_part)) and not _is_odd(local_part) and is_domain(domain)


def leads_elsewhere(address: str) -> bool:
    """Say whether a server may take the local part of an address for the way to another server."""
    return _ROUTE.search(address.rpartition("@")[0]) is not None


def _is_odd(text: str) -> bool:
    return any(char in "<>" or unicodedata.category(char) in _UNPRINTABLE for char in text)


def refuse_odd(settings: AuditSettings) -> None:
    """Raise UsageError for the first domain or address of `settings` that must not go into a command."""
    for option, text in _addresses(settings):
        if not is_address(text):
            raise UsageError(
                f"{option} {clean_line(text)}: not a mail address", remedy="Write it as local-part@domain."
            )
        if option != _CATCH_ADDRESS and leads_elsewhere(text):
            raise UsageError(
                f"{option} {clean_line(text)}: its local part may lead to another server",
                remedy="Name an address without %, ! and @ in front of the last @.",
            )
    for option, text in _hosts(settings):
        if not is_domain(text):
            raise UsageError(f"{option} {clean_line(text)}: not a host or domain", remedy="Check the spelling.")


def _addresses(settings: AuditSettings) -> Iterator[tuple[str, str]]:
    yield from (("target", target.strip()) for target in settings.targets if "@" in target)
    named = {
        _CATCH_ADDRESS: settings.catch_addresses,
        "--valid-recipient": settings.valid_recipients,
        "--full-recipient": settings.full_recipients,
        "--disabled-recipient": settings.disabled_recipients,
        "--autoresponder": settings.autoresponders,
        "--forwarder": settings.forwarders,
        "--mailing-list": settings.mailing_lists,
    }
    yield from ((option, address) for option, addresses in named.items() for address in addresses)


def _hosts(settings: AuditSettings) -> Iterator[tuple[str, str]]:
    yield from (("--alias-domain", domain.strip()) for domain in settings.alias_domains)
    if settings.helo_name is not None:
        yield "helo_name", settings.helo_name
    if settings.mx is not None and ":" not in settings.mx[0]:  # an IPv6 address stands bare
        yield "--mx", settings.mx[0]
