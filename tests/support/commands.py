"""The commands, each in a process of its own that is forked from one that has imported everything.

An interpreter and its imports cost half a second of processor time, a fork milliseconds. What is asked of the process
itself, its start or its signals, takes the installed command.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

Done = subprocess.CompletedProcess[bytes]
BARE = {name: value for name, value in os.environ.items() if not name.startswith("BSAUDIT_")}


def run(*words: str | Path, cwd: Path, env: Mapping[str, str] = BARE, stdin: bytes = b"") -> Done:
    """Run `bsaudit` with `words` to its end."""
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / name for name in ("stdin", "stdout", "stderr", "status")}
        files["stdin"].write_bytes(stdin)
        os.mkfifo(files["status"])
        order = {"words": [*map(str, words)], "cwd": str(cwd), "env": dict(env), "files": {**files}}
        line = json.dumps(order, default=str).encode() + b"\n"
        os.write(_origin(), line)  # a pipe takes so short a line in one piece, also from several threads
        code = os.waitstatus_to_exitcode(int(files["status"].read_text()))
        return Done(words, code, files["stdout"].read_bytes(), files["stderr"].read_bytes())


@cache
def _origin() -> int:
    """Start the process that is forked, once; return where it takes its orders."""
    root = Path(__file__).parents[2]
    origin = subprocess.Popen([sys.executable, "-m", __name__], stdin=subprocess.PIPE, cwd=root, start_new_session=True)
    assert origin.stdin is not None
    atexit.register(origin.communicate)  # closes the pipe, which ends it
    return origin.stdin.fileno()


def _serve() -> None:
    import bsaudit

    for module in pkgutil.walk_packages(bsaudit.__path__, "bsaudit."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the witnesses
    for line in sys.stdin.buffer:
        if os.fork() == 0:
            _witness(json.loads(line))


def _witness(order: Mapping[str, Any]) -> NoReturn:
    """Start the command, and tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        _become(order)
    _, status = os.waitpid(pid, 0)
    Path(order["files"]["status"]).write_text(str(status))
    os._exit(0)


def _become(order: Mapping[str, Any]) -> NoReturn:
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    for number, name, how in ((0, "stdin", os.O_RDONLY), (1, "stdout", os.O_RDWR), (2, "stderr", os.O_RDWR)):
        os.dup2(os.open(order["files"][name], how | os.O_CREAT), number)
    from bsaudit.cli import main

    sys.argv[1:] = order["words"]
    main()  # which ends the interpreter, and with it whatever the command started


if __name__ == "__main__":
    _serve()
