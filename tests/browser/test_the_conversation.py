"""Threads, what is new, who is typing, and an agent at work: as people know it from Slack."""

from __future__ import annotations

import pytest
from playwright.async_api import Route, expect

from tests.browser.galleries import QUESTION, Gallery
from tests.browser.visitors import Visitor
from tests.contract.playground_support import actions, plain

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_thread_opens_beside_the_channel_and_takes_a_reply(
    reader: Visitor, gallery: Gallery
) -> None:
    await reader.open("amara", gallery.channel)
    page = reader.page
    root = page.get_by_role("log", name="Messages").get_by_role("article").filter(has_text="Slower")
    await expect(root.get_by_role("link", name="2 replies")).to_contain_text("2 new")
    await root.get_by_role("link", name="2 replies").click()
    thread = page.get_by_role("complementary", name="Thread")
    await expect(thread).to_contain_text("Mine took two days")
    await expect(page.locator("#reply-typed")).to_be_focused()
    await page.keyboard.type("Let us ask Hunch")
    await page.keyboard.press("Enter")
    await expect(thread).to_contain_text("Let us ask Hunch")
    await expect(root.get_by_role("link", name="3 replies")).not_to_contain_text("new")
    await thread.get_by_role("link", name="Close the thread").click()
    await expect(thread).to_have_count(0)
    await expect(page.get_by_role("complementary", name="GitHub")).to_be_visible()


async def test_any_message_can_begin_a_thread(reader: Visitor, gallery: Gallery) -> None:
    channel = gallery.slack.state.find_channel(gallery.team_id, "general").id
    await gallery.slack.person("diego").write("Lunch?", channel=channel)
    await reader.open("zoe", channel)
    lunch = reader.page.get_by_role("article").filter(has_text="Lunch?")
    await lunch.hover()
    await lunch.get_by_role("link", name="Reply in a thread").click()
    await reader.page.locator("#reply-typed").fill("Yes!")
    await reader.page.keyboard.press("Enter")
    await expect(lunch.get_by_role("link", name="1 reply")).to_be_visible()
    assert await reader.page.get_by_role("log", name="Messages").get_by_text("Yes!").count() == 0


async def test_new_messages_stand_under_a_line_until_one_leaves(
    reader: Visitor, gallery: Gallery
) -> None:
    channel = gallery.slack.state.find_channel(gallery.team_id, "ai-detectives").id
    await reader.open("tomasz", channel)
    await expect(reader.page.locator("#beginning")).to_be_visible()
    await reader.go_to("general")
    diego = gallery.slack.person("diego")
    await diego.write("First news", channel=channel)
    await diego.write("Second news", channel=channel)
    entry = reader.page.get_by_role("link", name="ai-detectives")
    await expect(entry).to_contain_text("unread")
    await reader.go_to("ai-detectives")
    line = reader.page.get_by_role("separator", name="New messages")
    await expect(line).to_have_count(1)
    await expect(entry).not_to_contain_text("unread")
    await diego.write("Third news", channel=channel)
    await expect(reader.page.get_by_role("log")).to_contain_text("Third news")
    await expect(line).to_have_count(1)
    order = "[...document.querySelectorAll('#new, .message')].map(one => one.id === 'new')"
    assert (await reader.page.evaluate(order))[0] is True
    await reader.go_to("general")
    await reader.go_to("ai-detectives")
    await expect(reader.page.get_by_role("log")).to_contain_text("Third news")
    await expect(line).to_have_count(0)


async def test_people_see_each_other_type(reader: Visitor, gallery: Gallery) -> None:
    await reader.open("amara", gallery.channel)
    other = Visitor(await reader.page.context.new_page(), gallery.address)
    await other.open("priya", gallery.channel)
    await expect(other.page.locator("#offline")).to_be_hidden()

    async def is_seen() -> bool:
        """A stroke before both pages listen is not seen; people go on typing."""
        await other.page.locator("#typed").press("x")
        return "Priya Raman is typing" in await reader.page.locator("#typing").inner_text()

    for _ in range(200):
        if await is_seen():
            return
        await other.page.wait_for_timeout(50)
    raise AssertionError("nobody was seen typing")


async def test_an_answer_grows_before_ones_eyes_and_can_be_stopped(
    reader: Visitor, gallery: Gallery
) -> None:
    channel = gallery.slack.person("amara").messages[0].channel
    await reader.open("amara", f"messages?thread={gallery.question_ts}")
    thread = reader.page.get_by_role("complementary", name="Thread")
    answer = thread.get_by_role("article").filter(has_text="It rose")
    await expect(answer).to_contain_text("Hunch is writing …")
    ts = (await answer.get_attribute("data-at") or "").rpartition("/")[2]
    await gallery.client.chat_appendStream(
        channel=channel, ts=ts, markdown_text=", _mostly_ review"
    )
    await expect(answer).to_contain_text("It rose by 12 %, mostly review")
    await answer.get_by_role("button", name="Stop").click()
    await expect(answer).to_contain_text("Stopped.")
    await expect(answer.get_by_role("button", name="Stop")).to_have_count(0)


