"""The controls on our own side: what is sent to ourselves before anything reaches a target. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from bsaudit.model.probe import Control, Place, Probe, Recipient, Role
from bsaudit.model.settings import Tagging
from bsaudit.probe.addressing import Numbers, Sender, Way, addressed
from bsaudit.probe.content import NOTIFICATION, NOTIFICATION_OF_TEST, ORDINARY, Content, Tested
from bsaudit.probe.tagging import CANDIDATES, domain_of, tagged
from bsaudit.probe.tokens import derive


def plan_catch_controls(sender: Sender, numbers: Numbers, way: Way) -> list[Probe]:
    """Return the catch control, once in each style of tagging that is to be tried."""
    styles = CANDIDATES if sender.tagging is Tagging.AUTO else (sender.tagging,)
    return [
        _own(numbers.control(), replace(sender, tagging=style), Control.CATCH, ORDINARY, way, shape=style.value)
        for style in styles
    ]


def plan_ndn_controls(sender: Sender, numbers: Numbers, way: Way, *, content: bool) -> list[Probe]:
    """Return the NDN controls: a plain DSN, and (for content probes) one that returns GTUBE and EICAR."""
    contents = (NOTIFICATION, NOTIFICATION_OF_TEST) if content else (NOTIFICATION,)
    return [_own(numbers.control(), sender, Control.NDN, one, way, null_reverse_path=True) for one in contents]


def plan_content_controls(sender: Sender, numbers: Numbers, contents: Iterable[Tested]) -> list[Probe]:
    """Return an ordinary message with each test content: the relay has to pass it on as it is."""
    return [
        replace(_own(numbers.control(), sender, Control.CONTENT, content, Way()), rule=rule)
        for content, rule in contents
    ]


def plan_entrance(sender: Sender, numbers: Numbers, way: Way) -> Probe:
    """Return an ordinary message that is left where strangers leave theirs."""
    return _own(numbers.control(), sender, Control.ENTRANCE, ORDINARY, way)


def plan_awaited(sender: Sender, numbers: Numbers) -> Probe:
    """Return a control that is never sent: somebody else is to write to its reverse-path."""
    return _own(numbers.control(), sender, Control.AWAITED, ORDINARY, Way())


def plan_closing(sender: Sender, numbers: Numbers, way: Way) -> Probe:
    """Return the control that comes last: our own side still takes notifications."""
    return _own(numbers.control(), sender, Control.CLOSING, NOTIFICATION, way, null_reverse_path=True)


def plan_closing_calibration(sender: Sender, numbers: Numbers) -> Probe:
    """Return the same for a relay that takes nothing from <>: what it must fail on makes it write from <> itself."""
    return replace(plan_calibration(sender, numbers)[0], control=Control.CLOSING)


def plan_second_catch_controls(sender: Sender, numbers: Numbers, second: str, way: Way, *, ndn: bool) -> list[Probe]:
    """Return the controls of the second catch address, with `ndn` a DSN: silence towards it must mean something too."""
    other = replace(sender, catch_address=second)
    ordinary = _own(numbers.control(), other, Control.CATCH_SECOND, ORDINARY, way)
    if not ndn:
        return [ordinary]
    return [ordinary, _own(numbers.control(), other, Control.CATCH_SECOND, NOTIFICATION, way, null_reverse_path=True)]


def plan_calibration(sender: Sender, numbers: Numbers) -> list[Probe]:
    """Return what the relay must fail on: our own catch MX refuses one, the other's host does not exist."""
    domain = domain_of(sender.catch_address)
    first = numbers.control()
    secret = derive(sender.key, sender.run_id, first, "recipient")[1:]
    refused = Recipient(address=f"refused.{secret}@{domain}", role=Role.REFUSED)
    controls = [(first, Control.CALIBRATION_REFUSED, refused)]
    if not domain.startswith("["):
        host = f"unreachable-{secret[:8]}.{domain}"
        unreachable = Recipient(address=f"nobody@{host}", role=Role.UNREACHABLE)
        controls.append((numbers.control(), Control.CALIBRATION_UNREACHABLE, unreachable))
    return [
        addressed(probe_id, sender, kind="control", content=ORDINARY.name, recipients=(recipient,), control=control)
        for probe_id, control, recipient in controls
    ]


def plan_ndn_return(sender: Sender, numbers: Numbers, rewritten: str) -> Probe:
    """Return a DSN to our own rewritten reverse-path, to see whether the relay passes third parties' NDNs on."""
    recipient = Recipient(address=rewritten, role=Role.CATCH)
    return addressed(
        numbers.control(),
        sender,
        null_reverse_path=True,
        kind="control",
        content=NOTIFICATION.name,
        recipients=(recipient,),
        control=Control.NDN_RETURN,
        notify=False,
    )


def _own(
    probe_id: str,
    sender: Sender,
    control: Control,
    content: Content,
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
        content=content.name,
        recipients=(),
        control=control,
        notify=False,
        mail_exchanger=way.exchanger.host if way.exchanger else None,
        address=way.address,
        port=way.exchanger.port if way.exchanger else 25,
    )
    own = tagged(sender.catch_address, probe.token(Place.REVERSE_PATH), sender.tagging)
    return replace(probe, recipients=(Recipient(address=own, role=Role.CATCH),))
