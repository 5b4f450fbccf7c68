"""Nothing that names anybody is left in a redacted report, in no format; and the same thing is called the same."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import msgspec
import pytest
from lxml import html as reader

from bsaudit.judge.advice_table import GENERIC, PRODUCTS
from bsaudit.judge.explain import explained
from bsaudit.model.event import Event, Sending, Sent, Settled
from bsaudit.model.report import Report, TargetEntry
from bsaudit.report.formats import FORMATS, Document, Look, event_renderer, messages_renderer, report_renderer
from bsaudit.report.redact import Redactor, redacting
from tests.support.bounces import WORLD, by_target
from tests.support.guilty import COMMON, bounce, bounced, guilty, of_product
from tests.support.reports import ALL, RECORDED

LOOK = Look(datetime(2026, 3, 1, tzinfo=UTC), verbose=True)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
REPORTS = 200
SUFFIXES = ("example", "test", "com", "co.uk", "de", "museum", "xn--p1ai")
# What the reports that are varied here name: a name or address, and of what kind it is.
NAMED = {
    "acme.example": "domain", "inbox.example": "domain", "relay.example": "domain", "auditor.example": "domain",
    "192.0.2.5": "address", "192.0.2.77": "address", "4XYZ1": "id", "4REL9": "id", "7f3a9c": "id", "me+bt": "user",
    "who": "user",
}  # fmt: skip
SENTENCES = (
    "{user}@mx.{domain} was told by mx.{domain} ({address})",
    "Received: from x ([{address}]) by MX.{domain} with ESMTP id {id} for <{user}@{domain}>",
    "<{user}@{domain}>: host mx.{domain}[{address}] said: 550 5.1.1 <{user}@{domain}>: no such user (queued as {id})",
    "SRS0=ab=cd={domain}={user}@out.{domain} rfc822;{user}@{domain}, dns;mx.{domain}. see https://{domain}/{user}?{id}",
    "«{user}@{domain}» [IPv6:{address}], {address}:25; EHLO mx.{domain}, {address}/mx.{domain}",
)


def word(chance: random.Random, size: int) -> str:
    return "".join(chance.choices("bcdfghjklmnpqrstvwxz", k=size - 1)) + str(chance.randrange(10))


def made_up(what: str, chance: random.Random) -> str:
    """Return a name that stands in no text of ours."""
    if what == "address":
        return str(IPv6Address(0x2A << 120 | chance.getrandbits(100)) if chance.random() < 0.5 else four(chance))
    if what == "domain":
        return f"{word(chance, 7)}.{chance.choice(SUFFIXES)}"
    return word(chance, 9).upper() if what == "id" else word(chance, 8)


def four(chance: random.Random) -> IPv4Address:
    return IPv4Address(chance.randrange(0x0B000000, 0xDF000000))


def varied(chance: random.Random) -> tuple[Report, list[str]]:
    """Return a report of made-up names, and these."""
    said = msgspec.json.encode(of_product(chance.choice([*COMMON]))).decode()
    names = {old: made_up(what, chance) for old, what in NAMED.items()}
    for old, new in names.items():
        said = re.sub(rf"(?<![\w-]){re.escape(old)}(?![\w-])", new, said)
    report = msgspec.json.decode(said, type=Report)
    values = {what: names[old] for old, what in NAMED.items()}
    quoted = [one.format(**values) for one in SENTENCES]
    target = report.targets[0]
    assert target.example is not None
    back = msgspec.structs.replace(target.example.notification, first_lines=tuple(quoted))
    example = msgspec.structs.replace(target.example, notification=back)
    told = msgspec.structs.replace(target, example=example, explanation=chance.choice(quoted))
    return msgspec.structs.replace(report, targets=(told,)), list(names.values())


def rendered(report: Report) -> Iterator[tuple[str, str]]:
    for name, row in FORMATS.items():
        if Document.REPORT in row.renderers:
            yield name, report_renderer(name)(report, LOOK).decode()


def left(names: list[str], said: str) -> list[str]:
    return [name for name in names if name.lower() in said.lower()]


# Addresses of mail, hosts below any of the domains that stand here, IP addresses
NAMES = re.compile(
    rf"[\w+.-]+@[\w.-]*\w|\b[\w.-]+\.(?:net|org|{'|'.join(map(re.escape, SUFFIXES))})\b"
    r"|\b\d+\.\d+\.\d+\.\d+\b|\b[\da-fA-F]{1,4}(?::[\da-fA-F]{0,4}){3,}\b"
)
FIELDS = ("address", "host", "domain", "target", "mail_exchanger", "reverse_path", "queue_id", "message_id", "envid",
          "sha256", "reporting_mta", "final_recipient", "ehlo", "mail_from", "authorized_by")  # fmt: skip


def names_in(value: Any) -> Iterator[str]:
    """Yield whatever names somebody in a report as it was recorded, by its fields and by its looks."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key in FIELDS and isinstance(part, str) and part:
                yield part.strip("<>")
            yield from names_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from names_in(part)
    elif isinstance(value, str):
        yield from NAMES.findall(value)


def every_name(report: Report) -> set[str]:
    """Return whatever names somebody in a report, but what our own table of advice holds; no single letters."""
    return {name for name in names_in(msgspec.to_builtins(report)) if len(name) > 2} - ours()


@cache
def ours() -> set[str]:
    return {"YOU@YOUR.DOMAIN", "www.postfix.org", *names_in(msgspec.to_builtins((*PRODUCTS, GENERIC)))}


def still_named(names: Iterable[str], said: str) -> list[str]:
    said = said.lower()
    there = [one for one in names if one.lower() in said]
    return [one for one in there if re.search(rf"(?<![\w.-]){re.escape(one.lower())}(?![\w-])", said)]


