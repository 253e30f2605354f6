"""The playground's page that asks whether an app may come in: by mouse, by keyboard, with no script."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, expect

from playground.server import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def slack() -> AsyncIterator[Playground]:
    async with Playground.start() as playground:
        playground.add_company("Nightjar Labs", team_id="T1")
        playground.state.add_workspace("Kestrel Works", team_id="T2")
        playground.state.add_user("T2", "boss", real_name="ليلى حداد", is_admin=True)
        yield playground


@pytest_asyncio.fixture(loop_scope="session")
async def back() -> AsyncIterator[str]:
    """The app's own site, where people go back to."""

    async def arrived(_: web.Request) -> web.Response:
        return web.Response(text="back at the app")

    app = web.Application()
    app.router.add_get("/back", arrived)
    async with TestServer(app) as server:
        yield str(server.make_url("/back"))


def link(slack: Playground, back: str) -> str:
    app = next(iter(slack.state.apps.values()))
    query = {"client_id": app.client_id, "scope": "chat:write,commands", "redirect_uri": back}
    return f"{slack.page_url}oauth/v2/authorize?{urlencode(query)}&state=s1"


@pytest.mark.parametrize(
    ("choose", "carries"), [("Allow", "code="), ("Cancel", "error=access_denied")]
)
async def test_an_answer_leads_back_to_the_app_without_any_script(
    browser: Browser, slack: Playground, back: str, choose: str, carries: str
) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(link(slack, back))
    await page.get_by_role("radio", name="Kestrel Works").check()
    await page.get_by_role("button", name=choose).press("Enter")
    await page.wait_for_url(f"{back}?**")
    assert carries in page.url
    assert "state=s1" in page.url
    await context.close()


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [("", "Kestrel Works"), ("&team=T1", "Nightjar Labs"), ("&team=T404", "Kestrel Works")],
    ids=["where it is not yet", "as asked", "asked for what is not there"],
)
async def test_a_workspace_is_chosen_already(
    browser: Browser, slack: Playground, back: str, asked: str, chosen: str
) -> None:
    page = await browser.new_page()
    await page.goto(link(slack, back) + asked)
    await expect(page.get_by_role("radio", checked=True)).to_have_accessible_name(
        re.compile(chosen)
    )
    await page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("scope", ["commands", "nonsense"])
async def test_everybody_can_read_it(
    browser: Browser, slack: Playground, back: str, scheme: Any, scope: str
) -> None:
    context = await browser.new_context(color_scheme=scheme, viewport={"width": 360, "height": 700})
    page = await context.new_page()
    await page.goto(link(slack, back).replace("commands", scope))
    found = await Axe().run(page)
    assert [one["id"] for one in found.response["violations"]] == []
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360
    await context.close()
