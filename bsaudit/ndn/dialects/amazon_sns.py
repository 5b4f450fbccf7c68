"""Amazon SES's notifications through SNS: a JSON object as a mail's text (SES guide, "notification contents")."""

from __future__ import annotations

import msgspec
from msgspec import Struct, field

from bsaudit.model.notification import Action, Kind
from bsaudit.ndn.draft import Claim, Draft
from bsaudit.ndn.dsn import action, status_code, typed
from bsaudit.ndn.gate import is_answer, is_list_post
from bsaudit.ndn.message import Message


class _Recipient(Struct):
    emailAddress: str = ""
    status: str = ""
    action: str = ""
    diagnosticCode: str = ""


class _Event(Struct):
    bouncedRecipients: list[_Recipient] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    complainedRecipients: list[_Recipient] = field(default_factory=list)
    reportingMTA: str = ""
    smtpResponse: str = ""
    bounceType: str = ""


class _Header(Struct):
    name: str = ""
    value: str = ""


class _Mail(Struct):
    messageId: str = ""
    headers: list[_Header] = field(default_factory=list)


class _Notice(Struct):
    notificationType: str = ""
    bounce: _Event = field(default_factory=_Event)
    delivery: _Event = field(default_factory=_Event)
    complaint: _Event = field(default_factory=_Event)
    mail: _Mail = field(default_factory=_Mail)
    Message: str = ""


def read(message: Message) -> Draft | None:
    if "notificationType" not in message.top.body or not message.prose.lstrip().startswith("{"):
        return None
    if is_answer(message) or is_list_post(message):  # somebody shows one
        return None
    notice = _notice(message.prose)
    return _draft(notice) if notice is not None else None


def _notice(prose: str) -> _Notice | None:
    """Decode the object, or the one inside its Message; mail wraps it with line breaks."""
    start, end = prose.find("{"), prose.find("\n--\n")
    text = prose[start : end if end > start else None].rstrip().replace("\n ", "").replace("\n", "")
    try:
        notice = msgspec.json.decode(text, type=_Notice, strict=False)
        return msgspec.json.decode(notice.Message, type=_Notice, strict=False) if notice.Message else notice
    except msgspec.DecodeError:
        return None


def _draft(notice: _Notice) -> Draft | None:
    if notice.notificationType == "Bounce":
        draft = Draft(Kind.NDN, [_bounced(one) for one in notice.bounce.bouncedRecipients])
        event = notice.bounce
    elif notice.notificationType == "Delivery":
        event = notice.delivery
        draft = Draft(Kind.SUCCESS, [_delivered(one, event.smtpResponse) for one in event.recipients])
    elif notice.notificationType == "Complaint":
        event = notice.complaint
        draft = Draft(Kind.REPORT, [Claim(final=one.emailAddress) for one in event.complainedRecipients])
    else:
        return None
    draft.family = "amazon-ses"
    draft.prose = ""
    draft.reporting_mta = typed(event.reportingMTA)[1] or None
    draft.original = "\n".join(f"{one.name}: {one.value}" for one in notice.mail.headers) or None
    return draft


def _bounced(one: _Recipient) -> Claim:
    kind, said = typed(one.diagnosticCode)
    return Claim(
        final=one.emailAddress or None,
        action=action(one.action) or Action.FAILED,
        status=status_code(one.status),
        diagnostic=said or None,
        diagnostic_type=kind,
    )


def _delivered(address: str, reply: str) -> Claim:
    return Claim(final=address, action=Action.DELIVERED, diagnostic=reply or None)
