"""What an admin tries first, with the real Hunch: another workspace, Monday, removal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.runs import hunch_run
from tests.browser.visitors import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def fresh(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A run of its own, for its clock moves and its workspaces come and go."""
    with hunch_run(tmp_path_factory.mktemp("week") / "data") as address:
        yield address


@pytest_asyncio.fixture(loop_scope="session")
async def admin(browser: Browser, fresh: str) -> AsyncIterator[Visitor]:
    context = await browser.new_context(viewport={"width": 1280, "height": 860})
    somebody = Visitor(await context.new_page(), fresh)
    somebody.page.set_default_timeout(20_000)
    yield somebody
    await context.close()


async def test_the_clock_goes_to_monday_and_the_leaderboard_is_there(admin: Visitor) -> None:
    await admin.open("amara")
    await admin.page.locator("#clock-button").click()
    await admin.page.get_by_role("button", name="To Monday 9:00").click()
    await admin.page.keyboard.press("Escape")
    await admin.go_to("ai-detectives")
    log = admin.page.get_by_role("log")
    await expect(log).to_contain_text("The team in the last 12 weeks", timeout=30_000)


async def test_hunch_is_installed_in_a_second_workspace_and_removed_again_from_there_alone(
    admin: Visitor,
) -> None:
    page = admin.page
    await admin.open("amara")
    await admin.button("Workspaces and installation").click()
    await admin.button("Add another workspace").click()
    await expect(page.locator("#pane")).to_contain_text("Hunch is not installed in Kestrel Works")
    async with page.context.expect_page() as opened:
        await page.locator("#pane").get_by_role("link", name="Install Hunch").click()
    consent = await opened.value
    await expect(consent.get_by_role("radio", name="Kestrel Works")).to_be_checked()
    await consent.get_by_role("button", name="Allow").click()
    await expect(consent.get_by_text("Kestrel Works")).to_be_visible()
    assert "oauth_redirect" in consent.url
    await consent.get_by_role("link", name="Open Hunch in Slack").click()
    await expect(consent.locator(".you")).to_contain_text("Ingrid Solberg")
    await expect(page.get_by_role("heading", name="Your hunches")).to_be_visible(timeout=30_000)
    await page.locator(".workspace-name").click()
    await admin.button("Remove Hunch from Kestrel Works").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove it").click()
    await expect(page.locator("#pane")).to_contain_text("Hunch is not installed in Kestrel Works")
    await (
        page.get_by_role("navigation", name="Workspaces")
        .get_by_role("link", name="Nightjar Labs")
        .click()
    )
    await admin.say("/copilot help")
    await expect(page.get_by_role("log")).to_contain_text("Only visible to you")


async def test_what_slack_refuses_while_a_fault_is_on_is_sent_once_afterwards(
    admin: Visitor,
) -> None:
    page, title = admin.page, "While Slack refuses"
    await admin.open("priya")
    await page.locator("#faults-button").click()
    await page.get_by_role("switch", name="Rate limited").click()
    await expect(page.locator("#faults-button")).to_contain_text("Rate limited")
    await page.keyboard.press("Escape")
    await admin.merge(title, by="Priya Raman", approved_by="Diego Fuentes 🌵")
    await admin.button("Inspector").click()
    await expect(page.get_by_role("button", name="ratelimited").first).to_be_visible()
    await page.keyboard.press("Escape")
    posted = page.get_by_role("log").get_by_role("article").filter(has_text=title)
    await expect(posted).to_have_count(0)
    await page.locator("#faults-button").click()
    await admin.button("Switch all off").click()
    await page.keyboard.press("Escape")
    await expect(posted).to_have_count(1, timeout=60_000)
