"""The page works for people who see little, use no mouse, or have a small screen."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, ViewportSize, expect

from playground.page.switches import SWITCHES, flip
from tests.browser.galleries import Gallery, open_form

pytestmark = pytest.mark.asyncio(loop_scope="session")

WIDE, PHONE = ViewportSize(width=1280, height=860), ViewportSize(width=360, height=740)
# On a phone the heading of the first level is in the drawer that is not open.
ADVICE = ("page-has-heading-one",)
PLACES = {
    "the app's messages": "messages",
    "a channel with every block": "{channel}",
    "a thread": "{channel}?thread={thread}",
    "an agent's answer": "messages?thread={question}",
    "the app's Home": "home",
    "the people": "people",
}


def address(gallery: Gallery, place: str, who: str = "amara") -> str:
    where = place.format(
        channel=gallery.channel, thread=gallery.thread_ts, question=gallery.question_ts
    )
    return f"{gallery.address}as/{who}/{where}"


async def violations(page: Page) -> list[str]:
    """What axe-core finds, each with the first node."""
    found: dict[str, Any] = (await Axe().run(page)).response
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in found["violations"]
        if one["id"] not in ADVICE
    ]


@pytest.mark.parametrize(
    ("size", "scheme"), [(WIDE, "light"), (PHONE, "dark")], ids=["wide, light", "phone, dark"]
)
async def test_no_screen_has_a_barrier(
    browser: Browser, gallery: Gallery, size: Any, scheme: Any
) -> None:
    context = await browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    page = await context.new_page()
    found = {}
    for name, place in PLACES.items():
        await page.goto(address(gallery, place))
        await page.locator("#pane").wait_for()
        if barriers := await violations(page):
            found[name] = barriers
    await context.close()
    assert found == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_dialogs_panels_and_the_inspector_have_no_barrier(
    browser: Browser, gallery: Gallery, scheme: Any
) -> None:
    context = await browser.new_context(viewport=WIDE, color_scheme=scheme, reduced_motion="reduce")
    page = await context.new_page()
    found = {}
    await page.goto(address(gallery, "messages"))
    for panel in ("clock", "faults"):
        await page.locator(f"#{panel}-button").click()
        await expect(page.locator(f"#{panel}-panel")).to_be_visible()
        found[panel] = await violations(page)
        await page.keyboard.press("Escape")
    await page.locator("#inspector-button").click()
    await page.locator(".exchange-line").first.click()
    await expect(page.locator("#exchange h3")).to_be_visible()
    found["inspector"] = await violations(page)
    await page.locator("#inspector").get_by_role("button", name="Close").click()
    await open_form(gallery, "jonas")
    await page.goto(address(gallery, "home", "jonas"))
    await expect(page.get_by_role("dialog", name="Title")).to_be_visible()
    found["modal"] = await violations(page)
    await gallery.slack.person("jonas").close_modal(everything=True)
    await context.close()
    assert {name: what for name, what in found.items() if what} == {}


async def test_the_page_where_access_is_granted_has_no_barrier(
    browser: Browser, gallery: Gallery
) -> None:
    app = next(iter(gallery.slack.state.apps.values()))
    asked = f"oauth/v2/authorize?client_id={app.client_id}&scope=chat:write&state=s"
    back = "&redirect_uri=http://127.0.0.1:9/slack/oauth_redirect"
    looks: Any = ((WIDE, "light"), (PHONE, "dark"))
    for size, scheme in looks:
        context = await browser.new_context(viewport=size, color_scheme=scheme)
        page = await context.new_page()
        await page.goto(gallery.slack.page_url + asked + back)
        await expect(page.get_by_role("button", name="Allow")).to_be_visible()
        assert await violations(page) == []
        await context.close()


async def test_nothing_scrolls_sideways_on_a_small_phone(
    browser: Browser, gallery: Gallery
) -> None:
    context = await browser.new_context(viewport=PHONE, has_touch=True)
    page = await context.new_page()
    for place in PLACES.values():
        await page.goto(address(gallery, place))
        await page.locator("#pane").wait_for()
        wide = "document.documentElement.scrollWidth > innerWidth"
        assert not await page.evaluate(wide), place
        scrolls = "[...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth > one.clientWidth).length"
        assert await page.evaluate(scrolls) == 0, place
    await context.close()


async def test_the_bar_fits_a_small_phone_with_the_clock_moved_and_faults_on(
    browser: Browser, gallery: Gallery
) -> None:
    slack = gallery.slack
    context = await browser.new_context(viewport=PHONE, has_touch=True)
    page = await context.new_page()
    await slack.move_clock(12 * 24 * 3600)
    for switch in sorted(SWITCHES, key=lambda one: len(one.label))[-2:]:
        flip(slack.faults, switch.key)
        await page.goto(address(gallery, "messages"))
        await page.locator("#faults-button.is-on").wait_for()
        sideways = "[document.documentElement, document.getElementById('bar')].some(one => one.scrollWidth > one.clientWidth)"
        assert not await page.evaluate(sideways), switch.label
        for button in ("clock", "faults", "inspector"):
            await expect(page.locator(f"#{button}-button")).to_be_in_viewport(ratio=1)
    slack.faults.clear()
    await context.close()


async def test_what_to_try_first_leaves_a_small_phone_its_screen(
    browser: Browser, gallery: Gallery
) -> None:
    context = await browser.new_context(viewport=PHONE, has_touch=True)
    page = await context.new_page()
    await page.goto(address(gallery, "messages"))
    hint = page.get_by_role("region", name="What to try first")
    await expect(hint).to_contain_text("Merge a pull request")
    taken = await hint.bounding_box()
    assert taken is not None
    assert taken["height"] < PHONE["height"] / 5
    await context.close()


async def test_a_carousel_and_a_table_are_moved_and_sorted_by_keyboard(
    browser: Browser, gallery: Gallery
) -> None:
    context = await browser.new_context(viewport=WIDE)
    page = await context.new_page()
    await page.goto(address(gallery, "{channel}"))
    cards = page.get_by_role("region", name="Cards, 3 side by side")
    await cards.focus()
    await page.keyboard.press("ArrowRight")
    await page.wait_for_function("document.querySelector('.carousel').scrollLeft > 0")
    by_merged = page.get_by_role("button", name="Merged", exact=True)
    await by_merged.focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    table = page.get_by_role("table", name="Merged this quarter")
    await expect(table.get_by_role("rowheader").first).to_have_text("Amara")
    await gallery.slack.person("zoe").write("Redraws the page", channel=gallery.channel)
    await expect(page.get_by_role("log")).to_contain_text("Redraws the page")
    await expect(table.get_by_role("rowheader").first).to_have_text("Amara")
    await expect(table.locator("th[aria-sort]")).to_have_text("Merged")
    await context.close()


async def test_the_skip_link_is_the_first_stop_and_leads_to_the_messages(
    browser: Browser, gallery: Gallery
) -> None:
    context = await browser.new_context(viewport=WIDE)
    page = await context.new_page()
    await page.goto(address(gallery, "messages"))
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the messages")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#pane")).to_be_focused()
    await context.close()
