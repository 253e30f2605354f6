"""The app's Home on the page: settings, dialogs, and what admins see."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.visitors import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_quiet_hours_are_set_by_picking_them(visitor: Visitor) -> None:
    await visitor.open("jonas", "home")
    await visitor.page.get_by_label("From").select_option(label="21:00")
    await expect(visitor.page.get_by_label("From")).to_have_value("21")
    await visitor.page.reload()
    await expect(visitor.page.get_by_label("From")).to_have_value("21")


async def test_a_dangerous_button_asks_first_and_the_answer_no_changes_nothing(
    visitor: Visitor,
) -> None:
    await visitor.open("tomasz", "home")
    await visitor.button("Stop asking me").click()
    question = visitor.page.get_by_role("dialog", name="Stop asking you?")
    await question.get_by_role("button", name="Keep asking me").click()
    await expect(question).to_be_hidden()
    await visitor.button("Stop asking me").click()
    await question.get_by_role("button", name="Stop asking me").click()
    await expect(visitor.page.locator("#home")).to_contain_text("You get no surveys.")
    await visitor.button("Ask me again").click()
    await expect(visitor.page.locator("#home")).to_contain_text("You get surveys")


async def test_a_question_stays_while_the_home_behind_it_is_drawn_anew(visitor: Visitor) -> None:
    await visitor.open("tomasz", "home")
    await visitor.button("Stop asking me").click()
    question = visitor.page.get_by_role("dialog", name="Stop asking you?")
    elsewhere = Visitor(await visitor.page.context.new_page(), visitor.address)
    await elsewhere.open("tomasz")
    await elsewhere.merge("Shift the home", by="Tomasz Wiśniewski", approved_by="Priya Raman")
    await elsewhere.survey("Shift the home").wait_for()
    await elsewhere.open_tab("Home")
    await expect(visitor.page.locator("#home")).to_contain_text("Shift the home")
    await question.get_by_role("button", name="Stop asking me").click()
    await expect(visitor.page.locator("#home")).to_contain_text("You get no surveys.")
    await visitor.button("Ask me again").click()
    await expect(visitor.page.locator("#home")).to_contain_text("You get surveys")


async def test_a_dialog_says_what_is_wrong_beside_the_field_and_keeps_what_was_typed(
    visitor: Visitor,
) -> None:
    await visitor.open("amara", "home")
    await visitor.button("Timezone …").click()
    dialog = visitor.page.get_by_role("dialog", name="Leaderboard timezone")
    field = dialog.get_by_label("Timezone", exact=True)
    await field.fill("Atlantis/Capital")
    await dialog.get_by_role("button", name="Save").click()
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(dialog.get_by_role("alert").first).to_be_visible()
    await expect(field).to_have_value("Atlantis/Capital")
    await field.fill("Europe/Berlin")
    await visitor.page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(visitor.page.locator("#home")).to_contain_text("on the clock of Europe/Berlin")


async def test_escape_closes_a_dialog(visitor: Visitor) -> None:
    await visitor.open("priya", "home")
    await visitor.button("That's me …").click()
    dialog = visitor.page.get_by_role("dialog", name="Who are you on GitHub?")
    await expect(dialog).to_be_visible()
    await visitor.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()


async def test_only_admins_see_the_games_settings(visitor: Visitor) -> None:
    await visitor.open("amara", "home")
    await expect(visitor.page.get_by_role("heading", name="For admins")).to_be_visible()
    await visitor.become("Diego")
    await expect(visitor.page.get_by_role("heading", name="Your hunches")).to_be_visible()
    await expect(visitor.page.get_by_role("heading", name="For admins")).to_have_count(0)


async def test_a_required_field_that_is_empty_is_pointed_at(visitor: Visitor) -> None:
    await visitor.open("siyuan", "home")
    await visitor.button("That's me …").click()
    dialog = visitor.page.get_by_role("dialog", name="Who are you on GitHub?")
    await dialog.get_by_role("button", name="That's me").click()
    await expect(dialog.get_by_role("alert")).not_to_be_empty()
    await expect(dialog.get_by_label("Your GitHub login")).to_be_focused()
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(dialog).to_be_hidden()
