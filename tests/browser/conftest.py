"""A real `hunch run`, and a real browser in front of its page."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.galleries import Gallery, open_gallery
from tests.browser.runs import hunch_run, merge_and_wait
from tests.browser.visitors import Visitor

# Long enough for a loaded machine: what is there is seen at once all the same.
expect.set_options(timeout=20_000)

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
KEPT = "Kept over a restart"
MISSING = "no Chromium or Chrome on the PATH; install one to run the page's tests"


@pytest.fixture(scope="session")
def chromium() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None and os.environ.get("CI"):
        pytest.fail(MISSING)
    if found is None:
        pytest.skip(MISSING)
    return found


@pytest.fixture(scope="session")
def address(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A second start: what `KEPT` names was merged and asked about before it."""
    data_dir: Path = tmp_path_factory.mktemp("hunch") / "data"
    with hunch_run(data_dir) as first:
        merge_and_wait(first, KEPT)
    with hunch_run(data_dir) as second:
        yield second


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium, args=list(ARGS))
        yield opened
        await opened.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def gallery() -> AsyncIterator[Gallery]:
    """A playground with everything in it and no Hunch: the tests play the app."""
    async with open_gallery() as there:
        yield there


@pytest_asyncio.fixture(loop_scope="session")
async def reader(browser: Browser, gallery: Gallery) -> AsyncIterator[Visitor]:
    """Somebody in front of the gallery with a wide screen."""
    context = await browser.new_context(viewport={"width": 1280, "height": 860})
    somebody = Visitor(await context.new_page(), gallery.address)
    somebody.page.set_default_timeout(20_000)
    yield somebody
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, address: str) -> AsyncIterator[Visitor]:
    """A visitor with a wide screen; the browser's console must stay clean."""
    context = await browser.new_context(viewport={"width": 1280, "height": 860})
    somebody = Visitor(await context.new_page(), address)
    somebody.page.set_default_timeout(20_000)
    somebody.listen()
    yield somebody
    await context.close()
    assert somebody.problems == []
