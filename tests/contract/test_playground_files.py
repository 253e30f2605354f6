"""Files in the simulated Slack: uploaded with the SDK, shared, looked at, refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from playground.server import Playground
from tests.contract.playground_support import Json, client_of, refused

CSV = "name,score\nZoë,3\n"


@pytest.fixture
async def slack() -> AsyncIterator[Playground]:
    async with Playground.start(limits=False) as playground:
        playground.add_company(team_id="T1").scopes += ",files:read"
        yield playground


@pytest.fixture
def client(slack: Playground) -> AsyncWebClient:
    return client_of(slack)


@pytest.fixture
def general(slack: Playground) -> str:
    return slack.state.find_channel("T1", "general").id


async def fetched(url: str, **headers: str) -> tuple[int, bytes, Any]:
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as answer:
        return answer.status, await answer.read(), answer.headers


async def sent(url: str, content: bytes) -> int:
    async with aiohttp.ClientSession() as http, http.post(url, data=content) as answer:
        return answer.status


async def test_an_upload_is_shared_with_its_words_and_can_be_opened(
    slack: Playground, client: AsyncWebClient, general: str
) -> None:
    answer = await client.files_upload_v2(
        channel=general, content=CSV, filename="scores.csv", title="Scores", initial_comment="Look"
    )
    assert [one.status for one in slack.called("upload")] == [200]
    [message] = slack.state.history("T1", general)
    [file] = message.as_slack()["files"]
    assert (message.text, file["title"], file["mimetype"]) == ("Look", "Scores", "text/csv")
    assert file["id"] == answer["file"]["id"]
    assert file["size"] == len(CSV.encode())
    status, body, headers = await fetched(file["url_private"])
    assert (status, body.decode()) == (200, CSV)
    assert headers["Content-Security-Policy"].startswith("sandbox;")
    _, _, headers = await fetched(file["url_private_download"])
    assert headers["Content-Disposition"] == "attachment"
    told = (await client.files_info(file=file["id"]))["file"]
    assert told["channels"] == [general]


@pytest.mark.parametrize("name", ["a b.csv", "Zoë/x?.csv", "100%.csv"])
async def test_any_name_makes_an_address(
    slack: Playground, client: AsyncWebClient, general: str, name: str
) -> None:
    await client.files_upload_v2(channel=general, content=CSV, filename=name)
    [file] = slack.state.history("T1", general)[0].files
    for address in (file["url_private"], file["url_private_download"]):
        assert (await fetched(address))[:2] == (200, CSV.encode())


async def test_a_file_goes_into_a_thread_or_to_nobody(
    slack: Playground, client: AsyncWebClient, general: str
) -> None:
    parent = await client.chat_postMessage(channel=general, text="numbers?")
    await client.files_upload_v2(
        channel=general, content=CSV, filename="a.csv", thread_ts=parent["ts"]
    )
    top = slack.state.history("T1", general)[0]
    assert [one.files[0]["name"] for one in slack.state.thread(top)] == ["a.csv"]
    await client.files_upload_v2(content=CSV, filename="b.csv", alt_txt="numbers")
    assert len(slack.state.history("T1", general)) == 2


async def asked(client: AsyncWebClient, length: int = 3, **more: Any) -> Any:
    words: Json = {"filename": "a.txt", "length": length} | more
    return await client.files_getUploadURLExternal(**words)


async def test_an_upload_must_be_as_long_as_announced_and_comes_once(
    client: AsyncWebClient,
) -> None:
    ticket = await asked(client)
    assert await sent(ticket["upload_url"], b"four") == 400
    early = await refused(client.files_completeUploadExternal(files=[{"id": ticket["file_id"]}]))  # type: ignore[list-item]
    assert early["error"] == "file_not_found"
    assert await sent(ticket["upload_url"], b"abc") == 200
    assert await sent(ticket["upload_url"], b"abc") == 404
    assert await sent(ticket["upload_url"] + "x", b"abc") == 404
    named = [{"id": ticket["file_id"], "title": "A"}]
    await client.files_completeUploadExternal(files=named)
    again = await refused(client.files_completeUploadExternal(files=named))
    assert again["error"] == "file_not_found"


async def test_a_form_may_carry_the_file(client: AsyncWebClient) -> None:
    ticket = await asked(client)
    form = aiohttp.FormData()
    form.add_field("file", b"abc", filename="a.txt")
    async with aiohttp.ClientSession() as http:
        assert (await http.post(ticket["upload_url"], data=form)).status == 200
        empty = aiohttp.FormData(fields={"note": "abc"}, default_to_multipart=True)
        other = await asked(client)
        assert (await http.post(other["upload_url"], data=empty)).status == 400


async def test_what_cannot_be_uploaded_is_refused(
    slack: Playground, client: AsyncWebClient, general: str
) -> None:
    assert (await refused(asked(client, 0)))["error"] == "missing_argument"
    large = await refused(asked(client, 5 * 1024 * 1024))
    assert large["error"] == "file_upload_size_restricted"
    assert (await refused(asked(client, alt_txt="x" * 1001)))["error"] == "alt_txt_too_large"
    ticket = await asked(client)
    await sent(ticket["upload_url"], b"abc")
    named = [{"id": ticket["file_id"], "title": "A"}]

    async def error(**more: Any) -> str:
        words: Json = {"files": named} | more
        return str((await refused(client.files_completeUploadExternal(**words)))["error"])

    assert await error(channel_id="C404") == "channel_not_found"
    many = ",".join(f"C{n}" for n in range(101))
    assert await error(channels=many) == "channels_limit_exceeded"
    assert await error(files=[]) == "invalid_arguments"
    elsewhere = slack.state.add_channel("T1", "elsewhere").id
    assert await error(channel_id=elsewhere) == "not_in_channel"
    unfinished = await refused(client.files_info(file=ticket["file_id"]))
    assert unfinished["error"] == "file_not_found"
    status, _, _ = await fetched(f"{slack.page_url}files-pri/T1-{ticket['file_id']}/a.txt")
    assert status == 404
    slack.installation().scopes = "chat:write"
    assert (await refused(asked(client)))["needed"] == "files:write"


async def test_only_this_page_shows_files(
    slack: Playground, client: AsyncWebClient, general: str
) -> None:
    await client.files_upload_v2(channel=general, content=CSV, filename="a.csv")
    [message] = slack.state.history("T1", general)
    status, _, _ = await fetched(message.files[0]["url_private"], Host="evil.example")
    assert status == 403


async def test_files_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "slack.sqlite"
    async with Playground.start(path=path) as slack:
        slack.add_company(team_id="T1")
        general = slack.state.find_channel("T1", "general").id
        await client_of(slack).files_upload_v2(channel=general, content=CSV, filename="a.csv")
        [message] = slack.state.history("T1", general)
        port = slack.port
    async with Playground.start(path=path, port=port) as slack:
        _, body, _ = await fetched(message.files[0]["url_private"])
        assert body.decode() == CSV
