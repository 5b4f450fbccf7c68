from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from bsaudit.cli.asked import Asked
from bsaudit.cli.output import (
    Output,
    Sink,
    error_report,
    look,
    sinks,
    terminal_width,
    use_color,
    write_error,
    write_file,
    write_known,
)
from bsaudit.config.values import Color
from bsaudit.errors import Interrupted, RelayError, UsageError
from bsaudit.model.event import Phase
from bsaudit.model.report import Report
from bsaudit.report.help_pages import Docs
from tests.support.reports import BACKSCATTER

AT = datetime(2026, 3, 1, tzinfo=UTC)
EVENT = Phase(run="7f3a", at=AT, name="x", text="X")


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def report() -> Report:
    return error_report(RelayError("gone", remedy="Wait."))


def test_the_home_in_a_reports_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert sinks(["json=~/report.json"])[0].path == tmp_path / "report.json"


@pytest.mark.parametrize("text", ["json=", "json=.", "text=.."])
def test_a_report_that_no_file_could_take_is_refused_before_anything_is_sent(text: str) -> None:
    with pytest.raises(UsageError, match="names no file"):
        sinks([text])


def test_a_report_goes_to_stdout_and_to_every_file_asked_for(
    report: Report, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    Output(Asked(formats=("text", "json=out.json", "jsonl=out.jsonl"))).finish(report)

    assert b"relay: gone" in capfdbinary.readouterr().out
    assert json.loads(Path("out.json").read_text())["exit_code"] == 4
    assert json.loads(Path("out.jsonl").read_text())["event"] == "report"


def test_what_is_asked_is_all_that_is_written(report: Report, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    Output(Asked(formats=("json=out.json",))).finish(report)

    assert capfdbinary.readouterr().out == b""
    assert [path.name for path in Path().iterdir()] == ["out.json"]


def test_an_interrupted_command_leaves_the_gauges_of_all_as_they_were(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    """Those of a part would take their place, and end the alerts of the others."""
    Path("all.prom").write_text("of all")
    known = replace(BACKSCATTER, targets=tuple(replace(one, messages_sent=1) for one in BACKSCATTER.targets))
    write_known(Interrupted("interrupted", report=known), Asked(formats=("openmetrics=all.prom", "text")))
    assert Path("all.prom").read_text() == "of all"
    assert known.targets[0].target.encode() in capfdbinary.readouterr().out


def test_a_failed_run_takes_the_place_of_an_earlier_report_and_wrong_usage_does_not() -> None:
    """Yesterday's report is not to be read as today's, nor to be lost to a typo."""
    Path("out.json").write_text("of an earlier run")
    write_error(UsageError("a typo"), Asked(formats=("json=out.json",)))
    assert Path("out.json").read_text() == "of an earlier run"
    write_error(RelayError("gone", remedy="Wait."), Asked(formats=("json=out.json",)))
    assert json.loads(Path("out.json").read_text())["exit_code"] == 4


def test_json_lines_are_there_while_the_run_goes_on(report: Report) -> None:
    Path("out.jsonl").write_text("of an earlier run\n")
    output = Output(Asked(formats=("jsonl=out.jsonl",)))
    output(EVENT)
    assert [json.loads(line)["event"] for line in Path("out.jsonl").read_text().splitlines()] == ["phase"]

    output.finish(report)
    assert [json.loads(line)["event"] for line in Path("out.jsonl").read_text().splitlines()] == ["phase", "report"]


@pytest.mark.parametrize("formats", [["xml"], ["json="], ["json=/proc/no/such/file"], ["text", "json"], [""]])
def test_a_format_that_cannot_be_is_refused_before_anything_is_sent(formats: list[str]) -> None:
    with pytest.raises(UsageError, match="--format"):
        sinks(formats)


def test_a_file_is_whole_or_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("out").write_text("old")

    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UsageError, match="No space left"):
        write_file(Path("out"), b"new")
    assert Path("out").read_text() == "old"


def test_one_file_that_cannot_be_written_does_not_cost_the_others(
    report: Report, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    Path("gone").mkdir()
    output = Output(Asked(formats=("json=gone/out.json", "text")))
    Path("gone").rmdir()
    with pytest.raises(UsageError, match=r"cannot write gone/out\.json"):
        output.finish(report)

    assert b"relay: gone" in capfdbinary.readouterr().out


def test_whoever_reads_a_report_goes_on_reading_it() -> None:
    """By its link, and as another user: a collector of metrics sees no more of a file that is ours alone."""
    Path("real").write_text("old")
    Path("real").chmod(0o640)
    Path("link").symlink_to("real")
    write_file(Path("link"), b"new")
    assert (Path("real").read_text(), Path("link").is_symlink()) == ("new", True)
    assert Path("real").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in Path().iterdir()) == ["link", "real"]


def test_a_device_is_written_to_and_not_replaced() -> None:
    os.mkfifo("pipe")
    reader = subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE)
    write_file(Path("pipe"), b"through")

    assert reader.communicate()[0] == b"through"
    assert Path("pipe").is_fifo()


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "environ", "tty", "colored"),
    [
        (Color.AUTO, {}, True, True),
        (Color.AUTO, {}, False, False),
        (Color.AUTO, {"NO_COLOR": "1"}, True, False),
        (Color.AUTO, {"NO_COLOR": ""}, True, True),
        (Color.AUTO, {"FORCE_COLOR": "1"}, False, True),
        (Color.AUTO, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        (Color.AUTO, {"TERM": "dumb"}, True, False),
        (Color.ALWAYS, {"NO_COLOR": "1"}, False, True),
        (Color.NEVER, {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_color(
    choice: Color, environ: dict[str, str], tty: bool, colored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert use_color(choice, Tty() if tty else io.StringIO()) is colored


def test_the_width_is_that_of_the_terminal_or_of_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    assert terminal_width(io.StringIO()) == 100
    monkeypatch.setenv("COLUMNS", "61")
    assert terminal_width(io.StringIO()) == 61


def test_a_locale_without_our_letters_gets_a_report_all_the_same() -> None:
    code = (
        "from bsaudit.cli.output import *; from bsaudit.cli.asked import Asked; from bsaudit.errors import RelayError\n"
        "Output(Asked()).finish(error_report(RelayError('caf\\u00e9 \\u00b7', remedy='x')))"
    )
    environ = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)

    assert "caf? ?" in done.stdout


INTERRUPTED = """
import asyncio, sys, os, signal
from bsaudit.cli.running import run
from bsaudit.errors import Interrupted
async def main():
    print("ready", flush=True)
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        print("written down", flush=True)
        if sys.argv[1] == "raise":
            raise Interrupted("interrupted") from None
        raise
try:
    run(main())
except BaseException as error:
    print(type(error).__name__)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("way", "ends"), [("raise", "Interrupted"), ("pass", "KeyboardInterrupt")])
def test_ctrl_c_and_sigterm_let_the_run_write_down_where_it_stood(number: signal.Signals, way: str, ends: str) -> None:
    process = subprocess.Popen([sys.executable, "-c", INTERRUPTED, way], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)

    assert process.communicate(timeout=30)[0].split("\n")[:2] == ["written down", ends]


STUBBORN = """
import asyncio, sys, time
from bsaudit.cli.running import run
async def main():
    print("ready", flush=True)
    while True:
        try:
            await asyncio.sleep(60) if sys.argv[1] == "swallows" else time.sleep(60)
        except asyncio.CancelledError:
            pass
run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("way", ["swallows", "blocks"])
def test_what_does_not_come_to_an_end_is_ended(number: signal.Signals, way: str) -> None:
    process = subprocess.Popen([sys.executable, "-c", STUBBORN, way], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)

    process.communicate(timeout=30)
    assert process.returncode == 130


@pytest.mark.parametrize("tty", [True, False])
def test_only_a_terminal_is_given_links_to_open(monkeypatch: pytest.MonkeyPatch, *, tty: bool) -> None:
    monkeypatch.setattr("sys.stdout", Tty() if tty else io.StringIO())
    docs = Docs("https://docs.example.net")
    shown = look(Sink("text"), Color.ALWAYS, docs=docs)
    assert (shown.hyperlinks, shown.docs) == (tty, docs)
    assert not look(Sink("text", Path("report.txt")), Color.ALWAYS, docs=docs).hyperlinks
