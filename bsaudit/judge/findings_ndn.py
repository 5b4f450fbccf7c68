"""What a notification itself does wrong, whether or not it should have been written. Pure.

One function a fault, one ordered table of them. Only what the target's side wrote is looked at: how the relay words
its notifications is nobody's fault here. (Whether the contact address in a notification exists is found out by asking.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from bsaudit.judge.finding_row import FindingRow
from bsaudit.judge.parties import is_private
from bsaudit.model.notification import Kind, Notification, Reason, RecipientReport, Returned
from bsaudit.model.probe import ReturnedMail
from bsaudit.model.report import Finding, Severity
from bsaudit.text import clean_line

# What a server writes about a message that it will not, or not yet, deliver
_FAILURES = frozenset({Kind.NDN, Kind.DELAY, Kind.VIRUS_NOTICE})
_REPORTS = _FAILURES | {Kind.SUCCESS, Kind.RELAYED}
_VIRUS_PROBES = frozenset({"virus"})
_SPAM_PROBES = frozenset({"spam", "phish"})
# Dialects that a machine reads: RFC 3464, RFC 8098
_STRUCTURED = frozenset({"rfc3464", "mdn"})
_QUOTE_LIMIT = 120  # characters of a leak that a finding shows: enough to find it

_ADDRESS = re.compile(r"(?<![\w.:-])(?:\d{1,3}\.){3}\d{1,3}(?![\w.-])")
_INNER_NAME = re.compile(
    r"(?<![\w.@-])(?!localhost)[\w-]+(?:\.[\w-]+)*\.(?:local|lan|localdomain|internal|intranet|corp)(?![\w.-])",
    re.IGNORECASE,
)
_LOCAL_USER = re.compile(
    r"(?:/home/|/var/(?:spool/)?(?:v?mail)/|/Maildir/)[^\s\"'<>]+|\(expanded from[^)]*\)|\buid[ =:]*\d+\b",
    re.IGNORECASE,
)
_SCORE = re.compile(
    r"\b(?:score|hits)\s*(?:[=:]|is|of)?\s*-?\d+(?:\.\d+)?"
    r"|\b(?:BAYES|URIBL|DNSBL|RCVD_IN|DKIM|SPF)_[A-Z0-9_]+\b"
    r"|\btests=\[?[A-Z]"
    r"|\brequired=\d",
)


class _Case(Struct, frozen=True, kw_only=True):
    kind: str  # of the probe
    written: tuple[Notification, ...]  # what the target's side wrote

    @property
    def failures(self) -> tuple[Notification, ...]:
        return tuple(one for one in self.written if one.kind in _FAILURES)


def ndn_findings(kind: str, returned: Sequence[ReturnedMail], probe_id: str | None = None) -> tuple[Finding, ...]:
    """Return what is wrong with the notifications that the target's side wrote about one probe of `kind`."""
    theirs = (mail for mail in returned if mail.attributed.attribution.is_target_side)
    written = tuple(mail.notification for mail in once(theirs))
    case = _Case(kind=kind, written=written)
    found = ((row, row.look(case)) for row in TABLE)
    probe_ids = (probe_id,) if probe_id else ()
    return tuple(row.found(clean_line(detail), probe_ids) for row, detail in found if detail is not None)


def once(returned: Iterable[ReturnedMail]) -> tuple[ReturnedMail, ...]:
    """Return each message once: a mailbox may show the same one in two folders, or have it delivered twice."""
    return tuple({mail.notification.message_id or index: mail for index, mail in enumerate(returned)}.values())


def _bounces_a_bounce(case: _Case) -> str | None:
    if case.kind != "null-reverse-path" or not case.failures:
        return None
    return "a message with the null reverse-path was answered with a notification: two such servers never end"


def _returns_virus(case: _Case) -> str | None:
    if not any(one.returned_payload for one in case.failures) or case.kind not in _VIRUS_PROBES:
        return None
    return "the notification carries the virus back, to whoever was written into the reverse-path"


def _returns_spam(case: _Case) -> str | None:
    full = any(one.returned is Returned.FULL and one.returned_payload for one in case.failures)
    if not full or case.kind not in _SPAM_PROBES:
        return None
    return "the notification carries the whole spam back: the server spreads it under its own name"


def _non_null_reverse_path(case: _Case) -> str | None:
    one = next((one for one in case.written if one.kind in _REPORTS and one.null_reverse_path is False), None)
    return None if one is None else f"sent with the reverse-path <{one.reverse_path}> instead of <>: an answer can loop"


def _several(case: _Case) -> str | None:
    """Count notifications about the same recipient; RFC 5321 §6.1 lets a server write one for each."""
    counted: dict[str, int] = {}
    for one in case.failures:
        for recipient in {_recipient(report) for report in one.recipients} or {""}:
            counted[recipient] = counted.get(recipient, 0) + 1
    most = max(counted.values(), default=0)
    return f"{most} notifications came back for one message to one recipient" if most > 1 else None


