"""The options that commands share: made from the one table of settings, so that they mean the same everywhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any, TypeVar

import click

from bsaudit.cli import completing
from bsaudit.cli.asked import Asked
from bsaudit.cli.format_option import FormatOption, format_help
from bsaudit.cli.say import say
from bsaudit.config.convert import Duration
from bsaudit.config.layers import Effective, effective, is_for_plugin, unknown_variables
from bsaudit.config.targets import JOINED
from bsaudit.config.values import SETTINGS, ExitCodes, Setting
from bsaudit.errors import UsageError
from bsaudit.judge.exit_policy import ExitPolicy
from bsaudit.paths import user_path
from bsaudit.report.formats import Document
from bsaudit.report.help_pages import Docs
from bsaudit.text import clean_line

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

ROUTE = ("route", "relay", "mx", "port", "relay_token_command")
WITNESSES = ("relay_log", "target_queue", "valid_mailbox", "valid_token_command")
CATCH = ("catch", "catch_address", "tagging", "catch_token_command")
VOUCHED = ("catch_vouched_by",)
RECIPIENTS = (*JOINED, "target_host")
PLAN = ("rule", "probe", "skip", "plan", "rate", "max_probes")
WAITING = ("wait", "grace")
PERMISSION = ("authorized_by", "expected_mx", "relay_permission", "third_party_permission", "contact", "about_url")
NETWORK = ("resolver", "ca_file", "insecure")
REPORT = ("format", "exit_codes", "exit_zero", "fail_on", "require", "verbose", "redact", "color")
CHECK = ("interval", "recover_after", "retry_after", "on_change", "targets_from")
LISTINGS = ("listings",)
KNOWN = ("baseline", "fail_on_stale")
JOURNAL = ("journal",)


def duration(_context: click.Context, _option: click.Parameter, raw: str | None) -> Duration | None:
    """Read the duration of an option that is no setting."""
    try:
        return None if raw is None else Duration.parse(raw)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def settings(*names: str, prints: Document = Document.REPORT) -> Callable[[Decorated], Decorated]:
    """Return a decorator that adds the options of these settings and `--config`, `--profile`.

    `prints` says which formats fit, where "format" is among the names.
    """

    def decorate(function: Decorated) -> Decorated:
        for option in (_PROFILE, _CONFIG, *(_option(SETTINGS[name], prints) for name in reversed(names))):
            function = option(function)
        return function

    return decorate


TARGETS = click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=completing.targets)
RUN = click.argument("run_id", metavar="[RUN]", required=False, shell_complete=completing.runs)
_CONFIG = click.option("--config", metavar="FILE", type=click.Path(), help="Configuration file (./bsaudit.toml).")
_PROFILE = click.option(
    "--profile",
    metavar="NAME",
    help="Use this [profile.NAME] of the file.",
    shell_complete=completing.profile_names,
)


def _option(setting: Setting, prints: Document) -> Callable[[Decorated], Decorated]:
    description = format_help(prints) if setting.name == "format" else setting.description
    told = _help(setting, description)
    return click.option(setting.option, setting.name, default=None, help=told, **_kind(setting, prints))


def _kind(setting: Setting, prints: Document) -> dict[str, Any]:
    if setting.flag:
        return {"is_flag": True}
    if setting.choices:
        return {"type": click.Choice(setting.choices)}
    paths = click.Path() if setting.metavar in ("FILE", "DIR") else str
    return {
        "type": FormatOption(prints) if setting.name == "format" else paths,
        "metavar": setting.metavar,
        "multiple": setting.many,
        "shell_complete": completing.kinds if setting.metavar == "KIND[:SHAPE]" else None,
    }


def _help(setting: Setting, description: str) -> str:
    shown = "" if setting.default in (None, (), False) else _shown(setting.default)
    notes = ["repeatable" if setting.many else "", f"default {shown}" if shown else ""]
    told = ", ".join(filter(None, notes))
    return f"{description} [{told}]" if told else description


def _shown(default: object) -> str:
    return ", ".join(default) if isinstance(default, tuple) else str(default)


def docs_of(config: Effective) -> Docs:
    """Return where reports say that their words are explained."""
    return Docs(config.values.docs_url or "")


def documentation(file: str | None = None, profile: str | None = None) -> Docs:
    """Return the same for a command that takes nothing else from the configuration. Raises UsageError for a bad one."""
    return docs_of(effective({}, os.environ, file=file, profile=profile))


def _policy(config: Effective) -> ExitPolicy:
    """Return what the exit code goes by. Raises UsageError for probes that there are not."""
    of_target = {target.name: target.values["require"] for target in config.targets if "require" in target.values}
    if config.values.require or of_target:
        from bsaudit.probe.plan import parsed  # rarely asked for

        for name in chain(config.values.require, *of_target.values()):
            parsed(name)
    return ExitPolicy(
        fail_on=config.values.fail_on,
        require=config.values.require,
        of_target=of_target,
        logs=config.values.exit_codes is not ExitCodes.NAGIOS,
    )


def _refuse_overwritten(asked: Asked, config: Effective) -> None:
    """Refuse a baseline that this very command writes anew: what bounces tonight would be known tomorrow."""
    known = user_path(config.values.baseline) if config.values.baseline else None
    for form in config.values.format if known and known.exists() else ():  # else it is the first
        file = form.partition("=")[2]
        if known and file and user_path(file).resolve() == known.resolve():
            asked.finished = True  # nor is this error written over it
            raise UsageError(
                f"--format {clean_line(form)} writes over the baseline: what is new would be known the next time",
                remedy="Write the report elsewhere; to begin anew, delete the baseline first.",
            )


def configured(asked: Asked, given: Mapping[str, Any], again: Mapping[str, Any] | None = None) -> Effective:
    """Return the effective settings for a command's options, and let them refine what was `asked` of the output.

    `again` are settings of an earlier run.
    """
    options = {name: raw for name, raw in given.items() if name in SETTINGS}
    file = given.get("config")
    try:
        config = effective(options, os.environ, file=file, profile=given.get("profile"), again=again)
    except UsageError:
        asked.nagios = asked.nagios or (given.get("exit_codes") is None and is_for_plugin(os.environ, file))
        raise
    asked.formats = config.values.format
    asked.nagios = config.values.exit_codes is ExitCodes.NAGIOS
    asked.redact = config.values.redact
    asked.docs = docs_of(config)
    asked.zero = config.values.exit_zero
    asked.policy = _policy(config)
    _refuse_overwritten(asked, config)
    for name in unknown_variables(os.environ):
        say(f"bsaudit: the variable {clean_line(name)} means nothing")
    return config
