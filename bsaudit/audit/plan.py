"""From targets, catalogue and settings to the list of probes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from bsaudit.errors import UsageError
from bsaudit.judge import learn
from bsaudit.model.mail import MailExchanger, Route
from bsaudit.model.probe import Place, Probe, Recipient, Role
from bsaudit.model.run import TargetRecord
from bsaudit.model.settings import AuditSettings, Tagging
from bsaudit.probe.catalogue import CATALOGUE, KINDS, Shape
from bsaudit.probe.tagging import CANDIDATES, LOCAL_PART_LIMIT, domain_of, split, tagged
from bsaudit.probe.tokens import derive, tokens_for


class Sender(Struct, frozen=True, kw_only=True):
    """Whose addresses the probes carry, and the key of their tokens."""

    run_id: str
    key: bytes
    catch_address: str
    tagging: Tagging
    route: Route


class Way(Struct, frozen=True, kw_only=True):
    """Where a probe goes: by the relay (nothing set), or to one address of one mail exchanger."""

    exchanger: MailExchanger | None = None
    address: str | None = None


class Draft(Struct, frozen=True, kw_only=True):
    """A probe before it has a number. `recipient` None: somebody who does not exist, made up from the token."""

    kind: str
    shape: Shape
    role: Role
    way: Way
    recipient: str | None = None
    control: str | None = None


_ORDINARY = Shape("ordinary")


def chosen_kinds(settings: AuditSettings) -> tuple[str, ...]:
    """Return the kinds to send, in the catalogue's order. Raises UsageError for a name that is not in it."""
    for name in (*settings.kinds, *settings.skip):
        if name not in KINDS:
            known = ", ".join(KINDS)
            raise UsageError(f"there is no probe kind {name!r}", remedy=f"Kinds: {known}. See --list-kinds.")
    chosen = settings.kinds or tuple(row.kind for row in CATALOGUE if row.default)
    kept = (row for row in CATALOGUE if row.kind in chosen and row.kind not in settings.skip)
    return tuple(row.kind for row in kept if settings.route in row.routes)


def plan_target(
    sender: Sender, target: TargetRecord, kinds: Sequence[str], settings: AuditSettings, *, first: int = 1
) -> list[Probe]:
    """Return the probes of one target, positive controls first, at most `settings.max_probes` of them.

    The most telling shape of each kind goes before the second shape of any: a small budget still answers the
    main questions.
    """
    ways = _ways(target, sender.route)
    drafts = [*_positives(target, ways, settings), *_drafts(target, kinds, ways, settings)]
    chosen = drafts[: settings.max_probes]
    return [_probe(f"p{number:02}", draft, target, sender) for number, draft in enumerate(chosen, first)]


def _ways(target: TargetRecord, route: Route) -> tuple[Way, ...]:
    if route is Route.RELAY:
        return (Way(),)
    return tuple(Way(exchanger=mx, address=address) for mx in target.mail_exchangers for address in mx.addresses)


def _positives(target: TargetRecord, ways: Sequence[Way], settings: AuditSettings) -> Iterator[Draft]:
    recipient, role = valid_recipient(target, settings)
    for way in ways:
        yield Draft(kind="positive", shape=_ORDINARY, role=role, way=way, recipient=recipient, control=learn.POSITIVE)


def valid_recipient(target: TargetRecord, settings: AuditSettings) -> tuple[str, Role]:
    """Return an existing mailbox of the target: the user's word, the target itself, else postmaster@.

    RFC 5321 §4.5.1 demands that postmaster is accepted.
    """
    named = (*settings.valid_recipients, *((target.target,) if "@" in target.target else ()))
    for address in named:
        if domain_of(address).lower() == target.domain:
            return address, Role.VALID
    return f"postmaster@{target.domain}", Role.POSTMASTER


def _drafts(
    target: TargetRecord, kinds: Sequence[str], ways: Sequence[Way], settings: AuditSettings
) -> Iterator[Draft]:
    recipient, role = valid_recipient(target, settings)
    rows = [KINDS[kind] for kind in kinds]
    longest = max((len(row.shapes) for row in rows), default=0)
    for rank in range(longest):
        for row in rows:
            shape = row.shapes[rank] if rank < len(row.shapes) else None
            if shape is None or not shape.default:
                continue
            for way in ways if shape.each_exchanger else ways[:1]:
                to_nobody = row.role is Role.UNKNOWN
                yield Draft(
                    kind=row.kind,
                    shape=shape,
                    role=Role.UNKNOWN if to_nobody else role,
                    way=way,
                    recipient=None if to_nobody else recipient,
                )


