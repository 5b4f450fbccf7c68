"""For all tiers: a slow machine is no failure (speed is measured in benchmarks/), and no terminal's width matters."""

from __future__ import annotations

import gc
import os
import re
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.workermanage import WorkerController

pytest.register_assert_rewrite("tests.support")

# A run that is made often shows a property few examples, other ones each time; the gate adds
# `--hypothesis-profile thorough`.
EXAMPLES = {"bsaudit": 50, "thorough": 200}
for name, count in EXAMPLES.items():
    settings.register_profile(name, max_examples=count, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("bsaudit")

# GNU readline, which pytest loads, exports the size of its terminal behind the back of os.environ: every process that
# is started here would lay its text out for it, and so would the workers of pytest-xdist.
for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"):
    os.environ.pop(name, None)
    os.unsetenv(name)

# Workers, commands and the tests' own interpreters all read the same files: compiled once, not by each of them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Folders of tiers that are run by themselves.
TIERS = ("browser", "mta")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Pass by a tier that nobody asked for, before each process imports what its tests need."""
    tier = collection_path.name
    asked = any(tier in Path(argument).parts for argument in config.args)
    return True if tier in TIERS and f"not {tier}" in config.option.markexpr and not asked else None


# The process that the workers' commands are forked from, which has imported everything, is one for all of them.
ORIGIN = pytest.StashKey[Path]()


def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    from tests.support import commands

    kept = ExitStack()
    config.stash[ORIGIN] = kept.enter_context(commands.origin())
    config.add_cleanup(kept.close)


def pytest_configure_node(node: WorkerController) -> None:
    node.workerinput["origin"] = str(node.config.stash[ORIGIN])


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        from tests.support import commands

        commands.share(Path(config.workerinput["origin"]))


# What collecting makes stays to the end; thousands of tests are much to look through, again and again, for garbage.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


# The longest files, which mostly wait: the rest fills their pauses. Begun late, one of them ran alone at the end.
FIRST = (
    "test_fault_matrix.py",
    "test_pipeline.py",
    "test_kill_journal.py",
    "test_standing_mailbox.py",
    "test_interrupted.py",
    "test_demo.py",
    "test_flooded.py",
    "test_own_side.py",
    "test_kill.py",
    "test_cli_probe.py",
    "test_again.py",
    "test_forged.py",
    "test_other_mx.py",
    "test_doctor.py",
    "test_check.py",
    "test_cli_shell.py",
    "test_examples.py",
    "test_other_catch.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))


# Most tests of tests/process wait for a server or a command most of the time: four workers keep a processor busy.
WORKERS_PER_PROCESSOR = 4
# The longest file bounds what more of them would gain, and each spends seconds on imports before its first test.
MOST_WORKERS = 8


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many processes share the tests: 0, that is this one, where more would only cost their start.

    That is so for a single file; and the real mail servers share one laboratory, which is built once.
    """
    paths = [Path(argument.partition("::")[0]) for argument in config.args]
    if all(path.suffix == ".py" for path in paths) or re.search(r"(?<!not )\b(mta|smoke)\b", config.option.markexpr):
        return 0
    processors = len(os.sched_getaffinity(0))
    if all("pure" in path.parts for path in paths):
        return min(MOST_WORKERS, processors)
    return min(MOST_WORKERS, WORKERS_PER_PROCESSOR * processors)