def test_no_name_of_two_hundred_reports_is_left() -> None:
    """JSON holds all of a report: each of them is searched in it, and in one of the other formats."""
    forms = [name for name, row in FORMATS.items() if Document.REPORT in row.renderers]
    for seed in range(REPORTS):
        report, names = varied(random.Random(seed))
        assert len(left(names, report_renderer("json")(report, LOOK).decode())) == len(names), "they were there"
        every, redacted = every_name(report), Redactor()(report)
        assert len(every) > len(NAMED)
        for name in ("json", forms[seed % len(forms)]):
            said = report_renderer(name)(redacted, LOOK).decode()
            assert not left(names, said), (seed, name)
            assert not still_named(every, said), (seed, name)


@cache
def recorded(name: str) -> Report:
    return (ALL | RECORDED)[name]


@pytest.mark.parametrize("name", ALL | RECORDED)
def test_no_name_of_a_recorded_run_is_left_in_any_format(name: str) -> None:
    report = recorded(name)
    names = every_name(report)
    for form, said in rendered(Redactor()(report)):
        assert not still_named(names, said), form


def test_the_same_thing_is_called_the_same_and_another_is_not() -> None:
    redacted = Redactor()(guilty(bounced(bounce("exim")), bounced(bounce("postfix"))))
    target = redacted.targets[0]
    assert target.example is not None
    host = target.example.host.name
    assert host is not None
    assert host.endswith(f".{target.domain}"), "which hosts lie in a domain is still seen"
    assert target.mail_exchangers[0].host == host
    assert f"swaks --server {host} --from YOU@YOUR.DOMAIN --to {target.example.envelope.rcpt_to[0]}" == (
        target.example.swaks
    )
    assert target.example.envelope.mail_from.partition("@")[2] != target.domain
    assert target.example.queue_id is not None
    assert target.example.queue_id in (target.example.search or "")
    assert redacted.run is not None
    assert redacted.run.id in (redacted.run.again or "")


def test_what_is_ours_stays_and_a_report_is_still_one() -> None:
    report = of_product("postfix")
    redacted = Redactor()(report)
    (before,), (after,) = report.targets, redacted.targets
    assert msgspec.json.decode(msgspec.json.encode(redacted), type=Report) == redacted
    assert [(one.product, one.setting, one.text, one.reference) for one in after.advice] == [
        (one.product, one.setting, one.text, one.reference) for one in before.advice
    ]
    assert [one.id for one in after.findings] == [one.id for one in before.findings]
    assert [(one.id, one.kind, one.outcome) for one in after.probes] == [
        (one.id, one.kind, one.outcome) for one in before.probes
    ]
    assert after.example is not None
    assert after.example.search is not None
    assert after.example.search.startswith("grep -F id-")
    assert after.example.search.endswith(" /var/log/mail.log")
    assert "accepted at 10:00:01" in after.probes[0].explanation


def test_what_is_to_be_pasted_is_ours_but_for_the_domain() -> None:
    report = of_product("sendmail")
    (before,), (after,) = report.targets, Redactor()(report).targets
    told = [(one.file, one.where, one.lines) for one in after.advice[0].paste]
    assert told == [
        tuple(text.replace(before.domain, after.domain) for text in (one.file, one.where, one.lines))
        for one in before.advice[0].paste
    ]
    assert before.domain in before.advice[0].paste[-2].lines
    assert before.domain not in str(told)


def test_another_output_calls_it_otherwise() -> None:
    """By what it is called nobody finds out what it was: the key is forgotten."""
    report = of_product("exim")
    assert Redactor()(report).targets[0].domain != Redactor()(report).targets[0].domain


def test_events_call_things_as_the_report_after_them_does() -> None:
    record = bounced(bounce("exim"))
    assert record.submission is not None
    assert record.settlement is not None
    events: list[Event] = [
        Sending(run="7f3a9c", at=NOW, probe=record.probe),
        Sent(run="7f3a9c", at=NOW, probe=record.probe, submission=record.submission),
        Settled(run="7f3a9c", at=NOW, probe=record.probe, settlement=record.settlement),
    ]
    redact, render = Redactor(), event_renderer("jsonl")
    assert render is not None
    said = "".join(render(redact(event)).decode() for event in events)
    report = redact(guilty(record))
    assert report.run is not None
    assert said.count(report.run.id) == len(events)
    assert report.targets[0].probes[0].reverse_path in said
    assert not left(["acme.example", "inbox.example", "7f3a9c", "192.0.2.", "4REL9"], said)


@pytest.mark.parametrize("form", ["text", "json", "jsonl", "markdown", "html"])
def test_an_explained_message_names_nobody(form: str) -> None:
    scene = by_target()
    notification = scene.bounce.read()
    told = explained(notification, scene.knowledge, sha256="a1b2" * 16, file="/home/somebody/bounce.eml")
    render = redacting(messages_renderer(form))
    said = (render.head + render.explained(told, notification) + render.tail).decode()
    shown = reader.document_fromstring(said).text_content() if form == "html" else said
    names = [
        WORLD.target.name,
        WORLD.target.address,
        WORLD.domain,
        WORLD.recipient,
        WORLD.relay.name,
        "somebody/",
        "a1b2" * 16,
    ]
    assert not left(names, shown)
    assert ".invalid" in shown


def test_a_long_hostile_text_takes_no_time() -> None:
    report = of_product("exim")
    for piece in ("a.", "a@", "1.", "::", "a-", "queued as ", "/a", "=", "x" * 40 + "."):
        entry: TargetEntry = msgspec.structs.replace(report.targets[0], explanation=(piece * 2000)[:2000])
        Redactor()(msgspec.structs.replace(report, targets=(entry,)))
