"""How soon an NDN is noticed, and what 50,000 old messages cost.

A second process stores NDNs (into a Maildir, an mbox, or by SMTP into the sink) at random intervals and notes when
each was in place; the delay is from then until the catch mailbox hands it out. Rounds with and without old mail
alternate, so that a busy machine slows both. The clock is the system's monotonic one, which processes share.

    python benchmarks/watching.py [--messages 200] [--old 50000]
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
from pathlib import Path
from time import monotonic, process_time

from bsaudit.adapters.catch import open_mailbox
from bsaudit.adapters.clock import SystemClock
from bsaudit.model.settings import CatchKind, CatchSettings, Secret, Tls
from bsaudit.ports import CatchMailbox

ROUNDS = 3
NDN = Path(__file__).read_bytes()  # any few kilobytes will do


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--messages", type=int, default=200)
    options.add_argument("--old", type=int, default=50_000)
    options.add_argument("--imap", action="store_true", help="IMAP instead (needs dovecot-imapd, and root)")
    options.add_argument("--write", nargs=2, help=argparse.SUPPRESS)  # the second process: kind and place
    asked = options.parse_args()
    if asked.write:
        write(*asked.write, asked.messages)
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
