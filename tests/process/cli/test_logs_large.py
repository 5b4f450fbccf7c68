"""`bsaudit logs` on more lines than fit into memory, by a pipe: counted exactly, in memory that does not grow."""

from __future__ import annotations

import json
import subprocess
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support.commands import BARE
from tests.support.installed import COMMAND
from tests.support.logs import ARRIVED, FAILED, GONE, NAMED, SENT, TAKEN, WRITTEN_ID, postfix
from tests.support.memory import Memory

LINES = 50_000_000
LIMIT_KB = 150 * 1024
# What every table holds is reached long before this part of the log.
FILLED = 1 / 2
GROWTH_KB = 8 * 1024
STAMP = "YYYY-MM-DDT10:00:00.000000+00:00 mx "
DELIVERED = FAILED.replace("dsn=5.1.1, status=bounced (host store[192.0.2.3] said: 550 5.1.1", "status=sent (250")
KINDS = (
    *[(ARRIVED, DELIVERED, GONE)] * 8,
    (ARRIVED, FAILED, WRITTEN_ID, NAMED, TAKEN, GONE, SENT),
    (ARRIVED, FAILED, WRITTEN_ID, NAMED, TAKEN, GONE),  # nobody takes that notice
)
ROUND = 10 * 400


def messages() -> bytes:
    """Return the lines of a round of messages; where BLOCK stands is what makes those of one differ from another's."""
    out = []
    for number in range(ROUND):
        said = "\n".join(part.strip() for part in KINDS[number % len(KINDS)])
        for name in ("AAAA1", "BBBB2"):
            said = said.replace(name, f"{name[0]}{number:04X}BLOCK")
        out.append(postfix(said.replace("eve@", f"eve{number}.BLOCK@"), stamp=STAMP))
    return "".join(out).encode()


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_fifty_million_lines_in_flat_memory(tmp_path: Path) -> None:
    """Every id and every sender is another; half of the notices never leave the queue."""
    block = messages()
    rounds = LINES // block.count(b"\n") + 1
    words = ("logs", "--own", "ours.example", "--format", "json", "-")
    with subprocess.Popen([COMMAND, *words], cwd=tmp_path, stdin=-1, stdout=-1, env=BARE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        memory, filled = Memory(process), 0
        for number in range(rounds):
            day = date(2026, 3, 1) + timedelta(days=number // 20)
            process.stdin.write(block.replace(b"BLOCK", b"%06X" % number).replace(b"YYYY-MM-DD", str(day).encode()))
            if number == int(rounds * FILLED):
                memory.look()
                filled = max(memory.most.values())
        memory.look()  # all but what the pipe holds was read
        process.stdin.close()
        found = json.loads(process.stdout.read())
    notices = rounds * ROUND // len(KINDS) * 2
    totals = found["totals"]
    assert (totals["ndn_outside"], totals["undelivered"]) == (notices, notices // 2)
    assert found["files"][0]["lines"] == rounds * block.count(b"\n") >= LINES
    assert sum(day["ndn_outside"] for day in found["days"]) == notices
    assert (peak := max(memory.most.values())) < LIMIT_KB
    assert peak - filled < GROWTH_KB
