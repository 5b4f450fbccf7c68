"""DNS lists as most are run: rbldnsd behind unbound, with one zone for each way in which listings are invented."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from bsaudit.adapters.resolver import DnsResolver
from bsaudit.errors import DnsError
from bsaudit.lab.loopback import free_port
from bsaudit.model.standing import Standing, Status
from bsaudit.standing.table import Kind, Row, Table
from bsaudit.wiring.standing import listed

Program = subprocess.Popen[bytes]
LOOPBACK = "127.0.0.1"
TRIES = 5
DISCARD = 9  # a port at which nothing answers a question (RFC 863)

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
RBLDNSD, UNBOUND = (shutil.which(name, path=PATH) for name in ("rbldnsd", "unbound"))

# Of AS112 (RFC 7535): global, as other tools demand, and no mail server's. Nothing is asked about it outside.
HOST, REVERSED = "192.175.48.25", "25.48.175.192"
TESTED = "127.0.0.2 :127.0.0.2:test entry\n"
LISTED = {"127.0.0.2": "listed"}
MIXED = {"127.0.0.1": "white", "127.0.0.2": "listed", "127.0.0.3": "yellow"}


class Served(NamedTuple):
    """A zone: in words, by rbldnsd (None: nothing serves it), what is right to say of HOST (None: it is not asked)."""

    does: str
    data: str | None
    right: Status | None
    codes: dict[str, str] = LISTED
    names: bool = False


ZONES = {
    "good.test": Served("lists the host", f"{TESTED}{HOST} :127.0.0.2:a bounce\n", Status.LISTED),
    "clean.test": Served("does not list it", TESTED, Status.CLEAN),
    "refusal.test": Served(
        "refuses to answer (127.255.255.254)", f"{TESTED}{HOST} :127.255.255.254:public resolver\n", Status.REFUSED
    ),
    "outside.test": Served("answers outside 127/8", f"{TESTED}{HOST} :62.0.58.94:x\n", Status.UNKNOWN),
    "white.test": Served("has it on its white list (127.0.0.1)", f"{TESTED}{HOST} :127.0.0.1:x\n", Status.CLEAN, MIXED),
    "yellow.test": Served(
        "has it on its yellow list (127.0.0.3)", f"{TESTED}{HOST} :127.0.0.3:x\n", Status.CLEAN, MIXED
    ),
    "names.test": Served(
        "holds names, and is asked about an address (127.0.1.255)",
        f"test :127.0.0.2:x\n{REVERSED} :127.0.1.255:no addresses\n",
        None,
        names=True,
    ),
    "lapsed.test": Served(
        "has lapsed, its domain is for sale",
        f"127.0.0.0/24 :203.0.113.5:for sale\n{HOST} :203.0.113.5:for sale\n",
        Status.WILDCARD,
    ),
    "world.test": Served(
        "lists the whole world", f"127.0.0.0/24 :127.0.0.2:all\n{HOST} :127.0.0.2:all\n", Status.WILDCARD
    ),
    "denied.test": Served("does not answer (time-out)", None, Status.UNKNOWN),
    "broken.test": Served("is broken (SERVFAIL)", None, Status.UNKNOWN),
    "ninety-nine.test": Served(
        "has a test entry that is not 127.0.0.2, and not the host", "127.0.0.2 :127.0.0.99:x\n", Status.CLEAN
    ),
    "untestable.test": Served("lists it, but not its own test entry", f"{HOST} :127.0.0.2:x\n", Status.UNTESTABLE),
    "network.test": Served(
        "lists the network around it", f"{TESTED}{HOST} :127.0.0.2:x\n", Status.CLEAN, {"127.0.0.2": "escalation"}
    ),
}
RIGHT = {zone: served.right for zone, served in ZONES.items() if served.right}
ROWS = [
    Row(zone=zone, kind=(Kind.NAME if served.names else Kind.IP4,), codes=served.codes)
    for zone, served in ZONES.items()
]


async def asked(resolver: tuple[str, int] | None) -> dict[str, Standing]:
    """Return what bsaudit says of HOST, by zone; None: by this machine's resolver."""
    nowhere = "sqlite:///:memory:"
    report = await listed([HOST], table=Table(rows=()), rows=ROWS, resolver=resolver, lifetime_s=1, journal_url=nowhere)
    return {one.zone: one for one in report.listings}


