"""The playground's GitHub in a browser: install an App, say who one is, break things and mend them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from playground.company import REPOSITORIES, TEAMS, found_company
from playground.github.founding import Founding, found_app, found_organisation
from playground.github.records import App
from playground.github.server import GitHubServer
from playground.server import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")
ORG = "nightjar-labs"


@dataclass
class Place:
    """The playground's GitHub, and the App's own site."""

    server: GitHubServer
    app: App
    came: list[str]


@pytest_asyncio.fixture(loop_scope="session")
async def place() -> AsyncIterator[Place]:
    came: list[str] = []

    async def arrive(request: web.Request) -> web.Response:
        if "?" in request.path_qs:
            came.append(request.path_qs)
        return web.Response(text="back at the App")

    site = web.Application()
    site.router.add_route("*", "/{tail:.*}", arrive)
    async with Playground.start() as slack, TestServer(site) as there:
        people = slack.state.people(found_company(slack.state).team_id)
        world = slack.github_server.world
        past = dict.fromkeys(REPOSITORIES, 40)
        found_organisation(world, Founding(ORG, "Nightjar Labs", people, TEAMS, past))
        app = found_app(
            world,
            owner=ORG,
            hunch_url=str(there.make_url("")).rstrip("/"),
            installed="/installed",
            linked="/linked",
        )
        yield Place(slack.github_server, app, came)


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """No page of GitHub needs a script."""
    context = await browser.new_context(java_script_enabled=False)
    yield await context.new_page()
    await context.close()


async def _install(place: Place, page: Page) -> None:
    address = f"{place.server.base_url}/apps/{place.app.slug}/installations/new"
    await page.goto(f"{address}?state=s1")
    await page.get_by_label("You are").select_option("amara-okafor")
    await page.get_by_role("button", name="Install").click()
    await expect(page.locator("body")).to_have_text("back at the App")


async def test_an_owner_installs_the_app_and_comes_back_with_a_code(
    place: Place, page: Page
) -> None:
    await _install(place, page)
    [one] = place.server.world.installations
    back = place.came[-1]
    assert back.startswith("/installed?code=")
    assert f"installation_id={one.id}&setup_action=install" in back.replace("&state=s1", "")
    assert one.repositories is None


async def test_who_is_no_owner_can_only_ask(place: Place, page: Page) -> None:
    await page.goto(f"{place.server.base_url}/apps/{place.app.slug}/installations/new?state=s1")
    await page.get_by_label("You are").select_option("dfuentes")
    await page.get_by_role("button", name="Install").click()
    await expect(page.locator("body")).to_have_text("back at the App")
    assert "setup_action=request" in place.came[-1]
    assert list(place.server.world.installations) == []


@pytest.mark.parametrize(
    ("choose", "carries"), [("Authorize", "code="), ("Cancel", "error=access_denied")]
)
async def test_somebody_says_who_they_are_or_does_not(
    place: Place, page: Page, choose: str, carries: str
) -> None:
    query = {"client_id": place.app.client_id, "redirect_uri": place.app.callback_urls[1]}
    await page.goto(f"{place.server.base_url}/login/oauth/authorize?{urlencode(query)}&state=s2")
    await page.get_by_label("You are").select_option("zoe-obc")
    await page.get_by_role("button", name=choose).click()
    await expect(page.locator("body")).to_have_text("back at the App")
    assert place.came[-1].startswith("/linked?")
    assert carries in place.came[-1]
    assert "state=s2" in place.came[-1]


async def test_the_console_breaks_the_app_and_mends_it(place: Place, page: Page) -> None:
    await _install(place, page)
    [one] = place.server.world.installations
    await page.goto(f"{place.server.base_url}/")
    for button, said in (
        ("Suspend in nightjar-labs", "The App is suspended"),
        ("Let it go on in nightjar-labs", "The App may go on."),
        ("Take it away", "lost the permission"),
        ("Give all permissions back in nightjar-labs", "all the permissions again"),
        ("Webhooks get lost", "Webhooks get lost from now on"),
        ("Archive nightjar-labs/web", "is archived"),
        ("Webhooks arrive again", "Webhooks arrive again"),
        ("GitHub is down", "GitHub is down"),
        ("GitHub works again", "GitHub answers again."),
        ("Delete nightjar-labs/infra", "nightjar-labs/infra is deleted."),
        ("Uninstall from nightjar-labs", "The App is uninstalled"),
    ):
        await page.get_by_role("button", name=button, exact=True).click()
        await expect(page.get_by_role("status")).to_contain_text(said)
    assert one.removed
    failed = [it.event for it in place.server.world.deliveries if not it.arrived]
    assert failed == ["repository"]


async def test_no_page_has_a_barrier(browser: Browser, place: Place) -> None:
    for size, scheme in (((1280, 860), "light"), ((360, 740), "dark")):
        assert await _barriers(browser, place, size, scheme) == {}


async def _barriers(browser: Browser, place: Place, size: Any, scheme: Any) -> dict[str, Any]:
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme
    )
    page, found = await context.new_page(), {}
    query = urlencode({"client_id": place.app.client_id})
    for path in (
        "/",
        f"/apps/{place.app.slug}",
        f"/apps/{place.app.slug}/installations/new",
        f"/login/oauth/authorize?{query}",
        "/apps/nobody",
    ):
        await page.goto(f"{place.server.base_url}{path}")
        result: dict[str, Any] = (await Axe().run(page)).response
        if result["violations"]:
            found[path] = [one["nodes"][0]["html"] for one in result["violations"]]
        wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, path
    await context.close()
    return found
