"""What whoever runs a guilty server can look up, and what settles each doubt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from bsaudit.judge.example import example_of
from bsaudit.judge.inquiry import Inquiry
from bsaudit.judge.next_steps import next_steps
from bsaudit.judge.tried import Tried
from bsaudit.model.mail import Exchange, Host, MailExchanger, Route
from bsaudit.model.notification import Attribution, Hop, Kind
from bsaudit.model.probe import Acceptance, Control, CountsAs, Outcome, ProbeRecord, ReturnedMail, Settlement
from bsaudit.model.report import Client, HostEntry, Verdict
from bsaudit.model.run import RelayFacts, RunRecord, RunState
from bsaudit.model.settings import Recipe, RunSettings
from tests.support.judged import ACCEPTED, GOOD, NOW, TARGET, came, probe, taken

TOOK_AT = NOW + timedelta(seconds=1)
HOP = Hop(
    by="mx.acme.example",
    helo="out.relay.example",
    address="192.0.2.77",
    protocol="ESMTPS",
    queue_id="4XYZ1",
    at=TOOK_AT,
)
RUN = RunRecord(
    id="7f3a",
    key=b"k",
    started_at=NOW,
    route=Route.RELAY,
    state=RunState.FINISHED,
    targets=[TARGET],
    relay=RelayFacts(host="relay.example", addresses=("192.0.2.77",)),
    settings=RunSettings(recipe=Recipe(found_by="--config /etc/b.toml")),
)


def notice(*trace: Hop, prose: str = "Dear sender,\n\nI could not deliver.\n") -> ReturnedMail:
    mail = came(Kind.NDN, Attribution.TARGET)
    by = Host(host="mx.acme.example", address="192.0.2.5")
    return replace(
        mail,
        notification=replace(mail.notification, returned_trace=trace, prose=prose, mta_family="exim"),
        attributed=replace(mail.attributed, written_by=by, handed_over_by=by),
        file="kept/p01.eml",
    )


def guilty(*returned: ReturnedMail, **fields: Any) -> ProbeRecord:
    settled = Settlement(
        outcome=Outcome.BOUNCED,
        counts_as=CountsAs.BACKSCATTER,
        explanation="",
        accepted=Acceptance(shown_by="dsn", at=NOW),
    )
    return ProbeRecord(
        probe=replace(probe(), **fields), submission=taken(), returned=list(returned), settlement=settled
    )


def test_by_relay_the_targets_own_received_line_says_what_it_logged() -> None:
    inner = Hop(by="inner.acme.example", address="192.0.2.5", at=NOW)
    receipt = replace(
        ACCEPTED,
        notification=replace(
            ACCEPTED.notification,
            recipients=(
                replace(ACCEPTED.notification.recipients[0], diagnostic_code="250 2.0.0 Ok: queued as 4XYZ1A"),
            ),
        ),
    )
    told = example_of(guilty(notice(inner, HOP, Hop(by="relay.example")), receipt), TARGET, RUN)

    assert told is not None
    assert told.client == Client(address="192.0.2.77", ehlo="out.relay.example")
    assert told.host == HostEntry(name="mx.acme.example", address="192.0.2.5")
    assert (told.queue_id, told.tls, told.accepted.at) == ("4XYZ1", "ESMTPS", TOOK_AT)
    assert told.accepted.reply == "250 2.0.0 Ok: queued as 4XYZ1A"
    assert (told.envelope.mail_from, told.envelope.rcpt_to) == ("me+bt@inbox.example", ("who@acme.example",))
    assert told.notification.first_lines == ("Dear sender,", "I could not deliver.")
    assert (told.notification.from_, told.notification.file) == ("mx.acme.example [192.0.2.5]", "kept/p01.eml")
    assert told.transcript == ()
    assert told.search == "exigrep 4XYZ1 /var/log/exim4/mainlog"
    assert told.swaks == "swaks --server mx.acme.example --from YOU@YOUR.DOMAIN --to who@acme.example"


@pytest.mark.parametrize("trace", [(), (replace(HOP, by="mx.victim.example"),)])
def test_nobody_is_told_of_a_host_that_only_the_target_names_nor_to_write_to_it(trace: tuple[Hop, ...]) -> None:
    """A server may call itself by anybody's name; which of its hosts it was is not known then."""
    by = replace(notice().attributed, written_by=Host(host="mx.victim.example"))
    mail = replace(notice(*trace), attributed=by)
    told = example_of(guilty(mail), TARGET, RUN)
    assert told is not None
    assert told.host.name is None
    assert told.swaks == "swaks --server mx.acme.example --from YOU@YOUR.DOMAIN --to who@acme.example"


