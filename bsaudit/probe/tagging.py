"""Putting a token into a catch address."""

from __future__ import annotations

from bsaudit.errors import UsageError
from bsaudit.model.settings import Tagging
from bsaudit.probe.tokens import TOKEN_LENGTH

# RFC 5321 §4.5.3.1.1
LOCAL_PART_LIMIT = 64
# What `auto` tries, the most widely understood style first; `none` always works and tells least.
CANDIDATES = (Tagging.PLUS, Tagging.MINUS, Tagging.CATCHALL, Tagging.NONE)


def split(address: str) -> tuple[str, str]:
    """Return local-part and domain. Raises UsageError for what is not an address."""
    local, at, domain = address.rpartition("@")
    if not (at and local and domain):
        raise UsageError(f"{address!r} is not a mail address", remedy="Write it as local-part@domain.")
    return local, domain


def domain_of(address: str) -> str:
    return split(address)[1]


def tagged(address: str, token: str, style: Tagging) -> str:
    """Return `address` with `token` in it. Raises UsageError if the local-part grows too long for RFC 5321."""
    local, domain = split(address)
    match style:
        case Tagging.PLUS:
            local = f"{local}+{token}"
        case Tagging.MINUS:
            local = f"{local}-{token}"
        case Tagging.CATCHALL:
            local = token
        case Tagging.NONE | Tagging.AUTO:
            pass
    if len(local.encode()) > LOCAL_PART_LIMIT:
        room = LOCAL_PART_LIMIT - TOKEN_LENGTH - 1
        raise UsageError(
            f"the local-part of {address} is too long to carry a tag",
            remedy=f"Use a catch address with at most {room} characters before the @, or --tagging none.",
        )
    return f"{local}@{domain}"