def _probe(probe_id: str, draft: Draft, target: TargetRecord, sender: Sender) -> Probe:
    valid = draft.recipient or f"postmaster@{target.domain}"
    address = draft.recipient or f"{_local_part(draft.shape, probe_id, valid, sender)}@{target.domain}"
    exchanger = draft.way.exchanger
    return _addressed(
        probe_id,
        sender,
        kind=draft.kind,
        shape=draft.shape.name,
        content=draft.shape.content,
        recipients=(Recipient(address=address, role=draft.role),),
        control=draft.control,
        target=target.target,
        mail_exchanger=exchanger.host if exchanger else None,
        address=draft.way.address,
        port=exchanger.port if exchanger else 25,
    )


def _local_part(shape: Shape, probe_id: str, valid: str, sender: Sender) -> str:
    """Return the local-part of somebody who does not exist, and whom nobody can guess."""
    secret = derive(sender.key, sender.run_id, probe_id, "recipient")[1:]
    match shape.local_part:
        case "role":
            return f"support.{secret[:8]}"
        case "tagged":
            return f"{split(valid)[0]}+{secret[:8]}"
        case "long":
            return f"{secret}{secret}{secret}{secret}"[:LOCAL_PART_LIMIT]
        case "quoted":
            return f'"{secret[:5]} {secret[5:10]}"'
        case _:
            return secret[:10]


def _addressed(probe_id: str, sender: Sender, *, null_reverse_path: bool = False, **fields: object) -> Probe:
    """Return a probe with its tokens in place: different ones in reverse-path, From and Reply-To."""
    tokens = tokens_for(sender.key, sender.run_id, probe_id)
    domain = domain_of(sender.catch_address)

    def address(place: Place) -> str:
        return tagged(sender.catch_address, tokens[place], sender.tagging)

    return Probe(
        id=probe_id,
        route=fields.pop("route", sender.route),  # type: ignore[arg-type]
        reverse_path="" if null_reverse_path else address(Place.REVERSE_PATH),
        from_address=address(Place.FROM),
        reply_to=address(Place.REPLY_TO),
        message_id=f"<{tokens[Place.MESSAGE_ID]}@{domain.strip('[]')}>",
        envid=tokens[Place.ENVID],
        tokens=tokens,
        **fields,  # type: ignore[arg-type]
    )


# --- controls on our own side


def plan_catch_controls(sender: Sender, way: Way) -> list[Probe]:
    """Return the catch control, once in each style of tagging that is to be tried."""
    styles = CANDIDATES if sender.tagging is Tagging.AUTO else (sender.tagging,)
    return [
        _own(f"c{number:02}", replace(sender, tagging=style), learn.CATCH, "ordinary", way, shape=style.value)
        for number, style in enumerate(styles, 1)
    ]


def plan_ndn_controls(sender: Sender, way: Way, *, content: bool, first: int) -> list[Probe]:
    """Return the NDN controls: a plain DSN, and (for content probes) one that returns GTUBE and EICAR."""
    contents = ("returned-plain", "returned-content") if content else ("returned-plain",)
    return [
        _own(f"c{number:02}", sender, learn.NDN, name, way, null_reverse_path=True)
        for number, name in enumerate(contents, first)
    ]


def plan_calibration(sender: Sender, *, first: int) -> list[Probe]:
    """Return what the relay must fail on: our own catch MX refuses one, the other's host does not exist."""
    domain = domain_of(sender.catch_address)
    ids = [f"c{number:02}" for number in range(first, first + 2)]
    secret = derive(sender.key, sender.run_id, ids[0], "recipient")[1:]
    refused = Recipient(address=f"refused.{secret}@{domain}", role=Role.REFUSED)
    controls = [(learn.CALIBRATION_REFUSED, refused)]
    if not domain.startswith("["):
        host = f"unreachable-{secret[:8]}.{domain}"
        controls.append((learn.CALIBRATION_UNREACHABLE, Recipient(address=f"nobody@{host}", role=Role.UNREACHABLE)))
    return [
        _addressed(probe_id, sender, kind="control", content="ordinary", recipients=(recipient,), control=control)
        for probe_id, (control, recipient) in zip(ids, controls, strict=False)
    ]


def plan_ndn_return(sender: Sender, rewritten: str, *, first: int) -> Probe:
    """Return a DSN to our own rewritten reverse-path, to see whether the relay passes third parties' NDNs on."""
    recipient = Recipient(address=rewritten, role=Role.CATCH)
    return _addressed(
        f"c{first:02}",
        sender,
        null_reverse_path=True,
        kind="control",
        content="returned-plain",
        recipients=(recipient,),
        control=learn.NDN_RETURN,
        notify=False,
    )


def _own(
    probe_id: str,
    sender: Sender,
    control: str,
    content: str,
    way: Way,
    *,
    shape: str | None = None,
    null_reverse_path: bool = False,
) -> Probe:
    """Return a control that goes to our own catch address, tagged like a reverse-path."""
    probe = _addressed(
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
    own = tagged(sender.catch_address, probe.tokens[Place.REVERSE_PATH], sender.tagging)
    return replace(probe, recipients=(Recipient(address=own, role=Role.CATCH),))
