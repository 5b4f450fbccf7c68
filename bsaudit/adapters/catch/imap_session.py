"""One IMAP connection with one folder open read-only. Everything here blocks; `imap.py` runs it in threads.

Nothing is ever marked, moved or deleted: folders are opened with EXAMINE (RFC 3501 §6.3.2) and bodies fetched with
BODY.PEEK.
"""

from __future__ import annotations

import contextlib
import imaplib
import select
import socket
import ssl
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from imapclient import SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError, ProtocolError
from imapclient.imapclient import JUNK

from bsaudit.adapters.catch.common import READ_LIMIT
from bsaudit.adapters.catch.imap_wire import Client, number
from bsaudit.adapters.oauth import access_token
from bsaudit.adapters.tls import explain_tls
from bsaudit.errors import CatchError
from bsaudit.model.domain import ascii_domain
from bsaudit.model.settings import CatchSettings, Tls
from bsaudit.text import clean_line

CONNECT_TIMEOUT_S = 30.0
READ_TIMEOUT_S = 60.0
# RFC 2177 wants IDLE renewed within 29 minutes. A minute also finds connections that a NAT box or a crash has silently
# dropped while a run still has time to reconnect, and looks for itself where a server forgets to announce.
IDLE_RENEW_S = 60.0
# Without IDLE: a NOOP this often is what mail clients do, and quick enough beside minutes of waiting.
POLL_S = 3.0
GOODBYE_S = 1.0  # nobody waits long for a goodbye
BATCH = 16  # messages per FETCH, so that one answer holds at most 16 MiB
# Asked for at once: a search is answered in one line, of which imaplib reads a million octets, eleven for a UID.
UIDS_AT_ONCE = 80_000
# … where UIDs lie far apart (up to 4 294 967 295, RFC 3501 §2.3.1.1): a server may be slow, or hostile.
MOST_SEARCHES = 50
DATES_BATCH = 1000  # … of whose dates alone are asked for

PARTIAL_KEY = b"BODY[]<0>"

# What a connection can die of; BYE and end of file arrive as IMAP4.abort, a subclass of IMAPClientError.
# UnicodeError is Python's answer to a host name that cannot be one.
CONNECTION_TROUBLE = (OSError, IMAPClientError, UnicodeError)


class Fetched(NamedTuple):
    uid: int
    raw: bytes
    size: int


