"""The commands, each in a process of its own that is forked from one that has imported everything.

An interpreter and its imports cost half a second of processor time, a fork milliseconds. What is asked of the start
itself takes the installed command. The workers of pytest-xdist share one such process (tests/conftest.py).
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, NoReturn, Self, TextIO

STREAMS = {"stdin": os.O_RDONLY, "stdout": os.O_WRONLY, "stderr": os.O_WRONLY}
Done = subprocess.CompletedProcess[bytes]
BARE = {name: value for name, value in os.environ.items() if not name.startswith("BSAUDIT_")}


def run(*words: str | Path, cwd: Path, env: Mapping[str, str] = BARE, stdin: bytes = b"") -> Done:
    """Run `bsaudit` with `words` to its end."""
    with tempfile.TemporaryDirectory() as folder:
        files = _files(Path(folder), pipes=("status",))
        files["stdin"].write_bytes(stdin)
        _order(words, cwd, env, files)
        _, status = files["status"].read_text().split()
        code = os.waitstatus_to_exitcode(int(status))
        return Done(words, code, files["stdout"].read_bytes(), files["stderr"].read_bytes())


class Begun:
    """A command that runs, as far as `subprocess.Popen` in text mode; its input is empty.

    Or input and errors are those of a `terminal`, which its owner reads.
    """

    def __init__(
        self, *words: str | Path, cwd: Path, env: Mapping[str, str] = BARE, terminal: Path | None = None
    ) -> None:
        with tempfile.TemporaryDirectory() as folder:
            files = _files(Path(folder), pipes=("stdout", "stderr", "status"))
            files["stdin"].touch()
            self._open = ExitStack()
            self.stdout, self.stderr = (self._reading(files[name]) for name in ("stdout", "stderr"))
            _order(words, cwd, env, files | ({"stdin": terminal, "stderr": terminal} if terminal else {}))
            self._status = self._open.enter_context(files["status"].open())
            self.pid = int(self._status.readline())
        self.returncode: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wait()
        self._open.close()

    def _reading(self, pipe: Path) -> TextIO:
        """Open a pipe into which nobody writes yet."""
        number = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(number, True)
        return self._open.enter_context(os.fdopen(number))

    def send_signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def poll(self) -> int | None:
        """Return how it ended, where it has."""
        ended = self.returncode is not None or select.select([self._status], [], [], 0)[0]
        return self.wait() if ended else None

    def wait(self) -> int:
        """Wait for its end, whatever it still says."""
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(int(self._status.read()))
            self._status.close()
        return self.returncode

    def communicate(self, timeout: float) -> tuple[str, str]:
        """Read all that is still said, and how it ended. Raises TimeoutError."""
        with ThreadPoolExecutor(2) as readers, self._open:
            said = [readers.submit(stream.read) for stream in (self.stdout, self.stderr)]
            try:
                out, err = [one.result(timeout) for one in said]
            except TimeoutError:
                self.send_signal(signal.SIGKILL)
                raise
            self.wait()
        return out, err


STAND_IN = """#!{python} -IS
import json, os, sys
place = f"{{sys.argv[0]}}.{{os.getpid()}}"
os.mkdir(place)
files = {{name: f"{{place}}/{{name}}" for name in ("stdout", "stderr", "status")}}
files["stdin"] = f"/proc/{{os.getpid()}}/fd/0"
os.mkfifo(files["status"])
with open(f"{{place}}/order", "w") as order:
    json.dump({{"words": sys.argv[1:], "cwd": os.getcwd(), "env": dict(os.environ), "files": files}}, order)
with open({orders!r}, "w") as orders:
    orders.write(f"{{place}}/order\\n")
with open(files["status"]) as status:
    code = os.waitstatus_to_exitcode(int(status.read().split()[1]))
for number, name in ((1, "stdout"), (2, "stderr")):
    with open(files[name], "rb") as said, open(number, "wb") as stream:
        stream.write(said.read())
