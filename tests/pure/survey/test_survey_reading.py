"""Who wrote a notice, what is kept of it, and the sums."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bsaudit.judge.explain import explain
from bsaudit.model.survey import SurveyMailbox, SurveyReport
from bsaudit.report.formats import Look, survey_renderer
from bsaudit.survey.own import own_from
from bsaudit.survey.reading import reading
from bsaudit.survey.result import result
from bsaudit.survey.tally import Tally
from docs.generate.survey import survey_schema
from tests.support.mailboxes import BACKSCATTER, BOT_HOP, NEWSLETTER, OWN, OWN_DOMAIN, OWN_HOST, notice, original
from tests.support.notifications import FAILED, SAMPLES
from tests.support.schema import strict_schema

HOST = own_from([OWN_DOMAIN, OWN_HOST])
PUBLISHED = Path(__file__).parents[3] / "docs/schema/survey-1.json"
BOT = BOT_HOP.replace(f"{OWN_HOST} (", "pc (")


def surveyed(*messages: bytes, since: str | None = None) -> SurveyReport:
    tally = Tally(since)
    for index, raw in enumerate(messages):
        tally.add(reading(raw, HOST, file="mbox", index=index))
    return result(tally, HOST, (SurveyMailbox(mailbox="mbox", messages=len(messages)),))


@pytest.mark.parametrize("name", SAMPLES)
def test_causes_are_the_reasons_that_explain_tells(name: str) -> None:
    raw = SAMPLES[name][0].encode("latin-1", "replace")
    told, found = explain(raw).notification, reading(raw, HOST, file="x")
    if told.kind in {"ndn", "delay"}:
        assert found.causes == tuple(dict.fromkeys(one.reason for one in told.recipients))
    assert found.kind == told.kind
    assert found.returned in {told.returned, "virus"}


@pytest.mark.parametrize(
    ("peer", "host"),
    [
        ("from out3.dest.example (out3.dest.example [192.0.2.50])", "mx.dest.example"),  # its own report, by its pool
        ("from relay.other.example (relay.other.example [192.0.2.50])", "relay.other.example"),
        ("from mx.dest.example (203-0-113-9.dyn.isp.example [203.0.113.9])", "203.0.113.9"),  # a greeting is a claim
        ("from mx.dest.example (203-0-113-9.dyn.dest.example [203.0.113.9])", "203.0.113.9"),  # a customer of theirs
        ("from mx.dest.example (unknown [203.0.113.9])", "203.0.113.9"),  # by Postfix
        ("from mx.dest.example ([203.0.113.9])", "203.0.113.9"),  # by Sendmail
        ("from mx.dest.example (203.0.113.9)", "203.0.113.9"),  # by Exchange
        ("from mx.dest.example ([203.0.113.9]:25)", "203.0.113.9"),  # by XMail
    ],
)
def test_the_writer_is_who_handed_it_over(peer: str, host: str) -> None:
    assert reading(notice(None, peer=peer), HOST, file="x").host == host


@pytest.mark.parametrize(
    ("client", "host"),
    [
        ("from mx2.ann.example (unknown [203.0.113.9])", "203.0.113.9"),
        ("from mx2.ann.example ([203.0.113.9])", "203.0.113.9"),
        ("from [203.0.113.9] (helo=mx2.ann.example)", "203.0.113.9"),
        ("from mx2.ann.example (evil.hoster.example [203.0.113.9])", "evil.hoster.example"),
        ("from x (203-0-113-9.dyn.ann.example [203.0.113.9])", "203.0.113.9"),  # a customer of the provider
    ],
)
def test_whoever_greets_as_one_of_us_writes_no_line_for_us(client: str, host: str) -> None:
    own = own_from([OWN_HOST])
    forged = notice(original(BOT), extra=f"Received: {client} by mx.ann.example; Mon, 1 Jun 2026 10:00:00 +0000\n")
    assert reading(forged, own, file="x").host == host


def test_hosts_of_our_own_side_are_passed_over() -> None:
    inner = (
        f"from mx.{OWN_DOMAIN} (mx.{OWN_DOMAIN} [198.51.100.30]) by store.{OWN_DOMAIN}; Mon, 1 Jun 2026 10:01:00 +0000"
    )
    found = reading(notice(None, extra=f"Received: {inner}\n"), HOST, file="x")
    assert (found.host, found.at) == ("mx.dest.example", "2026-06-01T10:01:00Z")


def test_a_virus_that_came_back_is_told_as_that() -> None:
    fields = FAILED.replace("5.1.1", "5.7.1").replace(
        "Recipient address\n    rejected: User unknown in virtual mailbox table", "virus found"
    )
    assert reading(notice(original(BOT), fields=fields, body="UEsD\n"), HOST, file="x").returned == "virus"
    assert reading(notice(original(BOT), fields=fields), HOST, file="x").returned == "headers"
    assert reading(notice(original(BOT), body="Pills\n"), HOST, file="x").returned == "full"
    assert reading(notice(None), HOST, file="x").returned == "none"


def test_line_ends_of_every_kind_change_nothing() -> None:
    raw = notice(original(BOT), body="Pills\n")
    plain, *others = (
        reading(one, HOST, file="x") for one in (raw, raw.replace(b"\n", b"\r\n"), raw.replace(b"\n", b"\r"))
    )
    assert others == [plain, plain]


def test_the_date_of_what_is_quoted_is_not_the_messages_own() -> None:
    quoting = NEWSLETTER.replace(b"\nDate: ", b"\nX-Date: ") + b"\nDate: Mon, 2 Jun 2025 10:00:00 +0000\n"
    assert reading(quoting, HOST, file="x").at is None


def test_the_sums() -> None:
    late = notice(original(BOT, subject="Cheap pills 12"), date="Wed, 3 Jun 2026 10:00:00 +0000")
    report = surveyed(OWN, BACKSCATTER.replace(f"from {OWN_HOST} (203".encode(), b"from pc (203"), late, NEWSLETTER)
    totals = report.totals
    assert (totals.messages, totals.backscatter, totals.own, totals.cannot_tell, totals.other) == (4, 2, 1, 0, 1)
    (host,) = report.hosts
    assert (host.host, host.backscatter, host.causes) == ("mx.dest.example", 2, {"user-unknown": 2})
    assert (host.first, host.last) == ("2026-06-01T10:00:00Z", "2026-06-03T10:00:00Z")
    assert [one.address for one in host.contacts] == ["postmaster@dest.example", "abuse@dest.example"]
    assert [(one.subject, one.count) for one in report.campaigns] == [("Cheap pills 7", 2)]
    assert [(one.network, one.count) for one in report.sources] == [("203.0.113.0/24", 2)]
    assert [(day.day, day.backscatter, day.own) for day in report.days] == [("2026-06-01", 1, 1), ("2026-06-03", 1, 0)]


def test_an_address_that_is_known_to_bounce_is_told_beside_whom_to_tell() -> None:
    fields = FAILED.replace("bob@inner.dest.example", "postmaster@dest.example").replace(
        "bob@dest.example", "postmaster@dest.example"
    )
    report = surveyed(notice(original(BOT)), notice(None, fields=fields))
    assert {one.address: one.bounces for one in report.hosts[0].contacts} == {
        "postmaster@dest.example": True,
        "abuse@dest.example": False,
    }


def test_what_is_older_than_asked_for_is_counted_as_skipped_only() -> None:
    report = surveyed(OWN, BACKSCATTER, since="2026-06-02T00:00:00Z")
    assert (report.totals.messages, report.totals.skipped, report.totals.own) == (0, 2, 0)


def test_whoever_named_no_address_is_told_what_would_tell_more() -> None:
    assert any(gap.startswith("in 1 your names stand only where") for gap in surveyed(BACKSCATTER, OWN).gaps)
    assert not surveyed(notice(original(BOT)), OWN).gaps


def test_tables_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bsaudit.survey.tally.MOST_HOSTS", 1)
    other = notice(original(BOT), peer="from relay.other.example (relay.other.example [192.0.2.50])")
    report = surveyed(notice(original(BOT)), other)
    assert (report.totals.backscatter, len(report.hosts)) == (2, 1)
    assert "more hosts than the table holds: the rest is in the totals only" in report.gaps


def document(report: SurveyReport) -> Any:
    return json.loads(survey_renderer("json")(report, Look(datetime.now(UTC))))


@pytest.mark.parametrize("messages", [(), (OWN, BACKSCATTER, NEWSLETTER), (notice(original(BOT)),)])
def test_json_is_what_the_schema_says(messages: tuple[bytes, ...]) -> None:
    shown = document(surveyed(*messages))
    for schema in (json.loads(PUBLISHED.read_text()), strict_schema(survey_schema())):
        jsonschema.Draft202012Validator(schema).validate(shown)


def test_text_is_for_people_and_harmless() -> None:
    hostile = notice(
        original(BOT, subject="\x1b[31mred\x07"), peer="from a\x1b[2Jb.example (c\x1b[2J.example [192.0.2.9])"
    )
    shown = survey_renderer("text")(surveyed(hostile, BACKSCATTER, OWN), Look(datetime.now(UTC), width=80)).decode()
    assert not set(shown) & {"\x1b", "\x07"}
    assert "203.0.113.0/24" in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_an_own_domain_is_no_other_than_was_named() -> None:
    """straße.example is not strasse.example (IDNA 2008), whose owner is a stranger."""
    assert own_from(["Straße.example", "ann@bücher.example"]).domains == {
        "xn--strae-oqa.example",
        "xn--bcher-kva.example",
    }
