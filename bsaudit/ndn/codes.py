"""What codes mean: the registry of enhanced status codes, and the codes that large providers publish. Data only.

Each provider's row names its source. A code is a word of a reply by which the provider says why, whatever it writes
beside.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from msgspec import Struct

from bsaudit.model.notification import Reason

_R = Reason
# RFC 3463 §3 and the IANA registry "SMTP Enhanced Status Codes", where the detail says more than its subject. 7.4, 7.5,
# 7.10 and 7.30 are TLS that is missing or fails. 1.0, 2.0, 3.0, 7.0 and 7.1 say little: the words beside them decide.
BY_STATUS: dict[str, Reason] = {
    "1.1": _R.USER_UNKNOWN, "1.2": _R.HOST_UNKNOWN, "1.3": _R.USER_UNKNOWN, "1.4": _R.USER_UNKNOWN,
    "1.6": _R.USER_UNKNOWN,
    "1.7": _R.POLICY, "1.8": _R.POLICY, "1.9": _R.POLICY, "1.10": _R.HOST_UNKNOWN,
    "2.1": _R.MAILBOX_DISABLED, "2.2": _R.MAILBOX_FULL, "2.3": _R.TOO_BIG, "2.4": _R.SYSTEM,
    "3.1": _R.SYSTEM, "3.3": _R.SYSTEM, "3.4": _R.TOO_BIG, "3.5": _R.SYSTEM,
    "4.2": _R.NETWORK, "4.3": _R.SYSTEM, "4.4": _R.HOST_UNKNOWN, "4.5": _R.RATE, "4.6": _R.NETWORK,
    "4.7": _R.EXPIRED,
    "5.1": _R.PROTOCOL, "5.2": _R.PROTOCOL, "5.3": _R.RATE, "5.4": _R.PROTOCOL, "5.5": _R.PROTOCOL,
    "5.6": _R.PROTOCOL,
    "6.0": _R.SPAM,
    "7.4": _R.NETWORK, "7.5": _R.NETWORK, "7.8": _R.POLICY, "7.9": _R.POLICY, "7.10": _R.NETWORK,
    "7.13": _R.MAILBOX_DISABLED,
    "7.16": _R.TOO_BIG, "7.17": _R.USER_UNKNOWN, "7.18": _R.USER_UNKNOWN, "7.19": _R.SYSTEM,
    **dict.fromkeys(("7.20", "7.21", "7.22", "7.23", "7.24", "7.25", "7.26", "7.27", "7.29"), _R.POLICY),
    # Details of three digits are Microsoft's own (source: row "microsoft" of PUBLISHED)
    "0.350": _R.POLICY, "1.90": _R.RATE, "2.121": _R.RATE, "2.122": _R.RATE, "3.190": _R.SYSTEM, "4.11": _R.NETWORK,
    "4.14": _R.NETWORK, "4.300": _R.EXPIRED, "4.310": _R.HOST_UNKNOWN, "4.312": _R.NETWORK, "4.316": _R.EXPIRED,
    "6.11": _R.PROTOCOL,
    "7.64": _R.RELAY_DENIED, "7.232": _R.RATE, "7.233": _R.RATE, **dict.fromkeys((f"7.{one}" for one in range(321,
    326)), _R.NETWORK),
    "7.501": _R.SPAM, "7.508": _R.RATE, "7.512": _R.PROTOCOL,
    "7.28": _R.RATE, "7.30": _R.NETWORK,
}  # fmt: skip
# RFC 3463 §3: the subject alone
BY_SUBJECT: dict[str, Reason] = {
    "4.1": _R.EXPIRED,
    "1": _R.USER_UNKNOWN, "2": _R.MAILBOX_DISABLED, "3": _R.SYSTEM, "4": _R.NETWORK, "5": _R.PROTOCOL,
    "6": _R.PROTOCOL,
    "7": _R.POLICY,
}  # fmt: skip
# What a status makes of a row of `MEANINGS`. Microsoft's directory-based edge blocking says 5.4.1 of a recipient that
# it does not know, "Access denied" (learn.microsoft.com, "Directory-based edge blocking"). RFC 3463 §3.3: x.2.1 is a
# mailbox that is there and takes nothing.
PAIRED: dict[tuple[str, str], Reason] = {
    ("5.4.1", "recipient-refused"): _R.USER_UNKNOWN,
    ("5.2.1", "box-unavailable"): _R.MAILBOX_DISABLED,
    ("5.2.0", "box-unavailable"): _R.MAILBOX_DISABLED,
}
# The detail that a reason stands for, where nobody states a code (RFC 3463 §3)
DETAIL: dict[Reason, str] = {
    _R.USER_UNKNOWN: "1.1", _R.HOST_UNKNOWN: "1.2", _R.MAILBOX_FULL: "2.2", _R.MAILBOX_DISABLED: "2.1",
    _R.FILTERED: "2.1", _R.TOO_BIG: "3.4", _R.RELAY_DENIED: "7.1", _R.POLICY: "7.1", _R.SPAM: "7.1", _R.VIRUS: "7.1",
    _R.EXPIRED: "4.7", _R.NETWORK: "4.1", _R.SYSTEM: "3.0", _R.PROTOCOL: "5.0", _R.RATE: "7.0",
}  # fmt: skip
# RFC 5321 §4.2.3, where neither words nor status decide
BY_REPLY: dict[int, Reason] = {
    421: _R.SYSTEM, 450: _R.POLICY, 451: _R.SYSTEM, 452: _R.SYSTEM, 500: _R.PROTOCOL, 501: _R.PROTOCOL,
    502: _R.PROTOCOL,
    503: _R.PROTOCOL, 504: _R.PROTOCOL, 521: _R.POLICY, 530: _R.POLICY, 535: _R.POLICY, 542: _R.USER_UNKNOWN,
    550: _R.USER_UNKNOWN, 551: _R.USER_UNKNOWN, 552: _R.MAILBOX_FULL, 553: _R.USER_UNKNOWN, 554: _R.SYSTEM,
    556: _R.HOST_UNKNOWN,
}  # fmt: skip


class Published(Struct, frozen=True):
    """A provider's codes: `pattern` finds one in a word of a reply (group 1); `reasons` has it, or how it begins."""

    id: str
    source: str
    pattern: str
    reasons: dict[Reason, str]


