"""The laboratory from outside: start it, run commands in it, end it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mta import hosts, keeper, layers

ROOT = Path(__file__).parents[2]
NEEDED = ("unshare", "nsenter", "ip", "mount", "dpkg-deb", "apt-get", "tar", "npm")
NAMESPACES = ("--mount", "--net", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc")
START_TIMEOUT_S = 300.0  # the first start fills the cache from the network


class CannotRunError(Exception):
    """The laboratory cannot run here; the text says why."""


@dataclass(frozen=True)
class Lab:
    """A running laboratory, known by its process 1 as the machine outside numbers it."""

    pid: int
    began: str  # start time of that process: numbers are used again
    parent: subprocess.Popen[str] | None = None  # holds the standard input of one that is tied

    @property
    def alive(self) -> bool:
        return self.began == _start_time(self.pid)

    @property
    def scratch(self) -> Path:
        """The laboratory's files, as seen from outside."""
        return Path(f"/proc/{self.pid}/root{keeper.SCRATCH}")

    def enter(self, host: str) -> list[str]:
        """Return the words to put before a command so that it runs on `host`."""
        holder = (self.scratch / "pids" / host).read_text()
        lab = ["nsenter", "-t", str(self.pid), "-m", "-n", "-u", "-i", "-p", "--wd=/", "--"]
        return [*lab, "nsenter", "-t", holder, "-m", "-n", "-u", "--"]

    def run(self, host: str, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command on `host`, its output captured as text."""
        options = {"capture_output": True, "text": True, "errors": "replace", "timeout": 60, **options}
        return subprocess.run(self.enter(host) + command, check=False, **options)

    def enter_network(self, host: str) -> list[str]:
        """Return the words to put before a command of this machine so that it runs in the network of `host`."""
        holder = (self.scratch / "pids" / host).read_text()
        return ["nsenter", "-t", str(self.pid), "-m", "-n", "-p", "--", "nsenter", "-t", holder, "-n", "--"]

    def run_in_network(self, host: str, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command of this machine in the network of `host`, its output captured as text."""
        options = {"capture_output": True, "text": True, "errors": "replace", "timeout": 60, **options}
        return subprocess.run([*self.enter_network(host), *command], check=False, **options)

    def log(self, host: str, path: str) -> str:
        """Return the text of a file that `host` wrote."""
        return (self.scratch / host / "upper" / path.lstrip("/")).read_text(errors="replace")

    def stop(self) -> None:
        """End it: with process 1 the kernel ends every process, mount and interface of the laboratory."""
        if self.alive:
            os.kill(self.pid, signal.SIGKILL)
        while self.alive:
            time.sleep(0.05)
        if self.parent:
            self.parent.communicate()


def why_not() -> str | None:
    """Return why the laboratory cannot run on this machine, or None if it can."""
    if os.geteuid() != 0:
        return "the laboratory needs root for network and mount namespaces"
    missing = [tool for tool in NEEDED if shutil.which(tool) is None]
    if missing:
        return f"the laboratory needs {', '.join(missing)}"
    # Can we have namespaces, a bridge, a cable and an overlay here? Trying is the only honest answer.
    trial = (
        "mount -t tmpfs tmpfs /mnt && mkdir /mnt/u /mnt/w /mnt/r && "
        "mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w /mnt/r && "
        "ip link add lab type bridge && ip link add v0 type veth peer name v1"
    )
    command = ["unshare", *NAMESPACES, "sh", "-c", trial]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"no namespaces here: {done.stderr.strip()}" if done.returncode else None


def start(tell: Any = None, *, tied: bool = False, only: tuple[str, ...] = ()) -> Lab:
    """Start a laboratory of its own, of all hosts or `only` those named; `tell` hears of each. Raises CannotRunError.

    One that is `tied` ends with this process, however that ends: nothing else holds its standard input open.
    """
    reason = why_not()
    if reason:
        raise CannotRunError(reason)
    layers.make({name for host in hosts.HOSTS for name in host.service(host).layers})
    command = [
        "unshare",
        *NAMESPACES,
        sys.executable,
        "-m",
        "tests.mta.keeper",
        *([keeper.TIED] if tied else []),
        *only,
    ]
    stdin = subprocess.PIPE if tied else subprocess.DEVNULL
    streams = {"stdin": stdin, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    parent = subprocess.Popen(command, cwd=ROOT, text=True, start_new_session=True, **streams)  # type: ignore[call-overload]
    said = []
    for line in parent.stdout:
        said.append(line.rstrip())
        if line == "READY\n":
            return _lab_of(parent)
        if tell:
            tell(line.rstrip())
    parent.communicate()
    raise RuntimeError("the laboratory did not start:\n" + "\n".join(said[-30:]))


@contextlib.contextmanager
def running() -> Iterator[Lab]:
    """Lend the laboratory that is up, if it was built from these very files, or one for the time being."""
    lab = current()
    if lab:
        yield lab
        return
    lab = start(tied=True)
    try:
        yield lab
    finally:
        lab.stop()


def state_file() -> Path:
    return Path(os.environ.get("XDG_RUNTIME_DIR") or "/run") / "bsaudit-mta.json"


def remember(lab: Lab) -> None:
    state_file().write_text(json.dumps({"pid": lab.pid, "began": lab.began, "built_from": built_from()}))


def recall() -> Lab | None:
    """Return the laboratory that `up` left running, whatever it was built from."""
    try:
        state = json.loads(state_file().read_text())
    except FileNotFoundError:
        return None
    lab = Lab(state["pid"], state["began"])
    return lab if lab.alive else None


def current() -> Lab | None:
    lab = recall()
    return lab if lab and json.loads(state_file().read_text())["built_from"] == built_from() else None


def built_from() -> str:
    """Return a digest of the files that the hosts are made from."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        if not path.name.startswith(("test_", "truth", "conftest", "audit", "__main__")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _lab_of(parent: subprocess.Popen[str]) -> Lab:
    child = int(Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()[0])
    return Lab(child, _start_time(child), parent)


def _start_time(pid: int) -> str:
    """Field 22 of /proc/PID/stat (proc(5)), "" for a process that is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if fields[0] in "ZX" else fields[19]
