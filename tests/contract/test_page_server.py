"""The page's server: who may ask, what is remembered, and how a page learns of changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from playground.company import found_company
from playground.page import Page
from playground.server import Playground
from tests.contract.playground_support import (
    actions,
    button,
    client_of,
    modal,
    options,
    socket_bolt,
    text_input,
)

OWN = {"X-Playground": "page"}


class Browser:
    """Asks for pages and does things as the page's script does."""

    def __init__(self, slack: Playground, session: aiohttp.ClientSession) -> None:
        self.slack = slack
        self.session = session
        self.home = f"{slack.page_url}w/{next(iter(slack.state.workspaces))}/"

    async def see(self, path: str = "as/amara/messages", **how: Any) -> tuple[int, str]:
        async with self.session.get(self.home + path, **how) as answer:
            return answer.status, await answer.text()

    async def do(self, what: str, who: str = "amara", **args: Any) -> tuple[int, Any]:
        url = f"{self.home}as/{who}/do/{what}"
        async with self.session.post(url, json=args, headers=OWN) as answer:
            return answer.status, await answer.json()


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    page = Page()
    async with (
        Playground.start(attach=[page.attach]) as slack,
        aiohttp.ClientSession() as session,
    ):
        found_company(slack.state)
        yield Browser(slack, session)


async def test_the_front_door_leads_to_the_first_persons_messages(browser: Browser) -> None:
    async with browser.session.get(browser.slack.page_url) as answer:
        assert answer.status == 200
        assert "You are <strong><bdi>Amara Okafor" in await answer.text()


@pytest.mark.parametrize(
    "path", ["as/nobody/messages", "as/amara/C404", "as/hunch/messages", "../../as/amara/messages"]
)
async def test_what_is_not_there_is_404(browser: Browser, path: str) -> None:
    assert (await browser.see(path))[0] == 404


async def test_who_is_lost_is_shown_the_way_back(browser: Browser) -> None:
    status, html = await browser.see("as/nobody/messages")
    assert status == 404
    assert '<a class="button primary" href="/">' in html


async def test_the_address_that_opens_an_app_leads_an_admin_to_its_home(browser: Browser) -> None:
    team = next(iter(browser.slack.state.workspaces))
    for query, status, words in (
        (f"app=A1&team={team}", 200, "to show <bdi>Amara Okafor</bdi> a Home"),
        ("app=A1&team=T404", 404, '<a class="button primary" href="/">'),
        ("", 404, '<a class="button primary" href="/">'),
    ):
        url = f"{browser.slack.page_url}app_redirect?{query}"
        async with browser.session.get(url) as answer:
            assert answer.status == status
            assert words in await answer.text()


@pytest.mark.parametrize("query", ["?thread=1.2", "?shown=x", "?shown=99999999999", "?since=zzz"])
async def test_an_address_with_nonsense_shows_the_place(browser: Browser, query: str) -> None:
    general = browser.slack.state.find_channel(
        next(iter(browser.slack.state.workspaces)), "general"
    )
    assert (await browser.see(f"as/amara/{general.id}{query}"))[0] == 200


async def test_nobody_reads_another_persons_messages_by_their_address(browser: Browser) -> None:
    dm, _ = browser.slack.state.open_dm(
        browser.slack.installation(), browser.slack.person("jonas").id
    )
    assert (await browser.see(f"as/amara/{dm.id}"))[0] == 404
    assert (await browser.do("say", channel=dm.id, text="hi"))[0] == 409


