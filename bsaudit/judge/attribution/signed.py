"""Who vouches for a message: whoever signed it, and what our own side verified of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bsaudit.judge.attribution.scene import Scene
from bsaudit.judge.attribution.words import domain_in, piece, whose
from bsaudit.judge.parties import Side, organisation
from bsaudit.model.notification import Attribution, Evidence, Strength

# RFC 8601 §2.2: authserv-id, then "method=result ptype.property=value"
_DKIM_PASS = re.compile(r"\bdkim\s*=\s*pass\b[^;]*?\bheader\.[di]\s*=\s*(?:[^@\s;]*@)?([\w.-]+)", re.IGNORECASE)
_HELO_PASS = re.compile(r"\bspf\s*=\s*pass\b[^;]*?\bsmtp\.helo\s*=\s*([\w.-]+)", re.IGNORECASE)
# A signature says who wrote a message, not to whom: what was signed for another probe can be sent here once more.
_VERIFIED = ((_HELO_PASS, "SPF of the greeting", Strength.DECISIVE), (_DKIM_PASS, "DKIM signature by", Strength.WEAK))


def signature(scene: Scene) -> Evidence | None:
    """Look at what was verified of it: by us, when it came, or by our own side (RFC 8601)."""
    found = [*_signed(scene), *_vouched_for(scene)]
    return next((one for one in found if one.strength is Strength.DECISIVE), found[0] if found else None)


def _signed(scene: Scene) -> Iterator[Evidence]:
    """Look at who signed it (RFC 6376). The MX's provider signs for any customer, and our own side signs for us."""
    ours = organisation(domain_in(scene.knowledge.reverse_path) or "")
    for domain, for_us in scene.knowledge.signatures.items():
        match = scene.sides.name(domain)
        if not match.of(Side.TARGET):
            continue
        sure = for_us and scene.sides.owns(domain) and organisation(domain) != ours
        text = f"it bears a good DKIM signature by {domain}, which is {whose(match)}"
        text += ", made for this probe" if for_us else "; but what was signed for one address can be sent to another"
        yield piece("signature", Attribution.TARGET, Strength.DECISIVE if sure else Strength.WEAK, text, domain)


def _vouched_for(scene: Scene) -> Iterator[Evidence]:
    """Look at what our own mail exchanger verified (RFC 8601 §1.6: only an authserv-id of ours is believed)."""
    for field in _our_results(scene):
        for pattern, what, strength in _VERIFIED:
            for name in pattern.findall(field):
                match = scene.sides.name(name.lower().rstrip("."))
                if match.of(Side.TARGET):
                    sure = strength if scene.sides.owns(name.lower().rstrip(".")) else Strength.WEAK
                    text = f"our own side verified the {what} {name}, which is {whose(match)}"
                    yield piece("signature", Attribution.TARGET, sure, text, name)


def _our_results(scene: Scene) -> Iterator[str]:
    """Return the fields that our own side wrote: by its name, and not below the line in which it took the message."""
    ndn = scene.notification
    boundary = len(ndn.trace) - len(scene.trail.below) - 1
    for field, below in zip(ndn.authentication_results, ndn.results_below, strict=False):
        if below <= boundary and _authserv_id(field) in scene.knowledge.authserv_ids:
            yield field


def _authserv_id(field: str) -> str:
    words = field.partition(";")[0].lower().split()
    return words[0] if words else ""
