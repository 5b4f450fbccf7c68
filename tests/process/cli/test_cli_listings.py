"""`--listings`: DNS lists are asked about the targets' addresses, and change nothing else in a report."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from bsaudit.cli import guard
from bsaudit.cli.running import run
from bsaudit.model.mail import Host
from bsaudit.model.notification import Attribution
from bsaudit.model.probe import CountsAs, Outcome
from bsaudit.model.report import ExchangerEntry, Listing, Report
from bsaudit.model.survey import SurveyHost, SurveyOwn, SurveyReport, SurveyTotals
from bsaudit.standing.asking import ABUSE_NET, ABUSIX
from bsaudit.wiring import standing as wiring
from bsaudit.wiring.standing import with_listings
from bsaudit.wiring.survey import with_listings as in_survey
from tests.support.dns import SERVFAIL, SOA, TTL_S, Counted, Zone, dns_thread
from tests.support.reports import BACKSCATTER, BOUNCED, notification
from tests.support.schema import strict

MX, EGRESS = "192.0.2.1", "192.0.2.2"
BACKSCATTERER, SPAMCOP, MAILSPIKE = "ips.backscatterer.org", "bl.spamcop.net", "bl.mailspike.net"


ZONE: Zone = {
    "target.test": {"MX": ["10 mx.target.test.", "20 lan.target.test."]},
    "mx.target.test": {"A": [MX]},
    "lan.target.test": {"A": ["10.0.0.5", "127.0.0.2"]},
    "own.test": {"A": ["127.0.0.1"]},
    BACKSCATTERER: SOA,
    f"2.0.0.127.{BACKSCATTERER}": {"A": ["127.0.0.2"]},
    f"1.2.0.192.{BACKSCATTERER}": {"A": ["127.0.0.2"], "TXT": ['"sent \\027[31m a bounce"']},
    SPAMCOP: SOA,
    f"2.0.0.127.{SPAMCOP}": {"A": ["127.0.0.2"]},
    f"2.2.0.192.{SPAMCOP}": {"A": ["127.0.0.2"]},
    f"2.0.0.127.{MAILSPIKE}": SERVFAIL,
}


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, Counted]]:
    zone = Counted(ZONE)
    with dns_thread(zone) as place:
        yield place, zone


def without_listings(report: Report) -> Report:
    return replace(report, targets=tuple(replace(one, listings=(), contacts=()) for one in report.targets))


def said(report: Report, target: int = 0) -> dict[tuple[str, str], Listing]:
    return {(one.zone, one.address): one for one in report.targets[target].listings}


def asked(report: Report, resolver: str, journal: str = "sqlite:///:memory:") -> Report:
    host, _, port = resolver.partition(":")
    return run(with_listings(report, (host, int(port)), journal))


def test_mail_exchangers_and_the_egress_of_what_the_target_wrote_are_asked_about_once(
    served: tuple[str, Counted],
) -> None:
    resolver, zone = served
    first = BACKSCATTER.targets[0]
    strange = notification(attribution=Attribution.RELAY, handed_over_by=Host(address="192.0.2.9"))
    inside = ExchangerEntry(host="lan", addresses=("10.0.0.5", "127.0.0.2", "::1", "fd00::1"))
    target = replace(
        first,
        mail_exchangers=(*first.mail_exchangers, inside, *first.mail_exchangers),
        probes=(*first.probes, replace(BOUNCED, notifications=(strange, notification()))),
    )
    zone.asked.clear()
    report = asked(replace(BACKSCATTER, targets=(target, first)), resolver)

    assert {one.address for one in report.targets[0].listings} == {MX, EGRESS}
    assert report.targets[1].listings == report.targets[0].listings
    assert zone.asked[f"1.2.0.192.{BACKSCATTERER}"] == 2  # its A and its TXT record
    assert zone.asked[f"1.2.0.192.{SPAMCOP}"] == 1
    listing = said(report)[BACKSCATTERER, MX]
    assert (listing.status, listing.class_, listing.codes) == ("listed", "backscatter", ("127.0.0.2",))
    assert "a bounce" in listing.text
    assert "\x1b" not in listing.text
    assert listing.impact
    assert listing.as_of
    assert said(report)[BACKSCATTERER, EGRESS].status == "clean"
    assert said(report)[SPAMCOP, EGRESS].status == "listed"
    assert said(report)[MAILSPIKE, MX].status == "unknown"
    assert without_listings(report).targets == (target, first)
    assert report.verdict is BACKSCATTER.verdict


def test_a_resolver_that_fails_is_unknown_and_no_error_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bsaudit.wiring.standing.LIFETIME_S", 0.2)
    monkeypatch.setattr("bsaudit.wiring.standing.TRY_S", 0.1)
    report = asked(BACKSCATTER, "127.0.0.1:9")
    assert {one.status for one in report.targets[0].listings} <= {"unknown", "registration"}
    assert said(report)[BACKSCATTERER, MX].status == "unknown"
    assert without_listings(report) == BACKSCATTER


async def in_a_survey(resolver: tuple[str, int], journal: str) -> str:
    host = SurveyHost(host="mx.target.test", addresses=(MX,), backscatter=1)
    own, totals = SurveyOwn(), SurveyTotals()
    report = SurveyReport(tool=BACKSCATTER.tool, mailboxes=(), own=own, totals=totals, hosts=(host,))
    (found,) = (await in_survey(report, resolver, journal)).hosts
    return next(one.status for one in found.listings or () if one.zone == BACKSCATTERER)


def test_what_one_command_was_told_no_other_asks_again_as_long_as_it_holds(
    served: tuple[str, Counted], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (place, zone), journal = served, f"sqlite:///{tmp_path}/journal.db"
    words = ["listed", MX, f"--zones={BACKSCATTERER}", f"--resolver={place}", f"--journal={journal}", "--format=json"]

    def status_and_questions(*more: str) -> tuple[str, int]:
        zone.asked.clear()
        assert guard.run([*words, *more]) == 0
        (listing,) = json.loads(capsys.readouterr().out)["listings"]
        assert "a bounce" in listing["text"]
        return listing["status"], questions()

    def questions() -> int:
        return sum(count for name, count in zone.asked.items() if name.endswith(BACKSCATTERER))

    assert status_and_questions() == ("listed", 4)  # both test entries, the address and what the list says of it
    assert status_and_questions() == ("listed", 0)

    zone.asked.clear()
    assert said(asked(BACKSCATTER, place, journal))[BACKSCATTERER, MX].status == "listed"
    assert zone.asked[f"1.2.0.192.{SPAMCOP}"] == 1
    assert run(in_a_survey(("127.0.0.1", int(place.partition(":")[2])), journal)) == "listed"
    assert questions() == 1  # about the other address
    assert zone.asked[f"1.2.0.192.{SPAMCOP}"] == 1

    assert status_and_questions("--fresh") == ("listed", 4)
    now = wiring._now
    monkeypatch.setattr(wiring, "_now", lambda: now() + TTL_S)
    assert status_and_questions() == ("listed", 4)


def test_a_list_that_did_not_pass_its_test_is_tested_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    zone = Counted({"bl.test": SOA, "1.2.0.192.bl.test": {"A": ["127.0.0.2"]}})

    def status(place: str) -> str:
        words = ("--zones=bl.test", f"--resolver={place}", f"--journal=sqlite:///{tmp_path}/journal.db")
        assert guard.run(["listed", MX, *words, "--format=json"]) == 0
        return str(json.loads(capsys.readouterr().out)["listings"][0]["status"])

    with dns_thread(zone) as place:
        assert status(place) == "untestable"
        zone["2.0.0.127.bl.test"] = {"A": ["127.0.0.2"]}
        assert status(place) == "listed"


def test_who_asks_anew_after_a_delisting_is_not_contradicted_by_what_was_remembered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = {"2.0.0.127.bl.test": {"A": ["127.0.0.2"]}, "1.2.0.192.bl.test": {"A": ["127.0.0.2"]}}
    zone = Counted({"bl.test": {}, **listed})  # it does not say how long it holds that somebody is not listed

    def status(*more: str) -> str:
        words = ("--zones=bl.test", f"--resolver={place}", f"--journal=sqlite:///{tmp_path}/journal.db")
        assert guard.run(["listed", MX, *words, "--format=json", *more]) == 0
        return str(json.loads(capsys.readouterr().out)["listings"][0]["status"])

    with dns_thread(zone) as place:
        assert status() == "listed"
        del zone["1.2.0.192.bl.test"]
        assert status() == "listed"
        assert status("--fresh") == "clean"
        assert status() == "clean"


def test_a_journal_that_cannot_be_used_is_no_reason_not_to_ask(
    served: tuple[str, Counted], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "journal.db").write_bytes(b"no database" * 100)
    words = (f"--zones={BACKSCATTERER}", f"--resolver={served[0]}", f"--journal=sqlite:///{tmp_path}/journal.db")
    assert guard.run(["listed", MX, *words]) == 0
    assert f"LISTED {MX} on {BACKSCATTERER}" in capsys.readouterr().out


def test_nobody_to_write_to_is_a_finding_that_changes_nothing_else(served: tuple[str, Counted]) -> None:
    resolver, zone = served
    refused = replace(BOUNCED, outcome=Outcome.REJECTED, counts_as=CountsAs.GOOD, notifications=())
    probes = tuple(replace(refused, id=kind, kind=kind) for kind in ("postmaster", "abuse"))
    first = replace(BACKSCATTER.targets[0], probes=(BOUNCED, *probes))
    before = replace(BACKSCATTER, targets=(first,))

    def found() -> tuple[list[bool | None], set[str]]:
        report = asked(before, resolver)
        (target,) = report.targets
        assert replace(target, listings=(), contacts=(), findings=first.findings) == first
        assert replace(report, targets=before.targets) == before
        new = {one.id for one in target.findings} - {one.id for one in first.findings}
        return [one.registered for one in target.contacts], new

    assert found() == ([None, None, None], set())  # neither database is there
    zone[ABUSIX] = SOA
    zone[f"{first.domain}.{ABUSE_NET}"] = {"TXT": [f'"postmaster@{first.domain}"']}
    assert found() == ([False, False, False], {"unreachable-operator"})
    zone[f"1.2.0.192.{ABUSIX}"] = {"TXT": ['"abuse@provider.test"']}
    assert found() == ([False, True, False], set())
    zone[f"1.2.0.192.{ABUSIX}"] = SERVFAIL
    assert found() == ([False, None, False], set())


@pytest.fixture
def told(
    served: tuple[str, Counted], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Call a command where the relay is down, and so nothing is sent."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("new", "cur", "tmp"):
        (tmp_path / "Maildir" / name).mkdir(parents=True)
    (tmp_path / "bsaudit.toml").write_text(
        f'resolver = "{served[0]}"\nrelay = "smtp://127.0.0.1:9?tls=none"\ncatch = "maildir:{tmp_path}/Maildir"\n'
        f'catch_address = ["me@own.test"]\nauthorized_by = "the test"\njournal = "sqlite:///{tmp_path}/journal.db"\n'
        '[[target]]\nname = "target.test"\n'
    )

    def call(*args: str) -> tuple[int, str]:
        code = guard.run(args)
        return code, capsys.readouterr().out

    return call


def test_every_command_that_audits_asks_on_request_and_exits_as_it_would_have(
    told: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for command in (("probe", "target.test"), ("collect",), ("check",), ("report",)):
        code, out = told(*command, "--listings", "--format=json")
        report = json.loads(out)
        strict().validate(report)
        assert (code, report["exit_code"]) == (4, 4)  # no relay
        (target,) = report["targets"]
        assert {one["address"] for one in target["listings"]} == {MX}
        (listing,) = (one for one in target["listings"] if one["status"] == "listed")
        assert (listing["zone"], listing["class"]) == (BACKSCATTERER, "backscatter")

    code, out = told("report", "--format=json")
    (target,) = report["targets"]
    assert (code, json.loads(out)) == (4, report | {"targets": [target | {"listings": [], "contacts": []}]})

    monkeypatch.setenv("BSAUDIT_LISTINGS", "true")
    _, out = told("check")
    assert f"LISTED {MX} on {BACKSCATTERER} (backscatter): sent" in out
    assert f"{MX}: listed on 1, not on 1; not known of" in out
