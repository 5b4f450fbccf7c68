"""What stands in a probe: test strings of the trade, assembled at run time, and texts a person could have written.

No probe carries Auto-Submitted, Precedence or List-*: filters suppress bounces for such mail, and a guilty server
would look clean.
"""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage
from enum import StrEnum

from msgspec import Struct

from bsaudit.model.mail import Stage
from bsaudit.model.notification import Reason
from bsaudit.probe.letter import Letter, Writer, by_a_person, by_the_user
from bsaudit.probe.notice import returning_nothing, returning_test_content
from bsaudit.probe.strings import GTPHISH, GTUBE, URI_TEST_POINTS, eicar


class Tries(StrEnum):
    """What a server has to refuse if it refuses a message: a refusal before it has heard of that is about another."""

    RECIPIENT = "recipient"  # whatever the message holds
    SIZE = "size"
    CONTENT = "content"


# RFC 5321 §4.1.1: the recipient stands in RCPT, the message ends with the final dot; RFC 1870 §6.1: the size in MAIL.
_READ_AT = {Tries.SIZE: Stage.MAIL, Tries.RECIPIENT: Stage.RCPT, Tries.CONTENT: Stage.END_OF_DATA}


class Content(Struct, frozen=True, kw_only=True):
    """What a message holds, and what follows from it. Nothing that decides has a default: no row can forget it.

    `title` is what the documentation calls it; `write` makes the message.
    `needs_consent` makes it *test content*: it looks like abuse, so that the relay's owner must have agreed to it
    (test strings get relay accounts suspended), that an NDN which returns it may be kept from us, and that whoever
    answers it automatically answers what should have been refused.
    `tries` says what is tried with it, and so from which command on a refusal can be the answer. `fits` are the reasons
    for which a refusal answers this content, beside those of the kind and the shape; `words` in a refusal say that it
    is about the content, whatever else the reply may name.
    """

    name: str
    title: str
    write: Writer
    needs_consent: bool
    tries: Tries
    fits: frozenset[Reason]
    words: tuple[str, ...]

    @property
    def read_at(self) -> Stage:
        """The command at which a server first knows what is tried."""
        return _READ_AT[self.tries]


# A test content as a run sends it; of the user's own rules, which one.
Tested = tuple[Content, int | None]

_OFFER = """\
Dear friend,

our pharmacy outlet has the lowest prices of the year on all popular medication: no prescription, discreet world-wide
shipping, 80 % off for the first 100 orders today! This is a limited offer and you have been specially selected.
Act now, click below, and receive a FREE bonus pack worth $199. 100 % satisfaction guaranteed or your money back.

To stop receiving these great offers simply reply with "remove" in the subject.
"""


