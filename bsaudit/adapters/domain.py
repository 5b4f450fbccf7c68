"""Domain names as DNS and SMTP want them: A-labels, lower case, no trailing dot."""

from __future__ import annotations

import unicodedata
from ipaddress import IPv4Address, IPv6Address, ip_address

_ACE_PREFIX = "xn--"  # RFC 5890 §2.3.2.1
_DOTS = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61", "."))  # UTS #46 §2.3: these are label separators too


def ascii_domain(domain: str) -> str:
    """Return `domain` with its U-labels as A-labels (IDNA 2008, RFC 5891 §4.4), lower case, without the final dot.

    The mapping is that of RFC 5895 (lower case, compatibility forms, NFC). Unlike IDNA 2003 it keeps ß, ς and the
    joiners. Labels that no registry would take are encoded all the same: DNS says that they do not exist.
    """
    name = domain.strip().translate(_DOTS).lower().rstrip(".")
    return name if name.isascii() else ".".join(map(_a_label, name.split(".")))


def ascii_address(address: str) -> str:
    """Return the mail address with its domain in A-labels; the local-part is the recipient's own affair."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{ascii_domain(domain)}" if at and not domain.isascii() else address


def literal_address(domain: str) -> str | None:
    """Return the address in an address literal (RFC 5321 §4.1.3), or None for anything else."""
    if not (domain.startswith("[") and domain.endswith("]")):
        return None
    inner = domain[1:-1]
    tagged = inner[:5].lower() == "ipv6:"
    try:
        return str(IPv6Address(inner[5:]) if tagged else IPv4Address(inner))
    except ValueError:
        return None


def address_literal(address: str) -> str:
    """Return the address literal for an IP address (RFC 5321 §4.1.3)."""
    return f"[IPv6:{address}]" if isinstance(ip_address(address), IPv6Address) else f"[{address}]"


def _a_label(label: str) -> str:
    mapped = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", label).lower())
    return mapped if mapped.isascii() else _ACE_PREFIX + mapped.encode("punycode").decode("ascii")
