"""What a notice needs to be said in, one field a passage: the same in every language."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from msgspec import Struct

from bsaudit.judge.advice_table import Problem


class Cause(Struct, frozen=True):
    """What a server does, and what ends it."""

    what: str
    remedy: str


class Words(Struct, frozen=True, kw_only=True):
    """One language. What stands in braces is filled in; nothing here is a stranger's."""

    subject: str  # {host}
    greeting: str
    intro: str  # {domain}; of a run: we sent tests
    intro_message: str  # {domain}; of a message that came to somebody
    intro_survey: str  # {domain}; of many
    # headings: the six things that a stranger has to find, and two more
    happened: str
    when: str
    harm: str
    change: str
    noticed: str
    reproduce: str
    ask: str
    # facts, by their labels
    sent: str
    run: str
    permission: str
    host: str
    accepted: str
    client: str
    mail_from: str
    rcpt_to: str
    message_id: str
    queue_id: str
    reply: str
    came_back: str
    handed_over: str
    notices: str
    first: str
    last: str
    causes: str
    # sentences
    example: str
    header: str
    own_senders: str
    quoted: str
    proof: str
    harms: tuple[str, ...]
    see: str  # {reference}
    by_hand: str
    in_logs: str
    retest: str
    more: str
    explained: str
    expected: str
    contact: str  # {contact}
    answer: str
    no_more: str  # {name}, {text}
    in_charge_domain: str  # {domain}, {addresses}
    in_charge_network: str  # {addresses}
    closing: str
    # tables
    problems: Mapping[Problem, Cause]
    findings: Mapping[str, Cause]
    evidence: Mapping[str, str]  # by source


def words_of(language: str) -> Words:
    """Return the words of a language (`languages.LANGUAGES`)."""
    words: Words = import_module(f"bsaudit.report.notice_words.{language}").WORDS
    return words