def _zip(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    # A fixed time stamp, so that the same probe has the same bytes.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data)
    return buffer.getvalue()


def _attach(message: EmailMessage, data: bytes, name: str, subtype: str = "octet-stream") -> None:
    message.add_attachment(data, maintype="application", subtype=subtype, filename=name)


def _text(message: EmailMessage, text: str) -> None:
    message.set_content(text, cte="7bit" if text.isascii() else "quoted-printable")


def _ordinary(message: EmailMessage, footer: str) -> None:
    _text(message, "Hello,\n\nthis is a short note to see that mail arrives. No answer is needed.\n\n" + footer)


def _gtube(message: EmailMessage, footer: str) -> None:
    _text(message, f"Hello,\n\nthis message carries the test string of the spam filters:\n\n{GTUBE}\n\n{footer}")


def _gtphish(message: EmailMessage, footer: str) -> None:
    _text(message, f"Hello,\n\nthis message carries a test string of the phishing filters:\n\n{GTPHISH}\n\n{footer}")


def _offer(message: EmailMessage, footer: str) -> None:
    _text(message, f"{_OFFER}\n{footer}")


def _uri(message: EmailMessage, footer: str) -> None:
    links = "\n".join(f"http://{host}/" for host in URI_TEST_POINTS)
    _text(message, f"Hello,\n\nthese are the pages we talked about:\n\n{links}\n\n{footer}")


def _eicar_plain(message: EmailMessage, footer: str) -> None:
    _text(message, f"Hello,\n\nthe file is attached.\n\n{footer}")
    _attach(message, eicar(), "eicar.com")


def _eicar_zip(message: EmailMessage, footer: str) -> None:
    _text(message, f"Hello,\n\nthe archive is attached.\n\n{footer}")
    _attach(message, _zip("eicar.com", eicar()), "eicar_com.zip", "zip")


def _eicar_nested(message: EmailMessage, footer: str) -> None:
    _text(message, f"Hello,\n\nthe archive is attached.\n\n{footer}")
    _attach(message, _zip("eicar_com.zip", _zip("eicar.com", eicar())), "eicarcom2.zip", "zip")


def _banned(message: EmailMessage, footer: str) -> None:
    # Harmless text under a name that no policy lets pass: what is tried is the rule about names.
    _text(message, f"Hello,\n\nthe invoice is attached.\n\n{footer}")
    _attach(message, b"This file is not a program.\r\n", "invoice.pdf.exe")


def _list(message: EmailMessage, footer: str) -> None:
    # The one kind of probe that looks like bulk mail: a vacation program must not answer it (RFC 3834 §2, RFC 2919).
    message["List-Id"] = "<bsaudit.list.invalid>"
    message["Precedence"] = "list"
    _ordinary(message, footer)


# No larger SIZE than this is exceeded: an oversize probe costs the target that much traffic.
OVERSIZE_LIMIT = 64 << 20


def _oversize(message: EmailMessage, footer: str) -> None:
    _text(message, f"Hello,\n\nthis message is larger than your server takes.\n\n{footer}")


def _unwritable(letter: Letter) -> bytes:
    raise ValueError(f"{letter.probe.content!r} is no content of this version")


# Filters seldom say which rule it was: a refusal of the content for any reason of content fits.
CONTENT_REASONS = frozenset({Reason.SPAM, Reason.VIRUS, Reason.POLICY, Reason.FILTERED})
_NOTHING: frozenset[Reason] = frozenset()
# Test points of URI blocklists stand in the body: a list is named, and yet it is about the content.
_CONTENT_WORDS = ("uribl", "surbl", "dbl", "contain", "url in", "url listed", "in the body", "attach")


def _test(name: str, title: str, write: Writer) -> Content:
    """Return a content that filters are there to refuse."""
    return Content(
        name=name,
        title=title,
        write=write,
        needs_consent=True,
        tries=Tries.CONTENT,
        fits=CONTENT_REASONS,
        words=_CONTENT_WORDS,
    )


def _harmless(name: str, title: str, write: Writer) -> Content:
    """Return a content that nobody refuses for its own sake: what is tried is the recipient."""
    return Content(
        name=name, title=title, write=write, needs_consent=False, tries=Tries.RECIPIENT, fits=_NOTHING, words=()
    )


_OFFERED = "You have been selected: 80 % off, today only"
_ARCHIVE = "The archive you asked for"

ORDINARY = _harmless("ordinary", "an ordinary message", by_a_person("A short note", _ordinary))
LIST_POST = _harmless("list", "a post to a mailing list", by_a_person("[list] A short note", _list))
NOTIFICATION = _harmless("returned-plain", "a notification (RFC 3464)", returning_nothing)
NOTIFICATION_OF_TEST = _test("returned-content", "a notification that returns test content", returning_test_content)
SPAM = _test("gtube", "GTUBE", by_a_person("Test of the spam filter", _gtube))
OFFER = _test("offer", "an unsolicited offer", by_a_person(_OFFERED, _offer))
URIS = _test("uri", "URIs of blocklists' test points", by_a_person("The pages we talked about", _uri))
PHISH = _test("gtphish", "GTPHISH", by_a_person("Test of the phishing filter", _gtphish))
VIRUS = _test("eicar", "EICAR, attached", by_a_person("The file you asked for", _eicar_plain))
VIRUS_IN_ZIP = _test("eicar-zip", "EICAR in a zip", by_a_person(_ARCHIVE, _eicar_zip))
VIRUS_IN_ZIPS = _test("eicar-nested", "EICAR in a zip in a zip", by_a_person(_ARCHIVE, _eicar_nested))
BANNED_FILE = _test("banned", "`.pdf.exe`", by_a_person("Invoice attached", _banned))
RULE = _test("rule", "what the file says", by_the_user)
OVERSIZE = Content(
    name="oversize",
    title="an ordinary message, padded",
    write=by_a_person("The recording of our meeting", _oversize),
    needs_consent=False,
    tries=Tries.SIZE,
    fits=frozenset({Reason.TOO_BIG}),
    words=(),
)
# What a stored run names and this version does not know: the worst is assumed of it, and no refusal answers it.
UNKNOWN = Content(
    name="unknown",
    title="what this version does not know",
    write=_unwritable,
    needs_consent=True,
    tries=Tries.CONTENT,
    fits=_NOTHING,
    words=(),
)
