"""Where the documentation explains a word of a report: at an address of the site that stays, or by `bsaudit help`.

The site has no home of its own: whoever publishes it names its address (`docs_url`).
"""

from __future__ import annotations

import re

FOLDER = "help"
_ODD = re.compile(r"[^\w.-]+")


def page_of(word: str) -> str:
    """Return the page of a word, from the site's root: of a finding, an outcome, a kind, a command, ….

    A shape ("spam:gtube") stands on the page of its kind.
    """
    return f"{FOLDER}/{_ODD.sub('-', word.partition(':')[0])}.html"
