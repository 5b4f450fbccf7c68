"""An audit whose disk is full in its midst: nothing more is sent, and what was is known as soon as there is room."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.disk import no_room_on, small_disk
from tests.support.installed import PATIENCE_S, probes, start, told

WORDS = ("silent.test", "--probe=unknown-recipient", "--rate=2", "--wait=50s", "--grace=40s", "--verbose")


def test_an_audit_whose_journal_is_full_ends_and_forgets_nothing(lab: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4 << 20) as disk:
        journal, said = disk / "journal.db", ""
        process = start(lab, journal, "probe", *WORDS)
        for _ in range(2):  # the positive control, and a probe
            while "silent.test: sent" not in (line := process.stderr.readline()):
                assert line, "the audit ended by itself"
                said += line
            said += line
        with no_room_on(disk):
            said += process.communicate(timeout=PATIENCE_S)[1]
        assert process.returncode == 4, said
        assert "disk is full" in said
        assert "Make room" in said
        assert "Traceback" not in said
        known = probes(told(lab, journal, "collect", "--wait=0.2s")[1])
    sent = re.findall(r"unknown-recipient .*silent\.test: sent", said)
    assert len(sent) < len(known)
    assert [bool(probe["transcript"]) for probe in known].count(True) >= len(sent)
