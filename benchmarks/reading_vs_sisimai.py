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
from statistics import median

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
    took: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for _ in range(options.rounds):
        for name, command in CONTENDERS.items():
            took[name].append(cpu_seconds(command, paths) - cpu_seconds(command, paths[:1]))
    for name, rounds in took.items():
        print(f"{name:8} {len(paths) / min(rounds):8.0f} messages per second of CPU, in the best round")
    ratios = [theirs / ours for ours, theirs in zip(took["bsaudit"], took["sisimai"], strict=True)]
    print(f"ratio    {median(ratios):8.2f} in the median round, {min(ratios):.2f} to {max(ratios):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
