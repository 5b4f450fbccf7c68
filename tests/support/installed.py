"""The command against a laboratory whose configuration stands in the directory `lab`."""

from __future__ import annotations

import json
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.commands import Begun, run

COMMAND = str(Path(sys.executable).with_name("bsaudit"))
PATIENCE_S = 60


def start(lab: Path, journal: Path, *words: str) -> Begun:
    """Begin a command; what a probe sends and gets is told on its stderr."""
    verbose = ["--verbose"] if words[0] == "probe" else []
    return Begun(*words, "--config", "lab.toml", "--journal", f"sqlite:///{journal}", *verbose, cwd=lab)


def told(lab: Path, journal: Path, *words: str) -> tuple[int, Any]:
    """Run a command to its end; return its exit code and its JSON."""
    done = run(*words, "--format=json", "--config", "lab.toml", "--journal", f"sqlite:///{journal}", cwd=lab)
    assert b"Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout)


def probes(report: Any) -> list[Any]:
    return [probe for target in report["targets"] for probe in target["probes"]]


@contextmanager
def standing(lab: Path, maildir: Path) -> Iterator[Begun]:
    place = re.search(r"sink://([^\"?]+)", (lab / "lab.toml").read_text())
    assert place is not None
    process = Begun("catch", "--listen", place[1], "--address", "audit@catch.test", "--maildir", maildir, cwd=lab)
    assert process.stdout.readline().startswith("Listening")
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(PATIENCE_S)