def _recipient(report: RecipientReport) -> str:
    return (report.original_recipient or report.final_recipient or "").lower()


def _no_reason(case: _Case) -> str | None:
    mute = next((one for one in case.failures if one.kind is Kind.NDN and not _says_why(one)), None)
    return (
        None
        if mute is None
        else "neither a diagnostic code nor a status nor words say why the message was not delivered"
    )


def _says_why(one: Notification) -> bool:
    return any(
        report.diagnostic_code or report.reply_code or report.reason is not Reason.UNKNOWN or _is_telling(report.status)
        for report in one.recipients
    )


def _is_telling(status: str | None) -> bool:
    """RFC 3463 §3.1: x.0.0 is "other undefined status"."""
    return status is not None and not status.endswith(".0.0")


def _not_machine_readable(case: _Case) -> str | None:
    free = next((one for one in case.failures if one.dialect not in _STRUCTURED), None)
    return (
        None
        if free is None
        else "the notification has no message/delivery-status part: no program can tell what it is about"
    )


def _leaks_hosts(case: _Case) -> str | None:
    for one in case.written:
        told = [one.reporting_mta, *(report.remote_mta for report in one.recipients), *_texts(one)]
        for text in filter(None, told):
            named = _INNER_NAME.search(text)
            found = next((at for at in _ADDRESS.findall(text) if is_private(at)), named.group() if named else None)
            if found:
                return f"it tells strangers of the inner host {found[:_QUOTE_LIMIT]}"
    return None


def _leaks_users(case: _Case) -> str | None:
    leak = _first(_LOCAL_USER, case)
    return None if leak is None else f'it tells strangers how mail is stored or redirected: "{leak}"'


def _leaks_scores(case: _Case) -> str | None:
    leak = _first(_SCORE, case)
    return None if leak is None else f'it tells spammers how their message was rated: "{leak}"'


def _first(pattern: re.Pattern[str], case: _Case) -> str | None:
    for one in case.written:
        for text in _texts(one):
            if found := pattern.search(text):
                return found.group()[:_QUOTE_LIMIT]
    return None


def _texts(one: Notification) -> tuple[str, ...]:
    return (one.prose, *(report.diagnostic_code for report in one.recipients if report.diagnostic_code))


class Row(FindingRow, frozen=True, kw_only=True):
    """A fault of notifications: `look` returns what is wrong, or None."""

    look: Callable[[_Case], str | None]


TABLE: tuple[Row, ...] = (
    Row(
        id="ndn-bounces-a-bounce",
        look=_bounces_a_bounce,
        severity=Severity.HIGH,
        title="It bounces bounces",
        reference="RFC 5321 §4.5.5, §6.1",
    ),
    Row(
        id="ndn-returns-virus",
        look=_returns_virus,
        severity=Severity.HIGH,
        title="Its notification returns the virus",
        reference="RFC 5321 §6.2",
    ),
    Row(
        id="ndn-returns-spam",
        look=_returns_spam,
        severity=Severity.MEDIUM,
        title="Its notification returns the whole spam",
        reference="RFC 5321 §6.2",
    ),
    Row(
        id="ndn-non-null-reverse-path",
        look=_non_null_reverse_path,
        severity=Severity.MEDIUM,
        title="Its notification has a non-null reverse-path",
        reference="RFC 5321 §4.5.5, RFC 3464 §2",
    ),
    Row(
        id="ndn-several",
        look=_several,
        severity=Severity.LOW,
        title="It sends several notifications for one message",
        reference="RFC 5321 §6.1",
    ),
    Row(
        id="ndn-no-reason",
        look=_no_reason,
        severity=Severity.LOW,
        title="Its notification gives no reason",
        reference="RFC 3464 §2.3.4, §2.3.6",
    ),
    Row(
        id="ndn-not-machine-readable",
        look=_not_machine_readable,
        severity=Severity.LOW,
        title="Its notification has no machine-readable part",
        reference="RFC 3464 §2, RFC 6522 §3",
    ),
    Row(
        id="ndn-leaks-internal-hosts",
        look=_leaks_hosts,
        severity=Severity.LOW,
        title="Its notification names inner hosts",
        reference="RFC 3464 §4.2, RFC 5321 §7.6",
    ),
    Row(
        id="ndn-leaks-users",
        look=_leaks_users,
        severity=Severity.LOW,
        title="Its notification tells of local users",
        reference="RFC 3464 §4.2",
    ),
    Row(
        id="ndn-leaks-filter-scores",
        look=_leaks_scores,
        severity=Severity.LOW,
        title="Its notification tells filter scores",
        reference="RFC 3464 §4.2",
    ),
)
