"""Our pages in a real browser: every request goes through a proxy of ours, which serves them and counts the rest."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from lxml import html as reader

from bsaudit.model.report import Report
from bsaudit.report import html
from bsaudit.report.formats import Look
from bsaudit.report.site import Site as Stored
from tests.support.counted import a_survey, some_logs
from tests.support.guilty import of_product
from tests.support.reports import CLEAN, HOSTILE, INCONCLUSIVE

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(BROWSER is None, reason="no Chromium (apt-get install chromium)")]

LOOK = Look(datetime(2026, 3, 1, tzinfo=UTC))
SITE = "http://page.example/"
# Chromium's own requests (updates, hints), which no page causes
BACKGROUND = ("google.com", "googleapis.com", "gvt1.com", "gstatic.com")
# What a page must not get away with: a script, and a picture that tells a stranger who reads it.
SMUGGLED = (
    b'<script>document.title = "owned"</script><img src="http://spy.example/x.png"><style>p {display: none}</style>'
)


HOSTILE_TEXT = SMUGGLED.decode()


class Site:
    """What the browser may fetch, and what it asked for besides."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.others: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, site: Site, *args: object) -> None:
        self.site = site
        super().__init__(*args)

    def do_GET(self) -> None:
        page = self.site.pages.get(self.path)
        if page is None:
            self._note()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def _note(self) -> None:
        if not any(name in self.path for name in BACKGROUND):
            self.site.others.append(self.path)
        self.send_error(404)

    do_CONNECT = do_POST = do_HEAD = _note  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    one = Site()
    with one.server:
        serving = threading.Thread(target=one.server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        yield one
        one.server.shutdown()
        serving.join()


def opened(site: Site, page: bytes, profile: Path, path: str = "report.html") -> reader.HtmlElement:
    """Return the page as it stands in the browser after everything that it starts has run."""
    assert BROWSER is not None
    site.pages[SITE + path] = page
    command = [
        *(BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
        *(f"--user-data-dir={profile}", f"--proxy-server=127.0.0.1:{site.server.server_port}"),
        *("--virtual-time-budget=3000", "--dump-dom", SITE + path),
    ]
    done = subprocess.run(command, capture_output=True, timeout=90, check=True)
    return reader.document_fromstring(done.stdout.decode())


GUILTY = of_product("postfix")
CASES: dict[str, tuple[Report, tuple[str, ...]]] = {
    "guilty": (
        GUILTY,
        (
            "BACKSCATTER",
            "our side took it from mx.acme.example [192.0.2.5], which is the target's host",
            "smtpd_reject_unlisted_recipient",
        ),
    ),
    "clean": (CLEAN, ("CLEAN", "rejected at RCPT", "no backscatter seen")),
    "inconclusive": (INCONCLUSIVE, ("INCONCLUSIVE", "acceptance was not shown", "It is not a clean result")),
    "hostile": (HOSTILE, ("BACKSCATTER", "<script>", "relay_recipient_maps is empty")),
}


@pytest.mark.parametrize("name", CASES)
def test_verdict_evidence_and_advice_are_on_the_page_and_nothing_is_fetched(
    name: str, site: Site, tmp_path: Path
) -> None:
    report, texts = CASES[name]
    document = opened(site, html.render(report, LOOK), tmp_path)
    seen = " ".join(document.body.text_content().split())
    for text in texts:
        assert text in seen
    assert site.others == []


def test_the_index_names_its_targets_and_their_state(site: Site, tmp_path: Path) -> None:
    stored = Stored()
    for report in (GUILTY, CLEAN, HOSTILE):
        stored.add(report)
    document = opened(site, stored.index(LOOK), tmp_path, "index.html")
    rows = [" ".join(row.text_content().split()) for row in document.xpath("//tbody/tr")]
    assert any(row.startswith("acme.example") and "BACKSCATTER B" in row for row in rows)
    assert any(row.startswith("example.org") and "CLEAN" in row for row in rows)
    assert site.others == []


@pytest.mark.parametrize("page", [html.survey(a_survey(HOSTILE_TEXT), LOOK), html.logs(some_logs(HOSTILE_TEXT), LOOK)])
def test_sums_and_days_are_on_the_page_and_nothing_is_fetched(page: bytes, site: Site, tmp_path: Path) -> None:
    document = opened(site, page, tmp_path)
    assert "8 backscatter" in document.findtext(".//h1")
    assert document.xpath("//figure/*[local-name() = 'svg']")
    assert HOSTILE_TEXT in document.body.text_content()
    assert site.others == []


def test_what_gets_into_a_page_neither_runs_nor_fetches(site: Site, tmp_path: Path) -> None:
    document = opened(site, html.render(HOSTILE, LOOK).replace(b"<main>", b"<main>" + SMUGGLED), tmp_path)
    assert document.xpath("//main/script"), "it is there"
    assert "owned" not in document.findtext(".//title")
    assert site.others == []


def test_the_counter_counts(site: Site, tmp_path: Path) -> None:
    document = opened(site, b"<title>x</title><body>" + SMUGGLED, tmp_path, "other.html")
    assert document.findtext(".//title") == "owned"
    assert "http://spy.example/x.png" in site.others
    site.others.clear()
