"""The report as one HTML page that needs nothing else: no script, no picture, no connection.

Jinja2 escapes whatever the templates insert, and `_made_printable` cleans it before: no template can forget to.
A content security policy forbids everything but the page's own style sheet, which it names by its digest.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from bsaudit.model.logs import LogReport
from bsaudit.model.notification import Notification
from bsaudit.model.report import Report
from bsaudit.model.survey import SurveyReport
from bsaudit.report import logs as of_logs
from bsaudit.report import survey as of_survey
from bsaudit.report import words
from bsaudit.report.chart import Series, chart
from bsaudit.report.formats import Look, Messages
from bsaudit.report.messages import told, unreadable_line
from bsaudit.report.page import page
from bsaudit.report.plain import timestamp
from bsaudit.report.section import Tone
from bsaudit.text import clean_block

if TYPE_CHECKING:
    from bsaudit.judge.explain import Explained, Unreadable

# Of hosts, networks, subjects and causes a page shows the first
_MOST = 25
_RFC = re.compile(r"\bRFC (\d{3,5})(?: §(\d[\d.]*\d|\d))?")
_ADDRESS = re.compile(r"https://[^\s<>\"']+")


def render(report: Report, look: Look) -> bytes:
    """Return `report` as an HTML document in UTF-8."""
    return rendered("report.html", look, page=page(report, look.docs))


def survey(report: SurveyReport, look: Look) -> bytes:
    """Return a survey of a mailbox as an HTML document."""
    series = (
        Series("backscatter", Tone.BAD),
        Series("cannot be told", Tone.UNKNOWN),
        Series("answers to your own mail", Tone.GOOD),
    )
    days = chart(series, ((one.day, (one.backscatter, one.cannot_tell, one.own)) for one in report.days))
    return rendered("survey.html", look, report=report, said=of_survey, chart=days)


def logs(report: LogReport, look: Look) -> bytes:
    """Return what a server's logs show as an HTML document."""
    tones = (Tone.NOTE, Tone.UNKNOWN, Tone.GOOD, Tone.PLAIN)
    series = tuple(Series(text, tone) for (_, text), tone in zip(of_logs.KINDS, tones, strict=True))
    counted = ((one.day, tuple(getattr(one, name) for name, _ in of_logs.KINDS)) for one in report.days)
    return rendered("logs.html", look, report=report, said=of_logs, chart=chart(series, counted))


def rendered(template: str, look: Look | None = None, **values: object) -> bytes:
    """Return one of our templates, filled in."""
    if look is not None:
        values |= {"now": look.now, "docs": look.docs}
    return _environment().get_template(template).render(**values).encode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bsaudit.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_made_printable,
    )
    style = _style()
    environment.globals |= {
        "style": Markup(style),  # noqa: S704 -- our own file
        "style_digest": b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        "most": _MOST,
        "obliged": words.OBLIGED,
        "period": words.period,
        "one_day": lambda at: f"{at:%Y-%m-%d}",
    }
    environment.filters |= {"linked": _linked, "timestamp": timestamp}
    return environment


def _style() -> str:
    return files("bsaudit.report").joinpath("templates", "page.css").read_text("utf-8")


def _made_printable(value: object) -> object:
    """Clean whatever is inserted, but what a template or filter of ours made."""
    return clean_block(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _linked(reference: str) -> Markup:
    """Return a reference of our own tables with links to the standards and pages that it names."""
    text = str(escape(clean_block(reference)))
    text = _ADDRESS.sub(r'<a rel="noreferrer" href="\g<0>">\g<0></a>', text)
    return Markup(_RFC.sub(_to_rfc, text))  # noqa: S704 -- escaped above


def _to_rfc(found: re.Match[str]) -> str:
    section = f"#section-{found[2]}" if found[2] else ""
    return f'<a rel="noreferrer" href="https://www.rfc-editor.org/rfc/rfc{found[1]}{section}">{found[0]}</a>'


# explain


def _explained(explained: Explained, notification: Notification) -> bytes:
    return rendered("message.html", message=told(explained, notification))


def _unreadable(unreadable: Unreadable) -> bytes:
    return rendered("unreadable.html", text=unreadable_line(unreadable))


_HEAD, _, _TAIL = rendered("messages.html").partition(b"<!-- messages -->")
MESSAGES = Messages(_explained, _unreadable, head=_HEAD, tail=_TAIL)
