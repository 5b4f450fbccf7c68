"""`bsaudit survey --notice HOST`, the installed command: written and never sent, or refused with the reason."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.support.commands import BARE, Done, run
from tests.support.dns import Zone, dns_thread
from tests.support.mailboxes import (
    BOT_HOP,
    DATE,
    NEWSLETTER,
    OWN,
    OWN_DOMAIN,
    OWN_HOST,
    REPORTER,
    mbox,
    notice,
    original,
)

BOUNCED = notice(original(BOT_HOP.replace(f"{OWN_HOST} (", "pc (")))
OWNED = ("--own", OWN_DOMAIN, "--own", OWN_HOST)
NETWORK: Zone = {"44.2.0.192.abuse-contacts.abusix.zone": {"TXT": ['"noc@provider.example"']}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bounces").write_bytes(mbox(OWN, BOUNCED, NEWSLETTER, BOUNCED))
    return tmp_path


def noticed(folder: Path, *words: str) -> Done:
    return run("survey", *OWNED, "bounces", *words, cwd=folder)


def test_it_is_written_in_place_of_the_report(folder: Path) -> None:
    done = noticed(folder, "--notice", REPORTER, "--language", "de")
    assert done.returncode == 0, done.stderr
    said = done.stdout.decode()
    assert said.startswith("To: postmaster@dest.example\nSubject: Backscatter von mx.dest.example")
    assert "solche Benachrichtigungen an uns: 2\n" in said
    assert "Do these things now" not in said
    assert "> From MAILER-DAEMON" not in said  # the mailbox's own line


def test_as_an_abuse_report_into_a_file(folder: Path) -> None:
    done = noticed(folder, "--notice", REPORTER, "--notice-as", "arf=notice.eml", "--jobs", "2")
    assert (done.returncode, done.stdout) == (0, b""), done.stderr
    assert b"report-type=feedback-report" in (folder / "notice.eml").read_bytes()


def test_as_a_submission_to_spamcop_to_an_address_that_only_the_environment_holds(folder: Path) -> None:
    now = format_datetime(datetime.now(UTC))
    (folder / "bounces").write_bytes(mbox(BOUNCED, BOUNCED.replace(DATE.encode(), now.encode())))
    to, words = "submit.AbC123@spam.spamcop.net", ("survey", *OWNED, "bounces", "--notice", REPORTER, "--notice-as")
    env = {**BARE, "BSAUDIT_SPAMCOP_ADDRESS": to}
    done = run(*words, "spamcop=report.eml", cwd=folder, env=env)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    file = folder / "report.eml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_bytes().startswith(f"To: {to}\r\n".encode())
    again = run(*words, "spamcop=report.eml", cwd=folder, env=env)
    assert (again.returncode, "is there already" in again.stderr.decode()) == (2, True)


def test_with_listings_it_names_who_is_in_charge_of_the_network(folder: Path) -> None:
    with dns_thread(NETWORK) as resolver:
        done = noticed(folder, "--notice", REPORTER, "--listings", "--resolver", resolver)
    assert "In charge of the network: noc@provider.example." in done.stdout.decode(), done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--notice", "mx.nobody.example"), "not among the hosts"),
        (("--notice", " "), "names no host"),
        (("--notice", REPORTER, "--format", "csv"), "takes the place of the report"),
        (("--notice", REPORTER, "--pile", "own", "--write", "own.mbox"), "takes the place of the report"),
        (("--notice", REPORTER, "--since", "last"), "not about what is new"),
        (("--notice", REPORTER, "--since", "2026-06-02"), "not among the hosts"),
        (("--notice-as", "arf"), "about a notice"),
        (("--notice", REPORTER, "--notice-as", "pdf"), "is not one of text, arf, spamcop"),
        (("--notice", REPORTER, "--notice-as", "spamcop"), "Set BSAUDIT_SPAMCOP_ADDRESS"),
    ],
)
def test_refused_with_the_reason(folder: Path, words: tuple[str, ...], said: str) -> None:
    done = run("survey", *OWNED, "bounces", *words, cwd=folder, env={**BARE, "XDG_STATE_HOME": str(folder / "state")})
    assert done.returncode == 2
    assert b"To: " not in done.stdout
    assert said in done.stderr.decode()
    assert not (folder / "own.mbox").exists()
