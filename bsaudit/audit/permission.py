"""Permission first: nothing is sent to a target before somebody has said that it may be."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from bsaudit.audit.tools import Confirm
from bsaudit.errors import DnsError, NotAuthorized
from bsaudit.model.mail import Route
from bsaudit.model.run import TargetRecord
from bsaudit.model.settings import AuditSettings
from bsaudit.ports import Resolver
from bsaudit.probe.catalogue import KINDS

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
) -> str:
    """Return who allowed the audit, in words for the report. Raises NotAuthorized for the first target not allowed."""
    if settings.authorized_by:
        return settings.authorized_by
    asked = [target.domain for target in targets if not await _has_record(target.domain, catch_domain, resolver)]
    if not asked:
        return f"TXT record {LABEL} of the target"
    names = ", ".join(dict.fromkeys(asked))
    if confirm is not None and confirm(f"Are you allowed to audit {names}, and shall test mail be sent to it now?"):
        return "the user, asked on the terminal"
    raise NotAuthorized(
        f"nobody has allowed an audit of {names}",
        remedy=(
            "Say who did with --authorized-by TEXT (or authorized_by in the file); or publish the TXT record "
            f'{LABEL}.{asked[0]} with the text "{record_text(catch_domain)}"; or answer yes on a terminal.'
        ),
    )


async def _has_record(domain: str, catch_domain: str, resolver: Resolver) -> bool:
    """Say whether the target itself publishes the permission; a wildcard that answers for every name is none."""
    wanted = record_text(catch_domain)
    try:
        if wanted not in await resolver.texts(f"{LABEL}.{domain}"):
            return False
        return wanted not in await resolver.texts(f"{LABEL}-{secrets.token_hex(8)}.{domain}")
    except DnsError:
        return False


def consented_kinds(settings: AuditSettings, kinds: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split `kinds` into those that may be sent and those that lack the relay owner's consent.

    Raises NotAuthorized if one of the latter was asked for by name.
    """
    if settings.route is Route.DIRECT or settings.relay_permission:
        return tuple(kinds), ()
    lacking = tuple(kind for kind in kinds if KINDS[kind].consent)
    if set(lacking) & set(settings.kinds):
        raise NotAuthorized(
            f"test content ({', '.join(lacking)}) must not go through a relay whose owner has not agreed",
            remedy="Say who did with --relay-permission TEXT, or leave these probes out. Relays suspend such accounts.",
        )
    return tuple(kind for kind in kinds if kind not in lacking), lacking
