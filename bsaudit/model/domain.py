"""How domain names lie to each other. Both in lower case, without the final dot."""

from __future__ import annotations

from ipaddress import ip_address


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
