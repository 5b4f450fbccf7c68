"""`bsaudit survey --dkim`: what an own domain signed is own, whoever handed it on; by keys from a real DNS server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import run
from tests.support.dns import Zone, dns_thread
from tests.support.mailboxes import DATE, HOSTER_HOP, OWN_DOMAIN, OWN_HOST, REPORTER, mbox, notice, received
from tests.support.signing import record, record_name, signed, zone_text

ZONE: Zone = {
    record_name(OWN_DOMAIN): {"TXT": [zone_text(record())]},
    record_name("else.example"): {"TXT": [zone_text(record())]},
}
BODY = "Hello Bob,\n\nsee you on Monday.\n"
SIGNED = ("from", "to", "subject", "message-id")


@pytest.fixture(scope="module")
def resolver() -> Iterator[str]:
    with dns_thread(ZONE) as server:
        yield server


def returned(
    domain: str = OWN_DOMAIN, author: str = f"ann@{OWN_DOMAIN}", body: str = BODY, *, cut: bool = False
) -> bytes:
    """Return a notice about a message that `domain` signed, with the copy that came by a stranger's named host."""
    header = f"From: {author}\nTo: bob@dest.example\nSubject: Monday\nMessage-ID: <1@pc>\nDate: {DATE}\n"
    names = tuple(name.encode() for name in SIGNED)
    raw = signed(f"{header}\n{BODY}".replace("\n", "\r\n").encode(), domain, names).decode().replace("\r\n", "\n")
    copy = received(HOSTER_HOP, REPORTER) + raw.partition("\n\n")[0]
    return notice(f"{copy}\n", body="" if cut else body)


def shown(tmp_path: Path, *words: str, messages: tuple[bytes, ...]) -> dict[str, int]:
    (tmp_path / "bounces").write_bytes(mbox(*messages))
    options = ("--own", OWN_DOMAIN, "--own", OWN_HOST, "--format", "json")
    done = run("survey", *options, *words, "bounces", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    document: Any = json.loads(done.stdout)
    return dict(document["shown"])


def test_a_whole_copy_that_an_own_domain_signed_is_own(tmp_path: Path, resolver: str) -> None:
    dkim = ("--dkim", "--resolver", resolver)
    assert shown(tmp_path, *dkim, messages=(returned(),)) == {"signature": 1}
    assert shown(tmp_path, messages=(returned(),)) == {"claim": 1}  # nobody is asked unless that is wanted


def test_what_is_no_good_signature_of_ones_own_shows_nothing(tmp_path: Path, resolver: str) -> None:
    worthless = (
        returned(body="Cheap pills!\n"),
        returned(cut=True),  # a header alone cannot be verified: the signature covers the body
        returned(author="list@else.example"),  # a list of ours signed what somebody else wrote
        returned().replace(b"bh=", b"bh=x"),
    )
    assert shown(tmp_path, "--dkim", "--resolver", resolver, messages=worthless) == {"claim": 4}
    others = (returned("else.example"),)
    assert shown(tmp_path, "--dkim", "--resolver", resolver, messages=others) == {"foreign_source": 1}


def test_in_many_processes_too(tmp_path: Path, resolver: str) -> None:
    words = ("--dkim", "--resolver", resolver, "--jobs", "2")
    assert shown(tmp_path, *words, messages=(returned(),) * 400) == {"signature": 400}


def test_without_dns_nothing_is_shown(tmp_path: Path) -> None:
    assert shown(tmp_path, "--dkim", "--resolver", "127.0.0.1:1", messages=(returned(),)) == {"claim": 1}
