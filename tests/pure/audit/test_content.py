"""Who is spared test content within one run."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from bsaudit.audit.content import share_content
from bsaudit.judge.further import hosts_of
from bsaudit.model.mail import MailExchanger, Route
from bsaudit.model.report import ErrorEntry
from bsaudit.model.run import ContentShown, RunRecord, TargetRecord
from bsaudit.model.settings import AuditSettings, Extent
from bsaudit.probe.plan import choose

SETTINGS = AuditSettings(
    targets=(), route=Route.DIRECT, plan=Extent.RECIPIENTS, kinds=("unknown-recipient:random", "spam:gtube")
)


def at(domain: str, *addresses: str) -> TargetRecord:
    exchangers = tuple(MailExchanger(host="mx.example", addresses=(address,)) for address in addresses)
    return TargetRecord(target=domain, domain=domain, mail_exchangers=exchangers)


def shared(*targets: TargetRecord, settings: AuditSettings = SETTINGS, **earlier: ContentShown) -> list[str | None]:
    run = RunRecord(id="r", key=b"k", started_at=datetime.now(UTC), route=Route.DIRECT, targets=list(targets))
    known = {hosts_of(at("any.example", "192.0.2.1")): shown for shown in earlier.values()}
    share_content(run, settings, choose(settings), known)
    return [target.content and target.content.run + "/" + target.content.target for target in targets]


def test_the_first_domain_of_the_same_hosts_shows_it_for_the_others() -> None:
    first, second, other, more = (
        at("a.example", "192.0.2.1"),
        at("b.example", "192.0.2.1"),
        at("c.example", "192.0.2.2"),
        at("d.example", "192.0.2.1", "192.0.2.2"),
    )
    assert shared(first, second, other, more) == [None, "r/a.example", None, None]
    full = replace(SETTINGS, plan=Extent.FULL)
    assert shared(at("a.example", "192.0.2.1"), at("b.example", "192.0.2.1"), settings=full) == [None, None]


def test_who_is_not_audited_shows_nothing() -> None:
    gone = at("a.example", "192.0.2.1")
    gone.error = ErrorEntry(where="permission", message="nobody allowed it")
    assert shared(gone, at("b.example", "192.0.2.1"), at("c.example", "192.0.2.1")) == [None, None, "r/b.example"]


def test_an_earlier_run_shows_it_for_all_if_it_tried_all_of_it() -> None:
    both = at("a.example", "192.0.2.1"), at("b.example", "192.0.2.1")
    tried = ContentShown(run="e", target="a.example", probes=("spam:gtube",))
    assert shared(*both, earlier=tried) == ["e/a.example", "e/a.example"]
    assert shared(*both, earlier=replace(tried, probes=("virus:eicar",))) == [None, None]


def test_where_no_content_is_asked_for_nobody_is_spared_any() -> None:
    plain = replace(SETTINGS, kinds=("unknown-recipient:random",))
    assert shared(at("a.example", "192.0.2.1"), at("b.example", "192.0.2.1"), settings=plain) == [None, None]


def test_the_users_own_rules_are_tried_at_each() -> None:
    """Another run's may have been others."""
    ruled = replace(SETTINGS, kinds=("unknown-recipient:random", "rule"), rules=("Subject: x\n\nbuy\n",))
    assert shared(at("a.example", "192.0.2.1"), at("b.example", "192.0.2.1"), settings=ruled) == [None, None]
