"""`bsaudit survey` on many messages: counted exactly, in memory that does not grow (a million: by hand)."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.commands import BARE
from tests.support.installed import COMMAND
from tests.support.mailboxes import BOT_HOP, NEWSLETTER, OWN, OWN_DOMAIN, OWN_HOST, mbox, notice, original
from tests.support.memory import Memory

LIMIT_KB = 150 * 1024
BOT = notice(original(BOT_HOP.replace(f"{OWN_HOST} (", "pc (")))


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param(20_000, marks=pytest.mark.mta),  # which needs no server, but seconds
        pytest.param(1_000_000, marks=[pytest.mark.long, pytest.mark.timeout(3600)]),
    ],
)
def test_many_messages_in_flat_memory(tmp_path: Path, messages: int) -> None:
    round_ = mbox(OWN, BOT, NEWSLETTER, BOT) * 250
    words = ("survey", "--own", OWN_DOMAIN, "--own", OWN_HOST, "--format", "json", "-")
    with subprocess.Popen([COMMAND, *words], cwd=tmp_path, stdin=-1, stdout=-1, env=BARE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        memory = Memory(process)
        memory.start()
        for _ in range(messages // 1000):
            process.stdin.write(round_)
        memory.stop()  # all but the last chunk was read
        process.stdin.close()
        totals = json.loads(process.stdout.read())["totals"]
    parts = totals["own"], totals["backscatter"], totals["cannot_tell"], totals["other"]
    assert parts == (messages // 4, messages // 2, 0, messages // 4)
    assert max(memory.most.values()) < LIMIT_KB
