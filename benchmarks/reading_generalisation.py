#!/usr/bin/env python3
"""How well the reader reads what nobody looked at: score a source without the rules that only it needs.

    reading_generalisation.py [--corpus DIR] [--words] [--rows]

Every row of the reader's tables has an id: concepts and their words, grammar, meanings, codes of providers, status
and reply codes, the words by which notices are known, dialects. For a source S (and for a product) the rows are
switched off that take part in no answer outside S, so that all of them together change none there; then S is scored by
the corpus's own scorer. A row takes part where its word stands in what was read, or where it decided. `--words`
switches single words, not whole rows of the vocabulary; `--rows` prints the rows that one group alone needs.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import reading_contender

import bsaudit.ndn
from bsaudit.judge.entry import notification_entry
from bsaudit.judge.explain import UNATTRIBUTED
from bsaudit.ndn import codes, concepts, meanings, reader, reason
from bsaudit.ndn.clauses import clauses
from bsaudit.ndn.dialects import forms
from bsaudit.ndn.lookup import Words
from bsaudit.ndn.message import Message
from bsaudit.ndn.understanding import Said, Understanding
from bsaudit.ndn.vocabulary import plain

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ("recall", "rcpt-peer", "status-peer", "reason", "reason-lenient")
CODES = {"status": codes.BY_STATUS, "subject": codes.BY_SUBJECT, "reply": codes.BY_REPLY}
Counts = dict[str, list[int]]
BEGINNING = 5
BLANKS = str.maketrans("-_", "  ")


class Tables:
    """All rows, as they are in ordinary use, and the switch."""

    def __init__(self) -> None:
        self.dialects = reader.DIALECTS
        self.forms = forms.FORMS
        self.codes = {name: dict(table) for name, table in CODES.items()}
        self.notices = {name: (found, tuple(found)) for name, found in _notice_words()}
        # Thousands of words: most are told not to be in a text by how they begin.
        self.begun: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name, (_, words) in self.notices.items():
            for word in words:
                self.begun[word[:BEGINNING]].append((f"{name}:{word}", word))
        self.short = {word for word in self.begun if len(word) < BEGINNING}
        self.vocabulary = [
            (name, word)
            for table in (concepts.CONCEPTS, concepts.UNSPACED)
            for name, words in table.items()
            for word in words.split()
        ]
        self.spoken = [(f"{name}:{word}", *_stands(name, word)) for name, word in self.vocabulary]

    def ids(self) -> set[str]:
        found = {f"{name}:{word}" for name, word in self.vocabulary}
        found |= {row.id for row in (*meanings.MEANINGS, *meanings.NORMAL)}
        found |= {
            f"{row.id}:{code}" for row in codes.PUBLISHED for said in row.reasons.values() for code in said.split()
        }
        found |= {f"{name}:{code}" for name, table in self.codes.items() for code in table}
        found |= {f"{name}:{word}" for name, (_, words) in self.notices.items() for word in words}
        found |= {f"dialect:{form.name}" for form in self.forms}
        return found | {f"dialect:{row.name}" for row in self.dialects if row.read is not forms.read}

    @contextmanager
    def switched(self) -> Iterator[Callable[[set[str]], None]]:
        """Give the switch, by which to read without some rows; at the end all of them are in use again."""
        try:
            yield self._switch
        finally:
            self._switch(set())

    def _switch(self, off: set[str]) -> None:
        reason.TABLES = Understanding(off)
        reader.DIALECTS = tuple(row for row in self.dialects if f"dialect:{row.name}" not in off)
        forms.FORMS = tuple(form for form in self.forms if f"dialect:{form.name}" not in off)
        for name, table in CODES.items():
            table.clear()
            table.update({code: said for code, said in self.codes[name].items() if f"{name}:{code}" not in off})
        for name, (found, words) in self.notices.items():
            found.__init__(word for word in words if f"{name}:{word}" not in off)


def _notice_words() -> Iterator[tuple[str, Words]]:
    seen: set[int] = set()
    for found in pkgutil.walk_packages(bsaudit.ndn.__path__, "bsaudit.ndn."):
        for name, value in vars(importlib.import_module(found.name)).items():
            if isinstance(value, Words) and id(value) not in seen:
                seen.add(id(value))
                yield f"{found.name.removeprefix('bsaudit.ndn.')}.{name}", value


class Trace(Understanding):
    """The reader's understanding, which notes what it was asked and which rows decided."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.rows: set[str] = set()
        self.of = self._noting(self.of)
        self._grammar = {row.id: Understanding({row.id}) for row in meanings.NORMAL}

    def _noting(self, of: Callable[[str], Said]) -> Callable[[str], Said]:
        def noting(text: str) -> Said:
            told = of(text)
            self.texts.append(text)
            self.rows |= {row.id for row in (told.sure, told.vague, told.faint) if row is not None}
            for clause in clauses(text, self.vocabulary):
                whole = self.normal(clause)
                self.rows |= {row for row, other in self._grammar.items() if other.normal(clause) != whole}
            return told

        return noting


