"""`probe`, `collect` and `doctor` as commands: what goes wrong before and around an audit."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import signal
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from bsaudit.cli import guard
from bsaudit.cli.doctor import _dns, _needs_dns
from bsaudit.config.layers import effective
from bsaudit.config.settings import audit_settings
from bsaudit.errors import DnsTimeout
from bsaudit.model.settings import AuditSettings
from bsaudit.ports import Resolver
from bsaudit.probe.catalogue import KINDS
from tests.support.commands import Begun
from tests.support.schema import strict


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name in [name for name in os.environ if name.startswith("BSAUDIT_")]:
        monkeypatch.delenv(name)
    for folder in ("cur", "new", "tmp"):
        (tmp_path / "catch" / folder).mkdir(parents=True)


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


class NoSuchName(socketserver.BaseRequestHandler):
    """A DNS server that knows no name at all (RFC 1035 §4.1.1: a response, RCODE 3)."""

    def handle(self) -> None:
        query, answers = self.request
        answers.sendto(query[:2] + b"\x81\x83" + query[4:6] + bytes(6) + query[12:], self.client_address)


@pytest.fixture(autouse=True)
def _resolver(monkeypatch: pytest.MonkeyPatch, _nowhere: None) -> Iterator[None]:
    with socketserver.UDPServer(("127.0.0.1", 0), NoSuchName) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        monkeypatch.setenv("BSAUDIT_RESOLVER", f"127.0.0.1:{server.server_address[1]}")
        yield
        server.shutdown()
        serving.join()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def ends(port: int) -> list[str]:
    return [
        f"--relay=smtp://127.0.0.1:{port}?tls=none",
        "--catch=maildir:catch",
        "--catch-address=probe@[127.0.0.1]",
    ]


def test_without_configuration_the_next_commands_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert guard.run(["probe", "example.org"]) == 2

    shown = capsys.readouterr().err
    assert [name for name in ("demo", "init", "doctor") if f'"bsaudit {name}"' in shown] == ["demo", "init", "doctor"]


def test_without_a_target_nothing_happens(capsys: pytest.CaptureFixture[str]) -> None:
    assert guard.run(["probe"]) == 2
    assert "no target" in capsys.readouterr().err


@pytest.mark.parametrize("family", [[], ["--exit-codes", "nagios"]])
def test_what_nobody_allowed_is_not_sent(capsys: pytest.CaptureFixture[str], family: list[str]) -> None:
    code = guard.run(["probe", "[127.0.0.1]", *ends(free_port()), *family, "--format", "json"])
    shown = capsys.readouterr()

    assert code == (3 if family else 2)
    assert json.loads(shown.out)["errors"][0]["where"] == "permission"
    assert json.loads(shown.out)["exit_code"] == 2
    for way in ("--authorized-by", "TXT", "terminal"):
        assert way in shown.err


@pytest.mark.parametrize("formats", [["--format=json"], ["--format=text", "--format=json=out.json"]])
def test_a_relay_that_is_not_there(capsys: pytest.CaptureFixture[str], formats: list[str]) -> None:
    assert guard.run(["probe", "[127.0.0.1]", *ends(free_port()), "--authorized-by=me", *formats]) == 4

    out = capsys.readouterr().out
    report = json.loads(out if len(formats) == 1 else Path("out.json").read_text())
    strict().validate(report)
    assert (report["exit_code"], report["verdict"]) == (4, "inconclusive")
    assert "refused" in report["errors"][0]["message"]
    assert report["errors"][0]["remedy"]
    assert len(formats) == 1 or "NOT AUDITED" in out


def test_json_lines_of_a_run_that_fails_end_with_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert guard.run(["probe", "[127.0.0.1]", *ends(free_port()), "--authorized-by=me", "--format=jsonl"]) == 4

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [lines[0]["event"], lines[-1]["event"]] == ["run_started", "report"]
    assert {line["schema_version"] for line in lines} == {1}
    assert len({line["run"] for line in lines}) == 1


def test_the_payload_is_stdout_and_progress_is_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    guard.run(["probe", "[127.0.0.1]", *ends(free_port()), "--authorized-by=me"])
    shown = capsys.readouterr()
    assert shown.out.startswith("[127.0.0.1]   NOT AUDITED")
    assert "run " in shown.err

    guard.run(["probe", "[127.0.0.1]", *ends(free_port()), "--authorized-by=me", "--quiet"])
    assert "run " not in capsys.readouterr().err


@pytest.mark.parametrize("form", ["json", "jsonl", "text", "json=out.json"])
def test_what_fails_is_told_on_stderr_whatever_else_was_asked(capsys: pytest.CaptureFixture[str], form: str) -> None:
    options = ["--authorized-by=me", "--quiet", f"--format={form}"]
    assert guard.run(["probe", "[127.0.0.1]", *ends(free_port()), *options]) == 4

    told = capsys.readouterr().err.splitlines()
    assert told[0].endswith("the connection was refused")
    assert told[1].strip().startswith("Check host and port")
    assert len(told) == 2


def test_a_reader_that_goes_away_does_not_stop_the_audit(capsys: pytest.CaptureFixture[str]) -> None:
    args = ["probe", "[127.0.0.1]", *ends(free_port()), "--authorized-by=me", "--format=jsonl"]
    process = begun(*args)
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()

    assert process.wait() == 141
    assert "Traceback" not in errors
    assert guard.run(["report", "--format=json"]) == 4
    assert json.loads(capsys.readouterr().out)["run"]["finished_at"]


def test_an_unknown_kind_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert guard.run(["probe", "[127.0.0.1]", *ends(1), "--probe", "spma"]) == 2
    assert "spma" in capsys.readouterr().err


def test_list_kinds_names_every_kind_and_shape(capsys: pytest.CaptureFixture[str]) -> None:
    assert guard.run(["probe", "--list-kinds"]) == 0

    shown = capsys.readouterr().out
    for name, kind in KINDS.items():
        assert f"\n{name}" in "\n" + shown
        assert all(shape.name in shown for shape in kind.shapes)


def dry_run(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, list[str]]:
    """Return the lines of each message of the plan, by the comment that names it."""
    args = ["--catch-address=probe@[127.0.0.1]", "--relay=smtp://me@h", *options]
    assert guard.run(["probe", "[127.0.0.1]", *args, "--dry-run", "--verbose"]) == 0

    _, *messages = capsys.readouterr().out.split("\n\n# ")
    return {message.partition("\n")[0]: message.splitlines()[1:] for message in messages}


def test_the_dry_run_prints_every_envelope_and_message_without_relay_or_password(
    capsys: pytest.CaptureFixture[str],
) -> None:
    plan = dry_run(capsys, "--relay-permission=me")

    named = " ".join(plan)
    ndn = ("ndn (returned-plain)", "ndn (returned-content)")
    for control in ("catch", *ndn, "calibration-refused", "content (eicar)", "positive", "closing"):
        assert control in named
    for name, lines in plan.items():
        assert lines[0].startswith("MAIL FROM:<"), name
        assert lines[1].startswith("RCPT TO:<"), name
        assert "DATA" in lines, name
        assert lines[-1] == ".", name
        assert any(line.startswith("Message-ID: <") for line in lines), name
    assert not (Path("XDG_STATE_HOME") / "bsaudit").exists()


def test_the_dry_run_shows_the_plan_and_no_message_unless_asked(capsys: pytest.CaptureFixture[str]) -> None:
    args = ["--catch-address=probe@[127.0.0.1]", "--relay=smtp://me@h", "--relay-permission=me", "--dry-run"]
    assert guard.run(["probe", "[127.0.0.1]", *args]) == 0

    shown = capsys.readouterr().out
    assert "plan for [127.0.0.1]: 10 messages, by relay" in shown
    assert "  positive control            postmaster@" in shown
    assert "MAIL FROM" not in shown
    assert len(shown.splitlines()) < 25


def test_the_dry_run_prints_the_parameters_that_a_relay_would_see(capsys: pytest.CaptureFixture[str]) -> None:
    plan = dry_run(capsys, "--probe=unknown-recipient:utf8")
    probe = next(lines for name, lines in plan.items() if "(utf8)" in name)

    assert re.fullmatch(r"MAIL FROM:<probe\+\w+@\[127.0.0.1\]> SIZE=\d+ BODY=8BITMIME SMTPUTF8 ENVID=\w+", probe[0])
    assert re.fullmatch(r"RCPT TO:<jürgen\.\w+@\S+> NOTIFY=SUCCESS,FAILURE ORCPT=utf-8;j\\x{FC}rgen\S+", probe[1])


def test_the_dry_run_of_what_is_only_asked_sends_no_message(capsys: pytest.CaptureFixture[str]) -> None:
    plan = dry_run(capsys, "--route=direct", "--probe=postmaster")
    asked = next(lines for name, lines in plan.items() if "postmaster" in name)

    assert [line.partition(":")[0] for line in asked] == ["MAIL FROM", "RCPT TO", "RCPT TO", "QUIT"]


def begun(*args: str, terminal: Path | None = None) -> Begun:
    return Begun(*args, cwd=Path.cwd(), env=os.environ, terminal=terminal)


def connecting(silent: int) -> Begun:
    """Start an audit and return it once it waits for a relay that says nothing."""
    process = begun("probe", "[127.0.0.1]", *ends(silent), "--authorized-by=me", "--format=json")
    while "connecting" not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(0.2)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_exits_130_and_says_how_to_go_on(silent: int, number: signal.Signals) -> None:
    process = connecting(silent)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)

    assert process.returncode == 130
    assert "bsaudit collect" in err
    assert "Traceback" not in err
    assert "internal error" not in err
    assert json.loads(out)["exit_code"] == 130


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_somebody_who_goes_on_pressing_ctrl_c_gets_a_whole_report_and_130(silent: int, number: signal.Signals) -> None:
    process = connecting(silent)
    process.send_signal(number)
    while "interrupted" not in (told := process.stderr.readline()):
        assert told, "it ended without a word"
    while process.poll() is None:
        process.send_signal(number)
        time.sleep(0.005)
    out, err = process.communicate(timeout=30)

    assert process.returncode == 130
    assert "Traceback" not in err
    assert json.loads(out)["exit_code"] == 130


def at_a_terminal(port: int, shown: bytearray | None = None) -> tuple[Begun, int]:
    """Start a probe whose stdin and stderr are a terminal, wait for its question, return the other end."""
    ours, theirs = pty.openpty()
    process = begun("probe", "[127.0.0.1]", *ends(port), "--format=json", terminal=Path(os.ttyname(theirs)))
    os.close(theirs)
    shown = bytearray() if shown is None else shown
    while b"[y/N]" not in shown:
        shown += os.read(ours, 1000)
    return process, ours


@pytest.mark.parametrize(("answer", "code", "where"), [(b"y\n", 4, "relay"), (b"n\n", 2, "permission")])
def test_a_person_at_the_terminal_is_asked(answer: bytes, code: int, where: str) -> None:
    process, terminal = at_a_terminal(free_port())
    os.write(terminal, answer)
    out, _ = process.communicate(timeout=30)
    os.close(terminal)

    assert process.returncode == code
    assert json.loads(out)["errors"][0]["where"] == where


def test_nobody_is_asked_before_the_plan_was_shown() -> None:
    shown = bytearray()
    process, terminal = at_a_terminal(free_port(), shown)
    os.write(terminal, b"n\n")
    process.communicate(timeout=30)
    os.close(terminal)

    assert process.returncode == 2
    assert b"plan for [127.0.0.1]:" in shown[: shown.index(b"Are you allowed")]
    assert b"unknown-recipient (random)" in shown
    assert shown.count(b"plan for [127.0.0.1]") == 1


def test_a_report_may_go_where_there_is_no_directory_yet(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--authorized-by=me", "--quiet", "--format=json=out/of/this/report.json"]
    assert guard.run(["probe", "[127.0.0.1]", *ends(free_port()), *options]) == 4
    assert json.loads(Path("out/of/this/report.json").read_text())["exit_code"] == 4

    assert guard.run(["init", "conf/of/this.toml"]) == 0
    assert Path("conf/of/this.toml").exists()
    Path("file").write_text("")
    assert guard.run(["probe", "[127.0.0.1]", *ends(free_port()), "--format=json=file/report.json"]) == 2
    assert "file is no directory" in capsys.readouterr().err


def test_an_error_is_told_once_on_stderr_where_json_tells_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert guard.run(["probe", "192.0.2.1", *ends(free_port()), "--format=json"]) == 2
    shown = capsys.readouterr()
    assert json.loads(shown.out)["exit_code"] == 2
    assert shown.err.count("not a mail domain") == 1


def test_an_mbox_that_is_not_there_is_said_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    args = [f"--relay=smtp://127.0.0.1:{free_port()}?tls=none", "--catch-address=me@[127.0.0.1]", "--catch=mbox:nope"]
    guard.run(["probe", "[127.0.0.1]", *args, "--authorized-by=me"])
    assert (
        capsys.readouterr()
        .err.splitlines()[0]
        .endswith("nope (--catch) is not there yet: the first message has to create it")
    )


def test_one_ctrl_c_answers_the_question() -> None:
    process, terminal = at_a_terminal(free_port())
    time.sleep(0.5)  # the question is shown a moment before it is waited for
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    os.close(terminal)

    assert process.returncode == 130
    assert json.loads(out)["exit_code"] == 130


def test_collect_without_a_run_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert guard.run(["collect", "--catch=maildir:catch"]) != 1
    assert "run" in capsys.readouterr().err


def test_collect_looks_again_for_the_latest_run_without_a_relay(capsys: pytest.CaptureFixture[str]) -> None:
    guard.run(["probe", "[127.0.0.1]", *ends(free_port()), "--authorized-by=me", "--format=json"])
    first = json.loads(capsys.readouterr().out)

    assert guard.run(["collect", "--catch=maildir:catch", "--format=json"]) == 4
    shown = capsys.readouterr()
    assert json.loads(shown.out)["run"]["id"] == first["run"]["id"]
    which, new, error, *_ = shown.err.splitlines()
    assert which.startswith(f"run {first['run']['id']} of ")
    assert which.endswith("[127.0.0.1]; it sent nothing to any of them, as none did of late")
    assert new == "0 new messages"
    assert error.startswith("bsaudit: smtp://127.0.0.1:")


@pytest.mark.parametrize("target", ["192.0.2.1", "me@192.0.2.1", "2001:db8::1"])
def test_the_address_of_a_host_is_no_target_and_mx_takes_it(capsys: pytest.CaptureFixture[str], target: str) -> None:
    assert guard.run(["probe", target, *ends(free_port()), "--authorized-by=me"]) == 2
    assert f"--mx {target.rpartition('@')[2]}" in capsys.readouterr().err


def test_the_doctor_looks_at_everything_though_one_thing_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert guard.run(["doctor", *ends(free_port())]) == 4

    lines = capsys.readouterr().out.splitlines()
    found = {tuple(line.split()[:2]) for line in lines if not line.startswith(" ")}
    assert {("ok", "journal"), ("note", "dns"), ("problem", "relay"), ("ok", "catch"), ("skipped", "controls")} <= found


def test_the_doctor_tells_programs_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert guard.run(["doctor", *ends(free_port()), "--format=json"]) == 4

    told = json.loads(capsys.readouterr().out)
    found = {(check["state"], check["part"]) for check in told["checks"]}
    assert {("ok", "journal"), ("note", "dns"), ("problem", "relay"), ("ok", "catch"), ("skipped", "controls")} <= found
    assert (told["schema_version"], told["exit_code"]) == (1, 4)
    assert all(check["remedy"] for check in told["checks"] if check["state"] == "problem")


def test_the_doctor_is_a_plugin_that_is_never_critical(capsys: pytest.CaptureFixture[str]) -> None:
    assert guard.run(["doctor", *ends(free_port()), "--format=nagios", "--exit-codes=nagios"]) == 3

    first, *others = capsys.readouterr().out.splitlines()
    assert first.startswith("BSAUDIT UNKNOWN - relay: ")
    assert "|" not in first
    assert [line.split(":")[0] for line in others][:3] == ["ok journal", "note dns", "problem relay"]


def test_the_doctor_asks_for_the_dns_by_which_targets_are_found() -> None:
    """It said that DNS works, where the catch MX is where we listen, and had asked nothing."""

    class Dead:
        async def addresses(self, host: str) -> tuple[str, ...]:
            raise DnsTimeout(f"no answer for {host}")

    def settings(**more: str) -> AuditSettings:
        given = {"relay": "smtp://127.0.0.1?tls=none", "catch": "sink://127.0.0.1:25", **more}
        return audit_settings(effective({"catch_address": ("probe@catch.test",), **given}, {}), [], {})

    assert _needs_dns(settings())
    assert not _needs_dns(settings(route="direct", mx="127.0.0.1"))
    with pytest.raises(DnsTimeout):
        asyncio.run(_dns(settings(), cast(Resolver, Dead())))


def test_the_doctor_says_in_every_format_what_kept_it_from_looking(capsys: pytest.CaptureFixture[str]) -> None:
    """A plugin without any output says nothing to whoever is woken."""
    assert guard.run(["doctor", "--format=nagios", "--exit-codes=nagios"]) == 3
    assert capsys.readouterr().out.startswith("BACKSCATTER UNKNOWN - own side: usage: ")
    assert guard.run(["doctor", "--format=json"]) == 2
    assert json.loads(capsys.readouterr().out)["errors"]


def test_the_doctor_tells_a_missing_mailbox_with_its_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    args = [arg for arg in ends(free_port()) if not arg.startswith("--catch=")]
    assert guard.run(["doctor", *args, "--catch=maildir:nowhere"]) == 4

    lines = capsys.readouterr().out.splitlines()
    problem = next(index for index, line in enumerate(lines) if line.startswith("problem  catch"))
    assert lines[problem + 1].startswith(" " * 25)


def test_the_relays_log_must_be_readable_before_anything_is_sent(capsys: pytest.CaptureFixture[str]) -> None:
    args = ["probe", "[127.0.0.1]", *ends(free_port()), "--authorized-by=me", "--relay-log=no-such-command here"]
    assert guard.run([*args, "--format=json"]) == 4

    error = json.loads(capsys.readouterr().out)["errors"][0]
    assert "no-such-command" in error["message"]
    assert "--relay-log takes" in error["remedy"]


def test_the_doctor_looks_at_the_relays_log_and_the_valid_mailbox(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mail.log").write_text("")
    extra = ["--relay-log=mail.log", "--valid-mailbox=maildir:nowhere"]
    assert guard.run(["doctor", *ends(free_port()), *extra]) == 4

    shown = " ".join(capsys.readouterr().out.split())
    assert "ok relay's log mail.log can be read" in shown
    assert "problem valid mailbox" in shown


def test_the_help_tells_how_shapes_are_asked_for_and_what_a_second_address_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert guard.run(["probe", "-h"]) == 0

    shown = " ".join(capsys.readouterr().out.split())
    assert "--probe KIND[:SHAPE]" in shown
    assert "KIND:all" in shown
    assert "whose SPF does not vouch for the relay" in shown
    assert "--relay-log FILE|COMMAND" in shown
    assert "--wait DURATION|auto" in shown


def test_the_valid_recipients_mailbox_must_open_before_anything_is_sent(capsys: pytest.CaptureFixture[str]) -> None:
    args = ["probe", "[127.0.0.1]", *ends(free_port()), "--authorized-by=me", "--valid-mailbox=maildir:nowhere"]
    assert guard.run([*args, "--format=json"]) == 4

    (error,) = json.loads(capsys.readouterr().out)["errors"]
    assert error["where"] == "valid-mailbox"
    assert "the valid recipient's mailbox" in error["message"]
    assert "nowhere" in error["message"]


@pytest.mark.parametrize(
    "target", ["x@[127.0.0.1]\r\nRCPT TO:<y@z>", "[127.0.0.1]> NOTIFY=NEVER", "a b@[127.0.0.1]", "<a>@[127.0.0.1]"]
)
@pytest.mark.parametrize("how", [["--authorized-by=me"], ["--authorized-by=me", "--dry-run"]])
def test_a_target_that_would_be_a_command_is_a_usage_error(
    capsys: pytest.CaptureFixture[str], target: str, how: list[str]
) -> None:
    assert guard.run(["probe", target, *ends(free_port()), *how]) == 2
    assert re.search("not a (domain|mail address)", capsys.readouterr().err)


def test_a_dry_run_prints_nothing_of_a_rule_that_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    Path("rule.eml").write_bytes(b"Subject: x\x1b]0;title\x07\n\nred \x1b[31m\x9b31m \xc2\x9b31m text\n")
    how = ("--authorized-by=me", "--relay-permission=me", "--dry-run", "--verbose", "--rule=rule.eml", "--probe=rule")
    assert guard.run(["probe", "[127.0.0.1]", *ends(free_port()), *how]) == 0
    shown = capsys.readouterr().out
    assert "red" in shown
    assert not [char for char in shown if not (char.isprintable() or char == "\n")]
