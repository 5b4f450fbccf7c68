"""Feedback reports: abuse complaints, authentication failures (RFC 5965, 6650, 6591), Microsoft's JMRP, DMARC, TLS."""

from __future__ import annotations

import re

from bsaudit.model.notification import Kind
from bsaudit.ndn.draft import Claim, Draft
from bsaudit.ndn.dsn import host_name, mailbox
from bsaudit.ndn.message import Message
from bsaudit.ndn.mime import parse_fields
from bsaudit.ndn.original import find_part

REPORT_TYPE = "message/feedback-report"


def read(message: Message) -> Draft | None:
    part = message.part(REPORT_TYPE)
    if part is None and not (_declared(message) or _is_aggregate(message)):
        return None
    fields = parse_fields(part.text) if part is not None else {}
    draft = Draft(Kind.REPORT, original=find_part(message.leaves))
    for value in fields.get("original-rcpt-to", []):
        if address := mailbox(value):
            draft.claims.append(Claim(final=address))
    reporters = fields.get("reporting-mta")
    draft.reporting_mta = host_name(reporters[0]) if reporters else None
    return draft


def _declared(message: Message) -> bool:
    """Tell a report without a report part: by report-type alone, or by the marks of Microsoft's program."""
    return (
        message.report_type == "feedback-report"
        or "x-hmxmroriginalrecipient" in message.top.fields
        or message.top.body.find("X-HmXmrOriginalRecipient:", 0, 20000) >= 0
    )


def _is_aggregate(message: Message) -> bool:
    """Tell the daily reports on DMARC (RFC 7489 §7.2.1.1) and on TLS (RFC 8460 §5.3)."""
    if "tls-report-domain" in message.top.fields or message.report_type == "tlsrpt":
        return True
    return "report domain" in message.folded_subject and _DMARC_SUBJECT.match(message.subject) is not None


_DMARC_SUBJECT = re.compile(r"\s{0,9}report domain: {0,9}\S{1,255} {1,9}submitter:", re.IGNORECASE)
