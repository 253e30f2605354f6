"""What a person does at the page, in the page's own words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Locator, Page, expect


@dataclass
class Visitor:
    """Somebody in front of the page; `problems` are errors the browser's console showed."""

    page: Page
    address: str
    problems: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._note)

    def _note(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"{message.text} ({message.location})")

    async def open(self, who: str = "amara", place: str = "messages") -> None:
        await self.page.goto(f"{self.address}as/{who}/{place}")

    async def become(self, name: str) -> None:
        faces = self.page.get_by_role("navigation", name="Be somebody else")
        await faces.get_by_role("link", name=name).click()
        await expect(self.page.locator(".you")).to_contain_text(name)

    async def go_to(self, entry: str) -> None:
        list_of = self.page.get_by_role("navigation", name="Conversations")
        await list_of.get_by_role("link", name=entry).click()
        await expect(self.page.locator("#pane .pane-head h2")).to_contain_text(entry)

    async def open_tab(self, name: str) -> None:
        tab = self.page.get_by_role("navigation", name="Hunch").get_by_role("link", name=name)
        await tab.click()
        await expect(tab).to_have_attribute("aria-current", "page")

    async def merge(self, title: str, *, by: str, approved_by: str, sign: str = "None") -> None:
        """Press the button that opens, approves and merges a pull request."""
        form = self.page.locator("#merge-form")
        if not await form.locator("#gh-title").is_visible():
            await form.get_by_text("More", exact=True).click()
        await form.get_by_label("Title").fill(title)
        await form.get_by_label("Written by").select_option(label=by)
        await form.get_by_label("Approved by").select_option(label=approved_by)
        options = form.get_by_label("Sign of AI").locator("option")
        label = await options.filter(has_text=sign).text_content()
        await form.get_by_label("Sign of AI").select_option(label=label)
        await self.page.get_by_role("button", name="Merge a pull request").click()
        await expect(self.page.locator("#prs")).to_contain_text(title)

    def survey(self, title: str) -> Locator:
        """The message about a pull request that is still to be answered."""
        return self.page.get_by_role("log").get_by_role("article").filter(has_text=title).last

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    async def say(self, text: str) -> None:
        await self.page.locator("#typed").fill(text)
        await self.page.keyboard.press("Enter")

    async def does(self, who: str, what: str, **args: Any) -> dict[str, Any]:
        """Send what no button of the page sends, from the page itself."""
        answer: dict[str, Any] = await self.page.evaluate(
            """async ([who, action, args]) => (await fetch(`../${who}/do/${action}`, {
                method: "POST", headers: {"X-Playground": "test"}, body: JSON.stringify(args),
            })).json()""",
            [who, what, args],
        )
        return answer
