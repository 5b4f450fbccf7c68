"""The table of formats is true, and every command that takes `--format` goes by it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from msgspec.structs import replace

from bsaudit.cli import guard
from bsaudit.cli.asked import Asked
from bsaudit.cli.format_option import FormatChoice, FormatOption
from bsaudit.cli.output import Output, error_report
from bsaudit.cli.root import COMMANDS, root
from bsaudit.errors import RelayError, UsageError
from bsaudit.judge.exit_policy import ExitPolicy
from bsaudit.judge.explain import Unreadable, explain
from bsaudit.model.event import Phase
from bsaudit.model.logs import LogDay, LogFile, LogReport, LogTotals
from bsaudit.model.mail import Route
from bsaudit.model.run import RunLine, RunState
from bsaudit.model.standing import ListedReport, Standing, Status, Subject
from bsaudit.model.state import Condition, TargetState
from bsaudit.model.survey import SurveyHost, SurveyMailbox, SurveyOwn, SurveyReport, SurveyTotals
from bsaudit.ndn import read
from bsaudit.report import formats
from bsaudit.report.formats import FORMATS, Document, Format, Look
from tests.support.notifications import FAILED, dsn
from tests.support.reports import BACKSCATTER, CLEAN, TOOL

NOW = datetime(2026, 3, 1, 10, 2, tzinfo=UTC)
RUN = RunLine(
    id="7f3a", started_at=NOW, finished_at=NOW, state=RunState.FINISHED, verdict=None, route=Route.RELAY,
    targets=("example.org",), probes=1, open=0, maybe_sent=0,
)  # fmt: skip
LISTED = ListedReport(
    tool=TOOL,
    at=NOW,
    subjects=(Subject(asked="example.org", addresses=("192.0.2.1",)),),
    listings=(Standing(zone="bl.example", about="example.org", status=Status.CLEAN, class_="spam"),),
)
LOGS = LogReport(
    version="0",
    own=("example.org",),
    files=(LogFile(file="mail.log", lines=1, products=("postfix",)),),
    totals=LogTotals(ndn_outside=4711),
    days=(LogDay(day="2026-03-01", ndn_outside=4711),),
    causes=(),
    gaps=(),
)
SURVEY = SurveyReport(
    tool=TOOL,
    mailboxes=(SurveyMailbox(mailbox="bounces.mbox", messages=1),),
    own=SurveyOwn(domains=("acme.example",)),
    totals=SurveyTotals(messages=1, backscatter=1, hosts=1),
    hosts=(SurveyHost(host="mx.example.org", backscatter=1),),
)
# What has to be found in a document, however it is rendered
HOLDS = {Document.LOGS: b"4711"}
# What each command needs beside `--format` to come as far as looking at it
ARGUMENTS = {"probe": ["example.org"], "explain": ["-"], "listed": ["192.0.2.1"]}
# What tells in words what it finds while it looks, and programs at the end: no document of the table
OF_ITS_OWN = {"doctor"}


def takers() -> Iterator[tuple[str, click.ParamType]]:
    """Yield each command that takes `--format`, with the type of the option."""
    context = click.Context(root)
    for name in (name for group in COMMANDS.values() for name in group if name not in OF_ITS_OWN):
        command = root.get_command(context, name)
        assert command is not None
        yield from ((name, option.type) for option in command.params if "--format" in option.opts)


TAKERS = dict(takers())


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def prints(kind: click.ParamType) -> Document:
    assert isinstance(kind, FormatOption | FormatChoice), "the option is made from the table"
    return kind.prints


def test_the_commands_were_found() -> None:
    assert set(TAKERS) >= {"probe", "collect", "report", "demo", "runs", "explain"}
    assert {prints(kind) for kind in TAKERS.values()} == set(Document)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("command", TAKERS)
def test_what_a_command_offers_can_be_rendered(command: str, name: str) -> None:
    document = prints(TAKERS[command])
    assert FORMATS[name].name == name
    if name in formats.fitting(document):
        assert HOLDS.get(document, b"example.org") in rendered(name, document)


def rendered(name: str, document: Document) -> bytes:
    """Return something with example.org in it, or what `HOLDS` names, rendered."""
    if document is Document.REPORT:
        return formats.report_renderer(name)(BACKSCATTER, Look(NOW))
    if document is Document.RUNS:
        return formats.runs_renderer(name)([RUN], Look(NOW))
    if document is Document.LISTED:
        return formats.listed_renderer(name)(LISTED, Look(NOW))
    if document is Document.LOGS:
        return formats.logs_renderer(name)(LOGS, Look(NOW))
    if document is Document.SURVEY:
        return formats.survey_renderer(name)(SURVEY, Look(NOW))
    render, raw = formats.messages_renderer(name), dsn(FAILED).replace("dest.example", "example.org").encode()
    told = render.explained(explain(raw), read(raw, brief=render.brief))
    return render.head + told + render.between + render.unreadable(Unreadable(file="x", error="gone")) + render.tail


@pytest.mark.parametrize("row", FORMATS.values(), ids=FORMATS)
def test_a_row_says_what_its_format_can(row: Format) -> None:
    assert row.renderers
    event = formats.event_renderer(row.name)
    assert event is None or b"looks" in event(Phase(run="r", at=NOW, name="x", text="looks"))
    if row.tells_errors:
        render = formats.report_renderer(row.name)
        assert b"the relay is gone" in render(error_report(RelayError("the relay is gone")), Look(NOW))


@pytest.mark.parametrize("command", TAKERS)
def test_an_unknown_format_is_a_usage_error_that_names_the_fitting_ones(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guard.run([command, *ARGUMENTS.get(command, []), "--format", "braille"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert all(name in said.err for name in ("--format", "braille", *formats.fitting(prints(TAKERS[command]))))


@pytest.mark.parametrize("command", TAKERS)
def test_a_format_for_other_documents_is_a_usage_error(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FORMATS, "braille", Format("braille", {}))
    assert guard.run([command, *ARGUMENTS.get(command, []), "--format", "braille"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert all(name in said.err for name in formats.fitting(prints(TAKERS[command])))


def test_a_list_of_runs_leaves_formats_alone_that_the_configuration_names_for_reports(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FORMATS, "braille", Format("braille", {Document.REPORT: "text:printed"}))
    monkeypatch.setenv("BSAUDIT_FORMAT", "braille,json=report.json")
    assert guard.run(["runs"]) == 0
    assert "no runs yet" in capsys.readouterr().err
    assert not Path("report.json").exists()


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_bounce_is_explained_at_once_without_loading_what_it_does_not_need(form: str) -> None:
    program = (
        "import sys; from bsaudit.cli.guard import run; "
        f"run(['explain', '--format={form}', '-']); print(*sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, input=dsn(FAILED).encode(), capture_output=True, check=True)
    assert b"dest.example" in done.stdout
    loaded = done.stderr.decode().split()
    assert f"bsaudit.report.{'messages' if form == 'text' else form}" in loaded
    assert not {"rich", "asyncio", "platformdirs", "bsaudit.judge.attribution"} & set(loaded)


def test_every_format_at_once_goes_whole_into_its_file(tmp_path: Path) -> None:
    files = {name: tmp_path / f"new/{name}" for name in formats.fitting(Document.REPORT)}
    Output(Asked(formats=tuple(f"{name}={file}" for name, file in files.items()))).finish(BACKSCATTER)
    assert {name for name, file in files.items() if b"example.org" in file.read_bytes()} == set(files)
    assert {path.name for path in (tmp_path / "new").iterdir()} == set(files), "nothing half written lies beside them"


def test_the_summary_of_a_pipeline_is_appended_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary, output = tmp_path / "summary.md", Asked(formats=(f"github={tmp_path / 'log'}",))
    Output(output).finish(BACKSCATTER)
    summary.write_text("# before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    Output(output).finish(BACKSCATTER)
    assert summary.read_text().startswith("# before\n## ")
    assert "example.org: BACKSCATTER" in summary.read_text()
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "/dev/null/summary.md")
    with pytest.raises(UsageError, match="--format github"):
        Output(output)


def test_a_warning_exits_1_where_a_plugin_asked_for_it(tmp_path: Path) -> None:
    state = TargetState(target="example.org", state=Condition.CLEAN, undecided_runs=2)
    report = replace(CLEAN, targets=(replace(CLEAN.targets[0], state=state),))
    for nagios, code in ((True, 1), (False, 0)):
        asked = Asked(formats=(f"nagios={tmp_path / 'out'}",), nagios=nagios)
        Output(asked).finish(report)
        assert asked.exit_code(report.exit_code) == code


def test_the_exit_code_goes_by_what_was_asked_for_and_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = Asked(formats=(f"text={tmp_path / 'out'}",), policy=ExitPolicy(require=("oversize",)))
    assert Output(asked).finish(CLEAN) == 3
    assert "--require: nothing was shown by oversize at example.org" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--require", "lunch"], ["--fail-on", "findings"], ["--fail-on", "findings:some"]])
def test_what_cannot_be_asked_for_is_a_usage_error(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert guard.run(["report", *words]) == 2
    assert words[1] in capsys.readouterr().err
