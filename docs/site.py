"""MkDocs' hook: what lies beside docs/ and is linked from there is in the site, too, and every link leads to it there.

In the repository a link leads from file to file; in the site docs/ is the root.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

_ROOT = Path(__file__).parents[1]
_README, _START = "README.md", "readme.md"  # beside index.md MkDocs would leave README.md out
_LINK = re.compile(r"(?<=\]\()[^)\s#]+")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the root, and the examples."""
    for path in (*_ROOT.glob("*.md"), *_ROOT.glob("examples/**/*")):
        if path.is_file():
            files.append(File.generated(config, _in_site(path.relative_to(_ROOT).as_posix()), abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Let the links of a page lead where in the site they should."""
    here = page.file.src_uri
    return _LINK.sub(lambda link: link[0] if ":" in link[0] else _moved(link[0], here), markdown)


def _moved(link: str, page: str) -> str:
    path = posixpath.normpath(posixpath.join(posixpath.dirname(_in_repository(page)), link))
    if (_ROOT / path).is_dir():
        path += "/" + _README
    return posixpath.relpath(_in_site(path), posixpath.dirname(page) or ".")


def _in_site(path: str) -> str:
    return _START if path == _README else path.removeprefix("docs/")


def _in_repository(page: str) -> str:
    if page == _START:
        return _README
    return f"docs/{page}" if (_ROOT / "docs" / page).exists() else page
