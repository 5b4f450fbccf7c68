#!/usr/bin/env python3
"""Coverage-guided fuzzing of the reader. Needs atheris (`pip install atheris`), which is no dependency of the project.

    fuzz_atheris.py SEEDS_DIR -max_total_time=3600 -timeout=2 -rss_limit_mb=2048 -max_len=20000

The arguments are libFuzzer's. A crash file is written for anything that raises or takes longer than the timeout.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["bsaudit.ndn", "bsaudit.text", "bsaudit.judge.entry"]):
    from bsaudit.judge.entry import notification_entry
    from bsaudit.judge.explain import UNATTRIBUTED
    from bsaudit.ndn import read


def one_input(data: bytes) -> None:
    notification_entry(read(data), UNATTRIBUTED)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
