"""Run `bsaudit` as a user runs it: the installed command, on the auditor's machine, JSON out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mta import hosts, keeper
from tests.mta.certificates import AUTHORITY
from tests.mta.lab import Lab
from tests.mta.places import ACCOUNT, CATCH_DOMAIN, CATCH_MX, CATCH_USER, PASSWORD, RESOLVER

COMMAND = Path(sys.executable).parent / "bsaudit"
TIMEOUT_S = 280
CATCH_ADDRESS = f"{CATCH_USER}@{CATCH_DOMAIN}"


@dataclass(frozen=True)
class Ran:
    """One run of the command: exit code, what it printed, and the report as parsed JSON."""

    code: int
    stdout: str
    stderr: str

    @property
    def report(self) -> dict[str, Any]:
        return json.loads(self.stdout)  # type: ignore[no-any-return]

    def target(self, domain: str) -> dict[str, Any]:
        return next(entry for entry in self.report["targets"] if entry["domain"] == domain)


def bsaudit(lab: Lab, state: Path, *words: str, secrets: Mapping[str, str] | None = None) -> Ran:
    """Run `bsaudit WORDS` on the auditor's machine, its journal below `state`; `secrets` replace the right ones."""
    environment = os.environ | {
        "BSAUDIT_RELAY_PASSWORD": PASSWORD,
        "BSAUDIT_CATCH_PASSWORD": PASSWORD,
        "XDG_STATE_HOME": str(state),
        "HOME": str(state),
        "XDG_CONFIG_HOME": str(state / ".config"),
    }
    environment |= secrets or {}
    _agree(state / ".config/bsaudit/bsaudit.toml")
    command = [*lab.enter(hosts.AUDITOR.name), str(COMMAND), *words]
    options: Any = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL}
    done = subprocess.run(command, env=environment, timeout=TIMEOUT_S, check=False, **options)
    return Ran(done.returncode, done.stdout, done.stderr)


def _agree(file: Path) -> None:
    """Say for every host of the proving ground that its operator agreed to as much as is asked."""
    entry = '[[host]]\nmatch = "{}"\nauthorized_by = "the proving ground"\nrate = 100\nbudget = 100000\n'
    entry += "refused = 100000\nconnections = 50\n"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(map(entry.format, ("0.0.0.0/0", "::/0", "example"))))


CONTROLS = f"{ACCOUNT}@smtp.carrier.example:587"
IMAP = ("--catch", f"imaps://{CATCH_USER}@{CATCH_MX}", "--catch-address", CATCH_ADDRESS)


def probe(
    lab: Lab,
    state: Path,
    domains: Sequence[str],
    *options: str,
    relay: str | None = None,
    controls: str | None = CONTROLS,
    route: str | None = None,
    catch: Sequence[str] = IMAP,
    secrets: Mapping[str, str] | None = None,
) -> Ran:
    """Audit `domains`, through `relay` (a URL's host part, `user@host:port`) or directly with controls by another.

    `route` "both" is by the relay and directly.
    """
    way = ["--route", route or ("relay" if relay else "direct")]
    if relay or controls:
        way += ["--relay", f"smtp://{relay or controls}"]
    permission = ["--authorized-by", "the proving ground", "--relay-permission", "the proving ground"]
    network = ["--resolver", RESOLVER, "--ca-file", f"{keeper.SCRATCH}/{AUTHORITY}"]
    valid = [word for domain in domains for word in ("--valid-recipient", f"alice@{domain}")]
    output = ["--format", "json", "--quiet"]
    words = [*domains, *way, *permission, *catch, *network, *valid, *output, *options]
    return bsaudit(lab, state, "probe", *words, secrets=secrets)


def relay_url(host: str, *, account: bool = True) -> str:
    """Return the part of a relay's URL after the scheme."""
    return f"{ACCOUNT}@{host}:587" if account else f"{host}:587"
