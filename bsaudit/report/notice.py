"""A notice to the operator of a server that sends backscatter: one mail, complete, in his language. Never sent.

For a person, as text; `arf` makes an abuse report of it. What strangers wrote stands in it cleaned, and as theirs.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from textwrap import wrap

from bsaudit.judge.advice_table import Problem
from bsaudit.judge.grounds import Grounds, SurveyGrounds
from bsaudit.probe.permission import DENY_TEXT, record_name
from bsaudit.report.help_pages import NOWHERE, Docs
from bsaudit.report.notice_words.words import Words, words_of
from bsaudit.report.plain import timestamp
from bsaudit.report.words import place
from bsaudit.text import clean_block, clean_line

WIDTH = 72
# Words of these are not parted by blanks: a paragraph's lines end where its sentences do.
_WITHOUT_BLANKS = frozenset({"ja"})
_END_OF_SENTENCE = "。"

Facts = Iterable[tuple[str, str | None]]


def text_notice(grounds: Grounds, language: str, docs: Docs = NOWHERE) -> bytes:
    """Return the mail as text in UTF-8: whom it is for, what it is about, and the rest."""
    words = words_of(language)
    head = f"To: {recipient(grounds)}\nSubject: {subject(grounds, words)}\n\n"
    return (head + body(grounds, language, docs)).encode()


def recipient(grounds: Grounds) -> str:
    """Return the address that every mail domain has (RFC 5321 §4.5.1), or another of the domain's if that bounces."""
    postmaster = f"postmaster@{_domain(grounds)}"
    known = _in_charge(grounds, "domain")
    return postmaster if postmaster in known or not known else known[0]


def _in_charge(grounds: Grounds, scope: str) -> list[str]:
    """Return the addresses of those in charge that are not known to bounce."""
    contacts = grounds.survey.contacts if grounds.survey else ()
    return ["".join(clean_line(one.address).split()) for one in contacts if one.scope == scope and not one.bounces]


def _domain(grounds: Grounds) -> str:
    """Return the domain in one piece: no line of ours ends within what may be a stranger's word."""
    return "".join(clean_line(grounds.domain).split())


def subject(grounds: Grounds, words: Words) -> str:
    return clean_line(words.subject.format(host=grounds.host))


def body(grounds: Grounds, language: str, docs: Docs = NOWHERE) -> str:
    """Return what the mail says, its paragraphs parted by empty lines."""
    words = words_of(language)
    return "\n\n".join(filter(None, _parts(grounds, words, language, docs))) + "\n"


def _parts(grounds: Grounds, words: Words, language: str, docs: Docs) -> Iterator[str]:
    def said(text: str) -> str:
        return _wrapped(clean_line(text), language)

    intro = words.intro_survey if grounds.survey else words.intro if grounds.run else words.intro_message
    yield words.greeting
    yield said(intro.format(domain=_domain(grounds)))
    yield _heading(words.happened)
    yield from (said(words.problems[problem].what) for problem in grounds.problems)
    yield _facts(_about_run(grounds, words))
    if grounds.run and grounds.run.only_own_senders:
        yield said(words.own_senders)
    yield _heading(words.when)
    yield from _came_back(grounds, words, language)
    yield said(words.proof) + "\n" + "\n".join(_proof(grounds, words, language))
    yield _heading(words.harm)
    yield from map(said, words.harms)
    yield _heading(words.change)
    yield from _changes(grounds, words, language)
    if grounds.findings:
        yield _heading(words.noticed)
        for one in (words.findings[name] for name in grounds.findings if name in words.findings):
            yield said(f"{one.what} {one.remedy}")
    yield _explained(grounds, words, docs)
    yield _heading(words.reproduce)
    yield from _reproduced(grounds, words, said(words.expected))
    yield _heading(words.ask)
    contact = grounds.run.contact if grounds.run else None
    yield said(words.contact.format(contact=contact) if contact else words.answer)
    yield from map(said, _asked(grounds, words))
    if grounds.run:
        yield said(words.no_more.format(name=record_name(_domain(grounds)), text=DENY_TEXT))
    yield words.closing


def _came_back(grounds: Grounds, words: Words, language: str) -> Iterator[str]:
    """Tell of one message, by its facts and its first lines; of a survey how many there were, and its header."""
    if grounds.survey:
        yield _facts(_about_survey(grounds.survey, words))
        yield _wrapped(words.example, language)
    yield _facts(_about_message(grounds, words))
    quoted = (words.quoted, grounds.first_lines), (words.header, grounds.survey.header if grounds.survey else ())
    for title, lines in quoted:
        if lines:
            yield f"{_wrapped(title, language)}\n" + "\n".join(f"> {clean_line(line)}" for line in lines)


def _asked(grounds: Grounds, words: Words) -> Iterator[str]:
    """Tell who is in charge, each with the scope of it."""
    if domain := _in_charge(grounds, "domain"):
        yield words.in_charge_domain.format(domain=_domain(grounds), addresses=", ".join(domain))
    if network := _in_charge(grounds, "network"):
        yield words.in_charge_network.format(addresses=", ".join(network))


