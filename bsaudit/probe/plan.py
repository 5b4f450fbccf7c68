"""From targets, catalogue and settings to the list of probes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, product

from msgspec import Struct
from msgspec.structs import replace

from bsaudit.errors import UsageError
from bsaudit.model.domain import ascii_address, ascii_domain
from bsaudit.model.mail import Route
from bsaudit.model.probe import Control, Difference, Probe, Recipient, Role
from bsaudit.model.run import TargetRecord
from bsaudit.model.settings import AuditSettings
from bsaudit.probe.addressing import Numbers, Sender, Way, addressed, asked_ways, domain_of_target, ways
from bsaudit.probe.catalogue import CATALOGUE, KINDS, ProbeKind, Shape, To
from bsaudit.probe.content import ORDINARY, RULE, Tested, Tries
from bsaudit.probe.step import Step, may_be_written_to, mx_host, recipients_of
from bsaudit.probe.tagging import domain_of
from bsaudit.probe.tokens import derive


class Choice(Struct, frozen=True, kw_only=True):
    """A kind with the shapes of it that are to be sent."""

    kind: ProbeKind
    shapes: tuple[Shape, ...]


_ORDINARY = Shape("ordinary")
# Asked by --route both where the relay goes: is who does not exist refused beside somebody who does?
_ASKED = Shape("random", To.WITH_RANDOM, rcpt_only=True)
ASKED = "unknown-recipient"


def choose(settings: AuditSettings) -> tuple[Choice, ...]:
    """Return what to send, in the catalogue's order: default rows and those whose address was named, or what was asked.

    `--probe KIND` takes the kind's default shapes, `KIND:SHAPE` that one, `KIND:all` every one. Raises UsageError for
    what is not in the catalogue, and for what was asked for and cannot be sent.
    """
    asked = [parsed(name) for name in settings.kinds]
    _refuse_vain(asked, settings)
    skipped = {parsed(name) for name in settings.skip}
    choices = []
    for row in CATALOGUE:
        shapes = _shapes(row, asked, settings)
        kept = tuple(shape for shape in shapes if not {(row.kind, name) for name in ("", "all", shape.name)} & skipped)
        if kept and _is_tried_by(row, settings.route):
            choices.append(Choice(kind=row, shapes=kept))
    if not choices:
        raise UsageError("nothing is left to be tried", remedy="Skip less; see --list-kinds.")
    return tuple(choices)


def _is_tried_by(row: ProbeKind, route: Route) -> bool:
    """Say whether a kind goes by `route`; by both, what the relay carries does, and to the other hosts what is told."""
    return (Route.RELAY if route is Route.BOTH else route) in row.routes


def _refuse_vain(asked: Sequence[tuple[str, str]], settings: AuditSettings) -> None:
    """Refuse what was asked for by name and would send nothing of its own: the target would be bothered in vain."""
    for kind, shape in asked:
        row = KINDS[kind]
        if not row.shapes:
            raise UsageError(f"{row.kind} cannot be asked for: it follows {row.needs}", remedy="Leave it out.")
        if not _is_tried_by(row, settings.route):
            route = min(row.routes)
            raise UsageError(f"{row.kind} is only tried by the {route} route", remedy=f"Add --route {route}.")
        if not _is_equipped(row, shape, settings):
            remedy = "Name it, in the domain of a target, or leave this probe out."
            raise UsageError(f"{row.kind} needs {row.needs or '--alias-domain DOMAIN'}", remedy=remedy)


def _is_equipped(row: ProbeKind, shape: str, settings: AuditSettings) -> bool:
    """Say whether the user named what only the user can know."""
    if row.kind == "rule":
        return bool(settings.rules)
    if (row.kind, shape) == ("unknown-recipient", "alias"):
        return bool(settings.alias_domains)
    return row.role not in _of_the_user(settings) or any(_is_at_target(settings, _named(row.role, settings)))


def _is_at_target(settings: AuditSettings, addresses: Sequence[str]) -> list[bool]:
    domains = set(map(domain_of_target, settings.targets))
    return [ascii_domain(domain_of(address)) in domains for address in addresses]


def test_contents(choices: Sequence[Choice], settings: AuditSettings) -> tuple[Tested, ...]:
    """Return each test content that the messages carry, once; of the user's own rules each."""
    shapes = [shape for choice in choices for shape in choice.shapes if shape.content.needs_consent]
    each = {shape.content.name: shape.content for shape in shapes}.values()
    rules = range(len(settings.rules))
    return tuple((content, rule) for content in each for rule in (rules if content is RULE else (None,)))


