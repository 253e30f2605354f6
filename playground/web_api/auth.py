"""`auth.test`, `apps.connections.open`, `team.info`: who am I, where do I connect."""

from __future__ import annotations

from playground.records import Json
from playground.web_api.calls import Call, Method


def _test(call: Call) -> Json:
    bot = call.installation
    user = call.state.users[call.team_id, bot.bot_user]
    return {
        "url": f"https://{call.workspace.domain}.slack.com/",
        "team": call.workspace.name,
        "user": user.name,
        "team_id": call.team_id,
        "user_id": bot.bot_user,
        "bot_id": bot.bot_id,
        "is_enterprise_install": False,
    }


def _connect(call: Call) -> Json:
    return {"url": call.socket_url(call.app)}


def _team(call: Call) -> Json:
    workspace = call.workspace
    return {
        "team": {
            "id": workspace.id,
            "name": workspace.name,
            "domain": workspace.domain,
            "email_domain": "",
            "icon": {"image_default": True},
        }
    }


METHODS = (
    Method("auth.test", _test),
    Method("apps.connections.open", _connect, app_level=True),
    Method("team.info", _team, scope="team:read"),
)
