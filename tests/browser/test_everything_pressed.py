"""Whatever is pressed, in whatever order: the page goes on."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.galleries import Gallery
from tests.browser.visitors import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

_PRESS_ALL = """() => {
    const pressed = [...document.querySelectorAll('#app button, .inspector button, .panel button')];
    for (const one of pressed) one.click();
    return pressed.length;
}"""
_CLOSE_ALL = """() => {
    for (const one of document.querySelectorAll('dialog[open]')) one.close('no');
    for (const one of document.querySelectorAll(':popover-open')) one.hidePopover();
}"""


@pytest.mark.parametrize(
    ("place", "at_least"), [("{channel}?thread={thread}", 60), ("messages", 25), ("home", 20)]
)
async def test_every_button_can_be_pressed_at_once_and_the_page_goes_on(
    reader: Visitor, gallery: Gallery, place: str, at_least: int
) -> None:
    wrong: list[str] = []
    page = reader.page
    page.on("pageerror", lambda error: wrong.append(str(error)))
    where = place.format(channel=gallery.channel, thread=gallery.thread_ts)
    await reader.open("amara", where)
    await expect(page.locator("#offline")).to_be_hidden()
    assert await page.evaluate(_PRESS_ALL) >= at_least
    await page.evaluate(_CLOSE_ALL)
    await reader.open("amara", gallery.channel)
    await reader.say(f"Still here after {place}")
    await expect(page.get_by_role("log", name="Messages")).to_contain_text("Still here after")
    assert wrong == []


async def test_two_tabs_are_two_people_and_each_sees_what_the_other_does(
    reader: Visitor, gallery: Gallery
) -> None:
    await reader.open("amara", gallery.channel)
    other = Visitor(await reader.page.context.new_page(), gallery.address)
    await other.open("zoe", gallery.channel)
    await reader.say("From Amara's tab")
    await other.say("From Zoë's tab")
    for one in (reader, other):
        log = one.page.get_by_role("log", name="Messages")
        await expect(log).to_contain_text("From Amara's tab")
        await expect(log).to_contain_text("From Zoë's tab")
    await expect(reader.page.locator(".you")).to_contain_text("Amara Okafor")
    await expect(other.page.locator(".you")).to_contain_text("Zoë")


async def test_what_is_half_typed_survives_whatever_others_do(
    reader: Visitor, gallery: Gallery
) -> None:
    await reader.open("amara", gallery.channel)
    typed = reader.page.locator("#typed")
    await typed.fill("Half a sent")
    await gallery.slack.person("diego").write("In between", channel=gallery.channel)
    await expect(reader.page.get_by_role("log", name="Messages")).to_contain_text("In between")
    await expect(typed).to_have_value("Half a sent")
    await expect(typed).to_be_focused()
