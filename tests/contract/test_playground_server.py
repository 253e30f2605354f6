"""The simulated Slack as a server: kept on disk, driven from outside, closed to strangers."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from playground.clock import Clock
from playground.company import found_company
from playground.github import GitHub
from playground.remote import RemoteError, RemotePlayground
from playground.server import Playground
from tests.contract.playground_support import (
    SECTION,
    Json,
    actions,
    button,
    client_of,
    said,
    socket_bolt,
)


async def test_a_second_start_keeps_everything(tmp_path: Path) -> None:
    path = tmp_path / "new" / "slack.sqlite"
    async with Playground.start(path=path) as slack:
        bot = found_company(slack.state)
        client = client_of(slack)
        person = slack.person("layla")
        posted = await client.chat_postMessage(
            channel=person.id,
            text="مرحبا 👋",
            blocks=[SECTION],
            metadata={"event_type": "x", "event_payload": {"id": 1}},
        )
        gone = await client.chat_postMessage(channel=person.id, text="gone")
        await client.chat_delete(channel=gone["channel"], ts=gone["ts"])
        await client.views_publish(user_id=person.id, view={"type": "home", "blocks": [SECTION]})
        slack.change_user(bot.team_id, "amara", tz="Asia/Tokyo")
        await GitHub(slack.state).open("nightjar-labs/web", "zoe-obc")
        names = [user.name for user in slack.state.people(bot.team_id)]
    async with Playground.start(path=path) as slack:
        again = found_company(slack.state)
        assert again == bot
        assert [user.name for user in slack.state.people(bot.team_id)] == names
        assert slack.person("amara").user.tz == "Asia/Tokyo"
        person = slack.person("layla")
        assert [message.text for message in person.messages] == ["مرحبا 👋"]
        assert person.messages[0].metadata == {"event_type": "x", "event_payload": {"id": 1}}
        assert person.home is not None
        assert [pr.number for pr in GitHub(slack.state).pull_requests()] == [1]
        client = client_of(slack)
        newer = await client.chat_postMessage(channel=person.id, text="again")
        assert (newer["channel"], newer["ts"] > posted["ts"]) == (posted["channel"], True)


async def test_the_clock_going_back_does_not_repeat_a_time_stamp(tmp_path: Path) -> None:
    path = tmp_path / "slack.sqlite"
    async with Playground.start(path=path, clock=Clock(frozen_at=2_000)) as slack:
        slack.add_company(team_id="T1")
        first = await slack.person("person1").write("one", channel="general")
    async with Playground.start(path=path, clock=Clock(frozen_at=1_000)) as slack:
        second = await slack.person("person1").write("two", channel="general")
        assert float(second.ts) > float(first.ts)


async def test_what_is_written_down_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "slack.sqlite"
    async with running("--state", str(path)) as (process, slack):
        await slack.do("add_company", team_id="T1")
        await slack.do("flush")
        process.kill()
    async with Playground.start(path=path) as again:
        assert again.person("person1").user.is_admin


@pytest.mark.parametrize("before", [None, 0o644])
async def test_only_its_owner_reads_the_file_that_holds_the_tokens(
    tmp_path: Path, before: int | None
) -> None:
    path = tmp_path / "slack.sqlite"
    if before:
        path.touch(mode=before)
    async with Playground.start(path=path) as slack:
        slack.add_company(team_id="T1")
        slack.flush()
        assert _open_to_others(tmp_path) == []


def _open_to_others(directory: Path) -> list[Path]:
    return [one for one in directory.iterdir() if one.stat().st_mode & 0o077]


@asynccontextmanager
async def running(
    *options: str,
) -> AsyncIterator[tuple[asyncio.subprocess.Process, RemotePlayground]]:
    """The playground as a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "playground", *options, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    ready = json.loads(await process.stdout.readline())
    try:
        async with RemotePlayground(ready["page_url"]) as slack:
            yield process, slack
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def test_another_process_is_driven_by_its_control_routes(tmp_path: Path) -> None:
    async with running("--state", str(tmp_path / "slack.sqlite")) as (process, slack):
        bot = await slack.do("add_company", team_id="T1")
        state = await slack.state()
        assert [user["name"] for user in state["users"]] == [
            "person1",
            "person2",
            "person3",
            "hunch",
        ]
        await slack.do("limits", enabled=False)
        await slack.do("fail", kind="http_500", method="auth.test")
        base_url = (await slack.do("addresses"))["api_url"]
        client = AsyncWebClient(bot["bot_token"], base_url=base_url, retry_handlers=[])
        with pytest.raises(Exception, match="status: 500"):
            await client.auth_test()
        await client.chat_postMessage(
            channel=state["users"][0]["id"], text="?", blocks=[actions(button("yes"))]
        )
        done = await slack.do("click", user="person1", action_id="yes")
        assert (done["ok"], done["error"]) == (False, "no_connection")
        assert (await slack.do("calls", method="auth.test"))["count"] == 1
        with pytest.raises(RemoteError, match="no direct message to person1"):
            await slack.do("click", user="person1", action_id="gone")
        with pytest.raises(RemoteError, match="actions: "):
            await slack.do("dance")
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


