"""What the reference pages of docs/ say of an id that a report prints: the pages themselves are the one source.

A wheel holds the pages (pyproject.toml), a checkout has them beside the package.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from msgspec import Struct

from bsaudit.cli.exit_codes import MEANING
from bsaudit.judge import findings
from bsaudit.judge.product import HIGH, LOW, MEDIUM
from bsaudit.model.event import EVENTS
from bsaudit.model.mail import LogStatus, ReplySource, Route, SpfResult, Stage
from bsaudit.model.notification import NAMED, Action, Attribution, Kind, Reason, Returned, Strength
from bsaudit.model.probe import Control, CountsAs, Difference, Outcome, Reached, Role, State
from bsaudit.model.published import Published
from bsaudit.model.report import Basis, Severity, Verdict
from bsaudit.model.run import RunKind, RunState
from bsaudit.model.settings import CatchKind, Tagging
from bsaudit.model.standing import Meaning, Status
from bsaudit.model.state import Condition
from bsaudit.model.survey import Pile, Shown
from bsaudit.model.way_back import Grade, ShownBy
from bsaudit.ndn.dialects import DIALECTS
from bsaudit.probe.catalogue import KINDS
from bsaudit.survey.forged import SIGNS

_PACKAGE = Path(__file__).parents[1]
_PLACES = (_PACKAGE / "pages", _PACKAGE.parent / "docs")
FINDINGS = tuple(row.id for row in findings.EVERY)
NOT_AUDITED = "not_audited"  # what formats for programs say in place of a verdict
_KIND = "kind of probe"
SOURCES = (
    *("handed_over", "signature", "returned_trace", "birth", "reporter", "received_from", "quoted", "recipient"),
    *("from", "likeness", "acceptance", "message_id", NAMED),
)
_PARTS = (
    *("relay", "catch", "valid-mailbox", "dns", "journal", "target", "permission", "config", "usage", "save", "check"),
    *("service", "lab", "bsaudit"),
)
_CLASSES = (
    *("backscatter", "spam", "exploited", "mixed", "policy", "escalation", "reputation", "score", "whitelist"),
    *("information",),
)

# How the command line and SARIF write a kind: "spam:gtube", "backscatter/spam"
_SHAPE, _RULE = ":", f"{Verdict.BACKSCATTER}/"


class Group(Struct, frozen=True):
    """Ids of one sort. What they mean stands in the rows of a table of their page, under headings, or both.

    `column` is the head of that table's first column; `headed`: each has a heading.
    """

    title: str
    page: str
    ids: tuple[str, ...]
    column: str | None = None
    headed: bool = False


class Passage(Struct, frozen=True):
    """What a page says of an id of one group, in Markdown."""

    group: Group
    id: str
    text: str


GROUPS = (
    Group("verdict", "outcomes", (*Verdict, NOT_AUDITED), "verdict"),
    Group("basis of a verdict", "outcomes", tuple(Basis), "basis"),
    Group("outcome of a probe", "outcomes", tuple(Outcome), "outcome", headed=True),
    Group("what an outcome counts as", "outcomes", tuple(CountsAs), "counts as"),
    Group("finding", "findings", FINDINGS, headed=True),
    Group("severity of a finding", "findings", tuple(Severity), "severity"),
    Group(_KIND, "kinds", tuple(KINDS), headed=True),
    Group("control", "kinds", tuple(Control), "control"),
    Group("state of a target", "check", tuple(Condition), "state"),
    Group("state of a run", "journal", tuple(RunState), "run"),
    Group("state of a probe", "journal", tuple(State), "state"),
    Group("exit code", "exit-codes", tuple(map(str, MEANING)), "standard"),
    Group("who wrote what came back", "ids", tuple(Attribution), "attribution"),
    Group("strength of evidence", "ids", tuple(Strength), "strength"),
    Group("evidence of who wrote it", "ids", SOURCES, "evidence"),
    Group("kind of what came back", "ids", tuple(Kind), "notification"),
    Group("dialect of what came back", "ids", tuple(row.name for row in DIALECTS), "dialect"),
    Group("how much of the original came back", "ids", tuple(Returned), "returned"),
    Group("address that it came to", "ids", tuple(Reached), "reached"),
    Group("action of a report", "ids", tuple(Action), "action"),
    Group("reason of a refusal", "ids", tuple(Reason), "reason"),
    Group("route", "ids", tuple(Route), "route"),
    Group("result of SPF", "ids", tuple(SpfResult), "SPF"),
    Group("what a relay's log says", "ids", tuple(LogStatus), "relay's log"),
    Group("stage of a session", "ids", tuple(Stage), "stage"),
    Group("source of a reply", "ids", tuple(ReplySource), "reply from"),
    Group("what shows acceptance", "ids", ("session", "dsn", "log", "mailbox"), "acceptance"),
    Group("difference of a repeated probe", "ids", tuple(Difference), "difference"),
    Group("recipient", "ids", tuple(Role), "recipient"),
    Group("grade of the way back", "way-back", tuple(Grade), "grade"),
    Group("what shows the way back", "ids", tuple(ShownBy), "way shown by"),
    Group("kind of run", "ids", tuple(RunKind), "kind of run"),
    Group("catch", "ids", tuple(CatchKind), "catch"),
    Group("tagging", "ids", tuple(Tagging), "tagging"),
    Group("what doctor says", "ids", ("ok", "note", "problem", "skipped", "unknown"), "check"),
    Group("record of CSV", "ids", ("target", "probe", "control", "log", "error"), "record"),
    Group("result in SARIF", "ids", ("own-log",), "result"),
    Group("confidence in a product", "ids", (HIGH, MEDIUM, LOW), "confidence"),
    Group("where an error is", "ids", _PARTS, "where"),
    Group("change between two runs", "ids", ("absent", NOT_AUDITED), "change"),
    Group("event", "ids", EVENTS, "event"),
    Group("answer of a DNS list", "listed", tuple(Status), "status"),
    Group("meaning of a list's code", "ids", tuple(Meaning), "list says"),
    Group("class of a DNS list", "ids", _CLASSES, "class of list"),
    Group("pile of a survey", "survey", tuple(Pile), "pile"),
    Group("what shows the pile", "ids", tuple(Shown), "pile shown by"),
    Group("sign of a forged bounce", "survey", SIGNS, "sign"),
    Group("advice of a survey", "ids", ("spf-dmarc", "defend", "batv", "notify"), "survey advice"),
    Group("what an own domain publishes", "survey", tuple(Published), "published"),
    Group("source of a contact", "ids", ("notice", "rfc2142", "abuse.net", "abusix"), "contact"),
)


def ids() -> Iterator[str]:
    """Yield every id that can be asked for, those of shapes too."""
    for group in GROUPS:
        yield from group.ids
    for kind, row in KINDS.items():
        yield from (f"{kind}{_SHAPE}{shape.name}" for shape in row.shapes)


def told(word: str) -> tuple[Passage, ...]:
    """Return what the pages say of `word`, once for each group that has it; hyphens and underscores are alike."""
    kind, _, shape = _plain(word).removeprefix(_RULE).partition(_SHAPE)
    found = (Passage(group, one, _text(group, one)) for group, one in _places().get(kind, ()))
    if not shape:
        return tuple(found)
    return tuple(
        Passage(one.group, f"{one.id}{_SHAPE}{shape}", _of_shape(one.text, shape))
        for one in found
        if one.group.title == _KIND and shape in {known.name for known in KINDS[one.id].shapes}
    )


@cache
def _places() -> Mapping[str, Sequence[tuple[Group, str]]]:
    """Return the groups that have an id, and how they spell it."""
    places: dict[str, list[tuple[Group, str]]] = {}
    for group in GROUPS:
        for one in group.ids:
            places.setdefault(_plain(one), []).append((group, one))
    return places


def _plain(word: str) -> str:
    return re.sub(r"[\s_]+", "-", word.strip().lower())


def _of_shape(section: str, shape: str) -> str:
    """Leave the other shapes out of a kind's section."""
    return re.sub(rf"^\| `(?!{re.escape(shape)}`).*(\n|\Z)", "", section, flags=re.MULTILINE)


def _text(group: Group, one: str) -> str:
    page = _page(group.page)
    row = _row(page, group.column, one) if group.column else ""
    section = _section(page, one) if group.headed else ""
    return "\n\n".join(filter(None, (row, section)))


@cache
def _page(name: str) -> str:
    found = next(path for place in _PLACES if (path := place / f"{name}.md").is_file())
    return found.read_text(encoding="utf-8")


def _section(page: str, heading: str) -> str:
    """Return what stands below a heading, up to the next one; "" where there is none."""
    found = re.search(rf"^##+ {re.escape(heading)}\n(.*?)(?=^##* |\Z)", page, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


def _row(page: str, column: str, one: str) -> str:
    """Return the row of `one` as a list, in the table whose first column is called `column`."""
    lines = iter(page.splitlines())
    head = next(_cells(line) for line in lines if line.startswith(f"| {column} |"))
    for line in lines:
        if not line.startswith("|"):
            break
        first, *rest = _cells(line)
        if re.sub(r"^\W*([\w.-]*\w).*", r"\1", first) == one:
            return "\n".join(f"- **{name}**: {cell}" for name, cell in zip(head[1:], rest, strict=True))
    return ""


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]
