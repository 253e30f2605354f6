"""The playground's own controls: inspector, clock, faults and workspaces."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from playground.company import found_company
from playground.page import Page
from playground.server import Playground
from tests.browser.galleries import Gallery
from tests.browser.runs import free_port
from tests.browser.visitors import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_inspector_shows_calls_as_they_happen_and_each_in_full(
    reader: Visitor, gallery: Gallery
) -> None:
    await reader.open("amara")
    await reader.button("Inspector").click()
    panel = reader.page.get_by_role("region", name="Inspector", exact=True)
    await gallery.client.auth_test()
    await panel.get_by_label("Filter by text").fill("auth.test")
    line = panel.get_by_role("button", name="auth.test").first
    await line.click()
    whole = panel.get_by_role("region", name="One exchange in full")
    await expect(whole.get_by_role("heading", name="auth.test")).to_be_visible()
    await expect(whole).to_contain_text('"ok": true')
    await gallery.client.users_list()
    await panel.get_by_label("Filter by text").fill("users.list")
    await expect(panel.get_by_role("button", name="users.list").first).to_be_visible()
    await panel.get_by_label("Filter by text").fill("")
    await panel.get_by_label("Which way").select_option(label="Slack tells Hunch")
    await expect(panel.get_by_role("button", name="message").first).to_be_visible()
    await reader.page.keyboard.press("Escape")
    await expect(panel).to_be_hidden()
    await expect(reader.button("Inspector")).to_be_focused()


async def test_the_inspector_stays_quick_with_thousands_of_entries(
    reader: Visitor, gallery: Gallery
) -> None:
    for _ in range(30):
        await gallery.client.auth_test()
    log = gallery.slack.calls.of("auth.test")[-1]
    for _ in range(6_000):
        gallery.slack.traffic.called(log)
    await reader.open("amara")
    await reader.button("Inspector").click()
    await expect(reader.page.locator("#inspector-count")).to_contain_text("newest 200 of")
    assert await reader.page.locator("#exchanges li").count() == 200


async def test_the_clock_moves_forward_as_asked_and_says_so(
    reader: Visitor, gallery: Gallery
) -> None:
    before = gallery.slack.clock.now()
    await reader.open("amara")
    await reader.page.locator("#clock-button").click()
    panel = reader.page.locator("#clock-panel")
    await panel.get_by_role("button", name="+1 hour").click()
    await expect(panel).to_contain_text("1 hour ahead of your computer")
    await panel.get_by_role("button", name="To Monday 9:00").click()
    await expect(reader.page.locator("#toast")).to_contain_text("It is Monday")
    await expect(panel.get_by_text("Monday,")).to_contain_text("09:0")
    now = gallery.slack.clock.now()
    assert before < now
    assert datetime.fromtimestamp(now, UTC).weekday() == 0


async def test_a_fault_is_marked_while_it_is_on_and_goes_with_one_press(
    reader: Visitor, gallery: Gallery
) -> None:
    await reader.open("amara")
    await reader.page.get_by_role("button", name="No faults").click()
    switch = reader.page.get_by_role("switch", name="Expired token")
    await switch.click()
    await expect(switch).to_have_attribute("aria-checked", "true")
    await expect(reader.page.locator("#faults-button")).to_contain_text("Expired token")
    assert [one.error for one in gallery.slack.faults] == ["token_expired"]
    await reader.page.get_by_role("switch", name="Slow", exact=True).click()
    await expect(reader.page.locator("#faults-button")).to_contain_text("2 faults on")
    await reader.button("Switch all off").click()
    await expect(reader.page.locator("#faults-button")).to_contain_text("No faults")
    assert list(gallery.slack.faults) == []


async def test_another_workspace_has_its_own_people_and_no_app_until_it_is_installed(
    reader: Visitor, gallery: Gallery
) -> None:
    await reader.open("amara")
    told = list[str]()
    reader.page.on("request", lambda request: told.append(request.url))
    rail = reader.page.get_by_role("navigation", name="Workspaces")
    await rail.get_by_role("link", name="Kestrel Works").click()
    await expect(reader.page.locator(".you")).to_contain_text("Ingrid Solberg")
    await expect(reader.page.get_by_text("Hunch is not installed in Kestrel Works")).to_be_visible()
    install = reader.page.locator("#pane").get_by_role("link", name="Install Hunch")
    kestrel = await reader.page.locator("body").get_attribute("data-team")
    begin = f"http://127.0.0.1:9/slack/install/begin?team={kestrel}"
    await expect(install).to_have_attribute("href", begin)
    await reader.go_to("general")
    await reader.say("Anybody here?")
    await expect(reader.page.get_by_role("log")).to_contain_text("Anybody here?")
    await rail.get_by_role("button", name="Workspaces and installation").click()
    await reader.button("Add another workspace").click()
    await expect(rail.get_by_role("link", name="Heron Studio")).to_have_attribute(
        "aria-current", "true"
    )
    assert [one for one in told if one.endswith("/open-home")] == []


async def test_an_app_is_removed_after_a_question_and_comes_back_when_installed_again(
    reader: Visitor, gallery: Gallery
) -> None:
    await reader.open("amara")
    await reader.page.locator(".workspace-name").click()
    await reader.button("Remove Hunch from Nightjar Labs").click()
    question = reader.page.get_by_role("dialog", name="Remove Hunch from Nightjar Labs?")
    await question.get_by_role("button", name="Remove it").click()
    await expect(reader.page.locator("#pane")).to_contain_text("Hunch is not installed in")
    assert not gallery.slack.installation(gallery.team_id).active
    gallery.client.token = gallery.slack.reinstall(gallery.team_id).bot_token
    await expect(reader.page.locator("#composer")).to_be_visible()


async def test_people_are_found_by_a_part_of_their_name(reader: Visitor, gallery: Gallery) -> None:
    await reader.open("amara", "people")
    await reader.page.get_by_label("Find somebody").fill("wiś")
    await reader.page.keyboard.press("Enter")
    found = reader.page.get_by_role("region", name="People").get_by_role("link")
    await expect(found).to_have_count(1)
    await found.click()
    await expect(reader.page.locator(".you")).to_contain_text("Tomasz Wiśniewski")


async def test_a_page_that_lost_its_server_says_so_and_comes_back(
    browser: Browser, tmp_path: Path
) -> None:
    kept, port = tmp_path / "slack.sqlite", free_port()
    page = await browser.new_page()
    async with _company(kept, port) as slack:
        await page.goto(slack.page_url)
        await expect(page.locator("#pane")).to_be_visible()
        await expect(page.locator("#offline")).to_be_hidden()
    await expect(page.locator("#offline")).to_be_visible()
    async with _company(kept, port) as slack:
        await expect(page.locator("#offline")).to_be_hidden()
        general = slack.state.find_channel(next(iter(slack.state.workspaces)), "general").id
        await slack.person("zoe").write("Back again", channel=general)
        entry = page.get_by_role("link", name="general")
        await expect(entry).to_contain_text("unread")
        await page.close()


@asynccontextmanager
async def _company(kept: Path, port: int) -> AsyncIterator[Playground]:
    page = Page()
    async with Playground.start(path=kept, port=port, attach=[page.attach]) as slack:
        found_company(slack.state)
        yield slack
