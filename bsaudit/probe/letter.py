"""What every message of a probe has in common: whose addresses it carries, when it was written, what it says it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime

from msgspec import Struct

from bsaudit.model.probe import Place, Probe
from bsaudit.probe.permission import DENY_TEXT, record_name
from bsaudit.probe.rule import rule_message
from bsaudit.probe.tagging import domain_of
from bsaudit.text import clean_line


class Signature(Struct, frozen=True, kw_only=True):
    """Who sends a probe, and why: what its reader is told of the run."""

    run_id: str | None = None
    authorized_by: str | None = None
    contact: str | None = None
    about_url: str | None = None  # a page that explains the test


NOBODYS = Signature()


class Letter(Struct, frozen=True, kw_only=True):
    """What a writer has to know: the probe, when it goes out, and what only the run can tell.

    `rules` are the user's own texts, of which `probe.rule` is one; `octets` is the least size of an oversize message.
    """

    probe: Probe
    at: datetime
    sign: Signature
    rules: Sequence[str] = ()
    octets: int = 0

    @property
    def footer(self) -> str:
        return footer(self.probe, self.sign)


NAMING_FIELD = "X-Bsaudit"
LONGEST = 400  # of what a user says, in characters: no line exceeds RFC 5322 §2.1.1 by it
Writer = Callable[[Letter], bytes]
# Lines of the filler of an oversize message; its size is made up of these.
FILLER = "This line is filler, so that the message becomes too large for the server that it is sent to.\n"


class Written(EmailPolicy):
    """Fields of our own, already in the form they go out in: parsing each of them costs five times the rest."""

    def header_store_parse(self, name: str, value: str) -> tuple[str, str]:
        if "\r" in value or "\n" in value:
            raise ValueError(f"a line break in {name}")
        return name, value

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002 — the library's signature
        return value


ASCII = Written(linesep=SMTP.linesep)
_UTF8 = ASCII.clone(utf8=True)


def policy(probe: Probe) -> Written:
    addresses = "".join(recipient.address for recipient in probe.recipients) + probe.from_address
    return ASCII if addresses.isascii() else _UTF8


def by_a_person(subject: str, write: Callable[[EmailMessage, str], None]) -> Writer:
    """Return the writer of a message as a person writes them; `write` puts the body, with a footer, into it."""

    def written(letter: Letter) -> bytes:
        message = EmailMessage(policy=policy(letter.probe))
        _address(message, letter.probe)
        message["Subject"] = subject
        stamp(message, letter.probe, letter.at)
        write(message, letter.footer)
        composed = message.as_bytes()
        missing = max(0, letter.octets - len(composed))
        return composed + FILLER.replace("\n", "\r\n").encode() * -(-missing // (len(FILLER) + 1))

    return written


def by_the_user(letter: Letter) -> bytes:
    """Return the user's own message or snippet, from us and to the probe's recipient only."""
    probe = letter.probe
    stamped = (("Date", format_datetime(letter.at)), ("Message-ID", probe.message_id))
    # The body is what the rule matches, so that a field says what a footer says elsewhere.
    said = Header("; ".join(_signed(probe, letter.sign)), header_name=NAMING_FIELD).encode(linesep="\r\n")
    fields = (*_addresses(probe), *stamped, (NAMING_FIELD, said))
    return rule_message(letter.rules[probe.rule or 0], fields)


def _addresses(probe: Probe) -> tuple[tuple[str, str], ...]:
    to = ", ".join(recipient.address for recipient in probe.recipients)
    return ("From", probe.from_address), ("To", to), ("Reply-To", probe.reply_to)


def _address(message: EmailMessage, probe: Probe) -> None:
    for name, value in _addresses(probe):
        message[name] = value


def stamp(message: EmailMessage, probe: Probe, at: datetime) -> None:
    message["Date"] = format_datetime(at)
    message["Message-ID"] = probe.message_id


def footer(probe: Probe, sign: Signature) -> str:
    """Say to whoever reads it what this is; strangers must be able to ask, to complain and to opt out."""
    return "\n".join(["-- ", *_signed(probe, sign), f"Reference: {probe.token(Place.BODY)}"]) + "\n"


def _signed(probe: Probe, sign: Signature) -> Iterator[str]:
    run = f", run {sign.run_id}" if sign.run_id else ""
    yield f"This is a test of a mail server's handling of undeliverable mail (bsaudit{run})."
    if sign.authorized_by:
        yield f"It was authorised by: {clean_line(sign.authorized_by, LONGEST)}"
    if sign.about_url:
        yield f"What it is for: {clean_line(sign.about_url, LONGEST)}"
    yield f"Questions: {clean_line(sign.contact or probe.reply_to, LONGEST)}"
    domain = domain_of(probe.recipients[0].address) if probe.target else "["
    if not domain.startswith("["):
        yield "To stop such tests for good, whoever sends them, publish this TXT record:"
        yield f'{record_name(domain)}  "{DENY_TEXT}"'
