"""`bsaudit listed` about many hosts at every list that lives: soon done, in little memory, no list asked too much."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bsaudit.model.standing import Status
from bsaudit.standing.asking import ABUSIX, PER_SECOND
from bsaudit.standing.reading import own_entries, read_answers
from bsaudit.standing.table import Kind, Row, chosen, own_table
from tests.support.commands import BARE
from tests.support.installed import COMMAND
from tests.support.lists import RBLDNSD, UNBOUND, Served, serving

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not (RBLDNSD and UNBOUND), reason="needs Debian's rbldnsd and unbound"),
]
HOSTS = [f"192.175.48.{number}" for number in range(1, 201)]
GUILTY = HOSTS[::20]
ROWS = [row for row in chosen(own_table(), (), every=True)[0] if Kind.IP4 in row.kind]
WITHIN_S, MOST_MB = 15, 100
HEAD = "$SOA 3000 ns.test. hostmaster.test. 1 1h 30m 1d 30m\n"
CONTACTS = Served("", f"{HEAD}{HOSTS[0]} :127.0.0.2:abuse@provider.test\n", None)
# A list's second may begin between two of ours, and what is delayed on its way arrives closer together.
SLACK = 5


def code_of(row: Row) -> str:
    """Return an answer that is a listing by the row, or else one that it explains."""
    codes = [f"127.0.{third}.{last}" for third in (0, 1, 2) for last in range(2, 256)]
    told = {read_answers(row, [code]).status: code for code in codes}
    return told.get(Status.LISTED) or told.get(Status.CLEAN, "127.0.0.2")


def zone_of(row: Row) -> Served:
    code = code_of(row)
    entries = (own_entries(row, Kind.IP4)[0], *GUILTY)
    return Served("", HEAD + "".join(f"{entry} :{code}:seen\n" for entry in entries), None)


def ask(place: tuple[str, int], folder: Path) -> tuple[Counter[str], float, float]:
    """Return the answers by status, for how many seconds that took, and the most memory in MB."""
    words = ("listed", *HOSTS, "--all", f"--resolver={place[0]}:{place[1]}", "--format=json=listed.json")
    began = time.monotonic()
    command, env = (sys.executable, "-c", MEASURED, COMMAND, *words), BARE | {"XDG_STATE_HOME": str(folder)}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, check=True)
    listings = json.loads((folder / "listed.json").read_text())["listings"]
    return Counter(one["status"] for one in listings), time.monotonic() - began, int(done.stdout) / 1024


MEASURED = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


def questions(log: Path, zones: Mapping[str, Served]) -> Iterator[tuple[str, str]]:
    """Yield when each list was asked about an address; a resolver of its own accord asks for parts of names, too."""
    for line in log.read_text().splitlines():
        at, _, name, *_ = line.split()
        zone = name.split(".", 4)[-1]
        if zone in zones:
            yield at, zone


def test_200_hosts_at_every_list_in_time_and_memory_and_within_what_a_list_may_be_asked(tmp_path: Path) -> None:
    busy = os.getloadavg()[0] > len(os.sched_getaffinity(0))
    zones = {row.zone: zone_of(row) for row in ROWS} | {ABUSIX: CONTACTS}
    with tempfile.TemporaryDirectory() as open_to_all, tempfile.NamedTemporaryFile(dir=open_to_all) as kept:
        Path(open_to_all).chmod(0o755)
        log = Path(kept.name)
        log.chmod(0o666)
        with serving(zones, questions=log) as place:
            found, took_s, most_mb = ask(place, tmp_path)
            asked = Counter(questions(log, zones))
            again, again_s, _ = ask(place, tmp_path)
            more = Counter(questions(log, zones)).total() - asked.total()
    figures = f"{took_s:.1f} s, then {again_s:.1f} s; {most_mb:.0f} MB; {asked.total()} questions, then {more}"
    sys.stdout.write(f"{figures}; at most {max(asked.values())} in a second\n")
    tested = len([row for row in ROWS if not row.untested])
    assert found[Status.LISTED] + found[Status.CLEAN] == tested * len(HOSTS)
    assert (again, more) == (found, 0)
    assert max(asked.values()) <= PER_SECOND + SLACK
    assert most_mb <= MOST_MB
    if not busy:  # who has to wait for a processor says nothing about the command
        assert took_s <= WITHIN_S
        assert again_s <= WITHIN_S / 3
