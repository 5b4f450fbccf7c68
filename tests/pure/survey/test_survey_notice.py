"""A notice about one host of a survey: on its backscatter alone, and on what shows that it wrote that."""

from __future__ import annotations

import email
import re
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from bsaudit.errors import UsageError
from bsaudit.judge.advice_table import Problem
from bsaudit.judge.grounds import Grounds
from bsaudit.model.survey import SurveyContact, SurveyReport
from bsaudit.report.arf import arf_notice
from bsaudit.report.notice import recipient, text_notice
from bsaudit.report.notice_words.languages import LANGUAGES
from bsaudit.report.notice_words.words import words_of
from bsaudit.survey.notice import HostNotice
from bsaudit.survey.own import own_from
from bsaudit.survey.reading import reading
from bsaudit.survey.result import result
from bsaudit.survey.tally import Tally
from tests.support.mailboxes import BOT_HOP, DATE, OWN, OWN_DOMAIN, OWN_HOST, REPORTER, notice, original
from tests.support.notifications import FAILED

HOST = own_from([OWN_DOMAIN, OWN_HOST])
COPY = original(BOT_HOP.replace(f"{OWN_HOST} (", "pc ("), message_id="<8@ann.example>", subject="Cheap pills 7")
BOUNCED = notice(COPY)
SPAM = FAILED.replace("5.1.1", "5.7.1").replace("User unknown", "Spam rejected")
LATER = notice(COPY, fields=SPAM, body="Cheap pills!\n", date="Tue, 2 Jun 2026 10:00:00 +0000")
GREETED = notice(COPY, peer=f"from {REPORTER} (unknown [192.0.2.44])")
OTHERS = notice(COPY, fields=FAILED.replace("MTA: dns; mx.dest", "MTA: dns; mx.other"))
BELOW = notice(COPY, extra=f"Received: from mx2.ann.example (192.0.2.99) by mx.ann.example; {DATE}\n")
PASSED_ON = notice(COPY, peer="from relay.other.example (relay.other.example [192.0.2.50])")
FAKE = notice(COPY, extra="X-Mailer: Microsoft Outlook Express 6.00\n")


def collected(host: str, *messages: bytes, own: tuple[str, ...] = ()) -> tuple[HostNotice, SurveyReport]:
    whose = own_from([OWN_DOMAIN, OWN_HOST, *own])
    notices, tally = HostNotice(host, whose), Tally()
    for index, raw in enumerate(messages):
        seen = reading(raw, whose, file="mbox", index=index)
        tally.add(seen)
        notices.add(seen, raw)
    return notices, result(tally, whose, ())


def grounds(*messages: bytes, host: str = REPORTER) -> Grounds:
    notices, report = collected(host, *messages)
    return notices.grounds(report)


def flat(text: bytes) -> str:
    return " ".join(text.decode().replace("\n> ", "\n").split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_tells_how_much_came_when_why_and_one_of_it(language: str) -> None:
    words, said = words_of(language), text_notice(grounds(BOUNCED, OWN, LATER, FAKE), language).decode()
    assert said.startswith("To: postmaster@dest.example\n")
    parts = dict(re.findall(r"^\* (.+)\n\n((?:(?!^\* ).*\n)*)", said, re.MULTILINE))
    facts = dict(re.findall(r"^  (.+?): (.+)$", parts[words.when], re.MULTILINE))
    assert facts[words.notices] == "2"  # what answers own mail and what is forged counts against nobody
    assert (facts[words.first], facts[words.last]) == ("2026-06-01T10:00:00Z", "2026-06-02T10:00:00Z")
    assert facts[words.causes].startswith("user-unknown: 1")
    assert facts[words.host] == f"{REPORTER} [192.0.2.44]"
    assert "> Subject: Undelivered Mail Returned to Sender" in parts[words.when]
    assert "postmaster@dest.example, abuse@dest.example" in parts[words.ask].replace("\n", " ")
    assert "Cheap pills!" not in said


def test_what_ends_it_is_told_for_each_cause() -> None:
    assert set(grounds(BOUNCED, LATER).problems) >= {Problem.RECIPIENT}
    one = grounds(BOUNCED)
    assert one.survey is not None
    assert one.problems == (Problem.RECIPIENT,)


def test_it_goes_to_an_address_that_is_not_known_to_bounce() -> None:
    notices, report = collected(REPORTER, BOUNCED)
    charge = (
        SurveyContact(address="postmaster@dest.example", scope="domain", source="rfc2142", bounces=True),
        SurveyContact(address="abuse@dest.example", scope="domain", source="rfc2142"),
        SurveyContact(address="noc@provider.example", scope="network", source="abusix"),
    )
    found = notices.grounds(replace(report, hosts=(replace(report.hosts[0], contacts=charge),)))
    assert recipient(found) == "abuse@dest.example"
    said = flat(text_notice(found, "en"))
    assert "in charge of the domain dest.example: abuse@dest.example." in said
    assert "In charge of the network: noc@provider.example." in said


def test_as_an_abuse_report_it_passes_no_spam_on() -> None:
    notices, report = collected(REPORTER, LATER)
    content = arf_notice(notices.grounds(report), "en", notices.raw, datetime(2026, 7, 1, tzinfo=UTC))
    text, facts, attached = email.message_from_bytes(content).get_payload()
    assert attached.get_content_type() == "text/rfc822-headers"
    assert b"Cheap pills!" not in content
    assert "Source-IP: 192.0.2.44" in facts.as_string()
    assert "mx.dest.example" in text.as_string()


@pytest.mark.parametrize(
    ("host", "messages", "said"),
    [
        ("mx.nobody.example", (BOUNCED,), "not among the hosts"),
        (REPORTER, (FAKE, FAKE), "is forged"),
        (REPORTER, (OWN,), "known to be backscatter (1 own)"),
        (REPORTER, (GREETED,), "not among the hosts"),
        ("192.0.2.44", (GREETED,), "decisively or strongly"),
        (REPORTER, (BELOW,), "rests on a greeting alone"),  # by Exchange
        (REPORTER, (OTHERS, FAKE), "decisively or strongly"),
        ("relay.other.example", (PASSED_ON,), f"{REPORTER} is named as the writer"),
    ],
)
def test_nobody_is_told_of_what_he_is_not_shown_to_have_written(
    host: str, messages: tuple[bytes, ...], said: str
) -> None:
    notices, report = collected(host, *messages)
    with pytest.raises(UsageError, match=r"^no notice: ") as refused:
        notices.grounds(report)
    assert re.search(re.sub(r"([().])", r"\\\1", said), refused.value.message)


def test_one_that_shows_who_wrote_is_found_among_those_that_do_not() -> None:
    found = grounds(GREETED, OTHERS, OTHERS, BOUNCED)
    assert found.survey is not None
    assert found.survey.notices == 3
    assert found.host == f"{REPORTER} [192.0.2.44]"


def test_the_host_is_found_however_it_is_written() -> None:
    assert grounds(BOUNCED, host=f" {REPORTER.upper()}. ").domain == "dest.example"


def test_behind_a_filter_of_ones_provider_the_same_is_shown() -> None:
    inner = f"Received: from mx.ann.example (mx.ann.example [10.0.0.7]) by store.ann.example; {DATE}\n"
    assert grounds(notice(COPY, extra=inner)).host.startswith(REPORTER)


def test_headers_of_strangers_forge_no_passage() -> None:
    evil = notice(COPY, extra="X-Evil: a\x1b[31m\u2028* Whom to ask\n")
    said = text_notice(grounds(evil), "en").decode()
    assert "\x1b" not in said
    assert said.count("\n* Whom to ask") == 1
