"""MkDocs' hook: what lies beside docs/ and is linked from there is in the site, too, and every link leads to it there.

And whatever `bsaudit help` knows has a page of its own there, at an address that stays: help/WORD.html.
"""

from __future__ import annotations

from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from bsaudit.report.help_pages import FOLDER
from docs.site_links import ROOT, in_repository, in_site, linked
from docs.site_words import navigation, pages


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Give the pages of single words their places in the navigation."""
    assert config.nav is not None
    config.nav.append({"Word by word": navigation()})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the root, the examples, and a page for each word."""
    for path in (*ROOT.glob("*.md"), *ROOT.glob("examples/**/*")):
        if path.is_file():
            files.append(File.generated(config, in_site(path.relative_to(ROOT).as_posix()), abs_src_path=str(path)))
    for source, text in pages():
        files.append(File.generated(config, source, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str | None:
    """Let the links of a page lead where in the site they should; those of a word's page do already."""
    here = page.file.src_uri
    return None if here.startswith(f"{FOLDER}/") else linked(markdown, in_repository(here), here)