class Session:
    """A connection, logged in. Raises CatchError from the constructor, CONNECTION_TROUBLE from everything else."""

    def __init__(self, settings: CatchSettings, context: ssl.SSLContext) -> None:
        self.settings = settings
        self._following = 1
        try:
            self._client = _connect(settings, context)
        except CONNECTION_TROUBLE as error:
            raise explain(error, settings) from error
        try:
            with self._client.answering():
                _secure(self._client, settings, context)
                _log_in(self._client, settings)
        except CONNECTION_TROUBLE as error:
            self.close()
            raise explain(error, settings) from error
        except CatchError:
            self.close()
            raise

    @property
    def can_idle(self) -> bool:
        return bool(self._client.has_capability("IDLE"))

    def junk_folder(self) -> str | None:
        r"""Return the folder marked \Junk (RFC 6154), by its usual names where the server marks none."""
        with self._client.answering():
            name = self._client.find_special_folder(JUNK)
        return None if name is None else str(name)

    def examine(self, folder: str) -> tuple[int, int]:
        """Open `folder` read-only; return its UIDVALIDITY and UIDNEXT. Raises CatchError if that is refused."""
        with self._client.answering():
            try:
                answer = self._client.select_folder(folder, readonly=True)
            except (imaplib.IMAP4.abort, ProtocolError):
                raise
            except IMAPClientError as error:
                raise self._refused(folder, error) from error
            following = answer.get(b"UIDNEXT") or self._uid_next(answer.get(b"EXISTS", 0))
            self._following = number(following, "UIDNEXT")
            return number(answer.get(b"UIDVALIDITY", 0), "UIDVALIDITY"), self._following

    def uids_from(self, uid: int) -> list[int]:
        """Return the UIDs from `uid` on, ascending."""
        self._client.announced()
        # RFC 3501 §6.4.8: n:* always holds the last message, even if its UID is below n
        return [
            found
            for first, last in uid_ranges(uid, self._following)
            for found in self._search(f"UID {first}:{last}")
            if found >= first
        ]

    def uids_since(self, moment: datetime, day: date) -> list[int]:
        """Return the UIDs of the messages that the server took in at or after `moment`; `day` must lie before it."""
        found = self._search(["SINCE", day])
        dates: dict[int, dict[bytes, Any]] = {}
        for start in range(0, len(found), DATES_BATCH):
            with self._client.answering():
                dates |= self._client.fetch(found[start : start + DATES_BATCH], ["INTERNALDATE"])
        return [uid for uid in found if uid in dates and _received(dates[uid]) >= moment]

    def fetch(self, uids: Sequence[int], limit: int = READ_LIMIT) -> Iterator[Fetched]:
        """Yield the beginning of each message that is still there, in order."""
        with self._client.answering():
            items = self._client.fetch(uids, ["RFC822.SIZE", f"BODY.PEEK[]<0.{limit}>"])
        for uid in uids:
            raw = items.get(uid, {}).get(PARTIAL_KEY)
            if isinstance(raw, bytes):
                size = items[uid].get(b"RFC822.SIZE")
                yield Fetched(uid, raw, max(size, len(raw)) if isinstance(size, int) else len(raw))
            elif raw is not None:  # else another client has moved or deleted it meanwhile
                raise ProtocolError(f"message {uid} is no text")

    def headers(self, uids: Sequence[int]) -> Iterator[bytes]:
        """Yield the header of each message that is still there."""
        with self._client.answering():
            items = self._client.fetch(uids, ["BODY.PEEK[HEADER]"]) if uids else {}
        yield from (raw for item in items.values() if isinstance(raw := item.get(b"BODY[HEADER]"), bytes))

    def wait(self, wake: socket.socket) -> None:
        """Wait until the server announces something, `wake` becomes readable, or it is time to look anyway."""
        if self._client.announced():
            return
        with self._client.answering():
            if not self.can_idle:
                select.select([wake], [], [], POLL_S)
                self._client.noop()
            elif not self._idle(wake):
                self._client.noop()  # woken: only now does the server look whether there is more (RFC 3501 §6.1.2)

    def close(self) -> None:
        """Log out as far as the connection still allows."""
        with contextlib.suppress(*CONNECTION_TROUBLE), self._client.answering(GOODBYE_S):
            self._client.logout()
        self.drop()

    def drop(self) -> None:
        """Close the connection without a word."""
        with contextlib.suppress(*CONNECTION_TROUBLE):
            self._client.shutdown()

    def cut(self) -> None:
        """Break the connection off from another thread: whoever blocks on it gets an end of file."""
        self._client.cut()

    def _idle(self, wake: socket.socket) -> bool:
        """Whether anything was announced."""
        self._client.wake = wake
        self._client.idle()
        heard = [] if self._client.announced() else self._client.idle_check(timeout=IDLE_RENEW_S)
        for line in heard:
            if line[0] == b"BYE":  # RFC 3501 §7.1.5
                raise imaplib.IMAP4.abort(" ".join(map(clean_line, filter(_is_text, line))))
        self._client.idle_done()
        return self._client.announced() or bool(heard)

    def _uid_next(self, exists: int) -> int:
        # RFC 3501 §7.1 lets a server leave UIDNEXT out; then it is one above the last message's UID.
        if not exists:
            return 1
        return max(self._search("UID *"), default=0) + 1

    def _search(self, criteria: str | list[Any]) -> list[int]:
        with self._client.answering():
            return sorted(number(uid, "a UID") for uid in self._client.search(criteria))

    def _refused(self, folder: str, error: Exception) -> CatchError:
        there = ", ".join(clean_line(name) for _, _, name in self._client.list_folders())
        answer = _said(error)
        if "NOPERM" in answer or "ermission" in answer:
            what, remedy = "may not be read by this user", "Give the user the rights l and r on it (RFC 4314)."
        else:
            what, remedy = "cannot be opened", f"Folders there: {there or 'none'}."
        return CatchError(f"the folder {clean_line(folder)} {what}: {answer}", remedy=remedy)