def parsed(name: str) -> tuple[str, str]:
    kind, _, shape = name.partition(":")
    row = KINDS.get(kind)
    if row is None:
        raise UsageError(f"there is no probe kind {kind!r}", remedy=f"Kinds: {', '.join(KINDS)}. See --list-kinds.")
    names = [known.name for known in row.shapes]
    if shape not in {"", "all", *names}:
        raise UsageError(f"{kind} has no shape {shape!r}", remedy=f"Shapes: {', '.join(names)}, all. See --list-kinds.")
    return kind, shape


def strangers(settings: AuditSettings) -> tuple[str, ...]:
    """Return the addresses that were named to be tried, or as valid, and lie in the domain of no target."""
    named = (*settings.valid_recipients, *chain.from_iterable(_of_the_user(settings).values()))
    at_target = _is_at_target(settings, named)
    return tuple(address for address, known in zip(named, at_target, strict=True) if not known)


def _shapes(row: ProbeKind, asked: Sequence[tuple[str, str]], settings: AuditSettings) -> tuple[Shape, ...]:
    if not asked:
        wanted = row.default or bool(_named(row.role, settings)) or (row.kind == "rule" and bool(settings.rules))
        return tuple(shape for shape in row.shapes if shape.default or _is_named(shape, settings)) if wanted else ()
    names = {shape for kind, shape in asked if kind == row.kind}
    if "all" in names:
        return row.shapes
    return tuple(shape for shape in row.shapes if shape.name in names or ("" in names and shape.default))


def _is_named(shape: Shape, settings: AuditSettings) -> bool:
    return shape.to is To.ALIAS and bool(settings.alias_domains)


def _named(role: Role, settings: AuditSettings) -> tuple[str, ...]:
    """Return the addresses that the user named for a role that only the user can know."""
    return _of_the_user(settings).get(role, ())


def _of_the_user(settings: AuditSettings) -> dict[Role, tuple[str, ...]]:
    return {
        Role.FULL: settings.full_recipients,
        Role.DISABLED: settings.disabled_recipients,
        Role.AUTORESPONDER: settings.autoresponders,
        Role.FORWARDER: settings.forwarders,
        Role.LIST: settings.mailing_lists,
    }


def plan_target(
    sender: Sender, numbers: Numbers, target: TargetRecord, choices: Sequence[Choice], settings: AuditSettings
) -> list[Probe]:
    """Return the probes of one target, at most `settings.max_probes` messages, each host's positive control first.

    The most telling shape of each kind goes before the second shape of any: a small budget still answers the
    main questions. Repetitions come last, when what they repeat has been answered.
    """
    probes: list[Probe] = []
    for step in _budgeted(target, choices, settings)[0]:
        probes.append(_probe(numbers.probe(), step, target, sender, probes))
        if step.control is Control.POSITIVE and probes[-1].route is Route.DIRECT:
            probes.append(_whether_trusted(numbers.probe(), probes[-1], sender))
    return probes


def _whether_trusted(probe_id: str, positive: Probe, sender: Sender) -> Probe:
    """Return the question whether the host of `positive` would pass mail on for us, as for users of its own.

    Asked for our own catch address, at RCPT, so that nothing is sent to anybody.
    """
    question = replace(
        addressed(probe_id, sender, kind="trusted", content=ORDINARY.name, recipients=()),
        control=Control.TRUSTED,
        target=positive.target,
        mail_exchanger=positive.mail_exchanger,
        address=positive.address,
        port=positive.port,
        rcpt_only=True,
        route=Route.DIRECT,
    )
    return replace(question, recipients=(Recipient(address=question.reverse_path, role=Role.CATCH),))


def _allowed(target: TargetRecord, settings: AuditSettings) -> tuple[str, ...]:
    """Return the domains that whoever allowed this audit allowed to be written to."""
    named = (ascii_domain(settings.mx[0]),) if settings.mx and settings.authorized_by else ()
    return (target.domain, *target.aliases, *map(domain_of_target, settings.targets), *named)


