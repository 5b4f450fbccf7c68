"""Advice fits the product that wrote the notification and the problem that the probe showed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from bsaudit.judge.advice import advise
from bsaudit.judge.advice_table import CLAUSES, GENERIC, PRODUCTS, Problem
from bsaudit.judge.product import HIGH, LOW, MEDIUM, recognise
from bsaudit.model.mail import Exchange, Host, Route, Submission
from bsaudit.model.notification import Attributed, Attribution, Hop, Kind, Notification, Reason, RecipientReport
from bsaudit.model.probe import (
    CountsAs,
    Outcome,
    Probe,
    ProbeRecord,
    Reached,
    Recipient,
    ReturnedMail,
    Role,
    Settlement,
)
from bsaudit.model.run import TargetRecord
from bsaudit.probe.catalogue import CATALOGUE
from bsaudit.text import clean_block

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def record(
    kind: str,
    notification: Notification | None,
    *,
    outcome: Outcome = Outcome.BOUNCED,
    counts_as: CountsAs = CountsAs.BACKSCATTER,
    by: Attribution = Attribution.TARGET,
    mail_exchanger: str | None = None,
    banner: str | None = None,
) -> ProbeRecord:
    probe = Probe(
        id="p1",
        kind=kind,
        route=Route.DIRECT if mail_exchanger else Route.RELAY,
        recipients=(),
        reverse_path="a@inbox.example",
        from_address="b@inbox.example",
        reply_to="c@inbox.example",
        message_id="<m@x.example>",
        envid="e",
        tokens=(),
        content=next((shape.content.name for row in CATALOGUE if row.kind == kind for shape in row.shapes), "ordinary"),
        mail_exchanger=mail_exchanger,
    )
    written = Attributed(attribution=by, written_by=Host(host="mx.acme.example"))
    returned = [
        ReturnedMail(
            notification=one, attributed=written, reached=Reached.REVERSE_PATH, arrived_at=NOW, uid="1", sha256=""
        )
        for one in ([notification] if notification else [])
    ]
    transcript = (Exchange(at=NOW, command="", code=220, text=banner),) if banner else ()
    return ProbeRecord(
        probe=probe,
        returned=tuple(returned),
        submission=Submission(accepted=True, submitted_at=NOW, finished_at=NOW, transcript=transcript),
        settlement=Settlement(outcome=outcome, counts_as=counts_as, explanation=""),
    )


def ndn(family: str | None = None, line: str = "") -> Notification:
    return Notification(kind=Kind.NDN, mta_family=family, trace=(Hop(raw=line),) if line else ())


TARGET = TargetRecord(target="acme.example", domain="acme.example")


def through(line: str, host: str = "mx.acme.example") -> Notification:
    """Return a notice of Postfix about a message that `host` took, as the line says."""
    return replace(ndn("postfix"), returned_trace=(Hop(raw="from x by inner", by="inner"), Hop(raw=line, by=host)))


def test_a_postfix_that_bounces_unknown_users_is_told_of_its_recipient_maps() -> None:
    (advice,) = advise([record("unknown-recipient", ndn("postfix"))], "bsaudit probe --again 7f3a")
    assert (advice.product, advice.confidence) == ("Postfix", HIGH)
    assert "relay_recipient_maps" in advice.setting
    assert advice.retest == "bsaudit probe --again 7f3a --probe unknown-recipient"


@pytest.mark.parametrize(
    ("kind", "reason", "setting"),
    [
        ("spam", Reason.SPAM, "smtpd_proxy_filter"),
        ("spam", Reason.UNKNOWN, "smtpd_proxy_filter"),
        ("spam", Reason.USER_UNKNOWN, "relay_recipient_maps"),
        ("virus", Reason.MAILBOX_FULL, "check_policy_service"),
        ("unknown-recipient", Reason.SPAM, "smtpd_proxy_filter"),
        ("forwarder", Reason.USER_UNKNOWN, "no forwarding"),
    ],
)
def test_what_the_bounce_says_was_wrong_is_what_has_to_be_mended(kind: str, reason: Reason, setting: str) -> None:
    one = record(kind, replace(ndn("postfix"), recipients=(RecipientReport(reason=reason),)))
    one.probe = replace(one.probe, recipients=(Recipient(address="who@acme.example", role=Role.VALID),))
    assert setting in advise([one])[0].setting


@pytest.mark.parametrize(("family", "setting"), [("postfix", "delay_warning_time"), ("exim", "delay_warning")])
@pytest.mark.parametrize("kind", ["unknown-recipient", "spam", "challenge"])
def test_delay_warnings_are_ended_by_the_setting_for_them(kind: str, family: str, setting: str) -> None:
    warned = record(kind, ndn(family), outcome=Outcome.DELAY_NOTIFIED)
    assert advise([warned])[0].setting.startswith(setting)


def test_the_command_that_tries_again_names_the_run_and_what_was_wrong() -> None:
    def command(kind: str, shape: str | None = None, **more: Any) -> str:
        one = record(kind, ndn("postfix"))
        one.probe = replace(one.probe, shape=shape, **more)
        return advise([one], "bsaudit probe --again 7f3a")[0].retest

    assert command("mailbox-full") == "bsaudit probe --again 7f3a --probe mailbox-full"
    assert command("unknown-recipient", "role") == "bsaudit probe --again 7f3a --probe unknown-recipient"
    assert command("unknown-recipient", "quoted") == "bsaudit probe --again 7f3a --probe unknown-recipient:quoted"
    assert command("positive", control="positive") == "bsaudit probe --again 7f3a"


def test_what_no_command_asked_for_no_command_repeats() -> None:
    assert advise([record("spam", ndn("postfix"))])[0].retest == ""


def test_the_problem_decides_between_settings_of_one_product() -> None:
    (content,) = advise([record("spam", ndn("postfix"))])
    assert "milter" in content.setting
    (reply,) = advise([record("spam", ndn("postfix"), outcome=Outcome.AUTOREPLIED)])
    assert "automatic replies" in reply.setting


def test_an_unknown_product_gets_what_holds_for_all() -> None:
    (advice,) = advise([record("unknown-recipient", ndn())])
    assert (advice.product, advice.confidence) == (GENERIC.name, LOW)
    assert "RCPT TO" in advice.text


def test_a_product_without_a_setting_for_the_problem_falls_back() -> None:
    (advice,) = advise([record("challenge", ndn("haraka"))])
    assert advice.product == GENERIC.name


def test_what_is_no_backscatter_needs_no_advice() -> None:
    good = record("unknown-recipient", None, outcome=Outcome.REJECTED, counts_as=CountsAs.GOOD)
    doubtful = record("spam", ndn("postfix"), outcome=Outcome.UNRESOLVED, counts_as=CountsAs.INCONCLUSIVE)
    assert advise([good, doubtful]) == ()


def test_the_same_advice_is_given_once() -> None:
    twice = [record("unknown-recipient", ndn("exim")), record("mailbox-disabled", ndn("exim"))]
    assert len(advise(twice)) == 1


def test_a_host_beyond_the_target_does_not_tell_what_runs_at_the_border() -> None:
    (advice,) = advise([record("unknown-recipient", ndn("qmail"), by=Attribution.BEYOND_TARGET)])
    assert advice.product == GENERIC.name


def test_a_banner_is_heard_on_the_direct_route_only() -> None:
    heard = record("unknown-recipient", ndn(), mail_exchanger="mx.acme.example", banner="mx ESMTP Exim 4.96")
    (advice,) = advise([heard])
    assert advice.product == "Exim"
    relayed = record("unknown-recipient", ndn(), banner="relay ESMTP Exim 4.96")
    assert advise([relayed])[0].product == GENERIC.name


@pytest.mark.parametrize(
    ("line", "product"),
    [
        ("by mx.acme.example (Postfix) id 1", "Postfix"),
        ("from x by y with local (Exim 4.96) id 1", "Exim"),
        ("from a by b (Haraka) with ESMTP", "Haraka"),
        ("from a by b with Microsoft SMTP Server id 15", "Microsoft Exchange"),
        ("from a by localhost (amavisd-new, port 10024)", "amavisd"),
    ],
)
def test_a_received_line_tells_the_product_less_surely(line: str, product: str) -> None:
    found = recognise([ndn(line=line)], [])
    assert (found.product.name, found.confidence) == (product, MEDIUM)


@pytest.mark.parametrize(
    ("host", "product"),
    [
        ("acme-example.mail.protection.outlook.com", "Microsoft 365"),
        ("aspmx.l.google.com", "Google Workspace"),
        ("d1.ess.barracudanetworks.com", "Barracuda"),
        ("notgoogle.com", GENERIC.name),
    ],
)
def test_the_domain_of_the_mx_tells_hosted_services(host: str, product: str) -> None:
    assert recognise([ndn()], [host]).product.name == product


def test_every_kind_of_the_catalogue_finds_advice() -> None:
    for row in CATALOGUE:
        assert advise([record(row.kind, ndn("postfix"))])


def test_whoever_bounces_test_content_is_told_of_content_filters_whatever_the_kind() -> None:
    one = record("mixed-recipients", ndn("postfix"))
    spam = ProbeRecord(
        probe=replace(one.probe, content="gtube"),
        submission=one.submission,
        returned=one.returned,
        settlement=one.settlement,
    )
    assert "milter" in advise([spam])[0].setting
    assert "milter" not in advise([one])[0].setting


@pytest.mark.parametrize(
    ("text", "product", "version"),
    [
        ("mx ESMTP Exim 4.96 Mon, 02 Mar", "Exim", "4.96"),
        ("mx ESMTP Sendmail 8.17.1.9/8.17.1.9/Debian-2; Mon", "Sendmail", "8.17.1.9"),
        ("mx ESMTP Haraka/3.0.5 ready", "Haraka", "3.0.5"),
        ("mx ESMTP qpsmtpd 0.94 ready; send us your mail, but not your spam.", "qpsmtpd", "0.94"),
        ("mx ESMTP Postfix (Debian/GNU)", "Postfix", ""),
        ("mx ESMTP Exim 4.96\x1b[2J", "Exim", "4.96"),
        ("mx ESMTP Exim 4.97-RC1 ready", "Exim", "4.97-RC1"),
        ("mx ESMTP Exim 4.96-mail.acme.example ready", "Exim", "4.96-mail"),
        ("mx ESMTP OpenSMTPD", "OpenSMTPD", ""),
        ("a by b with Microsoft SMTP Server (TLS) id 15.1.2507.6; Mon", "Microsoft Exchange", "15.1.2507.6"),
    ],
)
def test_the_version_is_what_stands_behind_the_name(text: str, product: str, version: str) -> None:
    found = recognise([ndn(line=text)], [])
    assert (found.product.name, found.version) == (product, version)


def test_the_version_of_a_product_known_by_its_notice_is_read_from_its_received_line() -> None:
    (advice,) = advise([record("unknown-recipient", ndn("sendmail", "by mx (8.17.1.9/8.17.1.9/Debian-2) id 1"))])
    assert (advice.product, advice.version, advice.confidence) == ("Sendmail", "8.17.1.9", HIGH)


def test_a_name_in_two_places_is_sure() -> None:
    assert recognise([ndn(line="by mx (Exim 4.96)")], [], ["mx ESMTP Exim 4.96"]).confidence == HIGH
    assert recognise([ndn(line="by mx (Exim 4.96)")], [], ["mx ESMTP Postfix"]).confidence == MEDIUM


@pytest.mark.parametrize(
    ("reply", "product"),
    [
        ("mx Hello\nSIZE 1\nXVERP=Courier\nDSN", "Courier"),
        ("mx Hello x\nSIZE 1\nPIPECONNECT\nHELP", "Exim"),
        ("mx\nX-EXPS NTLM\nX-LINK2STATE", "Microsoft Exchange"),
        ("Message Queued (7A1B2C3D-1111-4222-8333-444455556666.1)", "Haraka"),
        ("ok 1772438400 qp 12345", "qmail"),
        ("2.0.0 Ok: queued as 4fXyz12345", "Postfix"),
        ("OK id=1w3kqW-0000Ab-2f", "Exim"),
        ("2.0.0 OK  1772438400 abc.12 - gsmtp", "Google Workspace"),
        ("something else that is OK", GENERIC.name),
    ],
)
def test_a_server_that_hides_its_name_is_known_by_its_habits(reply: str, product: str) -> None:
    assert recognise([ndn()], [], ["mx ESMTP"], replies=[reply]).product.name == product


def test_what_took_the_message_is_mended_and_not_the_server_behind_that_wrote() -> None:
    """qpsmtpd writes no notices: a recipient that it takes is bounced by the Postfix behind it."""
    line = "from x (HELO x) by mx.acme.example (qpsmtpd/0.94) with ESMTP; Mon"
    (relayed,) = advise([record("unknown-recipient", through(line))], None, TARGET)
    assert (relayed.product, relayed.version, relayed.confidence) == ("qpsmtpd", "0.94", MEDIUM)
    heard = record("unknown-recipient", through(line), mail_exchanger="mx.acme.example", banner="mx ESMTP qpsmtpd 0.94")
    assert advise([heard], None, TARGET)[0].confidence == HIGH
    (elsewhere,) = advise([record("unknown-recipient", through(line, "mx.relay.example"))], None, TARGET)
    assert elsewhere.product == "Postfix"
    (full,) = advise([record("mailbox-full", through(line))], None, TARGET)
    assert full.product == "Postfix"


def test_a_mailbox_that_returns_instead_of_answering_is_told_of_its_rule() -> None:
    (returned,) = advise([record("autoresponder", ndn("sieve"))])
    assert "-reject" in returned.setting
    (answered,) = advise([record("autoresponder", ndn("sieve"), outcome=Outcome.AUTOREPLIED)])
    assert "sieve_before" in answered.setting
    assert "SpamCop" in answered.reference


def test_the_domain_stands_in_what_is_to_be_pasted() -> None:
    (advice,) = advise([record("unknown-recipient", ndn("sendmail"))], None, TARGET)
    lines = "\n".join(one.lines for one in advice.paste)
    assert "To:acme.example ERROR:5.1.1:550" in lines
    assert "example.org" not in lines
    assert ["{address}" in one.lines for one in advice.paste] == [one.for_each_address for one in advice.paste]


# What is known to end backscatter, by product: for each the words of the setting or of the text beside it.
KNOWN = {
    "Postfix": "relay_recipient_maps, unverified_recipient_reject_code, smtpd_proxy_filter, rspamd, Zimbra, Plesk",
    "Exim": "verify = recipient, acl_smtp_data, cutthrough_delivery, cPanel, DirectAdmin",
    "Sendmail": "virtusertable, access, MAIL_FILTER",
    "OpenSMTPD": "rcpt-to, filter",
    "qmail": "RCPTCHECK, qmail-spp, realrcptto",
    "qpsmtpd": "rcpt_regexp, rcpt_ok",
    "Courier": "ESMTP_BLOCKBACKSCATTER, BOFHSUPPRESSBACKSCATTER, hosteddomains",
    "Microsoft Exchange": "RecipientValidationEnabled",
    "Microsoft 365": "Authoritative",
    "Google Workspace": "reject, catch-all",
    "Barracuda": "Bounce NDR, Recipient Verification",
    "Proxmox Mail Gateway": "before_queue_filtering, ndr_on_block, verifyreceivers",
    "amavisd": "D_BOUNCE, D_REJECT, $sa_dsn_cutoff_level",
    "Haraka": "rcpt_to.in_host_list",
    "Dovecot Pigeonhole (Sieve)": "reject, quota-status, vacation",
}


def test_every_product_has_settings_with_default_clause_and_reference() -> None:
    assert {product.name for product in PRODUCTS} == set(KNOWN)
    for product in PRODUCTS:
        for setting in product.settings:
            assert setting.setting
            assert setting.reference
            assert setting.default
            assert CLAUSES[setting.problem].startswith("RFC ")
        told = " ".join(f"{one.setting} {one.text} {one.reference} {one.default}" for one in product.settings)
        assert [word for word in KNOWN[product.name].split(", ") if word not in told] == []
    assert all(setting.reference for setting in GENERIC.settings)
    assert {setting.problem for setting in GENERIC.settings} == set(Problem) - {Problem.ANY}


def test_what_can_be_pasted_says_where_and_survives_the_report() -> None:
    pieces = [one for product in PRODUCTS for setting in product.settings for one in setting.paste]
    assert {"/etc/postfix/main.cf", "/etc/exim4/exim4.conf"} <= {one.file for one in pieces}
    for one in pieces:
        assert one.where
        assert clean_block(one.lines) == one.lines  # a tab or a last line end would not arrive


def test_the_lines_to_paste_go_with_the_advice() -> None:
    (advice,) = advise([record("unknown-recipient", ndn("postfix"))])
    (piece,) = advice.paste
    assert "reject_unverified_recipient" in piece.lines
