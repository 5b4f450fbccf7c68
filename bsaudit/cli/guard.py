"""The one guard at the top: every error becomes a message and an exit code here, and nowhere else.

Only a computed verdict exits 1. click's own `main()` is not used: it exits 1 when the reader of a pipe goes away.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from bsaudit.cli import exit_codes
from bsaudit.cli.asked import Asked
from bsaudit.cli.root import root
from bsaudit.cli.say import PROGRAM, say, say_error, silence
from bsaudit.errors import BsauditError, Interrupted, UsageError
from bsaudit.paths import working_directory
from bsaudit.report.formats import tells_errors
from bsaudit.text import clean_block

COMPLETE_VARIABLE = "_BSAUDIT_COMPLETE"
_NOWHERE = "the working directory was deleted, or moved away: what is named below it is not found"
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})  # no defect of ours, wherever it is noticed


def run(args: Sequence[str]) -> int:
    """Run the command line `args` and return the exit code of the process."""
    _stand_in_for_closed_streams()
    instruction = os.environ.get(COMPLETE_VARIABLE)
    if instruction:
        return _complete(instruction)
    asked = Asked.of(args)
    try:
        code = _guarded(args, asked)
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)
        code = exit_codes.PIPE_CLOSED
    except OSError as error:  # a full disk below stdout
        silence(sys.stdout)
        say_error(f"cannot write the output: {error.strerror}", "Make room, or write it elsewhere.")
        code = exit_codes.USAGE
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
            return _fail(error if isinstance(error, Interrupted) else Interrupted("interrupted"), asked)
    except BsauditError as error:
        return _fail(error, asked)
    except Exception as error:
        if isinstance(error, BrokenPipeError) or (isinstance(error, OSError) and error.errno in NO_ROOM):
            raise
        known = _known(error)
        return _crashed(asked) if known is None else _fail(known, asked)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let a second Ctrl-C, say, not cut short what is told of the first: half a JSON report is none."""
    import signal  # rarely needed
    import threading

    from bsaudit.cli.interrupts import ENDING

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _known(error: Exception) -> BsauditError | None:
    """Return what the user can mend: all that a task group failed with, if it is of that kind; that we are nowhere."""
    if isinstance(error, FileNotFoundError) and working_directory() is None:
        return UsageError(_NOWHERE, remedy="Change to one that exists, and name files there or by their whole path.")
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
    say_error(error.format_message(), remedy)
    return _reported(UsageError(error.format_message(), remedy=remedy, where="usage"), asked)


def _fail(error: BsauditError, asked: Asked) -> int:
    say_error(error.message, error.remedy)
    return _reported(error, asked)


def _crashed(asked: Asked) -> int:
    import traceback  # rarely needed

    say(clean_block(traceback.format_exc(), limit=100_000))
    message = "internal error: this is a defect of bsaudit, not of a mail server"
    remedy = "Please report it with the lines above."
    say_error(message, remedy)
    return _reported(BsauditError(message, remedy=remedy), asked)


def _reported(error: BsauditError, asked: Asked) -> int:
    """Say it in a format for programs, too, where one was asked for and the command did not get that far."""
    known = isinstance(error, Interrupted) and error.report is not None
    if known or any(tells_errors(name.partition("=")[0]) for name in asked.formats):
        from bsaudit.cli.output import write_error, write_known  # only now is the report's code needed

        write_known(error, asked)
        write_error(error, asked)
    return error.exit_code


def _stand_in_for_closed_streams() -> None:
    """Give streams that were closed (`>&-`) a place to go, in this order: each takes the descriptor that it had.

    Else the next file that is opened would get it, the journal perhaps.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: PTH123, SIM115 — open as long as the process


def _complete(instruction: str) -> int:
    from click.shell_completion import shell_complete  # only for the shell

    # click says 1 to an instruction that it does not know, and only a verdict may say that.
    return exit_codes.USAGE if shell_complete(root, {}, PROGRAM, COMPLETE_VARIABLE, instruction) else exit_codes.CLEAN
