"""What is stored where. A column of its own for what is searched or guarded; the rest of a value is JSON.

The names carry a prefix because a PostgreSQL database may hold other people's tables too.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy import UniqueConstraint as Unique

metadata = MetaData()


def _order() -> Column[int]:
    """Return the number that grows with every row: the order in which things were recorded."""
    return Column("seq", Integer, primary_key=True)


def _run() -> Column[str]:
    return Column("run_id", Text, ForeignKey("bsaudit_runs.id"), nullable=False)


versions = Table(
    "bsaudit_journal",
    metadata,
    Column("version", Integer, nullable=False),
)

runs = Table(
    "bsaudit_runs",
    metadata,
    _order(),
    Column("id", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    # The HMAC key of this run's tokens, without which `collect` could not tell its own answers from forged ones. It is
    # no credential: it opens nothing, dies with the run, and whoever can read this row can read the arrivals as well.
    Column("key", LargeBinary, nullable=False),
    Column("owner", Text, nullable=False),
    Column("alive_at", BigInteger, nullable=False),  # the owner's heartbeat: seconds since 1970 by the database's clock
    Column("data", Text, nullable=False),
)

targets = Table(
    "bsaudit_targets",
    metadata,
    _order(),
    _run(),
    Column("target", Text, nullable=False),
    Column("data", Text, nullable=False),
    Unique("run_id", "target"),
)

probes = Table(
    "bsaudit_probes",
    metadata,
    _order(),
    _run(),
    Column("probe_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("probe", Text, nullable=False),
    Column("submission", Text),
    Column("settlement", Text),
    Unique("run_id", "probe_id"),
)

arrivals = Table(
    "bsaudit_arrivals",
    metadata,
    _order(),
    _run(),
    Column("uid_digest", Text, nullable=False),  # a uid may be a file name in no character set at all
    Column("probe_id", Text),
    Column("compressed", Boolean, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("data", Text, nullable=False),
    Unique("run_id", "uid_digest"),
)

sessions = Table(
    "bsaudit_sessions",
    metadata,
    _order(),
    _run(),
    Column("data", Text, nullable=False),
    Index("bsaudit_sessions_run", "run_id"),
)

# What a run showed of a target, as the tool that judged it last wrote it: read without judging again.
entries = Table(
    "bsaudit_entries",
    metadata,
    _order(),
    _run(),
    Column("target", Text, nullable=False),
    Column("version", Text, nullable=False),  # of the tool
    Column("data", Text, nullable=False),
    Unique("run_id", "target"),
)

# How a target stands over all its runs; outlives them.
histories = Table(
    "bsaudit_histories",
    metadata,
    _order(),
    Column("target", Text, nullable=False, unique=True),
    Column("data", Text, nullable=False),
)

# The last check of the configured targets: one row.
checks = Table(
    "bsaudit_checks",
    metadata,
    _order(),
    Column("data", Text, nullable=False),
)

# What was or will be sent, and when: for a day, so that all who share the journal keep to one budget.
ledger = Table(
    "bsaudit_ledger",
    metadata,
    _order(),
    Column("unit", Text, nullable=False),
    Column("at", Double, nullable=False),  # seconds since 1970
    Index("bsaudit_ledger_unit", "unit", "at"),
)

# The sessions under way with receiving hosts, and when the last ones began.
lanes = Table(
    "bsaudit_lanes",
    metadata,
    _order(),
    Column("unit", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("begun", Double, nullable=False),  # seconds since 1970
    Column("until", Double, nullable=False),
    Column("pace", Double, nullable=False),
    Column("held", Boolean, nullable=False),
    Index("bsaudit_lanes_unit", "unit"),
)

# What DNS lists answered, as long as it holds; `servers` are those that were asked for it.
answers = Table(
    "bsaudit_answers",
    metadata,
    _order(),
    Column("servers", Text, nullable=False),
    Column("until", Double, nullable=False),  # seconds since 1970
    Column("data", Text, nullable=False),
)
