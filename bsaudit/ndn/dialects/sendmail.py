"""Sendmail, and all that imitate it: a transcript of the session, with or without a list of the addresses.

   ----- The following addresses had permanent fatal errors -----
<recipient@example.org>
    (reason: 550 5.1.1 User unknown)

   ----- Transcript of session follows -----
... while talking to mx.example.org.:
>>> RCPT To:<recipient@example.org>
<<< 550 5.1.1 User unknown
550 5.1.1 <recipient@example.org>... User unknown
"""

from __future__ import annotations

import re

from bsaudit.ndn.draft import Claim, Draft
from bsaudit.ndn.message import Message
from bsaudit.ndn.patterns import ADDRESS
from bsaudit.ndn.prose import Form, read_form

_LISTED = re.compile(
    rf"^[ \t>]{{0,12}}(?:<({ADDRESS}|[^<>\s@]{{1,64}})>|({ADDRESS}))[ \t]*(?:$|\(|\[|[:,;]|\.\.\.)", re.MULTILINE
)
_SECTION = re.compile(
    r"--[ ]?(?:The following addresses|Addresses? (?:with|that)|Failed addresses)[^\n]{0,80}", re.IGNORECASE
)
_TRANSCRIPT = re.compile(r"--[ ]?Transcript of (?:the )?session[^\n]{0,60}", re.IGNORECASE)
_REPLY = re.compile(
    rf"^(?P<reply>[245]\d\d[ \-][^\n<@]{{0,40}}?)<?(?P<address>{ADDRESS})>?(?:\.\.\.|[:,;])", re.MULTILINE
)
_EXPANDED = re.compile(r"\(expanded from:[ \t]{0,4}<?([^<>\s)]{1,320})>?\)")
_HOST = re.compile(r"talking to[ \t]{1,4}\[?([A-Za-z0-9][\w.\-:]{1,255}?)\]?\.?:[ \t]*$", re.MULTILINE)
# Lines of the transcript around an address that belong to it
_BEFORE = 400
# Sendmail's own summaries, which say less than the reply it heard
_VAGUE = ("Remote protocol error", "Service unavailable", "Deferred", "Data format error", "Bad usage")
FORM = Form(
    family="sendmail",
    # Postfix's notices to the postmaster have a transcript without a line in front
    marks=("- Transcript of session follows", "- transcript of session follows", "----- The following addresses had"),
    recipient=_LISTED,
)


def read(message: Message) -> Draft | None:
    draft = read_form(message, FORM)
    if draft is None:
        return None
    head = draft.prose or ""
    transcript = _TRANSCRIPT.search(head)
    if transcript is not None and draft.reporting_mta is None:
        said = head[transcript.end() :]
        draft.claims = _claims(head, said) or draft.claims
    return draft if draft.claims or message.null_reverse_path else None


def _claims(head: str, said: str) -> list[Claim]:
    section = _SECTION.search(head)
    listed = head[section.end() : head.find("-----", section.end())] if section else ""
    found: dict[str, str] = {}
    for match in _LISTED.finditer(listed):
        address = match[1] or match[2]
        found.setdefault(address.lower(), address)
    if not found:
        for match in _REPLY.finditer(said):
            if match["reply"][0] in "45":
                found.setdefault(match["address"].lower(), match["address"])
    return [_claim(address, listed, said, alone=len(found) == 1) for address in found.values()]


def _claim(address: str, listed: str, said: str, *, alone: bool) -> Claim:
    reason = listed[listed.find(address) + len(address) :].lstrip("> \t\n") if address in listed else ""
    reason = reason.split("\n\n")[0].split("\n<")[0] if reason.startswith("(") else ""
    at = said.find(f"<{address}>...")
    at = said.find(address) if at < 0 else at
    lines = said if alone else _around(said, at, address)
    host = _last(_HOST, said[: at if at >= 0 else len(said)])
    own = reason.removeprefix("(reason:").strip(" ()\n") or _failed_line(lines) or lines.strip()
    expanded = _EXPANDED.search(reason)
    return Claim(
        final=address,
        original=expanded[1] if expanded else None,
        diagnostic=" ".join(own.split()) or None,
        remote_mta=host,
        text=f"{reason}\n{lines}",
    )


def _around(said: str, at: int, address: str) -> str:
    """Return the line about the address, with the reply quoted right in front of it where the line says nothing."""
    if at < 0:
        return ""
    start = said.rfind("\n", 0, at) + 1
    end = said.find("\n", at + len(address))
    line = said[start : end if end >= 0 else len(said)]
    if not any(word in line for word in _VAGUE):
        return line
    before = said[max(0, start - _BEFORE) : start].split("\n")
    quoted = next((one for one in reversed(before) if one.startswith("<<<")), "")
    return f"{quoted}\n{line}" if quoted else line


def _failed_line(lines: str) -> str:
    """Return the other server's reply, else the mailer's own summary."""
    for line in lines.split("\n"):
        if line.startswith("<<<") and line[4:5] in {"4", "5"}:
            return line[4:]
    for line in lines.split("\n"):
        if re.match(r"[45]\d\d[ \-]", line):
            return line
    return ""


def _last(pattern: re.Pattern[str], text: str) -> str | None:
    found = None
    for match in pattern.finditer(text):
        found = match[1]
    return found
