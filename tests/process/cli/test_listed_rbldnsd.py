"""`bsaudit listed` against the server that most lists run, behind the resolver that most mail servers run."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from bsaudit.adapters.resolver import DnsResolver
from bsaudit.errors import DnsError
from bsaudit.model.standing import Status
from bsaudit.standing.table import Row, Table
from bsaudit.wiring.standing import listed

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
RBLDNSD, UNBOUND = (shutil.which(name, path=PATH) for name in ("rbldnsd", "unbound"))
pytestmark = pytest.mark.skipif(not (RBLDNSD and UNBOUND), reason="needs Debian's rbldnsd and unbound")

HOST = "192.0.2.25"
TESTED = "127.0.0.2 :127.0.0.2:test entry\n"
MIXED = {"127.0.0.1": "white", "127.0.0.2": "listed", "127.0.0.3": "yellow"}
# zone: what rbldnsd serves (None: nothing does), what is right
ZONES: dict[str, tuple[str | None, Status]] = {
    "good.test": (f"{TESTED}{HOST} :127.0.0.2:a bounce\n", Status.LISTED),
    "clean.test": (TESTED, Status.CLEAN),
    "refusal.test": (f"{TESTED}{HOST} :127.255.255.254:public resolver\n", Status.REFUSED),
    "outside.test": (f"{TESTED}{HOST} :62.0.58.94:x\n", Status.UNKNOWN),
    "white.test": (f"{TESTED}{HOST} :127.0.0.1:x\n", Status.CLEAN),
    "yellow.test": (f"{TESTED}{HOST} :127.0.0.3:x\n", Status.CLEAN),
    "lapsed.test": (f"127.0.0.0/24 :203.0.113.5:for sale\n{HOST} :203.0.113.5:for sale\n", Status.WILDCARD),
    "world.test": (f"127.0.0.0/24 :127.0.0.2:all\n{HOST} :127.0.0.2:all\n", Status.WILDCARD),
    "ninety-nine.test": ("127.0.0.2 :127.0.0.99:x\n", Status.CLEAN),
    "untestable.test": (f"{HOST} :127.0.0.2:x\n", Status.UNTESTABLE),
    "denied.test": (None, Status.UNKNOWN),
    "broken.test": (None, Status.UNKNOWN),
}
ROWS = [
    Row(zone=zone, codes=MIXED if zone in ("white.test", "yellow.test") else {"127.0.0.2": "listed"}) for zone in ZONES
]


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    assert isinstance(port, int)
    return port


@contextmanager
def running(*command: str | Path, cwd: Path) -> Iterator[None]:
    with (cwd / "log").open("ab") as log, subprocess.Popen(command, cwd=cwd, stdout=log, stderr=log) as process:
        try:
            yield
        finally:
            process.kill()


def unbound_conf(port: int, lists: int, dead: int) -> str:
    served = [(zone, lists) for zone, (data, _) in ZONES.items() if data] + [("broken.test", dead)]
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
  local-zone: "test." nodefault
  local-zone: "denied.test." deny
remote-control:
  control-enable: no
{stubs}"""


@pytest.fixture(scope="module")
def resolver() -> Iterator[tuple[str, int]]:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own is closed to other users
        Path(folder).chmod(0o755)
        with serving(Path(folder)) as address:
            yield address


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, int]]:
    port, lists, dead = free_port(), free_port(), free_port()
    files = []
    for zone, (data, _) in ZONES.items():
        if data:
            (folder / zone).write_text(data)
            files.append(f"{zone}:ip4set:{folder / zone}")
    (folder / "unbound.conf").write_text(unbound_conf(port, lists, dead))
    user = ("-u", f"{os.getuid() or 65534}:{os.getgid() or 65534}")  # it serves nobody as root
    assert RBLDNSD
    assert UNBOUND
    with ExitStack() as stack:
        stack.enter_context(running(RBLDNSD, "-n", *user, "-b", f"127.0.0.1/{lists}", *files, cwd=folder))
        stack.enter_context(running(UNBOUND, "-d", "-c", folder / "unbound.conf", cwd=folder))
        asyncio.run(answering(("127.0.0.1", port)))
        yield "127.0.0.1", port


async def answering(address: tuple[str, int]) -> None:
    """Wait until both servers answer."""
    async with asyncio.timeout(20):
        while True:
            try:
                if (await DnsResolver(address, try_s=0.2, lifetime_s=0.2).told("2.0.0.127.good.test", "A")).records:
                    return
            except DnsError:
                await asyncio.sleep(0.05)


def test_nobody_is_listed_but_by_the_list_that_lists_it(resolver: tuple[str, int]) -> None:
    nowhere = "sqlite:///:memory:"
    asking = listed([HOST], table=Table(rows=()), rows=ROWS, resolver=resolver, lifetime_s=1, journal_url=nowhere)
    report = asyncio.run(asking)
    assert {one.zone: one.status for one in report.listings} == {zone: right for zone, (_, right) in ZONES.items()}
    (good,) = (one for one in report.listings if one.zone == "good.test")
    assert (good.codes, good.text) == (("127.0.0.2",), "a bounce")
