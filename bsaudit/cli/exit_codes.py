"""The exit codes: what each means, and how the Nagios family maps them. docs/exit-codes.md shows this table."""

from __future__ import annotations

CLEAN = 0
BACKSCATTER = 1
USAGE = 2
INCONCLUSIVE = 3
SERVICE = 4
INTERNAL = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED = 130  # 128 + SIGINT, as shells say it
PIPE_CLOSED = 141  # 128 + SIGPIPE

MEANING = {
    CLEAN: "clean; or the command did what it was asked",
    BACKSCATTER: "backscatter, a computed verdict; findings only where --fail-on asked for them, "
    "notices in a target's own log only above its max_notices",
    USAGE: "wrong usage or configuration, an audit that nobody allowed, the only target does not exist, "
    "or an output that cannot be written",
    INCONCLUSIVE: "inconclusive: nothing was shown either way",
    SERVICE: "the relay, the catch mailbox, DNS or the journal failed, or one of several targets could not be audited",
    INTERNAL: "internal error, with a traceback on stderr",
    INTERRUPTED: "interrupted; what was sent can be collected later",
    PIPE_CLOSED: "whoever read the output went away",
}

# The plugin contract: 0 OK, 1 warning, 2 critical, 3 unknown. Backscatter is critical; what proves nothing is unknown.
_NAGIOS = {CLEAN: 0, BACKSCATTER: 2}
_NAGIOS_WARNING, _NAGIOS_UNKNOWN = 1, 3
_VERDICTS = frozenset({CLEAN, BACKSCATTER, INCONCLUSIVE})


def mapped(code: int, *, nagios: bool = False, zero: bool = False, warning: bool = False) -> int:
    """Return the process's exit code for the standard `code`; `zero` forgives verdicts, never failures.

    `warning`: nothing failed, but the service is to be looked at.
    """
    if zero and code in _VERDICTS:
        return 0
    if nagios and warning and code == CLEAN:
        return _NAGIOS_WARNING
    return _NAGIOS.get(code, _NAGIOS_UNKNOWN) if nagios else code