def _not_allowed(target: TargetRecord, choices: Sequence[Choice], settings: AuditSettings) -> Iterator[str]:
    """Say which of the shapes that were asked for write to a domain that nobody allowed."""
    for choice in choices:
        for shape in choice.shapes if any(shape.to is To.MX_HOST for shape in choice.shapes) else ():
            hosts = dict.fromkeys(mx_host(way, target) for way in ways(target, settings.route))
            strange = [host for host in hosts if not may_be_written_to(host, _allowed(target, settings))]
            if shape.to is To.MX_HOST and strange:
                yield f"{choice.kind.kind}:{shape.name} ({', '.join(strange)}: a domain that nobody allowed)"


def note_left_out(target: TargetRecord, choices: Sequence[Choice], settings: AuditSettings) -> None:
    """Note on `target` what `settings.max_probes` leaves no room for, and which mail exchangers nobody asks."""
    kept, dropped = _budgeted(target, choices, settings)
    asked = {step.way.host for step in kept if not step.control}
    target.planned_out = tuple(_not_allowed(target, choices, settings))
    target.left_out = tuple(dict.fromkeys(f"{step.kind}:{step.shape.name}" for step in dropped if not step.control))
    target.not_asked = tuple(dict.fromkeys(d.way.host for d in dropped if d.way.host and d.way.host not in asked))


def contents_of(target: TargetRecord, choices: Sequence[Choice], settings: AuditSettings) -> tuple[str, ...]:
    """Return the probes of a target, as `KIND:SHAPE`, that ask for more than a recipient."""
    kept, _ = _budgeted(target, choices, settings)
    return tuple(dict.fromkeys(f"{step.kind}:{step.shape.name}" for step in kept if is_of_content(step.shape)))


def is_of_content(shape: Shape) -> bool:
    """Say whether a shape tries what is the same for every domain of a host; another run's rules may be others."""
    return shape.content.tries is not Tries.RECIPIENT and shape.content is not RULE


def _budgeted(
    target: TargetRecord, choices: Sequence[Choice], settings: AuditSettings
) -> tuple[list[Step], list[Step]]:
    """Return what is sent, and what is not because it would be too much; what is only asked at RCPT is no message.

    No more hosts are asked than messages sent, all the same: a zone may name anybody's as its mail exchangers.
    """
    steps = sorted(_steps(target, choices, settings), key=lambda step: step.repeat)
    left = asked = settings.max_probes
    kept: list[Step] = []
    dropped: list[Step] = []
    for step in _with_positives(target, steps, settings):
        left -= not step.shape.rcpt_only
        asked -= step.control is Control.ASKED
        fits = asked >= 0 if step.control is Control.ASKED else left >= 0 or step.shape.rcpt_only
        (kept if fits else dropped).append(step)
    return kept, dropped


def _with_positives(target: TargetRecord, steps: Sequence[Step], settings: AuditSettings) -> Iterator[Step]:
    """Put the positive control of each host in front of what is first sent to it, and ask the relay's hosts first."""
    recipient, role = valid_recipient(target, settings)
    for way in asked_ways(target, settings.route):
        yield Step(kind=ASKED, shape=_ASKED, role=role, way=way, recipient=recipient, control=Control.ASKED)
    controlled = set()
    for step in steps:
        if step.way.address not in controlled:
            controlled.add(step.way.address)
            control = Control.POSITIVE
            yield Step(kind="positive", shape=_ORDINARY, role=role, way=step.way, recipient=recipient, control=control)
        yield step


def valid_recipient(target: TargetRecord, settings: AuditSettings) -> tuple[str, Role]:
    """Return an existing mailbox of the target: the user's word, the target itself, else postmaster@.

    RFC 5321 §4.5.1 demands that postmaster is accepted.
    """
    named = (*settings.valid_recipients, *((target.target,) if "@" in target.target else ()))
    for address in named:
        if ascii_domain(domain_of(address)) == target.domain:
            return ascii_address(address), Role.VALID
    return f"postmaster@{target.domain}", Role.POSTMASTER


def _steps(target: TargetRecord, choices: Sequence[Choice], settings: AuditSettings) -> Iterator[Step]:
    towards = ways(target, settings.route)
    longest = max((len(choice.shapes) for choice in choices), default=0)
    for rank in range(longest):
        for choice in choices:
            shown = target.content is not None and any(map(is_of_content, choice.shapes[rank : rank + 1]))
            if rank < len(choice.shapes) and not shown:
                yield from _shape_steps(target, choice.kind, choice.shapes[rank], towards, settings)


