"""The plan is printed before it starts: every probe, whom it goes to, by which way."""

from __future__ import annotations

import json
import os
from io import StringIO

import pytest
from msgspec.structs import replace

from bsaudit.model.event import Planned
from bsaudit.model.mail import Route
from bsaudit.model.probe import Recipient, Role
from bsaudit.report import jsonl
from bsaudit.report.plan import plan_lines
from bsaudit.report.progress import Lines, Screen
from tests.support.reports import START, a_probe

POSITIVE = replace(a_probe(1, "positive"), control="positive")
DIRECT = replace(
    a_probe(3),
    target="other.example",
    route=Route.DIRECT,
    mail_exchanger="mx.example.org",
    address="192.0.2.1",
    port=2525,
    rcpt_only=True,
)
EVENT = Planned(run="7f3a", at=START, probes=(POSITIVE, a_probe(2), DIRECT))


def test_the_plan_names_probe_recipient_and_way() -> None:
    assert list(plan_lines(EVENT.probes)) == [
        "plan for example.org: 2 messages, by relay",
        "  positive control            r1@",
        "  unknown-recipient (random)  r2@",
        "plan for other.example: 0 messages, direct",
        "  unknown-recipient (random), RCPT only  r3@example.org  mx.example.org [192.0.2.1]:2525",
    ]


@pytest.mark.parametrize("kind", [Lines, Screen])
def test_the_plan_is_shown_on_terminals_and_in_logs(kind: type) -> None:
    out = StringIO()
    show = Lines(out) if kind is Lines else Screen(out, lambda: os.terminal_size((80, 24)), color=False)
    show(EVENT)
    assert "plan for other.example: 0 messages, direct\n" in out.getvalue()


def test_nothing_hostile_gets_out() -> None:
    hostile = replace(a_probe(), target="a\x1b[2Jb", recipients=(Recipient(address="\x1b]0;x\x07@y", role=Role.FULL),))
    assert "\x1b" not in "".join(plan_lines((hostile,)))


def test_json_lines_tell_the_plan_without_the_tokens() -> None:
    line = json.loads(jsonl.line(EVENT))
    assert (line["event"], [probe["id"] for probe in line["probes"]]) == ("planned", ["p1", "p2", "p3"])
    assert "tokens" not in line["probes"][0]