@contextmanager
def serving(
    zones: Mapping[str, Served] = ZONES, *, port: int | None = None, questions: Path | None = None
) -> Iterator[tuple[str, int]]:
    """Serve zones at a port of loopback; write down the `questions` that come to the lists' own server."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:  # pytest's own is closed to other users
        Path(folder).chmod(0o755)
        full = next(zone for zone, one in zones.items() if one.data)
        for _ in range(TRIES):
            address = LOOPBACK, port or free_port([LOOPBACK])
            with ExitStack() as started:
                programs = _start(started, Path(folder), address[1], zones, questions)
                if asyncio.run(_answering(address, full, programs)):
                    stack.push(started.pop_all())
                    break
        else:
            raise AssertionError((Path(folder) / "log").read_text())
        yield address


def _start(
    stack: ExitStack, folder: Path, port: int, zones: Mapping[str, Served], questions: Path | None
) -> tuple[Program, Program]:
    lists = free_port([LOOPBACK])
    files = []
    for zone, served in zones.items():
        if served.data:
            (folder / zone).write_text(served.data)
            files.append(f"{zone}:{'dnset' if served.names else 'ip4set'}:{folder / zone}")
    (folder / "unbound.conf").write_text(_unbound_conf(port, lists, zones))
    user = ("-u", "65534:65534") if os.getuid() == 0 else ()  # it serves nobody as root, and else cannot change
    assert RBLDNSD
    assert UNBOUND
    log = ("-l", f"+{questions}") if questions else ()
    server = _running(RBLDNSD, "-n", *user, *log, "-b", f"{LOOPBACK}/{lists}", *files, cwd=folder)
    resolver = _running(UNBOUND, "-d", "-c", folder / "unbound.conf", cwd=folder)
    return stack.enter_context(server), stack.enter_context(resolver)


@contextmanager
def _running(*command: str | Path, cwd: Path) -> Iterator[Program]:
    with (cwd / "log").open("ab") as log, subprocess.Popen(command, cwd=cwd, stdout=log, stderr=log) as process:
        try:
            yield process
        finally:
            process.kill()


def _unbound_conf(port: int, lists: int, zones: Mapping[str, Served]) -> str:
    """Answer for these zones alone; nobody else is asked for anything."""
    served = [(zone, lists) for zone, one in zones.items() if one.data] + [("broken.test", DISCARD)]
    open_zones = "".join(f'  local-zone: "{zone}" transparent\n' for zone, _ in served)
    stubs = "".join(f'stub-zone:\n  name: "{zone}"\n  stub-addr: 127.0.0.1@{at}\n' for zone, at in served)
    return f"""server:
  interface: 127.0.0.1
  port: {port}
  username: ""
  chroot: ""
  directory: "."
  pidfile: ""
  use-syslog: no
  module-config: "iterator"
  do-not-query-localhost: no
  local-zone: "." static
  local-zone: "denied.test" deny
{open_zones}remote-control:
  control-enable: no
{stubs}"""


async def _answering(address: tuple[str, int], zone: str, programs: Iterable[Program]) -> bool:
    """Wait until both servers answer; False where one has ended, since somebody else was quicker to take its port."""
    async with asyncio.timeout(60):
        while all(program.poll() is None for program in programs):
            try:
                if (await DnsResolver(address, try_s=0.2, lifetime_s=0.2).told(f"2.0.0.127.{zone}", "A")).records:
                    return True
            except DnsError:
                await asyncio.sleep(0.05)
    return False
