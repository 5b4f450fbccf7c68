from __future__ import annotations

import json
import shlex
from io import StringIO
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.console import Console

from bsaudit.model.mail import Host, Route, Stage
from bsaudit.model.notification import Attribution, Kind
from bsaudit.model.probe import CountsAs, Difference, Outcome
from bsaudit.model.report import (
    Accepted,
    Basis,
    CatchEntry,
    ChangeEntry,
    Client,
    Envelope,
    Example,
    ExchangerEntry,
    HandedBack,
    HostEntry,
    Next,
    ProbeEntry,
    Severity,
    Verdict,
)
from bsaudit.report import json as as_json
from bsaudit.report import text, words
from bsaudit.report.section import Tone
from bsaudit.report.table import table
from bsaudit.report.view import Row, view
from bsaudit.text import clean_line
from tests.support.reports import (
    ALL,
    BACKSCATTER,
    BOUNCED,
    CLEAN,
    EVERY,
    FINDING,
    INCONCLUSIVE,
    SILENT,
    START,
    UNRESOLVED,
    notification,
    probe,
    report,
    run,
    target,
)

WIDTHS = (40, 60, 80, 100, 200)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_report_fits_the_terminal(name: str, width: int) -> None:
    lines = text.render(ALL[name], width=width, color=False).splitlines()

    assert max(map(len, lines)) <= width


@pytest.mark.parametrize("name", EVERY)
def test_every_probe_of_the_json_is_a_row(name: str) -> None:
    told = json.loads(as_json.render(EVERY[name]))
    flat = "".join(text.render(EVERY[name], width=100, color=False, verbose=True).split())
    for entry in (entry for one in told["targets"] for entry in one["probes"]):
        to = clean_line(entry["recipients"][-1]["address"]).removesuffix("example.org")
        assert "".join(to.partition("@")[0].split()) in flat
        assert "".join(clean_line(entry["kind"]).split()) in flat


@pytest.mark.parametrize("width", WIDTHS)
def test_no_width_loses_a_fact(width: int) -> None:
    flat = "".join(text.render(BACKSCATTER, width=width, color=False).split())

    for fact in (
        "550 5.1.1",
        "BOUNCED",
        "4.1 s",
        "mx2.example.org",
        "silent for 5 min",
        "end of data, 554",
        "decisive",
    ):
        assert "".join(fact.split()) in flat


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_a_hosts_name_stays_in_one_line(width: int) -> None:
    host = "a-mail-exchanger-of-theirs.mail.example.org"
    long = replace(BOUNCED, written_by=Host(host=host), kind="a-kind-with-quite-a-long-name")
    shown = text.render(
        report(
            target(Verdict.BACKSCATTER, Basis.EVIDENCE, "why", SILENT, long), verdict=Verdict.BACKSCATTER, exit_code=1
        ),
        width=width,
        color=False,
    )

    assert host in shown
    assert max(map(len, shown.splitlines())) <= width


def test_a_row_that_would_wrap_is_stacked_and_the_others_stay_side_by_side() -> None:
    rows = [row(kind) for kind in ("spam", "virus", "a kind whose name is longer than all the others")]
    lines = laid_out(rows, 64)

    assert [line.split()[0] for line in lines[:3]] == ["probe", "spam", "virus"]
    assert lines[1].index("rejected") == lines[2].index("rejected")
    assert lines[3].endswith("the others  rejected, 550")
    assert lines[4].strip() == "to postmaster@ · after 1 s · by mx.example.org"


def row(kind: str) -> Row:
    return Row(
        probe=kind,
        sent_to="postmaster@",
        outcome="rejected, 550",
        after="1 s",
        written_by="mx.example.org",
        tone=Tone.GOOD,
    )


def laid_out(rows: list[Row], width: int) -> list[str]:
    console = Console(file=StringIO(), width=width, color_system=None)
    with console.capture() as captured:
        for part in table(rows, width):
            console.print(part)
    return [line.rstrip() for line in captured.get().splitlines()]


@pytest.mark.parametrize("width", [40, 50, 60, 70])
def test_a_stacked_row_is_broken_between_its_parts(width: int) -> None:
    row = Row(
        probe="unknown-recipient (random)",
        sent_to="postmaster@, zp5sfcldmd@",
        outcome="BOUNCED, 550 5.1.1",
        after="1.1 s",
        written_by="mx.gateway.example.org",
        tone=Tone.BAD,
    )
    lines = laid_out([row], width)
    assert all(len(line) <= width for line in lines)
    for part in (row.probe, row.outcome, f"to {row.sent_to}", "after 1.1 s", "by mx.gateway.example.org"):
        assert any(part in line for line in lines), part


