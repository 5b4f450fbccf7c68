"""RFC 3464 reports, field by field, and what servers make of them."""

# ruff: noqa: E501 — lines of mail stand as they are

from __future__ import annotations

import base64

import pytest

from bsaudit.model.notification import Action, Kind, Reason, Returned
from bsaudit.ndn import read
from tests.support.notifications import FAILED, ORIGINAL, dsn


def test_every_field_of_a_report() -> None:
    note = read(dsn(FAILED, "This is the mail system at host mx.dest.example.\n").encode())
    assert note.kind is Kind.NDN
    assert note.null_reverse_path is True
    assert note.from_address == "MAILER-DAEMON@mx.dest.example"
    assert note.reporting_mta == "mx.dest.example"
    assert note.received_from_mta == "mail.sender.example"
    assert note.envid == "QQ314159"
    assert note.mta_family == "postfix"
    (report,) = note.recipients
    assert report.final_recipient == "bob@inner.dest.example"
    assert report.original_recipient == "bob@dest.example"
    assert report.action is Action.FAILED
    assert (report.status, report.refined_status, report.reply_code) == ("5.1.1", "5.1.1", 550)
    assert report.remote_mta == "store.dest.example"
    assert report.diagnostic_type == "smtp"
    assert report.diagnostic_code is not None
    assert report.diagnostic_code.startswith("550 5.1.1 <bob@inner.dest.example>: Recipient address")
    assert report.reason is Reason.USER_UNKNOWN


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("failed", Kind.NDN),
        ("delayed", Kind.DELAY),
        ("delivered", Kind.SUCCESS),
        ("relayed", Kind.RELAYED),
        ("expanded", Kind.SUCCESS),
    ],
)
def test_the_action_makes_the_kind(action: str, kind: Kind) -> None:
    assert _told(action, arrived=kind not in {Kind.NDN, Kind.DELAY}) is kind


def _told(action: str, *, arrived: bool) -> Kind:
    """Return what a report is with this action, beside the codes of one that arrived, or did not."""
    fields = FAILED.replace("failed", action)
    return read(dsn(fields.replace("5.1.1", "2.0.0").replace("550", "250") if arrived else fields).encode()).kind


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_what_arrived_and_did_not_is_no_receipt(action: str) -> None:
    """Who bounces, and calls it so, would be cleared by his own bounce; who merely errs in a code, accused by it."""
    assert _told(action, arrived=False) is Kind.OTHER
    only_the_reply = FAILED.replace("failed", action).replace("Status: 5.1.1", "Status: 2.0.0")
    assert read(dsn(only_the_reply).encode()).kind is Kind.OTHER


@pytest.mark.parametrize("action", ["success", "transmitted", ""])
def test_a_success_in_a_word_of_the_servers_own_is_no_failure(action: str) -> None:
    """RFC 3464 §2.3.3 knows five words; whoever asked for a report of success must not take it for a bounce."""
    assert _told(action, arrived=True) is Kind.SUCCESS
    assert _told(action, arrived=False) is Kind.NDN


def test_the_gravest_recipient_makes_the_kind() -> None:
    fields = FAILED + "\nFinal-Recipient: rfc822; c@dest.example\nAction: relayed\nStatus: 2.0.0\n"
    note = read(dsn(fields).encode())
    assert note.kind is Kind.NDN
    assert [report.action for report in note.recipients] == [Action.FAILED, Action.RELAYED]


def test_the_status_as_stated_and_the_status_as_said_are_two_fields() -> None:
    """Exim and Courier state 5.0.0 whatever the other server said."""
    (report,) = read(
        dsn(FAILED.replace("Status: 5.1.1", "Status: 5.0.0").replace("550 5.1.1", "552 5.2.2")).encode()
    ).recipients
    assert (report.status, report.refined_status) == ("5.0.0", "5.2.2")


def test_codes_that_nobody_states_are_inferred_into_the_refined_status_only() -> None:
    fields = "Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822; b@c.example\nAction: failed\nDiagnostic-Code: smtp; 550 unknown user\n"
    (report,) = read(dsn(fields).encode()).recipients
    assert (report.status, report.refined_status) == (None, "5.1.1")


def test_the_words_around_a_report_that_says_nothing_tell_what_a_code_for_everything_means() -> None:
    """x.7.1 is said of whatever is refused (RFC 3463 §3.8); some reports leave the reply to the text for people."""
    fields = "Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822; b@c.example\nAction: failed\nStatus: 5.0.0\n"
    text = "The following address failed:\n\n    b@c.example:\n        host: mx.c.example reason: 550-5.7.1 this message is likely unsolicited mail.\n550 5.7.1 It was blocked.\n"
    (report,) = read(dsn(fields, text).encode()).recipients
    assert (report.status, report.refined_status, report.reason) == ("5.0.0", "5.7.1", Reason.SPAM)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("The list 'walkers' does not exist on this server.\n", Reason.USER_UNKNOWN),
        ("Your message could not be delivered.\n", Reason.HOST_UNKNOWN),
    ],
)
def test_a_list_program_that_says_no_such_system_means_the_list_it_names(text: str, reason: Reason) -> None:
    """Sympa reports 5.1.2, without a diagnostic code, for a list it does not know."""
    fields = (
        "Reporting-MTA: dns; l.example\n\nFinal-Recipient: rfc822; walkers@l.example\nAction: failed\nStatus: 5.1.2\n"
    )
    (report,) = read(dsn(fields, text).encode()).recipients
    assert report.reason is reason


