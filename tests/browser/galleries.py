"""A playground without Hunch, full of everything the page can show."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from playground.company import found_company
from playground.neighbours import found_neighbours
from playground.page import Page
from playground.server import Playground
from tests.contract.gallery import FORM, MESSAGES
from tests.contract.playground_support import actions, button

QUESTION = "Why did cycle time rise last week?"


@dataclass(frozen=True, slots=True)
class Gallery:
    """The playground, the app's client in it, and where things are."""

    slack: Playground
    client: AsyncWebClient
    team_id: str
    channel: str
    thread_ts: str
    question_ts: str

    @property
    def address(self) -> str:
        return f"{self.slack.page_url}w/{self.team_id}/"


@asynccontextmanager
async def open_gallery() -> AsyncIterator[Gallery]:
    """Post every block once, a thread, an agent at work, a Home, and found a second company."""
    page = Page()
    async with Playground.start(attach=[page.attach], limits=False) as slack:
        page.install_url = "http://127.0.0.1:9/slack/install"
        there = found_company(slack.state)
        found_neighbours(slack.state)
        client = AsyncWebClient(there.bot_token, base_url=slack.api_url, timeout=10)
        channel = slack.state.find_channel(there.team_id, "engineering").id
        for text, blocks in MESSAGES:
            await client.chat_postMessage(channel=channel, text=text, blocks=blocks)
        thread_ts = await _talk(slack, client, channel)
        question_ts = await _ask(slack, client, there.team_id)
        await _publish(slack, client)
        yield Gallery(slack, client, there.team_id, channel, thread_ts, question_ts)


async def _talk(slack: Playground, client: AsyncWebClient, channel: str) -> str:
    said = await slack.person("jonas").write("Slower reviews this week?", channel=channel)
    for who, text in (("priya", "Mine took *two days*"), ("zoe", "Same here :eyes:")):
        await slack.person(who).write(text, channel=channel, thread_ts=said.ts)
    slack.person("amara").react(said, "eyes")
    await client.files_upload_v2(channel=channel, filename="times.csv", content="a,b\n1,2")
    return said.ts


async def _ask(slack: Playground, client: AsyncWebClient, team_id: str) -> str:
    """Let Amara ask the agent, which suggests things and begins to answer."""
    amara = slack.person("amara")
    prompts = [{"title": "Why slower?", "message": QUESTION}]
    question = await amara.write(QUESTION)
    await client.assistant_threads_setSuggestedPrompts(channel_id=question.channel, prompts=prompts)
    await client.chat_startStream(
        channel=question.channel,
        thread_ts=question.ts,
        recipient_team_id=team_id,
        recipient_user_id=amara.id,
        markdown_text="**It rose** by 12 %",
    )
    return question.ts


async def _publish(slack: Playground, client: AsyncWebClient) -> None:
    view = {"type": "home", "blocks": [actions(button("open"), block_id="b")]}
    for who in ("amara", "jonas"):
        await client.views_publish(user_id=slack.person(who).id, view=view)


async def open_form(gallery: Gallery, who: str) -> None:
    """Let somebody tap in their Home, and the app open its dialog."""
    done = await gallery.slack.person(who).click_home("open")
    await gallery.client.views_open(trigger_id=done.trigger_id, view=FORM)
