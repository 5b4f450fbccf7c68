"""Where links lead in the site, of which docs/ is the root; in the repository they lead from file to file."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
_README, _START = "README.md", "readme.md"  # beside index.md MkDocs would leave README.md out
_LINK = re.compile(r"(?<=\]\()[^)\s#]+")


def linked(markdown: str, source: str, page: str) -> str:
    """Return Markdown that stands in a file of the repository as it has to stand on a page of the site."""
    return _LINK.sub(lambda link: link[0] if ":" in link[0] else _moved(link[0], source, page), markdown)


def _moved(link: str, source: str, page: str) -> str:
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), link))
    if (ROOT / path).is_dir():
        path += "/" + _README
    return posixpath.relpath(in_site(path), posixpath.dirname(page) or ".")


def in_site(path: str) -> str:
    """Return where a file of the repository is in the site."""
    return _START if path == _README else path.removeprefix("docs/")


def in_repository(page: str) -> str:
    """Return the file of the repository that a page of the site is."""
    if page == _START:
        return _README
    return f"docs/{page}" if (ROOT / "docs" / page).exists() else page