@pytest.fixture
async def slack() -> AsyncIterator[Playground]:
    async with Playground.start(clock=Clock(frozen_at=1_763_633_000), control=True) as playground:
        playground.add_company(team_id="T1")
        yield playground


@pytest.fixture
async def remote(slack: Playground) -> AsyncIterator[RemotePlayground]:
    async with RemotePlayground(slack.page_url) as found:
        yield found


async def test_every_part_of_the_workspace_can_be_changed_from_outside(
    slack: Playground, remote: RemotePlayground
) -> None:
    user = await remote.do("add_user", team_id="T1", name="new", tz="Asia/Tokyo")
    channel = await remote.do("add_channel", team_id="T1", name="x", members=[user["id"]])
    await remote.do("change_user", team_id="T1", user="new", deleted=True)
    await remote.do("change_channel", team_id="T1", channel="x", is_archived=True)
    await remote.do("change_app", app_id=slack.installation().app_id, commands=["/other"])
    joined = await remote.do("join", team_id="T1", name="joined")
    now = (await remote.do("advance", seconds=60))["now"]
    assert slack.state.users["T1", user["id"]].deleted
    assert slack.state.channels["T1", channel["id"]].is_archived
    assert slack.person("joined").id == joined["id"]
    assert now == 1_763_633_060
    assert (await remote.do("command", user="person1", name="/copilot"))["ok"] is False
    await remote.do("fail", kind="reset", times=None)
    await remote.do("heal")
    assert (await client_of(slack).auth_test())["ok"]


async def test_people_act_from_outside(slack: Playground, remote: RemotePlayground) -> None:
    async with socket_bolt(slack) as bolt:

        @bolt.event("app_home_opened")
        async def opened(event: Json, client: AsyncWebClient) -> None:
            view = {"type": "home", "blocks": [actions(button("home.stop"))]}
            await client.views_publish(user_id=event["user"], view=view)

        @bolt.action("home.stop")
        async def stopped(ack, body: Json, client: AsyncWebClient) -> None:  # type: ignore[no-untyped-def]
            modal = {
                "type": "modal",
                "callback_id": "m",
                "title": {"type": "plain_text", "text": "Sure?"},
                "submit": {"type": "plain_text", "text": "Yes"},
                "blocks": [SECTION],
            }
            await client.views_open(trigger_id=body["trigger_id"], view=modal)
            await ack()

        @bolt.view("m")
        async def submitted(ack) -> None:  # type: ignore[no-untyped-def]
            await ack()

        home = (await remote.do("open_home", user="person1"))["home"]
        assert home["body"]["type"] == "home"
        for _ in range(2):
            assert (await remote.do("click_home", user="person1", action_id="home.stop"))["ok"]
            if slack.person("person1").modal:
                assert len((await remote.state())["modals"]) == 1
            await remote.do("submit", user="person1")
        await remote.do("click_home", user="person1", action_id="home.stop")
        assert await remote.do("close_modal", user="person1") == {"ok": True}
        await remote.do("reconnect")
    await remote.do("close_sockets")
    await remote.do("write", user="person1", text="hi", channel="general")
    await remote.do("settle")
    assert (await remote.do("messages", team_id="T1", channel="general"))["count"] == 1
    assert (await remote.do("messages", user="person1"))["count"] == 0
    assert (await remote.do("calls", clear=True))["count"] >= 3
    assert (await remote.do("calls"))["count"] == 0


@pytest.mark.parametrize(
    ("action", "args"),
    [
        ("click", {"user": "person1", "action_id": "x", "channel": "C", "ts": "1.0"}),
        ("click", {}),
        ("change_user", {"team_id": "T1", "user": "person1", "colour": "red"}),
        ("fail", {"kind": "fire"}),
        ("advance", {"seconds": "soon"}),
        ("submit", {"user": "person1"}),
    ],
)
async def test_what_cannot_be_done_says_why(
    remote: RemotePlayground, action: str, args: Json
) -> None:
    with pytest.raises(RemoteError):
        await remote.do(action, **args)


