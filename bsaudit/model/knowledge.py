"""What the auditor knows beside the message: the ground that attribution stands on."""

from __future__ import annotations

from msgspec import Struct

from bsaudit.model.mail import Route, Verified
from bsaudit.model.notification import Notification


class Party(Struct, frozen=True, kw_only=True):
    """One side of the conversation: every host name and every address that is known to be its own."""

    hosts: frozenset[str] = frozenset()  # lower case, no trailing dot
    addresses: frozenset[str] = frozenset()  # canonical text form
    domains: frozenset[str] = frozenset()  # names at or below these belong to it


class Knowledge(Struct, frozen=True, kw_only=True):
    """Everything known about one probe's parties before its notification is read.

    `relay` and `calibration` are empty on the direct route. `calibration` holds the relay's own NDNs, as the
    controls provoked them; `catch` is our own receiving side; `target` the MX set.
    `relay_is_target` says that relay and target cannot be told apart (same organisation or shared egress).
    `peer_host` (its verified reverse name, never HELO) and `peer_address` are who connected to our own catch MX with
    this message, where that was there to see. `authserv_ids` name our own side in Authentication-Results (RFC 8601).
    `verified` is what DNS said of whoever handed the message over, when it came. `signatures` are the domains whose
    DKIM signature was good then, each with whether that was made for this probe, and not for another message.
    `named` are hosts of which the user says that they are the target's, and nobody else does.
    `accepted` says that the target was shown to have taken the probe before the notification came, so that nobody else
    knew the address to which it came; `nobody` that the recipient does not exist.
    `recipient`, `reverse_path`, `from_address` and `reply_to` are the addresses of the original message.
    """

    route: Route
    relay: Party = Party()
    target: Party = Party()
    named: Party = Party()
    catch: Party = Party()
    calibration: tuple[Notification, ...] = ()
    recipient: str | None = None
    reverse_path: str | None = None
    from_address: str | None = None
    reply_to: str | None = None
    peer_host: str | None = None
    peer_address: str | None = None
    auditor: Party = Party()  # the machine that runs bsaudit: its name stands in returned Received lines
    authserv_ids: frozenset[str] = frozenset()
    relay_is_target: bool = False
    verified: Verified | None = None
    signatures: dict[str, bool] = {}
    accepted: bool = False
    nobody: bool = False