@pytest.mark.parametrize(
    "headers",
    [{}, {**OWN, "Origin": "https://evil.example"}, {**OWN, "Host": "evil.example"}],
)
async def test_only_the_page_itself_may_do_things(browser: Browser, headers: Any) -> None:
    url = f"{browser.home}as/amara/do/close-hint"
    async with browser.session.post(url, json={}, headers=headers) as answer:
        assert answer.status == 403
    assert "Three things to try" in (await browser.see())[1]


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff", b"[" * 100_000, b'"x"'])
async def test_what_is_not_understood_changes_nothing(browser: Browser, body: bytes) -> None:
    url = f"{browser.home}as/amara/do/say"
    async with browser.session.post(url, data=body, headers=OWN) as answer:
        assert answer.status == 409


@pytest.mark.parametrize(
    ("action", "args"),
    [
        ("click", {"at": "V1", "action": "x"}),
        ("click", {"at": "C1/1.2"}),
        ("submit", {"view": "V1"}),
        ("close", {}),
        ("merge-story", {"sign": "magic"}),
        ("review", {"pr": "a/b#1"}),
        ("seen", {"channel": "C404"}),
    ],
)
async def test_what_cannot_be_done_is_said_kindly(
    browser: Browser, action: str, args: dict[str, Any]
) -> None:
    status, answer = await browser.do(action, **args)
    assert status == 409
    assert answer["say"].endswith(".")


async def test_an_unknown_action_is_404(browser: Browser) -> None:
    url = f"{browser.home}as/amara/do/steal"
    async with browser.session.post(url, headers=OWN) as answer:
        assert answer.status == 404


async def test_an_app_that_does_not_answer_is_reported_until_dismissed(browser: Browser) -> None:
    await browser.do("say", text="/copilot help")
    _, html = await browser.see()
    assert "/copilot did not respond" in html
    assert "did not respond" not in (await browser.see("as/jonas/messages"))[1]
    await browser.do("close-notices")
    assert "did not respond" not in (await browser.see())[1]


async def test_closed_hints_stay_closed_for_everybody(browser: Browser) -> None:
    await browser.do("close-hint")
    assert "Three things to try" not in (await browser.see("as/jonas/messages"))[1]


async def test_messages_are_unread_until_seen(browser: Browser) -> None:
    person = browser.slack.person("jonas")
    await client_of(browser.slack).chat_postMessage(channel=person.id, text="Hello")
    assert '<span class="badge">1' in (await browser.see())[1]
    dm = browser.slack.state.dm_of(person.installation, person.id)
    assert dm is not None
    await browser.do("seen", "jonas", channel=dm.id)
    assert '<span class="badge">' not in (await browser.see())[1]


async def test_a_tap_in_a_message_that_moved_on_is_still_sent(browser: Browser) -> None:
    person = browser.slack.person("jonas")
    client = client_of(browser.slack)
    posted = await client.chat_postMessage(
        channel=person.id, text="x", blocks=[actions(button("old"))]
    )
    at = f"{posted['channel']}/{posted['ts']}"
    blocks = [actions(button("new"))]
    await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="x", blocks=blocks)
    status, _ = await browser.do("click", "jonas", at=at, action="old", block="part:7:answer")
    assert status == 200
    assert (await browser.do("click", "amara", at=at, action="new", block="x"))[0] == 409


async def test_a_dialog_is_shown_and_what_is_required_must_be_filled_in(browser: Browser) -> None:
    person, client = browser.slack.person("amara"), client_of(browser.slack)
    await client.views_publish(
        user_id=person.id, view={"type": "home", "blocks": [actions(button("go"))]}
    )
    done = await person.click_home("go")
    await client.views_open(trigger_id=done.trigger_id, view=modal(text_input()))
    view = browser.slack.person("amara").modal
    assert view is not None
    assert f'id="modal-{view.id}"' in (await browser.see())[1]
    assert f'id="modal-{view.id}"' not in (await browser.see("as/jonas/home"))[1]
    empty = await browser.do("submit", view=view.id, values={"why": {"reason": None}})
    assert empty == (409, {"ok": False, "say": "Please fill in every required field."})
    await browser.do("submit", view=view.id, values={"why": {"reason": "Because <b>"}})
    assert 'value="Because &lt;b&gt;"' in (await browser.see())[1]
    await browser.do("close", view=view.id)
    assert '<dialog class="modal"' not in (await browser.see())[1]


