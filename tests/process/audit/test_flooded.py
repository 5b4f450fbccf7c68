"""An audit by the built-in catch MX while strangers flood that: it ends in its time, with the right verdict."""

from __future__ import annotations

import contextlib
import random
import re
import signal
import socket
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.commands import Begun
from tests.support.installed import PATIENCE_S, probes, start, told

FLOODERS = 3
END_S = 5.0  # an interruption ends a run within this
LINES = 38  # what an audit says before it waits for silence
TO_BE_INTERRUPTED = ("silent.test", "--probe=unknown-recipient", "--rate=20", "--wait=50s", "--grace=40s", "--verbose")
FLOODS = {
    "strangers": b"MAIL FROM:<>\r\nRCPT TO:<postmaster>\r\nRSET\r\n" * 500,
    "questions": b"MAIL FROM:<>\r\nRCPT TO:<audit+%d@catch.test>\r\nRSET\r\n" * 50,
    "mail": b"MAIL FROM:<>\r\nRCPT TO:<postmaster>\r\nDATA\r\nSubject: x\r\n\r\nhi\r\n.\r\n" * 300,
}


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flooded_audit_ends_with_the_right_verdict(lab: Path, tmp_path: Path, kind: str) -> None:
    words = ["good.test", "bad.test", "--probe=unknown-recipient", "--rate=20", "--wait=50s"]
    with flood(lab, FLOODS[kind]) as sent:
        _, report = told(lab, tmp_path / "journal.db", "probe", *words)
    verdicts = {target["target"]: target["verdict"] for target in report["targets"]}
    assert verdicts == {"good.test": "clean", "bad.test": "backscatter"}
    assert sent[0] > 10 * len(FLOODS[kind])  # it was a flood
    assert (tmp_path / "journal.db").stat().st_size < 8 << 20


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_flooded_audit_can_be_interrupted(lab: Path, tmp_path: Path, how: signal.Signals) -> None:
    journal = tmp_path / "journal.db"
    with flood(lab, FLOODS["questions"]):
        process = start(lab, journal, "probe", *TO_BE_INTERRUPTED)
        for _ in range(2):  # the positive control, and a probe
            while "silent.test: sent" not in (line := process.stderr.readline()):
                assert line, "the audit ended by itself"
        process.send_signal(how)
        _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert "nothing that was sent is forgotten" in err  # it came to its own end
    assert any(probe["transcript"] for probe in probes(told(lab, journal, "report")[1]))


@pytest.mark.parametrize("times", [2, pytest.param(100, marks=[pytest.mark.long, pytest.mark.timeout(3000)])])
def test_a_flooded_audit_ends_whenever_it_is_interrupted(lab: Path, tmp_path: Path, times: int) -> None:
    chance = random.Random(20261129)
    with flood(lab, FLOODS["questions"]):
        for number in range(times):
            journal = tmp_path / f"{number}.db"
            process = start(lab, journal, "probe", *TO_BE_INTERRUPTED)
            said = _watched(process, lines=chance.randrange(1, LINES))
            process.send_signal(chance.choice([signal.SIGINT, signal.SIGTERM]))
            began = time.monotonic()
            said += process.communicate(timeout=PATIENCE_S)[1]
            took = time.monotonic() - began
            assert process.returncode == 130, said
            if times > 2:  # else whatever else this machine does decides
                assert took <= END_S
            known = [probe["transcript"] for probe in probes(told(lab, journal, "collect", "--wait=0.2s")[1])]
            assert sum(map(bool, known)) >= len(re.findall(r"unknown-recipient .*silent\.test: sent", said)), said


def _watched(process: Begun, lines: int) -> str:
    """Wait until the audit has said so much; return it."""
    said = [process.stderr.readline() for _ in range(lines)]
    assert said[-1], "the audit ended by itself"
    return "".join(said)


@contextmanager
def flood(lab: Path, octets: bytes) -> Iterator[list[int]]:
    """Flood the built-in catch MX of whatever audit runs; yields a counter of octets."""
    settings = tomllib.loads((lab / "lab.toml").read_text())
    address = urlsplit(settings["catch"])
    over, sent = threading.Event(), [0]
    arguments = (str(address.hostname), address.port, octets, over, sent)
    threads = [threading.Thread(target=_flood, args=arguments) for _ in range(FLOODERS)]
    for thread in threads:
        thread.start()
    try:
        yield sent
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _flood(host: str, port: int, octets: bytes, over: threading.Event, sent: list[int]) -> None:
    number = 0
    while not over.is_set():
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1) as connection:
            connection.sendall(b"HELO x\r\n")
            while not over.is_set():
                piece = octets.replace(b"%d", b"%d" % number)
                connection.sendall(piece)
                sent[0] += len(piece)
                number += 1
        over.wait(0.01)  # until the audit listens
