"""The body of message/delivery-status (RFC 3464 §2.1) and message/global-delivery-status (RFC 6533 §4).

Lenient: groups without an empty line between them, recipients split over two groups, missing types. One odd field
never costs the whole report.
"""

from __future__ import annotations

import re

from bsaudit.model.notification import Action, Reason
from bsaudit.ndn.draft import Claim, Draft

# Servers bounce to at most a few thousand recipients at once (Postfix: 50 a delivery, Exim: 100s).
MAX_RECIPIENTS = 2000
REPORT_WINDOW = 256 * 1024  # of the delivery-status: more than a hundred bytes for each of them
_ACTIONS = {action.value: action for action in Action} | {
    "fail": Action.FAILED,
    "failure": Action.FAILED,
    "delay": Action.DELAYED,
    "deliverable": Action.DELIVERED,
    "expired": Action.FAILED,
    "denied": Action.FAILED,
    "hostunknown": Action.FAILED,
    "userunknown": Action.FAILED,
}
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
# A line that begins with white space goes on with the field above (RFC 5322 §2.2.3), but some indent whole reports
_FOLD = re.compile(
    r"\n[ \t]++(?!(?:(?:final|original)-recipient|action|status|(?:reporting|remote|received-from)-mta|diagnostic-code"
    r"|last-attempt-date|arrival-date|original-envelope-id|x-[a-z\-]{1,40})[ \t]{0,8}:)",
    re.IGNORECASE,
)
_TYPE = re.compile(r"\s*+([A-Za-z][\w\-]{0,30}+)\s*+;\s*+")
_PER_MESSAGE = {"reporting-mta", "received-from-mta", "original-envelope-id", "dsn-gateway", "arrival-date"}


def typed(value: str) -> tuple[str | None, str]:
    """Split `type; value` (RFC 3464 §2.1.2); the type is None where it is missing."""
    match = _TYPE.match(value)
    if match is None:
        return None, value.strip()
    return match[1].lower(), value[match.end() :].strip()


def host_name(value: str) -> str | None:
    """Return the host of an MTA-name field: `dns; host`, `host [address]`, `host (comment)`, a bare address."""
    words = typed(value)[1].replace("(", " (").split()
    if not words:
        return None
    return words[0].strip("<>;,\"'").rstrip(".") or None


def mailbox(value: str) -> str | None:
    """Return the address of a recipient field, without type, brackets and comments; None for an empty one."""
    text = typed(value)[1]
    if text[:7].lower() == "rfc822;":  # said twice, by gateways that take the ORCPT parameter for an address
        text = text[7:]
    opened = text.rfind("<")
    if opened >= 0:
        text = text[opened + 1 :].partition(">")[0]
    text = text.strip()
    if text[:1] in {"'", '"'} and text[-1:] == text[:1]:
        text = text[1:-1]
    return (text.split(" (")[0].strip().rstrip(">,;") if text else "") or None


def status_code(value: str) -> str | None:
    """Return the RFC 3463 code of a Status field, which often carries more than a code."""
    match = _STATUS.search(value)
    return ".".join(str(int(part)) for part in match.groups()) if match else None


def action(value: str) -> Action | None:
    word = re.split(r"[^a-z]", value.strip().lower(), maxsplit=1)[0]
    return _ACTIONS.get(word)


def read_groups(body: str, draft: Draft) -> None:
    """Add what the delivery-status says to `draft`."""
    claim: Claim | None = None
    seen: set[str] = set()
    for group in re.split(r"\n[ \t]*(?=\n)", _FOLD.sub(" ", body[:REPORT_WINDOW].lstrip("\n"))):
        fields = [_field(line) for line in group.split("\n") if ":" in line]
        names = {name for name, _ in fields}
        if claim is not None and names & {"final-recipient", "original-recipient"} & seen:
            claim = None
        for name, value in fields:
            if name in _PER_MESSAGE:
                _read_message_field(name, value, draft)
                continue
            if name not in _READERS:
                continue
            if claim is None or name in seen:
                if len(draft.claims) >= MAX_RECIPIENTS:
                    return
                claim, seen = Claim(), set()
                draft.claims.append(claim)
            seen.add(name)
            _READERS[name](claim, value)


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


def _read_message_field(name: str, value: str, draft: Draft) -> None:
    if name == "reporting-mta":
        draft.reporting_mta = draft.reporting_mta or host_name(value)
    elif name == "received-from-mta":
        draft.received_from_mta = draft.received_from_mta or host_name(value)
    elif name == "original-envelope-id":
        draft.envid = draft.envid or value or None


def _final(claim: Claim, value: str) -> None:
    claim.final = mailbox(value)


def _original(claim: Claim, value: str) -> None:
    claim.original = mailbox(value)


def _action(claim: Claim, value: str) -> None:
    claim.action = action(value)


def _status(claim: Claim, value: str) -> None:
    claim.status = status_code(value)
    if claim.status is None or len(value) > len("5.1.1") + 3:
        claim.text = f"{claim.text} {value}"


def _remote(claim: Claim, value: str) -> None:
    claim.remote_mta = host_name(value)


def _category(claim: Claim, value: str) -> None:
    """PowerMTA's own class of the failure (User's Guide, "bounce categories")."""
    claim.reason = _CATEGORIES.get(value.strip().lower())


_CATEGORIES = {
    "bad-mailbox": Reason.USER_UNKNOWN,
    "bad-domain": Reason.HOST_UNKNOWN,
    "inactive-mailbox": Reason.MAILBOX_DISABLED,
    "quota-issues": Reason.MAILBOX_FULL,
    "spam-related": Reason.SPAM,
    "virus-related": Reason.VIRUS,
    "policy-related": Reason.POLICY,
    "message-expired": Reason.EXPIRED,
    "no-answer-from-host": Reason.NETWORK,
    "relaying-issues": Reason.RELAY_DENIED,
    "routing-errors": Reason.NETWORK,
    "protocol-errors": Reason.PROTOCOL,
    "invalid-sender": Reason.POLICY,
}


def _diagnostic(claim: Claim, value: str) -> None:
    claim.diagnostic_type, claim.diagnostic = typed(value)


_READERS = {
    "final-recipient": _final,
    "original-recipient": _original,
    "action": _action,
    "status": _status,
    "remote-mta": _remote,
    "diagnostic-code": _diagnostic,
    "x-powermta-bouncecategory": _category,
}