NOTICE = ("Undelivered mail: your", "message could not be delivered.")


def test_the_proof_can_be_looked_up_and_repeated_without_us() -> None:
    example = Example(
        probe="p1",
        envelope=Envelope(mail_from="probe+k7@catch.example.net", rcpt_to=("qz4kd8w1@example.org",)),
        message_id="<k7@catch.example.net>",
        queue_id="4XYZ",
        client=Client(address="192.0.2.9", ehlo="mail.example.net"),
        host=HostEntry(name="mx2.example.org", address="192.0.2.2"),
        tls="TLSv1.3",
        accepted=Accepted(at=START, reply="250 2.0.0 Ok: queued as 4XYZ"),
        transcript=(),
        notification=HandedBack(
            at=START,
            from_="mx2.example.org [192.0.2.2]",
            first_lines=("Undelivered mail: your", "message could not be delivered."),
            file="a.eml",
        ),
        swaks="swaks --server mx2.example.org",
        search="grep -F 4XYZ /var/log/mail.log",
    )
    proven = replace(BACKSCATTER.targets[0], example=example, messages_sent=5)
    shown = text.render(replace(BACKSCATTER, targets=(proven,)), width=120, color=False)

    for fact in (
        "mx2.example.org [192.0.2.2] took this message from 192.0.2.9 (EHLO mail.example.net)",
        "2026-03-01T10:02:00.000Z (TLS: TLSv1.3)",
        "MAIL FROM:<probe+k7@catch.example.net>",
        "Message-ID: <k7@catch.example.net>",
        "answered: 250 2.0.0 Ok: queued as 4XYZ",
        "handed this to our mailbox at 2026-03-01T10:02:00.000Z",
        "– “Undelivered mail: your message could not be delivered.”",
        "the whole of it: a.eml",
        "swaks --server mx2.example.org",
        "grep -F 4XYZ /var/log/mail.log",
        "RFC 5321 §6.1 obliges",
        "5 messages to example.org, in run 7f3a of 2026-03-01 10:02 UTC by bsaudit 0.1.0;",
        "permitted by A. Admin; nobody",
        "nobody else was written to",
    ):
        assert fact in shown or fact in " ".join(shown.split()), fact


def test_what_would_settle_a_doubt_stands_under_it() -> None:
    step = Next(command="bsaudit probe --again 7f3a --wait auto", why="it put mail off")
    doubtful = replace(INCONCLUSIVE.targets[0], next=(step,))
    shown = text.render(replace(INCONCLUSIVE, targets=(doubtful,)), width=100, color=False)

    assert "\n  Next   it put mail off\n         – bsaudit probe --again 7f3a --wait auto\n" in shown


@pytest.mark.parametrize(
    ("kind", "said"),
    [("imap", "looks for late answers"), ("sink", "the built-in catch MX has stopped")],
)
def test_late_answers_are_promised_only_where_somebody_will_hear_them(kind: str, said: str) -> None:
    stopped = run(complete=False, again="bsaudit probe --again 7f3a --config b.toml", catch=CatchEntry(kind=kind))
    shown = " ".join(text.render(replace(INCONCLUSIVE, run=stopped), width=200, color=False).split())

    assert '"bsaudit collect 7f3a --config b.toml"' in shown
    assert said in shown


def test_the_verdict_stands_first() -> None:
    first = text.render(BACKSCATTER, width=100, color=False).splitlines()[0]

    assert first.split() == ["example.org", "BACKSCATTER"]


def test_what_the_verdict_is_limited_to_stands_beside_it() -> None:
    limited = msgspec.structs.replace(BACKSCATTER.targets[0], qualification="to authenticated reverse-paths only")
    first = text.render(msgspec.structs.replace(BACKSCATTER, targets=(limited,)), width=100, color=False).splitlines()[
        0
    ]

    assert first == "example.org   BACKSCATTER   to authenticated reverse-paths only"


def test_a_repeated_probe_says_what_was_different() -> None:
    again = msgspec.structs.replace(BOUNCED, repeats="p1", difference=Difference.WITHOUT_NOTIFY)

    assert words.label(again) == "unknown-recipient, without NOTIFY"


