"""Where a notice to an operator goes: it is written, never sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from bsaudit.cli.exit_codes import CLEAN
from bsaudit.cli.notice_option import NoticeSink
from bsaudit.cli.output import Sink, make_room, put
from bsaudit.judge.grounds import Grounds
from bsaudit.report.arf import arf_notice
from bsaudit.report.help_pages import Docs
from bsaudit.report.notice import text_notice


def written(grounds: Grounds, sink: NoticeSink, language: str, raw: Callable[[], bytes], docs: Docs) -> int:
    """Write a notice, `raw()` attached where its form attaches what came back. Raises OSError or UsageError."""
    if sink.path is not None:
        make_room(sink.path, "--notice")
    if sink.form == "arf":
        content = arf_notice(grounds, language, raw(), datetime.now(UTC), docs)
    else:
        content = text_notice(grounds, language, docs)
    put(Sink(sink.form, sink.path), content)
    return CLEAN