@pytest.mark.parametrize(
    ("text", "recipients"),
    [
        (
            "Final-Recipient: rfc822; a@x.example\nFinal-Recipient: rfc822; b@x.example\n",
            ["a@x.example", "b@x.example"],
        ),
        ("Reporting-MTA: dns; m\nFinal-Recipient: a@x.example\nAction: failed\n", ["a@x.example"]),
        ("Final-Recipient: rfc822;<a@x.example>\n\nAction: failed\nStatus: 5.0.0\n", ["a@x.example"]),
        ("Final-Recipient: utf-8; bücher@x.example\n", ["bücher@x.example"]),
        ('Final-Recipient: rfc822; "a b"@x.example\n', ['"a b"@x.example']),
        ("Original-Recipient: rfc822; a@x.example\nFinal-Recipient: system;<>\n", ["a@x.example"]),
    ],
    ids=["no empty line", "one group", "split group", "UTF-8", "quoted", "only the original"],
)
def test_malformed_groups_keep_their_recipients(text: str, recipients: list[str]) -> None:
    note = read(dsn(text).encode())
    assert [report.final_recipient for report in note.recipients] == recipients


@pytest.mark.parametrize(
    ("value", "host"),
    [
        ("dns; mx.example", "mx.example"),
        ("DNS;mx.example.", "mx.example"),
        ("mx.example [192.0.2.1]", "mx.example"),
        ("192.0.2.1", "192.0.2.1"),
        ("dns; mx.example (192.0.2.1, the server for the domain)", "mx.example"),
        ("dns; [IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"),
    ],
)
def test_remote_mta_is_a_host_however_it_is_written(value: str, host: str) -> None:
    (report,) = read(dsn(FAILED.replace("dns; store.dest.example", value)).encode()).recipients
    assert report.remote_mta == host


def test_a_global_report_is_read_like_any_other() -> None:
    """RFC 6533; chasquid always, Postfix for SMTPUTF8."""
    raw = dsn(FAILED).replace("message/delivery-status", "message/global-delivery-status")
    raw = raw.replace("message/rfc822", "message/global")
    note = read(raw.encode())
    assert note.recipients[0].final_recipient == "bob@inner.dest.example"
    assert note.original_message_id == "<orig-1@sender.example>"


def test_a_report_in_base64() -> None:
    encoded = base64.encodebytes(FAILED.encode()).decode()
    raw = dsn(FAILED).replace(
        f"message/delivery-status\n\n{FAILED}",
        f"message/delivery-status\nContent-Transfer-Encoding: base64\n\n{encoded}",
    )
    assert read(raw.encode()).recipients[0].final_recipient == "bob@inner.dest.example"


def test_a_report_that_a_gateway_made_text_of() -> None:
    report = read(dsn(FAILED).encode())
    renamed = read(dsn(FAILED).replace("message/delivery-status", 'text/plain; name="details.txt"', 1).encode())
    assert renamed.recipients == report.recipients
    assert renamed.reporting_mta == report.reporting_mta


@pytest.mark.parametrize("boundary", ["", "; boundary=wrong", "; boundary="])
def test_a_lost_boundary_costs_neither_recipient_nor_reporter(boundary: str) -> None:
    raw = dsn(FAILED).replace('; boundary="=_x"', boundary)
    note = read(raw.encode())
    assert note.kind is Kind.NDN
    assert note.recipients[0].final_recipient == "bob@inner.dest.example"
    assert note.reporting_mta == "mx.dest.example"


@pytest.mark.parametrize(
    ("part", "returned", "payload"),
    [
        (f"message/rfc822\n\n{ORIGINAL}", Returned.FULL, True),
        ("text/rfc822-headers\n\n" + ORIGINAL.partition("\n\n")[0] + "\n", Returned.HEADERS, False),
        ("text/rfc822-headers\n\n" + ORIGINAL, Returned.FULL, True),  # OpenSMTPD
        ("text/html\n\n<p>nothing</p>", Returned.NONE, False),
    ],
    ids=["whole", "header", "whole, called header", "nothing"],
)
def test_how_much_came_back(part: str, returned: Returned, payload: bool) -> None:
    raw = dsn(FAILED).replace(f"message/rfc822\n\n{ORIGINAL}", part)
    note = read(raw.encode())
    assert (note.returned, note.returned_payload) == (returned, payload)


def test_a_brief_reading_tells_the_same_of_the_recipients() -> None:
    raw = dsn(FAILED).encode()
    brief, full = read(raw, brief=True), read(raw)
    assert brief.recipients == full.recipients
    assert brief.original_message_id == full.original_message_id
    assert brief.trace == ()


def test_a_failure_that_names_nobody_is_about_the_returned_to() -> None:
    note = read(dsn("Reporting-MTA: dns; mx.dest.example\n", "Delivery failed.\n").encode())
    assert [report.final_recipient for report in note.recipients] == ["bob@dest.example"]
    assert "no recipient is named; taken from the returned To" in note.defects


def test_why_is_told_even_where_nobody_is_named() -> None:
    raw = (
        "Return-Path: <>\nFrom: Postmaster@dest.example\nTo: ann@sender.example\nSubject: Undeliverable\n\n"
        "Your message could not be delivered to:\n\nbob,dest (mailbox is full)\n"
    )
    note = read(raw.encode())
    (report,) = note.recipients
    assert (report.final_recipient, report.reason.value) == (None, "mailbox-full")
    assert "no recipient is named" in note.defects


def test_a_report_whose_lines_are_all_indented() -> None:
    indented = "\n".join(f"  {line}" if line else "" for line in FAILED.split("\n"))
    assert read(dsn(indented).encode()).recipients == read(dsn(FAILED).encode()).recipients
