"""The installed command against a laboratory whose configuration stands in the directory `lab`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

COMMAND = str(Path(sys.executable).with_name("bsaudit"))
BARE = {name: value for name, value in os.environ.items() if not name.startswith("BSAUDIT_")}
PATIENCE_S = 60


def start(lab: Path, journal: Path, *words: str) -> subprocess.Popen[str]:
    command = [COMMAND, *words, "--config", "lab.toml", "--journal", f"sqlite:///{journal}"]
    return subprocess.Popen(command, cwd=lab, env=BARE, stdout=-1, stderr=-1, text=True)


def told(lab: Path, journal: Path, *words: str) -> tuple[int, Any]:
    """Run a command to its end; return its exit code and its JSON."""
    process = start(lab, journal, *words, "--format=json")
    out, err = process.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in err
    return process.returncode, json.loads(out)


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
