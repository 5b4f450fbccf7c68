#!/usr/bin/env python3
"""`bsaudit explain` against Sisimai (Debian's libsisimai-perl) over the same files, in turns, by CPU time.

    reading_vs_sisimai.py [--rounds 3] DIR...

Both read paths from standard input and print JSON. Start-up (a run over one file) is subtracted from both.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from pathlib import Path

PERL = """
use Sisimai;
while (my $path = <STDIN>) { chomp $path; my $found = Sisimai->make($path); next unless $found;
  print $_->dump("json"), "\\n" for @$found; }
"""
CONTENDERS = {
    "bsaudit": ["bsaudit", "explain", "--format", "jsonl", "--offline", "--files-from", "-"],
    "sisimai": ["perl", "-e", PERL],
}


def cpu_seconds(command: list[str], paths: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        command,
        input=("\n".join(paths) + "\n").encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    paths = sorted(str(path) for folder in options.folders for path in folder.rglob("*/dev/*") if path.is_file())
    if not paths:
        parser.error("no messages there: name a corpus, a folder of SOURCE/dev/*.eml")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    best: dict[str, float] = {}
    for _ in range(options.rounds):
        for name, command in CONTENDERS.items():
            took = cpu_seconds(command, paths) - cpu_seconds(command, paths[:1])
            best[name] = min(best.get(name, took), took)
    for name, took in best.items():
        print(f"{name:8} {len(paths) / took:8.0f} messages per second of CPU")
    print(f"ratio    {best['sisimai'] / best['bsaudit']:8.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
