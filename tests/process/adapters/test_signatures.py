"""DKIM signatures, made by dkimpy and verified with keys from a real DNS server. Most of them are good for nothing."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bsaudit.adapters.peers import PeerLookup
from bsaudit.adapters.resolver import DnsResolver
from bsaudit.adapters.signatures import LONGEST_FIELD, MOST_SIGNATURES, check, key_name
from bsaudit.model.mail import Signature
from tests.support.dns import SERVFAIL, SILENT, Zone, dns_server
from tests.support.samples import samples
from tests.support.signing import record, record_name, signed, zone_text

OURS, INSIDE, ANOTHERS = "b" + "a" * 16, "b" + "c" * 16, "b" + "d" * 16
TOKENS = OURS, INSIDE
WORDS = ["other", "testing", "revoked", "foreign", "twice", "nowhere", "broken", "silent"]
DOMAINS = ["mx.own.test", *(f"{word}.test" for word in WORDS)]
RAW = (
    f"From: MAILER-DAEMON@own.test\r\nTo: me+{OURS}@catch.test\r\nSubject: Undelivered Mail\r\n"
    f"Message-ID: <1@own.test>\r\nX-Note: {INSIDE}\r\n\r\nIt was me+{ANOTHERS}@catch.test.\r\n"
).encode()


def txt(text: str) -> dict[str, list[str]]:
    return {"TXT": [zone_text(text)]}


ZONE: Zone = {
    record_name("own.test"): txt(record()),
    record_name("other.test"): txt(record()),
    record_name("elses.test"): txt(record()),
    record_name("testing.test"): txt(record("t=s:y; ")),
    record_name("revoked.test"): txt("v=DKIM1; p="),
    record_name("foreign.test"): txt(record("k=unheard; ")),
    record_name("twice.test"): {"TXT": [*txt(record())["TXT"], '"v=DKIM1; p="']},
    record_name("broken.test"): SERVFAIL,
    record_name("silent.test"): SILENT,
}


def found(*messages: bytes, patience_s: float = 30) -> list[tuple[Signature, ...]]:
    async def main() -> list[tuple[Signature, ...]]:
        async with dns_server(ZONE) as server:
            lookup = PeerLookup(DnsResolver(server, try_s=30, lifetime_s=30), patience_s=patience_s)
            return await asyncio.gather(*(lookup.signatures(raw, TOKENS, DOMAINS) for raw in messages))

    return asyncio.run(main())


def test_a_signature_says_by_whom_and_which_of_our_tokens_it_covers() -> None:
    quoting = RAW.replace(ANOTHERS.encode(), INSIDE.encode())
    broken = RAW.replace(ANOTHERS.encode(), INSIDE[:9].encode() + b"=\r\n" + INSIDE[9:].encode())
    nowhere = signed(RAW, "own.test", (b"from", b"subject"))
    both = signed(signed(RAW, "own.test"), "other.test")
    assert found(signed(RAW, "own.test"), signed(quoting, "own.test"), signed(broken, "own.test"), nowhere, both) == [
        (Signature(domain="own.test", to=(OURS,)),),
        (Signature(domain="own.test", to=(OURS,), body=(INSIDE,)),),
        (Signature(domain="own.test", to=(OURS,), body=(INSIDE,)),),
        (Signature(domain="own.test"),),
        (Signature(domain="other.test", to=(OURS,)), Signature(domain="own.test", to=(OURS,))),
    ]


def test_a_to_field_that_was_added_is_not_signed() -> None:
    sent_again = signed(RAW.replace(OURS.encode(), ANOTHERS.encode()), "own.test")
    for added in (b"To: me+" + OURS.encode() + b"@catch.test\r\n" + sent_again, sent_again + OURS.encode()):
        assert not any(signature.to or signature.body for signature in found(added)[0])


GOOD = signed(RAW, "own.test")
WORTHLESS = {
    "none": RAW,
    "a changed body": GOOD + b"PS\r\n",
    "a changed field": GOOD.replace(b"Undelivered", b"Delivered"),
    "another's domain": GOOD.replace(b"d=own.test", b"d=other.test"),
    "an organisation that nobody asked about": signed(RAW, "elses.test"),
    "a length": signed(RAW, "own.test", length=True),
    "SHA-1": GOOD.replace(b"rsa-sha256", b"rsa-sha1"),
    "an old date": GOOD.replace(b"; s=s1", b"; x=1000000000; s=s1"),
    "a key under test": signed(RAW, "testing.test"),
    "a revoked key": signed(RAW, "revoked.test"),
    "a key of an unknown kind": signed(RAW, "foreign.test"),
    "two keys": signed(RAW, "twice.test"),
    "no key": signed(RAW, "nowhere.test"),
    "a server that fails": signed(RAW, "broken.test"),
    "a server that is silent": signed(RAW, "silent.test"),
    "too many before it": b"DKIM-Signature: v=1\r\n" * MOST_SIGNATURES + GOOD,
    "too long": b"DKIM-Signature: " + b" " * LONGEST_FIELD + GOOD.removeprefix(b"DKIM-Signature: "),
}


def test_what_is_not_a_good_signature_to_the_end_is_none() -> None:
    answers = dict(zip(WORTHLESS, found(*WORTHLESS.values(), patience_s=1.5), strict=True))
    assert answers == dict.fromkeys(WORTHLESS, ())


def test_a_signature_that_leaves_from_out_is_not_even_looked_up() -> None:
    """RFC 6376 §5.4: From must be signed; dkimpy does not ask."""
    field = b"DKIM-Signature: v=1; a=rsa-sha256; d=own.test; s=s1; h=from:to; bh=aaaa; b=aaaa\r\n"
    assert key_name(field + RAW, 0) == "s1._domainkey.own.test"
    assert key_name(field.replace(b"from:", b"") + RAW, 0) is None


@given(st.binary(max_size=60), st.integers(0, len(GOOD)), st.text(max_size=60))
@samples(0.6)
def test_no_message_and_no_key_makes_it_fail(junk: bytes, at: int, key: str) -> None:
    for raw in (junk, GOOD[:at] + junk + GOOD[at:], b"DKIM-Signature: " + junk + b"\r\n" + RAW):
        key_name(raw, 0)
        check(raw, 0, record(), TOKENS)
    assert check(GOOD, 0, key, TOKENS) is None
    assert check(GOOD, 0, f"p={key}", TOKENS) is None


@pytest.mark.parametrize("filling", [b" ", b"\r\n ", b"b= ", b";b=", b"a", b": "])
def test_a_long_field_takes_no_time(filling: bytes) -> None:
    began = time.process_time()
    field = b"DKIM-Signature: v=1; a=rsa-sha256; d=own.test; s=s1; h=from; bh=aaaa; b=aaaa; z="
    check(field + filling * (LONGEST_FIELD // len(filling) - 100) + b"\r\n" + RAW, 0, record(), TOKENS)
    assert time.process_time() - began < 2
