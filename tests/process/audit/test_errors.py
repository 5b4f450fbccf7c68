"""What goes wrong around a target, with the command: cause, remedy, exit code, valid JSON, nothing sent."""

from __future__ import annotations

import asyncio
import json
import os
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope

from tests.support import commands
from tests.support.dns import LOOPBACK, SERVFAIL, SILENT, Zone, dns_server
from tests.support.schema import strict

OWN: Zone = {"own.test": {"MX": ["10 mx.own.test."]}, "mx.own.test": {"A": ["127.0.0.8"]}}
TARGET: Zone = {"target.test": {"MX": ["10 mx.target.test."]}, "mx.target.test": {"A": ["127.0.0.9"]}}


class BlackHole:
    """A relay that takes everything and delivers nothing; it remembers whom mail was meant for."""

    def __init__(self) -> None:
        self.recipients: list[str] = []

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:  # noqa: N802
        self.recipients += envelope.rcpt_tos
        return "250 2.0.0 Ok: queued as 4F2A"


@asynccontextmanager
async def relay(handler: BlackHole) -> AsyncIterator[int]:
    """Run the relay; gives its port."""
    loop = asyncio.get_running_loop()

    def session() -> SMTP:
        with warnings.catch_warnings(action="ignore", category=UserWarning):
            return SMTP(handler, hostname="relay.test", loop=loop)

    async with await loop.create_server(session, LOOPBACK, 0) as server:
        yield server.sockets[0].getsockname()[1]


async def run(cwd: Path, *args: str) -> tuple[int, str, str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(cwd)}
    done = await asyncio.to_thread(commands.run, *args, cwd=cwd, env=environment)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def probe(
    tmp_path: Path, zone: Zone, *options: str, targets: tuple[str, ...] = ("target.test",)
) -> tuple[int, dict[str, Any], str, list[str]]:
    """Return exit code, JSON report, what a person reads, and whom the relay got mail for."""
    for name in ("new", "cur", "tmp"):
        (tmp_path / "Maildir" / name).mkdir(parents=True, exist_ok=True)

    async def main() -> tuple[tuple[int, str, str], tuple[int, str, str], list[str]]:
        black_hole = BlackHole()
        async with dns_server(OWN | zone) as (host, port), relay(black_hole) as relay_port:
            args = (
                *("probe", *targets, "--relay", f"smtp://{LOOPBACK}:{relay_port}?tls=none"),
                *("--catch", f"maildir:{tmp_path}/Maildir", "--catch-address", "me@own.test"),
                *("--resolver", f"{host}:{port}", "--journal", "sqlite:///:memory:", "--wait", "2s", *options),
            )
            words, data = await asyncio.gather(run(tmp_path, *args), run(tmp_path, *args, "--format", "json"))
            return words, data, black_hole.recipients

    (code, text, said), (json_code, stdout, json_said), recipients = asyncio.run(main())
    assert code == json_code
    assert "Traceback" not in said + json_said
    report = json.loads(stdout)
    strict().validate(report)
    assert report["exit_code"] == code
    return code, report, " ".join((text + said).split()), recipients


ALLOWED = ("--authorized-by", "the test")


def test_a_control_that_never_arrives_is_our_own_sides_failure(tmp_path: Path) -> None:
    code, report, told, recipients = probe(tmp_path, TARGET, *ALLOWED)

    assert code == 4
    (error,) = report["errors"]
    assert error["where"] == "catch"
    assert "did not reach the catch mailbox within 2 s" in error["message"]
    assert "spam folder" in error["remedy"]
    assert error["message"] in told
    assert "spam folder" in told
    assert report["verdict"] == "inconclusive"
    assert recipients
    assert not [address for address in recipients if address.endswith("target.test")], "nothing may reach the target"


@pytest.mark.parametrize(
    ("zone", "code", "where", "said"),
    [
        ({}, 2, "target", "does not exist"),
        ({"target.test": SERVFAIL}, 4, "dns", "SERVFAIL"),
        ({"target.test": {"TXT": ["v=spf1 -all"]}}, 2, "target", "neither MX nor address"),
    ],
)
def test_a_target_that_dns_does_not_know(tmp_path: Path, zone: Zone, code: int, where: str, said: str) -> None:
    exit_code, report, told, recipients = probe(tmp_path, zone, *ALLOWED)

    assert exit_code == code
    error = report["errors"][0]
    assert error["where"] == where
    assert said in error["message"]
    assert "target.test" in error["message"]
    assert error["message"] in told
    assert not [address for address in recipients if address.endswith("target.test")]