def test_why_fix_again_and_held_follow_in_this_order() -> None:
    shown = text.render(BACKSCATTER, width=100, color=False)

    places = [shown.index(f"\n  {label} ") for label in ("Why", "Fix", "Again", "Held", "Run")]
    assert places == sorted(places)


def test_what_counts_as_backscatter_is_in_capitals_without_color() -> None:
    shown = text.render(BACKSCATTER, width=100, color=False)

    assert "BOUNCED" in shown
    assert "rejected at RCPT, 550 5.1.1" in shown


def test_inconclusive_shares_neither_words_nor_colors_with_clean() -> None:
    clean = text.render(CLEAN, width=100, color=True).splitlines()[0]
    unknown = text.render(INCONCLUSIVE, width=100, color=True).splitlines()[0]

    assert "CLEAN" in clean
    assert "\x1b[1;32m" in clean
    assert "CLEAN" not in unknown.upper()
    assert "32m" not in unknown
    assert "\x1b[1;33m" in unknown


def test_an_unresolved_probe_is_not_shown_as_good() -> None:
    row = next(line for line in text.render(INCONCLUSIVE, width=100, color=True).splitlines() if "unresolved" in line)

    assert "\x1b[33munresolved" in row
    assert "32m" not in row


def test_a_failed_control_is_told_apart_from_those_that_held() -> None:
    lines = text.render(INCONCLUSIVE, width=120, color=False).splitlines()

    failed = next(line for line in lines if line.startswith("  Failed"))
    assert "NDN control: the control NDN did not reach" in failed
    assert next(line for line in lines if line.startswith("  Held")).split() == ["Held", "catch", "1.2", "s"]


def told_of(*controls: ProbeEntry) -> dict[str, str]:
    """Return what the sections of the run say of these controls."""
    shown = text.render(report(verdict=Verdict.CLEAN, exit_code=0, run=run(controls=controls)), width=200, color=False)
    return {line[2:8].strip(): line[9:].strip() for line in shown.splitlines() if line.strip()}


def control(name: str, outcome: Outcome = Outcome.ACCEPTED_SILENTLY, **fields: Any) -> ProbeEntry:
    counts_as = fields.pop("counts_as", CountsAs.GOOD)
    return probe(outcome, counts_as, kind="control", control=name, **fields)


def test_the_positive_control_is_a_row_of_its_target() -> None:
    rows = view(CLEAN).targets[0].rows

    assert [row.probe for row in rows[:2]] == ["positive control", "unknown-recipient"]
    assert rows[0].sent_to == "postmaster@"
    assert "postmaster" not in told_of(*CLEAN.run.controls)["Held"]


def test_controls_of_one_name_are_told_once_with_all_their_times() -> None:
    told = told_of(control("catch", seconds=1.2), control("ndn", seconds=1.4), control("ndn", seconds=0.3))

    assert told["Held"] == "catch 1.2 s · NDN control 1.4 s, 0.3 s"


def test_a_control_that_the_relay_would_not_have_held_by_the_direct_route() -> None:
    refused = control("ndn", Outcome.REFUSED_BY_RELAY, counts_as=CountsAs.INCONCLUSIVE)

    assert "Failed" in told_of(refused)
    assert told_of(refused, control("ndn", route=Route.DIRECT, seconds=0.3)) == {
        "Held": "NDN control 0.3 s",
        "Run": told_of(refused)["Run"],
    }


def test_the_gravest_finding_stands_first() -> None:
    low = msgspec.structs.replace(FINDING, title="A trifle", severity=Severity.LOW)
    found = target(Verdict.CLEAN, Basis.REJECTED, "why", findings=(low, FINDING))
    shown = text.render(report(found, verdict=Verdict.CLEAN, exit_code=0), width=100, color=False)

    assert "The NDN returns the virus (medium, ndn-returns-virus): It came back whole [RFC 5321 §6.2]" in shown
    assert shown.index("The NDN returns the virus") < shown.index("A trifle")


def test_callouts_that_nobody_could_see_are_not_passed_over() -> None:
    assert "callouts not observed" in text.render(BACKSCATTER, width=100, color=False)
    run = msgspec.structs.replace(BACKSCATTER.run, sees_callouts=True)
    seen = msgspec.structs.replace(BACKSCATTER, run=run)
    assert "callouts" not in text.render(seen, width=100, color=False)


