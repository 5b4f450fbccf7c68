"""`bsaudit help`: what an id in a report means, as the reference pages say it; and the help of a command."""

from __future__ import annotations

import re
import shutil
import textwrap
from difflib import get_close_matches
from io import StringIO

import click

from bsaudit.cli.command import DONE, Command
from bsaudit.cli.reference import GROUPS, Passage, ids, told
from bsaudit.cli.root import WIDTH, root
from bsaudit.errors import UsageError

_USAGE = '"bsaudit help ID" says what an id in a report means, "bsaudit help COMMAND" how to use a command.'


def _known(_context: click.Context, _argument: click.Parameter, incomplete: str) -> list[str]:
    return [one for one in (*ids(), *root.list_commands(_context)) if one.startswith(incomplete)]


@click.command(
    cls=Command,
    examples=(
        "bsaudit help",
        "bsaudit help bounced",
        "bsaudit help spam:gtube",
        "bsaudit help 3",
        "bsaudit help report",
    ),
    exits=DONE | {2: "there is no such word"},
)
@click.argument("words", metavar="[ID | COMMAND]", nargs=-1, shell_complete=_known)
@click.pass_context
def command(context: click.Context, /, *, words: tuple[str, ...]) -> None:
    """Say what a word in a report means: a finding, an outcome, a kind of probe, an exit code, evidence, any other id.

    It is what the documentation says, and needs neither a configuration nor the network. Without a word it lists all
    that can be asked for; with a command it prints that command's help.
    """
    if not words:
        click.echo(_overview())
        return
    word = " ".join(words)
    found = filter(None, (_of_command(context.find_root(), words), *map(_shown, told(word))))
    text = "\n\n".join(part.rstrip() for part in found)
    if not text:
        raise _unknown(word, context)
    click.echo(text)


def _of_command(context: click.Context, words: tuple[str, ...]) -> str:
    """Return the help of the command that `words` name ("config show"), "" where they name none."""
    asked: click.Command | None = root
    for word in words:
        asked = asked.get_command(context, word) if isinstance(asked, click.Group) else None
        if asked is None:
            return ""
        context = click.Context(asked, info_name=word, parent=context)
    assert asked is not None
    return asked.get_help(context)


def _unknown(word: str, context: click.Context) -> UsageError:
    close = get_close_matches(word.lower(), [*ids(), *root.list_commands(context)], n=1)
    meant = f'Did you mean "{close[0]}"? ' if close else ""
    return UsageError(f"nothing here is called {word!r}", remedy=f'{meant}"bsaudit help" lists what there is.')


def _overview() -> str:
    listed = [(group.title, group.ids) for group in GROUPS]
    listed.append(("command", tuple(root.list_commands(click.Context(root)))))
    return "\n\n".join((_USAGE, *(f"{title.capitalize()}:\n{_wrapped(names)}" for title, names in listed)))


def _wrapped(names: tuple[str, ...]) -> str:
    return textwrap.fill(
        ", ".join(names), _width(), initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
    )


def _width() -> int:
    return min(shutil.get_terminal_size().columns, WIDTH)


def _shown(passage: Passage) -> str:
    """Return a passage as a terminal shows it; where a link of a page leads says nothing here."""
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(file=StringIO(), width=_width(), color_system=None, highlight=False, legacy_windows=False)
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", passage.text)
    with console.capture() as captured:
        console.print(Markdown(text, hyperlinks=False))
    body = "\n".join(line.rstrip() for line in captured.get().strip("\n").splitlines())
    return f"{passage.id} ({passage.group.title})\n\n{body}"