sys.exit(code)
"""


def stand_in(place: Path) -> None:
    """Write a program for scripts that run `bsaudit` by that name, to its end."""
    _orders()
    place.write_text(STAND_IN.format(python=sys.executable, orders=str(_places[0] / "orders")))
    place.chmod(0o755)


def _files(folder: Path, pipes: tuple[str, ...]) -> dict[str, Path]:
    files = {name: folder / name for name in (*STREAMS, "status")}
    for name in pipes:
        os.mkfifo(files[name])
    return files


def _order(words: tuple[str | Path, ...], cwd: Path, env: Mapping[str, str], files: Mapping[str, Path]) -> None:
    order = {"words": [*map(str, words)], "cwd": str(cwd), "env": dict(env), "files": {**files}}
    place = files["status"].with_name("order")
    place.write_text(json.dumps(order, default=str))
    os.write(_orders(), f"{place}\n".encode())  # a pipe takes so short a line in one piece, whoever else writes


@contextmanager
def origin() -> Iterator[Path]:
    """Make the folder in which processes find the one that their commands are forked from; it ends with the last."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as kept:
        os.mkfifo(f"{folder}/orders")
        kept.callback(os.close, os.open(f"{folder}/orders", os.O_RDWR))  # the orders do not end before this block
        yield Path(folder)


def share(folder: Path) -> None:
    """Give the orders of this process to the origin of that folder."""
    _places.insert(0, folder)


_places: list[Path] = []


@cache
def _orders() -> int:
    """Return where orders go, to a process that is started where there is none yet."""
    if not _places:  # this process is alone
        alone = ExitStack()
        share(alone.enter_context(origin()))
        atexit.register(alone.close)
    orders, lock = _places[0] / "orders", _places[0] / "begun"
    with lock.open("a") as begun:
        fcntl.flock(begun, fcntl.LOCK_EX)
        if not os.fstat(begun.fileno()).st_size:
            _start(orders)
            begun.write("begun")
    return os.open(orders, os.O_WRONLY)


def _start(orders: Path) -> None:
    root = str(Path(__file__).parents[2])
    code = f"import sys; sys.path[0] = {root!r}; from {__name__} import _serve; _serve()"
    with orders.open("rb") as reader:
        stdin = (os.POSIX_SPAWN_DUP2, reader.fileno(), 0)
        os.posix_spawn(sys.executable, [sys.executable, "-c", code], os.environ, file_actions=[stdin], setsid=True)


def _serve() -> None:
    import bsaudit
    from bsaudit.adapters.catch import certificate

    for module in pkgutil.walk_packages(bsaudit.__path__, "bsaudit."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    certificate._made("catch.test")  # of the laboratory's catch MX, which else each command would make anew
    gc.freeze()  # what was imported stays, and the children need not look through it
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the witnesses
    # Unbuffered: orders that came at once would else be at the front of what each command reads from its own input.
    with open(0, "rb", buffering=0, closefd=False) as orders:
        for line in orders:
            if os.fork() == 0:
                _witness(json.loads(Path(line.decode().rstrip("\n")).read_bytes()))


def _witness(order: Mapping[str, Any]) -> NoReturn:
    """Start the command, and tell its number and how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    status = os.open(order["files"]["status"], os.O_WRONLY)
    streams = [os.open(order["files"][name], how | os.O_CREAT) for name, how in STREAMS.items()]
    pid = os.fork()
    if pid == 0:
        os.close(status)
        _become(order, streams)
    for stream in streams:
        os.close(stream)  # but those of the command: who reads sees its end
    os.write(status, f"{pid}\n".encode())
    _, how = os.waitpid(pid, 0)
    os.write(status, str(how).encode())
    os._exit(0)


def _become(order: Mapping[str, Any], streams: Sequence[int]) -> NoReturn:
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    from bsaudit.cli import main

    sys.argv[1:] = order["words"]
    main()  # which ends the interpreter, and with it whatever the command started
