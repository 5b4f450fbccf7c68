"""DKIM signatures (RFC 6376), verified by dkimpy. Pure but for the clock that it reads: DNS is asked by the caller.

Stricter than a filter has to be, since a good signature convicts: `From` must be signed (§5.4), the body to its end (no
`l=`, §8.2), by SHA-256 (RFC 8301 §3.1), under a key that its owner does not call a test (§3.6.1).
"""

from __future__ import annotations

from collections.abc import Collection

import dkim
from dkim.util import InvalidTagValueList, parse_tag_value

from bsaudit.model.mail import Signature
from bsaudit.probe.tokens import tokens_in

# A message bears a signature for each system that vouches for it; for each of them DNS is asked.
MOST_SIGNATURES = 5
# Probes are short, and so is what returns them. For empty lines dkimpy takes a second for some fifteen such messages.
LONGEST_MESSAGE = 1 << 18
# Its expressions for a field's white space take time by the square of its length.
LONGEST_FIELD = 1 << 12
# A key of 8192 bits, and a little more: one without end would be computed with without end.
LONGEST_KEY = 1 << 11
ALGORITHMS = frozenset({b"rsa-sha256", b"ed25519-sha256"})

# What dkimpy raises on what strangers write: its own kinds, and Python's where it expected better.
_BAD = (dkim.DKIMException, InvalidTagValueList, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def key_name(raw: bytes, number: int) -> str | None:
    """Return under which name DNS has the key of a message's signature, counted from the top; None where it is none."""
    found = _prepare(raw, number)
    if found is None:
        return None
    fields = found.signature_fields
    try:
        return b"._domainkey.".join((fields[b"s"], fields[b"d"])).decode("ascii")
    except UnicodeDecodeError:
        return None


def signer(name: str) -> str:
    """Return whose key has such a name."""
    return name.partition("._domainkey.")[2].lower().rstrip(".")


def check(raw: bytes, number: int, key: str, tokens: Collection[str]) -> Signature | None:
    """Return a message's signature if it is good by this key record, with what it signs of `tokens`."""
    found = _prepare(raw, number)
    if found is None or len(key) > LONGEST_KEY:
        return None
    try:
        flags = parse_tag_value(key.encode("ascii")).get(b"t", b"").split(b":")
        tested = b"y" in map(bytes.strip, flags)
        if tested or not found.verify(number, dnsfunc=lambda _name, timeout: key.encode("ascii")):  # noqa: ARG005 -- dkimpy's
            return None
        domain = found.domain.decode("ascii").lower().rstrip(".")
    except _BAD:
        return None
    to = b"\n".join(value for name, value in found.signed_headers if name.lower() == b"to")
    return Signature(domain=domain, to=_among(tokens, to), body=_among(tokens, found.body))


def _prepare(raw: bytes, number: int) -> dkim.DKIM | None:
    """Return dkimpy's view of one signature, if it is one that could show anything."""
    try:
        found = dkim.DKIM(raw)
        signatures = [value for name, value in found.headers if name.lower() == b"dkim-signature"]
        if len(signatures) <= number or len(signatures[number]) > LONGEST_FIELD:
            return None
        found.verify_headerprep(number)
    except _BAD:
        return None
    fields = found.signature_fields
    whole = b"l" not in fields and fields[b"a"] in ALGORITHMS and b"from" in found.include_headers
    return found if whole else None


def _among(tokens: Collection[str], text: bytes) -> tuple[str, ...]:
    return tuple(sorted(set(tokens).intersection(tokens_in(text))))
