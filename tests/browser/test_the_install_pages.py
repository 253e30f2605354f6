"""The pages on which Hunch is installed: readable for everybody, on any screen, whatever happened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from bot.domain.ids import WorkspaceId
from bot.domain.installs import Install
from bot.views import installs
from bot.views.pages import POLICY, Page, html

pytestmark = pytest.mark.asyncio(loop_scope="session")

_HERE = Install(WorkspaceId("T1"), "Nightjar Labs", datetime.now(UTC), app_id="A1")
_HOSTILE = Install(WorkspaceId("E1"), "<b>" + "x" * 300, datetime.now(UTC))
PAGES: dict[str, Page] = {
    "invitation": installs.invitation(),
    "installed": installs.installed(_HERE, (), open_url="https://slack.com/app_redirect"),
    "missing": installs.installed(_HERE, ("im:history", "users:read")),
    "organisation": installs.installed(_HOSTILE, ()),
    "denied": installs.denied(),
    "late": installs.late(),
    "stranger": installs.stranger(),
    "refused": installs.refused("invalid_code"),
    "operator": installs.refused("bad_client_secret"),
    "other": installs.other_workspace(),
    "app": installs.other_app(),
    "away": installs.slack_away(),
    "keyless": installs.no_key(),
    "not_stored": installs.not_stored(),
}


@pytest_asyncio.fixture(loop_scope="session")
async def address() -> AsyncIterator[str]:
    """A server that shows each page under its name."""

    async def show(request: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": POLICY}
        page = html(PAGES[request.match_info["name"]])
        return web.Response(text=page, content_type="text/html", headers=headers)

    app = web.Application()
    app.router.add_get("/{name}", show)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1000])
async def test_every_page_is_readable(
    browser: Browser, address: str, scheme: str, width: int
) -> None:
    looks = {"color_scheme": scheme, "viewport": {"width": width, "height": 640}}
    context = await browser.new_context(**looks)  # type: ignore[arg-type]
    tab = await context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    for name in PAGES:
        await tab.goto(address + name)
        found = (await Axe().run(tab)).response["violations"]
        assert [(name, one["id"]) for one in found] == []
        assert not await tab.evaluate("document.documentElement.scrollWidth > innerWidth"), name
        assert await tab.locator("h1").count() == 1
    await context.close()
    assert complaints == []


async def test_the_one_thing_to_do_is_reached_by_the_keyboard(
    browser: Browser, address: str
) -> None:
    tab = await browser.new_page()
    await tab.goto(address + "invitation")
    await tab.keyboard.press("Tab")
    assert await tab.evaluate("document.activeElement.textContent") == "Add to Slack"
    await tab.close()
