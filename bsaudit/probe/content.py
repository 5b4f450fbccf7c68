"""What stands in a probe: test strings of the trade, assembled at run time, and texts a person could have written.

No probe carries Auto-Submitted, Precedence or List-*: filters suppress bounces for such mail, and a guilty server
would look clean.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from email.message import EmailMessage

# Scanners quarantine files in which the literals stand, so they are put together here.
GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN" + "*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*" + "C.34X"
GTPHISH = "XJS*C4JDBQADN1.NSBN3*2IDNEN" + "*GTPHISH-STANDARD-ANTI-PHISH-TEST-EMAIL*" + "C.34X"
_EICAR = ("X5O!P%@AP[4\\PZX54(P^)7CC)7}", "$EICAR", "-STANDARD-ANTIVIRUS-", "TEST-FILE!$", "H+H*")
# The lists' own test points (Spamhaus DBL, SURBL, URIBL): listed for ever, owned by nobody who could be hurt.
URI_TEST_POINTS = ("dbltest.com", "surbl-org-permanent-test-point.com", "test.uribl.com")

_OFFER = """\
Dear friend,

our pharmacy outlet has the lowest prices of the year on all popular medication: no prescription, discreet world-wide
shipping, 80 % off for the first 100 orders today! This is a limited offer and you have been specially selected.
Act now, click below, and receive a FREE bonus pack worth $199. 100 % satisfaction guaranteed or your money back.

To stop receiving these great offers simply reply with "remove" in the subject.
"""


def eicar() -> bytes:
    """Return the EICAR test file: 68 octets that every virus scanner detects and that do nothing."""
    return "".join(_EICAR).encode("ascii")


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
# Lines of the filler of an oversize message; its size is made up of these.
FILLER = "This line is filler, so that the message becomes too large for the server that it is sent to.\n"


def _oversize(message: EmailMessage, footer: str) -> None:
    _text(message, f"Hello,\n\nthis message is larger than your server takes.\n\n{footer}")


# What a relay's owner must have agreed to: test strings get relay accounts suspended.
TEST_CONTENTS = frozenset({"gtube", "gtphish", "offer", "uri", "eicar", "eicar-zip", "eicar-nested", "banned", "rule"})

CONTENTS: dict[str, tuple[str, Callable[[EmailMessage, str], None]]] = {
    # name: (subject, writer of the body)
    "ordinary": ("A short note", _ordinary),
    "gtube": ("Test of the spam filter", _gtube),
    "gtphish": ("Test of the phishing filter", _gtphish),
    "offer": ("You have been selected: 80 % off, today only", _offer),
    "uri": ("The pages we talked about", _uri),
    "eicar": ("The file you asked for", _eicar_plain),
    "eicar-zip": ("The archive you asked for", _eicar_zip),
    "eicar-nested": ("The archive you asked for", _eicar_nested),
    "banned": ("Invoice attached", _banned),
    "list": ("[list] A short note", _list),
    "oversize": ("The recording of our meeting", _oversize),
}