def test_what_was_only_asked_at_rcpt_is_not_called_silent() -> None:
    asked = msgspec.structs.replace(
        BOUNCED, outcome=Outcome.ACCEPTED_SILENTLY, counts_as=CountsAs.GOOD, seconds=None, stage=Stage.RCPT
    )
    assert words.outcome(asked) == "accepted at RCPT"


def test_only_the_targets_own_domain_is_left_out_of_an_address() -> None:
    assert words.shortened("who@acme.example", "acme.example") == "who@"
    assert words.shortened("who@mx.acme.example", "acme.example") == "who@mx.acme.example"


def test_an_unfinished_run_says_how_to_go_on() -> None:
    assert "bsaudit collect 7f3a" in text.render(INCONCLUSIVE, width=100, color=False)


def test_what_late_answers_changed_is_told_by_name_and_in_the_words_of_the_table() -> None:
    changes = (
        ChangeEntry(what=UNRESOLVED.id, before="unresolved", after="accepted_silently"),
        ChangeEntry(what="example.org", before="inconclusive", after="clean"),
    )
    shown = text.render(replace(INCONCLUSIVE, changes=changes), width=100, color=False)
    assert "spam (offer) to postmaster@example.org: accepted, silent (was unresolved)" in shown
    assert "example.org: CLEAN (was INCONCLUSIVE)" in shown


@pytest.mark.parametrize("verbose", [False, True])
def test_why_the_relay_is_believed_to_have_reported_a_refusal_is_told_on_request(verbose: bool) -> None:
    """Beside a deferral it reads as if it were said against the target."""
    reported = notification(kind=Kind.NDN, attribution=Attribution.RELAY)
    entry = target(Verdict.INCONCLUSIVE, Basis.NONE, "put off", replace(UNRESOLVED, notifications=(reported,)))
    judged = report(entry, verdict=Verdict.INCONCLUSIVE, exit_code=3)
    assert ("decisive" in text.render(judged, width=100, color=False, verbose=verbose)) is verbose


@pytest.mark.parametrize("verbose", [False, True])
def test_who_wrote_a_receipt_is_no_reason_why_something_is_not_known(verbose: bool) -> None:
    unsettled = replace(UNRESOLVED, notifications=(notification(kind=Kind.RELAYED),))
    entry = target(Verdict.INCONCLUSIVE, Basis.NONE, "one probe settled nothing", unsettled)
    judged = report(entry, verdict=Verdict.INCONCLUSIVE, exit_code=3)
    assert "decisive" not in text.render(judged, width=100, color=False, verbose=verbose)


@pytest.mark.parametrize("verbose", [False, True])
def test_the_relays_receipt_does_not_contradict_the_bounce_beside_it(verbose: bool) -> None:
    of_relay = notification("the relay wrote it", kind=Kind.RELAYED, attribution=Attribution.RELAY)
    both = replace(BOUNCED, notifications=(*BOUNCED.notifications, of_relay))
    judged = report(
        target(Verdict.BACKSCATTER, Basis.EVIDENCE, "it bounced", both), verdict=Verdict.BACKSCATTER, exit_code=1
    )
    assert "the relay wrote it" not in text.render(judged, width=100, color=False, verbose=verbose)


def test_a_run_that_goes_on_is_not_to_be_collected() -> None:
    goes_on = replace(INCONCLUSIVE, run=run(complete=False, state="running"))
    shown = text.render(goes_on, width=100, color=False)
    assert "Still under way" in shown
    assert "collect" not in shown


def test_an_error_is_told_with_its_remedy() -> None:
    shown = text.render(ALL["failed"], width=100, color=False)

    assert "relay: the relay refused the password" in shown
    assert "Check the user name." in shown


def test_verbose_adds_the_explanation_of_good_probes() -> None:
    assert "virus (eicar): virus was rejected" not in text.render(BACKSCATTER, width=100, color=False)
    assert "virus (eicar): virus was rejected" in text.render(BACKSCATTER, width=100, color=False, verbose=True)


def test_probes_that_ended_alike_are_told_once() -> None:
    twin = msgspec.structs.replace(BOUNCED, kind="spam", shape="gtube", explanation="bounced 5 s later")
    shown = report(
        target(Verdict.BACKSCATTER, Basis.EVIDENCE, "why", BOUNCED, twin), verdict=Verdict.BACKSCATTER, exit_code=1
    )

    short = text.render(shown, width=120, color=False)
    assert "likewise spam (gtube)" in short
    assert "bounced 5 s later" not in short
    assert "bounced 5 s later" in text.render(shown, width=120, color=False, verbose=True)


