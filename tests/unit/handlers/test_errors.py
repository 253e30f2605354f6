"""What nobody foresaw: answered with a reference, counted, and never acknowledged as done."""

from __future__ import annotations

import json
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Conflict, DatabaseAway
from bot.ports import Database
from handlers.counts import Refusals
from handlers.desk import Desk
from handlers.middleware import answering_errors
from handlers.payloads import understood
from handlers.slack import bolt_request, build_bolt

_NOTHING = cast(Any, None)
_EVENT = {"type": "event_callback", "team_id": "T1", "event": {"type": "team_join", "user": {}}}
_COMMAND = {"command": "/copilot", "team_id": "T1", "user_id": "U1", "text": "pause"}


class Broken:
    """A database that fails in one way."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def transaction(self, *_: Any, **__: Any) -> AbstractAsyncContextManager[Any]:
        raise self._error


async def _dispatch(error: Exception, sent: dict[str, Any]) -> tuple[int, str]:
    desk = Desk(cast(Database, Broken(error)), _NOTHING, _NOTHING, lambda: datetime.now(UTC))
    payload = understood(sent)
    assert payload is not None
    bolt = build_bolt(desk, AsyncWebClient("xoxb-test"))
    answer = await bolt.async_dispatch(bolt_request(payload))
    return answer.status, answer.body


async def _get(error: Exception) -> tuple[int, str, Refusals]:
    refusals = Refusals()

    async def fail(_: web.Request) -> web.Response:
        raise error

    app = web.Application(middlewares=[answering_errors(refusals)])
    app.router.add_get("/", fail)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/")
        return answer.status, await answer.text(), refusals


async def test_an_unforeseen_error_is_answered_with_a_reference_and_no_details() -> None:
    status, told, _ = await _get(ZeroDivisionError("a secret"))
    assert status == 500
    assert "Something went wrong (" in told
    assert "secret" not in told


@pytest.mark.parametrize("error", [DatabaseAway("gone"), Conflict("deadlock")])
async def test_what_could_not_be_stored_is_answered_503_and_counted(error: Exception) -> None:
    status, told, refusals = await _get(error)
    assert status == 503
    assert "try again" in told
    assert refusals.by_reason == {("http", "not_stored"): 1}


@pytest.mark.parametrize(
    ("error", "status"), [(DatabaseAway("gone"), 503), (Conflict("x"), 503), (ValueError(), 500)]
)
async def test_slack_gets_no_acknowledgement_for_what_was_not_stored(
    error: Exception, status: int
) -> None:
    assert await _dispatch(error, _EVENT) == (status, "")


async def test_a_command_that_fails_is_answered_with_a_reference() -> None:
    status, body = await _dispatch(ValueError("a secret"), _COMMAND)
    assert status == 200
    told = json.loads(body)
    assert told["response_type"] == "ephemeral"
    assert "not your fault" in told["text"]
    assert "secret" not in body


async def test_a_command_while_the_database_is_away_is_not_acknowledged() -> None:
    assert (await _dispatch(DatabaseAway("gone"), _COMMAND))[0] == 503
