"""Is it a bounce at all, or spam that is dressed as one? Pure.

A forged bounce accuses a server that wrote nothing. Real servers are odd, too: so there has to be a sign that none of
them shows, or several together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import NamedTuple

from msgspec import Struct

from bsaudit.model.notification import Hop, Notification
from bsaudit.ndn.dates import parse_date
from bsaudit.ndn.message import address, message_id
from bsaudit.ndn.mime import Fields
from bsaudit.ndn.original import Original
from bsaudit.survey.journey import kin, unnamed
from bsaudit.survey.own import Own, addresses_in, id_host
from bsaudit.survey.writer import MOST_INNER, Writer

# What a sign weighs: enough alone, with another like it, or with two
CERTAIN, STRONG, WEAK = 4, 2, 1
ENOUGH = CERTAIN
# Programs that people write with. Mail systems name themselves here, too, so the names are listed.
_MAIL_PROGRAM = re.compile(
    r"\b(?:outlook|thunderbird|mozilla|the bat|foxmail|apple mail|eudora|incredimail|phpmailer|mailwasher|squirrelmail"
    r"|roundcube|mailspring|evolution|kmail|windows (?:live )?mail|iphone mail|sendblaster|leafphpmailer)\b",
    re.IGNORECASE,
)
# Names itself in each message that it moves to another folder on a server, whoever wrote it
_KEEPS_MAIL = re.compile(r"microsoft (?:office )?outlook 1\d\.\d", re.IGNORECASE)
_PROGRAM_FIELDS = ("x-mailer", "user-agent")
_SCRIPT_FIELDS = ("x-php-originating-script", "x-php-script", "x-php-filename")
_SPF_FIELDS = ("authentication-results", "received-spf")
_SPF_FAILED = re.compile(
    r"\bspf=(?:hard)?fail\b[^;]*\b(?:helo|smtp\.helo)=|\bfail\b.{0,300}\bidentity=helo\b", re.IGNORECASE
)
# Clocks are wrong by hours; what answers a message is not written a day before it
_CLOCKS = timedelta(days=1)


class Case(Struct, frozen=True):
    notification: Notification
    fields: Fields  # the notice's own header
    original: Original
    who: Writer
    own: Own


def signs(case: Case) -> tuple[str, ...]:
    """Return the signs by which a notice is known as forged; none where they are not enough."""
    found = _found(_SIGNS, case)
    if not found or sum(found.values()) + len(_WEAK_SIGNS) * WEAK < ENOUGH:
        return ()  # as of nearly every notice: what weighs little cannot tip it, and costs most to look for
    found |= _found(_WEAK_SIGNS, case)
    return tuple(found) if sum(found.values()) >= ENOUGH else ()


def _peer(case: Case) -> int:
    """Tell whether who handed it over cannot be who it says that wrote it."""
    peer, claimed = case.who.peer, case.who.claimed
    if peer is None or claimed is None or kin(claimed, peer.rdns) or kin(claimed, peer.helo):
        return 0
    if not unnamed(peer) or any(kin(claimed, name) for hop in _before(case) for name in (hop.by, hop.rdns, hop.helo)):
        return 0  # a server of some sort, or one that took it from whom it names
    # Not by its From: where that names no domain, the server that takes it in adds its own.
    return CERTAIN if case.own.name(case.notification.reporting_mta) else STRONG


def _before(case: Case) -> Iterator[Hop]:
    """Yield the hops before the one in which it was handed over to us."""
    hops = iter(case.notification.trace)
    for hop in hops:
        if hop is case.who.peer:
            break
    return islice(hops, MOST_INNER)


def _mail_program(case: Case) -> int:
    """Tell whether a program for people wrote it: some have a button that makes up a bounce."""
    said = [value for name in _PROGRAM_FIELDS for value in case.fields.get(name, ()) if _MAIL_PROGRAM.search(value)]
    return 0 if not said else STRONG if all(map(_KEEPS_MAIL.match, said)) else CERTAIN


def _two_recipients(case: Case) -> int:
    """Tell whether it has several recipients: a notice goes to the one reverse-path (RFC 5321 §4.5.5)."""
    to = case.fields.get("to", ())
    if "".join(to).count("@") <= 1:
        return 0
    return CERTAIN if len(addresses_in(to)) > 1 and case.notification.null_reverse_path else 0


def _script(case: Case) -> int:
    """Tell whether a page on a web server wrote it: PHP notes which one in what it sends (mail.add_x_header)."""
    return CERTAIN if any(name in case.fields for name in _SCRIPT_FIELDS) else 0


def _sender(case: Case) -> int:
    """Tell whether a stranger's host sent it as the person to whom it goes: notices are from mail systems.

    Some forwarders write their customer into the reverse-path, which is one sign of the two.
    """
    peer = case.who.peer
    if peer is None:
        return 0
    senders = [case.fields.get(name, ())[:1] for name in ("from", "return-path")]
    to = addresses_in(case.fields.get("to", ()))
    said = " ".join([value for values in senders for value in values]).lower()
    if not any(map(said.__contains__, to)):
        return 0
    own_side = any(kin(one.rpartition("@")[2], peer.rdns) for one in to)
    return 0 if own_side else sum(STRONG for values in senders if addresses_in(values) == to)


def _return_path(case: Case) -> int:
    """Tell whether a Return-Path came along in it: that field is the last server's to write (RFC 5321 §4.4).

    A forwarder writes its own above a real notice's null one; here it is the other way round.
    """
    found = case.fields.get("return-path", ())
    if len(found) <= 1:
        return 0
    values = [value.strip("<> ") for value in found]
    return CERTAIN if not values[0] and any(values) else 0


def _message_id(case: Case) -> int:
    """Tell whether it was named elsewhere than where it says that it was written."""
    host, claimed = id_host(message_id(next(iter(case.fields.get("message-id", ())), ""))), case.who.claimed
    if host is None or claimed is None or "." not in host:
        return 0
    seen = case.who.peer
    names = (claimed, seen.rdns, seen.helo) if seen else (claimed,)
    return 0 if any(kin(host, name) for name in names) else WEAK


def _original(case: Case) -> int:
    """Tell whether the copy cannot be what came back: written later than the notice, or about another recipient."""
    return WEAK if _later(case) or _other_sender(case) else 0


def _later(case: Case) -> bool:
    written, answered = parse_date(case.original.first("date")), parse_date(next(iter(case.fields.get("date", ())), ""))
    if written is None or answered is None or (written.tzinfo is None) is not (answered.tzinfo is None):
        return False
    return written > answered + _CLOCKS


def _other_sender(case: Case) -> bool:
    """Tell whether the copy says that its reverse-path was somebody else's."""
    path = address(case.original.first("return-path"))
    to = address(next(iter(case.fields.get("to", ())), ""))
    return (
        path is not None and to is not None and not kin(path.rpartition("@")[2].lower(), to.rpartition("@")[2].lower())
    )


