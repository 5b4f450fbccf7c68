"""Notices to operators: complete in every language, and readable by somebody else's reader of mail."""

from __future__ import annotations

import email
import email.policy
import re
import string
from datetime import UTC, datetime
from email.message import EmailMessage

import msgspec
import pytest
from msgspec.structs import replace

from bsaudit.judge import findings
from bsaudit.judge.advice_table import Problem
from bsaudit.judge.explain import explained
from bsaudit.judge.grounds import NOT_THEIRS, Grounds, grounds_of, grounds_of_message
from bsaudit.model.report import Finding, Severity
from bsaudit.report.arf import arf_notice
from bsaudit.report.notice import text_notice
from bsaudit.report.notice_words.languages import LANGUAGES
from bsaudit.report.notice_words.words import words_of
from tests.support.bounces import by_target
from tests.support.guilty import COMMON, CONTACT, MX, bounce, bounced, guilty, of_product
from tests.support.judged import probe

FINDINGS = [row.id for row in findings.EVERY]
NOW = datetime(2026, 3, 3, tzinfo=UTC)


def grounds(family: str = "postfix") -> Grounds:
    report = of_product(family)
    return grounds_of(report.targets[0], report)


def flat(text: bytes | str) -> str:
    return " ".join((text.decode() if isinstance(text, bytes) else text).split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("family", COMMON)
def test_a_stranger_finds_the_six_things(family: str, language: str) -> None:
    """What happened, when, which of his hosts, how to reproduce it, what to change, whom to ask."""
    words, said = words_of(language), text_notice(grounds(family), language).decode()
    parts = dict(re.findall(r"^\* (.+)\n\n((?:(?!^\* ).*\n)*)", said, re.MULTILINE))
    assert flat(words.problems[Problem.RECIPIENT].what) in flat(parts[words.happened])
    assert "A. Admin of acme.example" in parts[words.happened]
    assert "2026-03-02T10:00:01.000Z" in parts[words.when]
    for fact in (f"{MX} [192.0.2.5]", "4XYZ1", "<who@acme.example>", "> I could not deliver your message."):
        assert fact in parts[words.when]
    assert f"swaks --server {MX}" in parts[words.reproduce]
    assert "bsaudit probe --again 7f3a9c" in parts[words.reproduce]
    assert f"{COMMON[family]}:" in parts[words.change]
    assert grounds(family).advice[0].setting in parts[words.change]
    for paste in grounds(family).advice[0].paste:
        assert f"\n\n{paste.lines.rstrip()}\n" in parts[words.change], "as they go into the file"
    assert CONTACT in parts[words.ask]
    assert "_bsaudit.acme.example" in parts[words.ask]
    assert all(flat(harm) in flat(parts[words.harm]) for harm in words.harms) or language == "ja"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cause_is_told_in_every_language(language: str) -> None:
    words = words_of(language)
    assert set(words.problems) == set(Problem)
    assert set(words.findings) == set(FINDINGS) - {NOT_THEIRS}
    one = grounds()
    said = flat(text_notice(replace(one, findings=tuple(words.findings), problems=tuple(Problem)), language))
    for cause in (*words.findings.values(), *words.problems.values()):
        for text in (cause.what, cause.remedy):
            assert flat(text).replace("。", "。 ").strip() in said if language == "ja" else flat(text) in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_fills_in_the_same_and_none_is_a_copy(language: str) -> None:
    own, english = texts(language), texts("en")
    assert {name: fields(text) for name, text in own.items()} == {name: fields(text) for name, text in english.items()}
    long = {name for name, text in english.items() if text.count(" ") > 3}
    assert language == "en" or not {name for name in long if own[name] == english[name]}


def texts(language: str) -> dict[str, str]:
    found: dict[str, str] = {}

    def walk(name: str, value: object) -> None:
        if isinstance(value, str):
            found[name] = value
        elif isinstance(value, dict):
            for key, part in value.items():
                walk(f"{name}.{key}", part)
        elif isinstance(value, list | tuple):
            for number, part in enumerate(value):
                walk(f"{name}.{number}", part)

    walk("", msgspec.to_builtins(words_of(language)))
    return found


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_what_is_not_theirs_is_not_told() -> None:
    report = of_product("postfix")
    found = Finding(id=NOT_THEIRS, severity=Severity.INFO, title="", detail="", reference="")
    target = replace(report.targets[0], findings=(found,))
    assert grounds_of(target, replace(report, targets=(target,))).findings == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_a_message_without_a_run_no_test_of_ours_is_told(language: str) -> None:
    scene = by_target()
    notification = scene.bounce.read()
    told = explained(notification, scene.knowledge, sha256="0", file="x.eml")
    said = text_notice(grounds_of_message(told, notification, scene.knowledge.target), language).decode()
    words = words_of(language)
    assert flat(words.intro_message.format(domain="acme.example")).replace(" ", "") in flat(said).replace(" ", "")
    assert words.answer[:20] in flat(said)
    assert "_bsaudit" not in said
    assert "swaks --server mx.acme.example" in said


def test_what_strangers_wrote_cannot_forge_a_header_or_another_passage() -> None:
    one = grounds()
    evil = "x\r\nBcc: all@victim.example\n\n* What to change\x1b[2J\u202e"
    said = text_notice(replace(one, host=evil, domain=evil, first_lines=(evil,)), "en").decode()
    assert [line.partition(":")[0] for line in said.partition("\n\n")[0].splitlines()] == ["To", "Subject"]
    assert not re.search(r"^Bcc:", arf_notice(replace(one, host=evil), "en", b"", NOW).decode(), re.MULTILINE)
    assert said.count("\n* What to change") == 1
    assert "\x1b" not in said
    assert "\u202e" not in said


def parsed(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.SMTP)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


@pytest.mark.parametrize("language", LANGUAGES)
def test_as_an_abuse_report_it_has_the_three_parts(language: str) -> None:
    raw = by_target().bounce.raw()
    one = grounds()
    message = parsed(arf_notice(one, language, raw, NOW))
    assert (message.get_content_type(), message.get_param("report-type")) == ("multipart/report", "feedback-report")
    assert message["To"] == "postmaster@acme.example"
    assert message["From"] == CONTACT
    assert message["Subject"] == words_of(language).subject.format(host=one.host)
    text, facts, attached = message.iter_parts()
    assert flat(text.get_content()) == flat(text_notice(one, language).partition(b"\n\n")[2])
    assert facts.get_content_type() == "message/feedback-report"
    (told,) = facts.get_payload()
    assert told["Feedback-Type"] == "abuse"
    assert told["Version"] == "1"
    assert told["User-Agent"].startswith("bsaudit/")
    assert (told["Source-IP"], told["Reporting-MTA"]) == ("192.0.2.5", f"dns; {MX}")
    assert told["Reported-Domain"] == "acme.example"
    assert attached.get_content_type() == "message/rfc822"
    assert raw.split() == attached.get_content().as_bytes(policy=email.policy.SMTP).split()


def test_what_looks_like_abuse_or_cannot_travel_is_attached_by_its_header_only() -> None:
    raw = b"From: a@b.example\nSubject: x\n\nGTUBE goes here\n"
    report = guilty(bounced(bounce(), asked=replace(probe("spam", "gtube"), shape="gtube")))
    for one, body in ((grounds_of(report.targets[0], report), raw), (grounds(), raw + b"y" * 1200)):
        *_, attached = parsed(arf_notice(one, "en", body, NOW)).iter_parts()
        assert attached.get_content_type() == "text/rfc822-headers"
        assert "GTUBE" not in attached.as_string()
        assert "Subject: x" in attached.as_string()
