"""The payloads Slack sends when people do something."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from playground.records import (
    App,
    Channel,
    Enterprise,
    Installation,
    Json,
    Message,
    User,
    View,
    Workspace,
)


@dataclass(frozen=True, slots=True)
class Scene:
    """Who does something, where, towards which app."""

    workspace: Workspace
    app: App
    installation: Installation
    user: User
    trigger_id: str
    enterprise: Enterprise | None = None


def new_trigger_id() -> str:
    """Return a trigger id."""
    number = secrets.randbelow(10**12)
    return f"{number}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"


def _common(kind: str, scene: Scene) -> Json:
    user = scene.user
    return {
        "type": kind,
        "user": {
            "id": user.id,
            "username": user.name,
            "name": user.name,
            "team_id": user.team_id,
        },
        "api_app_id": scene.app.id,
        "token": scene.app.verification_token,
        "team": {"id": scene.workspace.id, "domain": scene.workspace.domain, **_above(scene)},
        "enterprise": scene.enterprise.as_slack() if scene.enterprise else None,
        "is_enterprise_install": scene.installation.org_wide,
    }


def _above(scene: Scene) -> Json:
    """Return the organisation that the workspace belongs to, if it does."""
    if scene.enterprise is None:
        return {}
    return {"enterprise_id": scene.enterprise.id, "enterprise_name": scene.enterprise.name}


def message_action(
    scene: Scene,
    channel: Channel,
    message: Message,
    actions: list[Json],
    values: Json,
    response_url: str,
) -> Json:
    """Return `block_actions` from a message; an ephemeral one is not repeated in it."""
    payload = _common("block_actions", scene) | {
        "container": _container(channel, message),
        "trigger_id": scene.trigger_id,
        "channel": {"id": channel.id, "name": channel.shown_name},
        "state": {"values": values},
        "response_url": response_url,
        "actions": actions,
    }
    return payload if message.ephemeral_to else payload | {"message": message.as_slack()}


def _container(channel: Channel, message: Message) -> Json:
    found: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": bool(message.ephemeral_to),
    }
    return found | ({"thread_ts": message.thread_ts} if message.is_reply else {})


def message_suggestion(scene: Scene, channel: Channel, message: Message, asked: Json) -> Json:
    """Return `block_suggestion` from a menu of a message; `asked` names it and what was typed."""
    payload = _common("block_suggestion", scene) | {
        "container": _container(channel, message),
        "channel": {"id": channel.id, "name": channel.shown_name},
        **asked,
    }
    return payload if message.ephemeral_to else payload | {"message": message.as_slack()}


def view_suggestion(scene: Scene, view: View, asked: Json) -> Json:
    """Return `block_suggestion` from a menu of a modal or an App Home."""
    return _common("block_suggestion", scene) | {
        "container": {"type": "view", "view_id": view.id},
        "view": view.as_slack(),
        **asked,
    }


def view_action(scene: Scene, view: View, actions: list[Json], values: Json) -> Json:
    """Return `block_actions` from a modal or an App Home."""
    return _common("block_actions", scene) | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": scene.trigger_id,
        "view": view.as_slack() | {"state": {"values": values}},
        "actions": actions,
    }


def submission(scene: Scene, view: View, values: Json) -> Json:
    """Return `view_submission`."""
    return _common("view_submission", scene) | {
        "trigger_id": scene.trigger_id,
        "view": view.as_slack() | {"state": {"values": values}},
        "response_urls": [],
    }


def closing(scene: Scene, view: View, *, is_cleared: bool) -> Json:
    """Return `view_closed`."""
    return _common("view_closed", scene) | {"view": view.as_slack(), "is_cleared": is_cleared}


def command(scene: Scene, channel: Channel, name: str, text: str, response_url: str) -> Json:
    """Return the fields of a slash command."""
    return {
        "token": scene.app.verification_token,
        "team_id": scene.workspace.id,
        "team_domain": scene.workspace.domain,
        "channel_id": channel.id,
        "channel_name": channel.shown_name,
        "user_id": scene.user.id,
        "user_name": scene.user.name,
        "command": name,
        "text": text,
        "api_app_id": scene.app.id,
        "is_enterprise_install": str(scene.installation.org_wide).lower(),
        **_above(scene),
        "response_url": response_url,
        "trigger_id": scene.trigger_id,
    }


def message_event(message: Message, channel: Channel, *, kind: str = "message") -> Json:
    """Return the event of a message: `message` (of a channel type) or `app_mention`."""
    event = message.as_slack(with_metadata=True) | {
        "type": kind,
        "channel": channel.id,
        "event_ts": message.ts,
    }
    if kind == "message":
        event["channel_type"] = {"im": "im", "groups": "group", "channels": "channel"}[
            channel.family
        ]
    return event


def message_subscription(channel: Channel) -> str:
    """Return the name by which apps subscribe to such a channel's messages."""
    return f"message.{channel.family}"


def context_changed(user: str, dm: Channel, where: Channel, at: str) -> Json:
    """Return `app_context_changed`: what the person looks at while the agent is open."""
    entity = {"type": "slack#/types/channel_id", "value": where.id, "team_id": where.team_id}
    return {
        "type": "app_context_changed",
        "user": user,
        "channel": dm.id,
        "context": {"entities": [entity]},
        "event_ts": at,
    }


def joined_channel(installation: Installation, where: Channel, inviter: str, at: str) -> Json:
    """Return `member_joined_channel` about the app's own bot."""
    return {
        "type": "member_joined_channel",
        "user": installation.bot_user,
        "channel": where.id,
        "channel_type": "G" if where.is_private else "C",
        "team": where.team_id,
        "inviter": inviter,
        "event_ts": at,
    }


def message_changed_event(message: Message, channel: Channel) -> Json:
    """Return the event of an updated message in direct messages."""
    return {
        "type": "message",
        "subtype": "message_changed",
        "channel": channel.id,
        "channel_type": "im",
        "hidden": True,
        "ts": message.ts,
        "event_ts": message.ts,
        "message": message.as_slack(with_metadata=True),
    }


def home_opened(user: str, channel: Channel, tab: str, view: View | None, at: str) -> Json:
    """Return `app_home_opened`; the view is there once one was published."""
    event: Json = {
        "type": "app_home_opened",
        "user": user,
        "channel": channel.id,
        "tab": tab,
        "event_ts": at,
    }
    return event | ({"view": view.as_slack()} if view and tab == "home" else {})
