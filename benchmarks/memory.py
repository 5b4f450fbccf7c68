"""Memory: what 10,000 outstanding probes cost, all of them sent, journalled and awaited.

A process of its own audits 1,000 targets with the default plan, through a relay that takes everything: this process is
relay and DNS. Mail for the catch domain goes on to the audit's built-in catch MX, as its controls must; nothing else
ever comes back. When the last probe has been sent and everything is awaited, the audit's resident memory is read, and
its peak. Bound: a peak of 90 MB. Exits 1 above it.

    python benchmarks/memory.py [--probes 10000]
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import aiosmtplib
import msgspec

import bsaudit
from bsaudit.lab.dns import DnsServer, Record
from bsaudit.lab.loopback import PREFIX, free_port
from bsaudit.model.settings import AuditSettings, CatchKind, CatchSettings, HostAgreement, RelaySettings, Tls

PROBES = 10_000
MANY = 1_000_000
BOUND_MB = 90.0
TO_ONE_TARGET = 10  # the default plan: nine probes, and the control in front of them
PATIENCE_S = 300.0
SETTLE_S = 5.0  # what is left to do after the last reply
DNS, RELAY, CATCH, TARGET = (f"{PREFIX}.{number}" for number in (201, 202, 203, 204))
OWN = re.compile(r"audit\b.*@catch\.test")
HELD = re.compile(r"Vm(RSS|HWM):\s+(\d+) kB")


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--probes", type=int, default=PROBES)
    options.add_argument("--audit", nargs=2, metavar=("DIRECTORY", "PORT"), help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.audit:
        audit(given.audit[0], int(given.audit[1]), given.probes)
        return 0
    resident, peak, messages, seconds = asyncio.run(measure(given.probes))
    print(f"{messages} probes outstanding, sent in {seconds:.0f} s")
    print(f"resident {resident:.1f} MB, peak {peak:.1f} MB (bound {BOUND_MB:.0f} MB)")
    return int(peak > BOUND_MB)


async def measure(probes: int) -> tuple[float, float, int, float]:
    """Return resident memory and its peak in MB, messages taken by the relay, and seconds since the first of them."""
    port = free_port([DNS, RELAY, CATCH, TARGET])
    names = DnsServer(records(targets(probes)))
    await names.listen(DNS, port)
    relay = Relay(port)
    server = await asyncio.start_server(relay.serve, RELAY, port)
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, __file__, "--probes", str(probes), "--audit", directory, str(port)]
        process = await asyncio.create_subprocess_exec(*command)
        try:
            began = monotonic()
            while relay.taken < probes:
                if process.returncode is not None or monotonic() - began > PATIENCE_S:
                    sys.exit(f"only {relay.taken} messages came")
                await asyncio.sleep(0.2)
            seconds = monotonic() - began
            await asyncio.sleep(SETTLE_S)
            held = memory(process.pid)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
    server.close()
    await names.close()
    return held["RSS"], held["HWM"], relay.taken, seconds


def memory(pid: int) -> dict[str, float]:
    status = Path(f"/proc/{pid}/status").read_text()
    return {name: int(kilobytes) / 1024 for name, kilobytes in HELD.findall(status)}


def audit(directory: str, port: int, probes: int) -> None:
    """Audit through the public API: no command line raises what a run may send in all."""
    agreed = HostAgreement(
        match="", authorized_by="the benchmark", rate=5000, budget=MANY, refused=MANY, connections=20
    )
    settings = AuditSettings(
        targets=tuple(targets(probes)),
        relay=RelaySettings(host=RELAY, port=port, tls=Tls.NONE),
        catch=CatchSettings(kind=CatchKind.SINK, host=CATCH, port=port, tls=Tls.NONE),
        catch_addresses=("audit@catch.test",),
        catch_mx_port=port,
        resolver=(DNS, port),
        authorized_by="the benchmark",
        relay_permission="the benchmark",
        rate=10,
        max_messages=MANY,
        hosts=tuple(msgspec.structs.replace(agreed, match=host) for host in (RELAY, TARGET)),
        journal_url=f"sqlite:///{directory}/journal.db",
        wait_s=3600,
    )
    asyncio.run(bsaudit.run_audit(settings))


def targets(probes: int) -> list[str]:
    return [f"t{number}.test" for number in range(-(-probes // TO_ONE_TARGET))]


def records(targets: list[str]) -> Iterator[Record]:
    yield Record("mx.catch.test", "A", CATCH)
    yield Record("catch.test", "MX", "10 mx.catch.test.")
    yield Record("mx.test", "A", TARGET)
    for target in targets:
        yield Record(target, "MX", "10 mx.test.")


class Relay:
    """Takes every message; passes on what is for the catch domain, and forgets the rest."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.taken = 0  # messages to targets

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay.test ESMTP\r\n")
        sender, recipients = "", list[str]()
        while line := (await reader.readline()).decode("utf-8", "replace").strip():
            verb = line[:4].upper()
            if verb == "EHLO":
                writer.write(b"250-relay.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 DSN\r\n")
                continue
            if verb == "MAIL":
                sender, recipients = path(line), []
            elif verb == "RCPT" and OWN.match(path(line)) is None and path(line).endswith("catch.test"):
                writer.write(b"550 5.1.1 no such address\r\n")
                continue
            elif verb == "RCPT":
                recipients.append(path(line))
            elif verb == "DATA":
                writer.write(b"354 go on\r\n")
                try:
                    message = await reader.readuntil(b"\r\n.\r\n")
                except asyncio.IncompleteReadError:  # the command was ended when its memory had been read
                    break
                await self._take(sender, recipients, message)
            said = {"MAIL": "250 2.1.0 Ok", "RCPT": "250 2.1.5 Ok", "QUIT": "221 2.0.0 Bye"}
            writer.write(f"{said.get(verb, f'250 2.0.0 Ok: queued as 4Xy{self.taken:07}')}\r\n".encode())
        writer.close()

    async def _take(self, sender: str, recipients: list[str], message: bytes) -> None:
        if not OWN.match(recipients[0]):
            self.taken += 1
            return
        async with aiosmtplib.SMTP(hostname=CATCH, port=self._port, start_tls=False) as client:
            await client.ehlo()
            await client.mail(sender)
            await client.rcpt(recipients[0])
            await client.data(message[:-3])


def path(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]


if __name__ == "__main__":
    sys.exit(main())
