"""Messages a second: 2,000 journalled probes over 4 connections, against `smtp-source -d` and swaks.

All three hand messages of the same size to the same local Postfix, whose transport discards them. Each of ours is
journalled as `sending`, submitted, and journalled with every reply. It is composed before the clock starts, as
smtp-source's is; what composing costs is printed. Rounds alternate, so that a busy machine slows all; the median
round counts. Bounds: 0.5 x smtp-source, 15 x swaks. Exits 1 below them.

Needs root and Debian's postfix and swaks; Postfix runs with a configuration and a queue of its own in a temporary
directory, on an ephemeral port of 127.0.0.1, and is stopped at the end.

    python benchmarks/throughput.py [--rounds N] [--probes N]
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, sleep
from uuid import uuid4

from bsaudit.adapters.clock import SystemClock
from bsaudit.adapters.journal import open_journal
from bsaudit.adapters.relay import RelaySubmitter
from bsaudit.model.mail import Route
from bsaudit.model.probe import Place, Probe, Recipient, Role, State
from bsaudit.model.run import RunRecord
from bsaudit.model.settings import RelaySettings, Tls
from bsaudit.probe.compose import compose

CONNECTIONS = 4
AT_ONCE = 24  # while the journal writes for some, the connections carry others
PROBES = 2000
SWAKS_MESSAGES = 60  # one process each: enough for a rate
ROUNDS = 3
BOUND_SMTP_SOURCE, BOUND_SWAKS = 0.5, 15.0
HOST = "127.0.0.1"
FROM, TO = "probe+k2j4@example.com", "qz4kd8w1@example.org"

MAIN = """
compatibility_level = 3.6
queue_directory = {scratch}/queue
data_directory = {scratch}/data
maillog_file = {scratch}/log
maillog_file_prefixes = {scratch}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example.net
mydestination =
local_recipient_maps =
default_transport = discard:
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
# smtp-source asks for no DSN; for ours, Postfix would write one success notification a message
smtpd_discard_ehlo_keywords = dsn
alias_maps =
alias_database =
"""
MASTER = """
{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--probes", type=int, default=PROBES)
    args = parser.parse_args()
    for program in ("postfix", "smtp-source", "swaks"):
        if shutil.which(program) is None:
            sys.exit(f"{program} is not installed (apt-get install postfix swaks)")
    with tempfile.TemporaryDirectory(prefix="bsaudit-bench-") as scratch, postfix(Path(scratch)) as port:
        rounds = [measure(Path(scratch), port, args.probes) for _ in range(args.rounds)]
    ours, theirs, swaks = (statistics.median(column) for column in zip(*rounds, strict=True))
    to_source, to_swaks = (statistics.median(a / row[i] for row in rounds for a in row[:1]) for i in (1, 2))
    print(f"bsaudit         {ours:7.0f} messages/s ({args.probes} journalled probes, {CONNECTIONS} connections)")
    print(f"smtp-source -d  {theirs:7.0f} messages/s   ratio {to_source:.2f} (bound {BOUND_SMTP_SOURCE})")
    print(f"swaks           {swaks:7.1f} messages/s   ratio {to_swaks:.0f} (bound {BOUND_SWAKS:.0f})")
    return int(to_source < BOUND_SMTP_SOURCE or to_swaks < BOUND_SWAKS)


def measure(scratch: Path, port: int, count: int) -> tuple[float, float, float]:
    begin = perf_counter()
    size = max(len(compose(probe(number), at=datetime.now(UTC))) for number in range(100))
    composing = (perf_counter() - begin) * 10
    theirs = run_smtp_source(port, count, size)
    ours = count / asyncio.run(run_bsaudit(scratch, port, count))
    swaks = run_swaks(scratch, port, size)
    rates = f"bsaudit {ours:.0f}/s, smtp-source {theirs:.0f}/s, swaks {swaks:.1f}/s"
    print(f"  {rates}; {size} octets, composed in {composing:.2f} ms each", file=sys.stderr)
    return ours, theirs, swaks


async def run_bsaudit(scratch: Path, port: int, count: int) -> float:
    """Return the seconds that it takes to send `count` planned probes."""
    clock = SystemClock()
    relay = RelaySubmitter(
        RelaySettings(host=HOST, port=port, tls=Tls.NONE), clock=clock, helo_name="probe.test", connections=CONNECTIONS
    )
    journal = open_journal(f"sqlite:///{scratch}/journal-{uuid4().hex}.db")
    run = RunRecord(id=uuid4().hex, key=b"k" * 32, started_at=clock.now(), route=Route.RELAY)
    probes = [probe(number) for number in range(count)]
    await journal.begin(run)
    await journal.plan(run.id, probes)
    messages = [compose(one, at=clock.now()) for one in probes]

    async def worker(number: int) -> None:
        for one, message in list(zip(probes, messages, strict=True))[number::AT_ONCE]:
            await journal.move(run.id, one.id, State.SENDING)
            submission = await relay.submit(one, message)
            assert submission.accepted
            await journal.move(run.id, one.id, State.SENT, submission=submission)

    await relay.open()
    begin = perf_counter()
    await asyncio.gather(*map(worker, range(AT_ONCE)))
    seconds = perf_counter() - begin
    await relay.close()
    await journal.close()
    return seconds


def probe(number: int) -> Probe:
    return Probe(
        id=f"p{number}",
        kind="unknown-recipient",
        route=Route.RELAY,
        recipients=(Recipient(address=TO, role=Role.UNKNOWN),),
        reverse_path=FROM,
        from_address=FROM,
        reply_to=FROM,
        message_id=f"<k2j4h5g6.{number}@example.com>",
        envid=f"k2j4h5g6{number}",
        tokens=(f"k2j4h5g6{number}",) * len(Place),
        content="ordinary",
        target="example.org",
    )


def run_smtp_source(port: int, count: int, size: int) -> float:
    options = ["-d", "-s", str(CONNECTIONS), "-m", str(count), "-l", str(size), "-f", FROM, "-t", TO]
    begin = perf_counter()
    subprocess.run(["smtp-source", *options, f"{HOST}:{port}"], check=True)
    return count / (perf_counter() - begin)


def run_swaks(scratch: Path, port: int, size: int) -> float:
    body = scratch / "body"
    body.write_text("x" * 70 + "\n" * (size // 71))
    options = ["--server", HOST, "--port", str(port), "--from", FROM, "--to", TO, "--body", f"@{body}", "--silent", "3"]

    def one(_number: int) -> None:
        subprocess.run(["swaks", *options], check=True, stdout=subprocess.DEVNULL)

    begin = perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(one, range(SWAKS_MESSAGES)))
    return SWAKS_MESSAGES / (perf_counter() - begin)


@contextmanager
def postfix(scratch: Path) -> Iterator[int]:
    """Run a Postfix of our own in `scratch`, which accepts everything and discards it; give its port."""
    port = free_port()
    scratch.chmod(0o755)
    for name in ("etc", "queue", "data"):
        (scratch / name).mkdir()
    (scratch / "etc/main.cf").write_text(MAIN.format(scratch=scratch))
    (scratch / "etc/master.cf").write_text(MASTER.format(port=port))
    shutil.chown(scratch / "data", "postfix")
    command = ["postfix", "-c", str(scratch / "etc")]
    subprocess.run([*command, "start"], check=True, capture_output=True)
    try:
        await_port(port)
        yield port
    finally:
        subprocess.run([*command, "stop"], check=False, capture_output=True)


def free_port() -> int:
    with socket.socket() as probing:
        probing.bind((HOST, 0))
        return int(probing.getsockname()[1])


def await_port(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probing:
            if probing.connect_ex((HOST, port)) == 0:
                return
        sleep(0.1)
    sys.exit("Postfix did not start")


if __name__ == "__main__":
    sys.exit(main())
