"""A notification of ours in RFC 3464 form, as a bouncing server of our own domain would write it."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage, Message, MIMEPart
from email.utils import format_datetime

from bsaudit.model.probe import Place, Probe
from bsaudit.probe.letter import ASCII, Letter, policy, stamp
from bsaudit.probe.strings import GTUBE, eicar
from bsaudit.probe.tagging import domain_of

_CONTROL = "This is a control message of bsaudit, sent to its own user.\n\nReference: {}\n"


def returning_nothing(letter: Letter) -> bytes:
    """Return a DSN about a harmless message.

    To a target it comes from an address with a token: whoever answers From instead of <> is seen, and nobody else's
    address stands in it.
    """
    return _notification(letter, test_content=False)


def returning_test_content(letter: Letter) -> bytes:
    """Return the NDN control that returns GTUBE and EICAR, as the NDN of a content probe does.

    Only if such a message reaches the catch mailbox does silence about content probes mean anything.
    """
    return _notification(letter, test_content=True)


def _notification(letter: Letter, *, test_content: bool) -> bytes:
    probe = letter.probe
    domain = domain_of(probe.from_address)
    message = EmailMessage(policy=policy(probe))
    author = probe.from_address if probe.target else f"MAILER-DAEMON@{domain}"
    message["From"] = f"Mail Delivery System <{author}>"
    message["To"] = probe.recipients[0].address
    message["Subject"] = "Undelivered Mail Returned to Sender"
    message["Auto-Submitted"] = "auto-replied"
    stamp(message, probe, letter.at)
    message["Content-Type"] = "multipart/report; report-type=delivery-status"
    message["MIME-Version"] = "1.0"
    text = letter.footer if probe.target else _CONTROL.format(probe.token(Place.BODY))
    original = _returned_original(probe, letter.at, test_content=test_content)
    message.set_payload([_part(text), _delivery_status(probe, domain), original])
    return message.as_bytes()


def _part(text: str) -> MIMEPart:
    part = MIMEPart(policy=ASCII)
    part.set_content(text)
    return part


def _delivery_status(probe: Probe, domain: str) -> MIMEPart:
    part = MIMEPart(policy=ASCII)
    part["Content-Type"] = "message/delivery-status"
    part.set_payload(
        [
            _fields(("Reporting-MTA", f"dns; {domain}")),
            _fields(
                ("Final-Recipient", f"rfc822; control@{domain}"),
                ("Action", "failed"),
                ("Status", "5.0.0"),
                ("Diagnostic-Code", f"smtp; 550 control {probe.token(Place.ENVID)}"),
            ),
        ]
    )
    return part


def _fields(*fields: tuple[str, str]) -> Message:
    block = Message(policy=ASCII)
    for name, value in fields:
        block[name] = value
    return block


def _returned_original(probe: Probe, at: datetime, *, test_content: bool) -> MIMEPart:
    original = EmailMessage(policy=ASCII)
    original["From"] = probe.from_address
    original["To"] = f"control@{domain_of(probe.from_address)}"
    original["Subject"] = "Control"
    original["Date"] = format_datetime(at)
    original["Message-ID"] = f"<{probe.token(Place.FROM)}@{domain_of(probe.from_address)}>"
    original.set_content(f"{GTUBE}\n" if test_content else "A message that was returned.\n")
    if test_content:
        original.add_attachment(eicar(), maintype="application", subtype="octet-stream", filename="eicar.com")
    part = MIMEPart(policy=ASCII)
    part["Content-Type"] = "message/rfc822"
    part.set_payload([original])
    return part
