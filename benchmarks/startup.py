"""How long `bsaudit --version` takes, as a multiple of `python -c "import click"`. Bound: 1.5.

The two run in turn, so that a busy moment hits both; the medians are compared. Exits 1 above the bound.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 40
BOUND = 1.5
OURS = [str(Path(sys.executable).with_name("bsaudit")), "--version"]
THEIRS = [sys.executable, "-c", "import click"]


def main() -> int:
    if not Path(OURS[0]).exists():
        sys.exit(f"{OURS[0]} is not installed")
    for command in (OURS, THEIRS):
        seconds(command)
    pairs = [(seconds(OURS), seconds(THEIRS)) for _ in range(RUNS)]
    ours, theirs = zip(*pairs, strict=True)
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(f"bsaudit --version   median {statistics.median(ours) * 1000:.1f} ms, least {min(ours) * 1000:.1f} ms")
    print(f"import click        median {statistics.median(theirs) * 1000:.1f} ms, least {min(theirs) * 1000:.1f} ms")
    print(f"ratio               median {ratio:.2f}, least {min(ours) / min(theirs):.2f} (bound {BOUND})")
    return int(ratio > BOUND)


def seconds(command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


if __name__ == "__main__":
    sys.exit(main())
