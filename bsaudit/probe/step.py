"""A step of the plan, and whom it writes to. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from bsaudit.model.domain import is_below
from bsaudit.model.probe import Control, Recipient, Role
from bsaudit.model.run import TargetRecord
from bsaudit.probe.addressing import Sender, Way
from bsaudit.probe.catalogue import Shape, To
from bsaudit.probe.spelling import is_domain
from bsaudit.probe.tagging import LOCAL_PART_LIMIT, domain_of, split
from bsaudit.probe.tokens import derive


class Step(Struct, frozen=True, kw_only=True):
    """A step of the plan: a probe before it has a number. `recipient` is the address that the shape starts from."""

    kind: str
    shape: Shape
    role: Role
    way: Way
    recipient: str
    control: Control | None = None
    rule: int | None = None
    repeat: bool = False


def mx_host(way: Way, target: TargetRecord) -> str:
    """Return the name of the mail exchanger that a step goes to; by relay that of the first."""
    exchanger = way.exchanger or next(iter(target.mail_exchangers), None)
    return exchanger.host.lower().rstrip(".") if exchanger else target.domain


def may_be_written_to(host: str, domains: Iterable[str]) -> bool:
    """Say whether a mail exchanger's name is as good as a domain that was allowed: it lies in one of `domains`.

    Who allowed mail for a domain allowed none for its provider's. An address is no name.
    """
    is_name = is_domain(host) and not host.replace(".", "").isdigit()
    return is_name and any(is_below(host, domain) for domain in domains)


def recipients_of(step: Step, probe_id: str, target: TargetRecord, sender: Sender) -> tuple[Recipient, ...]:
    """Return whom a shape goes to; those who do not exist have names that nobody can guess."""
    secret = derive(sender.key, sender.run_id, probe_id, "recipient")[1:]
    named = Recipient(address=step.recipient, role=step.role)
    nobody = Recipient(address=f"{secret[:10]}@{target.domain}", role=Role.UNKNOWN)
    match step.shape.to:
        case To.NAMED:
            # A kind about nobody that starts from the valid recipient means that one (null reverse-path to real users).
            return (replace(named, role=Role.VALID) if named.role is Role.UNKNOWN else named,)
        case To.MIXED:
            return (replace(named, role=Role.VALID), nobody)
        case To.WITH_RANDOM:
            return (named, nobody)
        case To.ALIAS:
            return (replace(nobody, address=f"{secret[:10]}@{domain_of(step.recipient)}"),)
        case To.MX_HOST:
            return (replace(nobody, address=f"{secret[:10]}@{mx_host(step.way, target)}"),)
        case to:
            return (replace(nobody, address=f"{_local_part(to, secret, step.recipient)}@{target.domain}"),)


def _local_part(to: To, secret: str, valid: str) -> str:
    match to:
        case To.ROLE:
            return f"support.{secret[:8]}"
        case To.TAGGED:
            return f"{split(valid)[0]}+{secret[:8]}"
        case To.LONG:
            return (secret * 4)[:LOCAL_PART_LIMIT]
        case To.QUOTED:
            return f'"{secret[:5]} {secret[5:10]}"'
        case To.UTF8:
            return f"jürgen.{secret[:8]}"
        case _:
            return secret[:10]
