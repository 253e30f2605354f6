"""How soon the playground's page is seen: `python -m benchmarks.bench_page`. Goal: first paint under
300 ms, told by the browser itself, in a channel with 500 messages; beside a static page of the same
bytes.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Response, async_playwright

from benchmarks.tables import Row, show
from playground.company import found_company
from playground.page import Page
from playground.records import Installation, Message
from playground.server import Playground
from tests.contract.gallery import MESSAGES

ROUNDS = 9
COUNT = 500
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PAINT = """() => new Promise(resolve => {
    const tell = () => {
        const [first] = performance.getEntriesByName('first-contentful-paint');
        first ? resolve(first.startTime) : requestAnimationFrame(tell);
    };
    tell();
})"""


def _fill(slack: Playground, there: Installation, channel: str) -> None:
    """Post texts by people and, every fifth, all kinds of blocks by the app."""
    people = [one.id for one in slack.state.people(there.team_id) if not one.is_bot]
    for number in range(COUNT):
        blocks = MESSAGES[number // 5 % len(MESSAGES)][1] if number % 5 == 0 else []
        text, author = f"Message *{number}* about `reviews`", people[number % len(people)]
        message = Message(there.team_id, channel, slack.state.next_ts(), text, author)
        if blocks:
            message.user, message.bot_id, message.app_id = there.bot_user, "B1", there.app_id
            message.blocks = blocks
        slack.state.post(message)


@asynccontextmanager
async def _ours() -> AsyncIterator[str]:
    page = Page()
    async with Playground.start(attach=[page.attach], echo=False) as slack:
        there = found_company(slack.state)
        channel = slack.state.find_channel(there.team_id, "engineering").id
        _fill(slack, there, channel)
        yield f"{slack.page_url}w/{there.team_id}/as/amara/{channel}"


@asynccontextmanager
async def _static(html: str, files: dict[str, tuple[bytes, str]]) -> AsyncIterator[str]:
    """The bare baseline: the same bytes from memory."""

    async def answer(request: web.Request) -> web.Response:
        body, kind = files.get(request.path, (html.encode(), "text/html"))
        return web.Response(body=body, content_type=kind, charset="utf-8")

    application = web.Application()
    application.router.add_get("/{anything:.*}", answer)
    async with TestServer(application) as server:
        yield str(server.make_url("/"))


async def _paint(browser: Browser, address: str) -> float:
    """Milliseconds until the browser has painted something of the page; nothing is cached."""
    context = await browser.new_context(viewport={"width": 1280, "height": 860})
    try:
        page = await context.new_page()
        await page.goto(address, wait_until="commit")
        painted: float = await page.evaluate(_PAINT)
        return painted
    finally:
        await context.close()


async def _copy(browser: Browser, address: str) -> tuple[str, dict[str, tuple[bytes, str]]]:
    """The page as it came, and every style sheet and script it asked for."""
    files: dict[str, tuple[bytes, str]] = {}
    page = await browser.new_page()
    answers: list[Response] = []
    page.on("response", lambda one: answers.append(one))
    answer = await page.goto(address, wait_until="networkidle")
    assert answer is not None
    html = await answer.text()
    for one in answers:
        path = one.url.partition("/static/")[2].partition("?")[0]
        if path and one.ok:
            kind = one.headers["content-type"].partition(";")[0]
            files[f"/static/{path}"] = (await one.body(), kind)
    await page.close()
    return html, files


async def measure() -> list[Row]:
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        print("no Chromium or Chrome on the PATH: the page is not measured")
        return []
    async with async_playwright() as playwright, _ours() as address:
        browser = await playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu"]
        )
        html, files = await _copy(browser, address)
        async with _static(html, files) as bare_address:
            await _paint(browser, address)
            ours, bare = [], []
            for _ in range(ROUNDS):
                ours.append(await _paint(browser, address))
                bare.append(await _paint(browser, bare_address))
        await browser.close()
    print(f"{len(html) / 1000:.0f} kB of HTML, {COUNT} messages in the channel")
    return [
        Row("first paint, ms (goal: 300 ms)", ours, [300.0] * ROUNDS, "<", 1.0),
        Row("first paint, ms, beside a static page of the same bytes", ours, bare, "<", 3.0),
    ]


if __name__ == "__main__":
    show(asyncio.run(measure()))
