"""Address literals: hosts that a mail address names by their IP address."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address


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
