"""The truth table, tried: the installed command against every server, by every route, JSON compared row by row."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.mta import audit, lab, truth
from tests.mta.conftest import selected
from tests.mta.places import CATCH_MX
from tests.mta.servers.haraka import DIED
from tests.mta.servers.opensmtpd import DEAF

pytestmark = [pytest.mark.mta, pytest.mark.timeout(600)]

PAGE = lab.ROOT / "docs/truth-table.md"
AT_ONCE = 3
# What the target does not confirm itself stays unresolved: one relay's notification of success does not quote the
# target, and one is the catch MX itself, so that nothing shows that a stranger's mail reaches it.
VAGUE = {"opensmtpd", "catch"}
NOTICES = {"ndn", "delay", "mdn", "virus_notice", "autoreply", "challenge"}
QUICK = tuple(row for row in truth.TABLE if row.quick)
ALL_TIMES = ("--wait", "45s", "--grace", "7s")
QUICK_TIMES = ("--wait", "30s", "--grace", "5s")

# name of the run: route of the table, relay as in a URL (None: direct), rows, times
# A run sends 500 messages, whatever it is aimed at: directly the whole table is more, with all that is tried again.
FIRST, SECOND = truth.TABLE[::2], truth.TABLE[1::2]
RUNS = {
    "direct": ("direct", None, FIRST, ALL_TIMES),
    "direct-2": ("direct", None, SECOND, ALL_TIMES),
    "postfix": ("relay", audit.relay_url("smtp.carrier.example"), truth.TABLE, ALL_TIMES),
    "both": ("both", audit.relay_url("smtp.carrier.example"), truth.BY_BOTH, ALL_TIMES),
    "both-exim": (
        "both_without_dsn",
        audit.relay_url("smtp.exim-carrier.example"),
        truth.BY_BOTH_WITHOUT_DSN,
        ALL_TIMES,
    ),
    "hub": ("relay", audit.relay_url("smtp.hub-carrier.example"), QUICK, QUICK_TIMES),
    "filter": ("relay", audit.relay_url("smtp.filter-carrier.example"), QUICK, QUICK_TIMES),
    "srs": ("relay", audit.relay_url("smtp.srs-carrier.example"), QUICK, QUICK_TIMES),
    "catch": ("relay", audit.relay_url(CATCH_MX), QUICK, QUICK_TIMES),
    "exim": ("without_dsn", audit.relay_url("smtp.exim-carrier.example"), QUICK, QUICK_TIMES),
    "opensmtpd": (
        "relay",
        audit.relay_url("smtp.opensmtpd-carrier.example", account=False) + "?tls=none",
        QUICK,
        QUICK_TIMES,
    ),
    "sendmail": ("relay", audit.relay_url("smtp.sendmail-carrier.example", account=False), QUICK, QUICK_TIMES),
    "courier": ("relay", audit.relay_url("smtp.courier-carrier.example", account=False), QUICK, QUICK_TIMES),
}
ROWS = [(run, row) for run, (_, _, rows, _) in RUNS.items() for row in rows]


@pytest.fixture(scope="module")
def reports(
    request: pytest.FixtureRequest, ground: lab.Lab, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[audit.Ran]]]:
    """Start all runs, a few at once; each test waits for the one it reads."""
    state = tmp_path_factory.mktemp("truth")

    def audited(name: str) -> audit.Ran:
        route, relay, rows, times = RUNS[name]
        both = "both" if route.startswith("both") else None
        domains = [row.domain for row in rows]
        before = last_words(ground)
        ran = audit.probe(ground, state / name, domains, *times, relay=relay, route=both)
        if last_words(ground) == before:
            return ran
        # A server that fails under the audit is not what the table is about; one that fails every time fails its row.
        return audit.probe(ground, state / f"{name}-again", domains, *times, relay=relay, route=both)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        wanted = selected(request, "run")
        yield {name: pool.submit(audited, name) for name in RUNS if (name,) in wanted}


def last_words(ground: lab.Lab) -> str:
    """Return what is known of each end of the servers that are started again when they fail."""
    ends = {"haraka-rejects": DIED, "haraka-bounces": DIED, "broken-starttls": DEAF}
    return "".join(ground.log(f"mx.{name}.example", path) for name, path in ends.items())


@pytest.mark.parametrize(("run", "row"), ROWS, ids=[f"{run}-{row.target}" for run, row in ROWS])
def test_row(reports: dict[str, Future[audit.Ran]], run: str, row: truth.Truth) -> None:
    entry = reports[run].result().target(row.domain)
    route = RUNS[run][0]
    verdict, letters = row.seen(route)
    wrong = [
        f"{label}: {problem}"
        for label, letter in letters.items()
        if letter != truth.ANY
        for problem in problems(probes_of(entry, label), letter, label, run)
    ]
    assert not wrong, "\n".join(wrong)
    unproven = run in VAGUE and any(probe["outcome"] == "unresolved" for probe in entry["probes"])
    expected = "inconclusive" if unproven and verdict == "clean" else verdict
    assert entry["verdict"] == expected, entry["explanation"]


def probes_of(entry: dict, label: str) -> list[dict]:
    return [probe for probe in entry["probes"] if f"{probe['kind']}/{probe['shape']}" == label]


def problems(probes: list[dict], letter: str, label: str, run: str) -> Iterator[str]:
    """Yield what a probe shows that it should not. Sent to several exchangers, one of them must show it."""
    shown, direct = truth.LETTERS[letter], RUNS[run][0] == "direct"
    allowed = {shown.outcome}
    if run in VAGUE and shown.outcome == "accepted_silently":
        allowed.add("unresolved")
    outcomes = [probe["outcome"] for probe in probes]
    # The plan ends at twelve messages: where there are two exchangers, its last probe is not sent.
    if not outcomes and label in truth.LAST:
        return
    if not allowed & set(outcomes):
        yield f"{outcomes} instead of {shown.outcome}: {[probe['explanation'] for probe in probes]}"
    showing = [probe for probe in probes if probe["outcome"] in allowed]
    writers = {note["attribution"] for probe in showing for note in probe["notifications"] if note["kind"] in NOTICES}
    expected = shown.direct if direct else shown.relayed
    # In company, one recipient may be refused (the relay's NDN) while mail for the other bounces.
    spare = truth.RELAY if label == truth.MIXED and not direct else frozenset()
    if not expected <= writers <= expected | spare:
        yield f"notifications written by {sorted(writers)} instead of {sorted(expected)}"


def test_the_page_shows_the_table() -> None:
    assert PAGE.read_text() == truth.page(), "python -m tests.mta.truth > docs/truth-table.md"


def test_a_domain_that_takes_no_mail_is_not_probed(ground: lab.Lab, tmp_path: Path) -> None:
    ran = audit.probe(ground, tmp_path, ["null-mx.example"], relay=audit.relay_url("smtp.carrier.example"))
    assert ran.code == 2
    assert any(error["where"] == "target" for error in ran.report["errors"]), ran.stdout
