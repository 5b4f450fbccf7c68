"""What a notification itself does wrong: each fault is seen, and a decent notification has none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from bsaudit.judge.findings_ndn import TABLE, ndn_findings
from bsaudit.model.notification import (
    Action,
    Attributed,
    Attribution,
    Kind,
    Notification,
    Reason,
    RecipientReport,
    Returned,
)
from bsaudit.model.probe import Reached, ReturnedMail
from bsaudit.model.report import Severity

REPORT = RecipientReport(
    final_recipient="nobody@acme.example",
    action=Action.FAILED,
    status="5.1.1",
    reply_code=550,
    reason=Reason.USER_UNKNOWN,
    diagnostic_code="550 5.1.1 User unknown",
)
DECENT = Notification(
    kind=Kind.NDN,
    dialect="rfc3464",
    reporting_mta="mx.acme.example",
    recipients=(REPORT,),
    reverse_path="",
    returned=Returned.HEADERS,
    prose="No such user.",
)


def mail(notification: Notification, by: Attribution = Attribution.TARGET) -> ReturnedMail:
    return ReturnedMail(
        notification=notification,
        attributed=Attributed(attribution=by),
        reached=Reached.REVERSE_PATH,
        arrived_at=datetime(2026, 3, 2, tzinfo=UTC),
        uid="1",
        sha256="",
    )


def ids(kind: str, *notifications: Notification, by: Attribution = Attribution.TARGET) -> set[str]:
    return {finding.id for finding in ndn_findings(kind, [mail(one, by) for one in notifications])}


@pytest.mark.parametrize("kind", ["unknown-recipient", "spam", "virus", "mailbox-full"])
def test_a_decent_notification_has_no_fault(kind: str) -> None:
    assert ids(kind, DECENT) == set()


def reported(**changes: Any) -> Notification:
    return replace(DECENT, recipients=(replace(REPORT, **changes),))


WHOLE = replace(DECENT, returned=Returned.FULL, returned_payload=True)
FAULTS = [
    ("ndn-bounces-a-bounce", "null-reverse-path", DECENT),
    ("ndn-returns-virus", "virus", WHOLE),
    ("ndn-returns-virus", "virus", replace(WHOLE, kind=Kind.VIRUS_NOTICE)),
    ("ndn-returns-spam", "spam", WHOLE),
    ("ndn-non-null-reverse-path", "spam", replace(DECENT, reverse_path="postmaster@acme.example")),
    ("ndn-non-null-reverse-path", "spam", replace(DECENT, kind=Kind.DELAY, reverse_path="x@acme.example")),
    (
        "ndn-no-reason",
        "unknown-recipient",
        reported(status="5.0.0", reply_code=None, reason=Reason.UNKNOWN, diagnostic_code=None),
    ),
    ("ndn-not-machine-readable", "unknown-recipient", replace(DECENT, dialect="qmail")),
    ("ndn-leaks-internal-hosts", "unknown-recipient", reported(remote_mta="10.1.2.3")),
    ("ndn-leaks-internal-hosts", "unknown-recipient", reported(diagnostic_code="550 store7.corp said no")),
    (
        "ndn-leaks-internal-hosts",
        "unknown-recipient",
        replace(DECENT, prose="host store.acme.lan[192.168.3.4] said: 550"),
    ),
    ("ndn-leaks-users", "unknown-recipient", replace(DECENT, prose="maildir /home/alice/Maildir is over quota")),
    (
        "ndn-leaks-users",
        "unknown-recipient",
        replace(DECENT, prose="<bob@x.example> (expanded from <alice@acme.example>)"),
    ),
    ("ndn-leaks-filter-scores", "spam", reported(diagnostic_code="550 spam score 15.3, required 5")),
    ("ndn-leaks-filter-scores", "spam", replace(DECENT, prose="tests=[BAYES_99=3.5]")),
]


@pytest.mark.parametrize(("fault", "kind", "notification"), FAULTS)
def test_a_fault_is_found_alone(fault: str, kind: str, notification: Notification) -> None:
    assert ids(kind, notification) == {fault}


def test_several_notifications_for_one_recipient_are_a_fault() -> None:
    assert ids("unknown-recipient", DECENT, DECENT) == {"ndn-several"}
    assert ids("unknown-recipient", replace(DECENT, kind=Kind.DELAY), DECENT) == {"ndn-several"}


def test_one_notification_that_is_seen_twice_is_one() -> None:
    one = replace(DECENT, message_id="<n1@mx.acme.example>")
    assert ids("unknown-recipient", one, one) == set()
    assert ids("unknown-recipient", one, replace(one, message_id="<n2@mx.acme.example>")) == {"ndn-several"}


def test_one_notification_for_each_recipient_is_none() -> None:
    assert ids("mixed-recipients", DECENT, reported(final_recipient="other@acme.example")) == set()


def test_a_success_report_beside_a_failure_is_none() -> None:
    assert ids("unknown-recipient", DECENT, replace(DECENT, kind=Kind.SUCCESS)) == set()


@pytest.mark.parametrize("by", [Attribution.RELAY, Attribution.UNKNOWN, Attribution.CATCH])
def test_what_the_target_did_not_write_is_not_its_fault(by: Attribution) -> None:
    for _, kind, notification in FAULTS:
        assert ids(kind, notification, by=by) == set()


def test_an_unrecorded_reverse_path_is_no_fault() -> None:
    assert ids("spam", replace(DECENT, reverse_path=None)) == set()


def test_public_addresses_and_names_are_no_leak() -> None:
    prose = "host mx.acme.example[203.0.113.5] said: 550, version 10.0.1; localhost.localdomain"
    assert ids("spam", replace(DECENT, prose=prose)) == set()


def test_returning_an_ordinary_probe_whole_is_no_fault() -> None:
    assert ids("unknown-recipient", WHOLE) == set()


def test_a_finding_says_what_was_seen_and_names_its_probe_and_rule() -> None:
    hostile = reported(diagnostic_code="550 \x1b[31mstore7.corp\x1b[0m")
    (found,) = ndn_findings("spam", [mail(hostile)], "p1")
    assert "store7.corp" in found.detail
    assert "\x1b" not in found.detail
    assert found.probe_ids == ("p1",)
    assert found.severity is Severity.LOW
    assert found.reference.startswith("RFC 3464")


def test_every_row_is_tried_here() -> None:
    assert {row.id for row in TABLE} == {fault for fault, _, _ in FAULTS} | {"ndn-several"}