def test_directly_our_own_session_says_it() -> None:
    lines = (
        Exchange(at=NOW, command="EHLO audit.example", code=250),
        Exchange(at=NOW, command=".", code=250, text="OK"),
    )
    record = guilty(notice(), route=Route.DIRECT, mail_exchanger="mx.acme.example", address="192.0.2.5", port=2525)
    record.submission = replace(taken(), transcript=lines, queue_id="4DIRECT", tls="TLSv1.3")
    told = example_of(record, TARGET, replace(RUN, auditor_addresses=("198.51.100.9",)))

    assert told is not None
    assert told.client == Client(address="198.51.100.9", ehlo="audit.example")
    assert (told.queue_id, told.tls, told.accepted.reply) == ("4DIRECT", "TLSv1.3", "250 OK")
    assert told.transcript == lines
    assert told.swaks is not None
    assert "--port 2525" in told.swaks


def test_what_nobody_wrote_down_is_left_out_and_remote_text_is_harmless() -> None:
    hostile = notice(Hop(by="mx.acme.example", helo="\x1b]0;x\x07", queue_id="$(rm -rf /)"), prose="\x1b[2Jno")
    told = example_of(guilty(hostile), TARGET, replace(RUN, relay=None))

    assert told is not None
    assert (told.client.address, told.tls, told.accepted.reply) == (None, None, None)
    assert "\x1b" not in repr(told).encode("utf-8", "replace").decode("unicode_escape", "replace")
    assert told.search == "exigrep '$(rm -rf /)' /var/log/exim4/mainlog"


def test_what_did_not_come_back_is_no_example() -> None:
    assert example_of(guilty(ACCEPTED), TARGET, RUN) is None


SECOND = MailExchanger(host="mx2.acme.example", addresses=("192.0.2.6",))


def settled(outcome: Outcome, returned: tuple[ReturnedMail, ...] = (), **fields: Any) -> ProbeRecord:
    control = fields.pop("control", None)
    settlement = Settlement(outcome=outcome, counts_as=CountsAs.INCONCLUSIVE, explanation="", **fields)
    return ProbeRecord(
        probe=replace(probe(), control=control), submission=taken(), returned=list(returned), settlement=settlement
    )


UNKNOWN = came(Kind.NDN, Attribution.UNKNOWN)


@pytest.mark.parametrize(
    ("record", "options"),
    [
        (settled(Outcome.DEFERRED), ["--wait auto"]),
        (settled(Outcome.UNRESOLVED, unshown=True), ["--route both", "--relay-log FILE", "--relay URL"]),
        (settled(Outcome.REJECTED, control=Control.POSITIVE), ["--valid-recipient ADDR"]),
        (settled(Outcome.UNRESOLVED, (UNKNOWN,)), ["--save DIR"]),
        (
            settled(Outcome.UNRESOLVED, accepted=Acceptance(shown_by="dsn")),
            ["--catch-vouched-by TEXT", "--autoresponder ADDR"],
        ),
    ],
)
def test_every_doubt_names_what_would_settle_it(record: ProbeRecord, options: list[str]) -> None:
    run = replace(RUN, probes=[record])
    steps = next_steps(Verdict.INCONCLUSIVE, TARGET, Inquiry(run, GOOD), Tried())

    assert [step.command for step in steps] == [
        f"bsaudit probe --again 7f3a --config /etc/b.toml {option}" for option in options
    ]
    assert all(step.why for step in steps)
    assert next_steps(Verdict.BACKSCATTER, TARGET, Inquiry(run, GOOD), Tried()) == ()


def test_a_mail_exchanger_that_the_relay_did_not_use_is_tried_by_both_routes() -> None:
    run = replace(RUN, probes=[settled(Outcome.REJECTED)])
    shown = Tried(answered=TARGET.mail_exchangers, silent=(SECOND,))
    (step,) = next_steps(Verdict.INCONCLUSIVE, TARGET, Inquiry(run, GOOD), shown)

    assert step.command.endswith("--route both")
    assert "mx2.acme.example" in step.why


def test_a_run_that_was_cut_short_is_collected_first() -> None:
    run = replace(RUN, probes=[settled(Outcome.DEFERRED)], state=RunState.INTERRUPTED)
    steps = next_steps(Verdict.INCONCLUSIVE, TARGET, Inquiry(run, GOOD), Tried())

    assert steps[0].command == "bsaudit collect 7f3a --config /etc/b.toml"


@pytest.mark.parametrize("state", [RunState.FINISHED, RunState.INTERRUPTED])
def test_of_what_no_command_began_the_options_are_named_that_would_settle_it(state: RunState) -> None:
    """A program, or the demo: a whole command line could be about another server, or another mailbox."""
    run = replace(RUN, probes=[settled(Outcome.DEFERRED)], settings=RunSettings(), state=state)
    (step,) = next_steps(Verdict.INCONCLUSIVE, TARGET, Inquiry(run, GOOD), Tried())
    assert step.command == "--wait auto"
    assert step.why
