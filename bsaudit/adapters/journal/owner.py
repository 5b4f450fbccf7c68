"""Whose run it is, and whether that process is still alive.

The owner of a run is the process that began it. As long as it lives, nobody else touches its probes; once it is
gone, what it left `sending` is `maybe_sent`. On the same machine the process table answers at once; from another
machine (a shared PostgreSQL journal) only the heartbeat can.
"""

from __future__ import annotations

import os
import platform
from pathlib import Path

from msgspec import Struct

# The heartbeat is written this often while the journal is open, and believed dead after four misses: long enough for a
# stalled disk, short enough for the administrator who collects a colleague's run.
HEARTBEAT_S = 30
DEAD_AFTER_S = 4 * HEARTBEAT_S

_STARTTIME = 19  # field 22 of /proc/PID/stat, counted behind the command's closing parenthesis (proc(5))


class Owner(Struct, frozen=True, kw_only=True):
    """One process: where process numbers are counted, its number, and when it started (numbers are used again)."""

    machine: str
    pid: int
    started: str


def this_process() -> Owner:
    return Owner(machine=_machine(), pid=os.getpid(), started=_started(os.getpid()))


def is_alive(owner: Owner, silent_s: float) -> bool:
    """Tell whether `owner` lives; `silent_s` is how long ago its heartbeat was, in seconds.

    A heartbeat from the future is from before the clock was set back; one that lived would have beaten since.
    """
    if owner.machine != _machine():
        return abs(silent_s) < DEAD_AFTER_S
    try:
        os.kill(owner.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's process: it exists
        pass
    # "" is not shown to us (hidepid): then believe the number.
    return _started(owner.pid) in {"", owner.started}


def _machine() -> str:
    """Name the space of process numbers: host, boot and PID namespace (a container has its own)."""
    boot = _read("/proc/sys/kernel/random/boot_id").strip()
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        namespace = ""
    return f"{platform.node()} {boot} {namespace}"


def _started(pid: int) -> str:
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    if len(fields) <= _STARTTIME:
        return ""
    return "ended" if fields[0] == "Z" else fields[_STARTTIME]  # Z: dead, not yet waited for


def _read(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""
