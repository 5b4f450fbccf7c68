"""The most memory that a command had."""

from __future__ import annotations

import subprocess
import threading
from asyncio.subprocess import Process
from contextlib import suppress
from pathlib import Path


class Memory(threading.Thread):
    """Notes the most memory that a process and its children had, in kB, until it ends."""

    def __init__(self, process: subprocess.Popen[bytes] | Process) -> None:
        super().__init__(daemon=True)
        self._process = process
        self.most: dict[str, int] = {}
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(0.2):
            self.look()

    def look(self) -> None:
        pid = str(self._process.pid)
        with suppress(OSError):  # it has ended
            for one in (pid, *Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
                self._note(one)

    def _note(self, pid: str) -> None:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:  # it has ended
            return
        peak = status.partition("VmHWM:")[2].split()
        self.most[pid] = int(peak[0]) if peak else self.most.get(pid, 0)

    def stop(self) -> None:
        self._ended.set()
        self.join()
