"""The reader against the labelled corpus that lies beside the repository, by the corpus's own scorer.

Skipped where the corpus is not there. docs/accuracy.md shows the same figures (benchmarks/reading_accuracy.py).
"""

from __future__ import annotations

import importlib.util
import json
import sys
import warnings
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from bsaudit.judge.entry import notification_entry
from bsaudit.judge.explain import UNATTRIBUTED, Explained
from bsaudit.ndn import read

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "corpus"

pytestmark = [
    pytest.mark.skipif(not (CORPUS / "bench" / "score.py").exists(), reason="the corpus is not here"),
    pytest.mark.timeout(600),  # the whole corpus, once for every source and product
]

# Floors, in per cent. What is below the goal of the project names the reason in docs/accuracy.md.
FLOORS = {
    "recall": 99.5,
    "recall-delay": 100,
    "fp-ALL": 100,
    "rcpt-fmt": 99.5,
    "rcpt-peer": 98.5,
    "status-fmt": 99,
    "status-peer": 98,
    "reason": 95,
    "mid-fmt": 99,
    "autoreply-recall": 85,
    "autoreply-as-bounce": 100,
    "challenge-recall": 100,
    "challenge-as-bounce": 100,
    "feedback-recall": 100,
    "feedback-as-bounce": 100,
    "auto-fp": 99.5,
}


def module(path: Path) -> ModuleType:
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture(scope="module")
def scores() -> dict[str, list]:
    score = module(CORPUS / "bench" / "score.py")
    contender = module(ROOT / "benchmarks" / "reading_contender.py")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the scorer leaves its files to the garbage collector
        labels = score.load("dev")
    results = {}
    for file in labels:
        note = read((CORPUS / file).read_bytes(), brief=True)
        explained = Explained(
            file=file,
            index=0,
            notification=notification_entry(note, UNATTRIBUTED),
            attribution=UNATTRIBUTED.attribution,
            backscatter=None,
        )
        results[file] = contender.line(json.loads(msgspec.json.encode(explained)))
    found: dict[str, list] = score.score(labels, results)
    return found


@pytest.mark.parametrize("name", FLOORS)
def test_accuracy_only_goes_up(scores: dict[str, list], name: str) -> None:
    right, of, wrong = scores[name]
    assert 100 * right / of >= FLOORS[name], f"{right} of {of}; wrong: {wrong}"


# What is read of a source, or of a product, without the rules that it alone needs, in per cent
GENERAL = {
    "source": {"recall": 98.5, "rcpt-peer": 97, "status-peer": 96, "reason": 88},
    "product": {"recall": 98, "rcpt-peer": 97, "status-peer": 96, "reason": 85},
}


@pytest.fixture(scope="module")
def general() -> dict[str, dict]:
    generalisation = module(ROOT / "benchmarks" / "reading_generalisation.py")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        measured = generalisation.measure(CORPUS)[0]
    return {
        sort: {figure: generalisation.total(groups, figure) for figure in GENERAL[sort]}
        for sort, groups in measured.items()
    }


@pytest.mark.parametrize(("sort", "figure"), [(sort, figure) for sort, floors in GENERAL.items() for figure in floors])
def test_what_nobody_looked_at_is_read_as_well(general: dict[str, dict], sort: str, figure: str) -> None:
    right, of = general[sort][figure]
    assert 100 * right / of >= GENERAL[sort][figure], f"{right} of {of}"
