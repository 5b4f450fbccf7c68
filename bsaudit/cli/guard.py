"""The one guard at the top: every error becomes a message and an exit code here, and nowhere else.

Only a computed verdict exits 1. click's own `main()` is not used: it exits 1 when the reader of a pipe goes away.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from bsaudit.cli import exit_codes
from bsaudit.cli.asked import Asked
from bsaudit.cli.root import root
from bsaudit.errors import BsauditError, Interrupted, UsageError
from bsaudit.text import clean_block, clean_line

PROGRAM = "bsaudit"
COMPLETE_VARIABLE = "_BSAUDIT_COMPLETE"
MESSAGE_LIMIT = 1000  # more than this of an error message is somebody else's dump


def run(args: Sequence[str]) -> int:
    """Run the command line `args` and return the exit code of the process."""
    instruction = os.environ.get(COMPLETE_VARIABLE)
    if instruction:
        return _complete(instruction)
    asked = Asked.of(args)
    try:
        code = _guarded(args, asked)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence_stdout()
        code = exit_codes.PIPE_CLOSED
    return asked.exit_code(code)


def _guarded(args: Sequence[str], asked: Asked) -> int:
    try:
        with root.make_context(PROGRAM, list(args), obj=asked) as context:
            return root.invoke(context) or exit_codes.CLEAN
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        return _usage(error, asked)
    except (click.Abort, KeyboardInterrupt, Interrupted) as error:
        with _undisturbed():
            return _told(error if isinstance(error, Interrupted) else Interrupted("interrupted"), asked)
    except BsauditError as error:
        return _told(error, asked)
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 — the one guard at the top
        known = _known(error)
        return _crashed(asked) if known is None else _told(known, asked)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let a second Ctrl-C or SIGTERM not cut short what is told of the first: half a JSON report is none."""
    import signal  # noqa: PLC0415 — rarely needed
    import threading  # noqa: PLC0415

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _known(error: Exception) -> BsauditError | None:
    """Return what a task group failed with, if all of it is of the kind that the user can mend."""
    if not isinstance(error, ExceptionGroup):
        return None
    known, unknown = error.split(BsauditError)
    if known is None or unknown is not None:
        return None
    leaf: BaseException = known
    while isinstance(leaf, BaseExceptionGroup):
        leaf = leaf.exceptions[0]
    assert isinstance(leaf, BsauditError)
    return leaf


def _usage(error: click.ClickException, asked: Asked) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return exit_codes.USAGE
    remedy = ""
    if isinstance(error, click.UsageError) and error.ctx:
        remedy = f'"{error.ctx.command_path} -h" shows the usage.'
    _say(error.format_message(), remedy)
    return _reported(UsageError(error.format_message(), remedy=remedy, where="usage"), asked)


def _told(error: BsauditError, asked: Asked) -> int:
    _say(error.message, error.remedy)
    return _reported(error, asked)


def _crashed(asked: Asked) -> int:
    import traceback  # noqa: PLC0415 — rarely needed

    click.echo(clean_block(traceback.format_exc(), limit=100_000), err=True)
    message = "internal error: this is a defect of bsaudit, not of a mail server"
    remedy = "Please report it with the lines above."
    _say(message, remedy)
    return _reported(BsauditError(message, remedy=remedy), asked)


def _say(message: str, remedy: str) -> None:
    text = f"{PROGRAM}: {clean_line(message, MESSAGE_LIMIT)}"
    if remedy:
        text += "\n  " + clean_block(remedy, MESSAGE_LIMIT).replace("\n", "\n  ")
    click.echo(text, err=True)


def _reported(error: BsauditError, asked: Asked) -> int:
    """Say it as JSON too, where JSON was asked for and the command did not get that far."""
    if any(name.partition("=")[0] in ("json", "jsonl") for name in asked.formats):
        from bsaudit.cli.output import write_error  # noqa: PLC0415 — only now is the report's code needed

        write_error(error, asked)
    return error.exit_code


def _silence_stdout() -> None:
    """Keep the interpreter from failing once more when it flushes stdout at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complete(instruction: str) -> int:
    from click.shell_completion import shell_complete  # noqa: PLC0415 — only for the shell

    return shell_complete(root, {}, PROGRAM, COMPLETE_VARIABLE, instruction)
