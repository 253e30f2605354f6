"""The whole game, as a newcomer plays it on the page."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.visitors import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_merge_is_answered_rated_guessed_revealed_and_posted(visitor: Visitor) -> None:
    title = "The whole game"
    await visitor.open("amara")
    await visitor.merge(title, by="Amara Okafor", approved_by="Jonas Lindqvist")
    await visitor.survey(title).get_by_role("button", name="AI helped").click()
    await expect(visitor.survey(title)).to_contain_text("Which tool?")
    await visitor.become("Jonas")
    survey = visitor.survey(title)
    await survey.get_by_role("button", name="Super").click()
    await survey.get_by_role("button", name="I think so").click()
    await expect(visitor.survey(title)).to_contain_text("🔍 Good hunch!")
    await visitor.button("Post the leaderboard now").click()
    await expect(visitor.page.get_by_role("heading", name="ai-detectives")).to_be_visible()
    await expect(visitor.page.get_by_role("log")).to_contain_text("The team in the last 12 weeks")


async def test_the_guess_comes_after_the_rating_and_a_wrong_one_is_told_kindly(
    visitor: Visitor,
) -> None:
    title = "A wrong hunch"
    await visitor.open("siyuan")
    await visitor.merge(title, by="陈思远", approved_by="ليلى حداد")
    await visitor.survey(title).get_by_role("button", name="No", exact=True).click()
    await visitor.become("ليلى")
    survey = visitor.survey(title)
    await expect(survey.get_by_role("button", name="I think so")).to_have_count(0)
    await survey.get_by_role("button", name="OK").click()
    await survey.get_by_role("button", name="I think so").click()
    await expect(visitor.survey(title)).to_contain_text("👋 Not this time.")


async def test_a_sign_of_ai_on_github_leaves_the_rating_and_takes_the_guess(
    visitor: Visitor,
) -> None:
    title = "Shows its branch"
    await visitor.open("priya")
    await visitor.merge(title, by="Diego Fuentes 🌵", approved_by="Priya Raman", sign="branch name")
    await visitor.survey(title).get_by_role("button", name="Super").click()
    await expect(visitor.survey(title)).to_contain_text("No guess on this one, because")
    await expect(visitor.survey(title).get_by_role("button", name="I think so")).to_have_count(0)


async def test_unread_messages_are_marked_until_they_are_seen(visitor: Visitor) -> None:
    await visitor.open("amara", "home")
    await visitor.merge("Unread", by="Tomasz Wiśniewski", approved_by="Zoë O'Brien-Castañeda")
    await visitor.become("Tomasz")
    conversations = visitor.page.get_by_role("navigation", name="Conversations")
    await expect(conversations.get_by_role("link", name="Hunch")).to_contain_text("unread")
    await visitor.open_tab("Messages")
    await expect(visitor.survey("Unread")).to_be_visible()
    await expect(conversations.get_by_role("link", name="Hunch")).not_to_contain_text("unread")


async def test_the_game_can_be_played_by_keyboard_alone(visitor: Visitor) -> None:
    title, keyboard = "By keyboard", visitor.page.keyboard
    await visitor.open("zoe")
    await visitor.merge(title, by="Zoë O'Brien-Castañeda", approved_by="Priya Raman")
    await visitor.page.locator("#scroll").focus()
    answer = visitor.survey(title).get_by_role("button", name="AI wrote most of it")
    await expect(answer).to_be_visible()
    await _tab_to(visitor, "AI wrote most of it", within=title)
    await keyboard.press("Enter")
    await expect(visitor.survey(title)).to_contain_text("Which tool?")
    await expect(answer).to_be_focused()
    tool = visitor.survey(title).get_by_label("Which tool?")
    await tool.focus()
    async with visitor.page.expect_response("**/do/click") as sent:
        await keyboard.type("Curs")
    chosen = (await sent.value).request.post_data or ""
    assert '"choice":"cursor"' in chosen
    await expect(tool).to_have_value("cursor")


async def _tab_to(visitor: Visitor, name: str, *, within: str) -> None:
    """Press Tab until the button of that name in that survey has the focus."""
    button = visitor.survey(within).get_by_role("button", name=name)
    for _ in range(80):
        if await button.evaluate("one => one === document.activeElement"):
            outline = await button.evaluate("one => getComputedStyle(one).outlineStyle")
            assert outline != "none"
            return
        await visitor.page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {name}")
