"""A browser, and pages in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.pages import viewed

from schnetpack_isd.view.page import ViewedSpectra, build_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser for all tests; they are skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra `browser`: pip install playwright")
    if CHROMIUM is None:
        pytest.skip("needs a Chromium, such as Debian's: apt-get install chromium")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Open a page from a file; at the end, no page has asked for anything, and none has had an error."""
    context = browser.new_context(viewport={"width": 1300, "height": 900}, accept_downloads=True)
    context.set_default_timeout(10_000)
    problems: list[str] = []
    requests: list[str] = []

    def open_it(spectra: ViewedSpectra | None = None, address: str = "", html: str | None = None) -> Page:
        path = tmp_path / "view.html"
        path.write_text(html or build_page(spectra or viewed()), encoding="utf-8")
        page = context.new_page()
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("dialog", lambda dialog: problems.append(dialog.message))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(f"{path.as_uri()}{address}")
        if html is None:
            page.locator("#arrow[aria-label]").wait_for(state="attached")  # it has been drawn
        return page

    yield open_it
    context.close()
    assert problems == []
    allowed = ((tmp_path / "view.html").as_uri(), "data:", "blob:", "about:")
    assert [url for url in requests if not url.startswith(allowed)] == []
