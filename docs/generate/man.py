"""The man pages, one for each command: `python -m docs.generate.man [DIR]` writes them, into `man` unless told."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

import click
from click_man.man import ManPage

from bsaudit import __version__
from bsaudit.cli.command import examples_of, exits_of
from bsaudit.cli.exit_codes import MEANING
from bsaudit.cli.root import COMMANDS, HELP_OPTIONS, root
from bsaudit.cli.say import PROGRAM
from docs.generate.cli import walked

SUFFIX = ".1"  # the section: commands of users
AS_IT_IS = "\b\n"  # begins a paragraph whose lines click leaves alone
_LINES = {name: text for group in COMMANDS.values() for name, text in group.items()}


def pages() -> dict[str, str]:
    """Return the pages by the names of their files."""
    with click.Context(root, info_name=PROGRAM, help_option_names=HELP_OPTIONS) as context:
        return {one.command_path.replace(" ", "-") + SUFFIX: _page(one) for one in walked(context)}


def _page(context: click.Context) -> str:
    command = context.command
    page = ManPage(context.command_path)
    page.version = f"{PROGRAM} {__version__}"
    page.short_help = roff(_short(context))
    page.synopsis = _foldable(" ".join(command.collect_usage_pieces(context)))
    page.description = roff(cleandoc(command.help or ""))
    options = (one for one in command.get_params(context) if isinstance(one, click.Option))
    records = filter(None, (one.get_help_record(context) for one in options))
    page.options = [(_foldable(names), roff(text)) for names, text in records]  # whose dashes it escapes itself
    page.commands = [(str(one.info_name), roff(_short(one))) for one in walked(context) if one.parent is context]
    return str(page).replace(".SH COMMANDS\n.PP\n", ".SH COMMANDS\n") + "".join(_ends(context))


def _foldable(choices: str) -> str:
    """Let a line end between choices: there is no space in them, and they are longer than a terminal is wide."""
    return choices.replace("|", r"|\:")


def _short(context: click.Context) -> str:
    """Return the line of the root's help; of the root and of what is below a command, the first sentence of its own."""
    return _LINES.get(context.command_path.removeprefix(f"{PROGRAM} ")) or context.command.get_short_help_str(limit=200)


def _ends(context: click.Context) -> Iterator[str]:
    yield ".SH EXIT STATUS\n"
    for code, meaning in (MEANING | exits_of(context.command)).items():
        yield f".TP\n{code}\n{roff(meaning)}\n"
    if examples := "\n".join(examples_of(context.command)):
        yield f".SH EXAMPLES\n{roff(AS_IT_IS + examples)}\n"
    parents = context.command_path.split(" ")[:-1]
    if parents:
        yield f".SH SEE ALSO\n.BR {'-'.join(parents)} (1)\n"


def roff(text: str) -> str:
    """Return help as roff that prints it (groff_man(7)): click-man itself leaves all but blank lines as they are."""
    return "\n\n".join(_paragraph(one) for one in re.split(r"\n{2,}", text.strip("\n")))


def _paragraph(text: str) -> str:
    lines = text.removeprefix(AS_IT_IS).replace("\\", r"\e").replace("-", r"\-").split("\n")
    safe = "\n".join(rf"\&{line}" if line.startswith((".", "'")) else line for line in lines)
    return f".nf\n{safe}\n.fi" if text.startswith(AS_IT_IS) else re.sub(r"(?m)^ +", "", safe)


if __name__ == "__main__":
    folder = Path(*sys.argv[1:2] or ["man"])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text)
