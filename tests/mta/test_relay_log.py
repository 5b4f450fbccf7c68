"""The relay's log as a witness: what real relays write shows that a silent target took the message, or put it off."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mta import audit, lab

pytestmark = [pytest.mark.mta, pytest.mark.timeout(120)]

TIMES = ("--wait", "40s", "--grace", "4s", "--rate", "5", "--probe", "banned-attachment")
LOGS = {"smtp.carrier.example": "/var/log/mail.log", "smtp.exim-carrier.example": "/var/log/exim4/mainlog"}
TAKEN, PUT_OFF = "discards.example", "greylists-long.example"


@pytest.mark.parametrize("relay", LOGS)
def test_the_log_shows_who_took_it_and_who_put_it_off(ground: lab.Lab, tmp_path: Path, relay: str) -> None:
    holder = (ground.scratch / "pids" / relay).read_text().strip()
    command = f"nsenter -t {holder} -m cat {LOGS[relay]}"
    ran = audit.probe(ground, tmp_path, [TAKEN, PUT_OFF], *TIMES, "--relay-log", command, relay=audit.relay_url(relay))
    assert ran.report["errors"] == [], ran.stderr
    (taken,), (put_off,) = (ran.target(domain)["probes"] for domain in (TAKEN, PUT_OFF))
    assert taken["outcome"] == "accepted_silently", taken["explanation"]
    assert ran.target(TAKEN)["verdict"] == "clean", ran.target(TAKEN)["explanation"]
    assert put_off["outcome"] == "deferred", put_off["explanation"]
    assert "Greylisted" in put_off["explanation"]
    # Exim offers no DSN here: nothing else shows that a silent target took it.
    assert taken["accepted"]["shown_by"] == ("log" if "exim" in relay else "dsn")
