"""Where the documentation explains a word of a report: at an address of its site that stays, or by `bsaudit help`.

The site has no home of its own: whoever publishes it names its address (`docs_url`).
"""

from __future__ import annotations

import re
from typing import NamedTuple

FOLDER = "help"
_ODD = re.compile(r"[^\w.-]+")


def page_of(word: str) -> str:
    """Return the page of a word, from the site's root: of a finding, an outcome, a kind, a command, ….

    A shape ("spam:gtube") stands on the page of its kind.
    """
    return f"{FOLDER}/{_ODD.sub('-', word.partition(':')[0])}.html"


class Docs(NamedTuple):
    """The documentation as a report names it; `url` is "" where nobody published it."""

    url: str = ""

    def page(self, name: str) -> str:
        """Return the address of a page ("fix.html"), "" where there is none."""
        return f"{self.url}/{name}" if self.url else ""

    def link(self, word: str) -> str:
        """Return the address of a word's page, "" where there is none."""
        return self.page(page_of(word))

    def said(self, word: str) -> str:
        """Return where a word is explained, as people type it."""
        return self.link(word) or f"bsaudit help {word}"


NOWHERE = Docs()
