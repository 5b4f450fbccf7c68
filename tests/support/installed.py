"""The installed command against a laboratory whose configuration stands in the directory `lab`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.commands import BARE, run

COMMAND = str(Path(sys.executable).with_name("bsaudit"))
PATIENCE_S = 60


def start(lab: Path, journal: Path, *words: str) -> subprocess.Popen[str]:
    """Begin a command; what a probe sends and gets is told on its stderr."""
    command = [COMMAND, *words, "--config", "lab.toml", "--journal", f"sqlite:///{journal}"]
    command += ["--verbose"] if words[0] == "probe" else []
    return subprocess.Popen(command, cwd=lab, env=BARE, stdout=-1, stderr=-1, text=True)


def told(lab: Path, journal: Path, *words: str) -> tuple[int, Any]:
    """Run a command to its end; return its exit code and its JSON."""
    done = run(*words, "--format=json", "--config", "lab.toml", "--journal", f"sqlite:///{journal}", cwd=lab)
    assert b"Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout)


def probes(report: Any) -> list[Any]:
    return [probe for target in report["targets"] for probe in target["probes"]]


@contextmanager
def standing(lab: Path, maildir: Path) -> Iterator[subprocess.Popen[bytes]]:
    place = re.search(r"sink://([^\"?]+)", (lab / "lab.toml").read_text())
    assert place is not None
    words = ["catch", "--listen", place[1], "--address", "audit@catch.test", "--maildir", str(maildir)]
    with subprocess.Popen([COMMAND, *words], cwd=lab, env=BARE, stdout=-1, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"Listening")
        try:
            yield process
        finally:
            process.terminate()
