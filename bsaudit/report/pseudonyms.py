"""What stands in the place of names: made from each by a key that is forgotten, so that the same has the same.

Nothing has to be remembered or shared: other processes that have the key make the same of it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from base64 import b32encode
from ipaddress import IPv4Address, IPv6Address

from bsaudit.judge.parties import organisation

_KEY_SIZE, _TAG_SIZE = 16, 8


class Pseudonyms:
    """The names of one output. None of what they look like exists: RFC 2606 §2, RFC 1112 §4, RFC 6666."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(_KEY_SIZE)
        self._of = {
            "url": self._url,
            "address": self._address,
            "four": self._four,
            "six": self._six,
            "queued": self._queued,
            "host": self._host,
            "path": self._path,
        }

    def of(self, kind: str, text: str) -> str:
        """Return what replaces `text`, which looks like a thing of this kind."""
        return self._of[kind](text)

    def tag(self, text: str) -> str:
        """Return a few letters for a text, whatever its case."""
        return b32encode(self._digest(text.strip().lower(), 10)).decode().lower()[:_TAG_SIZE]

    def _digest(self, text: str, size: int) -> bytes:
        return hashlib.blake2b(text.encode("utf-8", "replace"), key=self._key, digest_size=size).digest()

    def _address(self, text: str) -> str:
        local, _, domain = text.rpartition("@")
        where = self._literal(domain) if domain.startswith("[") else self._host(domain)
        return f"user-{self.tag(local)}@{where}"

    def _literal(self, text: str) -> str:
        """Return an address literal (RFC 5321 §4.1.3)."""
        return f"[{self._four(text.strip('[]'))}]"

    def _host(self, text: str) -> str:
        """Return a name that keeps which hosts lie in one domain, and what service a name is for."""
        service, dot, rest = text.partition(".")
        if service.startswith("_") and "." in rest:
            return f"{service}{dot}{self._host(rest)}"
        domain = organisation(text.lower()) or text.lower()
        end = f"domain-{self.tag(domain)}.invalid"
        return end if domain == text.lower() else f"host-{self.tag(text)}.{end}"

    def _four(self, text: str) -> str:
        return str(IPv4Address(0xF0000000 | int.from_bytes(self._digest(text, 4)) >> 4))

    def _six(self, text: str) -> str:
        try:
            same = IPv6Address(text).exploded
        except ValueError:
            return text  # a time of day looks like one
        return str(IPv6Address((0x100 << 112) | int.from_bytes(self._digest(same, 8))))

    def _url(self, text: str) -> str:
        return f"https://site-{self.tag(text)}.invalid/"

    def _queued(self, text: str) -> str:
        word = re.split(r"[\s=]", text)[-1]
        return text[: -len(word)] + f"id-{self.tag(word)}"

    def _path(self, text: str) -> str:
        return f"/path-{self.tag(text)}"
