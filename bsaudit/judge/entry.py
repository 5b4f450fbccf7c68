"""A notification and its attribution → NOTIFICATION as reports show it; remote text is made printable here."""

from __future__ import annotations

from datetime import datetime

from bsaudit.model.mail import Host
from bsaudit.model.notification import Attributed, Evidence, Notification, RecipientReport
from bsaudit.model.probe import Reached, ReturnedMail
from bsaudit.model.report import NotificationEntry, RecipientEntry
from bsaudit.text import clean_line

# Longest address or host that is shown: RFC 5321 §4.5.3.1 allows 256 octets of path, 255 of domain.
NAME_LIMIT = 320


def notification_entry(
    notification: Notification,
    attributed: Attributed,
    *,
    arrived_at: datetime | None = None,
    reached: Reached = Reached.UNKNOWN,
    file: str | None = None,
    sha256: str | None = None,
) -> NotificationEntry:
    """Return the NOTIFICATION of the JSON contract. `sha256` is hexadecimal, of the raw message."""
    return NotificationEntry(
        kind=notification.kind,
        attribution=attributed.attribution,
        written_by=_host(attributed.written_by),
        handed_over_by=_host(attributed.handed_over_by),
        written_by_claimed=attributed.claimed,
        arrived_at=arrived_at,
        reached=reached,
        file=file,
        sha256=sha256,
        reporting_mta=_name(notification.reporting_mta),
        received_from_mta=_name(notification.received_from_mta),
        envid=_name(notification.envid),
        null_reverse_path=notification.null_reverse_path,
        mta_family=notification.mta_family,
        dialect=notification.dialect,
        original_message_id=_line(notification.original_message_id),
        original_to=_name(notification.original_to),
        returned=notification.returned,
        recipients=tuple(map(_recipient, notification.recipients)),
        defects=notification.defects,
        evidence=tuple(map(_evidence, attributed.evidence)),
    )


def returned_entry(mail: ReturnedMail) -> NotificationEntry:
    """Return the NOTIFICATION of a message that came back to a probe."""
    return notification_entry(
        mail.notification,
        mail.attributed,
        arrived_at=mail.arrived_at,
        reached=mail.reached,
        file=mail.file,
        sha256=mail.sha256,
    )


def _recipient(report: RecipientReport) -> RecipientEntry:
    return RecipientEntry(
        final_recipient=_name(report.final_recipient),
        original_recipient=_name(report.original_recipient),
        action=report.action,
        status=report.status,
        refined_status=report.refined_status,
        reply_code=report.reply_code,
        reason=report.reason,
        diagnostic_code=_line(report.diagnostic_code),
        remote_mta=_name(report.remote_mta),
    )


def _evidence(evidence: Evidence) -> Evidence:
    return Evidence(
        source=evidence.source,
        supports=evidence.supports,
        strength=evidence.strength,
        text=clean_line(evidence.text),
        value=_line(evidence.value),
    )


def _host(host: Host) -> Host:
    return (
        host if host.host is None and host.address is None else Host(host=_name(host.host), address=_name(host.address))
    )


def _name(text: str | None) -> str | None:
    return None if text is None else clean_line(text, NAME_LIMIT)


def _line(text: str | None) -> str | None:
    return None if text is None else clean_line(text)