def test_more_evidence_than_fits_is_kept_for_verbose() -> None:
    many = msgspec.structs.replace(BOUNCED, notifications=tuple(notification(f"piece {n}") for n in range(9)))
    shown = report(target(Verdict.BACKSCATTER, Basis.EVIDENCE, "why", many), verdict=Verdict.BACKSCATTER, exit_code=1)

    assert text.render(shown, width=100, color=False).count("piece") == 3
    assert text.render(shown, width=100, color=False, verbose=True).count("piece") == 9


def test_a_probe_never_sent_does_not_look_settled() -> None:
    planned = msgspec.structs.replace(UNRESOLVED, state="cancelled")
    maybe = msgspec.structs.replace(UNRESOLVED, state="maybe_sent")

    assert words.outcome(planned) == "not sent"
    assert "perhaps sent" in words.outcome(maybe)


HOSTILE = "[red]evil[/red] \x1b[2J\x1b]0;title\x07\u202edesrever\u2069 :warning: \x9b31m <b>"


def test_a_strangers_text_neither_commands_the_terminal_nor_is_read_as_markup() -> None:
    bad = probe(Outcome.BOUNCED, CountsAs.BACKSCATTER, kind="spam", to=HOSTILE, explanation=HOSTILE)
    shown = report(target(Verdict.BACKSCATTER, Basis.EVIDENCE, HOSTILE, bad), verdict=Verdict.BACKSCATTER, exit_code=1)

    plain = text.render(shown, width=200, color=False)
    assert not set(plain) & set("\x1b\x07\x9b\u202e\u2069")
    assert "[red]evil[/red]" in plain
    assert ":warning:" in plain


@given(st.text(), st.integers(1, 250), st.booleans())
def test_no_text_breaks_the_layout(remote: str, width: int, color: bool) -> None:
    bad = probe(Outcome.MASKED, CountsAs.INCONCLUSIVE, kind="spam", to=remote, explanation=remote, shape=remote)
    shown = report(target(Verdict.INCONCLUSIVE, Basis.NONE, remote, bad), verdict=Verdict.INCONCLUSIVE, exit_code=3)

    assert "INCONCLUSIVE" in text.render(shown, width=width, color=color)


def test_what_is_open_heads_an_inconclusive_verdict_and_is_said_once() -> None:
    head = "clean so far at mx1.example.org; mx2.example.org not tried"
    silent = ExchangerEntry(host="mx2.example.org", tried=False, reason="no probe was answered by it")
    open_ = replace(CLEAN.targets[0], verdict=Verdict.INCONCLUSIVE, qualification=head, mail_exchangers=(silent,))
    open_ = replace(open_, explanation=f"{head}; planned out: virus (too many)")
    for width in (50, 70, 120):
        shown = " ".join(text.render(replace(CLEAN, targets=(open_,)), width=width, color=False).split())
        assert shown.startswith(f"example.org INCONCLUSIVE {head}")
        assert shown.count("clean so far") == 1
        assert "Why planned out: virus (too many) mx2.example.org: no probe was answered by it" in shown


@pytest.mark.parametrize("width", [50, 60, 80, 120])
def test_a_command_pasted_from_a_report_is_still_one(width: int) -> None:
    """What stands in quotes holds together, and a line goes on behind a backslash."""
    command = (
        "printf '%s\\n' --server mx2.example.org 'a word of four' --to qz4kd8w1@example.org \"it's one\" --more a-b"
    )
    step = Next(command=command, why="it put mail off")
    shown = text.render(replace(CLEAN, targets=(replace(CLEAN.targets[0], next=(step,)),)), width=width, color=False)
    pasted = shown[shown.index("printf") :].partition("a-b")[0] + "a-b"
    assert all(len(line) <= width for line in shown.splitlines())
    assert shlex.split(pasted.replace("\\\n", "")) == shlex.split(command)


def test_lines_to_paste_keep_their_breaks_blanks_and_repetitions() -> None:
    told = text.render(BACKSCATTER, width=100, color=False)
    assert "/etc/postfix/main.cf, at the end:" in told
    lines = [line.strip() for line in told.splitlines()]
    at = lines.index("relay_recipient_maps =")
    assert lines[at + 1 : at + 4] == ["hash:{ x  }", "}", "}"]
