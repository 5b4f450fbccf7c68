import asyncio
import os

import bsaudit

DOMAIN = os.environ.get("MAIL_DOMAIN", "example.test")  # one that the image takes mail for
SERVER = os.environ.get("MAIL_SERVER", "127.0.0.1:2525")
CATCH = os.environ.get("CATCH_MX", "127.0.0.1:2526")


def place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


def settings() -> bsaudit.AuditSettings:
    host, port = place(CATCH)
    return bsaudit.AuditSettings(
        targets=(DOMAIN,),
        route=bsaudit.Route.DIRECT,
        mx=place(SERVER),
        catch=bsaudit.CatchSettings(kind=bsaudit.CatchKind.SINK, host=host, port=port, tls=bsaudit.Tls.NONE),
        catch_addresses=("audit@catch.test",),
        catch_vouched_by="its transport map sends catch.test to us",  # no DNS shows it, nor does silence
        authorized_by="it is our own image",
        journal_url="sqlite:///:memory:",
        wait_s=20,
        grace_s=2,  # how long silence must last: a server of one's own bounces at once
        rate=20,
    )


def test_the_image_sends_no_backscatter() -> None:
    report = asyncio.run(bsaudit.run_audit(settings()))
    (target,) = report.targets
    assert report.verdict is bsaudit.Verdict.CLEAN, target.explanation
