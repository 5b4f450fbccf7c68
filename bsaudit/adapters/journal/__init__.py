"""The journal: durable memory of every run, in SQLite or PostgreSQL (SQLAlchemy Core).

    states    the table of states and legal moves
    tables    what is stored where; `schema` creates and migrates it
    rows      values of the model to text and back
    loading   runs read back, after what dead ones left behind was put in order
    pruning   old runs forgotten
    histories what runs showed, as it was judged, and how targets stand over all of them
    answers   what DNS lists answered
    database  which database, how it is opened, what its errors mean
    owner     is the process that began a run still alive?
    worker    the one thread that talks to the database; commits in groups
    sql       SqlJournal, which implements `bsaudit.ports.Journal` with all of them

docs/journal.md has the crash argument.
"""

from __future__ import annotations

from bsaudit.adapters.journal.sql import SqlJournal, open_journal

__all__ = ["SqlJournal", "open_journal"]
