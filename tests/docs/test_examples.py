"""The examples, run as far as they run without the internet, and read by the programs that they are written for."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner
from junitparser import JUnitXml
from msgspec.structs import replace
from ruamel.yaml import YAML

from bsaudit.config.layers import effective
from bsaudit.config.settings import audit_settings
from bsaudit.lab.dns import Record, pointer
from bsaudit.lab.laboratory import Lab, laboratory
from bsaudit.lab.loopback import PREFIX, LabError
from bsaudit.lab.relay import Relay
from bsaudit.lab.targets import Behaviours
from bsaudit.model.logs import TargetLog
from bsaudit.model.state import CheckEntry, Condition, OwnSidePart, TargetState
from bsaudit.report import openmetrics
from bsaudit.report.formats import Look
from bsaudit.wiring.tools import resolver_at
from tests.support.command_line import parsed
from tests.support.commands import BARE, stand_in
from tests.support.installed import COMMAND as INSTALLED
from tests.support.reports import CLEAN, START

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
SCHEMAS = {
    "github-workflows": ["github/domains.yml", "image/github.yml", "../.github/workflows/release.yml"],
    "github-actions": ["github/action.yml"],
    "gitlab-ci": ["image/gitlab-ci.yml"],
    "compose-spec": ["image/compose.docker-mailserver.yml", "image/compose.mailcow.yml"],
}
COMPOSE = SCHEMAS["compose-spec"]
# What a laboratory needs, so that a run of one probe is over at once
QUICK = {"BSAUDIT_PROBE": "unknown-recipient:random", "BSAUDIT_WAIT": "60s", "BSAUDIT_GRACE": "0.5s"}


def read(name: str) -> str:
    return (EXAMPLES / name).read_text()


def data(name: str) -> Any:
    return YAML(typ="safe").load(EXAMPLES / name)


def test_the_page_on_python_shows_the_test_that_stands_here() -> None:
    assert f"```python\n{read('image/test_image.py')}```" in (ROOT / "docs/python.md").read_text()


def test_the_page_of_the_examples_says_of_each_for_whom_it_is() -> None:
    files = {path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*") if path.is_file()}
    assert set(re.findall(r"\]\(([^)#]+)\)", read("README.md"))) >= files - {"README.md"}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_forges_and_compose_understand_it(schema: str) -> None:
    files = [str(EXAMPLES / name) for name in SCHEMAS[schema]]
    done = CliRunner().invoke(check_jsonschema, ["--builtin-schema", f"vendor.{schema}", *files])
    assert done.exit_code == 0, done.output


# What pipelines and cron run


class Done(NamedTuple):
    code: int
    out: str
    folder: Path

    def failures(self) -> int:
        return sum(suite.failures for suite in JUnitXml.fromstring((self.folder / "junit.xml").read_bytes()))


def gitlab() -> str:
    job = data("image/gitlab-ci.yml")["backscatter"]
    return "\n".join([*job["before_script"], *job["script"]])


def of_steps(steps: list[dict[str, Any]]) -> str:
    return "\n".join(step["run"] for step in steps if "run" in step)


def github() -> str:
    return of_steps(data("image/github.yml")["jobs"]["backscatter"]["steps"])


def action() -> str:
    return of_steps(data("github/action.yml")["runs"]["steps"])


def cron() -> str:
    (line,) = re.findall(r"^[\d* ]+ bsaudit (.+)$", read("crontab"), re.MULTILINE)
    assert "%" not in line  # which ends a line of cron's
    return line.replace("/etc/bsaudit/", "").replace("/var/lib/bsaudit", ".")


def in_page(kind: str) -> str:
    """Return the first block of code of this kind in the page on CI: what a newcomer copies."""
    return (ROOT / "docs/ci.md").read_text().partition(f"```{kind}\n")[2].partition("```")[0]


def page() -> str:
    return in_page("sh")


IMAGE = read("image/bsaudit.toml")
BY_RELAY = """\
relay = "smtp://{user}@{relay}?tls=none"
relay_permission = "it is the relay of the laboratory"
catch = "sink://{own}:{port}?public={own}:{port}"
catch_address = "audit@{own}.test"
resolver = "{resolver}"
[[target]]
name = "example.org"
authorized_by = "its owner"
"""
AGREED = """
[[host]]
match = "127.77.0.0/24"
authorized_by = "the laboratory, for itself"
rate = "999/s"
refused = 99
connections = 9
"""
PASSWORD = {"BSAUDIT_RELAY_PASSWORD": Relay.password}
PROGRAMS: dict[str, tuple[Callable[[], str], str, dict[str, str]]] = {
    "page": (page, in_page("toml"), {}),
    "gitlab": (gitlab, IMAGE, {}),
    "github": (github, IMAGE, {}),
    "action": (action, BY_RELAY, {"TARGETS": "", "PACKAGE": "bsaudit", **PASSWORD}),
    "cron": (cron, BY_RELAY, PASSWORD),
}
# Which runs there are, each with the address of its catch MX: they go on at the same time
RUNS = {
    ("gitlab", "good"): f"{PREFIX}.200",
    ("github", "bad"): f"{PREFIX}.201",
    ("action", "bad"): f"{PREFIX}.202",
    ("cron", "good"): f"{PREFIX}.203",
    ("cron", "bad"): f"{PREFIX}.204",
    ("page", "good"): f"{PREFIX}.205",
    ("page", "bad"): f"{PREFIX}.206",
}


def records() -> Iterator[Record]:
    for own in RUNS.values():
        yield Record(f"mx.{own}.test", "A", own)
        yield Record(f"{own}.test", "MX", f"10 mx.{own}.test.")
        yield pointer(own, f"mx.{own}.test")


async def ran(lab: Lab, name: str, label: str, folder: Path) -> Done:
    """Run what an example runs, its domain one of the laboratory's, its port 25 the laboratory's."""
    script, config, environ = PROGRAMS[name]
    own, domain = RUNS[name, label], f"{label}.test"
    async with resolver_at(lab.resolver) as resolver:
        (exchanger,) = await resolver.mail_exchangers(domain)
    if config is BY_RELAY:
        relay, resolver_place = (f"{host}:{port}" for host, port in (lab.relay, lab.resolver))
        config = config.format(user=Relay.user, relay=relay, resolver=resolver_place, own=own, port=lab.mx_port)
    else:
        environ = {"BSAUDIT_MX": f"{exchanger.addresses[0]}:{lab.mx_port}"}
    (folder / "bsaudit.toml").write_text(config.replace("example.org", domain) + AGREED)
    for stub, says in {"pip": "", "hostname": f"echo {own} ::1"}.items():
        (folder / stub).write_text(f"#!/bin/sh\n{says}\n")
        (folder / stub).chmod(0o755)
    stand_in(folder / "bsaudit")
    env = BARE | QUICK | environ
    env |= {"PATH": f"{folder}:{Path(sys.executable).parent}:{os.environ['PATH']}", "BSAUDIT_QUIET": "true"}
    env |= {"BSAUDIT_JOURNAL": f"sqlite:///{folder}/journal.db", "GITHUB_OUTPUT": str(folder / "output")}
    env |= {"GITHUB_STEP_SUMMARY": str(folder / "summary")}
    words = ("bash", "-eo", "pipefail", "-c", script().replace(':25"', f':{lab.mx_port}"'))
    process = await asyncio.create_subprocess_exec(*words, cwd=folder, env=env, stdout=-1, stderr=-2)
    out, _ = await process.communicate()
    assert process.returncode is not None
    return Done(process.returncode, out.decode(), folder)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Done]:
    """Run every example against a good server and a bad one."""

    async def main() -> list[Done]:
        async with laboratory(sites={one: Behaviours.TABLE[one] for one in ("good", "bad")}, records=records()) as lab:
            return await asyncio.gather(*(ran(lab, *run, tmp_path_factory.mktemp("-".join(run))) for run in RUNS))

    try:
        return dict(zip(RUNS, asyncio.run(main()), strict=True))
    except LabError as error:
        pytest.skip(error.message)


def test_a_pipeline_is_green_or_red_by_the_server_alone(runs: dict[tuple[str, str], Done]) -> None:
    ends = {run: (done.code, done.failures() > 0) for run, done in runs.items() if run[0] != "cron"}
    assert ends == {
        ("page", "good"): (0, False),
        ("page", "bad"): (1, True),
        ("gitlab", "good"): (0, False),
        ("github", "bad"): (1, True),
        ("action", "bad"): (1, True),
    }, runs


def test_a_newcomer_copies_ten_lines_of_configuration() -> None:
    assert len([line for line in in_page("toml").splitlines() if line]) <= 10


def kept_as_artifacts(name: str) -> Iterator[str]:
    if name == "gitlab":
        artifacts = data("image/gitlab-ci.yml")["backscatter"]["artifacts"]
        return iter([*artifacts["paths"], artifacts["reports"]["junit"]])
    job = {"github": ("image/github.yml", "backscatter"), "action": ("github/domains.yml", "audit")}[name]
    steps = data(job[0])["jobs"][job[1]]["steps"]
    named = [step["with"].get("path") or step["with"].get("sarif_file") or "" for step in steps if "with" in step]
    return iter(" ".join(named).split())


@pytest.mark.parametrize("name", ["gitlab", "github", "action"])
def test_what_a_pipeline_keeps_was_written(runs: dict[tuple[str, str], Done], name: str) -> None:
    kept = set(kept_as_artifacts(name))
    assert len(kept) >= 3
    (done,) = (done for run, done in runs.items() if run[0] == name)
    assert kept <= {path.name for path in done.folder.iterdir()}


@pytest.mark.parametrize("name", ["github", "action"])
def test_a_bounce_is_annotated_at_the_line_of_the_target(runs: dict[tuple[str, str], Done], name: str) -> None:
    done = runs[name, "bad"]
    line = 1 + (done.folder / "bsaudit.toml").read_text().splitlines().index("[[target]]")
    assert f"::error file=bsaudit.toml,line={line}," in done.out
    assert "bad.test: BACKSCATTER" in (done.folder / "summary").read_text()


def test_cron_mails_nothing_where_all_is_well_and_else_the_report(runs: dict[tuple[str, str], Done]) -> None:
    assert runs["cron", "good"].out == ""
    assert "1 of 1 BACKSCATTER: bad.test" in runs["cron", "bad"].out


# The composite action


def test_a_pull_request_from_a_fork_skips_visibly(tmp_path: Path) -> None:
    first, *others = data("github/action.yml")["runs"]["steps"]
    output, summary = tmp_path / "output", tmp_path / "summary"
    output.touch()
    env = {"PATH": os.environ["PATH"], "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
    script = ("bash", "-eo", "pipefail", "-c", first["run"])

    done = subprocess.run(script, env=env | {"BSAUDIT_RELAY_PASSWORD": ""}, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("::notice title=bsaudit skipped::")
    assert "skipped" in summary.read_text()
    assert output.read_text() == ""

    subprocess.run(script, env=env | PASSWORD, check=True)
    assert output.read_text() == "audited=true\n"
    assert {step["if"] for step in others} == {f"steps.{first['id']}.outputs.audited == 'true'"}


def test_the_workflow_gives_the_action_what_it_takes_and_nothing_goes_through_a_template_into_a_script() -> None:
    action, steps = data("github/action.yml"), data("github/domains.yml")["jobs"]["audit"]["steps"]
    (used,) = (step for step in steps if step.get("uses", "").startswith("./"))
    assert set(used["with"]) <= set(action["inputs"])
    assert not [step for step in action["runs"]["steps"] if "${{" in step.get("run", "")]


# Containers


def test_the_container_is_nobodys_and_holds_what_its_settings_name() -> None:
    lines = read("Containerfile").replace("\\\n", " ").splitlines()
    final = lines[max(number for number, line in enumerate(lines) if line.startswith("FROM")) :]
    user = next(line.split()[1] for line in final if line.startswith("USER"))
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    assert 'ENTRYPOINT ["bsaudit"]' in final
    (state,) = (line.split()[1] for line in final if line.startswith("VOLUME"))
    (root,) = re.findall(r"XDG_STATE_HOME=(\S+)", " ".join(final))
    assert state == f"{root}/bsaudit"
    for name in COMPOSE:  # a tmpfs there would be root's, as are directories that compose makes
        assert state not in data(name)["services"]["bsaudit"]["tmpfs"]
        assert "mkdir -m 1777 reports" in read(name)


@pytest.mark.parametrize("name", COMPOSE)
def test_the_auditor_is_a_stranger_at_the_address_of_its_configuration(name: str) -> None:
    file, config = data(name), effective({}, {}, file=str(EXAMPLES / "image/bsaudit.toml"))
    auditor = file["services"].pop("bsaudit")
    (server,) = file["services"].values()
    ((network, place),) = auditor["networks"].items()
    assert server["networks"][network]["aliases"] == [config.values.mx.host]
    assert list(file["networks"]) == [network]
    (subnet,) = (ip_network(one["subnet"]) for one in file["networks"][network]["ipam"]["config"])
    assert subnet.subnet_of(ip_network("198.18.0.0/15"))  # in no private range, which servers trust
    settings = audit_settings(config, ["example.org"], PASSWORD)
    assert settings.catch is not None
    assert settings.catch.host == place["ipv4_address"]
    assert settings.catch_addresses == (f"probe@[{place['ipv4_address']}]",)
    assert auditor["read_only"]
    assert auditor["cap_drop"] == ["ALL"]
    parsed([*auditor["command"]])


@pytest.mark.parametrize("name", ["gmail", "microsoft365"])
def test_a_mailbox_that_wants_oauth2_is_asked_for_no_password(name: str) -> None:
    config = effective({}, {}, file=str(EXAMPLES / f"mailboxes/{name}.toml"))
    settings = audit_settings(config, ["example.org"], PASSWORD)
    assert settings.catch is not None
    assert settings.catch.token_command
    assert (settings.catch.user, settings.catch.password) == ("probe@example.net", None)
    assert settings.catch.folders in ((), ("INBOX", "Junk Email"))


# Monitoring


def plugins(text: str) -> set[str]:
    """Return the commands that the monitoring system calls by sudo."""
    lists = (" ".join(re.findall(r'"([^"]+)"', found)) for found in re.findall(r"command = \[(.+)\]", text))
    return {*re.findall(r"command_line\s+(.+)", text), *lists}


def test_nagios_and_icinga_call_what_sudo_allows_word_for_word() -> None:
    allowed = set(re.findall(r"NOPASSWD: (.+)", read("nagios/sudoers")))
    called = plugins(read("nagios/bsaudit.cfg"))
    assert called == plugins(read("nagios/icinga2.conf"))
    assert {command.removeprefix("/usr/bin/sudo -n -u bsaudit ") for command in called} == allowed
    assert len(allowed) == 2
    for command in allowed:
        parsed(shlex.split(command)[1:])


def metrics() -> str:
    """Return what a check leaves for the collector."""
    at = START
    state = TargetState(
        target="example.org", state=Condition.BACKSCATTER, last_decided_at=at, max_age_s=1, accept_expires_at=at
    )
    check = CheckEntry(last_success_at=at, own_side=(OwnSidePart(part="relay", ok=True),))
    log = TargetLog(read=("mail.log",), at=at, since_at=at, notices=9, max_notices=8, exceeded=True)
    report = replace(CLEAN, targets=(replace(CLEAN.targets[0], state=state, log=log),), check=check)
    return openmetrics.render(report, Look(at)).decode()


def test_the_rules_speak_of_metrics_that_there_are() -> None:
    rules = data("prometheus/rules.yml")["groups"][0]["rules"]
    named = {name for rule in rules for name in re.findall(r"\bbsaudit_\w+", rule["expr"])}
    assert named <= set(re.findall(r"^# TYPE (\w+)", metrics(), re.MULTILINE))
    assert {rule["alert"] for rule in rules} == set(re.findall(r"alertname: (\w+)", read("prometheus/rules_test.yml")))


@pytest.mark.skipif(not shutil.which("promtool"), reason="needs promtool (Debian: prometheus)")
def test_prometheus_alerts_when_it_should() -> None:
    folder = EXAMPLES / "prometheus"
    for words in (("check", "rules", "rules.yml"), ("test", "rules", "rules_test.yml")):
        done = subprocess.run(["promtool", *words], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for path in (EXAMPLES / "systemd").iterdir():
        (tmp_path / path.name).write_text(path.read_text().replace("ExecStart=bsaudit", f"ExecStart={INSTALLED}"))
    units = [str(path) for path in tmp_path.iterdir()]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