@pytest.mark.parametrize(("zone", "code"), [({}, 2), ({"target.test": SERVFAIL}, 4)])
def test_a_target_that_does_not_resolve_is_told_so_and_not_asked_for_its_permission(
    tmp_path: Path, zone: Zone, code: int
) -> None:
    exit_code, report, told, _ = probe(tmp_path, zone)

    assert exit_code == code
    assert report["errors"][0]["message"]
    assert "allowed" not in told


def test_a_permission_that_could_not_be_looked_up_is_told_with_the_reason(tmp_path: Path) -> None:
    code, report, _, recipients = probe(tmp_path, TARGET | {"_bsaudit.target.test": SERVFAIL})

    assert code == 2
    assert "SERVFAIL" in report["errors"][0]["message"]
    assert recipients == []


def test_a_target_whose_dns_keeps_silent(tmp_path: Path) -> None:
    code, report, _, _ = probe(tmp_path, {"target.test": SILENT}, *ALLOWED)

    assert code == 4
    assert report["errors"][0]["where"] == "dns"


def test_a_target_that_takes_no_mail_is_left_alone(tmp_path: Path) -> None:
    code, report, told, recipients = probe(tmp_path, {"target.test": {"MX": ["0 ."]}}, *ALLOWED)

    assert code == 2
    error = report["errors"][0]
    assert error["where"] == "target"
    assert "null MX" in error["message"] or "takes no mail" in error["message"]
    assert "RFC 7505" in error["message"] + error["remedy"]
    assert error["message"] in told
    assert recipients == []


def test_what_nobody_allowed_is_not_sent_and_the_three_ways_are_named(tmp_path: Path) -> None:
    code, report, told, recipients = probe(tmp_path, TARGET)

    assert code == 2
    error = report["errors"][0]
    assert error["where"] == "permission"
    for way in ("--authorized-by", '_bsaudit.target.test with the text "v=bsaudit1; catch=own.test"', "terminal"):
        assert way in error["remedy"]
    assert error["message"] in told
    assert recipients == []


@pytest.mark.parametrize(
    ("record", "allowed"),
    [('"v=bsaudit1; catch=own.test"', True), ('"v=bsaudit1; catch=other.test"', False), ('"v=bsaudit1"', False)],
)
def test_a_record_of_the_target_allows_exactly_this_catch_domain(tmp_path: Path, record: str, allowed: bool) -> None:
    zone = TARGET | {"_bsaudit.target.test": {"TXT": [record]}}
    code, _, _, recipients = probe(tmp_path, zone)

    assert (code, bool(recipients)) == ((4, True) if allowed else (2, False))


def test_test_content_that_was_asked_for_needs_the_relays_owner(tmp_path: Path) -> None:
    code, report, _, recipients = probe(tmp_path, TARGET, *ALLOWED, "--probe", "spam")

    assert code == 2
    assert "--relay-permission" in report["errors"][0]["remedy"]
    assert recipients == []


def test_a_mailbox_that_is_not_there(tmp_path: Path) -> None:
    code, report, told, recipients = probe(tmp_path, TARGET, *ALLOWED, "--catch", "maildir:nowhere")

    assert code == 4
    assert report["errors"][0]["where"] == "catch"
    assert "nowhere" in report["errors"][0]["message"]
    assert report["errors"][0]["remedy"]
    assert report["errors"][0]["message"] in told
    assert recipients == []


@pytest.mark.parametrize("name", ["target.test", "mx.target.test"])
def test_whoever_says_so_an_owner_who_denies_it_is_left_alone(tmp_path: Path, name: str) -> None:
    zone = TARGET | {f"_bsaudit.{name}": {"TXT": ['"v=bsaudit1; deny"']}}
    code, report, _, recipients = probe(tmp_path, zone, *ALLOWED)

    assert (code, recipients) == (2, [])
    assert f"{name} must not be audited" in report["errors"][0]["message"]


def test_a_record_of_the_target_allows_no_other_host(tmp_path: Path) -> None:
    zone = TARGET | {"_bsaudit.target.test": {"TXT": ['"v=bsaudit1; catch=own.test"']}}
    code, report, _, recipients = probe(tmp_path, zone, "--route=direct", "--mx=127.0.0.7:2525")

    assert (code, recipients) == (2, [])
    assert "target.test at 127.0.0.7 (--mx)" in report["errors"][0]["message"]
