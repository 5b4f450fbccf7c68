"""A page of the site for each word that `bsaudit help` knows, and each command: what it says, and where that stands."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

import click

from bsaudit.cli.reference import GROUPS, Passage, told
from bsaudit.cli.root import HELP_OPTIONS, root
from bsaudit.cli.say import PROGRAM
from bsaudit.report.help_pages import FOLDER, page_of
from docs.generate.cli import WIDTH, walked
from docs.site_links import linked

INDEX = f"{FOLDER}/index.md"
_WITHIN = re.compile(r"(?<=\]\()#")
# What has its place in the navigation, word by word; the index has all of them.
_IN_NAVIGATION = {"Findings": "finding", "Outcomes": "outcome of a probe", "Kinds of probes": "kind of probe"}


def navigation() -> list[object]:
    """Return the entries of the index, and of the words that are asked for most."""
    by_title = {group.title: group.ids for group in GROUPS}
    parts = {"Commands": tuple(commands())} | {name: by_title[title] for name, title in _IN_NAVIGATION.items()}
    entries: list[object] = [{"All words": INDEX}]
    seen: set[str] = set()
    for name, ids in parts.items():
        entries.append({name: [source(one) for one in ids if one not in seen]})
        seen |= {*ids}
    return entries


def source(word: str) -> str:
    """Return the file of a word's page, as it would lie below docs/."""
    return page_of(word).removesuffix(".html") + ".md"


def pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each page: what `bsaudit help WORD` says, and below that an index of all."""
    known = commands()
    words = dict.fromkeys((*known, *(one for group in GROUPS for one in group.ids)))
    for word in words:
        parts = [f"# {word}", *map(_passage, told(word))]
        if word in known:
            parts.insert(1, known[word])
        yield source(word), "\n\n".join(parts) + "\n"
    yield INDEX, _index(known)


def _passage(passage: Passage) -> str:
    group = passage.group
    text = _WITHIN.sub(f"{group.page}.md#", passage.text)
    place = f"{group.page}.md" + (f"#{passage.id}" if group.headed else "")
    whole = f"The whole page: [{group.page}]({place})."
    return f"## {group.title.capitalize()}\n\n" + linked(f"{text}\n\n{whole}", f"docs/{group.page}.md", INDEX)


def commands() -> dict[str, str]:
    """Return what is said of each command, by its name below the program's."""
    with click.Context(root, info_name=PROGRAM, help_option_names=HELP_OPTIONS, terminal_width=WIDTH) as context:
        below = [one for one in walked(context) if one.parent is not None]
        return {one.command_path.removeprefix(f"{PROGRAM} "): _command(one) for one in below}


def _command(context: click.Context) -> str:
    whole = f"[All commands](../cli.md#{context.command_path.replace(' ', '-')})."
    return f"## Command\n\n```\n{context.get_help()}\n```\n\n{whole}"


def _index(known: Mapping[str, str]) -> str:
    groups = {"command": tuple(known)} | {group.title: group.ids for group in GROUPS}
    listed = (f"## {title.capitalize()}\n\n{', '.join(map(_entry, ids))}" for title, ids in groups.items())
    head = "# All words\n\nWhatever a report prints, and every command. On a terminal: `bsaudit help WORD`."
    return "\n\n".join((head, *listed)) + "\n"


def _entry(word: str) -> str:
    return f"[{word}]({posixpath.basename(source(word))})"
