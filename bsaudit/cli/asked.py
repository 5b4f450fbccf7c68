"""What the caller asked of the output. Known from argv alone, so that even a usage error is told in that form."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bsaudit.cli.exit_codes import mapped
from bsaudit.report.help_pages import NOWHERE, Docs

if TYPE_CHECKING:
    from msgspec import Struct

    from bsaudit.judge.exit_policy import ExitPolicy  # --version needs no reports
    from bsaudit.report.redact import Redactor


Redacted = TypeVar("Redacted", bound="Struct")


@dataclass
class Asked:
    """Formats ("json", "json=FILE") and family of exit codes; a command that reads a configuration refines it."""

    formats: tuple[str, ...] = ()
    nagios: bool = False
    zero: bool = False
    redact: bool = False
    redactor: Redactor | None = None  # made when it is first needed
    docs: Docs = NOWHERE  # where reports say that their words are explained
    policy: ExitPolicy | None = None  # what the exit code goes by; None: the rule
    warning: bool = False  # of a report in which nothing failed
    begun: set[Path] = field(default_factory=set)  # files to which lines went already: append to them
    finished: bool = False  # the report went out: an error after it is told in words only

    @classmethod
    def of(cls, args: Sequence[str]) -> Asked:
        """Return what `args` and the environment say, without judging either."""
        environ = os.environ.get("BSAUDIT_FORMAT", "").split(",")
        formats = tuple(_values("--format", args)) or tuple(filter(None, environ))
        families = [*_values("--exit-codes", args), os.environ.get("BSAUDIT_EXIT_CODES", "")]
        zero, redact = "--exit-zero" in args, "--redact" in args
        return cls(formats=formats, nagios=families[0] == "nagios", zero=zero, redact=redact)

    def for_formats(self, formats: tuple[str, ...]) -> Asked:
        """Return the same for a last word in these formats."""
        return Asked(formats=formats, begun=self.begun, redact=self.redact, redactor=self.redactor, docs=self.docs)

    def redacted(self, value: Redacted) -> Redacted:
        """Return an event or a report as it may be shown."""
        if not self.redact:
            return value
        if self.redactor is None:
            from bsaudit.report.redact import Redactor  # few ask for it

            self.redactor = Redactor()
        return self.redactor(value)

    def exit_code(self, code: int) -> int:
        return mapped(code, nagios=self.nagios, zero=self.zero, warning=self.warning)


def _values(option: str, args: Sequence[str]) -> Iterator[str]:
    for index, arg in enumerate(args):
        if arg == "--":
            return
        if arg == option and index + 1 < len(args):
            yield args[index + 1]
        elif arg.startswith(option + "="):
            yield arg.removeprefix(option + "=")
