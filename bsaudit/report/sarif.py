"""SARIF 2.1.0, for code scanning: what bounced, what is wrong, what is not known, at the line that names the target.

Probes that were good are no results: some readers show every result as an alert, whatever its kind. All rules are
there in every run, so that a reader sees that they were looked for.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec

from bsaudit.judge import findings
from bsaudit.model.probe import CountsAs
from bsaudit.model.report import Finding, Report, Severity, Verdict
from bsaudit.model.state import Condition
from bsaudit.probe.catalogue import CATALOGUE
from bsaudit.report.formats import Look
from bsaudit.report.help_pages import Docs
from bsaudit.report.items import Item, TargetItems, by_target, errors_of
from bsaudit.report.own_log import in_words, is_to_be_told
from bsaudit.text import clean_line

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
# Where the configuration names no target: readers want a file, and this is the one that would.
NO_PLACE = ("bsaudit.toml", 1)

BACKSCATTER, INCONCLUSIVE, NOT_AUDITED, OWN_LOG = "backscatter", "inconclusive", "not-audited", "own-log"
_LEVELS = {Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note", Severity.INFO: "note"}

Json = dict[str, Any]


def render(report: Report, look: Look) -> bytes:
    """Return `report` as a SARIF log with one run."""
    results = [result for target in by_target(report) for result in _results(target, look.root)]
    errors = errors_of(report)
    invocation = {
        "executionSuccessful": not errors,
        "toolExecutionNotifications": [
            {"level": "error", "message": _message(f"{one.where}: {one.message}. {one.remedy}".strip())}
            for one in errors
        ],
    }
    rules = [_explained(rule, look.docs) for rule in _RULES.values()]
    run = {
        "tool": {
            "driver": {
                "name": "bsaudit",
                "semanticVersion": report.tool.version,
                "rules": rules,
            }
        },
        "automationDetails": {"id": "bsaudit/"},
        "invocations": [invocation],
        "results": _numbered(results),
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2) + b"\n"


def _message(text: str) -> Json:
    return {"text": text}


# the rules


def _rule(name: str, level: str, short: str, full: str) -> Json:
    return {
        "id": name,
        "shortDescription": _message(short),
        "fullDescription": _message(full),
        "defaultConfiguration": {"level": level},
    }


def _explained(rule: Json, docs: Docs) -> Json:
    """Say where a rule is explained (§3.49.12), if that is anywhere."""
    word = "not_audited" if rule["id"] == NOT_AUDITED else rule["id"].removeprefix(f"{BACKSCATTER}/")
    return rule | {"helpUri": docs.link(word)} if docs.url else rule


def _rules() -> Iterator[Json]:
    yield _rule(BACKSCATTER, "error", "Backscatter", "Mail was accepted and answered to its reverse-path afterwards.")
    for kind in CATALOGUE:
        name = f"{BACKSCATTER}/{kind.kind}"
        yield _rule(name, "error", f"Backscatter: {kind.purpose}", f"Where this is found, {kind.proves}.")
    for row in findings.EVERY:
        yield _rule(row.id, _LEVELS[row.severity], row.title, f"{row.title} ({row.reference}).")
    yield _rule(INCONCLUSIVE, "warning", "Nothing was shown either way", "Neither backscatter nor clean: see why.")
    yield _rule(NOT_AUDITED, "warning", "The target could not be audited", "Nothing was sent to it: see why.")
    told = "The log of the target's server has more of them than max_notices, or says nothing."
    yield _rule(OWN_LOG, "error", "Notices to outside addresses, by the own log", told)


_RULES = {rule["id"]: rule for rule in _rules()}
_INDEX = {name: index for index, name in enumerate(_RULES)}


# the results


def _results(target: TargetItems, root: str) -> Iterator[Json]:
    """Tell what is not good of a target: first of the whole, then of its probes, then what was found."""
    place = target.place(root)
    yield from _of_whole(target, place)
    for item in target.counting(CountsAs.BACKSCATTER):
        yield _of_probe(target, place, item, f"{BACKSCATTER}/{item.entry.kind}", "error")
    for item in target.probes:
        if item.counts_as not in (CountsAs.BACKSCATTER, CountsAs.GOOD):
            yield _of_probe(target, place, item, INCONCLUSIVE, "none") | {"kind": "open"}
    for finding in target.entry.findings:
        yield _of_finding(target, place, finding)
    log = target.entry.log
    if log is not None and is_to_be_told(log):
        level = "error" if log.exceeded else "warning"
        yield _result(target, place, OWN_LOG, level, f"{target.name}: {in_words(log)}")


def _of_whole(target: TargetItems, place: tuple[str, int] | None) -> Iterator[Json]:
    """Tell what the exit code takes a target for, where no probe says it: what is not known, or was seen before."""
    if target.counts is Verdict.INCONCLUSIVE:
        audited = target.condition is not Condition.NOT_AUDITABLE and target.entry.not_audited is None
        rule, told = (INCONCLUSIVE, "is inconclusive") if audited else (NOT_AUDITED, "was not audited")
        yield _result(target, place, rule, "warning", f"{target.name} {told}: {target.because}")
    known = target.accepted is not None and not target.counting(CountsAs.BACKSCATTER)
    if target.untold or known:
        said = f"{target.name}: {target.stands}: {target.because}"
        yield _suppressed(_result(target, place, BACKSCATTER, "error", said), target.accepted)


def _suppressed(result: Json, accepted: str | None) -> Json:
    if not accepted:
        return result
    return result | {"suppressions": [{"kind": "external", "justification": accepted}]}


def _of_probe(target: TargetItems, place: tuple[str, int] | None, item: Item, rule: str, level: str) -> Json:
    probe = item.entry
    same = (probe.kind, probe.shape, probe.route, probe.mail_exchanger, probe.difference)  # in every run of it
    result = _result(target, place, rule, level, f"{target.name}: {item.name}: {item.said}", *map(str, same))
    return _suppressed(result, item.accepted or target.accepted) if level == "error" else result


def _of_finding(target: TargetItems, place: tuple[str, int] | None, finding: Finding) -> Json:
    text = clean_line(f"{target.name}: {finding.title}: {finding.detail}")
    return _result(target, place, finding.id, _LEVELS[finding.severity], text)


def _result(target: TargetItems, place: tuple[str, int] | None, rule: str, level: str, text: str, *same: str) -> Json:
    """Return a result by a rule of ours; a report of another version may tell of kinds that this one does not know."""
    known = rule if rule in _RULES else BACKSCATTER if rule.startswith(f"{BACKSCATTER}/") else INCONCLUSIVE
    file, line = place or NO_PLACE
    location = {"artifactLocation": {"uri": quote(file)}, "region": {"startLine": line}}
    return {
        "ruleId": known,
        "ruleIndex": _INDEX[known],
        "kind": "fail",
        "level": level,
        "message": _message(text),
        "locations": [
            {
                "physicalLocation": location,
                "logicalLocations": [{"fullyQualifiedName": target.name, "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"bsaudit/v1": "\0".join((target.name, rule, *same))},
    }


def _numbered(results: list[Json]) -> list[Json]:
    """Make fingerprints of what stays the same from run to run, another for each of two that are alike in all of it."""
    seen: Counter[str] = Counter()
    for result in results:
        same = result["partialFingerprints"]["bsaudit/v1"]
        seen[same] += 1
        digest = hashlib.sha256(f"{same}\0{seen[same]}".encode("utf-8", "replace")).hexdigest()[:32]
        # The second name is the only one that GitHub goes by.
        result["partialFingerprints"] = {"bsaudit/v1": digest, "primaryLocationLineHash": f"{digest[:16]}:1"}
    return results
