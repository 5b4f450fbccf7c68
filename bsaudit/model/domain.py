"""Domain names: their one spelling (A-labels, lower case, no final dot), and how two of them lie to each other."""

from __future__ import annotations

import unicodedata
from ipaddress import ip_address

_ACE_PREFIX = "xn--"  # RFC 5890 §2.3.2.1
# RFC 1035 §2.3.4
MAX_NAME = 255
_DOTS = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61", "."))  # UTS #46 §2.3: these are label separators too


def is_below(name: str, domain: str) -> bool:
    """Say whether `name` is `domain` or lies below it: whole labels, so that notacme.example is not in acme.example."""
    return bool(domain) and (name == domain or name.endswith(f".{domain}"))


def is_ip(text: str) -> bool:
    """Say whether a host is named by its IP address."""
    if ":" not in text and not text[-1:].isdigit():
        return False  # as nearly all names: the library takes its time to refuse them
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def ascii_domain(domain: str) -> str:
    """Return `domain` with its U-labels as A-labels (IDNA 2008, RFC 5891 §4.4), lower case, without the final dot.

    The mapping is that of RFC 5895 (lower case, compatibility forms, NFC). Unlike IDNA 2003 it keeps ß, ς and the
    joiners. Labels that no registry would take are encoded all the same: DNS says that they do not exist.
    """
    name = domain.strip().translate(_DOTS).lower().rstrip(".")
    return name if name.isascii() else ".".join(map(_a_label, name.split(".")))


def one_spelling(domain: str) -> str:
    """Return a domain of somebody's text in one spelling: with SMTPUTF8 (RFC 6531) U-labels stand there.

    What is longer than a name can be is none: Punycode takes the square of its length.
    """
    return domain.lower() if domain.isascii() or len(domain) > MAX_NAME else ascii_domain(domain)


def ascii_address(address: str) -> str:
    """Return the mail address with its domain in A-labels, without the final dot; the local-part is its owner's."""
    local, at, domain = address.rpartition("@")
    if not at:
        return address
    return f"{local}@{domain.rstrip('.') if domain.isascii() else ascii_domain(domain)}"


def _a_label(label: str) -> str:
    mapped = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", label).lower())
    return mapped if mapped.isascii() else _ACE_PREFIX + mapped.encode("punycode").decode("ascii")
