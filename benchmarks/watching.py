"""How soon an NDN is noticed, and what 50,000 old messages cost.

A second process stores NDNs (into a Maildir, an mbox, or by SMTP into the sink) at random intervals and notes when
each was in place; the delay is from then until the catch mailbox hands it out. Rounds with and without old mail
alternate, so that a busy machine slows both. The clock is the system's monotonic one, which processes share.

    python benchmarks/watching.py [--messages 200] [--old 50000]
    python benchmarks/watching.py --audit       the whole program in the embedded laboratory: from stored to settled
    python -m benchmarks.watching --imap        against a Dovecot of its own, from its announcement (EXISTS) on
"""

from __future__ import annotations

import argparse
import asyncio
import imaplib
import os
import random
import re
import smtplib
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from time import monotonic, process_time

import msgspec

from bsaudit.adapters.catch import open_mailbox
from bsaudit.adapters.catch.sink import Accepted
from bsaudit.adapters.catch.sink_session import Limits
from bsaudit.adapters.catch.standing import StandingCatch
from bsaudit.adapters.clock import SystemClock
from bsaudit.audit import audit
from bsaudit.lab.laboratory import laboratory
from bsaudit.model.event import Arrived, Event, Settled
from bsaudit.model.probe import Outcome
from bsaudit.model.settings import CatchKind, CatchSettings, Secret, Tls
from bsaudit.ports import CatchMailbox
from bsaudit.wiring.tools import tools_for

ROUNDS = 3
SETTLED_BY_ARRIVAL = frozenset({Outcome.BOUNCED, Outcome.DELAY_NOTIFIED, Outcome.AUTOREPLIED, Outcome.CHALLENGED})
NDN = Path(__file__).read_bytes()  # any few kilobytes will do


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--messages", type=int, default=200)
    options.add_argument("--old", type=int, default=50_000)
    options.add_argument("--imap", action="store_true", help="IMAP instead (needs dovecot-imapd, and root)")
    options.add_argument("--audit", action="store_true", help="the whole program instead, in the embedded laboratory")
    options.add_argument("--write", nargs=2, help=argparse.SUPPRESS)  # the second process: kind and place
    asked = options.parse_args()
    if asked.write:
        write(*asked.write, asked.messages)
        return
    if asked.audit:
        whole_program(asked.messages, asked.old)
        return
    if asked.imap:
        report("imap", [measure_imap(asked.messages)])
        return
    for kind in (CatchKind.SINK, CatchKind.MBOX, CatchKind.MAILDIR):
        report(kind.value, [measure(kind, asked.messages, 0) for _ in range(ROUNDS)])
    without, with_old = [], []
    for _ in range(ROUNDS):
        without.append(measure(CatchKind.MAILDIR, asked.messages, 0))
        with_old.append(measure(CatchKind.MAILDIR, asked.messages, asked.old))
    report(f"maildir, {asked.old} old", with_old)
    for what, index in (("wall clock, open to last arrival", 1), ("processor time of the reader", 2)):
        plain, loaded = (statistics.median(result[index] for result in results) for results in (without, with_old))
        print(f"{what}: {plain:.3f} s, with old mail {loaded:.3f} s ({loaded / plain - 1:+.1%})")


Result = tuple[list[float], float, float]


def report(name: str, results: list[Result]) -> None:
    delays = sorted(delay for result in results for delay in result[0])
    p95 = delays[int(len(delays) * 0.95)]
    figures = {"median": statistics.median(delays), "95%": p95, "worst": delays[-1]}
    print(f"{name:22}", *(f"{what} {delay * 1e3:6.1f} ms  " for what, delay in figures.items()))


