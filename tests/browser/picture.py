"""Takes the README's picture of the page: `python -m tests.browser.picture [docs/playground.png]`.

Starts Hunch in a small generated company on a fresh data directory and plays a round as anybody
would: a survey is answered, a guess revealed, the leaderboard posted. The picture shows the
leaderboard on a desk and the reveal on a phone.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from base64 import b64encode
from pathlib import Path

from playwright.async_api import Browser, ViewportSize, async_playwright, expect

from tests.browser.conftest import ARGS, BROWSERS
from tests.browser.runs import hunch_run
from tests.browser.visitors import Visitor

DESK, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=344, height=640)
_COMPANY = "small"
_TITLE = "Retry refunds when the bank answers 503"
_TEAM = "The team in the last 12 weeks"
_MOST_BYTES = 300_000
_COLLAGE = """<!doctype html><style>
  body {{ margin: 0; background: url({desk}); width: 1280px; height: 800px; overflow: hidden; }}
  img {{ position: fixed; right: 26px; bottom: 50px; border: 7px solid #0c0e1b; border-radius: 30px;
    box-shadow: 0 18px 50px rgb(8 10 30 / 45%), 0 0 0 1px #4a4f70; }}
</style><img src="{phone}">"""


def take(target: Path) -> None:
    """Write the picture to `target`; at most 300 kB."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise SystemExit("no Chromium or Chrome on the PATH")
    with (
        tempfile.TemporaryDirectory() as folder,
        hunch_run(Path(folder) / "data", "--company", _COMPANY) as address,
    ):
        asyncio.run(_photograph(found, address, target))
    size = target.stat().st_size
    assert size <= _MOST_BYTES, f"{target} has {size} bytes"
    print(f"{target}: {size / 1000:.0f} kB")


async def _photograph(chromium: str, address: str, target: Path) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(ARGS))
        await _compose(browser, address, target)
        await browser.close()


async def _compose(browser: Browser, address: str, target: Path) -> None:
    context = await browser.new_context(viewport=DESK, color_scheme="light")
    desk = Visitor(await context.new_page(), address)
    small = await browser.new_context(viewport=PHONE, color_scheme="dark", has_touch=True)
    phone = Visitor(await small.new_page(), address)
    detective = await _begin(desk)
    shown = {"phone": await _reveal(phone, detective), "desk": await _board(desk)}
    page = await context.new_page()
    pictures = {
        name: f"data:image/png;base64,{b64encode(png).decode()}" for name, png in shown.items()
    }
    await page.set_content(_COLLAGE.format(**pictures), wait_until="load")
    await page.screenshot(path=target)


async def _begin(desk: Visitor) -> str:
    """Wait for the leaderboard, merge and answer; returns the login of who is to guess."""
    await desk.page.goto(desk.address.partition("w/")[0])
    await desk.button("Close these hints").click()
    await desk.go_to("ai-detectives")
    await expect(desk.page.get_by_role("log")).to_contain_text(_TEAM, timeout=60_000)
    await desk.go_to("Hunch")
    faces = desk.page.get_by_role("navigation", name="Be somebody else").get_by_role("link")
    author, detective = [await faces.nth(place).get_attribute("title") or "" for place in (0, 1)]
    author = author.removesuffix(" (admin)")
    await desk.merge(_TITLE, by=author, approved_by=detective)
    await desk.survey(_TITLE).get_by_role("button", name="AI helped").click()
    await expect(desk.survey(_TITLE)).to_contain_text("Your answer: “AI helped”")
    return (await faces.nth(1).get_attribute("href") or "").split("/")[4]


async def _reveal(phone: Visitor, detective: str) -> bytes:
    """Rate and guess on a phone."""
    await phone.open(detective)
    survey = phone.survey(_TITLE)
    await survey.get_by_role("button", name="Super").click()
    await survey.get_by_role("button", name="I think so").click()
    reveal = phone.page.get_by_role("article").filter(has_text="Your score").last
    await expect(reveal).to_contain_text(_TITLE)
    await reveal.evaluate("one => one.scrollIntoView({block: 'end'})")
    await _tidy(phone)
    return await phone.page.screenshot()


async def _board(desk: Visitor) -> bytes:
    await desk.go_to("ai-detectives")
    board = desk.page.get_by_role("article").filter(has_text=_TEAM).last
    await board.evaluate("one => one.scrollIntoView({block: 'start'})")
    await _tidy(desk)
    return await desk.page.screenshot()


async def _tidy(visitor: Visitor) -> None:
    """Put away what only playing left behind."""
    await visitor.page.evaluate(
        "document.activeElement.blur();"
        "document.getElementById('gh-more').open = false;"
        "document.getElementById('toast').textContent = '';"
    )


if __name__ == "__main__":
    take(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/playground.png"))
