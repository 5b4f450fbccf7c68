"""Permission first: nothing is sent to a target before somebody has said that it may be, and never against its word.

`--authorized-by` is the user's word for the targets of that command line, with its `--mx`. A TXT record speaks for its
own domain at the mail exchangers that it publishes. `v=bsaudit1; deny` overrides both.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from bsaudit.audit.tools import Confirm
from bsaudit.errors import DnsError, NoSuchDomain, NotAuthorized
from bsaudit.model.domain import ascii_domain
from bsaudit.model.mail import Route
from bsaudit.model.probe import Role
from bsaudit.model.report import ErrorEntry
from bsaudit.model.run import TargetRecord
from bsaudit.model.settings import AuditSettings, Terms
from bsaudit.ports import Resolver
from bsaudit.probe.permission import DENY_TEXT, LABEL, allows, denies, record_name, record_text
from bsaudit.probe.plan import Choice

# Names looked up at once: hundreds take seconds, and no resolver is flooded.
AT_ONCE = 8


async def authorise(
    settings: AuditSettings,
    targets: Sequence[TargetRecord],
    catch_domain: str,
    resolver: Resolver,
    confirm: Confirm | None,
) -> str | None:
    """Return who allowed the audit, in words for the report. Raises NotAuthorized for the first target not allowed.

    None: there is no target to send anything to. One that does not resolve needs no permission, but its spelling
    looked at.
    """
    reached = [target for target in targets if target.error is None]
    if not reached:
        return None
    if settings.unattended:
        return await _each_by_itself(settings, reached, catch_domain, resolver)
    await _heed_denials(reached, resolver)
    _compare_exchangers(settings, reached)
    if settings.authorized_by:
        return settings.authorized_by
    asked: list[str] = []
    unread: list[str] = []
    for target in reached:
        for domain in (target.domain, *target.aliases):
            try:
                if await _allows_itself(domain, settings, catch_domain, resolver):
                    continue
            except DnsError as error:
                unread.append(f" ({error.message})")
            asked.append(domain)
    if not asked:
        return f"TXT record {LABEL} of the target"
    names = ", ".join(dict.fromkeys(asked)) + (f" at {settings.mx[0]} (--mx)" if settings.mx else "")
    if confirm is not None and confirm(f"Are you allowed to audit {names}, and shall test mail be sent to it now?"):
        return "the user, asked on the terminal"
    raise NotAuthorized(
        f"nobody has allowed an audit of {names}{''.join(unread[:1])}",
        remedy=(
            "Say who did with --authorized-by TEXT (or authorized_by in the file); "
            f"or {_by_record(asked, catch_domain, settings)}; or answer yes on a terminal."
        ),
    )


async def _each_by_itself(
    settings: AuditSettings, targets: Sequence[TargetRecord], catch_domain: str, resolver: Resolver
) -> str | None:
    """Return who allowed the audit of any of them; why one must not be audited stands on it."""
    terms = {one.target: one for one in settings.terms}
    room = asyncio.Semaphore(AT_ONCE)

    async def allowed(target: TargetRecord) -> str | None:
        own = terms.get(target.target, Terms(target=target.target))
        alone = replace(
            settings,
            authorized_by=own.authorized_by or settings.authorized_by,
            expected_mx=own.expected_mx or settings.expected_mx,
            unattended=False,
        )
        try:
            async with room:
                return await authorise(alone, [target], catch_domain, resolver, None)
        except NotAuthorized as error:
            target.error = ErrorEntry(where=error.where, message=error.message, remedy=error.remedy)
            return None

    said = await asyncio.gather(*map(allowed, targets))
    return "; ".join(dict.fromkeys(filter(None, said))) or None


def _by_record(domains: Iterable[str], catch_domain: str, settings: AuditSettings) -> str:
    """Say what to publish, below the first name that can have something below it: an address literal cannot."""
    named = next((domain for domain in domains if not domain.startswith("[")), None)
    text = f'the text "{record_text(catch_domain)}"'
    if named is None:
        return f"publish, for a domain but not for an address, the TXT record {LABEL}.DOMAIN with {text}"
    elsewhere = "; it allows the published mail exchangers only, not another --mx" if settings.mx else ""
    return f"publish the TXT record {record_name(named)} with {text}{elsewhere}"


async def _allows_itself(domain: str, settings: AuditSettings, catch_domain: str, resolver: Resolver) -> bool:
    """Say whether a domain allows it to be audited, where the probes go. Raises DnsError where nobody can tell."""
    if not await _has_record(domain, catch_domain, resolver):
        return False
    return settings.mx is None or await _publishes(domain, settings.mx[0], resolver)


async def _publishes(domain: str, mx: str, resolver: Resolver) -> bool:
    """Say whether `mx`, a host or an address, is one of the mail exchangers of `domain`, by the addresses of both."""
    published = {address for exchanger in await resolver.mail_exchangers(domain) for address in exchanger.addresses}
    forced = set(await resolver.addresses(mx))
    return bool(forced) and forced <= published


async def _has_record(domain: str, catch_domain: str, resolver: Resolver) -> bool:
    """Say whether the target itself publishes the permission; a wildcard that answers for every name is none.

    Raises DnsError where nobody can tell.
    """
    if domain.startswith("["):
        return False  # an address literal has no names below it
    try:
        if not allows(await resolver.texts(record_name(domain)), catch_domain):
            return False
        return not allows(await resolver.texts(f"{LABEL}-{secrets.token_hex(8)}.{domain}"), catch_domain)
    except NoSuchDomain:
        return False


async def _heed_denials(targets: Iterable[TargetRecord], resolver: Resolver) -> None:
    """Raise NotAuthorized where a domain, or a mail exchanger by its name, does not want to be tested by anybody."""
    room = asyncio.Semaphore(AT_ONCE)

    async def denied(name: str) -> bool:
        async with room:
            try:
                return denies(await resolver.texts(record_name(name)))
            except DnsError:
                return False  # nobody can read it: then it is no word against the one that was given

    names = tuple(dict.fromkeys(name for target in targets for name in _names(target)))
    said = await asyncio.gather(*map(denied, names))
    if against := [name for name, no in zip(names, said, strict=True) if no]:
        raise NotAuthorized(
            f"{', '.join(against)} must not be audited, whoever allowed it",
            remedy=f'Its owner says so in the TXT record {record_name(against[0])}: "{DENY_TEXT}". Leave it out.',
        )


def _names(target: TargetRecord) -> Iterator[str]:
    """Return the names of a target that can have a record below them, in lower case."""
    hosts = (exchanger.host.lower().rstrip(".") for exchanger in target.mail_exchangers)
    for name in (target.domain, *target.aliases, *hosts):
        if not (name.startswith("[") or ":" in name or name.replace(".", "").isdigit()):
            yield name


def _compare_exchangers(settings: AuditSettings, targets: Iterable[TargetRecord]) -> None:
    """Raise NotAuthorized where a target's mail exchangers are not those for which permission was given."""
    expected = set(map(ascii_domain, settings.expected_mx))
    for target in targets if expected else ():
        found = {exchanger.host.lower().rstrip(".") for exchanger in target.mail_exchangers}
        if found != expected:
            raise NotAuthorized(
                f"the mail exchangers of {target.domain} are {', '.join(sorted(found))}, and permission was given for "
                f"{', '.join(sorted(expected))} (expected_mx)",
                remedy="Ask again, whoever runs them now, and change expected_mx.",
            )


