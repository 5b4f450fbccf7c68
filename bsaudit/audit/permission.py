"""Permission first: nothing is sent to a target before somebody has said that it may be."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from bsaudit.audit.tools import Confirm
from bsaudit.errors import DnsError, NoSuchDomain, NotAuthorized
from bsaudit.model.mail import Route
from bsaudit.model.probe import Role
from bsaudit.model.run import TargetRecord
from bsaudit.model.settings import AuditSettings
from bsaudit.ports import Resolver
from bsaudit.probe.plan import Choice

LABEL = "_bsaudit"


def record_text(catch_domain: str) -> str:
    """Return the TXT record by which a target allows audits whose catch mailbox lies in `catch_domain`."""
    return f"v=bsaudit1; catch={catch_domain}"


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
    if settings.authorized_by:
        return settings.authorized_by
    reached = [domain for target in targets if target.error is None for domain in (target.domain, *target.aliases)]
    if not reached:
        return None
    asked: list[str] = []
    unread: list[str] = []
    for domain in reached:
        try:
            if await _has_record(domain, catch_domain, resolver):
                continue
        except DnsError as error:
            unread.append(f" ({error.message})")
        asked.append(domain)
    if not asked:
        return f"TXT record {LABEL} of the target"
    names = ", ".join(dict.fromkeys(asked))
    if confirm is not None and confirm(f"Are you allowed to audit {names}, and shall test mail be sent to it now?"):
        return "the user, asked on the terminal"
    raise NotAuthorized(
        f"nobody has allowed an audit of {names}{''.join(unread[:1])}",
        remedy=(
            "Say who did with --authorized-by TEXT (or authorized_by in the file); "
            f"or {_by_record(asked, catch_domain)}; or answer yes on a terminal."
        ),
    )


def _by_record(domains: Iterable[str], catch_domain: str) -> str:
    """Say what to publish, below the first name that can have something below it: an address literal cannot."""
    named = next((domain for domain in domains if not domain.startswith("[")), None)
    text = f'the text "{record_text(catch_domain)}"'
    if named is None:
        return f"publish, for a domain but not for an address, the TXT record {LABEL}.DOMAIN with {text}"
    return f"publish the TXT record {LABEL}.{named} with {text}"


async def _has_record(domain: str, catch_domain: str, resolver: Resolver) -> bool:
    """Say whether the target itself publishes the permission; a wildcard that answers for every name is none.

    Raises DnsError where nobody can tell.
    """
    if domain.startswith("["):
        return False  # an address literal has no names below it
    wanted = record_text(catch_domain)
    try:
        if wanted not in await resolver.texts(f"{LABEL}.{domain}"):
            return False
        return wanted not in await resolver.texts(f"{LABEL}-{secrets.token_hex(8)}.{domain}")
    except NoSuchDomain:
        return False


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
