"""What a server does, in one sentence for whoever runs it. Pure."""

from __future__ import annotations

from bsaudit.judge.advice_table import Problem
from bsaudit.judge.naming import is_own_word
from bsaudit.judge.problem import problem_of, written_by_target
from bsaudit.model.domain import is_ip
from bsaudit.model.knowledge import Party
from bsaudit.model.probe import Outcome, ProbeRecord
from bsaudit.text import clean_line

_WHOM = "whoever is named as sender"
_TAKES = {
    Problem.RECIPIENT: "mail for unknown users",
    Problem.CONTENT: "mail whose content it does not want",
    Problem.QUOTA: "mail for a full mailbox",
    Problem.FORWARD: "mail that it cannot pass on",
}
_DOES = {
    Outcome.AUTOREPLIED: f"answers mail automatically, to {_WHOM}",
    Outcome.CHALLENGED: f"asks {_WHOM} to prove to be a person",
    Outcome.DELAY_NOTIFIED: f"accepts mail that it cannot deliver yet and warns {_WHOM}",
}


def in_plain_words(record: ProbeRecord) -> str:
    """Return what a guilty probe shows the server to do: "mx.example.org accepts mail for unknown users and …"."""
    outcome = record.settlement.outcome if record.settlement else Outcome.UNRESOLVED
    takes = _TAKES.get(problem_of(record), "mail that it does not deliver")
    refused = record.submission is not None and record.submission.accepted is False
    verb = "refuses" if refused else "accepts"
    does = _DOES.get(outcome, f"{verb} {takes} and {'all the same ' * refused}bounces it to {_WHOM}")
    return f"{_host(record)} {does}"


def _host(record: ProbeRecord) -> str:
    """Return the host at the border, where the fault is: a system behind it only wrote the notice."""
    exchanger = record.probe.mail_exchanger
    domain = (record.probe.target or "").rpartition("@")[2]
    target = Party(domains=frozenset({domain} - {""}))
    written = (mail.attributed.written_by for mail in written_by_target(record))
    known = (writer.host for writer in written if writer.host and not is_own_word(writer, target))
    named = next(known, None) if exchanger is None or is_ip(exchanger) else exchanger
    return clean_line(named or exchanger or f"the mail server of {domain}")
