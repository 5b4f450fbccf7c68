"""The command line. One module a command, each with a click command called `command`; only this layer wires."""

from __future__ import annotations

import sys
from typing import NoReturn

from bsaudit.cli.exit_codes import INTERNAL, INTERRUPTED


def main() -> NoReturn:
    """Run the console script."""
    try:
        from bsaudit.cli.guard import run  # `import bsaudit.cli.…` must not pull in click

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before the guard stood, or a second one while it told of the first
        code = INTERRUPTED
    except Exception:  # noqa: BLE001 — not even the guard could be loaded: Python itself would exit 1
        import traceback

        traceback.print_exc()
        code = INTERNAL
    if code == INTERRUPTED:
        _end_as_interrupted()
    sys.exit(code)


def _end_as_interrupted() -> None:
    """Let a signal that comes while the interpreter ends not change the exit code."""
    import signal

    from bsaudit.cli.interrupts import ENDING

    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
