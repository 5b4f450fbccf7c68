"""Whose a name is, and whether anybody but its bearer gives it. Pure."""

from __future__ import annotations

from bsaudit.judge.parties import organisation
from bsaudit.model.domain import is_below
from bsaudit.model.knowledge import Party
from bsaudit.model.mail import Host

_NOBODY = Party()


def names_target(remote: str, target: Party, relay: Party = _NOBODY) -> bool:
    """Say whether a host name or address is one of the target's mail exchangers or lies in its domain.

    Not where it is known as one of the relay's: who audits his own provider through it finds its hubs in that domain.
    """
    name = remote.lower().strip("[]").rstrip(".")
    if name in target.hosts or name in target.addresses:
        return True
    return name not in relay.hosts and any(is_below(name, domain) for domain in target.domains)


def names_organisation(name: str, target: Party) -> bool:
    """Say whether a name is a target's host's, or in the organisation of one: others may be anybody's who bears it."""
    organisations = {organisation(known) for known in target.hosts | target.domains} - {None}
    return names_target(name, target) or organisation(name.lower().rstrip(".")) in organisations


def is_own_word(host: Host, target: Party) -> bool:
    """Say whether nobody but a host itself gives it the name that it has: it may be a stranger's.

    A name with an address is one that our own side saw it by; one in the target's organisation is whose it should be.
    """
    return host.host is not None and host.address is None and not names_organisation(host.host, target)
