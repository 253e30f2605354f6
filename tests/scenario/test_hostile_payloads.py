"""Hypothesis sends what no sane Slack or GitHub would: never a 5xx, and the game goes on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.github import sign
from tests.databases import TestDatabase
from tests.doors import FORM, JSON, Answer, click_of, knock, knock_as_slack
from tests.stage import Stage, set_stage

_MANY = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        [
            "\0",
            "a\0b",
            "\ud800",
            "T1'; drop table members; --",
            "9" * 400,
            -1,
            2**63,
            10**300,
            "U" + "1" * 40,
            "part:99999999999999999999:answer",
            "part:1:answer\n",
            "home.nothing",
            "survey.answer.maybe",
            "member.snooze",
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
_ACTIONS = (
    "survey.answer.helped",
    "survey.rate.ok",
    "survey.guess.yes",
    "survey.tool",
    "survey.rework",
    "survey.reveal",
    "member.snooze",
    "member.stop",
    "member.name_off",
    "home.quiet_start",
    "home.quiet_weekends",
    "home.claim",
    "home.timezone",
    "home.game_off",
    "home.reveals_off",
    "home.names_opt_in",
    "home.channel",
    "home.weekday",
    "home.hour",
    "home.daily_budget",
    "home.weekly_budget",
    "home.post_leaderboard",
    "home.link",
    "home.claim_confirm",
    "home.claim_refuse",
    "home.unheard_of",
    "unheard.of",
)
_TYPES = ("shortcut", "message_action", "block_suggestion", "view_closed", "dialog_submission")


@st.composite
def mutated(draw: st.DrawFn, value: Any) -> Any:
    """`value` with up to two of its branches replaced or cut off."""
    for _ in range(draw(st.integers(0, 2))):
        value = _changed(draw, value, draw(st.sampled_from(_paths(value) or [()])))
    return value


_Path = tuple[Any, ...]


def _paths(value: Any) -> list[_Path]:
    """The way to everything inside."""
    inner = dict(enumerate(value)) if isinstance(value, list) else value
    pairs = inner.items() if isinstance(inner, Mapping) else ()
    return [path for key, one in pairs for path in [(key,), *((key, *p) for p in _paths(one))]]


def _changed(draw: st.DrawFn, value: Any, path: _Path) -> Any:
    if not path:
        return draw(_ANYTHING)
    key, *rest = path
    items = dict(value) if isinstance(value, Mapping) else dict(enumerate(value))
    if rest:
        items[key] = _changed(draw, items[key], tuple(rest))
    elif draw(st.integers(0, 3)):
        items[key] = draw(_ANYTHING)
    else:
        del items[key]
    return items if isinstance(value, Mapping) else list(items.values())


@pytest_asyncio.fixture
async def stage(database: TestDatabase) -> AsyncIterator[Stage]:
    async with set_stage(database, http=True) as stage:
        await stage.merge("person1", "person2")
        await stage.until_dm("person1", "AI-assisted")
        await stage.until_dm("person2", "How good is it?")
        yield stage
        stage.services.desk.refusals.by_reason.clear()
        assert (await stage.person("person3").command("/copilot", "mystats")).ok
        await stage.quiet()
        assert await stage.value("SELECT count(*) FROM workspaces") == 1


def _is_sane(answer: Answer) -> bool:
    return answer.status < 500 and "Traceback" not in answer.text


@_MANY
@given(body=st.binary(max_size=200), content_type=st.sampled_from([JSON, FORM, "text/plain", "x"]))
async def test_any_bytes_at_slacks_door(stage: Stage, body: bytes, content_type: str) -> None:
    assert _is_sane(await knock_as_slack(stage, body, content_type=content_type))


@_MANY
@given(sent=_ANYTHING)
async def test_any_json_at_slacks_door(stage: Stage, sent: object) -> None:
    assert _is_sane(await knock_as_slack(stage, json.dumps(sent).encode()))
    form = urlencode({"payload": json.dumps(sent)}).encode()
    assert _is_sane(await knock_as_slack(stage, form, content_type=FORM))


@_MANY
@given(data=st.data())
async def test_almost_genuine_clicks(stage: Stage, data: st.DataObject) -> None:
    who = data.draw(st.sampled_from(["person1", "person2", "person3"]))
    click = click_of(stage, who, data.draw(st.sampled_from(_ACTIONS)))
    part = data.draw(st.sampled_from([1, 2, 3, 10**17]))
    option = {"value": data.draw(st.sampled_from(["1", "14", "copilot", "50", "1:x", ""]))}
    click["actions"][0] |= {
        "block_id": data.draw(st.sampled_from([f"part:{part}:answer", "home:link:ada", ""])),
        "value": str(part),
        "selected_option": option,
        "selected_options": [option],
    }
    if data.draw(st.booleans()):
        del click["response_url"]
    payload = data.draw(mutated(click))
    form = urlencode({"payload": json.dumps(payload)}).encode()
    assert _is_sane(await knock_as_slack(stage, form, content_type=FORM))


@_MANY
@given(data=st.data())
async def test_almost_genuine_modals_shortcuts_and_options(
    stage: Stage, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(["claim", "timezone", "nothing"]))
    field = {"login": {"value": {"value": "ada"}}, "timezone": {"value": {"value": "UTC"}}}
    sent = {
        "type": data.draw(st.sampled_from(["view_submission", *_TYPES])),
        "team": {"id": stage.workspace_id},
        "user": {"id": stage.person("person1").id},
        "callback_id": "x",
        "action_id": "y",
        "view": {"type": "modal", "callback_id": f"home.{name}", "state": {"values": field}},
        "response_urls": [],
    }
    form = urlencode({"payload": json.dumps(data.draw(mutated(sent)))}).encode()
    assert _is_sane(await knock_as_slack(stage, form, content_type=FORM))


@_MANY
@given(data=st.data())
async def test_almost_genuine_events(stage: Stage, data: st.DataObject) -> None:
    user = stage.person("person3").user.as_slack()
    who = data.draw(st.sampled_from([user, "U1", user["id"], {"id": "U0NEW", "tz": 5}]))
    kinds = ["team_join", "user_change", "app_home_opened", "message", "tokens_revoked", "x"]
    sent = {
        "type": "event_callback",
        "team_id": stage.workspace_id,
        "event": {"type": data.draw(st.sampled_from(kinds)), "user": who, "tab": "home"},
        "authorizations": [{"team_id": stage.workspace_id, "is_bot": True}],
        "event_id": "Ev1",
    }
    assert _is_sane(await knock_as_slack(stage, json.dumps(data.draw(mutated(sent))).encode()))


@_MANY
@given(
    text=st.text(max_size=60) | st.sampled_from(["help", "leaderboard post", "pause\0", "\ud800"]),
    user=st.sampled_from(["U1", "", "\0", "B1", "U" * 99]) | st.text(max_size=5),
)
async def test_any_words_after_the_command(stage: Stage, text: str, user: str) -> None:
    fields = {"command": "/copilot", "team_id": stage.workspace_id, "text": text, "user_id": user}
    form = urlencode(fields, errors="surrogatepass").encode()
    assert _is_sane(await knock_as_slack(stage, form, content_type=FORM))


@_MANY
@given(
    body=st.binary(max_size=100) | _ANYTHING.map(lambda sent: json.dumps(sent).encode()),
    event=st.sampled_from(["pull_request", "pull_request_review", "push", "ping", "Ω"]),
    content_type=st.sampled_from([JSON, FORM, "text/plain"]),
    delivery=st.text("abc-", min_size=1, max_size=5),
)
async def test_any_bytes_at_githubs_doors(
    stage: Stage, body: bytes, event: str, content_type: str, delivery: str
) -> None:
    assert stage.github.hook is not None
    headers = {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": delivery,
        "X-Hub-Signature-256": sign(stage.github.hook.secret, body),
        "Content-Type": content_type,
    }
    for url in (stage.github.hook.url, f"{stage.base_url}/webhooks/github"):
        assert _is_sane(await knock(url, body, headers))


@_MANY
@given(path=st.text(max_size=30), method=st.sampled_from(["GET", "POST", "OPTIONS", "TRACE"]))
async def test_any_path_and_method(stage: Stage, path: str, method: str) -> None:
    for prefix in ("/", "/webhooks/github/", "/slack/", "/health/"):
        url = stage.base_url + prefix + quote(path, errors="replace")
        assert _is_sane(await knock(url, method=method))
