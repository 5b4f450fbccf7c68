"""The strict grammar of MAIL and RCPT and their parameters: RFC 5321 §4.1.2, RFC 1870, RFC 3461, RFC 6531, RFC 6533."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

ENVID_LIMIT = 100  # RFC 3461 §4.4
ORCPT_LIMIT = 500  # RFC 3461 §4.2
_XTEXT = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*")  # RFC 3461 §4
_UTF8_ADDRESS = re.compile(r"(?:[!-*,-<>-\[\]-~]|[^\x00-\x7f]|\\x\{[0-9A-F]+\}|\+[0-9A-F]{2})+")  # RFC 6533 §3
_ADDRESS_TYPE = re.compile(r"[A-Za-z0-9-]+")
_NOTIFY = frozenset({"SUCCESS", "FAILURE", "DELAY"})
_LOCAL_PART = r'(?:"(?:[^"\\\x00-\x1f]|\\[\x20-\x7e])*"|[^\s<>()\[\]\\,;:@"\x00-\x1f]+)'
_DOMAIN = r"(?:\[[^\s\[\]<>]+\]|[^\s<>()\[\]\\,;:@\"\x00-\x1f]+)"
# RFC 5321 §4.1.2; a source route is read and ignored (appendix C)
_PATH = re.compile(rf"<(?:@[^:<>\s]+:)?(?P<address>{_LOCAL_PART}@{_DOMAIN}|[Pp][Oo][Ss][Tt][Mm][Aa][Ss][Tt][Ee][Rr]|)>")


@dataclass
class Recipient:
    """One RCPT TO. `notify` is empty where the client did not say; `orcpt` is (address type, xtext)."""

    address: str
    notify: frozenset[str] = frozenset()
    orcpt: tuple[str, str] | None = None


@dataclass
class Transaction:
    """One mail transaction; `mail_from` "" is the null reverse-path.

    `recipients` are those that were accepted, `refused` the addresses that were not; `data` says that DATA was begun,
    `put_off` that our own side had no room just now.
    """

    mail_from: str
    size: int | None = None
    smtputf8: bool = False
    ret: str | None = None  # FULL or HDRS
    envid: str | None = None  # still in xtext
    dsn: bool = False  # one of RFC 3461's parameters was given
    recipients: list[Recipient] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    data: bool = False
    put_off: bool = False
    at: datetime | None = None  # when it began, by the handler's clock


@dataclass(frozen=True, kw_only=True)
class Syntax:
    """What is understood in this session."""

    esmtp: bool
    dsn: bool
    size_limit: int


class Refused(Exception):
    """Carries the reply to a command that cannot be carried out."""


class Grammar(NamedTuple):
    """How MAIL and RCPT are read; both functions raise Refused."""

    mail: Callable[[str, Syntax], Transaction]
    rcpt: Callable[[str, Transaction, Syntax], Recipient]


def mail_command(arg: str, syntax: Syntax) -> Transaction:
    """Return the transaction that MAIL opens. Raises Refused."""
    address, words = _path(arg, "FROM:")
    given = _parameters(words, syntax, {"SIZE", "BODY", "SMTPUTF8", "AUTH"}, {"RET", "ENVID"})
    size = _number(given.get("SIZE"))
    if size is not None and size > syntax.size_limit:
        raise too_big()
    if given.get("BODY", "7BIT").upper() not in {"7BIT", "8BITMIME"}:
        raise _bad("BODY")
    if given.get("SMTPUTF8"):
        raise _bad("SMTPUTF8")
    _check_characters(address, utf8="SMTPUTF8" in given)
    return Transaction(
        address,
        size=size,
        smtputf8="SMTPUTF8" in given,
        ret=_ret(given.get("RET")),
        envid=_envid(given.get("ENVID")),
        dsn=not given.keys().isdisjoint({"RET", "ENVID"}),
    )


def rcpt_command(arg: str, transaction: Transaction, syntax: Syntax) -> Recipient:
    """Return the recipient that RCPT names. Raises Refused."""
    address, words = _path(arg, "TO:")
    if not address:
        raise Refused("501 5.1.3 Bad recipient address syntax")
    _check_characters(address, utf8=transaction.smtputf8)
    given = _parameters(words, syntax, set(), {"NOTIFY", "ORCPT"})
    transaction.dsn = transaction.dsn or bool(given)
    return Recipient(address, notify=_notify(given.get("NOTIFY")), orcpt=_orcpt(given.get("ORCPT")))


STRICT = Grammar(mail_command, rcpt_command)


def too_big() -> Refused:
    return Refused("552 5.3.4 Message size exceeds fixed limit")  # RFC 1870 §6.1


def _parameters(words: str, syntax: Syntax, known: set[str], dsn: set[str]) -> dict[str, str]:
    """Return the ESMTP parameters by name; RFC 5321 §4.1.1.11: 555 for one that is not implemented."""
    known = known | dsn if syntax.dsn else known
    given: dict[str, str] = {}
    for word in words.split():
        name, _, value = word.partition("=")
        name = name.upper()
        if name not in known or not syntax.esmtp:
            raise Refused("555 5.5.4 Parameter not recognized or not implemented")
        if name in given or (value == "" and name != "SMTPUTF8"):
            raise _bad(name)
        given[name] = value
    return given


def _bad(parameter: str) -> Refused:
    return Refused(f"501 5.5.4 Bad syntax of parameter {parameter}")


def _path(arg: str, keyword: str) -> tuple[str, str]:
    """Split the argument of MAIL or RCPT into address and parameters."""
    if arg[: len(keyword)].upper() != keyword:
        raise Refused(f"501 5.5.4 Syntax: {keyword}<address>")
    rest = arg[len(keyword) :].lstrip(" ")
    found = _PATH.match(rest)
    if found is None or rest[found.end() : found.end() + 1] not in {"", " "}:
        raise Refused("501 5.1.3 Bad address syntax")
    return found["address"], rest[found.end() :]


def _check_characters(address: str, *, utf8: bool) -> None:
    try:
        address.encode()
    except UnicodeEncodeError:
        raise Refused("501 5.1.3 Bad address syntax") from None
    if not address.isascii() and not utf8:  # RFC 6531 §3.5
        raise Refused("553 5.6.7 SMTPUTF8 is needed for this address")


def _number(value: str | None) -> int | None:
    if value is None:
        return None
    if not re.fullmatch(r"[0-9]{1,20}", value):  # RFC 1870 §3
        raise _bad("SIZE")
    return int(value)


def _ret(value: str | None) -> str | None:
    if value is not None and value.upper() not in {"FULL", "HDRS"}:  # RFC 3461 §4.3
        raise _bad("RET")
    return value.upper() if value else None


def _envid(value: str | None) -> str | None:
    if value is not None and (len(value) > ENVID_LIMIT or not _XTEXT.fullmatch(value)):
        raise _bad("ENVID")
    return value


def _notify(value: str | None) -> frozenset[str]:
    """RFC 3461 §4.1: NEVER alone, or a list of the others."""
    if value is None:
        return frozenset()
    words = value.upper().split(",")
    if words != ["NEVER"] and not _NOTIFY.issuperset(words):
        raise _bad("NOTIFY")
    return frozenset(words)


def _orcpt(value: str | None) -> tuple[str, str] | None:
    if value is None:
        return None
    kind, semicolon, text = value.partition(";")
    rule = _UTF8_ADDRESS if kind.lower() == "utf-8" else _XTEXT
    if not (
        semicolon and text and len(value) <= ORCPT_LIMIT and _ADDRESS_TYPE.fullmatch(kind) and rule.fullmatch(text)
    ):
        raise _bad("ORCPT")
    return kind, text


def decode_xtext(text: str) -> str:
    """Return what an xtext stands for (RFC 3461 §4)."""
    return re.sub(r"\+([0-9A-F]{2})", lambda code: chr(int(code[1], 16)), text)
