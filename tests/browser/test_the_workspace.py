"""Commands, wrong clicks, other sites, small screens and a second start."""

from __future__ import annotations

import aiohttp
import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import KEPT
from tests.browser.visitors import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_command_is_answered_to_the_one_who_typed_it_only(visitor: Visitor) -> None:
    await visitor.open("jonas")
    await visitor.go_to("engineering")
    await visitor.say("/copilot help")
    log = visitor.page.get_by_role("log")
    await expect(log).to_contain_text("Only visible to you")
    await expect(log).to_contain_text("/copilot mystats")
    await visitor.become("Priya")
    await expect(visitor.page.get_by_role("heading", name="engineering")).to_be_visible()
    await expect(log).not_to_contain_text("Only visible to you")


async def test_an_unknown_command_is_told_so_by_slack_itself(visitor: Visitor) -> None:
    await visitor.open("diego")
    await visitor.say("/abracadabra")
    alert = visitor.page.locator("#notices")
    await expect(alert).to_contain_text("/abracadabra is not a valid command")
    await alert.get_by_role("button", name="Dismiss").click()
    await expect(alert).not_to_contain_text("abracadabra")


async def test_what_somebody_writes_is_shown_as_text_not_as_a_page(visitor: Visitor) -> None:
    await visitor.open("diego", "messages")
    await visitor.go_to("general")
    await visitor.say("<img src=x onerror=alert(1)> & <script>alert(1)</script> *bold* 🌵")
    log = visitor.page.get_by_role("log")
    await expect(log).to_contain_text("<img src=x onerror=alert(1)> & <script>")
    assert await log.locator("img, script").count() == 0


async def test_a_foreign_and_a_finished_survey_are_explained_and_nothing_changes(
    visitor: Visitor,
) -> None:
    title = "Wrong clicks"
    await visitor.open("siyuan")
    await visitor.merge(title, by="陈思远", approved_by="Tomasz Wiśniewski")
    survey = visitor.survey(title)
    await survey.get_by_role("button", name="AI helped").click()
    await expect(survey).to_contain_text("Your answer: “AI helped”")
    block = await survey.get_by_role("button", name="AI helped").get_attribute("data-block")
    await visitor.become("Tomasz")
    mine = visitor.survey(title)
    await expect(mine.get_by_role("button", name="OK")).to_be_visible()
    at = await mine.get_attribute("data-at")
    await visitor.does("tomasz", "click", at=at, block=block, action="survey.answer.no")
    log = visitor.page.get_by_role("log")
    await expect(log).to_contain_text("sent to somebody else, so nothing changed")
    await mine.get_by_role("button", name="OK").click()
    guess = mine.get_by_role("button", name="I think so")
    rating = await mine.get_by_role("button", name="OK").get_attribute("data-block")
    await guess.click()
    await expect(visitor.survey(title)).to_contain_text("Good hunch!")
    await visitor.does("tomasz", "click", at=at, block=rating, action="survey.rate.super")
    await expect(log).to_contain_text("revealed already, so your answer stays as it was")
    await visitor.become("陈思远")
    await expect(visitor.survey(title)).to_contain_text("AI helped")


async def test_on_a_phone_nothing_scrolls_sideways_and_the_drawers_open(
    browser: Browser, address: str
) -> None:
    context = await browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True)
    visitor = Visitor(await context.new_page(), address)
    for place in ("messages", "home"):
        await visitor.open("amara", place)
        await visitor.page.locator("#pane h2, #pane h3").first.wait_for()
        wide = "document.documentElement.scrollWidth > innerWidth"
        assert not await visitor.page.evaluate(wide), place
    await visitor.button("GitHub").click()
    await expect(visitor.button("Merge a pull request")).to_be_in_viewport()
    await visitor.page.keyboard.press("Escape")
    await expect(visitor.button("Merge a pull request")).not_to_be_in_viewport()
    await visitor.button("Conversations").click()
    await visitor.go_to("general")
    await expect(visitor.page.get_by_role("heading", name="general")).to_be_visible()
    await context.close()


async def test_other_sites_can_neither_read_nor_do_anything(address: str) -> None:
    cross = {"Origin": "https://evil.example"}
    async with aiohttp.ClientSession() as session:
        for headers, expected in ((cross, 403), ({}, 403), ({"X-Playground": "1"}, 200)):
            async with session.post(f"{address}as/amara/do/close-hint", headers=headers) as answer:
                assert answer.status == expected
        async with session.get(f"{address}as/amara/home", headers={"Host": "evil.example"}) as seen:
            assert seen.status == 403
        async with session.get(f"{address}as/amara/home") as seen:
            policy = seen.headers["Content-Security-Policy"]
            assert "script-src 'self'" in policy
            assert "unsafe" not in policy


async def test_a_second_start_keeps_messages_pull_requests_and_surveys(visitor: Visitor) -> None:
    await visitor.open("amara")
    await expect(visitor.page.locator("#prs")).to_contain_text(KEPT)
    await visitor.survey(KEPT).get_by_role("button", name="AI helped").click()
    await expect(visitor.survey(KEPT)).to_contain_text("Your answer: “AI helped”")