def measure(kind: CatchKind, messages: int, old: int) -> Result:
    """Return the delays, and wall clock and processor time from opening the mailbox to the last arrival."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "catch"
        if kind is CatchKind.MAILDIR:
            fill(path, old)
        elif kind is CatchKind.MBOX:
            path.touch()
        settings = CatchSettings(kind=kind, path=str(path), host="127.0.0.1", port=0)
        mailbox = open_mailbox(settings, addresses=("probe@catch.example",), clock=SystemClock())
        return asyncio.run(watch(mailbox, kind, str(path), messages))


async def watch(mailbox: CatchMailbox, kind: CatchKind, place: str, messages: int) -> Result:
    began, used = monotonic(), process_time()
    await mailbox.open()
    address = getattr(mailbox, "address", None)
    place = str(address[1]) if address else place
    arguments = (__file__, "--messages", str(messages), "--write", kind.value, place)
    writer = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
    noticed: dict[int, float] = {}
    async for arrival in mailbox.arrivals():
        noticed[int(arrival.raw.split(b"X-Number: ", 1)[1].split(b"\n", 1)[0])] = monotonic()
        if len(noticed) == messages:
            break
    wall, processor = monotonic() - began, process_time() - used
    out, _ = await writer.communicate()
    await mailbox.close()
    stored = dict(line.split() for line in out.decode().splitlines())
    return [max(0.0, noticed[int(n)] - float(at)) for n, at in stored.items()], wall, processor


def measure_imap(messages: int) -> Result:
    """Return the delays since Dovecot announced each message; it makes those of half a second one announcement."""
    from tests.support import dovecot  # noqa: PLC0415 -- only here

    with dovecot.running() as server:
        return asyncio.run(watch_imap(server.port, messages))


async def watch_imap(port: int, messages: int) -> Result:
    announced: dict[int, float] = {}  # number of messages in the folder to time

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pass_on(there, writer, announced), pass_on(reader, back, {}))

    tap = await asyncio.start_server(connected, "127.0.0.1", 0)
    settings = CatchSettings(
        kind=CatchKind.IMAP,
        host="127.0.0.1",
        port=tap.sockets[0].getsockname()[1],
        tls=Tls.NONE,
        user="probe",
        password=Secret("secret"),
        folders=("INBOX",),
    )
    mailbox = open_mailbox(settings, clock=SystemClock())
    began, used = monotonic(), process_time()
    await mailbox.open()
    arguments = (__file__, "--messages", str(messages), "--write", "imap", str(port))
    writer = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.DEVNULL)
    noticed: list[float] = []
    async for _ in mailbox.arrivals():
        noticed.append(monotonic())
        if len(noticed) == messages:
            break
    await writer.wait()
    await mailbox.close()
    tap.close()
    delays = [at - min(t for n, t in announced.items() if n > number) for number, at in enumerate(noticed)]
    return delays, monotonic() - began, process_time() - used


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, announced: dict[int, float]) -> None:
    while data := await reader.read(1 << 16):
        for count in re.findall(rb"\* (\d+) EXISTS\r\n", data):
            announced.setdefault(int(count), monotonic())
        writer.write(data)
    writer.close()


def whole_program(messages: int, old: int) -> None:
    for kind, number in ((CatchKind.SINK, 0), (CatchKind.MAILDIR, 0), (CatchKind.MAILDIR, old)):
        results: list[Result] = []
        while sum(len(result[0]) for result in results) < messages:
            with tempfile.TemporaryDirectory() as directory:
                results.append(asyncio.run(audit_laboratory(Path(directory), kind, number)))
        report(f"audit, {kind.value}{f', {number} old' if number else ''}", results)
        took, used = (statistics.median(result[index] for result in results) for index in (1, 2))
        print(f"{'':22} a run of {took:.2f} s, {used:.2f} s of processor time")


async def audit_laboratory(directory: Path, kind: CatchKind, old: int) -> Result:
    """Return the delays from stored to settled, of all probes that what came back settled."""
    watched = Watched(directory / "catch")
    async with AsyncExitStack() as stack:
        lab = await stack.enter_async_context(laboratory())
        settings = lab.settings(*lab.targets, wait_s=8.0, grace_s=2.0, rate=4.0)
        settings = msgspec.structs.replace(settings, journal_url=f"sqlite:///{directory / 'journal.db'}")
        if kind is CatchKind.MAILDIR:
            fill(watched.path, old)
            catch = StandingCatch(
                Accepted(settings.catch_addresses),
                maildir=watched.path,
                log=None,
                clock=SystemClock(),
                on_session=lambda _, **__: None,
                limits=Limits(),
            )
            await catch.listen(lab.catch, lab.mx_port)
            stack.push_async_callback(catch.close)
            settings = msgspec.structs.replace(settings, catch=CatchSettings(kind=kind, path=str(watched.path)))
        tools = await stack.enter_async_context(tools_for(settings, watched))
        began, used = monotonic(), process_time()
        await audit(settings, tools)
        return watched.delays, monotonic() - began, process_time() - used


class Watched:
    """An observer that notes how long ago the last arrival of a probe was stored when the probe settles."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.delays: list[float] = []
        self._stored: dict[str, float] = {}

    def __call__(self, event: Event) -> None:
        if isinstance(event, Arrived) and event.probe is not None and event.returned is not None:
            file = self.path / "new" / event.returned.uid.rpartition("/")[2]
            at = file.stat().st_ctime if file.exists() else event.returned.arrived_at.timestamp()
            self._stored[event.probe.id] = at
        elif isinstance(event, Settled) and event.settlement.outcome in SETTLED_BY_ARRIVAL:
            self.delays.append(max(0.0, time.time() - self._stored[event.probe.id]))


def fill(path: Path, old: int) -> None:
    for part in ("cur", "new", "tmp"):
        (path / part).mkdir(parents=True)
    for number in range(old):
        (path / "new" / f"{1_700_000_000 + number}.M{number}P1.host").write_bytes(b"Subject: old\n\nold\n")


def write(kind: str, place: str, messages: int) -> None:
    """Store the messages, and tell when each was in place."""
    store = {"maildir": into_maildir, "mbox": into_mbox, "sink": into_sink, "imap": into_imap}[kind]
    chance = random.Random(1)
    for number in range(messages):
        store(place, number)
        print(number, monotonic(), flush=True)
        time.sleep(chance.uniform(0.001, 0.03))


def message(number: int) -> bytes:
    return f"X-Number: {number}\nSubject: Undelivered\n\n".encode() + NDN


def into_maildir(place: str, number: int) -> None:
    name = f"{int(time.time())}.M{number}P{os.getpid()}.host"
    written = Path(place) / "tmp" / name
    written.write_bytes(message(number))
    written.rename(Path(place) / "new" / name)


def into_mbox(place: str, number: int) -> None:
    with Path(place).open("ab") as file:
        file.write(b"From mx@example Mon Nov 23 10:00:00 2026\n" + message(number) + b"\n")


def into_imap(place: str, number: int) -> None:
    client = imaplib.IMAP4("127.0.0.1", int(place))
    client.login("probe", "secret")
    client.append("INBOX", "", "", message(number).replace(b"\n", b"\r\n"))
    client.logout()


def into_sink(place: str, number: int) -> None:
    with smtplib.SMTP("127.0.0.1", int(place), local_hostname="mx.example") as client:
        client.sendmail("", ["probe+b1@catch.example"], message(number))


if __name__ == "__main__":
    main()
