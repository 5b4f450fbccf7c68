"""docs/python.md: the programs on the page do what it says, against real servers of the laboratory."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import bsaudit
from bsaudit.lab.laboratory import laboratory
from bsaudit.lab.loopback import LabError
from bsaudit.lab.targets import Behaviours
from bsaudit.wiring.tools import resolver_at
from tests.support.dns import Zone, dns_thread
from tests.support.notifications import FAILED, dsn

PAGE = Path(__file__).parents[2] / "docs/python.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_a_bounce_is_read_as_the_page_shows(tmp_path: Path) -> None:
    bounce = dsn(FAILED).replace("To: ann@sender.example", "To: probe+k3@catch.example.net", 1)
    (tmp_path / "bounce.eml").write_text(bounce)
    reading = "".join(block for block in BLOCKS if "bounce.eml" in block)
    done = subprocess.run([sys.executable, "-c", reading], cwd=tmp_path, capture_output=True, text=True, check=True)
    first, recipient, last = done.stdout.splitlines()
    assert first == "ndn None"
    assert recipient.startswith("bob@inner.dest.example user-unknown 550 5.1.1")
    assert last.startswith("unknown reverse_path")


def test_listings_come_with_an_audit_as_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = (block for block in BLOCKS if "where_listed" in block)
    (tmp_path / "page_listed.py").write_text(block)
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("new", "cur", "tmp"):
        (tmp_path / "Maildir" / name).mkdir(parents=True)
    zone: Zone = {
        "target.test": {"MX": ["10 mx.target.test."]},
        "mx.target.test": {"A": ["192.0.2.1"]},
        "2.0.0.127.bl.spamcop.net": {"A": ["127.0.0.2"]},
        "1.2.0.192.bl.spamcop.net": {"A": ["127.0.0.2"]},
    }
    with dns_thread(zone) as place:
        settings = bsaudit.AuditSettings(
            targets=("target.test",),
            relay=bsaudit.RelaySettings(host="127.0.0.1", port=9, tls=bsaudit.Tls.NONE),
            catch=bsaudit.CatchSettings(kind=bsaudit.CatchKind.MAILDIR, path=str(tmp_path / "Maildir")),
            catch_addresses=("me@own.test",),
            authorized_by="the test",
            resolver=("127.0.0.1", int(place.partition(":")[2])),
            journal_url=f"sqlite:///{tmp_path}/journal.db",
            listings=True,
        )
        (told,) = asyncio.run(import_module("page_listed").where_listed(settings))
    assert told.startswith("192.0.2.1 on bl.spamcop.net: ")


async def pytest_on_the_page(folder: Path, label: str) -> tuple[int, str]:
    """Run the page's own test, in a process of its own, against a server of the laboratory."""
    async with laboratory(sites={label: Behaviours.TABLE[label]}) as lab, resolver_at(lab.resolver) as resolver:
        (exchanger,) = await resolver.mail_exchangers(f"{label}.test")
        environ = os.environ | {
            "MAIL_DOMAIN": f"{label}.test",
            "MAIL_SERVER": f"{exchanger.addresses[0]}:{lab.mx_port}",
            "CATCH_MX": f"{lab.catch}:{lab.mx_port}",
        }
        command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_image.py")
        run = await asyncio.create_subprocess_exec(*command, cwd=folder, env=environ, stdout=subprocess.PIPE)
        out, _ = await run.communicate()
        assert run.returncode is not None
        return run.returncode, out.decode()


@pytest.mark.parametrize(("label", "code", "told"), [("good", 0, "1 passed"), ("bad", 1, "came back as backscatter")])
def test_an_image_is_tested_as_the_page_shows(tmp_path: Path, label: str, code: int, told: str) -> None:
    (program,) = (block for block in BLOCKS if "def test_" in block)
    (tmp_path / "test_image.py").write_text(program)
    try:
        done, out = asyncio.run(pytest_on_the_page(tmp_path, label))
    except LabError as error:
        pytest.skip(error.message)
    assert done == code, out
    assert told in out
