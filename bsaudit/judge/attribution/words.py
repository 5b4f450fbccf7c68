"""How evidence is put down: one piece, and in which words. Pure."""

from __future__ import annotations

from bsaudit.judge.parties import Ownership, Side
from bsaudit.model.notification import Attribution, Evidence, Strength
from bsaudit.text import clean_line


def piece(source: str, supports: Attribution, strength: Strength, text: str, value: str | None) -> Evidence:
    """Return a piece of evidence; what stands in it is others' words."""
    shown = clean_line(value) if value else None
    return Evidence(source=source, supports=supports, strength=strength, text=clean_line(text), value=shown)


def whose(match: Ownership) -> str:
    """Say whose a host is."""
    names = {Side.RELAY: "our relay", Side.TARGET: "the target", Side.CATCH: "our own side"}
    named = names.get(match.side, "nobody's that we know")
    return f"{named}'s host" if match.exact else f"of {named}'s organisation"


def domain_in(address: str | None) -> str | None:
    """Return the domain of an address, or of a Message-ID, as it is compared."""
    domain = (address or "").rpartition("@")[2].strip(">. ").lower()
    return domain or None
