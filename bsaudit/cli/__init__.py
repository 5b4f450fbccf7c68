"""The command line. One module a command, each with a click command called `command`; only this layer wires."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the console script."""
    from bsaudit.cli.guard import run  # noqa: PLC0415 — `import bsaudit.cli.…` must not pull in click

    sys.exit(run(sys.argv[1:]))
