"""The controls on our own side: what is sent to ourselves before anything reaches a target. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from bsaudit.model.probe import Control, Place, Probe, Recipient, Role
from bsaudit.model.settings import Tagging
from bsaudit.probe.addressing import Sender, Way, addressed
from bsaudit.probe.tagging import CANDIDATES, domain_of, tagged
from bsaudit.probe.tokens import derive


def plan_catch_controls(sender: Sender, way: Way) -> list[Probe]:
    """Return the catch control, once in each style of tagging that is to be tried."""
    styles = CANDIDATES if sender.tagging is Tagging.AUTO else (sender.tagging,)
    return [
        _own(f"c{number:02}", replace(sender, tagging=style), Control.CATCH, "ordinary", way, shape=style.value)
        for number, style in enumerate(styles, 1)
    ]


def plan_ndn_controls(sender: Sender, way: Way, *, content: bool, first: int) -> list[Probe]:
    """Return the NDN controls: a plain DSN, and (for content probes) one that returns GTUBE and EICAR."""
    contents = ("returned-plain", "returned-content") if content else ("returned-plain",)
    return [
        _own(f"c{number:02}", sender, Control.NDN, name, way, null_reverse_path=True)
        for number, name in enumerate(contents, first)
    ]


def plan_second_catch_control(sender: Sender, second: str, way: Way, *, first: int) -> Probe:
    """Return the catch control of the second catch address: silence towards it must mean something too."""
    other = replace(sender, catch_address=second)
    return _own(f"c{first:02}", other, Control.CATCH_SECOND, "ordinary", way)


def plan_calibration(sender: Sender, *, first: int) -> list[Probe]:
    """Return what the relay must fail on: our own catch MX refuses one, the other's host does not exist."""
    domain = domain_of(sender.catch_address)
    ids = [f"c{number:02}" for number in range(first, first + 2)]
    secret = derive(sender.key, sender.run_id, ids[0], "recipient")[1:]
    refused = Recipient(address=f"refused.{secret}@{domain}", role=Role.REFUSED)
    controls = [(Control.CALIBRATION_REFUSED, refused)]
    if not domain.startswith("["):
        host = f"unreachable-{secret[:8]}.{domain}"
        controls.append((Control.CALIBRATION_UNREACHABLE, Recipient(address=f"nobody@{host}", role=Role.UNREACHABLE)))
    return [
        addressed(probe_id, sender, kind="control", content="ordinary", recipients=(recipient,), control=control)
        for probe_id, (control, recipient) in zip(ids, controls, strict=False)
    ]


def plan_ndn_return(sender: Sender, rewritten: str, *, first: int) -> Probe:
    """Return a DSN to our own rewritten reverse-path, to see whether the relay passes third parties' NDNs on."""
    recipient = Recipient(address=rewritten, role=Role.CATCH)
    return addressed(
        f"c{first:02}",
        sender,
        null_reverse_path=True,
        kind="control",
        content="returned-plain",
        recipients=(recipient,),
        control=Control.NDN_RETURN,
        notify=False,
    )


def _own(
    probe_id: str,
    sender: Sender,
    control: Control,
    content: str,
    way: Way,
    *,
    shape: str | None = None,
    null_reverse_path: bool = False,
) -> Probe:
    """Return a control that goes to our own catch address, tagged like a reverse-path."""
    probe = addressed(
        probe_id,
        sender,
        null_reverse_path=null_reverse_path,
        kind="control",
        shape=shape,
        content=content,
        recipients=(),
        control=control,
        notify=False,
        mail_exchanger=way.exchanger.host if way.exchanger else None,
        address=way.address,
        port=way.exchanger.port if way.exchanger else 25,
    )
    own = tagged(sender.catch_address, probe.token(Place.REVERSE_PATH), sender.tagging)
    return replace(probe, recipients=(Recipient(address=own, role=Role.CATCH),))
