"""`manifest.yml` asks for what the code uses, and for nothing more."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import ClientSession
from jsonschema import Draft7Validator
from slack_bolt.async_app import AsyncApp

from bot.app.times import utc_now
from bot.integrations import slack as adapter
from bot.integrations.slack import new_client
from bot.manifests import bot_scopes, distributed_manifest
from handlers.desk import Desk
from handlers.slack import build_bolt
from tests.databases import REPOSITORY
from tests.shared_data import shared
from tests.stage import Stage

Manifest = dict[str, Any]

PUBLIC = "https://hunch.example"

# What Slack's page of each method says it needs (docs.slack.dev/reference/methods/<method>).
SCOPES_OF_METHODS = {
    "auth.test": set(),
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.history": {"im:history", "channels:history", "groups:history"},
    "conversations.open": {"im:write"},
    "oauth.v2.access": set(),
    "users.list": {"users:read"},
    "views.open": set(),
    "views.publish": set(),
}
# docs.slack.dev/reference/events/<event>
SCOPES_OF_EVENTS = {
    "app_home_opened": set(),
    "app_uninstalled": set(),
    "tokens_revoked": set(),
    "team_join": {"users:read"},
    "user_change": {"users:read"},
}
SCOPES_OF_COMMANDS = {"commands"}


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    found: Manifest = yaml.safe_load((REPOSITORY / "manifest.yml").read_text(encoding="utf-8"))
    return found


def scopes_of(manifest: Manifest) -> set[str]:
    return set(manifest["oauth_config"]["scopes"]["bot"])


def called_methods() -> set[str]:
    """The Web API methods that the adapter calls: `client.chat_update(…)` is `chat.update`."""
    trees = [ast.parse(_text(str(file))) for file in Path(adapter.__path__[0]).glob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    calls = [node.func for node in nodes if isinstance(node, ast.Call)]
    return {
        call.attr.replace("_", ".")
        for call in calls
        if isinstance(call, ast.Attribute) and ast.unparse(call.value).endswith("client")
    }


def _text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """What the app listens to by name; the catch-alls are no reason to ask for more."""
    found: dict[str, set[str]] = {"event": set(), "command": set()}

    def noting(kind: str, register: Callable[..., Any]) -> Callable[..., Any]:
        def note(self: AsyncApp, name: object, *rest: Any, **more: Any) -> Any:
            found[kind] |= {name} if isinstance(name, str) else set()
            return register(self, name, *rest, **more)

        return note

    for kind in found:
        monkeypatch.setattr(AsyncApp, kind, noting(kind, getattr(AsyncApp, kind)))
    return found


@pytest.fixture
async def listened(registered: dict[str, set[str]]) -> dict[str, set[str]]:
    nothing: Any = None
    async with ClientSession() as session:
        client = new_client(None, api_url="http://127.0.0.1:9/api/", session=session)
        build_bolt(Desk(nothing, nothing, nothing, utc_now), client)
    return registered


@pytest.fixture(scope="module")
def schema() -> Manifest:
    text = shared("data/slack/manifest.schema.2.0.0.json").read_text(encoding="utf-8")
    found: Manifest = json.loads(text)
    return found


def test_slack_accepts_its_form(manifest: Manifest, schema: Manifest) -> None:
    errors = Draft7Validator(schema).iter_errors(manifest)
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def test_the_distributed_one_has_slacks_form_too(schema: Manifest) -> None:
    errors = Draft7Validator(schema).iter_errors(distributed_manifest(PUBLIC))
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def test_the_distributed_one_is_for_many_workspaces_over_http() -> None:
    printed = distributed_manifest(PUBLIC)
    settings, door = printed["settings"], f"{PUBLIC}/slack/events"
    assert settings["socket_mode_enabled"] is False
    assert settings["token_rotation_enabled"] is True
    assert settings["org_deploy_enabled"] is True
    assert settings["event_subscriptions"]["request_url"] == door
    assert settings["interactivity"]["request_url"] == door
    assert [one["url"] for one in printed["features"]["slash_commands"]] == [door]
    assert printed["oauth_config"]["redirect_urls"] == [f"{PUBLIC}/slack/oauth_redirect"]


def test_both_ask_for_the_same(manifest: Manifest) -> None:
    printed = distributed_manifest(PUBLIC)
    assert scopes_of(printed) == scopes_of(manifest) == set(bot_scopes())
    events = [one["settings"]["event_subscriptions"]["bot_events"] for one in (printed, manifest)]
    assert events[0] == events[1]


def test_it_is_for_one_workspace_by_socket_mode(manifest: Manifest) -> None:
    settings = manifest["settings"]
    assert settings["socket_mode_enabled"] is True
    assert settings["token_rotation_enabled"] is False
    assert settings["interactivity"]["is_enabled"] is True
    home = manifest["features"]["app_home"]
    assert home["home_tab_enabled"]
    assert home["messages_tab_enabled"]


def test_it_subscribes_to_exactly_the_events_that_are_listened_to(
    manifest: Manifest, listened: dict[str, set[str]]
) -> None:
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert sorted(events) == sorted(listened["event"])


def test_it_has_exactly_the_commands_that_are_answered(
    manifest: Manifest, listened: dict[str, set[str]]
) -> None:
    commands = [one["command"] for one in manifest["features"]["slash_commands"]]
    assert sorted(commands) == sorted(listened["command"])


def test_it_asks_for_exactly_the_scopes_that_calls_events_and_commands_need(
    manifest: Manifest, listened: dict[str, set[str]]
) -> None:
    needed = set(SCOPES_OF_COMMANDS)
    needed |= set().union(*(SCOPES_OF_METHODS[method] for method in called_methods()))
    needed |= set().union(*(SCOPES_OF_EVENTS[event] for event in listened["event"]))
    assert scopes_of(manifest) == needed


def test_the_scopes_table_knows_every_call_and_no_other() -> None:
    assert called_methods() == SCOPES_OF_METHODS.keys()


async def test_the_game_is_played_with_the_manifests_scopes_alone(
    manifest: Manifest, stage: Stage
) -> None:
    stage.installation.scopes = ",".join(sorted(scopes_of(manifest)))
    slack = await stage.services.slacks.for_workspace(stage.workspace_id)
    await slack.list_users("")

    await stage.merge("person1", "person2")
    asked_author = await stage.until_dm("person1", "Was this PR AI-assisted?")
    asked_reviewer = await stage.until_dm("person2", "How good is it?")
    assert (await stage.person("person2").click(asked_reviewer, "survey.rate.ok")).ok
    await stage.until_dm("person2", "Was it AI-assisted?")
    assert (await stage.person("person2").click(asked_reviewer, "survey.guess.no")).ok
    assert (await stage.person("person1").click(asked_author, "survey.answer.no")).ok
    await stage.until_dm("person2", "Good hunch")
    await stage.person("person1").open_home()
    await stage.quiet()

    sent = await stage.rows("SELECT op, outbox_id, target, state, reason FROM outbox")
    assert {row["op"] for row in sent} >= {"show", "home"}
    assert {row["state"] for row in sent} == {"sent"}, sent
    assert await looked_up(stage, slack) != []


async def looked_up(stage: Stage, slack: Any) -> list[Any]:
    """Settle every message as after an unclear answer; the scopes must allow that, too."""
    since, until = utc_now() - timedelta(minutes=5), utc_now() + timedelta(minutes=5)
    shown = await stage.rows("SELECT outbox_id, target FROM outbox WHERE op = 'show'")
    found = [
        await slack.find_posted(
            row["target"], outbox_id=row["outbox_id"], key="", since=since, until=until
        )
        for row in shown
    ]
    return [one for one in found if one is not None]


async def test_a_token_that_lacks_a_scope_is_refused(stage: Stage) -> None:
    """The playground does enforce scopes, or the game above would prove nothing."""
    stage.installation.scopes = "commands"
    await stage.merge("person1", "person2")
    reason = await stage.until_row("SELECT min(reason) FROM outbox WHERE state = 'parked'")
    assert reason == "missing_scope"
