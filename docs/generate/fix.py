"""docs/fix.md, generated from the table of advice: `python -m docs.generate.fix > docs/fix.md`."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from bsaudit.judge.advice_table import CLAUSES, GENERIC, PRODUCTS, Problem, Product, Setting

_HEAD = """\
# From a verdict to a fixed server

Generated from the advice that reports give: `python -m docs.generate.fix > docs/fix.md`.

1. **Read "Why".** It names the host that wrote to the reverse-path. That is the one to mend, and often not the one that
   you think of: a gateway, a backup MX, a filter behind the server. `bsaudit report RUN --verbose` shows all evidence.
2. **Find the message in its logs**, by the time, the queue id or the Message-ID that stand in the report:
   `{search}`, or what stands below the product.
3. **Find what was wrong** in the first table, and the setting below the product's name. The rule behind all of them:
   whatever will not be delivered is refused *before* the final 250. Who cannot do that files it or drops it, and never
   returns it ([why](why-not-bounce.md)).
4. **Ask again**: `bsaudit probe --again RUN` repeats the run: same targets, way, catch and recipients. Then let it be
   asked night after night: [check](check.md).

| what came back | what was wrong | below |
|---|---|---|
{problems}

A product without a row for it is mended as [any mail server](#any-mail-server) is. Settings are those of the products'
own documentation, named beside each; look there before you change a server that works. What asks for it, whatever the
product:

{clauses}
"""

_PROBLEMS = {
    Problem.RECIPIENT: ("a bounce for nobody, or for a disabled mailbox", "it did not know its recipients at RCPT TO"),
    Problem.CONTENT: ("a bounce or a notice for spam, a virus, an attachment", "it filtered after the final 250"),
    Problem.QUOTA: ("a bounce because a mailbox is full", "it looked at the quota after the final 250"),
    Problem.REPLY: ("an automatic reply or a challenge", "a mailbox answers whoever was named as sender"),
    Problem.FORWARD: ("a bounce by whom mail was forwarded to", "it forwards under the sender's reverse-path"),
    Problem.DELAY: ("a warning that a message is delayed", "it warns strangers of its own queue"),
}
_NAMES = {
    Problem.RECIPIENT: "Recipients",
    Problem.CONTENT: "Content",
    Problem.QUOTA: "Full mailboxes",
    Problem.REPLY: "Automatic replies",
    Problem.FORWARD: "Forwarding",
    Problem.DELAY: "Delay warnings",
    Problem.ANY: "Everything else",
}


def page() -> str:
    """Return the page: what was wrong, then a section for each product by its name, and what holds for all."""
    problems = "\n".join(f"| {back} | {wrong} | {_NAMES[one]} |" for one, (back, wrong) in _PROBLEMS.items())
    products = (*sorted(PRODUCTS, key=lambda product: product.name.lower()), GENERIC)
    sections = ("\n" + "\n".join(_section(one)) + "\n" for one in products)
    clauses = "\n".join(f"- {name}: {CLAUSES[one]}" for one, name in _NAMES.items())
    return _HEAD.format(problems=problems, search=GENERIC.search, clauses=clauses) + "".join(sections)


def _section(product: Product) -> Iterator[str]:
    yield f"## {product.name if product is not GENERIC else product.name.capitalize()}\n"
    # Where one row is all that there is, it is not "everything else"
    yield from (_row(one, alone=len(product.settings) == 1) for one in product.settings)
    if product.search != GENERIC.search:
        yield f"\nIn its logs: `{product.search}`"


def _row(setting: Setting, *, alone: bool) -> str:
    name = "Everything" if alone and setting.problem is Problem.ANY else _NAMES[setting.problem]
    default = f" By default: {_plain(setting.default)}." if setting.default else ""
    return f"- **{name}**: `{setting.setting}`. {_plain(setting.text)}{default} *({_plain(setting.reference)})*"


def _plain(text: str) -> str:
    """Return text in which Markdown sees no marks."""
    return re.sub(r"([*<>\[\]`\\])", r"\\\1", text)


if __name__ == "__main__":
    click.echo(page(), nl=False)