def consented(settings: AuditSettings, choices: Sequence[Choice]) -> tuple[tuple[Choice, ...], tuple[str, ...]]:
    """Split `choices` into what may be sent and the names of what lacks the relay owner's consent.

    Raises NotAuthorized if one of the latter was asked for by name.
    """
    if settings.route is Route.DIRECT or settings.relay_permission:
        return tuple(choices), ()
    lacking = tuple(
        f"{choice.kind.kind}:{shape.name}"
        for choice in choices
        for shape in choice.shapes
        if shape.content.needs_consent
    )
    asked = {name.partition(":")[0] for name in settings.kinds}
    if any(name.partition(":")[0] in asked for name in lacking):
        raise NotAuthorized(
            f"test content ({', '.join(lacking)}) must not go through a relay whose owner has not agreed",
            remedy="Say who did with --relay-permission TEXT, or leave these probes out. Relays suspend such accounts.",
        )
    kept = (
        replace(choice, shapes=tuple(shape for shape in choice.shapes if not shape.content.needs_consent))
        for choice in choices
    )
    return tuple(choice for choice in kept if choice.shapes), lacking


def third_parties(settings: AuditSettings, choices: Sequence[Choice], confirm: Confirm | None) -> None:
    """See that mail which others receive too has their permission. Raises NotAuthorized."""
    addresses = (*settings.forwarders, *settings.mailing_lists)
    concerned = any(choice.kind.role in {Role.FORWARDER, Role.LIST} for choice in choices)
    if not (addresses and concerned) or settings.third_party_permission:
        return
    names = ", ".join(addresses)
    if confirm is not None and confirm(f"Mail to {names} reaches others. Have they agreed to receive a test message?"):
        return
    raise NotAuthorized(
        f"mail to {names} reaches others than the target, and nobody says that they agreed",
        remedy="Say who did with --third-party-permission TEXT, or answer yes on a terminal.",
    )
