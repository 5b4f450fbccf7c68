"""Several journals in one process, each in a thread of its own."""

from __future__ import annotations

import subprocess
import sys

# A process of its own: what is tried is the first use of a type, and a fault would take the tests with it.
PROGRAM = """
import sys, threading
from datetime import UTC, datetime
from bsaudit.adapters.journal.rows import decode, encode_run
from bsaudit.model.mail import Route
from bsaudit.model.run import RunRecord

sys.setswitchinterval(1e-6)
text = encode_run(RunRecord(id="r", key=b"k", started_at=datetime.now(UTC), route=Route.RELAY))
together = threading.Barrier(8)

def read():
    together.wait()
    assert decode(text, RunRecord).id == "r"

threads = [threading.Thread(target=read) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def test_threads_that_read_the_same_kind_of_record_first_do_not_crash_the_process() -> None:
    for _ in range(5):
        done = subprocess.run([sys.executable, "-c", PROGRAM], check=False, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
