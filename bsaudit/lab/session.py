"""aiosmtpd with RFC 3461: the parameters RET, ENVID, NOTIFY and ORCPT, which aiosmtpd 1.4.6 answers with 555."""

from __future__ import annotations

import collections
import logging
import re
from typing import Any

from aiosmtpd.smtp import SMTP
from msgspec import Struct

logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # aiosmtpd would warn on stderr of every odd command

# RFC 3461 §4: xtext has no "=", no blank and no control character.
_XTEXT = r"[!-<>-~]+"
_PARAMETERS = {
    "MAIL": {"RET": re.compile(r"FULL|HDRS", re.IGNORECASE), "ENVID": re.compile(_XTEXT)},
    "RCPT": {
        "NOTIFY": re.compile(r"NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY))*", re.IGNORECASE),
        "ORCPT": re.compile(rf"[A-Za-z0-9-]+;{_XTEXT}"),
    },
}
# RFC 3461 §4.5 adds 500 octets to RCPT and §4.6 100 to MAIL; RFC 6531 more.
COMMAND_LIMIT = 2048


class Dsn(Struct):
    """What a client asked of notifications in one transaction; `notify` and `orcpt` are by recipient."""

    ret: str | None = None
    envid: str | None = None
    notify: dict[str, tuple[str, ...]] = {}
    orcpt: dict[str, str] = {}


def announced(responses: list[str], *extensions: str) -> list[str]:
    """Return aiosmtpd's answer to EHLO with `extensions` added, for `handle_EHLO`; the last line is its `250 HELP`."""
    return [*responses[:-1], *(f"250-{extension}" for extension in extensions), responses[-1]]


class DsnSession(SMTP):
    """One SMTP connection that understands RFC 3461.

    The handler finds what was asked in `session.dsn` and announces the extension with `announced`; `offer_dsn` False
    makes it an ordinary aiosmtpd session.
    """

    def __init__(self, handler: Any, *, offer_dsn: bool = True, **options: Any) -> None:
        self._offer_dsn = offer_dsn
        self._asked: dict[str, str] = {}
        super().__init__(handler, **options)
        # aiosmtpd keeps these in one dictionary for all connections, which each new one empties
        self.command_size_limits = collections.defaultdict(lambda: COMMAND_LIMIT)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        rest = await self._take("MAIL", arg)
        if rest is None:
            return
        assert self.session is not None
        self.session.dsn = Dsn(ret=self._asked.get("RET"), envid=self._asked.get("ENVID"))  # type: ignore[attr-defined]
        await super().smtp_MAIL(rest)

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        rest = await self._take("RCPT", arg)
        if rest is None:
            return
        before = list(self.envelope.rcpt_tos) if self.envelope else []
        await super().smtp_RCPT(rest)
        if self.envelope and len(self.envelope.rcpt_tos) > len(before) and self.session:
            dsn: Dsn = self.session.dsn  # type: ignore[attr-defined]
            address = self.envelope.rcpt_tos[-1]
            if "NOTIFY" in self._asked:
                dsn.notify[address] = tuple(self._asked["NOTIFY"].upper().split(","))
            if "ORCPT" in self._asked:
                dsn.orcpt[address] = self._asked["ORCPT"]

    async def _take(self, command: str, arg: str | None) -> str | None:
        """Take the parameters of RFC 3461 out of `arg`; None if one of them was refused (and answered)."""
        self._asked = {}
        if not self._offer_dsn or not arg:
            return arg or ""
        path, bracket, tail = arg.partition(">")
        rest: list[str] = []
        for word in tail.split():
            name, _, value = word.partition("=")
            rule = _PARAMETERS[command].get(name.upper())
            if rule is None:
                rest.append(word)
            elif not rule.fullmatch(value) or name.upper() in self._asked:
                await self.push(f"501 5.5.4 Syntax error in parameter {name.upper()}")
                return None
            else:
                self._asked[name.upper()] = value
        return " ".join([path + bracket, *rest])