def uid_ranges(uid: int, following: int) -> Iterator[tuple[int, int | str]]:
    """Yield ranges of UIDs from `uid` on, the last without an end, each of which one line can answer."""
    step = max(UIDS_AT_ONCE, (following - uid) // MOST_SEARCHES)
    while following - uid > step:
        yield uid, uid + step - 1
        uid += step
    yield uid, "*"


def _connect(settings: CatchSettings, context: ssl.SSLContext) -> Client:
    return Client(
        ascii_domain(settings.host or ""),
        port=settings.port,
        ssl=settings.tls is Tls.IMPLICIT,
        ssl_context=context if settings.tls is Tls.IMPLICIT else None,
        timeout=SocketTimeout(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
    )


def _secure(client: Client, settings: CatchSettings, context: ssl.SSLContext) -> None:
    if settings.tls is not Tls.STARTTLS:
        return
    if not client.has_capability("STARTTLS"):
        raise CatchError(
            f"the IMAP server at {_place(settings)} offers no STARTTLS",
            remedy="Use imaps:// if it has a TLS port (993); only in a network of your own, add ?tls=none to imap://.",
        )
    client.starttls(context)


def _log_in(client: Client, settings: CatchSettings) -> None:
    user = settings.user
    if user is None:
        raise CatchError(
            "the mailbox's URL names no user", remedy="Write imaps://USER@HOST; an @ in the user name as %40."
        )
    if settings.token_command is not None:
        client.oauth2_login(user, access_token(settings.token_command, error=CatchError).reveal())
    elif settings.password is None:
        raise CatchError(
            f"there is no password for {clean_line(user)} at {_place(settings)}",
            remedy="Set BSAUDIT_CATCH_PASSWORD, or --catch-token-command for OAuth2.",
        )
    elif client.has_capability("AUTH=PLAIN"):
        client.plain_login(user, settings.password.reveal())  # takes any character; LOGIN only ASCII (RFC 4616, 3501)
    elif not (user + settings.password.reveal()).isascii():
        raise CatchError(
            f"the IMAP server at {_place(settings)} takes user names and passwords in ASCII only",
            remedy="It offers no AUTH=PLAIN: choose a password of ASCII characters, or --catch-token-command.",
        )
    else:
        client.login(user, settings.password.reveal())


def explain(error: Exception, settings: CatchSettings) -> CatchError:
    """Return a library's error as ours, with what to do about it."""
    place = _place(settings)
    match error:
        case CatchError():
            return error
        case ssl.SSLError():
            message, remedy = explain_tls(error, place)
        case socket.gaierror() | UnicodeError():
            message, remedy = (
                f"the mailbox's host {clean_line(settings.host or '')} is unknown",
                "Check the name in its URL.",
            )
        case ConnectionRefusedError():
            message, remedy = (
                f"{place} refuses the connection",
                "Check host and port in the mailbox's URL.",
            )
        case TimeoutError():
            message, remedy = f"{place} does not answer", "Check host and port in the mailbox's URL, and its firewall."
        case LoginError():
            message, remedy = f"the IMAP server at {place} refuses the login: {_said(error)}", _login_remedy(settings)
        case ProtocolError():
            message = f"the IMAP server at {place} answers what is no IMAP: {_said(error)}"
            remedy = "Is it an IMAP server? Another client would stumble over the same answer."
        case imaplib.IMAP4.error():
            message = f"the IMAP server at {place} broke off: {_said(error)}"
            remedy = "Is it an IMAP server, and does it allow another connection for this user?"
        case _:
            message, remedy = f"no connection to {place}: {clean_line(str(error))}", "Check the mailbox's host."
    return CatchError(message, remedy=remedy)


def _login_remedy(settings: CatchSettings) -> str:
    if settings.token_command is not None:
        return "Check the user name, and that the token is for IMAP and has not expired."
    return "Check the user name and BSAUDIT_CATCH_PASSWORD; many providers want an app password or OAuth2."


def _place(settings: CatchSettings) -> str:
    host = settings.host or ""
    return f"[{host}]:{settings.port}" if ":" in host else f"{host}:{settings.port}"


def _said(error: Exception) -> str:
    """Return what the server said, as one clean line."""
    first: Any = error.args[0] if error.args else ""
    return clean_line(first if isinstance(first, str | bytes) else str(first))


def _is_text(part: object) -> bool:
    return isinstance(part, bytes)


def _received(item: dict[bytes, Any]) -> datetime:
    moment = item.get(b"INTERNALDATE")
    if not isinstance(moment, datetime):
        return datetime.max.replace(tzinfo=UTC)  # no date: rather a message too many
    try:
        return moment.astimezone()  # IMAPClient gives local time without a zone
    except (OverflowError, ValueError):
        return datetime.max.replace(tzinfo=UTC)
