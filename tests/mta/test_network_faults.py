"""Whole audits through a real Postfix into a real Dovecot while a proxy before one of them lets something go wrong.

What stands beside it in the default tier, with the embedded relay, tries each command; this shows that real servers
say and do what that one does, and that a fault neither clears a guilty server nor accuses an innocent one.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import IO

import msgspec
import pytest
from msgspec import Struct

from tests.mta import audit
from tests.mta.conftest import selected
from tests.mta.lab import ROOT, Lab
from tests.mta.network import address, configured
from tests.mta.places import CATCH_MX, CATCH_USER
from tests.support.faults import CONNECTION, Do, Fault

pytestmark = [pytest.mark.mta, pytest.mark.timeout(300)]

RELAY = "smtp.carrier.example"
INNOCENT, GUILTY = "postfix-rejects.example", "postfix-bounces.example"
SMTP, IMAP = 25, 143
TIMES = ("--wait", "20s", "--grace", "3s", "--rate", "20", "--probe", "unknown-recipient")
AT_ONCE = 4
# The controls, the first of which finds out how the relay is, come before: of what follows, any may be hit.
PROBE = 9
DOT = rb"\.\r?$"
NOBODY = rb"RCPT TO:<(?!alice|postmaster)[^>]*@postfix-"
FETCH, SEARCH, IDLE = rb"\S+ UID FETCH", rb"\S+ UID SEARCH", rb"\S+ IDLE"
CLOSING, BYE = b"421 4.3.2 closing\r\n", b"* BYE closing\r\n"
# What another client of the mailbox does meanwhile, or its administrator.
RENUMBER = f"rm -f /home/{CATCH_USER}/Maildir/dovecot*"  # Dovecot makes a new list, with another UIDVALIDITY
EXPUNGE = f"doveadm expunge -u {CATCH_USER} mailbox INBOX 1"


class Case(Struct, frozen=True, kw_only=True):
    """A fault before the relay or, `caught`, before the catch mailbox; `meanwhile` is run there once it has struck."""

    target: str
    fault: Fault
    exit_code: int
    outcomes: frozenset[str] = frozenset()  # all that may be among those of the unknown recipients
    caught: bool = False
    tls: str = "none"
    said: str = ""
    meanwhile: str = ""


REJECTED = frozenset({"rejected", "accepted_silently"})  # a tag of postmaster's is taken
BOUNCED = frozenset({"bounced", "accepted_silently"})
CASES = {
    "MAIL is cut": Case(target=INNOCENT, fault=Fault(b"MAIL", Do.CUT, nth=PROBE), exit_code=0, outcomes=REJECTED),
    "RCPT is cut": Case(target=INNOCENT, fault=Fault(NOBODY, Do.CUT_REPLY), exit_code=0, outcomes=REJECTED),
    "RCPT is cut, and the target bounces": Case(
        target=GUILTY, fault=Fault(NOBODY, Do.CUT_REPLY), exit_code=1, outcomes=BOUNCED
    ),
    "421 at RCPT": Case(target=INNOCENT, fault=Fault(NOBODY, Do.SAY_AND_CUT, CLOSING), exit_code=0, outcomes=REJECTED),
    "421 at every RCPT": Case(
        target=GUILTY,
        fault=Fault(NOBODY, Do.SAY_AND_CUT, CLOSING, always=True),
        exit_code=3,
        outcomes=frozenset({"refused_by_relay", "accepted_silently"}),
    ),
    "the dot is cut": Case(
        target=INNOCENT, fault=Fault(DOT, Do.CUT, nth=PROBE), exit_code=3, outcomes=REJECTED | {"unresolved"}
    ),
    "the reply to the dot is cut": Case(
        target=INNOCENT, fault=Fault(DOT, Do.CUT_REPLY, nth=PROBE), exit_code=0, outcomes=REJECTED
    ),
    "the reply to the dot is cut, and the target bounces": Case(
        target=GUILTY, fault=Fault(DOT, Do.CUT_REPLY, nth=PROBE), exit_code=1, outcomes=BOUNCED
    ),
    "TLS fails": Case(
        target=INNOCENT,
        fault=Fault(b"STARTTLS", Do.SAY_AND_CUT, b"220 2.0.0 Ready to start TLS\r\n"),
        exit_code=4,
        tls="starttls",
        said="TLS",
    ),
    "FETCH is cut": Case(target=GUILTY, fault=Fault(FETCH, Do.CUT, nth=2), exit_code=1, outcomes=BOUNCED, caught=True),
    "FETCH is cut, and the target rejects": Case(
        target=INNOCENT, fault=Fault(FETCH, Do.CUT_REPLY, nth=2), exit_code=0, outcomes=REJECTED, caught=True
    ),
    "SEARCH is cut": Case(
        target=INNOCENT, fault=Fault(SEARCH, Do.CUT, nth=3), exit_code=0, outcomes=REJECTED, caught=True
    ),
    "BYE instead of FETCH": Case(
        target=GUILTY, fault=Fault(FETCH, Do.SAY_AND_CUT, BYE, nth=2), exit_code=1, outcomes=BOUNCED, caught=True
    ),
    "BYE in IDLE": Case(
        target=INNOCENT, fault=Fault(IDLE, Do.SAY_AND_CUT, BYE, nth=3), exit_code=0, outcomes=REJECTED, caught=True
    ),
    "the login is cut, always": Case(
        target=INNOCENT, fault=Fault(CONNECTION, Do.CUT, always=True), exit_code=4, caught=True, said="broke off"
    ),
    "everything is numbered anew": Case(
        target=GUILTY,
        fault=Fault(FETCH, Do.CUT, nth=3),
        exit_code=1,
        outcomes=BOUNCED,
        caught=True,
        meanwhile=RENUMBER,
    ),
    "another client expunges": Case(
        target=GUILTY,
        fault=Fault(FETCH, Do.NOTHING, nth=3),
        exit_code=1,
        outcomes=BOUNCED,
        caught=True,
        meanwhile=EXPUNGE,
    ),
}

# Each takes ten seconds of somebody's silence: these each time, all of them in the long tier.
QUICK = {
    "RCPT is cut, and the target bounces",
    "the dot is cut",
    "TLS fails",
    "FETCH is cut",
    "everything is numbered anew",
    "another client expunges",
}


@pytest.fixture(scope="module")
def ran(
    ground: Lab, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, Future[audit.Ran]]]:
    """Run the cases that were asked for, a few at once; each test waits for its own.

    All watch one mailbox: what happens to it meanwhile happens while nobody else does.
    """
    state = tmp_path_factory.mktemp("faults")
    asked = [str(name) for (name,) in selected(request, "name")]
    # The proxy comes from the relay's own address.
    trusting = {
        "mynetworks": f"127.0.0.0/8 {address(RELAY)}",
        "smtpd_relay_restrictions": "permit_mynetworks permit_sasl_authenticated reject",
    }
    alone = [name for name in asked if CASES[name].meanwhile]
    with configured(ground, RELAY, **trusting), ThreadPoolExecutor(AT_ONCE) as pool, ThreadPoolExecutor(1) as single:
        found = {name: pool.submit(_audit, ground, state / name, CASES[name]) for name in asked if name not in alone}
        single.submit(wait, tuple(found.values()))
        yield found | {name: single.submit(_audit, ground, state / name, CASES[name]) for name in alone}


def _audit(ground: Lab, state: Path, case: Case) -> audit.Ran:
    host, port = (CATCH_MX, IMAP) if case.caught else (RELAY, SMTP)
    with _proxy(ground, host, port, case) as through:
        relay, catch = f"{RELAY}:{through}?tls={case.tls}", audit.IMAP
        if case.caught:
            relay, catch = (
                audit.relay_url(RELAY),
                (catch[0], f"imap://{CATCH_USER}@{host}:{through}?tls=none", *catch[2:]),
            )
        return audit.probe(ground, state, [case.target], *TIMES, relay=relay, catch=catch)


@contextlib.contextmanager
def _proxy(ground: Lab, host: str, port: int, case: Case) -> Iterator[int]:
    """Run a proxy on `host`, and do there what is to be done once its fault has struck, which it has to."""
    module = ["env", f"PYTHONPATH={ROOT}", sys.executable, "-P", "-m", "tests.support.faults"]
    words = [*ground.enter_network(host), *module, address(host), str(port)]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe) as proxy, ThreadPoolExecutor(1) as hand:
        assert proxy.stdin is not None
        assert proxy.stdout is not None
        proxy.stdin.write(msgspec.json.encode(case.fault) + b"\n")
        proxy.stdin.flush()
        through = int(proxy.stdout.readline())
        struck = hand.submit(_once_struck, ground, host, proxy.stdout, case.meanwhile)
        try:
            yield through
        finally:
            proxy.stdin.close()
        assert struck.result(), "nothing went wrong"


def _once_struck(ground: Lab, host: str, said: IO[bytes], do: str) -> bool:
    if said.readline() != b"struck\n":
        return False
    done = ground.run(host, ["sh", "-c", do or ":"])
    assert done.returncode == 0, done.stderr
    return True


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.long]) for name in CASES]
)
def test_the_network_fails_before_real_servers(ran: dict[str, Future[audit.Ran]], name: str) -> None:
    case, found = CASES[name], ran[name].result()
    report = found.report
    assert found.code == case.exit_code, (report["errors"], report["targets"])
    assert case.said in "".join(error["message"] for error in report["errors"])
    outcomes = {
        probe["outcome"]
        for entry in report["targets"]
        for probe in entry["probes"]
        if probe["kind"] == "unknown-recipient"
    }
    assert outcomes <= case.outcomes
    assert bool(case.outcomes) == bool(outcomes)