async def test_an_open_page_hears_of_a_change_and_is_let_go_when_the_playground_stops() -> None:
    page = Page()
    async with aiohttp.ClientSession() as session:
        async with Playground.start(attach=[page.attach]) as slack:
            found_company(slack.state)
            team = next(iter(slack.state.workspaces))
            live = await session.ws_connect(f"{slack.page_url}live/{team}/amara")
            assert (await live.receive_json())["version"]
            slack.state.put_document("x", "y", {})
            assert await live.receive_json() == {"changed": True, "traffic": 0}
        assert (await live.receive()).type is aiohttp.WSMsgType.CLOSE
        await live.close()


async def test_the_live_part_refuses_other_sites(browser: Browser) -> None:
    team = next(iter(browser.slack.state.workspaces))
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await browser.session.ws_connect(
            f"{browser.slack.page_url}live/{team}/amara", headers={"Origin": "https://evil.example"}
        )


async def test_the_page_allows_no_script_but_its_own(browser: Browser) -> None:
    async with browser.session.get(f"{browser.home}as/amara/home") as answer:
        policy, html = answer.headers["Content-Security-Policy"], await answer.text()
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert html.count("<script") == 1
    assert "style=" not in html


async def test_files_are_kept_by_the_browser_only_under_their_version(browser: Browser) -> None:
    async with browser.session.get(f"{browser.slack.page_url}static/page.css") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.content_type == "text/css"
    async with browser.session.get(f"{browser.slack.page_url}static/page.js?v=old") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"


async def test_pull_requests_can_be_opened_approved_dismissed_merged_and_closed(
    browser: Browser,
) -> None:
    await browser.do("open-pr", author="amara-okafor", title="One")
    pr = _key(browser)
    await browser.do("review", pr=pr, reviewer="jlindqvist")
    assert "✓ approved" in (await browser.see())[1]
    await browser.do("dismiss", pr=pr, reviewer="jlindqvist")
    assert "dismissed" in (await browser.see())[1]
    assert (await browser.do("merge", pr=pr))[0] == 200
    assert (await browser.do("close-pr", pr=pr))[0] == 409
    assert '<span class="state merged">' in (await browser.see())[1]


def _key(browser: Browser) -> str:
    return next(
        key for kind, key in browser.slack.state.documents if kind.startswith("pull_request")
    )


async def test_a_webhook_that_nobody_takes_is_reported(browser: Browser) -> None:
    _, answer = await browser.do("open-pr", author="amara-okafor", title="One")
    assert answer["say"] == "Opened #1 “One”. But the webhook was not taken: nobody answered."


async def test_a_leaderboard_that_is_not_posted_is_reported(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playground.page.actions._POST_WITHIN_S", 0.05)
    _, answer = await browser.do("post-leaderboard", "jonas")
    assert answer == {
        "ok": False,
        "say": "Amara Okafor typed /copilot leaderboard post. Nothing was posted.",
    }


async def test_a_menu_shows_what_the_app_offers_for_the_words(browser: Browser) -> None:
    slack = browser.slack
    menu = {"type": "external_select", "action_id": "who", "min_query_length": 1}
    person = slack.person("amara")
    await client_of(slack).chat_postMessage(channel=person.id, text="?", blocks=[actions(menu)])
    message = person.messages[-1]
    place = {"at": f"{message.channel}/{message.ts}", "action": "who", "text": "a"}
    async with socket_bolt(slack) as bolt:

        @bolt.options("who")
        async def offer(ack: Any) -> None:
            await ack(options=options("ann"))

        assert await browser.do("suggest", **place) == (
            200,
            {"ok": True, "options": options("ann")},
        )
    nobody = await browser.do("suggest", **place)
    assert nobody == (200, {"ok": True, "options": []})