async def test_the_agent_says_what_it_does_and_suggests_what_to_ask(
    reader: Visitor, gallery: Gallery
) -> None:
    await reader.open("amara", "messages")
    log = reader.page.get_by_role("log")
    asked = log.get_by_text(QUESTION)
    before = await asked.count()
    await reader.page.get_by_role("button", name="Why slower?").click()
    await expect(asked).to_have_count(before + 1)
    question = gallery.slack.person("amara").messages[-1]
    await gallery.client.assistant_threads_setStatus(
        channel_id=question.channel, thread_ts=question.ts, status="is counting …"
    )
    await expect(log).to_contain_text("Hunch is counting …")


async def test_an_emoji_is_put_under_a_message_and_taken_away(
    reader: Visitor, gallery: Gallery
) -> None:
    channel = gallery.slack.state.find_channel(gallery.team_id, "general").id
    await gallery.slack.person("priya").write("It is merged", channel=channel)
    await reader.open("layla", channel)
    message = reader.page.get_by_role("article").filter(has_text="It is merged")
    await message.hover()
    await message.get_by_role("button", name="React to").click()
    await reader.page.get_by_role("button", name="tada", exact=True).click()
    reaction = message.get_by_role("button", name="1 tada")
    await expect(reaction).to_have_attribute("aria-pressed", "true")
    await reaction.click()
    await expect(reaction).to_have_count(0)


async def test_a_file_can_be_downloaded(reader: Visitor, gallery: Gallery) -> None:
    await reader.open("amara", gallery.channel)
    async with reader.page.expect_download() as download:
        await reader.page.get_by_role("link", name="Download times.csv").click()
    path = await (await download.value).path()
    assert path.read_text() == "a,b\n1,2"


async def test_earlier_messages_come_when_asked_for_and_the_eye_stays_where_it_was(
    reader: Visitor, gallery: Gallery
) -> None:
    channel = gallery.slack.state.add_channel(
        gallery.team_id, "long", members=[gallery.slack.person("siyuan").id]
    )
    siyuan = gallery.slack.person("siyuan")
    for number in range(120):
        await siyuan.write(f"Line {number}.", channel=channel.id)
    await reader.open("siyuan", channel.id)
    log = reader.page.get_by_role("log")
    await expect(log).to_contain_text("Line 119.")
    await expect(log).not_to_contain_text("Line 89.")
    await reader.page.get_by_role("link", name="Show earlier messages (90)").click()
    await expect(log).to_contain_text("Line 0.")
    await expect(log.get_by_text("Line 90.")).to_be_in_viewport()


async def test_where_an_app_takes_no_messages_there_is_nowhere_to_type(
    reader: Visitor, gallery: Gallery
) -> None:
    app = next(iter(gallery.slack.state.apps.values()))
    app.messages_tab_read_only = True
    try:
        await reader.open("amara", "messages")
        await expect(reader.page.get_by_text("Hunch takes no messages here.")).to_be_visible()
        await expect(reader.page.locator("#typed")).to_have_count(0)
    finally:
        app.messages_tab_read_only = False


async def test_a_menu_that_asks_the_app_offers_what_it_says_and_sends_the_choice(
    reader: Visitor, gallery: Gallery
) -> None:
    menu = {"type": "external_select", "action_id": "repository", "placeholder": plain("Which?")}
    await gallery.client.chat_postMessage(
        channel=gallery.slack.person("diego").id, text="Which?", blocks=[actions(menu)]
    )
    offered = {"text": plain("nightjar-labs/orders"), "value": "7"}

    async def offer(route: Route) -> None:
        await route.fulfill(json={"ok": True, "options": [offered]})

    await reader.page.route("**/do/suggest", offer)
    await reader.open("diego")
    field = reader.page.get_by_role("log").get_by_label("Which?")
    await field.press_sequentially("ord")
    option = reader.page.locator("datalist option")
    await expect(option).to_have_attribute("value", "nightjar-labs/orders")
    async with reader.page.expect_request("**/do/click") as sent:
        await field.fill("nightjar-labs/orders")
        await field.blur()
    assert ((await sent.value).post_data_json or {})["choice"] == offered
    await expect(field).to_have_value("nightjar-labs/orders")
