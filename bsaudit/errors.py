"""Every exception that bsaudit raises on purpose.

    BsauditError                 exit code
    ├── UsageError               2   the command line or the configuration is wrong
    │   ├── ConfigError          2   … in the configuration file
    │   ├── NotAuthorized        2   nobody said that this audit is allowed
    │   └── TargetRefused        2   the target says that it takes no mail (RFC 7505)
    ├── ServiceError             4   something of the user's own side failed
    │   ├── RelayError           4   the relay
    │   ├── CatchError           4   the catch mailbox
    │   ├── DnsError             4   the resolver; its subclasses are four different answers
    │   │   ├── NoSuchDomain         NXDOMAIN
    │   │   ├── NoMailHost           the name exists, but neither MX nor address
    │   │   ├── DnsServerFailure     SERVFAIL, REFUSED, a broken answer
    │   │   └── DnsTimeout           no answer
    │   └── JournalError         4   the journal
    └── Interrupted              130 the user stopped it

A library's errors are translated once, at the border (`bsaudit.adapters`).
Only a computed verdict exits 1; a traceback exits 70.
"""

from __future__ import annotations


class BsauditError(Exception):
    """Something that the user can understand and mend.

    `message` says what went wrong, `remedy` what to do about it (may be empty), `where` names the part
    concerned, as in the `errors` of the JSON report: "relay", "catch", "dns", "config", "target", ….
    """

    exit_code = 70
    where = "bsaudit"

    def __init__(self, message: str, *, remedy: str = "", where: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        if where is not None:
            self.where = where


class UsageError(BsauditError):
    exit_code = 2
    where = "usage"


class ConfigError(UsageError):
    where = "config"


class NotAuthorized(UsageError):
    where = "permission"


class TargetRefused(UsageError):
    where = "target"


class ServiceError(BsauditError):
    exit_code = 4
    where = "service"


class RelayError(ServiceError):
    where = "relay"


class CatchError(ServiceError):
    where = "catch"


class JournalError(ServiceError):
    where = "journal"


class DnsError(ServiceError):
    where = "dns"


class NoSuchDomain(DnsError):
    pass


class NoMailHost(DnsError):
    pass


class DnsServerFailure(DnsError):
    pass


class DnsTimeout(DnsError):
    pass


class Interrupted(BsauditError):
    """`report` is the `model.report.Report` of what is known by then, where there was a run."""

    exit_code = 130
    where = "bsaudit"

    def __init__(self, message: str, *, remedy: str = "", report: object = None) -> None:
        super().__init__(message, remedy=remedy)
        self.report = report