def _shape_steps(
    target: TargetRecord, row: ProbeKind, shape: Shape, ways: Sequence[Way], settings: AuditSettings
) -> Iterator[Step]:
    recipients, role = _starts(target, row, settings)
    if shape.to is To.ALIAS:
        recipients = tuple(f"postmaster@{alias}" for alias in target.aliases)
    if shape.to is To.MX_HOST:
        ways = tuple(way for way in ways if may_be_written_to(mx_host(way, target), _allowed(target, settings)))
    rules = range(len(settings.rules)) if shape.content is RULE else (None,)
    for way, recipient, rule in product(ways if shape.each_exchanger else ways[:1], recipients, rules):
        step = Step(kind=row.kind, shape=shape, role=role, way=way, recipient=recipient, rule=rule)
        yield step
        if shape.repeat:
            yield replace(step, repeat=True)


def _starts(target: TargetRecord, row: ProbeKind, settings: AuditSettings) -> tuple[tuple[str, ...], Role]:
    """Return the addresses that a kind starts from: those that the user named in this target's domain, if any."""
    if row.role in {Role.POSTMASTER, Role.ABUSE}:
        return (f"{row.role.value}@{target.domain}",), row.role
    if row.role in {Role.VALID, Role.UNKNOWN}:
        recipient, role = valid_recipient(target, settings)
        return (recipient,), row.role if row.role is Role.UNKNOWN else role
    named = dict.fromkeys(map(ascii_address, _named(row.role, settings)))
    return tuple(address for address in named if ascii_domain(domain_of(address)) == target.domain), row.role


def _probe(probe_id: str, step: Step, target: TargetRecord, sender: Sender, earlier: Sequence[Probe]) -> Probe:
    exchanger = step.way.exchanger
    probe = addressed(
        probe_id,
        sender,
        null_reverse_path=step.shape.null_reverse_path,
        kind=step.kind,
        shape=step.shape.name,
        content=step.shape.content.name,
        recipients=recipients_of(step, probe_id, target, sender),
        control=step.control,
        target=target.target,
        mail_exchanger=exchanger.host if exchanger else None,
        address=step.way.address,
        port=exchanger.port if exchanger else 25,
        rule=step.rule,
        rcpt_only=step.shape.rcpt_only,
        route=Route.DIRECT if exchanger else Route.RELAY,
    )
    return _again(probe, earlier) if step.repeat else probe


def _again(probe: Probe, earlier: Sequence[Probe]) -> Probe:
    """Return the second of two probes from the same addresses: it shows whether one sender is answered twice."""
    asked = (probe.kind, probe.shape, probe.recipients)
    first = next(other for other in earlier if (other.kind, other.shape, other.recipients) == asked)
    return replace(
        probe,
        repeats=first.id,
        difference=Difference.NOTHING,
        reverse_path=first.reverse_path,
        from_address=first.from_address,
        reply_to=first.reply_to,
    )


def plan_contact(probe: Probe, contact: str, sender: Sender, probe_id: str) -> Probe:
    """Return the question at RCPT whether `contact`, named in a bounce of `probe`, exists; nothing is sent."""
    secret = derive(sender.key, sender.run_id, probe_id, "recipient")[1:]
    nobody = f"{secret[:10]}@{domain_of(contact)}"
    return addressed(
        probe_id,
        sender,
        kind="contact",
        content=ORDINARY.name,
        recipients=(
            Recipient(address=contact, role=Role.POSTMASTER),
            Recipient(address=nobody, role=Role.UNKNOWN),
        ),
        target=probe.target,
        mail_exchanger=probe.mail_exchanger,
        address=probe.address,
        port=probe.port,
        rcpt_only=True,
        route=Route.DIRECT,
    )


def plan_repetition(probe: Probe, sender: Sender, difference: Difference, probe_id: str) -> Probe:
    """Return a bounced probe once more, from new tokens, with one thing different."""
    return addressed(
        probe_id,
        sender,
        kind=probe.kind,
        shape=probe.shape,
        content=probe.content,
        recipients=probe.recipients,
        target=probe.target,
        mail_exchanger=probe.mail_exchanger,
        address=probe.address,
        port=probe.port,
        rule=probe.rule,
        repeats=probe.id,
        difference=difference,
        route=probe.route,
        notify=difference is not Difference.WITHOUT_NOTIFY,
    )