def rows_of(raw: bytes, tables: Tables) -> set[str]:
    """Return the rows that take part in reading a message."""
    reason.TABLES = trace = Trace() if not isinstance(reason.TABLES, Trace) else reason.TABLES
    trace.texts, trace.rows = [], set()
    note = reader.read(raw, brief=True)
    found = set(trace.rows) | {f"dialect:{note.dialect}"}
    for one in note.recipients:
        detail = (one.refined_status or "")[2:]
        found |= {
            f"status:{detail}",
            f"subject:{detail}",
            f"subject:{detail.partition('.')[0]}",
            f"reply:{one.reply_code}",
        }
    found |= _spoken(trace.texts, tables)
    message = Message(raw)
    sender, prose = message.sender, message.prose
    seen = (message.subject, sender, sender.translate(BLANKS), prose, " ".join(prose.split()))
    lines = " ".join(seen).casefold()
    begun = {lines[at : at + BEGINNING] for at in range(len(lines))} | tables.short
    likely = (tables.begun[beginning] for beginning in begun & tables.begun.keys())
    return found | {row for rows in likely for row, word in rows if word in lines}


def _stands(name: str, word: str) -> tuple[str, str]:
    """Return in what of a message's words a word of the vocabulary is looked for, and as which text."""
    if name in concepts.UNSPACED:
        return "joined", plain(word)
    if "_" in word:
        return "joined", f" {' '.join(map(plain, word.split('_')))} "
    return "beginnings" if word.endswith("*") else "single", plain(word)


def _spoken(texts: list[str], tables: Tables) -> set[str]:
    raw = [word for text in texts for word in text.split()]
    words = [plain(part) for word in raw for part in (word, *re.split(r"[^\w]+", word))]
    single = set(words)
    beginnings = {word[:length] for word in single for length in range(2, len(word) + 1)}
    places = {"joined": f" {' '.join(words)} ", "beginnings": beginnings, "single": single}
    found = {row for row, place, text in tables.spoken if text in places[place]}
    for row in codes.PUBLISHED:
        said = {match[1].lower() for word in raw for match in re.finditer(row.pattern, word, re.IGNORECASE)}
        known = [code for listed in row.reasons.values() for code in listed.split()]
        found |= {f"{row.id}:{code}" for code in known for one in said if one.startswith(code)}
    return found


def whole_row(row: str) -> str:
    """Return the row of the table that a word stands in: a concept, a provider."""
    name = row.partition(":")[0]
    return name if name in concepts.CONCEPTS or name in {one.id for one in codes.PUBLISHED} else row


def measure(corpus: Path, *, words: bool = False) -> tuple[dict[str, dict[str, Counts]], dict[str, set[str]]]:
    """Return the scorer's counts by "source" and "product" and group, and the rows that each group alone needs."""
    sys.path.insert(0, str(corpus / "bench"))
    score = importlib.import_module("score")
    labels = score.load("dev")
    raws = {name: (corpus / name).read_bytes() for name in labels}
    tables = Tables()
    key = (lambda row: row) if words else whole_row
    cells: dict[str, set[str]] = defaultdict(set)
    for row in tables.ids():
        cells[key(row)].add(row)
    with tables.switched():
        parts = {name: {key(row) for row in rows_of(raw, tables)} for name, raw in raws.items()}
    everywhere = Counter(row for part in parts.values() for row in part)
    found: dict[str, dict[str, Counts]] = {"source": {}, "product": {}}
    alone: dict[str, set[str]] = {}
    with tables.switched() as switch:
        for sort, group, names in _groups(labels):
            inside = Counter(row for name in names for row in parts[name])
            off = {row for row in cells if everywhere[row] == inside[row]}
            alone[group] = {row for row in off if inside[row]}
            switch({cell for row in off for cell in cells[row]})
            results = {name: reading_contender.line(_explained(name, raws[name])) for name in names}
            counts = score.score({name: labels[name] for name in names}, results)
            found[sort][group] = {figure: counts[figure][:2] for figure in FIGURES if figure in counts}
    return found, alone


def _explained(name: str, raw: bytes) -> dict:
    note = notification_entry(reader.read(raw, brief=True), UNATTRIBUTED)
    return {"file": name, "notification": msgspec.to_builtins(note)}


def _groups(labels: dict[str, dict]) -> Iterable[tuple[str, str, list[str]]]:
    for sort, field in (("source", "source"), ("product", "mta_family")):
        groups: dict[str, list[str]] = defaultdict(list)
        for name, label in labels.items():
            if label.get(field):
                groups[label[field]].append(name)
        for group, names in sorted(groups.items()):
            yield sort, group, names


def total(groups: dict[str, Counts], figure: str) -> list[int]:
    counts = [found[figure] for found in groups.values() if figure in found]
    return [sum(right for right, _ in counts), sum(of for _, of in counts)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=ROOT.parent / "shared" / "corpus")
    parser.add_argument("--words", action="store_true")
    parser.add_argument("--rows", action="store_true")
    options = parser.parse_args()
    found, alone = measure(options.corpus, words=options.words)
    for figure in FIGURES:
        for sort, groups in found.items():
            right, of = total(groups, figure)
            print(f"{figure} by {sort}: {right} of {of}, {100 * right / of:.1f} %")
    if options.rows:
        for group, rows in alone.items():
            print(group, *sorted(rows), sep="\n    ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
