"""The relay and catch URLs. A password inside one is refused: others read argv and histories."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from msgspec import Struct

from bsaudit.config.convert import split_host_port
from bsaudit.errors import UsageError
from bsaudit.model.settings import CatchKind, CatchSettings, RelaySettings, Tls
from bsaudit.paths import user_path
from bsaudit.text import clean_line

# RFC 6409 §3.1 (submission), RFC 8314 §7.3 (submissions), RFC 3501 §2.1 and RFC 8314 §7.1 (IMAP)
SUBMISSION_PORT = 587
SUBMISSIONS_PORT = 465
IMAP_PORT = 143
IMAPS_PORT = 993

_RELAY_EXAMPLE = "Write smtp://user@mail.example.net:587 or smtps://user@mail.example.net."
_CATCH_EXAMPLE = "Write imaps://user@imap.example.net/INBOX, maildir:PATH, mbox:PATH or sink://ADDR:PORT."
_IMAP_EXAMPLE = "Write imaps://user@imap.example.net/INBOX."
_VALID_EXAMPLE = "Write imaps://user@imap.example.org/INBOX, maildir:PATH or mbox:PATH."
_MAILBOX = "mailbox"
# How the names of the secrets begin that open it, where they do not begin as the option does
_SECRETS = {"valid-mailbox": "valid", _MAILBOX: "catch"}
_TLS = {"none": Tls.NONE, "starttls": Tls.STARTTLS}


class _Url(Struct, frozen=True):
    scheme: str
    user: str | None
    host: str
    port: int | None
    path: str
    query: dict[str, str]


# scheme://user:password@
_PASSWORD = re.compile(r"(://[^/@]*?:)[^/]*@")


# whoever leaves out the scheme may not have left out the password
_BEFORE_AT = re.compile(r"[^/]*@")


def without_password(url: str) -> str:
    """Return a database URL with its password, if it holds one, masked."""
    return _PASSWORD.sub(r"\1***@", url)


def relay_settings(url: str) -> RelaySettings:
    """Return what a relay URL says. Raises UsageError."""
    parsed = _parse(url, where="relay", schemes=("smtp", "smtps"), example=_RELAY_EXAMPLE)
    if parsed.path not in ("", "/"):
        raise _wrong("relay", f'"{parsed.path}" after the host means nothing', _RELAY_EXAMPLE)
    implicit = parsed.scheme == "smtps"
    tls = _tls(parsed, implicit=implicit, where="relay", example=_RELAY_EXAMPLE)
    port = parsed.port or (SUBMISSIONS_PORT if implicit else SUBMISSION_PORT)
    return RelaySettings(host=parsed.host, port=port, tls=tls, user=parsed.user)


def catch_settings(url: str) -> CatchSettings:
    """Return what a catch URL says. Raises UsageError."""
    scheme, colon, rest = url.partition(":")
    if colon and scheme in (CatchKind.MAILDIR, CatchKind.MBOX):
        return _local(CatchKind(scheme), rest, "catch", _CATCH_EXAMPLE)
    if scheme == CatchKind.SINK:
        return _sink(url)
    return _imap(url, "catch", _CATCH_EXAMPLE)


def valid_mailbox_settings(url: str) -> CatchSettings:
    """Return what the URL of the valid recipient's mailbox says: as for the catch, but no sink. Raises UsageError."""
    scheme, colon, rest = url.partition(":")
    if colon and scheme in (CatchKind.MAILDIR, CatchKind.MBOX):
        return _local(CatchKind(scheme), rest, "valid-mailbox", _VALID_EXAMPLE)
    return _imap(url, "valid-mailbox", _VALID_EXAMPLE)


def imap_settings(url: str) -> CatchSettings:
    """Return what the URL of any other mailbox on an IMAP server says. Raises UsageError."""
    return _imap(url, _MAILBOX, _IMAP_EXAMPLE)


def _local(kind: CatchKind, rest: str, where: str, example: str) -> CatchSettings:
    path = rest.removeprefix("//")
    if not path:
        raise _wrong(where, f"{kind.value}: without a path", example)
    return CatchSettings(kind=kind, path=str(user_path(path).absolute()), tls=Tls.NONE)


