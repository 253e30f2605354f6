"""Requests to Slack's door that no Slack sent, or that make no sense: refused, counted, forgotten."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO

import pytest_asyncio

from bot.app import Roles
from playground.http_events import signed_headers
from tests.databases import TestDatabase
from tests.doors import FORM, JSON, Answer, count_rows, happen, interact, knock, knock_as_slack
from tests.stage import SIGNING_SECRET, Stage, set_stage

_EVENT = json.dumps({"type": "event_callback", "event": {"type": "team_join"}}).encode()


@pytest_asyncio.fixture
async def stage(database: TestDatabase) -> AsyncIterator[Stage]:
    async with set_stage(database, http=True, roles=Roles.SERVE) as stage:
        before = await count_rows(database)
        yield stage
        assert await count_rows(database) == before, "something was stored"


def is_refused(stage: Stage, answer: Answer, status: int, *, door: str, reason: str) -> bool:
    assert answer.status == status
    assert "Traceback" not in answer.text
    assert "File " not in answer.text
    counted = stage.services.desk.refusals.by_reason
    assert counted == {(door, reason): 1}
    counted.clear()
    return True


def _url(stage: Stage) -> str:
    return f"{stage.base_url}/slack/events"


async def test_an_unsigned_request_is_refused(stage: Stage) -> None:
    answer = await knock(_url(stage), _EVENT, {"Content-Type": JSON})
    assert is_refused(stage, answer, 401, door="slack", reason="bad_signature")


async def test_an_unsigned_certificate_check_is_refused(stage: Stage) -> None:
    answer = await knock(_url(stage), b"ssl_check=1", {"Content-Type": FORM})
    assert is_refused(stage, answer, 401, door="slack", reason="bad_signature")


async def test_a_request_signed_with_another_secret_is_refused(stage: Stage) -> None:
    headers = signed_headers("other", _EVENT, at=stage.clock.now().timestamp())
    answer = await knock(_url(stage), _EVENT, headers)
    assert is_refused(stage, answer, 401, door="slack", reason="bad_signature")


async def test_a_request_from_another_time_is_refused(stage: Stage) -> None:
    for minutes in [-6, 6]:
        at = stage.clock.now() + timedelta(minutes=minutes)
        answer = await knock_as_slack(stage, _EVENT, at=at)
        assert is_refused(stage, answer, 401, door="slack", reason="bad_signature")


async def test_a_broken_timestamp_is_refused(stage: Stage) -> None:
    for stamp in ["", "soon", "-1", "1e9", "9" * 400, "\uff11\uff17" + "\uff10" * 8, "12.5"]:
        headers = signed_headers(SIGNING_SECRET, _EVENT, at=stage.clock.now().timestamp())
        answer = await knock(_url(stage), _EVENT, headers | {"X-Slack-Request-Timestamp": stamp})
        assert is_refused(stage, answer, 401, door="slack", reason="bad_signature")


async def test_a_broken_signature_is_refused(stage: Stage) -> None:
    for signature in ["", "v0=", "v0=" + "0" * 64, "v1=x", "ü" * 20]:
        headers = signed_headers(SIGNING_SECRET, _EVENT, at=stage.clock.now().timestamp())
        answer = await knock(_url(stage), _EVENT, headers | {"X-Slack-Signature": signature})
        assert is_refused(stage, answer, 401, door="slack", reason="bad_signature")


async def test_a_malformed_body_is_refused(stage: Stage) -> None:
    for body, content_type in [
        (b"", JSON),
        (b"{", JSON),
        (b"\xff\xfe{}", JSON),
        (b'{"type": "event_callback"', JSON),
        (b"[" * 200_000, JSON),
        (b'{"a":' * 100_000, JSON),
        (b"1" * 5000, JSON),
        (b"payload=%7B", FORM),
        (b"payload=" + b"%5B" * 100_000, FORM),
        (b"\xc3\x28", FORM),
    ]:
        answer = await knock_as_slack(stage, body, content_type=content_type)
        assert is_refused(stage, answer, 400, door="slack", reason="malformed")


async def test_what_slack_would_not_send_is_refused(stage: Stage) -> None:
    for body, content_type in [
        (_EVENT, "text/plain"),
        (_EVENT, FORM),
        (b"just words", FORM),
        (b"[]", JSON),
        (b"{}", JSON),
        (b"null", JSON),
        (b"7", JSON),
        (b'"url_verification"', JSON),
        (b'{"type": 5}', JSON),
        (b'{"type": "something_new", "user": {"id": "U1"}}', JSON),
        (b'{"type": "event_callback"}', JSON),
        (b'{"type": "event_callback", "event": []}', JSON),
        (b'{"type": "event_callback", "event": {"type": {}}}', JSON),
        (b"", FORM),
        (b"payload=%5B%5D", FORM),
        (b"payload=null", FORM),
        (b"a=b&c=d", FORM),
        (b"command=%2Fcopilot", FORM),
        (b"command=%2Fcopilot&user_id=U1%27%3B+drop", FORM),
    ]:
        answer = await knock_as_slack(stage, body, content_type=content_type)
        assert is_refused(stage, answer, 400, door="slack", reason="not_understood")


async def test_a_body_that_says_it_is_too_large_is_refused(stage: Stage) -> None:
    body = BytesIO(b" " * (1024 * 1024 + 1))
    answer = await knock(_url(stage), body, {"Content-Type": JSON})
    assert is_refused(stage, answer, 413, door="http", reason="413")


async def test_a_body_in_pieces_that_grows_too_large_is_refused(stage: Stage) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 64 * 1024

    answer = await knock(_url(stage), pieces(), {"Content-Type": JSON})
    assert is_refused(stage, answer, 413, door="http", reason="413")


async def test_another_method_is_refused(stage: Stage) -> None:
    for method in ["GET", "PUT", "DELETE"]:
        answer = await knock(_url(stage), method=method)
        assert is_refused(stage, answer, 405, door="http", reason="405")


async def test_an_unknown_path_is_refused(stage: Stage) -> None:
    for path in ["/", "/slack", "/slack/events/x", "/%00", "/../etc/passwd"]:
        answer = await knock(stage.base_url + path, _EVENT)
        assert is_refused(stage, answer, 404, door="http", reason="404")


async def test_a_workspace_without_us_is_acknowledged_and_counted(stage: Stage) -> None:
    for team in [
        "T0ELSEWHERE",
        "T1'; drop table members",
        "",
        None,
        5,
        {"id": "T1"},
        "T\0",
        "t" * 999,
    ]:
        user = {"id": "U0NEW", "name": "new"}
        answer = await happen(stage, {"type": "team_join", "user": user}, team_id=team)
        assert is_refused(stage, answer, 200, door="slack", reason="not_installed")
        assert answer.text == ""


async def test_an_organisation_without_a_workspace_is_acknowledged_and_counted(
    stage: Stage,
) -> None:
    click = {
        "type": "block_actions",
        "team": None,
        "enterprise": {"id": "E1", "name": "Org"},
        "is_enterprise_install": True,
        "user": {"id": "U1"},
        "actions": [{"action_id": "survey.answer.no", "block_id": "part:1:answer"}],
    }
    answer = await interact(stage, click)
    assert is_refused(stage, answer, 200, door="slack", reason="not_installed")
