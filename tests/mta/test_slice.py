"""The smallest whole audit on real servers: one relay, one catch mailbox, three targets, both routes."""

from __future__ import annotations

import pytest

from tests.mta import audit
from tests.mta.lab import Lab
from tests.mta.places import PASSWORD

pytestmark = [pytest.mark.mta, pytest.mark.smoke, pytest.mark.timeout(300)]

RELAY = "smtp.carrier.example"
VERDICTS = {
    "postfix-rejects.example": "clean",
    "postfix-gateway.example": "backscatter",
    "postfix-bounces.example": "backscatter",
}
TIMES = ("--wait", "60s", "--grace", "4s")
NON_DELIVERY = {"ndn", "delay"}


@pytest.fixture(scope="module", params=["relay", "direct"])
def ran(request: pytest.FixtureRequest, ground: Lab, tmp_path_factory: pytest.TempPathFactory) -> audit.Ran:
    relay = audit.relay_url(RELAY) if request.param == "relay" else None
    return audit.probe(ground, tmp_path_factory.mktemp(request.param), list(VERDICTS), *TIMES, relay=relay)


def test_each_target_gets_its_verdict(ran: audit.Ran) -> None:
    found = {entry["domain"]: entry["verdict"] for entry in ran.report["targets"]}
    assert found == VERDICTS, ran.stderr
    assert ran.code == 1
    assert ran.report["errors"] == []


def test_a_target_that_rejects_wrote_none_of_the_ndns(ran: audit.Ran) -> None:
    probes = ran.target("postfix-rejects.example")["probes"]
    writers = {note["attribution"] for note in notes(probes)}
    # On the direct route nobody is left to write one.
    assert writers == ({"relay"} if ran.report["run"]["route"] == "relay" else set())
    refused = {probe["kind"] for probe in probes if probe["outcome"] == "rejected"}
    assert refused >= {"unknown-recipient", "spam", "virus"}


@pytest.mark.parametrize("domain", ["postfix-gateway.example", "postfix-bounces.example"])
def test_ndns_of_a_bouncing_target_are_its_own(ran: audit.Ran, domain: str) -> None:
    bounced = [probe for probe in ran.target(domain)["probes"] if probe["outcome"] == "bounced"]
    assert "unknown-recipient" in {probe["kind"] for probe in bounced}
    for note in notes(bounced):
        assert note["attribution"] == "target"
        assert note["written_by"]["host"] == f"mx.{domain}"
        assert any(line["supports"] == "target" for line in note["evidence"])


def notes(probes: list[dict]) -> list[dict]:
    return [note for probe in probes for note in probe["notifications"] if note["kind"] in NON_DELIVERY]


def test_no_password_is_printed(ran: audit.Ran) -> None:
    assert PASSWORD not in ran.stdout + ran.stderr
