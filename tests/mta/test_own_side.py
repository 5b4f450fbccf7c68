"""What goes wrong on the auditor's own side, on real servers: cause, remedy, exit code, and JSON all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mta import audit
from tests.mta.lab import Lab
from tests.mta.places import CATCH_DOMAIN, CATCH_MX, CATCH_USER, PASSWORD

pytestmark = [pytest.mark.mta, pytest.mark.timeout(120)]

TIMES = ("--wait", "15s", "--grace", "3s")
RELAY = audit.relay_url("smtp.carrier.example")
DOMAIN = "postfix-rejects.example"
ADDRESS = ("--catch-address", audit.CATCH_ADDRESS)

FOLDER = ("--catch", f"imaps://{CATCH_USER}@{CATCH_MX}/Nowhere", *ADDRESS)
OTHER_AUTHORITIES = ("--ca-file", "/etc/ssl/certs/ca-certificates.crt")
NO_DOMAIN = "no-such-domain.example"

# what goes wrong: relay, catch, more options, environment, exit code, whose fault, words of the message
CASES = {
    "the relay's password": (RELAY, audit.IMAP, (), {"BSAUDIT_RELAY_PASSWORD": "wrong"}, 4, "relay", "535"),
    "the relay's name": ("auditor@no-such-host.example:587", audit.IMAP, (), {}, 4, "relay", "no-such-host.example"),
    "the relay's port": ("auditor@ns.lab.example:587", audit.IMAP, (), {}, 4, "relay", "ns.lab.example"),
    "no STARTTLS": ("smtp.opensmtpd-carrier.example:587", audit.IMAP, (), {}, 4, "relay", "STARTTLS"),
    "an unknown authority": (RELAY, audit.IMAP, OTHER_AUTHORITIES, {}, 4, "", "authority"),
    "the mailbox's password": (RELAY, audit.IMAP, (), {"BSAUDIT_CATCH_PASSWORD": "wrong"}, 4, "catch", "password"),
    "the mailbox's folder": (RELAY, FOLDER, (), {}, 4, "catch", "Nowhere"),
    "a catch address that the relay cannot deliver to": (
        RELAY,
        (*audit.IMAP[:2], "--catch-address", f"nobody-here@{CATCH_DOMAIN}"),
        (),
        {},
        4,
        "catch",
        f"nobody-here@{CATCH_DOMAIN}",
    ),
    "no resolver": (RELAY, audit.IMAP, ("--resolver", "ns.lab.example:54"), {}, 4, "dns", ""),
    "a target that does not exist": (RELAY, audit.IMAP, (NO_DOMAIN,), {}, 4, "", NO_DOMAIN),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_it_says_what_is_wrong(ground: Lab, tmp_path: Path, case: str) -> None:
    relay, catch, options, secrets, code, where, words = CASES[case]
    ran = audit.probe(ground, tmp_path, [DOMAIN], *TIMES, *options, relay=relay, catch=catch, secrets=secrets)
    assert ran.code == code, ran.stderr
    errors = ran.report["errors"]
    assert any(where in error["where"] and words in error["message"] + error["remedy"] for error in errors), errors
    assert all(error["message"] for error in errors)
    assert ran.report["exit_code"] == code
    assert "Traceback" not in ran.stderr
    assert PASSWORD not in ran.stdout + ran.stderr
