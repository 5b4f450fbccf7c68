"""JUnit XML, as Jenkins (junit-10.xsd), GitLab and most others read it: a suite a target, a case a probe.

What bounced is a failure, what showed nothing is skipped. Most readers take a suite without failures and errors for a
good one, so that a target without a verdict has one error more, and one that is guilty by earlier runs one failure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree as ET

from bsaudit.model.logs import TargetLog
from bsaudit.model.probe import CountsAs
from bsaudit.model.report import Report, Verdict
from bsaudit.report.formats import Look
from bsaudit.report.items import Item, TargetItems, by_target, errors_of, of_our_side
from bsaudit.report.own_log import in_words, is_to_be_told

CLASS = "bsaudit"
OUR_SIDE = f"{CLASS} our own side"  # no target is called so: a blank stands in no domain
_ELEMENT = {CountsAs.BACKSCATTER: "failure", CountsAs.FINDING: "skipped", CountsAs.INCONCLUSIVE: "skipped"}


def render(report: Report, _look: Look) -> bytes:
    """Return `report` as JUnit XML in UTF-8."""
    targets = by_target(report)
    suites = [_suite(f"{CLASS}.{target.name}", [*_of_target(target)]) for target in targets]
    ours = [*_of_our_side(report)]
    if ours:
        suites.insert(0, _suite(OUR_SIDE, ours))
    root = ET.Element("testsuites", {"name": CLASS, **_counts(case for suite in suites for case in suite)})
    root.extend(suites)
    ET.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root) + b"\n"


def _suite(name: str, cases: list[ET.Element]) -> ET.Element:
    skipped = sum(case.find("skipped") is not None for case in cases)
    suite = ET.Element("testsuite", {"name": name, **_counts(cases), "skipped": str(skipped)})
    for case in cases:
        case.set("classname", name)
        suite.append(case)
    return suite


def _counts(cases: Iterable[ET.Element]) -> dict[str, str]:
    found = list(cases)
    number = {tag: sum(case.find(tag) is not None for case in found) for tag in ("failure", "error")}
    seconds = sum(float(case.get("time", "0")) for case in found)
    return {
        "tests": str(len(found)),
        "failures": str(number["failure"]),
        "errors": str(number["error"]),
        "time": f"{seconds:.3f}",
    }


def _of_target(target: TargetItems) -> Iterator[ET.Element]:
    cases = [_case(item, item.accepted or target.accepted) for item in target.items]
    yield from cases
    log = target.entry.log
    if log is not None and log.max_notices is not None:
        yield _log(log)
    tag = _tag(target)
    if tag == "error" or (tag and all(case.find(tag) is None for case in cases)):
        yield _told("verdict", tag, target.stands, target.because)


def _tag(target: TargetItems) -> str:
    """Return what the exit code takes a target for; no case of a probe may say it: an earlier run did."""
    if target.counts is Verdict.CLEAN:
        return "" if target.is_plainly_clean else "skipped"
    return "failure" if target.counts is Verdict.BACKSCATTER else "error"


def _of_our_side(report: Report) -> Iterator[ET.Element]:
    for item in of_our_side(report):
        yield _case(item)
    for number, error in enumerate(errors_of(report), 1):
        yield _told(f"error {number}: {error.where}", "error", error.where, f"{error.message}. {error.remedy}".strip())


def _case(item: Item, accepted: str | None = None) -> ET.Element:
    element = ET.Element("testcase", name=item.name, time=f"{max(item.entry.seconds or 0.0, 0.0):.3f}")
    tag = _ELEMENT.get(item.counts_as)
    if tag == "failure" and accepted:
        return _told_in(element, "skipped", item.outcome, f"accepted ({accepted}): {item.said}")
    return element if tag is None else _told_in(element, tag, item.outcome, item.said)


def _log(log: TargetLog) -> ET.Element:
    """Return the case of a target's own log, for which somebody set a limit."""
    if not is_to_be_told(log):
        return ET.Element("testcase", name="own log", time="0.000")
    return _told("own log", "failure" if log.exceeded else "error", "notices", in_words(log))


def _told(name: str, tag: str, kind: str, message: str) -> ET.Element:
    return _told_in(ET.Element("testcase", name=name, time="0.000"), tag, kind, message)


def _told_in(element: ET.Element, tag: str, kind: str, message: str) -> ET.Element:
    """Say it twice: some show the attribute, others the text."""
    ET.SubElement(element, tag, type=kind, message=message).text = message
    return element