def _heading(text: str) -> str:
    return f"* {text}"


def _wrapped(text: str, language: str, begin: str = "") -> str:
    rest = " " * len(begin)
    if language in _WITHOUT_BLANKS:
        sentences = text.replace(_END_OF_SENTENCE, f"{_END_OF_SENTENCE}\n").splitlines()
        return "\n".join((rest if index else begin) + one.strip() for index, one in enumerate(sentences))
    return "\n".join(
        wrap(
            text,
            WIDTH,
            initial_indent=begin,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def _facts(facts: Facts) -> str:
    return "\n".join(f"  {label}: {clean_line(value)}" for label, value in facts if value)


def _about_run(grounds: Grounds, words: Words) -> Facts:
    run = grounds.run
    if run is None:
        return
    yield words.sent.format(domain=_domain(grounds)), str(run.sent)
    yield words.run, f"{run.id} ({timestamp(run.started_at)})"
    yield words.permission, run.authorized_by


def _about_survey(survey: SurveyGrounds, words: Words) -> Facts:
    yield words.notices, str(survey.notices)
    yield words.first, survey.first
    yield words.last, survey.last
    yield words.causes, ", ".join(f"{cause}: {count}" for cause, count in survey.causes.items())


def _about_message(grounds: Grounds, words: Words) -> Facts:
    """Return each fact as it stands in a log."""
    yield words.host, grounds.host
    if one := grounds.example:
        yield words.accepted, timestamp(one.accepted.at) if one.accepted.at else None
        client = " ".join(filter(None, (one.client.address, f"(EHLO {one.client.ehlo})" if one.client.ehlo else "")))
        yield words.client, client
        yield words.mail_from, f"<{one.envelope.mail_from}>"
        yield from ((words.rcpt_to, f"<{address}>") for address in one.envelope.rcpt_to)
        yield words.message_id, one.message_id
        yield words.reply, one.accepted.reply
        yield words.queue_id, one.queue_id
    else:
        yield words.message_id, grounds.notice.original_message_id
        yield from ((words.rcpt_to, to.final_recipient) for to in grounds.notice.recipients)
    yield words.came_back, timestamp(grounds.notice.arrived_at) if grounds.notice.arrived_at else None
    by = grounds.notice.handed_over_by
    yield words.handed_over, " ".join(filter(None, (by.host, f"[{by.address}]" if by.address else "")))


def _proof(grounds: Grounds, words: Words, language: str) -> Iterator[str]:
    """Tell each kind of evidence once, with the piece that it stands on."""
    for source in dict.fromkeys(one.source for one in grounds.proof if one.source in words.evidence):
        yield _wrapped(words.evidence[source], language, "- ")
        values = (one.value for one in grounds.proof if one.source == source)
        yield from (f"  {clean_line(value)}" for value in dict.fromkeys(values) if value)


def _changes(grounds: Grounds, words: Words, language: str) -> Iterator[str]:
    for problem in grounds.problems or (Problem.ANY,):
        yield _wrapped(words.problems[problem].remedy, language)
    for one in grounds.advice:
        # The words on a product are English; its settings are their own language.
        told = [_wrapped(one.text, "en")] if language == "en" else []
        see = [words.see.format(reference=one.reference)] if one.reference else []
        yield "\n".join([f"{one.product}:", f"  {one.setting}", *told, *see])
        for paste in one.paste:
            # A blank before a line would mean something in most of these files.
            at = place(paste) if language == "en" else paste.file
            yield f"{clean_line(at)}:\n\n{clean_block(paste.lines).rstrip()}"


def _explained(grounds: Grounds, words: Words, docs: Docs) -> str:
    """Say where all this is told at length, or how the tool tells it."""
    results = [docs.said(word) for word in (*grounds.outcomes, *grounds.findings)]
    if docs.url:
        pages = (docs.page("why-not-bounce.html"), docs.page("fix.html"), *results)
        return "\n".join((words.more, *(f"  {page}" for page in pages)))
    return "\n".join((words.explained, *(f"  {command}" for command in results))) if results else ""


def _reproduced(grounds: Grounds, words: Words, expected: str) -> Iterator[str]:
    example = grounds.example
    swaks = example.swaks if example else _by_hand(grounds)
    if swaks:
        yield f"{words.by_hand}\n  {clean_line(swaks)}"
    if example and example.search:
        yield f"{words.in_logs}\n  {clean_line(example.search)}"
    retest = next((one.retest for one in grounds.advice if one.retest), None)
    if retest:
        yield f"{words.retest}\n  {clean_line(retest)}"
    yield expected


def _by_hand(grounds: Grounds) -> str:
    """Return a line that tries a recipient who does not exist at the host that wrote."""
    host = grounds.host.partition(" ")[0]
    words = ["swaks", "--server", host, "--from", "YOU@YOUR.DOMAIN", "--to", f"nobody-by-this-name@{_domain(grounds)}"]
    return shlex.join(map(clean_line, words))