PUBLISHED: tuple[Published, ...] = (
    Published(
        "google",
        "support.google.com/a/answer/3726730: the link under each reply names its case",
        r"support\.google\.com/(?:a|mail)/?\?p=(\w{4,40})",
        {
            _R.USER_UNKNOWN: "nosuchuser",
            _R.MAILBOX_DISABLED: "disableduser",
            _R.MAILBOX_FULL: "overquota",
            _R.TOO_BIG: "maxsizeerror header-limits",
            _R.RATE: "receivingrate unsolicitedratelimit",
            _R.SPAM: "unsolicitedmessage",
            _R.PROTOCOL: "rfcmessagenoncompliant",
            _R.NETWORK: "mailloop",
            _R.RELAY_DENIED: "relaydenied maildenied invalidcred",
            _R.POLICY: ("blockedmessage unauthenticated dmarcrejection notauthorized ipv6autherror ipnotinwhitelist"),
        },
    ),
    Published(
        "microsoft",
        "learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online",
        r"(?:^|\.)(recip(?:ient)?notfound|exrecipnotfound|recipsizelimit|overadvertisedsize|authrequired|sendernotauthenticated\w*"
        r"|restrictedtorecipientspermission|tenantattribution|barelinefeedsareillegal|quotaexceeded\w*|as\(201806281\)|nonexistentdomain"
        r"|infodomainnonexistent)",
        {
            _R.USER_UNKNOWN: "recipnotfound recipientnotfound exrecipnotfound as(201806281)",
            _R.TOO_BIG: "recipsizelimit overadvertisedsize",
            _R.POLICY: "authrequired sendernotauthenticated restrictedtorecipientspermission",
            _R.RELAY_DENIED: "tenantattribution",
            _R.PROTOCOL: "barelinefeedsareillegal",
            _R.MAILBOX_FULL: "quotaexceeded",
            _R.HOST_UNKNOWN: "nonexistentdomain infodomainnonexistent",
        },
    ),
    Published(
        "outlook.com",
        "sendersupport.olc.protection.outlook.com/pm/troubleshooting.aspx",
        r"^\W?((?:sc|dy|ou|rp)-00\d|s3[1-4]\d\d|s77\d)\b",
        {_R.POLICY: "sc-00 dy-00 ou-00 s3 s77", _R.RATE: "rp-00"},
    ),
    Published(
        "yahoo",
        "senders.yahooinc.com/smtp-error-codes",
        r"^\[((?:tss?|bl|gl|ph|ps)\d\d)\]",
        {_R.POLICY: "tss ts bl gl ph ps"},
    ),
    Published(
        "orange and la poste",
        "postmaster.orange.fr: codes at the end of each reply (OFR_506, LPN105_104)",
        r"\b(?:ofr|lpn|lpnaaa|ouk)\d{0,3}[_\-]?(\d{3})\b",
        {
            _R.POLICY: "101 102 103 305 401 402 403 405 415 421 510 515 517 630 999",
            _R.RATE: "104 109",
            _R.USER_UNKNOWN: "416 418",
            _R.MAILBOX_DISABLED: "420 426",
            _R.SPAM: "506 513",
            _R.TOO_BIG: "514",
            _R.SYSTEM: "505",
        },
    ),
    Published(
        "t-online",
        "postmaster.t-online.de: whom a refused client is told to write to",
        r"\b(tosa)@rx\b",
        {_R.POLICY: "tosa"},
    ),
    Published(
        "godaddy",
        "godaddy.com/help/fix-rejected-email-with-a-bounce-error-40685",
        r"^\W?(ib\d{3})\b",
        {
            _R.POLICY: "ib103 ib104 ib105 ib106 ib108 ib110 ib111 ib112 ib113 ib401 ib501 ib502 ib506 ib508",
            _R.RATE: "ib007 ib504 ib510 ib607",
            _R.SYSTEM: "ib101",
            _R.SPAM: "ib212",
            _R.VIRUS: "ib705",
        },
    ),
    Published(
        "cox",
        "cox.com/residential/support/email-error-codes.html",
        r"^\W?(cx(?:bl|thrt|mj|dns|sndr|smtp|cnct|mxrt)|cdrbl|ipbl[01]{4,5}|urlbl[01]{3,4})\b",
        {_R.POLICY: "cxbl cxthrt cxmj cxdns cxsndr cxsmtp cdrbl ipbl", _R.RATE: "cxcnct cxmxrt", _R.SPAM: "urlbl"},
    ),
    Published(
        "spectrum",
        "spectrum.net/support/internet/understanding-email-error-codes",
        r"\baup#[a-z]?-?(\d{4})\b",
        {
            _R.SYSTEM: "1090",
            _R.NETWORK: "1260",
            _R.TOO_BIG: "1530",
            _R.RATE: "13 14 154 155",
            _R.POLICY: "10 11 12 15",
        },
    ),
    Published(
        "netease",
        "help.mail.163.com: replies of the gateway",
        r"^((?:dt|hl|mi|rp|ip):[a-z]{3})\b",
        {
            _R.SPAM: "dt:spm",
            _R.POLICY: "dt: hl:rep mi:nhd mi:imf mi:spb mi:spf mi:dma",
            _R.RATE: "hl: mi:cel mi:dmc mi:ccl mi:stc rp:",
        },
    ),
    Published(
        "facebook",
        "postmaster.facebook.com/response_codes",
        r"^((?:con|dns|int|msg|pol|rcp)-[pt]\d)\b",
        {
            _R.RATE: "con-t",
            _R.SYSTEM: "int-",
            _R.USER_UNKNOWN: "rcp-p1 rcp-p3",
            _R.FILTERED: "rcp-p2",
            _R.POLICY: "dns-p pol- msg-",
        },
    ),
)


# Any of them, in lower case; the group that matched is the place of its row
ANY_PUBLISHED = re.compile("|".join(f"(?:{row.pattern})" for row in PUBLISHED))


def published(without: Collection[str] = ()) -> tuple[dict[str, Reason], ...]:
    """Return the codes of each row; `without` are ids that are left out (`provider:code`)."""
    return tuple(
        {
            code: reason
            for reason, codes in row.reasons.items()
            for code in codes.split()
            if f"{row.id}:{code}" not in without
        }
        for row in PUBLISHED
    )
