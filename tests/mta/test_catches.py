"""The same three targets, whatever catches: IMAP, Maildir, mbox, the built-in catch MX, and one that stands alone.

And what only the catch domain's own MX can see: a target that tests the reverse-path by a callout.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.mta import audit
from tests.mta.hosts import AUDITOR
from tests.mta.lab import Lab
from tests.mta.places import AUDITOR_ADDRESS, CATCH_DOMAIN, CATCH_MX, CATCH_USER, MBOX, MBOX_USER, NOBODY, SINK_DOMAIN

pytestmark = [pytest.mark.mta, pytest.mark.timeout(300)]

RELAY = audit.relay_url("smtp.carrier.example")
VERDICTS = {
    "postfix-rejects.example": "clean",
    "postfix-gateway.example": "backscatter",
    "postfix-bounces.example": "backscatter",
}
TIMES = ("--wait", "60s", "--grace", "5s", "--rate", "4")
CALLS_OUT = "callout.example"
LISTEN = f"{AUDITOR_ADDRESS}:25"
LITERAL = f"probe@[{AUDITOR_ADDRESS}]"
MAILBOXES = ("imap", "maildir", "mbox")
ROUTES = {"relay": RELAY, "direct": None}


def mailbox(ground: Lab, kind: str) -> list[str]:
    """Return the options for a mailbox that Postfix fills; files are those of another machine, as over NFS."""
    holder = (ground.scratch / "pids" / CATCH_MX).read_text()
    disk = f"/proc/{holder}/root"
    place, user = {
        "imap": (f"imaps://{CATCH_USER}@{CATCH_MX}", CATCH_USER),
        "maildir": (f"maildir:{disk}/home/{CATCH_USER}/Maildir", CATCH_USER),
        "mbox": (f"mbox:{disk}{MBOX}", MBOX_USER),
    }[kind]
    return ["--catch", place, "--catch-address", f"{user}@{CATCH_DOMAIN}"]


@pytest.fixture(scope="module")
def caught(ground: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], Future[audit.Ran]]]:
    """Run the audits into mailboxes side by side; each test waits for the one it reads."""
    state = tmp_path_factory.mktemp("caught")

    def audited(kind: str, route: str) -> audit.Ran:
        catch = mailbox(ground, kind)
        return audit.probe(ground, state / f"{kind}-{route}", list(VERDICTS), *TIMES, relay=ROUTES[route], catch=catch)

    with ThreadPoolExecutor(2) as pool:
        yield {(kind, route): pool.submit(audited, kind, route) for kind in MAILBOXES for route in ROUTES}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("kind", MAILBOXES)
def test_each_mailbox_gives_the_same_verdicts(
    caught: dict[tuple[str, str], Future[audit.Ran]], kind: str, route: str
) -> None:
    ran = caught[kind, route].result()
    assert verdicts(ran) == VERDICTS, ran.stderr
    assert ran.report["errors"] == []


@pytest.mark.parametrize("address", [f"probe@{SINK_DOMAIN}", LITERAL])
@pytest.mark.parametrize("route", ROUTES)
def test_the_sink_gives_the_same_verdicts_and_sees_callouts(
    ground: Lab, tmp_path: Path, route: str, address: str
) -> None:
    ran = audited_with_callouts(ground, tmp_path, route, f"sink://{LISTEN}", address)
    assert ran.report["run"]["catch"]["kind"] == "sink"


@pytest.mark.parametrize("route", ROUTES)
def test_a_standing_catch_gives_the_same_verdicts_and_sees_callouts(ground: Lab, tmp_path: Path, route: str) -> None:
    address = f"probe@{SINK_DOMAIN}"
    maildir = tmp_path / "caught"
    with standing(ground, maildir, address):
        audited_with_callouts(ground, tmp_path, route, f"maildir:{maildir}", address)


@pytest.mark.parametrize(("domain", "verdict"), VERDICTS.items())
def test_a_test_network_needs_no_dns(ground: Lab, tmp_path: Path, domain: str, verdict: str) -> None:
    catch = ["--catch", f"sink://{LISTEN}", "--catch-address", LITERAL]
    server = ground.run(AUDITOR.name, ["getent", "hosts", f"mx.{domain}"]).stdout.split()[0]
    ran = audit.probe(ground, tmp_path, [domain], *TIMES, "--mx", server, "--resolver", NOBODY, catch=catch)
    assert verdicts(ran) == {domain: verdict}, ran.stdout + ran.stderr


def audited_with_callouts(ground: Lab, state: Path, route: str, catch: str, address: str) -> audit.Ran:
    """Audit the three and the one that calls out, and check what is true of them whatever catches."""
    options = ["--catch", catch, "--catch-address", address]
    ran = audit.probe(ground, state, [*VERDICTS, CALLS_OUT], *TIMES, relay=ROUTES[route], catch=options)
    found = verdicts(ran)
    assert {domain: found[domain] for domain in VERDICTS} == VERDICTS, ran.stderr
    assert found[CALLS_OUT] not in {"clean", "backscatter"}
    called_out = {probe["outcome"] for probe in ran.target(CALLS_OUT)["probes"]}
    # Exim as it comes takes no mail from an address literal, and so has nobody to call.
    assert ("called_out" in called_out) is (address != LITERAL), ran.target(CALLS_OUT)
    others = [probe for domain in VERDICTS for probe in ran.target(domain)["probes"]]
    assert "called_out" not in {probe["outcome"] for probe in others}
    assert ran.report["errors"] == []
    return ran


@contextlib.contextmanager
def standing(ground: Lab, maildir: Path, address: str) -> Iterator[None]:
    """Run `bsaudit catch` on the auditor's machine."""
    words = ["catch", "--listen", LISTEN, "--address", address, "--maildir", str(maildir)]
    command = [*ground.enter(AUDITOR.name), str(audit.COMMAND), *words]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **streams) as entered:
        assert entered.stdout is not None
        assert entered.stdout.readline().startswith("Listening on")
        try:
            yield
        finally:
            # nsenter passes no signals on to what it started in the other process namespace.
            child = Path(f"/proc/{entered.pid}/task/{entered.pid}/children").read_text()
            os.kill(int(child), signal.SIGTERM)
            entered.communicate(timeout=10)
    assert entered.returncode == 0


def verdicts(ran: audit.Ran) -> dict[str, str]:
    return {entry["domain"]: entry["verdict"] for entry in ran.report["targets"]}
