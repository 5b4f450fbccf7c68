"""What an earlier version wrote into the journal is read by this one."""

from __future__ import annotations

from bsaudit.adapters.journal.rows import decode_arrival


def test_an_arrival_of_which_no_signature_was_verified_has_none() -> None:
    old = '{"uid":"1","raw":"","seen_at":"2026-01-02T03:04:05Z","verified":{"address":"192.0.2.1"}}'
    found = decode_arrival(b"Subject: x", old, compressed=False)
    assert (found.raw, found.signatures) == (b"Subject: x", ())
