#!/usr/bin/env python3
"""What `bsaudit survey` costs beside the reader that it rests on, and what a second core is worth to it.

    survey.py [--rounds 7] [--messages 20000] PATH...

PATHs are messages, mboxes or folders of them; they are repeated until there are enough. The reader (`bsaudit.ndn.read`)
and the survey read the same messages in turns, in this process, by CPU time; the best round of each counts. Then the
command reads an mbox of them with one and with two processes. Where others are at work, too, wall time says little:
beside it stands what the processor time of all processes allows on two cores. Bounds: 0.8 and 1.8. Exits 1 below the
first.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter, process_time

from bsaudit.adapters.mailfiles import messages
from bsaudit.ndn import read
from bsaudit.survey.own import own_from
from bsaudit.survey.reading import reading

BOUND_READER, BOUND_CORES = 0.8, 1.8
OWN = ("ann.example", "mail.ann.example")
SEPARATOR = b"From MAILER-DAEMON Mon Jun  1 10:00:00 2026\n"
# Runs the command, and says what it and its processes took
WATCHED = """
import resource, sys
from bsaudit.cli import main
try:
    main()
finally:
    for who in resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN:
        used = resource.getrusage(who)
        print(used.ru_utime + used.ru_stime, used.ru_maxrss, file=sys.stderr)
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("paths", nargs="+", metavar="PATH")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--messages", type=int, default=20_000)
    given = parser.parse_args()
    found = [one.raw for one in messages(files_of(given.paths)) if one.raw.strip()]
    print(f"{len(found)} messages, {sum(map(len, found)) / len(found) / 1024:.1f} KiB each")
    ratio = beside_the_reader(found, given.rounds)
    with tempfile.TemporaryDirectory() as folder:
        two_cores(Path(folder, "mbox"), found, given.messages)
    return int(ratio < BOUND_READER)


def files_of(paths: Sequence[str]) -> list[str]:
    of_folders = {path: sorted(map(str, Path(path).rglob("*.eml"))) for path in paths if Path(path).is_dir()}
    return [file for path in paths for file in of_folders.get(path, [path])]


def beside_the_reader(found: Sequence[bytes], rounds: int) -> float:
    own = own_from(OWN)
    contenders: dict[str, Callable[[bytes], object]] = {
        "reader": read,
        "reader, brief": lambda raw: read(raw, brief=True),
        "survey": lambda raw: reading(raw, own, file="x"),
    }
    best: dict[str, float] = {}
    for _ in range(rounds):
        for name, contender in contenders.items():
            began = process_time()
            for raw in found:
                contender(raw)
            best[name] = min(best.get(name, 1e9), process_time() - began)
    for name, took in best.items():
        print(f"{name:14}{len(found) / took:8.0f} messages/s and core")
    ratio = best["reader"] / best["survey"]
    print(
        f"survey : reader {ratio:.2f} (bound {BOUND_READER}), of the brief {best['reader, brief'] / best['survey']:.2f}"
    )
    return ratio


def two_cores(mbox: Path, found: Sequence[bytes], count: int) -> None:
    with mbox.open("wb") as stream:
        for raw in islice(cycle(found), count):
            stream.write(SEPARATOR + raw.replace(b"\nFrom ", b"\n>From ") + b"\n\n")
    runs = {jobs: [command(mbox, jobs) for _ in range(3)] for jobs in (1, 2)}
    (wall_one, spent_one), (wall_two, spent_two) = (map(min, zip(*rounds, strict=True)) for rounds in runs.values())
    print(f"two processes: {wall_one / wall_two:.2f} times as fast (bound {BOUND_CORES}); ", end="")
    print(f"by processor time {spent_one / spent_two:.2f}")


def command(mbox: Path, jobs: int) -> tuple[float, float]:
    """Return wall time, and the least that it could be by what its processes spent on so many cores."""
    words = ["survey", *(f"--own={one}" for one in OWN), f"--jobs={jobs}", "--quiet", "--format=json", str(mbox)]
    began = perf_counter()
    done = subprocess.run([sys.executable, "-c", WATCHED, *words], stdout=subprocess.DEVNULL, stderr=-1, check=True)
    wall = perf_counter() - began
    (alone, peak), (children, peaks) = (map(float, line.split()) for line in done.stderr.splitlines()[-2:])
    print(f"{jobs} process(es): {wall:.1f} s, processor {alone:.1f} s and {children:.1f} s, ", end="")
    print(f"at most {max(peak, peaks) / 1024:.0f} MiB each")
    return wall, max(alone, (alone + children) / jobs)


if __name__ == "__main__":
    sys.exit(main())
