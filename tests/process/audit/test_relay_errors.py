"""A relay that cannot be used, as a user of the installed command meets it: cause, remedy, exit code 4, valid JSON."""

from __future__ import annotations

import asyncio
import json
import os
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP, AuthResult

from tests.support import commands
from tests.support.certificates import Authority
from tests.support.dns import LOOPBACK, Zone, dns_server
from tests.support.schema import strict

ZONE: Zone = {
    "target.test": {"MX": ["10 mx.target.test."]},
    "mx.target.test": {"A": ["127.0.0.9"]},
    "own.test": {"MX": ["10 mx.own.test."]},
    "mx.own.test": {"A": ["127.0.0.8"]},
}


class Refusing(Sink):
    async def handle_RCPT(self, *_: Any) -> str:  # noqa: N802
        return "554 5.7.1 Relay access denied"


@asynccontextmanager
async def relay(handler: Any = None, **options: Any) -> AsyncIterator[int]:
    """Run an SMTP server; gives its port."""
    implicit, loop = options.pop("implicit", None), asyncio.get_running_loop()

    def session() -> SMTP:
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # AUTH without TLS, on loopback
            return SMTP(handler or Sink(), hostname="relay.test", loop=loop, **options)

    server = await loop.create_server(session, LOOPBACK, 0, ssl=implicit)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def run(*args: str, cwd: Path) -> tuple[int, str, str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(cwd), "BSAUDIT_RELAY_PASSWORD": "hunter2"}
    done = await asyncio.to_thread(commands.run, *args, cwd=cwd, env=environment)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


async def probe(url: str, tmp_path: Path, *options: str) -> tuple[int, str, str]:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "Maildir" / name).mkdir(parents=True, exist_ok=True)
    async with dns_server(ZONE) as (host, port):
        aimed = ("--catch", f"maildir:{tmp_path}/Maildir", "--catch-address", "me@own.test")
        allowed = ("--authorized-by", "the test", "--resolver", f"{host}:{port}", "--journal", "sqlite:///:memory:")
        quick = ("--wait", "3s", "--grace", "1s")
        return await run("probe", "target.test", "--relay", url, *aimed, *allowed, *quick, *options, cwd=tmp_path)


def refused(url: str, tmp_path: Path, *options: str, server: dict[str, Any] | None = None) -> tuple[str, str]:
    """Run the command both ways, check what holds for every error, and return message and remedy."""

    async def both(url: str) -> tuple[tuple[int, str, str], tuple[int, str, str]]:
        return await asyncio.gather(probe(url, tmp_path, *options), probe(url, tmp_path, "--format", "json", *options))

    async def main() -> tuple[tuple[int, str, str], tuple[int, str, str]]:
        if server is None:
            return await both(url)
        async with relay(**server) as port:
            return await both(url.format(port=port))

    (code, text, stderr), (json_code, stdout, json_stderr) = asyncio.run(main())
    assert (code, json_code) == (4, 4), stderr
    assert "Traceback" not in stderr + json_stderr
    assert "hunter2" not in text + stderr + stdout + json_stderr
    report = json.loads(stdout)
    strict().validate(report)
    assert (report["verdict"], report["exit_code"]) == ("inconclusive", 4)
    error = report["errors"][0]
    assert error["where"] == "relay"
    assert error["remedy"]
    for told in (error["message"], error["remedy"]):
        assert told.rpartition(":")[2].strip() in " ".join(text.split())
    return error["message"], error["remedy"]


def test_wrong_password(tmp_path: Path) -> None:
    server = {
        "authenticator": lambda *_: AuthResult(success=False, handled=False),
        "auth_required": True,
        "auth_require_tls": False,
    }
    message, remedy = refused("smtp://me@127.0.0.1:{port}?tls=none", tmp_path, server=server)
    assert "refused the password of me: 535" in message
    assert "BSAUDIT_RELAY_PASSWORD" in remedy


def test_unknown_host(tmp_path: Path) -> None:
    message, _ = refused("smtp://relay.invalid:587", tmp_path)
    assert "does not resolve" in message


def test_refused_connection(tmp_path: Path) -> None:
    message, remedy = refused("smtp://127.0.0.1:1", tmp_path)
    assert "connection was refused" in message
    assert "587" in remedy


@pytest.mark.parametrize(
    ("flaws", "said"),
    [({"expired": True}, "has expired"), ({"self_signed": True}, "is self-signed"), ({}, "is not for 127.0.0.1")],
)
def test_bad_certificate(tmp_path: Path, flaws: dict[str, bool], said: str) -> None:
    authority = Authority(tmp_path)
    context = authority.server(LOOPBACK if flaws else "other.test", **flaws)
    trust = ("--ca-file", str(authority.file))
    message, remedy = refused("smtps://127.0.0.1:{port}", tmp_path, *trust, server={"implicit": context})
    assert said in message
    assert "--insecure" in remedy


def test_no_starttls(tmp_path: Path) -> None:
    message, remedy = refused("smtp://127.0.0.1:{port}", tmp_path, server={})
    assert "does not offer STARTTLS" in message
    assert "?tls=none" in remedy


def test_a_relay_that_refuses_the_recipient(tmp_path: Path) -> None:
    message, _ = refused("smtp://127.0.0.1:{port}?tls=none", tmp_path, server={"handler": Refusing()})
    assert "554 5.7.1 Relay access denied" in message