async def test_without_being_asked_for_there_is_no_way_to_control_it() -> None:
    async with Playground.start() as slack, aiohttp.ClientSession(trust_env=False) as session:
        for answer in (
            await session.get(f"{slack.page_url}control/state"),
            await session.post(f"{slack.page_url}control/heal", json={}),
        ):
            assert answer.status == 404


async def test_nonsense_is_refused_politely(slack: Playground) -> None:
    async with aiohttp.ClientSession(trust_env=False) as session:
        for body in (b"{", b"[]", b"3", b"\xff"):
            answer = await session.post(f"{slack.page_url}control/click", data=body)
            assert answer.status == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example:80"}, 403),
        ({"Host": "]["}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
    ],
)
async def test_other_sites_are_kept_out(
    slack: Playground, headers: dict[str, str], status: int
) -> None:
    async with aiohttp.ClientSession(trust_env=False) as session:
        answer = await session.get(f"{slack.page_url}control/state", headers=headers)
        assert answer.status == status


async def test_its_own_page_is_let_in(slack: Playground) -> None:
    origin = slack.page_url.rstrip("/")
    async with aiohttp.ClientSession(trust_env=False) as session:
        url = f"{slack.page_url}control/heal"
        answer = await session.post(url, json={}, headers={"Origin": origin})
        assert answer.status == 200


async def test_a_page_attaches_its_routes_and_hears_of_changes() -> None:
    def attach(application: web.Application, slack: Playground) -> None:
        async def page(_: web.Request) -> web.Response:
            return web.Response(text=f"{len(slack.state.users)} people")

        application.router.add_get("/", page)

    async with Playground.start(attach=[attach]) as slack:
        slack.add_company(team_id="T1")
        with slack.feed.subscribe() as changes:
            async with aiohttp.ClientSession(trust_env=False) as session:
                answer = await session.get(slack.page_url)
                assert await answer.text() == "4 people"
                refused = await session.get(slack.page_url, headers={"Host": "evil.example"})
                assert refused.status == 403
            await slack.person("person1").write("hi", channel="general")
            async for change in changes:
                assert (change.kind, change.team_id) == ("message.posted", "T1")
                break


async def test_waiting_for_something_ends_when_it_is_so(slack: Playground) -> None:
    person = slack.person("person1")
    waiting = asyncio.ensure_future(slack.until(lambda: person.messages))
    await client_of(slack).chat_postMessage(channel=person.id, text="hi")
    assert [message.text for message in await waiting] == ["hi"]
    with pytest.raises(TimeoutError):
        await slack.until(lambda: False, timeout_s=0.01)


async def test_who_is_meant_has_to_be_clear(slack: Playground) -> None:
    slack.add_company("Other", team_id="T2")
    with pytest.raises(LookupError):
        slack.person("person1")
    with pytest.raises(LookupError):
        slack.person("nobody", team_id="T2")
    with pytest.raises(LookupError):
        slack.state.find_channel("T1", "nowhere")
    assert slack.person("person1", team_id="T2").team_id == "T2"


async def test_apps_are_installed_and_people_use_them_from_outside(
    slack: Playground, remote: RemotePlayground
) -> None:
    app = slack.state.apps[slack.installation().app_id]
    await remote.do("add_enterprise", name="Acme Org", enterprise_id="E1")
    await remote.do("add_workspace", name="Two", team_id="T2", enterprise_id="E1")
    await remote.do("add_user", team_id="T2", name="boss", is_admin=True)
    link = {"client_id": app.client_id, "scope": "chat:write", "redirect_uri": "http://a/b?c=1"}
    denied = await remote.do("authorize", **link, state="s")
    assert denied["url"] == "http://a/b?c=1&error=access_denied&state=s"
    allowed = await remote.do("authorize", **link, place="T2")
    assert "&code=" in allowed["url"]
    with pytest.raises(RemoteError, match="no_scopes"):
        await remote.do("authorize", client_id=app.client_id, redirect_uri="http://a/")
    message = said(slack, "person1", "hi", channel="general")
    place = {"user": "person1", "channel": message.channel, "ts": message.ts}
    assert (await remote.do("react", **place, name="tada"))["reactions"]["tada"]
    app.events.clear()
    await remote.do("stop_agent", **place)
    with pytest.raises(RemoteError, match="is not suggested"):
        await remote.do("choose_prompt", user="person1", title="x")
    await remote.do("uninstall", team_id="T1")
    assert not slack.installation("T1").active
    assert (await remote.state())["enterprises"][0]["id"] == "E1"