def _spf(case: Case) -> int:
    """Tell whether our own side found that whoever greeted may not bear that name (RFC 7208 §2.3)."""
    for name in _SPF_FIELDS:
        values = case.fields.get(name)
        if values and _SPF_FAILED.search(values[0]):
            return STRONG
    return 0


class Sign(NamedTuple):
    """What gives a forged notice away; `fields`: one of them has to be there, else there is nothing to look at."""

    name: str
    look: Callable[[Case], int]  # its weight
    fields: Sequence[str]


_SIGNS = (
    Sign("peer", _peer, ("received",)),
    Sign("mail_program", _mail_program, _PROGRAM_FIELDS),
    Sign("two_recipients", _two_recipients, ("to",)),
    Sign("return_path", _return_path, ("return-path",)),
    Sign("script", _script, _SCRIPT_FIELDS),
    Sign("sender", _sender, ("received",)),
    Sign("spf", _spf, _SPF_FIELDS),
)
_WEAK_SIGNS = (Sign("message_id", _message_id, ("message-id",)), Sign("original", _original, ("date", "to")))
SIGNS = tuple(sign.name for sign in (*_SIGNS, *_WEAK_SIGNS))


def _found(signs_: Sequence[Sign], case: Case) -> dict[str, int]:
    absent = case.fields.keys().isdisjoint
    return {name: weight for name, look, fields in signs_ if not absent(fields) and (weight := look(case))}
