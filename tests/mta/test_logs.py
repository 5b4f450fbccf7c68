"""The logs that real servers write: what was sent to them in known parts, `bsaudit logs` counts exactly."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.mta import audit, lab, network
from tests.mta.conftest import laboratory_of
from tests.mta.hosts import AUDITOR
from tests.mta.places import CATCH_DOMAIN, CATCH_USER

pytestmark = [pytest.mark.mta, pytest.mark.timeout(7200)]
PATIENCE_S = 240.0
# Postfix looks at its queue each second here. What it comes upon just then it leaves, until its queue manager restarts.
STUCK = "skipped, still being delivered"

# Envelopes in, one connection for each twenty: servers limit what one may carry.
CLIENT = """
import json, smtplib, sys
server, envelopes = json.load(sys.stdin)
for start in range(0, len(envelopes), 20):
    with smtplib.SMTP(server, 25, "client.example", timeout=60) as smtp:
        for number, (sender, recipient) in enumerate(envelopes[start:start + 20], start):
            smtp.sendmail(sender, recipient, f"From: <{sender}>\\nTo: <{recipient}>\\nSubject: {number}\\n\\nhello\\n")
"""


@dataclass(frozen=True)
class Server:
    """A host that bounces, its log, and a shell command that prints what is still on its way there."""

    host: str
    log: str
    waiting: str
    doubles: bool = False  # what has no sender goes to the postmaster when it fails
    loopback: bool = True  # whether a client on 127.0.0.1 counts as local: it may be a content filter
    inner: bool = True  # whether it is the host behind it that refuses

    @property
    def domain(self) -> str:
        return self.host.partition(".")[2]


def files(*directories: str) -> str:
    return f"find {' '.join(directories)} -type f"


POSTFIX_QUEUES = (f"/var/spool/postfix/{name}" for name in ("maildrop", "incoming", "active", "deferred"))
SERVERS = {
    "postfix": Server("mx.postfix-bounces.example", "/var/log/mail.log", files(*POSTFIX_QUEUES), inner=False),
    # What is frozen stays, and is not tried any more.
    "exim": Server(
        "mx.exim-bounces.example", "/var/log/exim4/mainlog", "exim4 -bp | grep '<' | grep -v frozen", inner=False
    ),
    "opensmtpd": Server(
        "mx.opensmtpd-gateway.example", "/var/log/smtpd.log", files("/var/spool/smtpd/queue"), loopback=False
    ),
    "sendmail": Server("mx.sendmail-gateway.example", "/var/log/mail.log", files("/var/spool/mqueue"), doubles=True),
    "courier": Server("mx.courier-gateway.example", "/var/log/mail.log", files("/var/lib/courier/msgs"), doubles=True),
    "haraka": Server("mx.haraka-bounces.example", "/var/log/haraka.log", files("/srv/haraka/queue"), loopback=False),
}
# Postfix hangs up on whoever has asked for twenty unknown users, and gives one client fifty connections: Haraka wants a
# hundred, and gives up what it cannot deliver for so long.
PATIENT = {
    "smtpd_hard_error_limit": "1000000",
    "smtpd_soft_error_limit": "1000000",
    "smtpd_client_connection_count_limit": "0",
}
# Exim executes itself anew for each message that it takes: runners of its queue only fork. TLS costs more than that.
EXIM_CONFIG = "/etc/exim4/exim4.conf"
QUEUED = r"""1i queue_only\nsplit_spool_directory\nqueue_run_max = 6
s/^  hosts_try_dane =$/&\n  hosts_avoid_tls = */"""
STARTED = "$(grep -c 'daemon started' /var/log/exim4/mainlog)"
RELOAD_EXIM = (
    f'was={STARTED}; kill -HUP $(cat /run/exim4/exim.pid); timeout 60 sh -c \'until [ "$(grep -c "daemon started" '
    '/var/log/exim4/mainlog)" -gt "$0" ]; do sleep 0.1; done\' $was'
)
# Of a hundred
TOLD, REFUSED, NULL, TAKEN, LOCAL, OWN = 40, 10, 15, 20, 10, 5
COUNTS = [(name, 200) for name in SERVERS if name != "opensmtpd"]
# OpenSMTPD writes about ten bounces every five seconds.
MANY = 1_000
LONG = [
    pytest.param(name, count, marks=pytest.mark.long)
    for name, count in {
        "postfix": 50_000,
        "exim": 50_000,
        "sendmail": 50_000,
        "haraka": 50_000,
        "opensmtpd": 100,
    }.items()
]


@pytest.fixture(scope="module")
def ground() -> Iterator[lab.Lab]:
    """A laboratory of its own: what other tests left in the queues would be counted, and may stay there for days."""
    with laboratory_of(*(server.domain for server in SERVERS.values())) as running:
        yield running


@pytest.mark.parametrize(("name", "count"), [*COUNTS, *LONG])
def test_counts_are_exact(ground: lab.Lab, tmp_path: Path, name: str, count: int) -> None:
    server, parts = SERVERS[name], count // 100
    behind = network.configured(ground, f"inner.{server.domain}", **PATIENT) if server.inner else nullcontext()
    if name == "exim" and count > MANY:
        behind = network.edited(ground, server.host, EXIM_CONFIG, QUEUED, RELOAD_EXIM)
    local = bounced(server.domain, LOCAL * parts, lambda number: f"{CATCH_USER}+local{number}")
    with behind:
        settled(ground, server)
        before = log_file(ground, server).stat().st_size
        send(ground, AUDITOR.name, network.address(server.host), from_outside(server.domain, parts))
        send(ground, server.host, "127.0.0.1", local)
        settled(ground, server, PATIENCE_S + count / 10)
    totals = counted(log_file(ground, server).read_bytes()[before:], (server.domain,), tmp_path / "log")
    doubles = (REFUSED + NULL) * parts if server.doubles else 0
    own_clients = LOCAL * parts if server.loopback else 0
    told = {
        "ndn_outside": (TOLD + REFUSED + LOCAL) * parts,
        "delay_outside": 0,
        "success_outside": 0,
        "autoreply_outside": 0,
        "inside": OWN * parts + doubles,
        "reverse_paths": (TOLD + REFUSED + LOCAL) * parts,
        "undelivered": REFUSED * parts,
        "reasons": {"user-unknown": (TOLD + REFUSED + LOCAL) * parts},
        "authenticated_or_local": own_clients,
        "backscatter": (TOLD + REFUSED + LOCAL) * parts - own_clients,
    }
    assert {field: totals[field] for field in told} == told


@dataclass(frozen=True)
class Answering:
    """A host that answers or tells of delays, whom to write to there, and the totals of TOLD and REFUSED messages."""

    host: str
    log: str
    recipient: str
    field: str
    also: str = ""  # another program's log of the same
    inside: int = 1


ANSWERING = {
    "postfix, delayed": Answering("mx.delay-unasked.example", SERVERS["postfix"].log, "bob", "delay_outside"),
    "exim, delayed": Answering("mx.delay-notice.example", SERVERS["exim"].log, "bob", "delay_outside"),
    "exim, vacation": Answering(
        "mx.exim-files.example", SERVERS["exim"].log, "away@exim-vacation.example", "autoreply_outside"
    ),
    "sieve, vacation": Answering(
        "mx.mailboxes.example",
        SERVERS["postfix"].log,
        "away@sieve-vacation.example",
        "autoreply_outside",
        also="/var/log/dovecot.log",
    ),
    "vacation(1)": Answering(
        "mx.programs.example",
        SERVERS["postfix"].log,
        "away@vacation1.example",
        "autoreply_outside",
        inside=3,  # its reverse-path is its user's, who is told of the two answers that nobody takes
    ),
}


@pytest.fixture(scope="module")
def answerers() -> Iterator[lab.Lab]:
    with laboratory_of(*(one.host.partition(".")[2] for one in ANSWERING.values())) as running:
        yield running


@pytest.mark.parametrize("name", ANSWERING)
def test_answers_and_delay_notices_are_counted(answerers: lab.Lab, tmp_path: Path, name: str) -> None:
    one = ANSWERING[name]
    domain = one.host.partition(".")[2]
    to = one.recipient if "@" in one.recipient else f"{one.recipient}@{domain}"
    senders = [
        *(f"{CATCH_USER}+told{number}@{CATCH_DOMAIN}" for number in range(4)),
        *(f"gone{number}@{CATCH_DOMAIN}" for number in range(2)),
        "",  # nobody is to answer
        f"alice@{domain}",
    ]
    send(answerers, AUDITOR.name, network.address(one.host), [(sender, to) for sender in senders])
    expected = {
        **dict.fromkeys(("ndn_outside", "delay_outside", "success_outside", "autoreply_outside"), 0),
        one.field: 6,
        "inside": one.inside,
        "reverse_paths": 6,
        "undelivered": 2,
        "backscatter": 0,
    }
    until = time.monotonic() + PATIENCE_S
    own = domain, to.rpartition("@")[2]
    freed = False
    while (found := answered(answerers, one, own, tmp_path / "log")) != expected and time.monotonic() < until:
        if not freed and STUCK in answerers.log(one.host, one.log):
            answerers.run(one.host, ["postfix", "reload"])
            freed = True
        time.sleep(0.5)
    assert found == expected


def answered(ground: lab.Lab, one: Answering, own: tuple[str, ...], file: Path) -> dict[str, Any]:
    logs = [ground.scratch / one.host / "upper" / name.lstrip("/") for name in (one.log, one.also) if name]
    totals = counted(b"".join(log.read_bytes() for log in logs), own, file)
    fields = ("ndn_outside", "delay_outside", "success_outside", "autoreply_outside", "inside", "reverse_paths")
    return {field: totals[field] for field in (*fields, "undelivered", "backscatter")}


def from_outside(domain: str, parts: int) -> list[tuple[str, str]]:
    """Return envelopes as strangers send them: forged senders that exist and that do not, none, and an own one."""
    return [
        *bounced(domain, TOLD * parts, lambda n: f"{CATCH_USER}+forged{n}"),
        *bounced(domain, REFUSED * parts, lambda n: f"gone{n}"),
        *[("", f"ghost@{domain}")] * (NULL * parts),
        *[(f"{CATCH_USER}@{CATCH_DOMAIN}", f"alice@{domain}")] * (TAKEN * parts),
        *[(f"alice@{domain}", f"ghost@{domain}")] * (OWN * parts),
    ]


def bounced(domain: str, count: int, sender: Callable[[int], str]) -> list[tuple[str, str]]:
    return [(f"{sender(number)}@{CATCH_DOMAIN}", f"ghost@{domain}") for number in range(count)]


def send(ground: lab.Lab, client: str, server: str, envelopes: list[tuple[str, str]]) -> None:
    order = json.dumps([server, envelopes])
    done = ground.run_in_network(client, [sys.executable, "-c", CLIENT], input=order, timeout=7200)
    assert done.returncode == 0, done.stderr


def settled(ground: lab.Lab, server: Server, patience_s: float = PATIENCE_S) -> None:
    """Wait until nothing is on its way in the server, and its log, which another process may write, is quiet."""
    size, waiting, until = -1, "", time.monotonic() + patience_s
    while time.monotonic() < until:
        waiting = ground.run(server.host, ["sh", "-c", server.waiting]).stdout
        last, size = size, log_file(ground, server).stat().st_size
        if not waiting and size == last:
            return
        time.sleep(0.3)
    pytest.fail(f"still on its way after {patience_s:.0f} s: {waiting}")


def log_file(ground: lab.Lab, server: Server) -> Path:
    return ground.scratch / server.host / "upper" / server.log.lstrip("/")


def counted(log: bytes, own: tuple[str, ...], file: Path) -> dict[str, Any]:
    file.write_bytes(log)
    owned = [word for domain in own for word in ("--own", domain)]
    command = [str(audit.COMMAND), "logs", "--format", "json", *owned, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["totals"]  # type: ignore[no-any-return]
