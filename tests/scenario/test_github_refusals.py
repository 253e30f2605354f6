"""GitHub's two doors: what is let in, what is turned away, and that nothing of that is kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from urllib.parse import urlencode, urlsplit

import pytest
import pytest_asyncio
from pydantic import SecretStr

from bot.app import Roles
from bot.app.connections import connect_app
from bot.domain.ids import WorkspaceId
from bot.errors import UserError
from playground.github import sign
from tests.databases import TestDatabase
from tests.doors import FORM, JSON, Answer, count_rows, knock
from tests.stage import Stage, set_stage

_APP_SECRET = "secret-of-the-app"  # pragma: allowlist secret
_INSTALLATION = 4711
_PING = json.dumps({"zen": "Keep it logically awesome."}).encode()


@pytest_asyncio.fixture
async def stage(database: TestDatabase) -> AsyncIterator[Stage]:
    secret = SecretStr(_APP_SECRET)
    async with set_stage(database, roles=Roles.SERVE, github_webhook_secret=secret) as stage:
        await connect_app(stage.services, stage.workspace_id, _INSTALLATION)
        yield stage


@pytest_asyncio.fixture
async def nothing_stored(stage: Stage, database: TestDatabase) -> AsyncIterator[None]:
    before = await count_rows(database)
    yield
    after = await count_rows(database)
    # That the hook's secret was looked at is noted, and nothing else.
    assert after.pop("hunch.audits") - before.pop("hunch.audits") <= 1
    assert after == before, "something was stored"


async def deliver(
    url: str,
    secret: str,
    body: bytes,
    *,
    content_type: str = JSON,
    event: str = "ping",
    delivery: str = "d-1",
    signature: str = "",
) -> Answer:
    headers = {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": delivery,
        "X-Hub-Signature-256": signature or sign(secret, body),
        "Content-Type": content_type,
    }
    return await knock(url, body, headers)


async def deliver_to_hook(stage: Stage, body: bytes, **how: str) -> Answer:
    hook = stage.github.hook
    assert hook is not None
    return await deliver(hook.url, hook.secret, body, **how)


async def deliver_to_app(stage: Stage, payload: object, **how: str) -> Answer:
    body = json.dumps(payload).encode()
    return await deliver(f"{stage.base_url}/webhooks/github", _APP_SECRET, body, **how)


def _counted(stage: Stage, reason: str) -> bool:
    counted = stage.services.desk.refusals.by_reason
    once = counted == {("github", reason): 1}
    counted.clear()
    return once


async def test_a_hooks_delivery_is_stored_with_its_raw_bytes(stage: Stage) -> None:
    assert (await deliver_to_hook(stage, _PING)).status == 202
    rows = await stage.rows("SELECT event, delivery_id, body FROM deliveries")
    assert rows == [{"event": "ping", "delivery_id": "d-1", "body": _PING}]


async def test_a_delivery_that_comes_again_is_known(stage: Stage) -> None:
    texts = [(await deliver_to_hook(stage, _PING)).text for _ in range(2)]
    assert texts == ["new", "known"]


async def test_a_form_is_read_as_json(stage: Stage) -> None:
    form = urlencode({"payload": _PING.decode()}).encode()
    assert (await deliver_to_hook(stage, form, content_type=FORM)).status == 202
    assert await stage.value("SELECT body FROM deliveries") == _PING


async def test_the_apps_delivery_goes_to_the_workspace_of_its_installation(stage: Stage) -> None:
    answer = await deliver_to_app(stage, {"installation": {"id": _INSTALLATION}})
    assert answer.status == 202
    assert await stage.value("SELECT count(*) FROM deliveries") == 1


async def test_an_installation_belongs_to_one_workspace(stage: Stage) -> None:
    await connect_app(stage.services, stage.workspace_id, _INSTALLATION)
    other = stage.slack.add_company("Other")
    with pytest.raises(UserError, match="not installed"):
        await connect_app(stage.services, WorkspaceId(other.team_id), _INSTALLATION)


async def test_an_unknown_hook_is_not_found(stage: Stage, nothing_stored: None) -> None:
    for key in ["x", "x" * 24, "%00" * 20, "%FF%FE", "'; drop table members; --"]:
        answer = await deliver(f"{stage.base_url}/webhooks/github/{key}", "secret", _PING)
        assert answer.status == 404
        assert _counted(stage, "unknown_hook")


async def test_a_hook_signed_with_another_secret_is_refused(
    stage: Stage, nothing_stored: None
) -> None:
    assert stage.github.hook is not None
    answer = await deliver(stage.github.hook.url, "other", _PING)
    assert answer.status == 401
    assert _counted(stage, "bad_signature")


async def test_a_signature_wrong_in_any_one_place_is_refused(
    stage: Stage, nothing_stored: None
) -> None:
    hook = stage.github.hook
    assert hook is not None
    genuine = sign(hook.secret, _PING)
    for place in (0, len("sha256="), len(genuine) // 2, len(genuine) - 1):
        forged = genuine[:place] + ("0" if genuine[place] != "0" else "1") + genuine[place + 1 :]
        answer = await deliver(hook.url, hook.secret, _PING, signature=forged)
        assert answer.status == 401
    shortened = await deliver(hook.url, hook.secret, _PING, signature=genuine[:-1])
    assert shortened.status == 401


async def test_the_app_signed_with_another_secret_is_refused(
    stage: Stage, nothing_stored: None
) -> None:
    answer = await deliver(f"{stage.base_url}/webhooks/github", "other", _PING)
    assert answer.status == 401
    assert _counted(stage, "bad_signature")


async def test_an_unsigned_delivery_is_refused(stage: Stage, nothing_stored: None) -> None:
    assert stage.github.hook is not None
    answer = await knock(stage.github.hook.url, _PING, {"X-GitHub-Event": "ping"})
    assert answer.status == 401
    assert _counted(stage, "bad_signature")


async def test_an_app_delivery_without_installation_is_refused(
    stage: Stage, nothing_stored: None
) -> None:
    for payload in [
        {},
        [],
        "installation",
        {"installation": None},
        {"installation": {"id": "x"}},
        {"installation": {"id": 2**63}},
        {"installation": {"id": -1}},
    ]:
        assert (await deliver_to_app(stage, payload)).status == 400
        assert _counted(stage, "no_installation")


async def test_an_unknown_installation_is_not_found(stage: Stage, nothing_stored: None) -> None:
    assert (await deliver_to_app(stage, {"installation": {"id": 1}})).status == 404
    assert _counted(stage, "unknown_installation")


async def test_headers_that_say_nothing_are_refused(
    stage: Stage,
    nothing_stored: None,
) -> None:
    for headers in [
        {"event": ""},
        {"event": "Pull Request"},
        {"event": "e" * 61},
        {"delivery": ""},
        {"delivery": "d" * 101},
        {"delivery": "a b"},
    ]:
        assert (await deliver_to_hook(stage, _PING, **headers)).status == 400
        assert _counted(stage, "bad_headers")


async def test_a_body_that_is_no_object_is_refused(stage: Stage, nothing_stored: None) -> None:
    for body, content_type in [
        (b"", JSON),
        (b"[]", JSON),
        (b"{", JSON),
        (b"\xff\xfe", JSON),
        (b"[" * 200_000, JSON),
        (b'{"a":' * 100_000, JSON),
        (b'{"a": "\\ud800"}', JSON),
        (b"payload=%7B", FORM),
        (b"other=1", FORM),
        (b"%FF=%FF&&&", FORM),
    ]:
        assert (await deliver_to_hook(stage, body, content_type=content_type)).status == 400
        assert _counted(stage, "bad_json")


async def test_another_method_is_refused(stage: Stage, nothing_stored: None) -> None:
    for path in ["/webhooks/github", "/webhooks/github/abc"]:
        assert (await knock(stage.base_url + path, method="GET")).status == 405


async def test_a_delivery_that_says_it_is_too_large_is_refused_before_it_comes(
    stage: Stage, nothing_stored: None
) -> None:
    head = "Content-Length: 27000000\r\n\r\n"
    assert await _status_after(stage, head, pieces=0) == 413


async def test_a_delivery_in_pieces_is_refused_as_soon_as_it_is_too_large(
    stage: Stage, nothing_stored: None
) -> None:
    # One more piece than fits; the rest of it never comes.
    head = "Transfer-Encoding: chunked\r\n\r\n"
    assert await _status_after(stage, head, pieces=25 * 16 + 1) == 413


async def _status_after(stage: Stage, head: str, *, pieces: int) -> int:
    """The answer to a request that is never finished, after some pieces of 64 KB."""
    address = urlsplit(stage.base_url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        start = f"POST /webhooks/github/{'x' * 24} HTTP/1.1\r\nHost: hunch\r\n{head}"
        writer.write(start.encode())
        for _ in range(pieces):
            writer.write(b"10000\r\n" + b" " * 65536 + b"\r\n")
            await writer.drain()
        async with asyncio.timeout(20):
            line = await reader.readline()
        return int(line.split()[1])
    finally:
        writer.close()


async def test_without_an_app_secret_the_apps_door_is_closed(database: TestDatabase) -> None:
    async with set_stage(database, roles=Roles.SERVE) as stage:
        answer = await deliver(f"{stage.base_url}/webhooks/github", _APP_SECRET, _PING)
        assert answer.status == 404
        assert _counted(stage, "no_app")