def _sink(url: str) -> CatchSettings:
    parsed = _parse(url, where="catch", schemes=("sink",), example=_CATCH_EXAMPLE)
    if parsed.port is None:
        raise _wrong("catch", "sink:// without a port", _CATCH_EXAMPLE)
    query = _known(parsed.query, {"cert", "key", "public"}, "catch", _CATCH_EXAMPLE)
    certificate, key = (str(user_path(query[name])) if name in query else None for name in ("cert", "key"))
    tls = Tls.STARTTLS if certificate else Tls.NONE
    public, public_port = _public(query.get("public"))
    return CatchSettings(
        kind=CatchKind.SINK,
        host=parsed.host,
        port=parsed.port,
        tls=tls,
        certificate=certificate,
        key=key,
        public=public,
        public_port=public_port,
    )


def _public(place: str | None) -> tuple[str | None, int | None]:
    """Return address and port of `ADDR`, `ADDR:PORT`, `[ADDR]:PORT`."""
    if place is None:
        return None, None
    try:
        return str(ip_address(place.removeprefix("[").removesuffix("]"))), None
    except ValueError:
        pass
    try:
        address, port = split_host_port(place)
        return str(ip_address(address)), port
    except ValueError:
        raise _wrong("catch", f"?public={place} is no IP address, with or without a port", _CATCH_EXAMPLE) from None


def _imap(url: str, where: str, example: str) -> CatchSettings:
    parsed = _parse(url, where=where, schemes=("imaps", "imap"), example=example)
    if not parsed.user:
        raise _wrong(where, "no user name in it", example)
    implicit = parsed.scheme == "imaps"
    tls = _tls(parsed, implicit=implicit, where=where, example=example)
    port = parsed.port or (IMAPS_PORT if implicit else IMAP_PORT)
    # A comma parts folders; one that belongs to a name is written %2C.
    folders = tuple(unquote(folder) for folder in parsed.path.removeprefix("/").split(",") if folder)
    return CatchSettings(kind=CatchKind.IMAP, host=parsed.host, port=port, tls=tls, user=parsed.user, folders=folders)


def _tls(parsed: _Url, *, implicit: bool, where: str, example: str) -> Tls:
    wanted = _known(parsed.query, {"tls"}, where, example).get("tls")
    if implicit:
        if wanted is not None:
            raise _wrong(where, f"?tls={wanted} contradicts {parsed.scheme}://", example)
        return Tls.IMPLICIT
    if wanted not in (None, *_TLS):
        raise _wrong(where, f"?tls={wanted}: only none and starttls exist", example)
    return _TLS[wanted or "starttls"]


def _parse(url: str, *, where: str, schemes: tuple[str, ...], example: str) -> _Url:
    try:
        split = urlsplit(url)
    except ValueError as error:
        raise _wrong(where, "the URL cannot be read", example) from error
    user = _user(split, where)
    if split.scheme not in schemes:
        shown = clean_line(_BEFORE_AT.sub("***@", url))
        raise _wrong(where, f'"{shown}" begins with none of {", ".join(f"{one}://" for one in schemes)}', example)
    try:
        host, port = split_host_port(split.netloc.rpartition("@")[2])
    except ValueError as error:
        raise _wrong(where, str(error), example) from error
    if split.fragment:
        raise _wrong(where, f'"#{split.fragment}" means nothing here', example)
    return _Url(split.scheme, user, host, port, split.path, dict(parse_qsl(split.query, keep_blank_values=True)))


def _user(split: SplitResult, where: str) -> str | None:
    name, at, _ = split.netloc.rpartition("@")
    if ":" in name:
        part = _SECRETS.get(where, where)
        raise UsageError(
            f"the {where} URL holds a password",
            remedy=f"Leave it out (others can read it there) and set BSAUDIT_{part.upper()}_PASSWORD, "
            f"{part}_password_file, {part}_password_command or {part}_keyring.",
            where=where,
        )
    return unquote(name) if at and name else None


def _known(query: Mapping[str, str], names: set[str], where: str, example: str) -> Mapping[str, str]:
    for name in query:
        if name not in names:
            raise _wrong(
                where, f"?{name}= is unknown; there is {', '.join(f'?{known}=' for known in sorted(names))}", example
            )
    return query


def _wrong(where: str, problem: str, example: str) -> UsageError:
    named = "MAILBOX" if where == _MAILBOX else f"--{where}"
    return UsageError(f"{named}: {problem}", remedy=example, where=where)
