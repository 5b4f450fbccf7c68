"""What other tools say of the zones of tests/support/lists.py, beside bsaudit: a table of docs/listed.md.

`python -m tests.mta.others` prints it. They know no resolver but the system's: so all of it happens in a network
namespace with an /etc/resolv.conf of its own.
"""

# ruff: noqa: T201 — a command talks on its standard output

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bsaudit.model.standing import Standing, Status
from tests.support.lists import HOST, PATH, RBLDNSD, UNBOUND, ZONES, asked, serving

PACKAGES = {"pydnsbl": "1.1.7", "dnsbl-check": "2.0.2"}
# The second does not start with pycares 5, which both allow.
_RESOLVER = ("aiodns<4", "pycares<5")
NOT_ASKED, LISTED, NOT_LISTED, FAILED = "not asked", "**listed**", "not listed", "failed"
# Its listings, and its failures
Told = tuple[list[str], list[str]]
_PYDNSBL = """
import json, sys
from pydnsbl import DNSBLIpChecker
from pydnsbl.providers import Provider
host, *zones = sys.argv[1:]
found = DNSBLIpChecker(providers=[Provider(zone) for zone in zones]).check(host)
print(json.dumps([list(found.detected_by), [one.host for one in found.failed_providers]]))
"""


def why_not() -> str | None:
    """Say why it cannot be made here."""
    if os.geteuid():
        return "needs root, for a network namespace"
    needed = (shutil.which("unshare"), shutil.which("ip", path=PATH), RBLDNSD, UNBOUND)
    return None if all(needed) else "needs util-linux, iproute2, rbldnsd and unbound"


def table() -> str:
    """Install the others, each into an environment of its own, ask all, and return the table in Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        for name, version in PACKAGES.items():
            _install(f"{name}=={version}", Path(folder, name))
        conf = Path(folder, "resolv.conf")
        conf.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        here = f"ip link set lo up && mount --bind {conf} /etc/resolv.conf && exec {sys.executable} -m {__spec__.name}"
        command = ("unshare", "--net", "--mount", "sh", "-c", f"{here} {folder}")
        return _printed(*command, env=os.environ | {"PATH": PATH})


def _install(package: str, venv: Path) -> None:
    subprocess.run((sys.executable, "-m", "venv", venv), check=True, timeout=120)
    subprocess.run((venv / "bin/pip", "install", "-q", package, *_RESOLVER), check=True, timeout=240)


def _inside(folder: Path) -> str:
    with serving(port=53):
        ours = asyncio.run(asked(None))
        others = [_pydnsbl(folder / "pydnsbl"), _dnsbl_check(folder / "dnsbl-check")]
    said = {zone: _ours(ours[zone]) if zone in ours else NOT_ASKED for zone in ZONES}
    return _markdown(said, [_worded(told) for told in others])


def _ours(one: Standing) -> str:
    return LISTED if one.status is Status.LISTED else one.status.value


def _pydnsbl(venv: Path) -> Told:
    detected, failed = json.loads(_printed(venv / "bin/python", "-c", _PYDNSBL, HOST, *ZONES))
    return detected, failed


def _dnsbl_check(venv: Path) -> Told:
    zones = ",".join(ZONES)
    told = json.loads(
        _printed(venv / "bin/dnsbl-check", "--json", "--details", "--ip", HOST, "--only-providers", zones)
    )
    return told["detected_by"], told["failed_providers"]


def _printed(*command: str | Path, env: Mapping[str, str] | None = None) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60, env=env).stdout


def _worded(told: Told) -> Mapping[str, str]:
    detected, failed = told
    return {zone: LISTED if zone in detected else FAILED if zone in failed else NOT_LISTED for zone in ZONES}


def _markdown(ours: Mapping[str, str], others: list[Mapping[str, str]]) -> str:
    names = " | ".join(f"{name} {version}" for name, version in PACKAGES.items())
    lines = [f"| a list that … | bsaudit | {names} |", "|---|---|---|---|"]
    for zone, served in ZONES.items():
        lines.append(f"| {served.does} | {ours[zone]} | {' | '.join(told[zone] for told in others)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(_inside(Path(sys.argv[1])) if len(sys.argv) > 1 else table(), end="")
