"""Knocks at Hunch's doors with raw requests, right and wrong ones, and counts what was stored."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO
from urllib.parse import urlencode

import aiohttp
import asyncpg

from playground.http_events import signed_headers
from tests.databases import TestDatabase
from tests.stage import SIGNING_SECRET, Stage

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
_TABLES = """
    SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
     WHERE schemaname IN ('hunch', 'pgqueuer')
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


async def knock(
    url: str,
    body: bytes | BinaryIO | AsyncIterator[bytes] = b"",
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
) -> Answer:
    """Send one raw request."""
    async with (
        aiohttp.ClientSession(trust_env=False) as session,
        session.request(method, url, data=body, headers=headers) as answer,
    ):
        return Answer(answer.status, await answer.text(errors="replace"), answer.headers)


async def knock_as_slack(
    stage: Stage, body: bytes, *, content_type: str = JSON, at: datetime | None = None
) -> Answer:
    """Send a body to Slack's door with the right signature."""
    signed = signed_headers(SIGNING_SECRET, body, at=(at or stage.clock.now()).timestamp())
    url = f"{stage.base_url}/slack/events"
    return await knock(url, body, signed | {"Content-Type": content_type})


async def interact(stage: Stage, payload: object) -> Answer:
    """Send an interaction as Slack does."""
    body = urlencode({"payload": json.dumps(payload)}).encode()
    return await knock_as_slack(stage, body, content_type=FORM)


async def happen(stage: Stage, event: object, **facts: Any) -> Answer:
    """Send an event as Slack does."""
    payload = {"type": "event_callback", "team_id": stage.workspace_id, "event": event, **facts}
    return await knock_as_slack(stage, json.dumps(payload).encode())


async def command(stage: Stage, **fields: str) -> Answer:
    """Send a slash command as Slack does."""
    sent = {"command": "/copilot", "team_id": stage.workspace_id, **fields}
    return await knock_as_slack(stage, urlencode(sent).encode(), content_type=FORM)


def click_of(stage: Stage, name: str, action_id: str, **action: Any) -> dict[str, Any]:
    """A click's payload, as Slack sends it from a message."""
    return {
        "type": "block_actions",
        "team": {"id": stage.workspace_id, "domain": "acme"},
        "user": {"id": stage.person(name).id, "team_id": stage.workspace_id},
        "trigger_id": "1.2.3",
        "response_url": f"{stage.slack.page_url}response/{stage.workspace_id}/nowhere",
        "actions": [
            {
                "type": "button",
                "action_id": action_id,
                "block_id": "b",
                "action_ts": "1.5",
                **action,
            }
        ],
    }


async def count_rows(database: TestDatabase) -> dict[str, int]:
    """How many rows every table has, read from the catalogue by one who sees them all."""
    connection = await asyncpg.connect(database.superuser_url)
    try:
        tables = [row[0] for row in await connection.fetch(_TABLES)]
        return {name: await connection.fetchval(f"SELECT count(*) FROM {name}") for name in tables}
    finally:
        await connection.close()
